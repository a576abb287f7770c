# ruff: noqa: E501
"""The rows of every table, and the statements that read and write them.

Written by tools/generate.py from store/tables.py and store/statements.py; not to be edited.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ptce_workflow.store.cursor import Cursor, Shape, Values


class LineRow(NamedTuple):
    """A stored line."""

    n: int
    prev: str
    line: bytes


_LINE = Shape("ledger", LineRow, judged=False)


class SideRow(NamedTuple):
    """A stored side row."""

    n: int
    subject: str
    salt: str
    data: str


_SIDE = Shape("side", SideRow, judged=False)


class ContestRow(NamedTuple):
    """A contest of the database."""

    contest: str
    process: str
    rehearsal: bool
    versions: str
    head_n: int
    head_hash: str


_CONTEST = Shape("contest", ContestRow)


class FileRow(NamedTuple):
    """A file of a process."""

    path: str
    content: bytes


_FILE = Shape("process_file", FileRow)


class FormRow(NamedTuple):
    """The form of a process."""

    made_by: str
    content: bytes


_FORM = Shape("process_form", FormRow)


class CandidatureRow(NamedTuple):
    """A candidature, whole."""

    id: str
    ref: str
    state: str
    since: str
    version: int
    name: str | None
    record: str
    private: str


_CANDIDATURE = Shape("candidature", CandidatureRow)


class BriefRow(NamedTuple):
    """A candidature, what lists print of it."""

    id: str
    ref: str
    state: str
    since: str
    name: str | None


_BRIEF = Shape("candidature", BriefRow)


class CounterRow(NamedTuple):
    """A counter."""

    name: str
    bucket: str
    value: int


_COUNTER = Shape("counter", CounterRow)


class DueRow(NamedTuple):
    """A timed transition ahead of a candidature."""

    case_id: str
    ref: str
    transition: str
    at: str
    tried: bool


_DUE = Shape("due", DueRow)


class PersonRow(NamedTuple):
    """Someone enrolled."""

    pseudonym: str
    roles: str
    institution: str | None
    login: str | None
    private: str
    active: bool


_PERSON = Shape("person", PersonRow)


class MessageRow(NamedTuple):
    """A message, every column but the contest."""

    number: int
    case_id: str
    notification: str
    occurrence: str
    recipient: str
    due: str
    next_at: str
    stage: str
    held: bool
    sequence: int
    attempts: int
    worker: str
    lease_until: str
    words: str
    address: str
    sha256: str
    said: str


_MESSAGE = Shape("message", MessageRow)


class StageRow(NamedTuple):
    """The number of messages at a stage, and when the first is looked at next."""

    stage: str
    messages: int
    earliest: str


_STAGE = Shape("message", StageRow)


class PauseRow(NamedTuple):
    """Why no mail leaves, and until when."""

    paused_until: str
    pauses: int
    why: str


_PAUSE = Shape("courier", PauseRow)


class Queries(Cursor):
    """A method for every statement; parameters bear the names of columns."""

    def append_lines(self, rows: Sequence[Values]) -> int:
        """Adds lines; only the next is taken."""
        return self._each("append_lines", rows)

    def add_sides(self, rows: Sequence[Values]) -> int:
        """Adds side rows."""
        return self._each("add_sides", rows)

    def bytes_of_line(self, contest: str, n: int) -> bytes | None:
        """The bytes of a line."""
        return self._value(bytes, "bytes_of_line", {"contest": contest, "n": n})

    def lines(self, contest: str) -> Iterator[LineRow]:
        """Every line, in order."""
        return self._stream(_LINE, "lines", {"contest": contest})

    def lines_about(self, contest: str, case_id: str) -> list[LineRow]:
        """The lines that tell of a candidature, in order."""
        return self._rows(_LINE, "lines_about", {"contest": contest, "case_id": case_id})

    def clock_lines(self, contest: str) -> list[LineRow]:
        """The lines that accept a clock, in order, and perhaps some that say the same words."""
        return self._rows(_LINE, "clock_lines", {"contest": contest})

    def sides_of_line(self, contest: str, n: int) -> list[SideRow]:
        """The side rows of a line."""
        return self._rows(_SIDE, "sides_of_line", {"contest": contest, "n": n})

    def sides(self, contest: str) -> Iterator[SideRow]:
        """Every side row, by line and subject."""
        return self._stream(_SIDE, "sides", {"contest": contest})

    def side(self, contest: str, n: int, subject: str) -> str | None:
        """The data of a line's side row about a subject; None once it is erased."""
        return self._value(str, "side", {"contest": contest, "n": n, "subject": subject})

    def contest(self, contest: str) -> ContestRow:
        """The contest of that name."""
        return self._known(_CONTEST, "contest", {"contest": contest})

    def contests(self) -> list[ContestRow]:
        """Every contest of the database."""
        return self._rows(_CONTEST, "contests", {})

    def insert_contest(self, rows: Sequence[Values]) -> int:
        """Begins a contest."""
        return self._each("insert_contest", rows)

    def set_head(self, contest: str, head_n: int, head_hash: str) -> int:
        """Keeps the number and the hash of the last line."""
        return self._do("set_head", {"contest": contest, "head_n": head_n, "head_hash": head_hash})

    def set_process(self, contest: str, process: str) -> int:
        """Puts a process in force."""
        return self._do("set_process", {"contest": contest, "process": process})

    def set_versions(self, contest: str, versions: str) -> int:
        """Keeps the versions that the last `engine_changed` line tells."""
        return self._do("set_versions", {"contest": contest, "versions": versions})

    def files_of_process(self, process: str) -> list[FileRow]:
        """The files of a process."""
        return self._rows(_FILE, "files_of_process", {"process": process})

    def add_process_files(self, rows: Sequence[Values]) -> int:
        """Keeps files of a process."""
        return self._each("add_process_files", rows)

    def document(self, sha256: str) -> bytes | None:
        """The bytes of a document."""
        return self._value(bytes, "document", {"sha256": sha256})

    def form(self, process: str) -> FormRow | None:
        """The form of a process."""
        return self._row(_FORM, "form", {"process": process})

    def add_form(self, rows: Sequence[Values]) -> int:
        """Keeps the form of a process."""
        return self._each("add_form", rows)

    def remove_form(self, process: str) -> int:
        """Removes the form of a process."""
        return self._do("remove_form", {"process": process})

    def insert_document(self, rows: Sequence[Values]) -> int:
        """Keeps a document."""
        return self._each("insert_document", rows)

    def candidature(self, contest: str, ref: str) -> CandidatureRow | None:
        """The candidature of that reference."""
        return self._row(_CANDIDATURE, "candidature", {"contest": contest, "ref": ref})

    def candidature_by_id(self, contest: str, id: str) -> CandidatureRow:
        """The candidature behind an id that another row names."""
        return self._known(_CANDIDATURE, "candidature_by_id", {"contest": contest, "id": id})

    def every_candidature(self, contest: str) -> Iterator[CandidatureRow]:
        """Every candidature, by reference as text, read as it goes."""
        return self._stream(_CANDIDATURE, "every_candidature", {"contest": contest})

    def every_brief(self, contest: str) -> list[BriefRow]:
        """Every candidature in brief."""
        return self._rows(_BRIEF, "every_brief", {"contest": contest})

    def briefs_of_state(self, contest: str, state: str) -> list[BriefRow]:
        """Those of one state in brief."""
        return self._rows(_BRIEF, "briefs_of_state", {"contest": contest, "state": state})

    def move_rows(self, rows: Sequence[Values]) -> int:
        """Changes candidatures but for what may be erased."""
        return self._each("move_rows", rows)

    def update_rows(self, rows: Sequence[Values]) -> int:
        """Changes candidatures."""
        return self._each("update_rows", rows)

    def add_candidatures(self, rows: Sequence[Values]) -> int:
        """Adds candidatures."""
        return self._each("add_candidatures", rows)

    def counter_rows(self, contest: str) -> list[CounterRow]:
        """Every counter."""
        return self._rows(_COUNTER, "counter_rows", {"contest": contest})

    def add_counters(self, rows: Sequence[Values]) -> int:
        """Moves counters, from nothing where there was none."""
        return self._each("add_counters", rows)

    def clear_counters(self, contest: str) -> int:
        """Forgets every counter."""
        return self._do("clear_counters", {"contest": contest})

    def every_due(self, contest: str) -> list[DueRow]:
        """Every due instant, in the order of time."""
        return self._rows(_DUE, "every_due", {"contest": contest})

    def due_until(self, contest: str, at: str) -> list[DueRow]:
        """The timed transitions due by an instant and not tried yet, in the order of time."""
        return self._rows(_DUE, "due_until", {"contest": contest, "at": at})

    def next_due(self, contest: str) -> DueRow | None:
        """The timed transition to be tried first."""
        return self._row(_DUE, "next_due", {"contest": contest})

    def add_due(self, rows: Sequence[Values]) -> int:
        """Adds due instants."""
        return self._each("add_due", rows)

    def clear_due(self, contest: str, case_id: str) -> int:
        """Forgets the due instants of a candidature."""
        return self._do("clear_due", {"contest": contest, "case_id": case_id})

    def people(self, contest: str) -> list[PersonRow]:
        """Everyone enrolled, by pseudonym."""
        return self._rows(_PERSON, "people", {"contest": contest})

    def person(self, contest: str, who: str) -> PersonRow | None:
        """The person of that pseudonym or login, one who is active before one who left."""
        return self._row(_PERSON, "person", {"contest": contest, "who": who})

    def add_person(self, rows: Sequence[Values]) -> int:
        """Adds a person."""
        return self._each("add_person", rows)

    def remove_person(self, contest: str, pseudonym: str) -> int:
        """Removes a person."""
        return self._do("remove_person", {"contest": contest, "pseudonym": pseudonym})

    def message(self, contest: str, number: int) -> MessageRow | None:
        """The message of that number."""
        return self._row(_MESSAGE, "message", {"contest": contest, "number": number})

    def messages(self, contest: str) -> Iterator[MessageRow]:
        """Every message, by number, read as it goes."""
        return self._stream(_MESSAGE, "messages", {"contest": contest})

    def messages_of(self, contest: str, case_id: str) -> list[MessageRow]:
        """Every message about a candidature, or the contest (an empty id)."""
        return self._rows(_MESSAGE, "messages_of", {"contest": contest, "case_id": case_id})

    def messages_standing(
        self, contest: str, case_id: str, slots: Sequence[tuple[str, ...]]
    ) -> list[MessageRow]:
        """Those of them that have not left, or are in some slots, in no order."""
        return self._rows_among(
            _MESSAGE, "messages_standing", {"contest": contest, "case_id": case_id}, "slots", slots
        )

    def leases_over(self, contest: str, stage: str, until: str) -> list[MessageRow]:
        """Messages at a stage whose sender has let the lease run out."""
        return self._rows(
            _MESSAGE, "leases_over", {"contest": contest, "stage": stage, "until": until}
        )

    def leases_after(self, contest: str, stage: str, since: str) -> list[MessageRow]:
        """Messages at a stage whose lease ends after an instant."""
        return self._rows(
            _MESSAGE, "leases_after", {"contest": contest, "stage": stage, "since": since}
        )

    def messages_at(self, contest: str, stage: str) -> list[MessageRow]:
        """Messages at any stage but cancelled, the earliest first."""
        return self._rows(_MESSAGE, "messages_at", {"contest": contest, "stage": stage})

    def messages_due(self, contest: str, stage: str, until: str, most: int) -> list[MessageRow]:
        """Messages at a stage that are to be looked at by an instant, the earliest first."""
        return self._rows(
            _MESSAGE,
            "messages_due",
            {"contest": contest, "stage": stage, "until": until, "most": most},
        )

    def count_due(self, contest: str, stage: str, until: str) -> int:
        """The number of messages at a stage that are to be looked at by an instant."""
        return self._number("count_due", {"contest": contest, "stage": stage, "until": until})

    def sent_since(self, contest: str, stage: str, since: str) -> int:
        """The number of messages that came to a stage after an instant."""
        return self._number("sent_since", {"contest": contest, "stage": stage, "since": since})

    def stage_rows(self, contest: str) -> list[StageRow]:
        """The number of messages at each stage but cancelled."""
        return self._rows(_STAGE, "stage_rows", {"contest": contest})

    def last_message(self, contest: str) -> int:
        """The highest number of a message; 0 while there is none."""
        return self._number("last_message", {"contest": contest})

    def add_messages(self, rows: Sequence[Values]) -> int:
        """Adds messages."""
        return self._each("add_messages", rows)

    def change_rows(self, rows: Sequence[Values]) -> int:
        """Changes messages, each at the stage and with the worker it had."""
        return self._each("change_rows", rows)

    def turn_rows(self, rows: Sequence[Values]) -> int:
        """Changes the stages and workers of messages, and nothing else."""
        return self._each("turn_rows", rows)

    def mail(self, contest: str, number: int) -> bytes | None:
        """The bytes of a message as they leave, or left."""
        return self._value(bytes, "mail", {"contest": contest, "number": number})

    def add_mail(self, rows: Sequence[Values]) -> int:
        """Keeps the bytes of a message."""
        return self._each("add_mail", rows)

    def remove_mail(self, contest: str, number: int) -> int:
        """Removes the bytes of a message."""
        return self._do("remove_mail", {"contest": contest, "number": number})

    def pause(self, contest: str) -> PauseRow | None:
        """Why no mail leaves, and until when."""
        return self._row(_PAUSE, "pause", {"contest": contest})

    def add_pause(self, rows: Sequence[Values]) -> int:
        """Has no mail leave for a time."""
        return self._each("add_pause", rows)

    def remove_pause(self, contest: str) -> int:
        """Lets mails leave again."""
        return self._do("remove_pause", {"contest": contest})


# fmt: off
SQLITE: Mapping[str, str] = {
    "append_lines": "INSERT INTO ledger (contest, n, prev, line) VALUES (:contest, :n, :prev, :line)",
    "add_sides": "INSERT INTO side (contest, n, subject, salt, data) VALUES (:contest, :n, :subject, :salt, :data)",
    "bytes_of_line": "SELECT CAST(ledger.line AS BLOB) AS line FROM ledger WHERE ledger.contest = :contest AND ledger.n = :n",
    "lines": "SELECT ledger.n, ledger.prev, CAST(ledger.line AS BLOB) AS line FROM ledger WHERE ledger.contest = :contest ORDER BY ledger.n",
    "lines_about": "SELECT ledger.n, ledger.prev, CAST(ledger.line AS BLOB) AS line FROM ledger WHERE (ledger.contest || '') = :contest AND CASE WHEN json_valid(CAST(line AS TEXT)) THEN json_extract(CAST(line AS TEXT), '$.case') END = :case_id ORDER BY ledger.n",
    "clock_lines": 'SELECT ledger.n, ledger.prev, CAST(ledger.line AS BLOB) AS line FROM ledger WHERE (ledger.contest || \'\') = :contest AND instr(line, CAST(\'"type":"clock_accepted"\' AS BLOB)) > 0 ORDER BY ledger.n',
    "sides_of_line": "SELECT side.n, side.subject, side.salt, side.data FROM side WHERE side.contest = :contest AND side.n = :n ORDER BY side.subject",
    "sides": "SELECT side.n, side.subject, side.salt, side.data FROM side WHERE side.contest = :contest ORDER BY side.n, side.subject",
    "side": "SELECT side.data FROM side WHERE side.contest = :contest AND side.n = :n AND side.subject = :subject",
    "contest": "SELECT contest.contest, contest.process, contest.rehearsal, contest.versions, contest.head_n, contest.head_hash FROM contest WHERE contest.contest = :contest",
    "contests": "SELECT contest.contest, contest.process, contest.rehearsal, contest.versions, contest.head_n, contest.head_hash FROM contest ORDER BY contest.contest",
    "insert_contest": "INSERT INTO contest (contest, process, rehearsal, versions, head_n, head_hash) VALUES (:contest, :process, :rehearsal, :versions, :head_n, :head_hash)",
    "set_head": "UPDATE contest SET head_n=:head_n, head_hash=:head_hash WHERE contest.contest = :contest",
    "set_process": "UPDATE contest SET process=:process WHERE contest.contest = :contest",
    "set_versions": "UPDATE contest SET versions=:versions WHERE contest.contest = :contest",
    "files_of_process": "SELECT process_file.path, CAST(process_file.content AS BLOB) AS content FROM process_file WHERE process_file.process = :process",
    "add_process_files": "INSERT INTO process_file (process, path, content) VALUES (:process, :path, :content)",
    "document": "SELECT CAST(document.content AS BLOB) AS content FROM document WHERE document.sha256 = :sha256",
    "form": "SELECT process_form.made_by, CAST(process_form.content AS BLOB) AS content FROM process_form WHERE process_form.process = :process",
    "add_form": "INSERT INTO process_form (process, made_by, content) VALUES (:process, :made_by, :content)",
    "remove_form": "DELETE FROM process_form WHERE process_form.process = :process",
    "insert_document": "INSERT INTO document (sha256, content) VALUES (:sha256, :content)",
    "candidature": "SELECT candidature.id, candidature.ref, candidature.state, candidature.since, candidature.version, candidature.name, candidature.record, candidature.private FROM candidature WHERE candidature.contest = :contest AND candidature.ref = :ref",
    "candidature_by_id": "SELECT candidature.id, candidature.ref, candidature.state, candidature.since, candidature.version, candidature.name, candidature.record, candidature.private FROM candidature WHERE candidature.contest = :contest AND candidature.id = :id",
    "every_candidature": "SELECT candidature.id, candidature.ref, candidature.state, candidature.since, candidature.version, candidature.name, candidature.record, candidature.private FROM candidature WHERE candidature.contest = :contest ORDER BY candidature.ref",
    "every_brief": "SELECT candidature.id, candidature.ref, candidature.state, candidature.since, candidature.name FROM candidature WHERE candidature.contest = :contest ORDER BY length(candidature.ref), candidature.ref",
    "briefs_of_state": "SELECT candidature.id, candidature.ref, candidature.state, candidature.since, candidature.name FROM candidature WHERE candidature.contest = :contest AND candidature.state = :state ORDER BY length(candidature.ref), candidature.ref",
    "move_rows": "UPDATE candidature SET state=:state, since=:since, version=:version, record=:record WHERE candidature.contest = :contest AND candidature.id = :id AND candidature.version = :was",
    "update_rows": "UPDATE candidature SET state=:state, since=:since, version=:version, name=:name, record=:record, private=:private WHERE candidature.contest = :contest AND candidature.id = :id AND candidature.version = :was",
    "add_candidatures": "INSERT INTO candidature (contest, id, ref, state, since, version, name, record, private) VALUES (:contest, :id, :ref, :state, :since, :version, :name, :record, :private)",
    "counter_rows": "SELECT counter.name, counter.bucket, counter.value FROM counter WHERE counter.contest = :contest",
    "add_counters": "INSERT INTO counter (contest, name, bucket, value) VALUES (:contest, :name, :bucket, :value) ON CONFLICT (contest, name, bucket) DO UPDATE SET value = (counter.value + excluded.value)",
    "clear_counters": "DELETE FROM counter WHERE counter.contest = :contest",
    "every_due": "SELECT due.case_id, candidature.ref, due.transition, due.at, due.tried FROM due JOIN candidature ON candidature.contest = due.contest AND candidature.id = due.case_id WHERE due.contest = :contest ORDER BY due.at",
    "due_until": "SELECT due.case_id, candidature.ref, due.transition, due.at, due.tried FROM due JOIN candidature ON candidature.contest = due.contest AND candidature.id = due.case_id WHERE due.contest = :contest AND due.tried = 0 AND due.at <= :at ORDER BY due.at, candidature.ref",
    "next_due": "SELECT due.case_id, candidature.ref, due.transition, due.at, due.tried FROM due JOIN candidature ON candidature.contest = due.contest AND candidature.id = due.case_id WHERE due.contest = :contest AND due.tried = 0 ORDER BY due.at LIMIT 1 OFFSET 0",
    "add_due": "INSERT INTO due (contest, case_id, transition, at, tried) VALUES (:contest, :case_id, :transition, :at, :tried)",
    "clear_due": "DELETE FROM due WHERE due.contest = :contest AND due.case_id = :case_id",
    "people": "SELECT person.pseudonym, person.roles, person.institution, person.login, person.private, person.active FROM person WHERE person.contest = :contest ORDER BY person.pseudonym",
    "person": "SELECT person.pseudonym, person.roles, person.institution, person.login, person.private, person.active FROM person WHERE person.contest = :contest AND person.pseudonym = :who UNION ALL SELECT person.pseudonym, person.roles, person.institution, person.login, person.private, person.active FROM person WHERE (person.contest || '') = :contest AND person.login = :who ORDER BY active DESC",
    "add_person": "INSERT INTO person (contest, pseudonym, roles, institution, login, private, active) VALUES (:contest, :pseudonym, :roles, :institution, :login, :private, :active)",
    "remove_person": "DELETE FROM person WHERE person.contest = :contest AND person.pseudonym = :pseudonym",
    "message": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said FROM message WHERE message.contest = :contest AND message.number = :number",
    "messages": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said FROM message WHERE message.contest = :contest ORDER BY message.number",
    "messages_of": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said FROM message WHERE message.contest = :contest AND message.case_id = :case_id ORDER BY + message.number",
    "messages_standing": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said FROM message WHERE (message.contest || '') = :contest AND message.case_id = :case_id AND stage IN ('planned', 'held', 'queued', 'retry', 'claimed') UNION ALL SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said FROM message WHERE message.contest = :contest AND message.case_id = :case_id AND (message.notification, message.occurrence, message.recipient) IN ({slots}) AND NOT (stage IN ('planned', 'held', 'queued', 'retry', 'claimed'))",
    "leases_over": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said FROM message WHERE message.contest = :contest AND message.stage = :stage AND stage <> 'cancelled' AND message.lease_until <= :until ORDER BY message.next_at, message.number",
    "leases_after": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said FROM message WHERE message.contest = :contest AND message.stage = :stage AND stage <> 'cancelled' AND message.lease_until > :since ORDER BY message.next_at, message.number",
    "messages_at": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said FROM message WHERE message.contest = :contest AND message.stage = :stage AND stage <> 'cancelled' ORDER BY message.next_at, message.number",
    "messages_due": "SELECT message.number, message.case_id, message.notification, message.occurrence, message.recipient, message.due, message.next_at, message.stage, message.held, message.sequence, message.attempts, message.worker, message.lease_until, message.words, message.address, message.sha256, message.said FROM message WHERE message.contest = :contest AND message.stage = :stage AND stage <> 'cancelled' AND message.next_at <= :until ORDER BY message.next_at, message.number LIMIT :most OFFSET 0",
    "count_due": "SELECT count(*) AS count_1 FROM message WHERE message.contest = :contest AND message.stage = :stage AND stage <> 'cancelled' AND message.next_at <= :until",
    "sent_since": "SELECT count(*) AS count_1 FROM message WHERE message.contest = :contest AND message.stage = :stage AND stage <> 'cancelled' AND message.next_at > :since",
    "stage_rows": "SELECT message.stage, count(*) AS messages, min(message.next_at) AS earliest FROM message WHERE message.contest = :contest AND stage <> 'cancelled' GROUP BY message.stage",
    "last_message": "SELECT max(message.number) AS max_1 FROM message WHERE message.contest = :contest",
    "add_messages": "INSERT INTO message (contest, number, case_id, notification, occurrence, recipient, due, next_at, stage, held, sequence, attempts, worker, lease_until, words, address, sha256, said) VALUES (:contest, :number, :case_id, :notification, :occurrence, :recipient, :due, :next_at, :stage, :held, :sequence, :attempts, :worker, :lease_until, :words, :address, :sha256, :said)",
    "change_rows": "UPDATE message SET due=:due, next_at=:next_at, stage=:stage, held=:held, sequence=:sequence, attempts=:attempts, worker=:worker, lease_until=:lease_until, words=:words, address=:address, sha256=:sha256, said=:said WHERE message.contest = :contest AND message.number = :number AND message.stage = :was AND message.worker = :was_worker",
    "turn_rows": "UPDATE message SET stage=:stage, worker=:worker, lease_until=:lease_until WHERE message.contest = :contest AND message.number = :number AND message.stage = :was AND message.worker = :was_worker",
    "mail": "SELECT CAST(mail.content AS BLOB) AS content FROM mail WHERE mail.contest = :contest AND mail.number = :number",
    "add_mail": "INSERT INTO mail (contest, number, content) VALUES (:contest, :number, :content)",
    "remove_mail": "DELETE FROM mail WHERE mail.contest = :contest AND mail.number = :number",
    "pause": "SELECT courier.paused_until, courier.pauses, courier.why FROM courier WHERE courier.contest = :contest",
    "add_pause": "INSERT INTO courier (contest, paused_until, pauses, why) VALUES (:contest, :paused_until, :pauses, :why)",
    "remove_pause": "DELETE FROM courier WHERE courier.contest = :contest",
}
"""The text of every statement, as SQLite takes it."""
