"""The tables and their statements.

Instants are text (`base.notation`), so that every database sorts and compares them alike; JSON
is text that the writers put in canonical order. `ledger` is the truth; `side`, `process_file`
and `document` are what it commits itself to; the rest can be worked out again from them.

Neither this module nor the tables are loaded by a command that reads or writes: `tools/generate.py`
compiles the statements for SQLite and for PostgreSQL, and writes them down with a typed method
for each (`store.rows`, `store.rows_postgresql`).

Parameters bear the names of the columns they are for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    case,
    cast,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    tuple_,
    union,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.operators import custom_op
from sqlmodel import AutoString, Field, SQLModel

from ptce_workflow.store import tables

# Without a rowid SQLite keeps a row where its key is, and INSERT OR REPLACE has no second key by
# which to replace one (see `triggers`). Tables of larger rows keep theirs: a tree of keys that
# holds whole rows has few on a page, and writes several pages for each that is added.
_BY_KEY = {"sqlite_with_rowid": False}


class CaseOfLine(ColumnElement[str]):
    """Of which candidature a line tells; NULL for one that is damaged."""

    inherit_cache = True
    type = String()


@compiles(CaseOfLine)
def _case(_element: CaseOfLine, _compiler: Any, **_options: Any) -> str:
    line = "CAST(line AS TEXT)"
    return f"CASE WHEN json_valid({line}) THEN json_extract({line}, '$.case') END"


@compiles(CaseOfLine, "postgresql")
def _case_on_server(_element: CaseOfLine, _compiler: Any, **_options: Any) -> str:
    # A function of ours, see `schema`: there, to read what is damaged is an error.
    return "ptce_case(line)"


class LineOfType(ColumnElement[bool]):
    """True of a line of a type, and perhaps of others that say the same words."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, kind: str) -> None:
        self.words = f'\'"type":"{kind}"\''

    def self_group(self, against: Any = None) -> LineOfType:
        """Itself: SQLite, which has no booleans, would be asked whether it is 1."""
        return self


@compiles(LineOfType)
def _of_type(element: LineOfType, _compiler: Any, **_options: Any) -> str:
    return f"instr(line, CAST({element.words} AS BLOB)) > 0"


@compiles(LineOfType, "postgresql")
def _of_type_on_server(element: LineOfType, _compiler: Any, **_options: Any) -> str:
    return f"position({element.words} in line) > 0"


CLOCK = LineOfType("clock_accepted")
IS_DUE = "due <> ''"
NOT_CANCELLED = "stage <> 'cancelled'"
PENDING = "stage IN ('planned', 'held', 'queued', 'retry', 'claimed')"
"""Conditions of indexes, to be repeated word for word by whoever is to use them."""


class Stored(SQLModel):
    """The base of our tables, apart from whatever else a program declares."""

    metadata = MetaData()


class Ledger(Stored, table=True):
    """One line: its bytes, and the two columns by which it is found and chained."""

    __table_args__ = (
        # What is not given is -1 to a trigger, which looks whether there is such a row.
        CheckConstraint("rowid > 0").ddl_if(dialect="sqlite"),
        # Kept by the database itself: no column beside the bytes that somebody could change.
        Index("ledger_case", CaseOfLine()),
        Index("ledger_clock", "n", sqlite_where=CLOCK, postgresql_where=CLOCK),
    )

    contest: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    prev: str
    line: bytes


class SideTable(Stored, table=True):
    """The data that a line commits itself to and that may be erased, for one subject."""

    __tablename__ = "side"

    __table_args__ = _BY_KEY

    contest: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    salt: str
    data: str


class ProcessFile(Stored, table=True):
    """One file of a process that was in force once."""

    __tablename__ = "process_file"
    __table_args__ = _BY_KEY

    process: str = Field(primary_key=True)
    path: str = Field(primary_key=True)
    content: bytes


class ProcessForm(Stored, table=True):
    """A process as `made_by` loads it without reading its files; see `process.process`."""

    __tablename__ = "process_form"

    process: str = Field(primary_key=True)
    made_by: str
    content: bytes


class DocumentTable(Stored, table=True):
    """A file that a candidature handed in, or a received mail, known by its hash."""

    __tablename__ = "document"

    sha256: str = Field(primary_key=True)
    content: bytes


class ContestTable(Stored, table=True):
    """The process in force, and the head of the ledger as the last writer left it.

    `content` is what the lines about the contest as a whole amount to, see
    `app.projections.ContestContent`. `moved_to` names the database in which the contest goes on;
    empty where that is this one.
    `last_pass` is when its last pass began, or empty: no line tells it.
    """

    __tablename__ = "contest"

    __table_args__ = _BY_KEY

    contest: str = Field(primary_key=True)
    process: str
    rehearsal: bool
    content: str
    head_n: int
    head_hash: str
    moved_to: str
    last_pass: str


class CandidatureTable(Stored, table=True):
    """A candidature as it stands: the columns that find it, and what lines amount to.

    `version` is the number of its last line, `due` when time will next make a transition, or empty.
    `content` is the struct without what may be erased, which is `name` and `private`.
    """

    __tablename__ = "candidature"

    __table_args__ = (
        UniqueConstraint("contest", "ref"),
        Index(
            "candidature_due",
            *("contest", "due"),
            sqlite_where=text(IS_DUE),
            postgresql_where=text(IS_DUE),
        ),
        # In the order in which lists print them, so that a page of many is read alone.
        Index("candidature_page", "contest", "state", func.length(column("ref")), "ref"),
    )

    contest: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    ref: str
    state: str
    since: str
    version: int
    name: str | None
    due: str
    content: str
    private: str


class Counter(Stored, table=True):
    """A count or sum over candidatures; see `ledger.state`."""

    __table_args__ = _BY_KEY

    contest: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    bucket: str = Field(primary_key=True)
    # A sum of amounts in hundredths outgrows 32 bits at 21 million euros.
    value: int = Field(sa_type=BigInteger)


class PersonTable(Stored, table=True):
    """Someone enrolled; `login` and `private` may be erased."""

    __tablename__ = "person"

    # The contest would have SQLite rather walk through all of its people.
    __table_args__ = (Index("person_login", "login"), _BY_KEY)

    contest: str = Field(primary_key=True)
    pseudonym: str = Field(primary_key=True)
    roles: str
    institution: str | None
    login: str | None
    private: str
    active: bool


class MessageTable(Stored, table=True):
    """A mail to one recipient; `next_at` is when somebody looks at it next.

    `case_id` is empty for one about the contest. `words` holds the letter once it is written for
    good, `sha256` the hash of the bytes that leave. `worker` and `lease_until` say who is sending
    it, and until when nobody else may. `read` is the SHA-256 of the words that a person released or
    wrote, `sent` when a server last took it, or a person first said that it arrived; both are empty
    until then. `erased` once its words are gone.
    """

    __tablename__ = "message"

    __table_args__ = (
        UniqueConstraint("contest", "number"),
        # What was cancelled is not looked for by its stage, and an act cancels much.
        Index(
            "message_next",
            *("contest", "stage", "next_at", "number"),
            sqlite_where=text(NOT_CANCELLED),
            postgresql_where=text(NOT_CANCELLED),
        ),
        # What has left about a candidature, with its letters, is not read again at every act.
        Index(
            "message_standing",
            "case_id",
            sqlite_where=text(PENDING),
            postgresql_where=text(PENDING),
        ),
    )

    contest: str = Field(primary_key=True)
    number: int
    case_id: str = Field(primary_key=True)
    notification: str = Field(primary_key=True)
    occurrence: str = Field(primary_key=True)
    recipient: str = Field(primary_key=True)
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
    read: str
    sent: str
    erased: bool


class MailTable(Stored, table=True):
    """The bytes of a mail as they leave, or left."""

    __tablename__ = "mail"

    contest: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    content: bytes


class ReceivedMail(Stored, table=True):
    """A received mail; its bytes, and those of its `pieces` (JSON), are documents.

    `sha256` is of the whole mail, `read_at` when it was read, `received_at` the hour that counts,
    or empty. It belongs to the candidature `case_id` and answers the mail `message`, or neither.
    Until `kept_until` its documents are kept; for as long as its candidature where that is empty.
    Once it is `erased` its number and its hash stay, so that it is not read again.
    """

    __tablename__ = "received_mail"

    __table_args__ = (UniqueConstraint("contest", "sha256"),)

    contest: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    sha256: str
    read_at: str
    received_at: str
    outcome: str
    why: str
    case_id: str
    message: str
    sender: str
    subject: str
    pieces: str
    kept_until: str
    erased: bool


class MailboxUid(Stored, table=True):
    """A mail of a mailbox that was read, and is not fetched again."""

    __tablename__ = "mailbox_uid"

    __table_args__ = _BY_KEY

    contest: str = Field(primary_key=True)
    mailbox: str = Field(primary_key=True)
    uidvalidity: int = Field(primary_key=True, sa_type=BigInteger)
    uid: int = Field(primary_key=True, sa_type=BigInteger)
    sha256: str


class Courier(Stored, table=True):
    """Until when no mail leaves at all, and why: the server is down, or refuses us.

    `refusal` is what the server last said in refusal of a mail and may say of all (see
    `ServerAnswer.refusal`), `refusal_of` that mail, or 0 where it was more than one. Both are
    forgotten once a mail is accepted; the row may hold them alone, its pause over.
    """

    __table_args__ = _BY_KEY

    contest: str = Field(primary_key=True)
    paused_until: str
    pauses: int
    why: str
    refusal: str = ""
    refusal_of: int = 0


_POSTCOMPILED = re.compile(r"__\[POSTCOMPILE_(\w+?)\]")


@dataclass(frozen=True)
class RowKind:
    """A kind of row: its name and its columns; `judged` unless something else looks at it.

    Its class is imported from `module`, or made of the columns where none is named.
    """

    name: str
    columns: tuple[ColumnElement[Any], ...]
    judged: bool = True
    module: str = ""

    @property
    def table(self) -> str:
        column = self.columns[0]
        return str(column.table.name) if isinstance(column, Column) else ""


@dataclass(frozen=True)
class Query:
    """A statement: what it is called, what comes of it, and how it is put.

    `gives` is one of `rows`, `stream` (rows, read as they are asked for), `row` (or None), `known`
    (a row; KeyError where there is none), `value` (of one column, or None), `number` (the same, or
    0); or, of those that write, `once`, or `each` where it is run for each of some mappings by
    column.
    """

    name: str
    gives: str
    clause: ClauseElement
    row: RowKind | None = None


def texts(dialect: Dialect) -> dict[str, str]:
    return {query.name: compiled(query, dialect)[0] for query in queries(dialect.name)}


def compiled(query: Query, dialect: Dialect) -> tuple[str, dict[str, type | None]]:
    """A statement's text, and its parameters with their types; None for one that is several."""
    statement: Any = query.clause.compile(dialect=dialect)
    sql = " ".join(str(statement).split())
    types: dict[str, type | None] = {}
    for parameter, name in statement.bind_names.items():
        if parameter.value is not None:
            # What SQLAlchemy itself adds: SQLite's LIMIT comes with an OFFSET.
            sql = re.sub(rf":{name}\b|%\({name}\)s", str(parameter.value), sql)
        else:
            types[name] = None if parameter.expanding else python_type(parameter)
    return _POSTCOMPILED.sub(r"{\1}", sql), types


SQLITE: Dialect = sqlite.dialect(paramstyle="named")
"""SQLite's words, with parameters by name."""

POSTGRESQL: Dialect = psycopg.dialect()  # type: ignore[no-untyped-call]
"""PostgreSQL's, as its driver takes them."""


def python_type(column: ColumnElement[Any]) -> type:
    type_: Any = column.type
    # SQLModel's own type of text says that it may be any object.
    return str if isinstance(type_, AutoString) else type_.python_type


def queries(dialect: str) -> Iterator[Query]:
    yield from _ledger()
    yield from _contests_and_people()
    yield from _processes()
    yield from _candidatures()
    yield from _counters(dialect)
    yield from _messages()
    yield from _messages_at_a_stage()
    yield from _mail()
    yield from _received()
    yield from _strays()


def _ledger() -> Iterator[Query]:
    ledger, side = _table(tables.Ledger), _table(tables.SideTable)
    contest = _table(tables.ContestTable)
    content, number = _bytes(ledger.c.line), ledger.c.n
    line = RowKind("LineRow", (number, ledger.c.prev, content), judged=False)
    left = _row("SideRow", tables.SideTable, judged=False)
    keys = tables.LineOfType("key_changed")
    # Word for word as the indexes have it, or they would not be used.
    case = tables.CaseOfLine()
    about = case == bindparam("case_id")
    # Of lines, only the next is taken.
    yield _added("insert_lines", ledger)
    yield _added("add_sides", side)
    yield _value("bytes_of_line", content, _is(ledger, "contest", "n"))
    # The one that is the head of the contest.
    head = select(contest.c.head_n).where(_is(contest, "contest")).scalar_subquery()
    of_head = select(content).where(_is(ledger, "contest"), number == head)
    yield Query("last_line", "value", of_head)
    yield _asked("stream", "lines", line, _is(ledger, "contest"), by=[number])
    after = bindparam("n", type_=Integer)
    yield _asked("stream", "lines_after", line, _is(ledger, "contest"), number > after, by=[number])
    # The lines that tell of a candidature.
    yield _asked("rows", "lines_about", line, _in_contest(ledger), about, by=[number])
    # Those that tell of the contest as a whole.
    none = case.is_(None)
    yield _asked("rows", "lines_about_none", line, _in_contest(ledger), none, by=[number])
    # The lines that accept a clock, and perhaps some that say the same words.
    yield _asked("rows", "clock_lines", line, _in_contest(ledger), tables.CLOCK, by=[number])
    # Those that change the key of checkpoints; asked where one is made or shown.
    yield _asked("rows", "key_lines", line, _in_contest(ledger), none, keys, by=[number])
    of_line = _is(side, "contest", "n")
    yield _asked("rows", "sides_of_line", left, of_line, by=[side.c.subject])
    number_beside, in_order = side.c.n, [side.c.n, side.c.subject]
    yield _asked("stream", "sides", left, _is(side, "contest"), by=in_order)
    # None once it is erased.
    yield _value("side", side.c.data, _is(side, "contest", "n", "subject"))
    yield _asked("rows", "sides_of", left, _is(side, "contest", "subject"), by=[number_beside])
    yield _removed("remove_side", side, "contest", "n", "subject")
    # In how many rows, of any contest, some words stand.
    count, named = func.count(), side.c.data.contains(bindparam("words"))
    yield Query("sides_naming", "number", select(count).select_from(side).where(named))


def _contests_and_people() -> Iterator[Query]:
    contest, person = _table(tables.ContestTable), _table(tables.PersonTable)
    row = _row("ContestRow", tables.ContestTable, of_contest=False)
    yield _asked("known", "contest", row, _is(contest, "contest"))
    yield _asked("rows", "contests", row, by=[contest.c.contest])
    yield _added("insert_contest", contest)
    # The number and the hash of the last line; the process in force; what lines amount to; where
    # the contest goes on; when its last pass was made.
    for name, changed in (
        ("set_head", ("head_n", "head_hash")),
        ("set_process", ("process",)),
        ("set_content", ("content",)),
        ("set_moved", ("moved_to",)),
        ("set_passed", ("last_pass",)),
    ):
        yield Query(name, "once", _changed(contest, ("contest",), changed))
    row = _row("PersonRow", tables.PersonTable)
    everyone = select(*row.columns).where(_is(person, "contest"))
    yield Query("people", "rows", everyone.order_by(person.c.pseudonym), row)
    # By pseudonym or login, each of which has an index; one who is active before one who left.
    by_login = select(*row.columns).where(_in_contest(person), person.c.login == bindparam("who"))
    named = union_all(everyone.where(person.c.pseudonym == bindparam("who")), by_login)
    yield Query("person", "row", named.order_by(named.selected_columns.active.desc()), row)
    yield _added("add_person", person)
    yield _removed("remove_person", person, "contest", "pseudonym")


def _processes() -> Iterator[Query]:
    file, form = _table(tables.ProcessFile), _table(tables.ProcessForm)
    document = _table(tables.DocumentTable)
    file_row = RowKind("FileRow", (file.c.path, _bytes(file.c.content)))
    yield _asked("rows", "files_of_process", file_row, _is(file, "process"))
    yield _added("add_process_files", file)
    yield _value("document", _bytes(document.c.content), _is(document, "sha256"))
    form_row = RowKind("FormRow", (form.c.made_by, _bytes(form.c.content)))
    yield _asked("row", "form", form_row, _is(form, "process"))
    yield _added("add_form", form)
    yield _removed("remove_form", form, "process")
    yield _added("insert_document", document)
    yield _removed("remove_document", document, "sha256")
    hashes = RowKind("DocumentRow", (document.c.sha256,))
    yield _asked("rows", "documents", hashes, by=[document.c.sha256])
    stored = union(select(file.c.process), select(form.c.process)).subquery("stored")
    process_row = RowKind("ProcessRow", (stored.c.process,))
    yield _asked("rows", "processes", process_row, by=[stored.c.process])


def _strays() -> Iterator[Query]:
    """The contests that rows name, and that have no row themselves."""
    contest = _table(tables.ContestTable)
    named = [table for table in tables.Stored.metadata.sorted_tables if "contest" in table.c]
    every = (
        select(literal_column(f"'{table.name}'", String).label("named_in"), table.c.contest)
        .distinct()
        .where(table.c.contest.not_in(select(contest.c.contest)))
        for table in named
        if table is not contest
    )
    found = union_all(*every).subquery("found")
    columns = found.c.contest, found.c.named_in
    yield _asked("rows", "strays", RowKind("StrayRow", columns), by=[*columns])


def _candidatures() -> Iterator[Query]:
    case = _table(tables.CandidatureTable)
    whole = _row("CandidatureRow", tables.CandidatureTable)
    # What is looked through for a reference or a name.
    brief = RowKind("BriefRow", (case.c.ref, case.c.name))
    of_contest = _is(case, "contest")
    yield _asked("row", "candidature", whole, _is(case, "contest", "ref"))
    # For an id that another row names.
    yield _asked("known", "candidature_by_id", whole, _is(case, "contest", "id"))
    yield _asked("stream", "every_candidature", whole, of_contest, by=[case.c.ref])
    # C-1000 comes after C-999.
    in_order = [func.length(case.c.ref), case.c.ref]
    yield _asked("rows", "briefs", brief, of_contest, by=in_order)
    # What lists print, and what the deadlines of the desk hang on, in no order: rows with their
    # content are slow to sort.
    listed = RowKind(
        "ListedRow", tuple(column for column in whole.columns if column.key != "private")
    )
    yield _asked("stream", "listed", listed, of_contest)
    yield _asked("stream", "listed_of_state", listed, _is(case, "contest", "state"))
    other: Any = case.alias("other")
    most, skipped = (bindparam(name, type_=Integer) for name in ("most", "skipped"))
    for name, keys in (("page", ("contest",)), ("page_of_state", ("contest", "state"))):
        ordered = select(other.c.id).where(_is(other, *keys))
        ordered = ordered.order_by(func.length(other.c.ref), other.c.ref)
        among = case.c.id.in_(ordered.limit(most).offset(skipped))
        yield _asked("rows", name, listed, of_contest, among)
    is_due, first = (of_contest, text(tables.IS_DUE)), [case.c.due, case.c.ref]
    yield _asked("rows", "due_until", whole, *is_due, case.c.due <= bindparam("until"), by=first)
    earliest = select(case.c.due).where(*is_due).order_by(*first).limit(1)
    yield Query("next_due", "value", earliest)
    moved = ("state", "since", "version", "due", "content")
    # `was` is the version that whoever changes it has read. Most change nothing erasable.
    had = case.c.version == bindparam("was")
    every = (*moved, "name", "private")
    for name, changed in (("move_candidatures", moved), ("update_candidatures", every)):
        yield Query(name, "each", _changed(case, ("contest", "id"), changed, version=had))
    yield _added("add_candidatures", case)


def _counters(dialect: str) -> Iterator[Query]:
    counter = _table(tables.Counter)
    counted = _row("CounterRow", tables.Counter)
    yield _asked("rows", "counter_rows", counted, _is(counter, "contest"))
    # Each dialect has an upsert of its own: a counter moves from nothing where there was none.
    upsert = (postgresql if dialect == "postgresql" else sqlite).insert(counter)
    added = upsert.on_conflict_do_update(
        index_elements=["contest", "name", "bucket"],
        set_={"value": counter.c.value + upsert.excluded.value},
    )
    yield Query("add_counters", "each", added)
    yield _removed("clear_counters", counter, "contest")


def _messages() -> Iterator[Query]:
    message, kind = _table(tables.MessageTable), _message_row()
    of_case = _is(message, "contest", "case_id")
    yield _asked("row", "message", kind, _is(message, "contest", "number"))
    yield _asked("stream", "messages", kind, _is(message, "contest"), by=[message.c.number])
    # The sign has SQLite sort a few: it would rather walk through every message of the contest,
    # which come in the order of their numbers. An empty id is the contest's.
    by_number: Any = UnaryExpression(message.c.number, operator=custom_op("+"))
    yield _asked("rows", "messages_of", kind, of_case, by=[by_number])
    # Those about a candidature that have not left, or are in some slots, in no order.
    slot = tuple_(message.c.notification, message.c.occurrence, message.c.recipient)
    among = slot.in_(bindparam("slots", expanding=True))
    standing = (_in_contest(message), _is(message, "case_id"), text(tables.PENDING))
    others = (of_case, among, text(f"NOT ({tables.PENDING})"))
    both = (select(*kind.columns).where(*conditions) for conditions in (standing, others))
    yield Query("messages_standing", "rows", union_all(*both), kind)
    yield Query("last_message", "number", _select(func.max(message.c.number), message, "contest"))
    yield _added("add_messages", message)
    fixed = ("contest", "number", "case_id", "notification", "occurrence", "recipient")
    whole = tuple(column.name for column in message.c if column.name not in fixed)
    # Each is changed at the stage and with the worker it had.
    had = (message.c.stage == bindparam("was")) & (message.c.worker == bindparam("was_worker"))
    changed = _changed(message, ("contest", "number"), whole, stage=had)
    yield Query("change_rows", "each", changed)


def _message_row() -> RowKind:
    row = _row("Message", tables.MessageTable)
    return replace(row, module="ptce_workflow.process.letters.message")


def _messages_at_a_stage() -> Iterator[Query]:
    message, kind = _table(tables.MessageTable), _message_row()
    looked_at = message.c.next_at
    until: Any = bindparam("until")
    after: Any = bindparam("since")
    not_cancelled = text(tables.NOT_CANCELLED)
    at_stage = (_is(message, "contest", "stage"), not_cancelled)
    # In the order of the index: SQLite would rather walk through all messages than sort these.
    in_order = [looked_at, message.c.number]
    yield _asked("rows", "messages_at", kind, *at_stage, by=in_order)
    # Of some notifications alone, those due until an instant.
    named = tuple_(message.c.notification).in_(bindparam("names", expanding=True))
    telling = (*at_stage, looked_at <= until, named)
    yield _asked("rows", "messages_telling", kind, *telling, by=in_order)
    # Those that came to a stage after an instant.
    yield _asked("rows", "messages_since", kind, *at_stage, looked_at > after, by=in_order)
    due = select(*kind.columns).where(*at_stage, looked_at <= until).order_by(*in_order)
    due = due.limit(bindparam("most", type_=Integer))
    yield Query("messages_due", "rows", due, kind)
    # The same for who is about to claim them: where rows are locked one by one, what somebody
    # holds by hand keeps nobody else's mails waiting.
    yield Query("messages_to_claim", "rows", due.with_for_update(skip_locked=True), kind)
    count = _select(func.count(), message, "contest", "stage").where(not_cancelled)
    yield Query("count_due", "number", count.where(looked_at <= until))
    ends = (func.min(looked_at).label("earliest"), func.max(looked_at).label("latest"))
    numbers = (func.count().label("messages"), *ends)
    stage = RowKind("StageRow", (message.c.stage, *numbers))
    by_stage = select(*stage.columns).where(_is(message, "contest"), not_cancelled)
    yield Query("stage_rows", "rows", by_stage.group_by(message.c.stage), stage)


def _mail() -> Iterator[Query]:
    mail, courier = _table(tables.MailTable), _table(tables.Courier)
    yield _value("mail", _bytes(mail.c.content), _is(mail, "contest", "number"))
    yield _added("add_mail", mail)
    yield _removed("remove_mail", mail, "contest", "number")
    number = RowKind("MailRow", (mail.c.number,))
    yield _asked("rows", "mails", number, _is(mail, "contest"), by=[mail.c.number])
    yield _asked("row", "pause", _row("PauseRow", tables.Courier), _is(courier, "contest"))
    yield _added("add_pause", courier)
    yield _removed("remove_pause", courier, "contest")


def _received() -> Iterator[Query]:
    mail, uid = _table(tables.ReceivedMail), _table(tables.MailboxUid)
    row, number = _row("ReceivedRow", tables.ReceivedMail), mail.c.number
    yield _asked("rows", "received_mails", row, _is(mail, "contest"), by=[number])
    yield _asked("rows", "received_as", row, _is(mail, "contest", "outcome"), by=[number])
    yield _asked("row", "received_by_sha256", row, _is(mail, "contest", "sha256"))
    yield Query("last_received", "number", _select(func.max(number), mail, "contest"))
    until, nothing = mail.c.kept_until, literal_column("''", String)
    over = (~mail.c.erased, until != nothing, until <= bindparam("until"))
    yield _asked("rows", "received_over", row, _is(mail, "contest"), *over, by=[number])
    # In how many of any contest a document is kept.
    hash_ = bindparam("sha256", type_=String)
    holds = ~mail.c.erased & ((mail.c.sha256 == hash_) | mail.c.pieces.contains(hash_))
    yield Query("received_with", "number", select(func.count()).select_from(mail).where(holds))
    yield _added("add_received", mail)
    gone = ("sender", "subject", "why", "pieces", "erased")
    yield Query("erase_received", "each", _changed(mail, ("contest", "number"), gone))
    # One that proves something of a candidature belongs to it, unless it does to another.
    owned = update(mail).where(_is(mail, "contest", "sha256"), mail.c.case_id == nothing)
    owned = owned.values(case_id=bindparam("case_id"), kept_until=nothing)
    yield Query("own_received", "once", owned)
    of_mailbox = _is(uid, "contest", "mailbox", "uidvalidity")
    read = RowKind("UidRow", (uid.c.uid, uid.c.sha256))
    yield _asked("rows", "uids_read", read, of_mailbox, by=[uid.c.uid])
    yield _added("add_uids", uid)


def _table(model: type[SQLModel]) -> Table:
    return tables.Stored.metadata.tables[str(model.__tablename__)]


def _row(
    name: str, model: type[SQLModel], *, of_contest: bool = True, judged: bool = True
) -> RowKind:
    """The row of a table: every column, but for the contest where all rows are of one."""
    columns = [column for column in _table(model).c if not of_contest or column.name != "contest"]
    return RowKind(name, tuple(columns), judged)


def _bytes(column: Column[bytes]) -> ColumnElement[bytes]:
    # SQLite keeps what it is given: an edit made by hand easily turns bytes into text.
    return cast(column, LargeBinary).label(column.name)


def as_stored(column: Column[Any]) -> ColumnElement[Any]:
    return _bytes(column) if isinstance(column.type, LargeBinary) else column


def _is(table: Table, *names: str) -> Any:
    condition = table.c[names[0]] == bindparam(names[0])
    for name in names[1:]:
        condition &= table.c[name] == bindparam(name)
    return condition


def _in_contest(table: Table) -> ColumnElement[bool]:
    """The same of the contest alone, put so that rows are found by another index.

    SQLite would rather walk through all rows of a contest, which lie together.
    """
    return (table.c.contest + literal_column("''")) == bindparam("contest")


def _asked(gives: str, name: str, row: RowKind, *where: Any, by: Iterable[Any] = ()) -> Query:
    return Query(name, gives, select(*row.columns).where(*where).order_by(*by), row)


def _select(column: Any, table: Table, *keys: str) -> Any:
    return select(column).select_from(table).where(_is(table, *keys))


def _value(name: str, column: ColumnElement[Any], where: Any) -> Query:
    return Query(name, "value", select(column).where(where))


def _added(name: str, table: Table) -> Query:
    return Query(name, "each", insert(table))


def _changed(
    table: Table, keys: tuple[str, ...], changed: tuple[str, ...], **had: ColumnElement[bool]
) -> Any:
    """Changes columns; a row that has not what it `had` refuses to have no value in that column.

    Nobody has to wait for how many rows were changed before all that is written is kept.
    """
    values: dict[str, Any] = {name: bindparam(name) for name in changed}
    for name, condition in had.items():
        values[name] = case((condition, bindparam(name, type_=table.c[name].type)))
    return update(table).where(_is(table, *keys)).values(values)


def _removed(name: str, table: Table, *keys: str) -> Query:
    return Query(name, "once", delete(table).where(_is(table, *keys)))
