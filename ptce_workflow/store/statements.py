"""The statements that read and write the tables.

No command that reads or writes loads this module: `tools/generate.py` compiles the statements for
SQLite and for PostgreSQL, and writes them down with a typed method for each (`store.rows`,
`store.rows_postgresql`).

Parameters bear the names of the columns they are for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    LargeBinary,
    String,
    Table,
    bindparam,
    case,
    cast,
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
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.operators import custom_op
from sqlmodel import AutoString, SQLModel

from ptce_workflow.store import tables

_POSTCOMPILED = re.compile(r"__\[POSTCOMPILE_(\w+?)\]")


class RowKind(Struct, frozen=True):
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


class Query(Struct, frozen=True):
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
    attached = _table(tables.AttachmentTable)
    row = _row("AttachmentRow", tables.AttachmentTable)
    order = [attached.c.number, attached.c.place]
    yield _asked("rows", "attachments", row, _is(attached, "contest"), by=order)
    of_mail = _is(attached, "contest", "number")
    yield _asked("rows", "attachments_of", row, of_mail, by=order)
    uses = select(func.count()).select_from(attached).where(_is(attached, "sha256"))
    yield Query("attached_with", "number", uses.where(~attached.c.erased))
    yield _added("add_attachments", attached)
    yield _removed("remove_attachments", attached, "contest", "number")
    keys = ("contest", "number", "place")
    yield Query("erase_attachments", "each", _changed(attached, keys, ("erased",)))
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
    yield Query("last_piece", "number", _select(func.max(mail.c.last_piece), mail, "contest"))
    until, nothing = mail.c.kept_until, literal_column("''", String)
    over = (~mail.c.erased, until != nothing, until <= bindparam("until"))
    yield _asked("rows", "received_over", row, _is(mail, "contest"), *over, by=[number])
    # In how many of any contest a document is kept.
    hash_ = bindparam("sha256", type_=String)
    holds = ~mail.c.erased & ((mail.c.sha256 == hash_) | mail.c.pieces.contains(hash_))
    yield Query("received_with", "number", select(func.count()).select_from(mail).where(holds))
    yield _added("add_received", mail)
    values = ("outcome", "why", "case_id", "sender", "subject", "pieces", "kept_until", "erased")
    yield Query("change_received", "each", _changed(mail, ("contest", "number"), values))
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
