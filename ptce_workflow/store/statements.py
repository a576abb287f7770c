"""Every row that is read and every statement that is run, over the tables as they are declared.

Neither this module nor the tables are loaded by a command that reads or writes an SQLite file:
`tools/generate.py` compiles the statements for it and writes `store.rows` down, a typed method
for each. A database of a server, whose engine is SQLAlchemy's anyway, compiles them at run time.

Parameters bear the names of the columns they are for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    LargeBinary,
    Table,
    bindparam,
    cast,
    delete,
    false,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.operators import custom_op
from sqlmodel import AutoString, SQLModel

from ptce_workflow.process.notifications.outbox import PENDING
from ptce_workflow.store import tables

_POSTCOMPILED = re.compile(r"__\[POSTCOMPILE_(\w+?)\]")


@dataclass(frozen=True)
class Row:
    """What a row is called, and the columns it has; `judged` unless something else looks at it."""

    name: str
    about: str
    columns: tuple[ColumnElement[Any], ...]
    judged: bool = True

    @property
    def table(self) -> str:
        """The table that it is of."""
        column = self.columns[0]
        return str(column.table.name) if isinstance(column, Column) else ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(str(column.key) for column in self.columns)


@dataclass(frozen=True)
class Query:
    """A statement: what it is called, what it does, and what comes of it.

    `gives` is one of `rows`, `stream` (rows, read as they are asked for), `row` (or None), `known`
    (a row; KeyError where there is none), `value` (of one column, or None), `number` (the same, or
    0), `count` (of the rows that it changed), `each` (the same, run once for each of some mappings
    by column).
    """

    name: str
    about: str
    gives: str
    clause: ClauseElement
    row: Row | None = None


def compiled(query: Query, dialect: Dialect) -> tuple[str, dict[str, type | None]]:
    """A statement's text, and its parameters with their types; None for one that is several."""
    made: Any = query.clause.compile(dialect=dialect)
    text = " ".join(str(made).split())
    types: dict[str, type | None] = {}
    for parameter, name in made.bind_names.items():
        if parameter.value is not None:
            # What SQLAlchemy itself adds: SQLite's LIMIT comes with an OFFSET.
            text = re.sub(rf":{name}\b|%\({name}\)s", str(parameter.value), text)
        else:
            types[name] = None if parameter.expanding else python_type(parameter)
    return _POSTCOMPILED.sub(r"{\1}", text), types


def texts(dialect: Dialect) -> dict[str, str]:
    """The text of every statement for one dialect, by name."""
    return {query.name: compiled(query, dialect)[0] for query in queries(dialect.name)}


def sqlite_dialect() -> Dialect:
    """SQLite's, with parameters by name."""
    return sqlite.dialect(paramstyle="named")


def queries(dialect: str) -> Iterator[Query]:
    """Every statement of the store."""
    yield from _ledger(dialect)
    yield from _contests()
    yield from _candidatures()
    yield from _counters_and_due(dialect)
    yield from _people()
    yield from _messages()
    yield from _messages_counted()
    yield from _mail()


def _ledger(dialect: str) -> Iterator[Query]:
    ledger, side = _table(tables.Ledger), _table(tables.Side)
    content = _as_bytes(ledger.c.line).label("line")
    line = Row("LineRow", "A stored line.", (ledger.c.n, ledger.c.prev, content), judged=False)
    left = _row("SideRow", "A stored side row.", tables.Side, judged=False)
    of_contest = select(*line.columns).where(_is(ledger, "contest")).order_by(ledger.c.n)
    yield Query("append_lines", "Adds lines; only the next is taken.", "each", insert(ledger))
    yield Query("add_sides", "Adds side rows.", "each", insert(side))
    yield Query(
        "bytes_of_line",
        "The bytes of a line.",
        "value",
        select(content).where(_is(ledger, "contest", "n")),
    )
    yield Query("lines", "Every line, in order.", "stream", of_contest, line)
    # `type` is the last key of a line: its end tells its kind.
    ending = func.substr(
        ledger.c.line, func.length(ledger.c.line) - bindparam("before_end", type_=Integer)
    )
    yield Query(
        "lines_ending",
        "The lines that end with some bytes, in order.",
        "rows",
        of_contest.where(ending == bindparam("end", type_=LargeBinary)),
        line,
    )
    sides = select(*left.columns).where(_is(side, "contest")).order_by(side.c.n, side.c.subject)
    yield Query("sides", "Every side row, by line and subject.", "stream", sides, left)
    yield Query(
        "side",
        "What is left of a line's side row about a subject; None once it is erased.",
        "value",
        select(side.c.data).where(_is(side, "contest", "n", "subject")),
    )


def _contests() -> Iterator[Query]:
    contest, file = _table(tables.Contest), _table(tables.ProcessFile)
    document = _table(tables.Document)
    row = _row("ContestRow", "A contest of the database.", tables.Contest, of_contest=False)
    kept = Row(
        "FileRow", "A file of a process.", (file.c.path, _as_bytes(file.c.content).label("content"))
    )
    yield Query(
        "contest",
        "The contest of that name.",
        "known",
        select(*row.columns).where(_is(contest, "contest")),
        row,
    )
    yield Query(
        "contests",
        "Every contest of the database.",
        "rows",
        select(*row.columns).order_by(contest.c.contest),
        row,
    )
    yield Query("insert_contest", "Begins a contest.", "each", insert(contest))
    for name, about, changed in (
        ("set_head", "Keeps the number and the hash of the last line.", ("head_n", "head_hash")),
        ("set_process", "Puts a process in force.", ("process",)),
        (
            "set_versions",
            "Keeps the versions that the last `engine_changed` line tells.",
            ("versions",),
        ),
    ):
        yield Query(name, about, "count", _update(contest, ("contest",), changed))
    yield Query(
        "files_of_process",
        "The files of a process.",
        "rows",
        select(*kept.columns).where(_is(file, "process")),
        kept,
    )
    yield Query("add_process_files", "Keeps files of a process.", "each", insert(file))
    yield Query(
        "document",
        "The bytes of a document.",
        "value",
        select(_as_bytes(document.c.content)).where(_is(document, "sha256")),
    )
    yield Query("insert_document", "Keeps a document.", "each", insert(document))


def _candidatures() -> Iterator[Query]:
    case = _table(tables.Candidature)
    whole = _row("CandidatureRow", "A candidature, whole.", tables.Candidature)
    listed = ("id", "ref", "state", "since", "name")
    brief = Row(
        "BriefRow",
        "A candidature, what lists print of it.",
        tuple(case.c[name] for name in listed),
    )
    of_contest = select(*whole.columns).where(_is(case, "contest"))
    yield Query(
        "candidature",
        "The candidature of that reference.",
        "row",
        of_contest.where(_is(case, "ref")),
        whole,
    )
    yield Query(
        "candidature_by_id",
        "The candidature behind an id that another row names.",
        "known",
        of_contest.where(_is(case, "id")),
        whole,
    )
    yield Query(
        "every_candidature",
        "Every candidature, by reference as text, read as it goes.",
        "stream",
        of_contest.order_by(case.c.ref),
        whole,
    )
    # C-1000 comes after C-999; sorting is cheap where rows are small.
    in_order = (
        select(*brief.columns)
        .where(_is(case, "contest"))
        .order_by(func.length(case.c.ref), case.c.ref)
    )
    yield Query("every_brief", "Every candidature in brief.", "rows", in_order, brief)
    yield Query(
        "briefs_of_state",
        "Those of one state in brief.",
        "rows",
        in_order.where(_is(case, "state")),
        brief,
    )
    moved = ("state", "since", "version", "record")
    # `was` is the version that whoever changes it has read.
    unchanged = case.c.version == bindparam("was")
    for name, about, changed in (
        ("move_rows", "Changes candidatures but for what may be erased.", moved),
        ("update_rows", "Changes candidatures.", (*moved, "name", "private")),
    ):
        clause = _update(case, ("contest", "id"), changed).where(unchanged)
        yield Query(name, about, "each", clause)
    yield Query("add_candidatures", "Adds candidatures.", "each", insert(case))


def _counters_and_due(dialect: str) -> Iterator[Query]:
    counter, due, case = (
        _table(model) for model in (tables.Counter, tables.Due, tables.Candidature)
    )
    counted = _row("CounterRow", "A counter.", tables.Counter)
    yield Query(
        "counter_rows",
        "Every counter.",
        "rows",
        select(*counted.columns).where(_is(counter, "contest")),
        counted,
    )
    # Each dialect has an upsert of its own.
    upsert = (postgresql if dialect == "postgresql" else sqlite).insert(counter)
    added = upsert.on_conflict_do_update(
        index_elements=["contest", "name", "bucket"],
        set_={"value": counter.c.value + upsert.excluded.value},
    )
    yield Query("add_counters", "Moves counters, from nothing where there was none.", "each", added)
    yield Query("clear_counters", "Forgets every counter.", "count", _delete(counter, "contest"))
    row = Row(
        "DueRow",
        "A timed transition ahead of a candidature.",
        (due.c.case_id, case.c.ref, due.c.transition, due.c.at, due.c.tried),
    )
    joined = due.join(case, (case.c.contest == due.c.contest) & (case.c.id == due.c.case_id))
    ahead = select(*row.columns).select_from(joined).where(_is(due, "contest"))
    yield Query(
        "every_due",
        "Every due instant, in the order of time.",
        "rows",
        ahead.order_by(due.c.at),
        row,
    )
    yield Query(
        "due_until",
        "What is due by an instant and was not tried yet, in the order of time.",
        "rows",
        ahead.where(due.c.tried == false(), due.c.at <= bindparam("at")).order_by(
            due.c.at, case.c.ref
        ),
        row,
    )
    yield Query("add_due", "Adds due instants.", "each", insert(due))
    yield Query(
        "clear_due",
        "Forgets the due instants of a candidature.",
        "count",
        _delete(due, "contest", "case_id"),
    )


def _people() -> Iterator[Query]:
    person = _table(tables.Person)
    row = _row("PersonRow", "Someone enrolled.", tables.Person)
    everyone = select(*row.columns).where(_is(person, "contest"))
    yield Query(
        "people",
        "Everyone enrolled, by pseudonym.",
        "rows",
        everyone.order_by(person.c.pseudonym),
        row,
    )
    named = (person.c.pseudonym == bindparam("who")) | (person.c.login == bindparam("who"))
    yield Query(
        *(
            "person",
            "The person of that pseudonym or login, one who is active before one who left.",
        ),
        "row",
        everyone.where(named).order_by(person.c.active.desc()),
        row,
    )
    yield Query("add_person", "Adds a person.", "each", insert(person))
    yield Query(
        "remove_person",
        "Removes a person.",
        "count",
        _delete(person, "contest", "pseudonym"),
    )


def _messages() -> Iterator[Query]:
    message = _table(tables.Message)
    kind = _row("MessageRow", "A message, every column but the contest.", tables.Message)
    row = select(*kind.columns).where(_is(message, "contest"))
    of_case, at_stage = row.where(_is(message, "case_id")), row.where(_is(message, "stage"))
    in_order = (message.c.next_at, message.c.number)
    yield Query(
        "message", "The message of that number.", "row", row.where(_is(message, "number")), kind
    )
    yield Query(
        "messages",
        "Every message, by number, read as it goes.",
        "stream",
        row.order_by(message.c.number),
        kind,
    )
    # The sign has SQLite sort a few: it would rather walk through every message of the contest,
    # which come in the order of their numbers.
    by_number: Any = UnaryExpression(message.c.number, operator=custom_op("+"))
    pending = message.c.stage.in_([literal_column(f"'{stage}'") for stage in PENDING])
    slot = tuple_(message.c.notification, message.c.occurrence, message.c.recipient)
    for name, about, clause in (
        (
            "messages_of",
            "Every message about a candidature, or the contest (an empty id).",
            of_case,
        ),
        ("messages_pending", "Those of them that have not left.", of_case.where(pending)),
        (
            "messages_in_slots",
            "Those of them in some slots.",
            of_case.where(slot.in_(bindparam("slots", expanding=True))),
        ),
        (
            "leases_over",
            "Messages at a stage whose sender has let the lease run out.",
            at_stage.where(message.c.lease_until <= bindparam("until")),
        ),
        (
            "leases_after",
            "Messages at a stage whose lease ends after an instant.",
            at_stage.where(message.c.lease_until > bindparam("since")),
        ),
    ):
        yield Query(name, about, "rows", clause.order_by(by_number), kind)
    yield Query(
        "messages_at",
        "Every message at a stage, the earliest first.",
        "rows",
        at_stage.order_by(*in_order),
        kind,
    )
    due = at_stage.where(message.c.next_at <= bindparam("until")).order_by(*in_order)
    yield Query(
        "messages_due",
        "Messages at a stage that are to be looked at by an instant, the earliest first.",
        "rows",
        due.limit(bindparam("most", type_=Integer)),
        kind,
    )


def _messages_counted() -> Iterator[Query]:
    message = _table(tables.Message)
    count = select(func.count()).select_from(message).where(_is(message, "contest", "stage"))
    stage = Row(
        "StageRow",
        "How many messages are at a stage, and when the first is looked at next.",
        (
            message.c.stage,
            func.count().label("messages"),
            func.min(message.c.next_at).label("earliest"),
        ),
    )
    yield Query(
        "count_due",
        "How many messages at a stage are to be looked at by an instant.",
        "number",
        count.where(message.c.next_at <= bindparam("until")),
    )
    yield Query(
        "sent_since",
        "How many messages came to a stage after an instant.",
        "number",
        count.where(message.c.next_at > bindparam("since")),
    )
    yield Query(
        "stage_rows",
        "How many messages are at each stage.",
        "rows",
        select(*stage.columns).where(_is(message, "contest")).group_by(message.c.stage),
        stage,
    )
    yield Query(
        "last_message",
        "The highest number of a message; 0 while there is none.",
        "number",
        select(func.max(message.c.number)).where(_is(message, "contest")),
    )


def _mail() -> Iterator[Query]:
    message, mail, courier = (
        _table(model) for model in (tables.Message, tables.Mail, tables.Courier)
    )
    yield Query("add_messages", "Adds messages.", "each", insert(message))
    key = ("contest", "number", "case_id", "notification", "occurrence", "recipient")
    changed = tuple(column.name for column in message.c if column.name not in key)
    unchanged = (message.c.stage == bindparam("was")) & (
        message.c.worker == bindparam("was_worker")
    )
    yield Query(
        "change_rows",
        "Changes messages, each at the stage and with the worker it had.",
        "each",
        _update(message, ("contest", "number"), changed).where(unchanged),
    )
    of_mail = _is(mail, "contest", "number")
    yield Query(
        "mail",
        "The bytes of a message as they leave, or left.",
        "value",
        select(_as_bytes(mail.c.content)).where(of_mail),
    )
    yield Query("add_mail", "Keeps the bytes of a message.", "each", insert(mail))
    yield Query(
        "remove_mail", "Removes the bytes of a message.", "count", delete(mail).where(of_mail)
    )
    pause = _row("PauseRow", "Why no mail leaves, and until when.", tables.Courier)
    yield Query(
        "pause",
        "Why no mail leaves, and until when.",
        "row",
        select(*pause.columns).where(_is(courier, "contest")),
        pause,
    )
    yield Query("add_pause", "Has no mail leave for a time.", "each", insert(courier))
    yield Query("remove_pause", "Lets mails leave again.", "count", _delete(courier, "contest"))


def python_type(column: ColumnElement[Any]) -> type:
    """What a column, or a parameter, is in Python."""
    type_: Any = column.type
    # SQLModel's own type of text says that it may be any object.
    return str if isinstance(type_, AutoString) else type_.python_type


def _table(model: type[SQLModel]) -> Table:
    return tables.METADATA.tables[str(model.__tablename__)]


def _row(
    name: str, about: str, model: type[SQLModel], *, of_contest: bool = True, judged: bool = True
) -> Row:
    """The row of a table: every column, but for the contest where all rows are of one."""
    columns = [column for column in _table(model).c if not of_contest or column.name != "contest"]
    return Row(name, about, tuple(columns), judged)


def _as_bytes(column: ColumnElement[bytes]) -> ColumnElement[bytes]:
    # SQLite keeps what it is given: an edit made by hand easily turns bytes into text.
    return cast(column, LargeBinary)


def _is(table: Table, *names: str) -> Any:
    condition = table.c[names[0]] == bindparam(names[0])
    for name in names[1:]:
        condition &= table.c[name] == bindparam(name)
    return condition


def _update(table: Table, keys: tuple[str, ...], changed: tuple[str, ...]) -> Any:
    return (
        update(table).where(_is(table, *keys)).values({name: bindparam(name) for name in changed})
    )


def _delete(table: Table, *keys: str) -> Any:
    return delete(table).where(_is(table, *keys))
