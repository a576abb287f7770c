"""Bytes, chains, and what is kept beside the ledger; acts that no rule allowed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from ptce_workflow.app.locations import PUBLIC_FILE, database_url
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.ledger.checkpoint import public_pem
from tests.ledger.rebuilt import without
from tests.ledger.tamperer import Tamperer
from tests.ledger.tamperings.table import Expected, Table
from tests.servers import hide_in_index

FOUND = Table()

# --- What waits to leave, the triggers, the contest's row ---------------------------------------


def waiting(it: Tamperer, assignment: str) -> Expected:
    """H2, H3: a mail that waits is diverted or stopped by one statement."""
    it.sql(f"UPDATE message SET {assignment} WHERE stage = 'queued'")
    [last] = [
        one["message"]
        for line in it.lines
        if line.type == "messages_planned"
        for one in line.data["messages"]
        if one["notification"] == "gone"
    ]
    return str(last)


FOUND.each(
    waiting,
    diverted=("address = 'evil@evil.example'",),
    stopped=("next_at = '2099-01-01T00:00:00.000000Z'",),
    leased_for_ever=("worker = 'w', lease_until = '2099-01-01T00:00:00.000000Z'",),
    due_garbage=("due = 'garbage'",),
)


@FOUND.tried
def all_mail_paused_for_ever(it: Tamperer) -> Expected:
    """H3: a pause lasts longer than the program could have set it."""
    it.sql("UPDATE courier SET paused_until = '2099-01-01T00:00:00.000000Z'")
    return ""


# Each database has a trigger of its own that keeps a line as it is.
_SELECTED = "UPDATE candidature SET state = 'selected' WHERE ref = 'C-002';"
_ON_FILE = {
    "dropped": ["DROP TRIGGER ledger_no_update"],
    "emptied": [
        "DROP TRIGGER ledger_no_update",
        "CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT 1; END",
    ],
    "added": [f"CREATE TRIGGER extra AFTER INSERT ON ledger BEGIN {_SELECTED} END"],
}
_BODY = "RETURNS trigger LANGUAGE plpgsql AS"
_CALLED = "ON ledger FOR EACH ROW EXECUTE FUNCTION"
_ON_SERVER = {
    "dropped": ["DROP TRIGGER ledger_frozen ON ledger"],
    "emptied": [
        "DROP TRIGGER ledger_frozen ON ledger",
        f"CREATE FUNCTION nothing() {_BODY} 'BEGIN RETURN NEW; END'",
        f"CREATE TRIGGER ledger_frozen BEFORE UPDATE OR DELETE {_CALLED} nothing()",
    ],
    "added": [
        f"CREATE FUNCTION extra() {_BODY} $$BEGIN {_SELECTED} RETURN NULL; END$$",
        f"CREATE TRIGGER extra AFTER INSERT {_CALLED} extra()",
    ],
}
_UNINDEXED = {"unindexed": ["DROP INDEX ledger_case", "CREATE INDEX my_own ON candidature (due)"]}


def guards(folder: Path) -> Mapping[str, Sequence[str]]:
    """The statements that do away with the guards of a contest's database, each in another way."""
    own = _ON_SERVER if isinstance(database_url(folder), str) else _ON_FILE
    return {**own, **_UNINDEXED}


def triggers(it: Tamperer, how: str, named: Expected) -> Expected:
    """H4: what guards the tables against haste is taken away, emptied, or joined by another."""
    for statement in guards(it.contest.folder)[how]:
        it.sql(statement, afterwards=True)
    return named


FOUND.each(
    triggers,
    dropped=("dropped", "ledger_"),
    emptied=("emptied", "ledger_"),
    added=("added", "extra"),
    unindexed=("unindexed", "ledger_case"),
)


def on_file(it: Tamperer) -> Path:
    """The file of the contest's database; a server's is asked in tests of its own."""
    place = database_url(it.contest.folder)
    if isinstance(place, str):
        pytest.skip("a server keeps no file that somebody could write in")
    return place


def schema(it: Tamperer, table: str, old: str, new: str) -> Expected:
    """Finding 12: a constraint, a collation or a default is put in the text of a table."""
    on_file(it)
    it.sql("PRAGMA writable_schema = ON", afterwards=True)
    it.sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = ?",
        *(old, new, table),
        afterwards=True,
    )
    return f"The table {table} was changed"


FOUND.each(
    schema,
    check_of_a_mail=("message", "stage VARCHAR", "stage VARCHAR CHECK (number <> 433)"),
    check_of_a_line=("ledger", "rowid > 0", "rowid > 0 AND n < 1206"),
    collation=("person", "login VARCHAR", "login VARCHAR COLLATE NOCASE"),
    default=("counter", "value BIGINT", "value BIGINT DEFAULT 7"),
    foreign_key=("mail", "PRIMARY KEY", "FOREIGN KEY (contest) REFERENCES person, PRIMARY KEY"),
    generated=("side", "data VARCHAR NOT NULL", "data VARCHAR NOT NULL, x INT AS (n)"),
)


def hidden(it: Tamperer, index: str, but: str) -> Expected:
    """Finding 3: an index leaves a row out, and its text does not say so."""
    file = on_file(it)
    it.afterwards(lambda: hide_in_index(file, index, but))
    return f"missing from index {index}"


FOUND.each(
    hidden,
    line=("ledger_case", "n <> 20"),
    candidature=("candidature_page", "ref <> 'C-002'"),
    person=("person_login", "login <> 'bob'"),
    mail=("message_next", "number <> 1"),
)


@FOUND.tried
def contest_renamed(it: Tamperer) -> Expected:
    """M-f: every table bears another name than the first line."""
    for table in ("ledger", "side", "contest", "candidature", "counter"):
        it.sql(f"UPDATE {table} SET contest = 'other-2024'")
    for table in ("person", "message", "mail", "courier"):
        it.sql(f"UPDATE {table} SET contest = 'other-2024'")
    return ""


@FOUND.tried
def a_second_contest(it: Tamperer) -> Expected:
    """M-f: another contest's row stands in the same file."""
    if isinstance(database_url(it.contest.folder), str):
        pytest.skip("a server keeps several contests in one database")
    it.sql(
        "INSERT INTO contest SELECT 'other-2024', process, rehearsal, content, 0, "
        f"'{'0' * 64}', moved_to, last_pass FROM contest"
    )
    return ""


# --- What was found from the beginning: bytes and chain -----------------------------------------


@FOUND.tried
def a_line_edited(it: Tamperer) -> Expected:
    """The bytes of one line change, nothing else."""
    return it.edit(20, b"P-001", b"P-002")


@FOUND.tried
def the_last_line_edited(it: Tamperer) -> Expected:
    """Only the head vouches for it."""
    return it.edit(len(it.lines), b"P-001", b"P-006")


@FOUND.tried
def a_line_deleted(it: Tamperer) -> Expected:
    """A gap."""
    it.sql("DELETE FROM ledger WHERE n = 20")
    return 20


@FOUND.tried
def a_line_deleted_and_chained(it: Tamperer) -> Expected:
    """Every number and hash in its place; the candidature was never opened."""
    n = it.find("candidature_opened", ref="C-003")
    it.lines.pop(n - 1)
    return n


@FOUND.tried
def a_line_inserted(it: Tamperer) -> Expected:
    """A line that is a copy of another stands at the end, the head not told."""
    it.sql("INSERT INTO ledger SELECT contest, 999, 'x', line FROM ledger WHERE n = 20")
    return len(it.lines) + 1


@FOUND.tried
def two_lines_swapped(it: Tamperer) -> Expected:
    """A submission stands before the candidature was opened."""
    n = it.find("candidature_opened", ref="C-003")
    it.lines[n - 1], it.lines[n] = it.lines[n], it.lines[n - 1]
    return n


@FOUND.tried
def a_line_doubled(it: Tamperer) -> Expected:
    """A transition is made twice."""
    n = it.find("transition_made", transition="withdraw")
    return it.again(n)


def bytes_of(it: Tamperer, old: bytes, new: bytes) -> Expected:
    """The last line says the same in other bytes, and the head agrees."""
    it.head()
    return it.edit(len(it.lines), old, new)


FOUND.each(
    bytes_of,
    not_canonical=(b'{"actor"', b'{ "actor"'),
    a_key_twice=(b'{"actor":"P-001"', b'{"actor":"P-001","actor":"P-001"'),
)


@FOUND.tried
def the_end_cut_off(it: Tamperer) -> Expected:
    """The last three lines are gone."""
    n = len(it.lines) - 2
    it.sql("DELETE FROM ledger WHERE n >= ?", n)
    return n


def head(it: Tamperer, assignment: str, away: int) -> Expected:
    """The head says another number or hash."""
    it.sql(f"UPDATE contest SET {assignment}")
    return len(it.lines) + away


FOUND.each(
    head,
    of_one_line_more=("head_n = head_n + 1", 1),
    of_one_line_less=("head_n = head_n - 1", 0),
    of_another_hash=(f"head_hash = '{'1' * 64}'", 0),
)


# --- What is kept beside the ledger -------------------------------------------------------------


def kept(it: Tamperer, statement: str, named: str) -> Expected:
    """Something that follows from the ledger is changed beside it."""
    it.sql(statement)
    return named


_CASE = "UPDATE candidature SET {} WHERE ref = 'C-002'"
_CONTENT = "UPDATE contest SET content = replace(content, '{}', '{}')"
FOUND.each(
    kept,
    state=(_CASE.format("state = 'selected'"), "C-002"),
    facts=(_CASE.format("content = replace(content, '30000', '40000')"), "C-002"),
    contact=(_CASE.format("private = replace(private, 'moulin@', 'evil@')"), "C-002"),
    name=(_CASE.format("name = 'Autre'"), "C-002"),
    candidature_gone=("DELETE FROM candidature WHERE ref = 'C-002'", "C-002"),
    counter=("UPDATE counter SET value = value + 1 WHERE name = 'granted'", "granted"),
    due=(_CASE.format("due = '2030-01-01T00:00:00.000000Z'"), "C-002"),
    login=("UPDATE person SET login = 'evil' WHERE pseudonym = 'P-001'", "P-001"),
    roles=("UPDATE person SET roles = '[\"desk\"]' WHERE pseudonym = 'P-002'", "P-002"),
    versions=(_CONTENT.format('"cel":', '"cal":'), "versions"),
    facts_of_the_contest=(_CONTENT.format('"facts":{', '"facts":{"a.b":1,'), "facts"),
    sittings=(_CONTENT.format('"moved":{}', '"moved":{"a":1}'), "sittings"),
    rehearsal=("UPDATE contest SET rehearsal = FALSE", "process in force"),
    tables_of_no_version=("DELETE FROM schema_version", "tables"),
    tables_of_another_version=("UPDATE schema_version SET version = '9999'", "9999"),
    stage_back=("UPDATE message SET stage = 'planned' WHERE number = 1", "M-001"),
    stage_ahead=("UPDATE message SET stage = 'sent' WHERE notification = 'follow_up'", "M-0"),
    mail_edited=("UPDATE mail SET content = x'78' WHERE number = 1", "M-001"),
    mail_gone=("DELETE FROM mail WHERE number = 1", "M-001"),
    released_words=(
        "UPDATE message SET words = replace(words, 'Words', 'Other words') "
        "WHERE notification = 'given_back' AND stage = 'sent'",
        "M-0",
    ),
)


_FALSE_HASH = "ab" * 32
_OTHER = "INSERT INTO {0} SELECT {1} FROM {0} LIMIT 1"


def orphan(it: Tamperer, statement: str, named: str) -> Expected:
    """Finding 14: rows that no line names, where personal data may lie that no erasure finds."""
    it.sql(statement)
    return f"kept in the database: {named}"


FOUND.each(
    orphan,
    document=(f"INSERT INTO document VALUES ('{_FALSE_HASH}', x'78')", "a document, abab"),
    process=(f"INSERT INTO process_file VALUES ('{_FALSE_HASH}', 'a', x'78')", "a process, abab"),
    form=(f"INSERT INTO process_form VALUES ('{_FALSE_HASH}', 'a', x'78')", "a process, abab"),
    mail_of_none=(_OTHER.format("mail", "contest, 999, content"), "the bytes of a mail, M-999"),
    mail_not_sent=(
        "INSERT INTO mail SELECT contest, number, x'78' FROM message "
        "WHERE stage = 'cancelled' AND sha256 = ''",
        "the bytes of a mail, M-",
    ),
    ledger=(_OTHER.format("ledger", "'other', n, prev, line"), "rows of ledger, other"),
    side=(_OTHER.format("side", "'other', n, subject, salt, data"), "rows of side, other"),
    person=(
        _OTHER.format("person", "'other', pseudonym, roles, institution, login, private, active"),
        "rows of person, other",
    ),
    counter=(_OTHER.format("counter", "'other', name, bucket, value"), "rows of counter, other"),
)


@FOUND.tried
def a_second_version(it: Tamperer) -> Expected:
    """Finding 14: the tables are of two versions."""
    it.sql("INSERT INTO schema_version VALUES ('0001')")
    return "and holds 2"


def public_key(it: Tamperer, content: str) -> Expected:
    """Finding 17: the public key beside the database is another one."""
    it.afterwards(lambda: (it.contest.folder / PUBLIC_FILE).write_text(content))
    return "ptce.pub holds another key"


FOUND.each(public_key, another=(public_pem(bytes(32)).decode(),), none=("no key",))


@FOUND.tried
def an_answer_whose_line_is_gone(it: Tamperer) -> Expected:
    """The mail is kept, and no line tells that it was read."""
    without(it, it.find("mail_received"))
    return "No line tells of mail:1."


def mail_shown(it: Tamperer, assignment: str, named: str) -> Expected:
    """What is shown of a mail that left is not what its line and its bytes tell."""
    n = it.find("message_sent", notification="given_back")
    name = str(it.line(n).data["message"])
    it.sql(f"UPDATE message SET {assignment} WHERE number = ?", int(name.removeprefix("M-")))
    return named.format(name=name)


_ELSEWHERE = "The mail {name} is not told to have gone there"
_OTHERWISE = "What is shown of the mail {name} is not what its bytes say"
FOUND.each(
    mail_shown,
    at_another_hour=("next_at = '2024-02-29T06:30:00.000000Z'", "next_at: 2024-02-29T06:30"),
    after_more_tries=("attempts = 7", "attempts: 7"),
    to_nobody=("address = ''", _ELSEWHERE),
    to_another=("address = 'anne@desk.example'", _ELSEWHERE),
    without_an_answer=("said = ''", _ELSEWHERE),
    answered_otherwise=("said = '550 no'", _ELSEWHERE),
    sent_at_another_hour=("sent = '2024-02-29T06:30:00.000000Z'", "sent: 2024-02-29T06:30"),
    to_another_reader=("recipient = 'P-001'", "recipient: P-001"),
    of_another_kind=("notification = 'opened', occurrence = '999'", "notification: opened"),
    as_an_update=("sequence = 5", "sequence: 5"),
    never_held=("held = FALSE", "held: "),
    erased=("erased = TRUE", "erased: "),
    with_other_bytes=(f"sha256 = '{'0' * 64}'", "The mail {name} is missing"),
)


def acknowledged(it: Tamperer, assignment: str) -> Expected:
    """A mail that nobody had to release is shown to say what it did not."""
    it.sql(f"UPDATE message SET {assignment} WHERE number = 1")
    return _OTHERWISE.format(name="M-001")


FOUND.each(
    acknowledged,
    in_the_words_of_another=("words = (SELECT words FROM message WHERE number = 2)",),
    in_damaged_words=("words = '{\"x\":1}'",),
    in_no_words=("words = ''",),
)


def waits(it: Tamperer, days: int, named: str) -> Expected:
    """A mail that is planned does not wait for its hour."""
    found = next(
        one
        for line in reversed(it.lines)
        if line.type == "messages_planned"
        for one in line.data["messages"]
        if one["notification"] == "follow_up"
    )
    hour = to_text(from_text(found["due"]) + timedelta(days=days))
    number = int(found["message"].removeprefix("M-"))
    it.sql("UPDATE message SET next_at = ? WHERE number = ?", hour, number)
    return named.format(hour=hour)


FOUND.each(
    waits,
    not_awaited=(-1, "next_at: {hour}"),
)


@FOUND.tried
def a_mail_that_went_to_another(it: Tamperer) -> Expected:
    """The side row names somebody whom the bytes do not."""
    n = it.find("message_sent", notification="given_back")
    [subject] = it.subjects(n)
    known = next(
        row["facts"]["dossier.email"]
        for m in range(n, 0, -1)
        for row in [it.row(m, one) for one in it.subjects(m)]
        if row.get("facts", {}).get("dossier.email") not in (None, it.row(n, subject)["to"])
    )
    name = str(it.line(n).data["message"])
    it.sql("UPDATE message SET address = ? WHERE number = ?", known, int(name[2:]))
    it.side(n, subject, {**it.row(n, subject), "to": known})
    return n


def quoting(it: Tamperer, old: bytes, new: bytes, named: str) -> Expected:
    """The bytes of a mail are changed, and the line that tells their hash."""
    n = it.find("message_sent", nth=-1)
    name = str(it.line(n).data["message"])
    number = int(name.removeprefix("M-"))
    content = it.mail(number)
    changed = content.replace(old, new, 1)
    assert changed != content
    hash_ = sha256(changed).hexdigest()
    it.sql("UPDATE mail SET content = ? WHERE number = ?", changed, number)
    it.sql("UPDATE message SET sha256 = ? WHERE number = ?", hash_, number)
    it.data(n, sha256=hash_)
    return named.format(name=name)


FOUND.each(
    quoting,
    no_line=(b"X-PTCE-Line", b"X-Other-Line", "The mail {name} quotes no line of the ledger"),
    another_line=(b"X-PTCE-Line: ", b"X-PTCE-Line: 9", "not the one that its mails quote"),
    another_reader=(b"\r\nTo: ", b"\r\nTo: <evil@evil.example>, ", "bears another address"),
)


def salted(it: Tamperer, salt: str, lines: int) -> Expected:
    """Side rows have salts that somebody could guess, and the lines commit themselves to them."""
    told = [n for n in range(1, len(it.lines)) if it.subjects(n)][-lines:]
    for n in told:
        [subject] = it.subjects(n)
        it.side(n, subject, it.row(n, subject), salt)
    return told[-1]


FOUND.each(
    salted,
    alike=("0" * 64, 2),
    no_salt=("x", 1),
    too_short=("5a" * 31, 1),
    of_capitals=("5A" * 32, 1),
)


def beside(it: Tamperer, statement: str, type_: str) -> Expected:
    """A side row is not the one to which its line commits itself."""
    n = it.find(type_)
    it.sql(statement, n)
    return n


FOUND.each(
    beside,
    edited=("UPDATE side SET data = replace(data, '\"', '\" ') WHERE n = ?", "facts_recorded"),
    gone=("DELETE FROM side WHERE n = ?", "facts_recorded"),
    added=(
        "INSERT INTO side SELECT contest, ?, 'P-001', salt, data FROM side LIMIT 1",
        "sitting_closed",
    ),
)


def archived(it: Tamperer, statement: str) -> Expected:
    """The rulebook in force at the beginning is not the one that its hash names."""
    it.sql(statement.format(where=f"process = '{it.line(1).process}' AND path = 'config.toml'"))
    return 1


FOUND.each(
    archived,
    edited=("UPDATE process_file SET content = x'78' WHERE {where}",),
    gone=("DELETE FROM process_file WHERE {where}",),
    added=(
        "INSERT INTO process_file SELECT process, 'states/more.toml', content FROM process_file "
        "WHERE {where}",
    ),
)


@FOUND.tried
def a_document_edited(it: Tamperer) -> Expected:
    """A file that was handed in is not the one that was handed in."""
    it.sql("UPDATE document SET content = x'78'")
    return it.find("facts_recorded")


# --- Acts that the rules, roles and hours do not allow ------------------------------------------


@FOUND.tried
def a_transition_that_leads_nowhere_from_here(it: Tamperer) -> Expected:
    """One that was withdrawn is selected."""
    n = it.find("transition_made", transition="promote")
    return it.change(it.again(n), case=it.case("C-001"))


@FOUND.tried
def a_place_too_many(it: Tamperer) -> Expected:
    """The one that waits is given a place before one falls free."""
    n = it.find("transition_made", transition="wait")
    like = it.line(it.find("transition_made", transition="select", nth=1))
    return it.change(n, data={**like.data, "totals": {"granted": 60000, "taken": 1}})


@FOUND.tried
def a_mark_after_the_freeze(it: Tamperer) -> Expected:
    """Marks are given once they are closed."""
    return it.again(it.find("scores_given", institution="east"))


@FOUND.tried
def a_mark_by_another_juror(it: Tamperer) -> Expected:
    """A juror speaks for the seat of another."""
    return it.change(it.find("scores_given", institution="north"), actor="P-003")


@FOUND.tried
def a_mark_before_the_declaration(it: Tamperer) -> Expected:
    """A seat marks that has declared nothing about the candidature."""
    case = it.case("C-002")
    marked = [n for n, line in enumerate(it.lines, 1) if line.type == "scores_given"]
    n = next(n for n in marked if it.line(n).case == case)
    declared = [m for m in range(1, n) if it.line(m).type == "links_declared"]
    own = next(
        m
        for m in declared
        if it.line(m).case == case
        and it.line(m).data["institution"] == it.line(n).data["institution"]
    )
    it.change(own, case=it.case("C-005"))
    return n


@FOUND.tried
def a_declaration_after_the_mark(it: Tamperer) -> Expected:
    """A seat declares once it has marked."""
    return it.again(it.find("links_declared", institution="west"))


@FOUND.tried
def links_cleared_by_whose_they_are(it: Tamperer) -> Expected:
    """The institution with the links finds them without influence itself."""
    return it.data(it.find("links_cleared", institution="east"), presides="east")


@FOUND.tried
def a_mark_before_the_links_were_cleared(it: Tamperer) -> Expected:
    """What whoever presides finds was found of another institution: a linked one has marked."""
    n = it.find("links_cleared", institution="east")
    it.data(n, institution="south", presides="north")
    return n


@FOUND.tried
def a_mark_changed(it: Tamperer) -> Expected:
    """The figures of the panel are no longer those of its marks."""
    case = it.case("C-001")
    it.data(it.find("scores_given", institution="north"), scores={"idea": 0, "method": 0})
    closing = [n for n, line in enumerate(it.lines, 1) if line.data.get("to") == "scored"]
    return next(n for n in closing if it.line(n).case == case)


@FOUND.tried
def the_order_of_a_tie(it: Tamperer) -> Expected:
    """The vote that parted two was for the other order."""
    n = it.find("vote_taken", about="order")
    it.data(n, cases=[*reversed(it.line(n).data["cases"])])
    return it.find("rank_recorded", parted_by="vote")


@FOUND.tried
def those_present(it: Tamperer) -> Expected:
    """Who votes was not there."""
    it.data(it.find("sitting_opened"), present=["north", "east"])
    return it.find("vote_taken")


@FOUND.tried
def a_rank(it: Tamperer) -> Expected:
    """A better rank than the marks give."""
    return it.data(it.find("rank_recorded", rank=2), rank=1)


@FOUND.tried
def a_recusal_after_the_decision(it: Tamperer) -> Expected:
    """A seat steps aside once all is decided."""
    return it.again(it.find("institution_recused"))


@FOUND.tried
def a_transition_by_a_juror(it: Tamperer) -> Expected:
    """A juror moves a candidature."""
    return it.change(it.find("transition_made", transition="withdraw"), actor="P-002")


@FOUND.tried
def an_act_by_someone_who_left(it: Tamperer) -> Expected:
    """The desk had left when it acted."""
    left = it.find("person_left")
    it.data(left, person="P-001")
    return next(n for n in range(left + 1, len(it.lines)) if it.line(n).actor == "P-001")


@FOUND.tried
def a_seat_moved(it: Tamperer) -> Expected:
    """A juror was enrolled for another institution than the one it speaks for."""
    n = it.find("person_enrolled", institution="north")
    it.data(n, institution="south")
    return it.find("links_declared", institution="north")


@FOUND.tried
def a_fact_by_a_juror(it: Tamperer) -> Expected:
    """A juror writes in a dossier."""
    return it.change(it.find("facts_recorded"), actor="P-002")


@FOUND.tried
def an_empty_sitting(it: Tamperer) -> Expected:
    """A sitting opens and closes, and decides nothing."""
    n = it.again(it.find("sitting_opened"), call=2)
    it.append("sitting_closed")
    return n


@FOUND.tried
def a_rule_answered_otherwise(it: Tamperer) -> Expected:
    """The verdicts of a line are not those of its rules."""
    n = it.find("transition_refused")
    verdicts = {**it.line(n).data["verdicts"], "complete": "holds"}
    return it.data(n, verdicts=verdicts)


@FOUND.tried
def words_that_were_not_released(it: Tamperer) -> Expected:
    """The hash of the words that a person released is another."""
    n = it.find("messages_released")
    [name] = map(str, it.line(n).data["words"])
    it.data(n, words={name: "0" * 64})
    return name


# --- Rows that nobody wrote, and columns that say something else --------------------------------


_PERSON = "UPDATE person SET {} WHERE pseudonym = 'P-002'"
_MAIL = "UPDATE message SET {} WHERE number = 33"
_PLANTED = "INSERT INTO {0} SELECT {1} FROM {0} WHERE {2}"
FOUND.each(
    kept,
    nobody_acts=(_PERSON.format("active = FALSE"), "P-002"),
    for_another_seat=(_PERSON.format("institution = 'south'"), "P-002"),
    another_name=(_PERSON.format("private = replace(private, 'Nour', 'Noor')"), "P-002"),
    a_name_with_nothing_in_it=(_PERSON.format("private = '{}'"), "P-002"),
    a_person_gone=("DELETE FROM person WHERE pseudonym = 'P-004'", "P-004"),
    a_person_planted=(
        _PLANTED.format(
            "person",
            "contest, 'P-099', roles, institution, 'evil', private, active",
            "pseudonym = 'P-001'",
        ),
        "P-099",
    ),
    since=(_CASE.format("since = '2024-01-01T00:00:00.000000Z'"), "C-002"),
    version=(_CASE.format("version = version + 1"), "C-002"),
    reference=(_CASE.format("ref = 'C-099'"), "C-099"),
    a_candidature_planted=(
        _PLANTED.format(
            "candidature",
            "contest, '12345678-1234-4123-8123-123456789abc', 'C-098', state, since, version, "
            "name, due, content, private",
            "ref = 'C-002'",
        ),
        "C-098",
    ),
    a_counter_planted=("INSERT INTO counter SELECT contest, 'x', 'y', 1 FROM contest", "x.y"),
    a_counter_gone=("DELETE FROM counter WHERE name = 'granted'", "granted"),
    a_mail_of_another=(_MAIL.format("recipient = 'P-003'"), "M-033"),
    a_mail_due_earlier=(_MAIL.format("due = '2024-01-01T08:00:00.000000Z'"), "M-033"),
    a_mail_held=(_MAIL.format("held = TRUE"), "M-033"),
    a_mail_about_another=(_MAIL.format("case_id = ''"), "M-033"),
    a_mail_updated=(_MAIL.format("sequence = 9"), "M-033"),
    a_mail_not_told_again=("DELETE FROM message WHERE number = 33", "M-033"),
    a_mail_erased=(_MAIL.format("erased = TRUE"), "M-033"),
    the_process_in_force=("UPDATE contest SET process = 'x'", ""),
    the_head_of_nothing=("UPDATE contest SET head_n = 0", ""),
)
