# ruff: noqa: E501, UP014
"""The tables, their rows, and the statements that read and write them.

Written by tools/generate.py from store/tables.py and store/statements.py; not to be edited.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ptce_workflow.process.letters.message import Message
from ptce_workflow.store import connections as give
from ptce_workflow.store.connections import Cursor, Shape, StatementMethod, Values

# fmt: off

LineRow = NamedTuple("LineRow", [("n", int), ("prev", str), ("line", bytes)])
_LINE = Shape("ledger", LineRow, judged=False)
SideRow = NamedTuple("SideRow", [("n", int), ("subject", str), ("salt", str), ("data", str)])
_SIDE = Shape("side", SideRow, judged=False)
ContestRow = NamedTuple("ContestRow", [("contest", str), ("process", str), ("rehearsal", bool), ("content", str), ("head_n", int), ("head_hash", str), ("moved_to", str), ("last_pass", str)])
_CONTEST = Shape("contest", ContestRow)
PersonRow = NamedTuple("PersonRow", [("pseudonym", str), ("roles", str), ("institution", str | None), ("login", str | None), ("private", str), ("active", bool)])
_PERSON = Shape("person", PersonRow)
FileRow = NamedTuple("FileRow", [("path", str), ("content", bytes)])
_FILE = Shape("process_file", FileRow)
FormRow = NamedTuple("FormRow", [("made_by", str), ("content", bytes)])
_FORM = Shape("process_form", FormRow)
DocumentRow = NamedTuple("DocumentRow", [("sha256", str)])
_DOCUMENT = Shape("document", DocumentRow)
ProcessRow = NamedTuple("ProcessRow", [("process", str)])
_PROCESS = Shape("stored", ProcessRow)
CandidatureRow = NamedTuple("CandidatureRow", [("id", str), ("ref", str), ("state", str), ("since", str), ("version", int), ("name", str | None), ("due", str), ("content", str), ("private", str)])
_CANDIDATURE = Shape("candidature", CandidatureRow)
BriefRow = NamedTuple("BriefRow", [("ref", str), ("name", str | None)])
_BRIEF = Shape("candidature", BriefRow)
ListedRow = NamedTuple("ListedRow", [("id", str), ("ref", str), ("state", str), ("since", str), ("version", int), ("name", str | None), ("due", str), ("content", str)])
_LISTED = Shape("candidature", ListedRow)
CounterRow = NamedTuple("CounterRow", [("name", str), ("bucket", str), ("value", int)])
_COUNTER = Shape("counter", CounterRow)
_MESSAGE = Shape("message", Message)
StageRow = NamedTuple("StageRow", [("stage", str), ("messages", int), ("earliest", str), ("latest", str)])
_STAGE = Shape("message", StageRow)
MailRow = NamedTuple("MailRow", [("number", int)])
_MAIL = Shape("mail", MailRow)
AttachmentRow = NamedTuple("AttachmentRow", [("number", int), ("place", int), ("sha256", str), ("name", str), ("subjects", str), ("erased", bool)])
_ATTACHMENT = Shape("attachment", AttachmentRow)
PauseRow = NamedTuple("PauseRow", [("paused_until", str), ("pauses", int), ("why", str), ("refusal", str), ("refusal_of", int)])
_PAUSE = Shape("courier", PauseRow)
ReceivedRow = NamedTuple("ReceivedRow", [("number", int), ("sha256", str), ("read_at", str), ("received_at", str), ("outcome", str), ("why", str), ("case_id", str), ("message", str), ("sender", str), ("subject", str), ("pieces", str), ("last_piece", int), ("kept_until", str), ("erased", bool)])
_RECEIVED = Shape("received_mail", ReceivedRow)
UidRow = NamedTuple("UidRow", [("uid", int), ("sha256", str)])
_UID = Shape("mailbox_uid", UidRow)
StrayRow = NamedTuple("StrayRow", [("contest", str), ("named_in", str)])
_STRAY = Shape("found", StrayRow)


class Queries(Cursor):
    """A method for every statement; parameters bear the names of columns."""

    insert_lines: StatementMethod[[Sequence[Values]], None] = give.each("insert_lines")
    add_sides: StatementMethod[[Sequence[Values]], None] = give.each("add_sides")
    bytes_of_line: StatementMethod[[str, int], bytes | None] = give.value("bytes_of_line", "contest", "n")
    last_line: StatementMethod[[str], bytes | None] = give.value("last_line", "contest")
    lines: StatementMethod[[str], Iterator[LineRow]] = give.stream(_LINE, "lines", "contest")
    lines_after: StatementMethod[[str, int], Iterator[LineRow]] = give.stream(_LINE, "lines_after", "contest", "n")
    lines_about: StatementMethod[[str, str], list[LineRow]] = give.rows(_LINE, "lines_about", "contest", "case_id")
    lines_about_none: StatementMethod[[str], list[LineRow]] = give.rows(_LINE, "lines_about_none", "contest")
    clock_lines: StatementMethod[[str], list[LineRow]] = give.rows(_LINE, "clock_lines", "contest")
    key_lines: StatementMethod[[str], list[LineRow]] = give.rows(_LINE, "key_lines", "contest")
    sides_of_line: StatementMethod[[str, int], list[SideRow]] = give.rows(_SIDE, "sides_of_line", "contest", "n")
    sides: StatementMethod[[str], Iterator[SideRow]] = give.stream(_SIDE, "sides", "contest")
    side: StatementMethod[[str, int, str], str | None] = give.value("side", "contest", "n", "subject")
    sides_of: StatementMethod[[str, str], list[SideRow]] = give.rows(_SIDE, "sides_of", "contest", "subject")
    remove_side: StatementMethod[[str, int, str], None] = give.once("remove_side", "contest", "n", "subject")
    sides_naming: StatementMethod[[str], int] = give.number("sides_naming", "words")
    contest: StatementMethod[[str], ContestRow] = give.known(_CONTEST, "contest", "contest")
    contests: StatementMethod[[], list[ContestRow]] = give.rows(_CONTEST, "contests")
    insert_contest: StatementMethod[[Sequence[Values]], None] = give.each("insert_contest")
    set_head: StatementMethod[[str, int, str], None] = give.once("set_head", "contest", "head_n", "head_hash")
    set_process: StatementMethod[[str, str], None] = give.once("set_process", "contest", "process")
    set_content: StatementMethod[[str, str], None] = give.once("set_content", "contest", "content")
    set_moved: StatementMethod[[str, str], None] = give.once("set_moved", "contest", "moved_to")
    set_passed: StatementMethod[[str, str], None] = give.once("set_passed", "contest", "last_pass")
    people: StatementMethod[[str], list[PersonRow]] = give.rows(_PERSON, "people", "contest")
    person: StatementMethod[[str, str], PersonRow | None] = give.row(_PERSON, "person", "contest", "who")
    add_person: StatementMethod[[Sequence[Values]], None] = give.each("add_person")
    remove_person: StatementMethod[[str, str], None] = give.once("remove_person", "contest", "pseudonym")
    files_of_process: StatementMethod[[str], list[FileRow]] = give.rows(_FILE, "files_of_process", "process")
    add_process_files: StatementMethod[[Sequence[Values]], None] = give.each("add_process_files")
    document: StatementMethod[[str], bytes | None] = give.value("document", "sha256")
    form: StatementMethod[[str], FormRow | None] = give.row(_FORM, "form", "process")
    add_form: StatementMethod[[Sequence[Values]], None] = give.each("add_form")
    remove_form: StatementMethod[[str], None] = give.once("remove_form", "process")
    insert_document: StatementMethod[[Sequence[Values]], None] = give.each("insert_document")
    remove_document: StatementMethod[[str], None] = give.once("remove_document", "sha256")
    documents: StatementMethod[[], list[DocumentRow]] = give.rows(_DOCUMENT, "documents")
    processes: StatementMethod[[], list[ProcessRow]] = give.rows(_PROCESS, "processes")
    candidature: StatementMethod[[str, str], CandidatureRow | None] = give.row(_CANDIDATURE, "candidature", "contest", "ref")
    candidature_by_id: StatementMethod[[str, str], CandidatureRow] = give.known(_CANDIDATURE, "candidature_by_id", "contest", "id")
    every_candidature: StatementMethod[[str], Iterator[CandidatureRow]] = give.stream(_CANDIDATURE, "every_candidature", "contest")
    briefs: StatementMethod[[str], list[BriefRow]] = give.rows(_BRIEF, "briefs", "contest")
    listed: StatementMethod[[str], Iterator[ListedRow]] = give.stream(_LISTED, "listed", "contest")
    listed_of_state: StatementMethod[[str, str], Iterator[ListedRow]] = give.stream(_LISTED, "listed_of_state", "contest", "state")
    due_until: StatementMethod[[str, str], list[CandidatureRow]] = give.rows(_CANDIDATURE, "due_until", "contest", "until")
    next_due: StatementMethod[[str], str | None] = give.value("next_due", "contest")
    move_candidatures: StatementMethod[[Sequence[Values]], None] = give.each("move_candidatures")
    update_candidatures: StatementMethod[[Sequence[Values]], None] = give.each("update_candidatures")
    add_candidatures: StatementMethod[[Sequence[Values]], None] = give.each("add_candidatures")
    counter_rows: StatementMethod[[str], list[CounterRow]] = give.rows(_COUNTER, "counter_rows", "contest")
    add_counters: StatementMethod[[Sequence[Values]], None] = give.each("add_counters")
    clear_counters: StatementMethod[[str], None] = give.once("clear_counters", "contest")
    message: StatementMethod[[str, int], Message | None] = give.row(_MESSAGE, "message", "contest", "number")
    messages: StatementMethod[[str], Iterator[Message]] = give.stream(_MESSAGE, "messages", "contest")
    messages_of: StatementMethod[[str, str], list[Message]] = give.rows(_MESSAGE, "messages_of", "contest", "case_id")
    messages_standing: StatementMethod[[str, str, Sequence[tuple[str, ...]]], list[Message]] = give.rows_among(_MESSAGE, "messages_standing", "contest", "case_id", "slots")
    last_message: StatementMethod[[str], int] = give.number("last_message", "contest")
    add_messages: StatementMethod[[Sequence[Values]], None] = give.each("add_messages")
    change_rows: StatementMethod[[Sequence[Values]], None] = give.each("change_rows")
    messages_at: StatementMethod[[str, str], list[Message]] = give.rows(_MESSAGE, "messages_at", "contest", "stage")
    messages_telling: StatementMethod[[str, str, str, Sequence[tuple[str, ...]]], list[Message]] = give.rows_among(_MESSAGE, "messages_telling", "contest", "stage", "until", "names")
    messages_since: StatementMethod[[str, str, str], list[Message]] = give.rows(_MESSAGE, "messages_since", "contest", "stage", "since")
    messages_due: StatementMethod[[str, str, str, int], list[Message]] = give.rows(_MESSAGE, "messages_due", "contest", "stage", "until", "most")
    messages_to_claim: StatementMethod[[str, str, str, int], list[Message]] = give.rows(_MESSAGE, "messages_to_claim", "contest", "stage", "until", "most")
    count_due: StatementMethod[[str, str, str], int] = give.number("count_due", "contest", "stage", "until")
    stage_rows: StatementMethod[[str], list[StageRow]] = give.rows(_STAGE, "stage_rows", "contest")
    mail: StatementMethod[[str, int], bytes | None] = give.value("mail", "contest", "number")
    add_mail: StatementMethod[[Sequence[Values]], None] = give.each("add_mail")
    remove_mail: StatementMethod[[str, int], None] = give.once("remove_mail", "contest", "number")
    mails: StatementMethod[[str], list[MailRow]] = give.rows(_MAIL, "mails", "contest")
    attachments: StatementMethod[[str], list[AttachmentRow]] = give.rows(_ATTACHMENT, "attachments", "contest")
    attachments_of: StatementMethod[[str, int], list[AttachmentRow]] = give.rows(_ATTACHMENT, "attachments_of", "contest", "number")
    attached_with: StatementMethod[[str], int] = give.number("attached_with", "sha256")
    add_attachments: StatementMethod[[Sequence[Values]], None] = give.each("add_attachments")
    remove_attachments: StatementMethod[[str, int], None] = give.once("remove_attachments", "contest", "number")
    erase_attachments: StatementMethod[[Sequence[Values]], None] = give.each("erase_attachments")
    pause: StatementMethod[[str], PauseRow | None] = give.row(_PAUSE, "pause", "contest")
    add_pause: StatementMethod[[Sequence[Values]], None] = give.each("add_pause")
    remove_pause: StatementMethod[[str], None] = give.once("remove_pause", "contest")
    received_mails: StatementMethod[[str], list[ReceivedRow]] = give.rows(_RECEIVED, "received_mails", "contest")
    received_as: StatementMethod[[str, str], list[ReceivedRow]] = give.rows(_RECEIVED, "received_as", "contest", "outcome")
    received_by_sha256: StatementMethod[[str, str], ReceivedRow | None] = give.row(_RECEIVED, "received_by_sha256", "contest", "sha256")
    last_received: StatementMethod[[str], int] = give.number("last_received", "contest")
    last_piece: StatementMethod[[str], int] = give.number("last_piece", "contest")
    received_over: StatementMethod[[str, str], list[ReceivedRow]] = give.rows(_RECEIVED, "received_over", "contest", "until")
    received_with: StatementMethod[[str], int] = give.number("received_with", "sha256")
    add_received: StatementMethod[[Sequence[Values]], None] = give.each("add_received")
    change_received: StatementMethod[[Sequence[Values]], None] = give.each("change_received")
    own_received: StatementMethod[[str, str, str], None] = give.once("own_received", "contest", "case_id", "sha256")
    uids_read: StatementMethod[[str, str, int], list[UidRow]] = give.rows(_UID, "uids_read", "contest", "mailbox", "uidvalidity")
    add_uids: StatementMethod[[Sequence[Values]], None] = give.each("add_uids")
    strays: StatementMethod[[], list[StrayRow]] = give.rows(_STRAY, "strays")


SQLITE: Mapping[str, str] = {
    "insert_lines": "INSERT INTO ledger (contest, n, prev, line) VALUES (:contest, :n, :prev, :line)",
    "add_sides": "INSERT INTO side (contest, n, subject, salt, data) VALUES (:contest, :n, :subject, :salt, :data)",
    "bytes_of_line": "SELECT CAST(ledger.line AS BLOB) AS line FROM ledger WHERE ledger.contest = :contest AND ledger.n = :n",
    "last_line": "SELECT CAST(ledger.line AS BLOB) AS line FROM ledger WHERE ledger.contest = :contest AND ledger.n = (SELECT contest.head_n FROM contest WHERE contest.contest = :contest)",
    "lines": "SELECT ledger.n, ledger.prev, CAST(ledger.line AS BLOB) AS line FROM ledger WHERE ledger.contest = :contest ORDER BY ledger.n",
    "lines_after": "SELECT ledger.n, ledger.prev, CAST(ledger.line AS BLOB) AS line FROM ledger WHERE ledger.contest = :contest AND ledger.n > :n ORDER BY ledger.n",
    "lines_about": "SELECT ledger.n, ledger.prev, CAST(ledger.line AS BLOB) AS line FROM ledger WHERE (ledger.contest || '') = :contest AND CASE WHEN json_valid(CAST(line AS TEXT)) THEN json_extract(CAST(line AS TEXT), '$.case') END = :case_id ORDER BY ledger.n",
    "lines_about_none": "SELECT ledger.n, ledger.prev, CAST(ledger.line AS BLOB) AS line FROM ledger WHERE (ledger.contest || '') = :contest AND CASE WHEN json_valid(CAST(line AS TEXT)) THEN json_extract(CAST(line AS TEXT), '$.case') END IS NULL ORDER BY ledger.n",
    "clock_lines": 'SELECT ledger.n, ledger.prev, CAST(ledger.line AS BLOB) AS line FROM ledger WHERE (ledger.contest || \'\') = :contest AND instr(line, CAST(\'"type":"clock_accepted"\' AS BLOB)) > 0 ORDER BY ledger.n',
    "key_lines": 'SELECT ledger.n, ledger.prev, CAST(ledger.line AS BLOB) AS line FROM ledger WHERE (ledger.contest || \'\') = :contest AND CASE WHEN json_valid(CAST(line AS TEXT)) THEN json_extract(CAST(line AS TEXT), \'$.case\') END IS NULL AND instr(line, CAST(\'"type":"key_changed"\' AS BLOB)) > 0 ORDER BY ledger.n',
    "sides_of_line": "SELECT side.n, side.subject, side.salt, side.data FROM side WHERE side.contest = :contest AND side.n = :n ORDER BY side.subject",
    "sides": "SELECT side.n, side.subject, side.salt, side.data FROM side WHERE side.contest = :contest ORDER BY side.n, side.subject",
    "side": "SELECT side.data FROM side WHERE side.contest = :contest AND side.n = :n AND side.subject = :subject",
    "sides_of": "SELECT side.n, side.subject, side.salt, side.data FROM side WHERE side.contest = :contest AND side.subject = :subject ORDER BY side.n",
    "remove_side": "DELETE FROM side WHERE side.contest = :contest AND side.n = :n AND side.subject = :subject",
    "sides_naming": "SELECT count(*) AS count_1 FROM side WHERE (side.data LIKE '%' || :words || '%')",
    "contest": "SELECT contest.contest, contest.process, contest.rehearsal, contest.content, contest.head_n, contest.head_hash, contest.moved_to, contest.last_pass FROM contest WHERE contest.contest = :contest",
    "contests": "SELECT contest.contest, contest.process, contest.rehearsal, contest.content, contest.head_n, contest.head_hash, contest.moved_to, contest.last_pass FROM contest ORDER BY contest.contest",
    "insert_contest": "INSERT INTO contest (contest, process, rehearsal, content, head_n, head_hash, moved_to, last_pass) VALUES (:contest, :process, :rehearsal, :content, :head_n, :head_hash, :moved_to, :last_pass)",
    "set_head": "UPDATE contest SET head_n=:head_n, head_hash=:head_hash WHERE contest.contest = :contest",
    "set_process": "UPDATE contest SET process=:process WHERE contest.contest = :contest",
    "set_content": "UPDATE contest SET content=:content WHERE contest.contest = :contest",
    "set_moved": "UPDATE contest SET moved_to=:moved_to WHERE contest.contest = :contest",
    "set_passed": "UPDATE contest SET last_pass=:last_pass WHERE contest.contest = :contest",
    "people": "SELECT person.pseudonym, person.roles, person.institution, person.login, person.private, person.active FROM person WHERE person.contest = :contest ORDER BY person.pseudonym",
    "person": "SELECT person.pseudonym, person.roles, person.institution, person.login, person.private, person.active FROM person WHERE person.contest = :contest AND person.pseudonym = :who UNION ALL SELECT person.pseudonym, person.roles, person.institution, person.login, person.private, person.active FROM person WHERE (person.contest || '') = :contest AND person.login = :who ORDER BY active DESC",
    "add_person": "INSERT INTO person (contest, pseudonym, roles, institution, login, private, active) VALUES (:contest, :pseudonym, :roles, :institution, :login, :private, :active)",
    "remove_person": "DELETE FROM person WHERE person.contest = :contest AND person.pseudonym = :pseudonym",
    "files_of_process": "SELECT process_file.path, CAST(process_file.content AS BLOB) AS content FROM process_file WHERE process_file.process = :process",
    "add_process_files": "INSERT INTO process_file (process, path, content) VALUES (:process, :path, :content)",
    "document": "SELECT CAST(document.content AS BLOB) AS content FROM document WHERE document.sha256 = :sha256",
    "form": "SELECT process_form.made_by, CAST(process_form.content AS BLOB) AS content FROM process_form WHERE process_form.process = :process",
    "add_form": "INSERT INTO process_form (process, made_by, content) VALUES (:process, :made_by, :content)",
    "remove_form": "DELETE FROM process_form WHERE process_form.process = :process",
    "insert_document": "INSERT INTO document (sha256, content) VALUES (:sha256, :content)",
    "remove_document": "DELETE FROM document WHERE document.sha256 = :sha256",
    "documents": "SELECT document.sha256 FROM document ORDER BY document.sha256",
    "processes": "SELECT stored.process FROM (SELECT process_file.process AS process FROM process_file UNION SELECT process_form.process AS process FROM process_form) AS stored ORDER BY stored.process",
    "candidature": "SELECT candidature.id, candidature.ref, candidature.state, candidature.since, candidature.version, candidature.name, candidature.due, candidature.content, candidature.private FROM candidature WHERE candidature.contest = :contest AND candidature.ref = :ref",
    "candidature_by_id": "SELECT candidature.id, candidature.ref, candidature.state, candidature.since, candidature.version, candidature.name, candidature.due, candidature.content, candidature.private FROM candidature WHERE candidature.contest = :contest AND candidature.id = :id",
    "every_candidature": "SELECT candidature.id, candidature.ref, candidature.state, candidature.since, candidature.version, candidature.name, candidature.due, candidature.content, candidature.private FROM candidature WHERE candidature.contest = :contest ORDER BY candidature.ref",
    "briefs": "SELECT candidature.ref, candidature.name FROM candidature WHERE candidature.contest = :contest ORDER BY length(candidature.ref), candidature.ref",
    "listed": "SELECT candidature.id, candidature.ref, candidature.state, candidature.since, candidature.version, candidature.name, candidature.due, candidature.content FROM candidature WHERE candidature.contest = :contest",
    "listed_of_state": "SELECT candidature.id, candidature.ref, candidature.state, candidature.since, candidature.version, candidature.name, candidature.due, candidature.content FROM candidature WHERE candidature.contest = :contest AND candidature.state = :state",
    "due_until": "SELECT candidature.id, candidature.ref, candidature.state, candidature.since, candidature.version, candidature.name, candidature.due, candidature.content, candidature.private FROM candidature WHERE candidature.contest = :contest AND due <> '' AND candidature.due <= :until ORDER BY candidature.due, candidature.ref",
    "next_due": "SELECT candidature.due FROM candidature WHERE candidature.contest = :contest AND due <> '' ORDER BY candidature.due, candidature.ref LIMIT 1 OFFSET 0",
    "move_candidatures": "UPDATE candidature SET state=:state, since=:since, version=CASE WHEN (candidature.version = :was) THEN :version END, due=:due, content=:content WHERE candidature.contest = :contest AND candidature.id = :id",
    "update_candidatures": "UPDATE candidature SET state=:state, since=:since, version=CASE WHEN (candidature.version = :was) THEN :version END, name=:name, due=:due, content=:content, private=:private WHERE candidature.contest = :contest AND candidature.id = :id",
    "add_candidatures": "INSERT INTO candidature (contest, id, ref, state, since, version, name, due, content, private) VALUES (:contest, :id, :ref, :state, :since, :version, :name, :due, :content, :private)",
    "counter_rows": "SELECT counter.name, counter.bucket, counter.value FROM counter WHERE counter.contest = :contest",
    "add_counters": "INSERT INTO counter (contest, name, bucket, value) VALUES (:contest, :name, :bucket, :value) ON CONFLICT (contest, name, bucket) DO UPDATE SET value = (counter.value + excluded.value)",
    "clear_counters": "DELETE FROM counter WHERE counter.contest = :contest",
    "message": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said, message.read, message.sent, message.erased FROM message WHERE message.contest = :contest AND message.number = :number",
    "messages": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said, message.read, message.sent, message.erased FROM message WHERE message.contest = :contest ORDER BY message.number",
    "messages_of": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said, message.read, message.sent, message.erased FROM message WHERE message.contest = :contest AND message.case_id = :case_id ORDER BY + message.number",
    "messages_standing": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said, message.read, message.sent, message.erased FROM message WHERE (message.contest || '') = :contest AND message.case_id = :case_id AND stage IN ('planned', 'held', 'queued', 'retry', 'claimed') UNION ALL SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said, message.read, message.sent, message.erased FROM message WHERE message.contest = :contest AND message.case_id = :case_id AND (message.notification, message.occurrence, message.recipient) IN ({slots}) AND NOT (stage IN ('planned', 'held', 'queued', 'retry', 'claimed'))",
    "last_message": "SELECT max(message.number) AS max_1 FROM message WHERE message.contest = :contest",
    "add_messages": "INSERT INTO message (contest, number, case_id, notification, occurrence, recipient, due, next_at, stage, held, sequence, attempts, worker, lease_until, words, address, sha256, said, read, sent, erased) VALUES (:contest, :number, :case_id, :notification, :occurrence, :recipient, :due, :next_at, :stage, :held, :sequence, :attempts, :worker, :lease_until, :words, :address, :sha256, :said, :read, :sent, :erased)",
    "change_rows": "UPDATE message SET due=:due, next_at=:next_at, stage=CASE WHEN (message.stage = :was AND message.worker = :was_worker) THEN :stage END, held=:held, sequence=:sequence, attempts=:attempts, worker=:worker, lease_until=:lease_until, words=:words, address=:address, sha256=:sha256, said=:said, read=:read, sent=:sent, erased=:erased WHERE message.contest = :contest AND message.number = :number",
    "messages_at": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said, message.read, message.sent, message.erased FROM message WHERE message.contest = :contest AND message.stage = :stage AND stage <> 'cancelled' ORDER BY message.next_at, message.number",
    "messages_telling": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said, message.read, message.sent, message.erased FROM message WHERE message.contest = :contest AND message.stage = :stage AND stage <> 'cancelled' AND message.next_at <= :until AND (message.notification) IN ({names}) ORDER BY message.next_at, message.number",
    "messages_since": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said, message.read, message.sent, message.erased FROM message WHERE message.contest = :contest AND message.stage = :stage AND stage <> 'cancelled' AND message.next_at > :since ORDER BY message.next_at, message.number",
    "messages_due": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said, message.read, message.sent, message.erased FROM message WHERE message.contest = :contest AND message.stage = :stage AND stage <> 'cancelled' AND message.next_at <= :until ORDER BY message.next_at, message.number LIMIT :most OFFSET 0",
    "messages_to_claim": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said, message.read, message.sent, message.erased FROM message WHERE message.contest = :contest AND message.stage = :stage AND stage <> 'cancelled' AND message.next_at <= :until ORDER BY message.next_at, message.number LIMIT :most OFFSET 0",
    "count_due": "SELECT count(*) AS count_1 FROM message WHERE message.contest = :contest AND message.stage = :stage AND stage <> 'cancelled' AND message.next_at <= :until",
    "stage_rows": "SELECT message.stage, count(*) AS messages, min(message.next_at) AS earliest, max(message.next_at) AS latest FROM message WHERE message.contest = :contest AND stage <> 'cancelled' GROUP BY message.stage",
    "mail": "SELECT CAST(mail.content AS BLOB) AS content FROM mail WHERE mail.contest = :contest AND mail.number = :number",
    "add_mail": "INSERT INTO mail (contest, number, content) VALUES (:contest, :number, :content)",
    "remove_mail": "DELETE FROM mail WHERE mail.contest = :contest AND mail.number = :number",
    "mails": "SELECT mail.number FROM mail WHERE mail.contest = :contest ORDER BY mail.number",
    "attachments": "SELECT attachment.number, attachment.place, attachment.sha256, attachment.name, attachment.subjects, attachment.erased FROM attachment WHERE attachment.contest = :contest ORDER BY attachment.number, attachment.place",
    "attachments_of": "SELECT attachment.number, attachment.place, attachment.sha256, attachment.name, attachment.subjects, attachment.erased FROM attachment WHERE attachment.contest = :contest AND attachment.number = :number ORDER BY attachment.number, attachment.place",
    "attached_with": "SELECT count(*) AS count_1 FROM attachment WHERE attachment.sha256 = :sha256 AND attachment.erased = 0",
    "add_attachments": "INSERT INTO attachment (contest, number, place, sha256, name, subjects, erased) VALUES (:contest, :number, :place, :sha256, :name, :subjects, :erased)",
    "remove_attachments": "DELETE FROM attachment WHERE attachment.contest = :contest AND attachment.number = :number",
    "erase_attachments": "UPDATE attachment SET erased=:erased WHERE attachment.contest = :contest AND attachment.number = :number AND attachment.place = :place",
    "pause": "SELECT courier.paused_until, courier.pauses, courier.why, courier.refusal, courier.refusal_of FROM courier WHERE courier.contest = :contest",
    "add_pause": "INSERT INTO courier (contest, paused_until, pauses, why, refusal, refusal_of) VALUES (:contest, :paused_until, :pauses, :why, :refusal, :refusal_of)",
    "remove_pause": "DELETE FROM courier WHERE courier.contest = :contest",
    "received_mails": "SELECT received_mail.number, received_mail.sha256, received_mail.read_at, received_mail.received_at, received_mail.outcome, received_mail.why, received_mail.case_id, received_mail.message, received_mail.sender, received_mail.subject, received_mail.pieces, received_mail.last_piece, received_mail.kept_until, received_mail.erased FROM received_mail WHERE received_mail.contest = :contest ORDER BY received_mail.number",
    "received_as": "SELECT received_mail.number, received_mail.sha256, received_mail.read_at, received_mail.received_at, received_mail.outcome, received_mail.why, received_mail.case_id, received_mail.message, received_mail.sender, received_mail.subject, received_mail.pieces, received_mail.last_piece, received_mail.kept_until, received_mail.erased FROM received_mail WHERE received_mail.contest = :contest AND received_mail.outcome = :outcome ORDER BY received_mail.number",
    "received_by_sha256": "SELECT received_mail.number, received_mail.sha256, received_mail.read_at, received_mail.received_at, received_mail.outcome, received_mail.why, received_mail.case_id, received_mail.message, received_mail.sender, received_mail.subject, received_mail.pieces, received_mail.last_piece, received_mail.kept_until, received_mail.erased FROM received_mail WHERE received_mail.contest = :contest AND received_mail.sha256 = :sha256",
    "last_received": "SELECT max(received_mail.number) AS max_1 FROM received_mail WHERE received_mail.contest = :contest",
    "last_piece": "SELECT max(received_mail.last_piece) AS max_1 FROM received_mail WHERE received_mail.contest = :contest",
    "received_over": "SELECT received_mail.number, received_mail.sha256, received_mail.read_at, received_mail.received_at, received_mail.outcome, received_mail.why, received_mail.case_id, received_mail.message, received_mail.sender, received_mail.subject, received_mail.pieces, received_mail.last_piece, received_mail.kept_until, received_mail.erased FROM received_mail WHERE received_mail.contest = :contest AND received_mail.erased = 0 AND received_mail.kept_until != '' AND received_mail.kept_until <= :until ORDER BY received_mail.number",
    "received_with": "SELECT count(*) AS count_1 FROM received_mail WHERE received_mail.erased = 0 AND (received_mail.sha256 = :sha256 OR (received_mail.pieces LIKE '%' || :sha256 || '%'))",
    "add_received": "INSERT INTO received_mail (contest, number, sha256, read_at, received_at, outcome, why, case_id, message, sender, subject, pieces, last_piece, kept_until, erased) VALUES (:contest, :number, :sha256, :read_at, :received_at, :outcome, :why, :case_id, :message, :sender, :subject, :pieces, :last_piece, :kept_until, :erased)",
    "change_received": "UPDATE received_mail SET outcome=:outcome, why=:why, case_id=:case_id, sender=:sender, subject=:subject, pieces=:pieces, kept_until=:kept_until, erased=:erased WHERE received_mail.contest = :contest AND received_mail.number = :number",
    "own_received": "UPDATE received_mail SET case_id=:case_id, kept_until='' WHERE received_mail.contest = :contest AND received_mail.sha256 = :sha256 AND received_mail.case_id = ''",
    "uids_read": "SELECT mailbox_uid.uid, mailbox_uid.sha256 FROM mailbox_uid WHERE mailbox_uid.contest = :contest AND mailbox_uid.mailbox = :mailbox AND mailbox_uid.uidvalidity = :uidvalidity ORDER BY mailbox_uid.uid",
    "add_uids": "INSERT INTO mailbox_uid (contest, mailbox, uidvalidity, uid, sha256) VALUES (:contest, :mailbox, :uidvalidity, :uid, :sha256)",
    "strays": "SELECT found.contest, found.named_in FROM (SELECT DISTINCT 'attachment' AS named_in, attachment.contest AS contest FROM attachment WHERE (attachment.contest NOT IN (SELECT contest.contest FROM contest)) UNION ALL SELECT DISTINCT 'candidature' AS named_in, candidature.contest AS contest FROM candidature WHERE (candidature.contest NOT IN (SELECT contest.contest FROM contest)) UNION ALL SELECT DISTINCT 'counter' AS named_in, counter.contest AS contest FROM counter WHERE (counter.contest NOT IN (SELECT contest.contest FROM contest)) UNION ALL SELECT DISTINCT 'courier' AS named_in, courier.contest AS contest FROM courier WHERE (courier.contest NOT IN (SELECT contest.contest FROM contest)) UNION ALL SELECT DISTINCT 'ledger' AS named_in, ledger.contest AS contest FROM ledger WHERE (ledger.contest NOT IN (SELECT contest.contest FROM contest)) UNION ALL SELECT DISTINCT 'mail' AS named_in, mail.contest AS contest FROM mail WHERE (mail.contest NOT IN (SELECT contest.contest FROM contest)) UNION ALL SELECT DISTINCT 'mailbox_uid' AS named_in, mailbox_uid.contest AS contest FROM mailbox_uid WHERE (mailbox_uid.contest NOT IN (SELECT contest.contest FROM contest)) UNION ALL SELECT DISTINCT 'message' AS named_in, message.contest AS contest FROM message WHERE (message.contest NOT IN (SELECT contest.contest FROM contest)) UNION ALL SELECT DISTINCT 'person' AS named_in, person.contest AS contest FROM person WHERE (person.contest NOT IN (SELECT contest.contest FROM contest)) UNION ALL SELECT DISTINCT 'received_mail' AS named_in, received_mail.contest AS contest FROM received_mail WHERE (received_mail.contest NOT IN (SELECT contest.contest FROM contest)) UNION ALL SELECT DISTINCT 'side' AS named_in, side.contest AS contest FROM side WHERE (side.contest NOT IN (SELECT contest.contest FROM contest))) AS found ORDER BY found.contest, found.named_in",
}
"""The text of every statement, as SQLite takes it."""
TABLES = (
    "CREATE TABLE attachment ( contest VARCHAR NOT NULL, number INTEGER NOT NULL, place INTEGER NOT NULL, sha256 VARCHAR NOT NULL, name VARCHAR NOT NULL, subjects VARCHAR NOT NULL, erased BOOLEAN NOT NULL, PRIMARY KEY (contest, number, place) )",
    "CREATE INDEX attachment_document ON attachment (sha256)",
    "CREATE TABLE candidature ( contest VARCHAR NOT NULL, id VARCHAR NOT NULL, ref VARCHAR NOT NULL, state VARCHAR NOT NULL, since VARCHAR NOT NULL, version INTEGER NOT NULL, name VARCHAR, due VARCHAR NOT NULL, content VARCHAR NOT NULL, private VARCHAR NOT NULL, PRIMARY KEY (contest, id), UNIQUE (contest, ref) )",
    "CREATE INDEX candidature_due ON candidature (contest, due) WHERE due <> ''",
    "CREATE INDEX candidature_page ON candidature (contest, state, length(ref), ref)",
    "CREATE TABLE contest ( contest VARCHAR NOT NULL, process VARCHAR NOT NULL, rehearsal BOOLEAN NOT NULL, content VARCHAR NOT NULL, head_n INTEGER NOT NULL, head_hash VARCHAR NOT NULL, moved_to VARCHAR NOT NULL, last_pass VARCHAR NOT NULL, PRIMARY KEY (contest) ) WITHOUT ROWID",
    "CREATE TABLE counter ( contest VARCHAR NOT NULL, name VARCHAR NOT NULL, bucket VARCHAR NOT NULL, value BIGINT NOT NULL, PRIMARY KEY (contest, name, bucket) ) WITHOUT ROWID",
    "CREATE TABLE courier ( contest VARCHAR NOT NULL, paused_until VARCHAR NOT NULL, pauses INTEGER NOT NULL, why VARCHAR NOT NULL, refusal VARCHAR NOT NULL, refusal_of INTEGER NOT NULL, PRIMARY KEY (contest) ) WITHOUT ROWID",
    "CREATE TABLE document ( sha256 VARCHAR NOT NULL, content BLOB NOT NULL, PRIMARY KEY (sha256) )",
    "CREATE TABLE ledger ( contest VARCHAR NOT NULL, n INTEGER NOT NULL, prev VARCHAR NOT NULL, line BLOB NOT NULL, PRIMARY KEY (contest, n), CHECK (rowid > 0) )",
    "CREATE INDEX ledger_case ON ledger (CASE WHEN json_valid(CAST(line AS TEXT)) THEN json_extract(CAST(line AS TEXT), '$.case') END)",
    'CREATE INDEX ledger_clock ON ledger (n) WHERE instr(line, CAST(\'"type":"clock_accepted"\' AS BLOB)) > 0',
    "CREATE TABLE mail ( contest VARCHAR NOT NULL, number INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (contest, number) )",
    "CREATE TABLE mailbox_uid ( contest VARCHAR NOT NULL, mailbox VARCHAR NOT NULL, uidvalidity BIGINT NOT NULL, uid BIGINT NOT NULL, sha256 VARCHAR NOT NULL, PRIMARY KEY (contest, mailbox, uidvalidity, uid) ) WITHOUT ROWID",
    "CREATE TABLE message ( contest VARCHAR NOT NULL, number INTEGER NOT NULL, case_id VARCHAR NOT NULL, notification VARCHAR NOT NULL, occurrence VARCHAR NOT NULL, recipient VARCHAR NOT NULL, due VARCHAR NOT NULL, next_at VARCHAR NOT NULL, stage VARCHAR NOT NULL, held BOOLEAN NOT NULL, sequence INTEGER NOT NULL, attempts INTEGER NOT NULL, worker VARCHAR NOT NULL, lease_until VARCHAR NOT NULL, words VARCHAR NOT NULL, address VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, said VARCHAR NOT NULL, read VARCHAR NOT NULL, sent VARCHAR NOT NULL, erased BOOLEAN NOT NULL, PRIMARY KEY (contest, case_id, notification, occurrence, recipient), UNIQUE (contest, number) )",
    "CREATE INDEX message_next ON message (contest, stage, next_at, number) WHERE stage <> 'cancelled'",
    "CREATE INDEX message_standing ON message (case_id) WHERE stage IN ('planned', 'held', 'queued', 'retry', 'claimed')",
    "CREATE TABLE person ( contest VARCHAR NOT NULL, pseudonym VARCHAR NOT NULL, roles VARCHAR NOT NULL, institution VARCHAR, login VARCHAR, private VARCHAR NOT NULL, active BOOLEAN NOT NULL, PRIMARY KEY (contest, pseudonym) ) WITHOUT ROWID",
    "CREATE INDEX person_login ON person (login)",
    "CREATE TABLE process_file ( process VARCHAR NOT NULL, path VARCHAR NOT NULL, content BLOB NOT NULL, PRIMARY KEY (process, path) ) WITHOUT ROWID",
    "CREATE TABLE process_form ( process VARCHAR NOT NULL, made_by VARCHAR NOT NULL, content BLOB NOT NULL, PRIMARY KEY (process) )",
    "CREATE TABLE received_mail ( contest VARCHAR NOT NULL, number INTEGER NOT NULL, sha256 VARCHAR NOT NULL, read_at VARCHAR NOT NULL, received_at VARCHAR NOT NULL, outcome VARCHAR NOT NULL, why VARCHAR NOT NULL, case_id VARCHAR NOT NULL, message VARCHAR NOT NULL, sender VARCHAR NOT NULL, subject VARCHAR NOT NULL, pieces VARCHAR NOT NULL, last_piece INTEGER NOT NULL, kept_until VARCHAR NOT NULL, erased BOOLEAN NOT NULL, PRIMARY KEY (contest, number), UNIQUE (contest, sha256) )",
    "CREATE TABLE side ( contest VARCHAR NOT NULL, n INTEGER NOT NULL, subject VARCHAR NOT NULL, salt VARCHAR NOT NULL, data VARCHAR NOT NULL, PRIMARY KEY (contest, n, subject) ) WITHOUT ROWID",
)
"""The statements that make the tables and their indexes, as SQLite takes them."""
