"""The statements of the hot path, written in SQLAlchemy Core and compiled once for a dialect.

Compiling a statement on each call, and building its result, takes longer than the database
does; run on the driver's cursor inside SQLAlchemy's transaction, they stay portable at half the
cost (docs/decisions).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    URL,
    ColumnElement,
    LargeBinary,
    Table,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.expression import ClauseElement
from sqlmodel import SQLModel

from ptce_workflow.store import tables


@dataclass(frozen=True)
class Statement:
    """A statement, compiled when it is first run: a command runs few of them."""

    clause: ClauseElement
    dialect: Dialect

    def run(self, cursor: Any, **values: Any) -> Any:
        """Executes it on the driver's cursor, which it gives back."""
        sql, arranged = self._compiled
        return cursor.execute(sql, arranged(values))

    def run_many(self, cursor: Any, rows: Iterable[Mapping[str, Any]]) -> None:
        """Executes it once for each row."""
        sql, arranged = self._compiled
        cursor.executemany(sql, map(arranged, rows))

    @cached_property
    def _compiled(self) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
        """Its text, and what puts parameters by name into the order that the text wants."""
        compiled: Any = self.clause.compile(dialect=self.dialect)
        arranged = _arrangement(compiled.positiontup if compiled.positional else None)
        # What SQLAlchemy itself adds: SQLite's LIMIT comes with an OFFSET.
        own = {name: value for name, value in compiled.params.items() if value is not None}
        if own:
            return str(compiled), lambda values: arranged({**own, **values})
        return str(compiled), arranged


class Statements:
    """Every statement of the store, compiled for one dialect.

    Parameters bear the names of the columns they are for; `was` is the version that an update
    of a candidature expects.
    """

    def __init__(self, dialect: Dialect) -> None:
        def compiled(clause: ClauseElement) -> Statement:
            return Statement(clause, dialect)

        ledger, side = _table(tables.Ledger), _table(tables.Side)
        self.add_line = compiled(insert(ledger))
        self.add_side = compiled(insert(side))
        content = _as_bytes(ledger.c.line)
        self.line = compiled(select(content).where(_is(ledger, "contest", "n")))
        # `type` is the last key of a line: its end tells its kind.
        ending = func.substr(ledger.c.line, func.length(ledger.c.line) - bindparam("before_end"))
        self.lines_of_kind = compiled(
            select(ledger.c.n, content)
            .where(_is(ledger, "contest"), ending == bindparam("end", type_=LargeBinary))
            .order_by(ledger.c.n)
        )
        self.lines = compiled(
            select(ledger.c.n, ledger.c.prev, content)
            .where(_is(ledger, "contest"))
            .order_by(ledger.c.n)
        )
        self.sides = compiled(
            select(side.c.n, side.c.subject, side.c.salt, side.c.data)
            .where(_is(side, "contest"))
            .order_by(side.c.n, side.c.subject)
        )
        self.side = compiled(select(side.c.data).where(_is(side, "contest", "n", "subject")))
        self._contests(compiled)
        self._candidatures(compiled)
        self._counters_and_due(compiled, dialect)
        self._people(compiled)
        self._mail(compiled)

    def _contests(self, compiled: Any) -> None:
        contest, file = _table(tables.Contest), _table(tables.ProcessFile)
        self.contest = compiled(select(contest).where(_is(contest, "contest")))
        self.contests = compiled(select(contest).order_by(contest.c.contest))
        self.add_contest = compiled(insert(contest))
        self.set_head = compiled(_update(contest, ("contest",), ("head_n", "head_hash")))
        self.set_process = compiled(_update(contest, ("contest",), ("process",)))
        self.set_versions = compiled(_update(contest, ("contest",), ("versions",)))
        self.process_files = compiled(
            select(file.c.path, _as_bytes(file.c.content)).where(_is(file, "process"))
        )
        self.add_process_file = compiled(insert(file))
        document = _table(tables.Document)
        self.document = compiled(
            select(_as_bytes(document.c.content)).where(_is(document, "sha256"))
        )
        self.add_document = compiled(insert(document))

    def _candidatures(self, compiled: Any) -> None:
        case = _table(tables.Candidature)
        whole = [column for column in case.c if column.name != "contest"]
        brief = [case.c[name] for name in ("id", "ref", "state", "since", "name")]
        self.candidature = compiled(select(*whole).where(_is(case, "contest", "ref")))
        self.candidature_by_id = compiled(select(*whole).where(_is(case, "contest", "id")))
        self.every_candidature = compiled(
            select(*whole).where(_is(case, "contest")).order_by(case.c.ref)
        )
        # C-1000 comes after C-999; sorting is cheap where rows are small.
        by_number = (func.length(case.c.ref), case.c.ref)
        self.briefs = compiled(select(*brief).where(_is(case, "contest")).order_by(*by_number))
        self.briefs_of_state = compiled(
            select(*brief).where(_is(case, "contest", "state")).order_by(*by_number)
        )
        self.add_candidature = compiled(insert(case))
        moved = ("state", "since", "version", "record")
        unchanged = case.c.version == bindparam("was")
        keys, whole_row = ("contest", "id"), (*moved, "name", "private")
        self.move_candidature = compiled(_update(case, keys, moved).where(unchanged))
        self.update_candidature = compiled(_update(case, keys, whole_row).where(unchanged))

    def _counters_and_due(self, compiled: Any, dialect: Dialect) -> None:
        counter, due = _table(tables.Counter), _table(tables.Due)
        case = _table(tables.Candidature)
        self.counters = compiled(
            select(counter.c.name, counter.c.bucket, counter.c.value).where(_is(counter, "contest"))
        )
        upsert = _insert_of(dialect)(counter)
        self.add_to_counter = compiled(
            upsert.on_conflict_do_update(
                index_elements=["contest", "name", "bucket"],
                set_={"value": counter.c.value + upsert.excluded.value},
            )
        )
        self.clear_counters = compiled(delete(counter).where(_is(counter, "contest")))
        joined = due.join(case, (case.c.contest == due.c.contest) & (case.c.id == due.c.case_id))
        rows = select(due.c.case_id, case.c.ref, due.c.transition, due.c.at, due.c.tried)
        self.every_due = compiled(
            rows.select_from(joined).where(_is(due, "contest")).order_by(due.c.at)
        )
        self.due_until = compiled(
            rows.select_from(joined)
            .where(_is(due, "contest"), due.c.tried == bindparam("tried"))
            .where(due.c.at <= bindparam("at"))
            .order_by(due.c.at, case.c.ref)
        )
        self.add_due = compiled(insert(due))
        self.clear_due = compiled(delete(due).where(_is(due, "contest", "case_id")))

    def _people(self, compiled: Any) -> None:
        person = _table(tables.Person)
        columns = [column for column in person.c if column.name != "contest"]
        everyone = select(*columns).where(_is(person, "contest"))
        self.people = compiled(everyone.order_by(person.c.pseudonym))
        named = (person.c.pseudonym == bindparam("who")) | (person.c.login == bindparam("who"))
        self.person = compiled(everyone.where(named).order_by(person.c.active.desc()))
        self.add_person = compiled(insert(person))
        self.remove_person = compiled(delete(person).where(_is(person, "contest", "pseudonym")))

    def _mail(self, compiled: Any) -> None:
        message, mail, courier = _table(tables.Message), _table(tables.Mail), _table(tables.Courier)
        columns = [column for column in message.c if column.name != "contest"]
        row = select(*columns).where(_is(message, "contest"))
        in_order = (message.c.next_at, message.c.number)
        self.message = compiled(row.where(_is(message, "number")))
        self.messages = compiled(row.order_by(message.c.number))
        # These are put in order by whoever asks: the database would rather walk through every
        # message of the contest, which come in the order of their numbers, than sort a few.
        of_case = row.where(_is(message, "case_id"))
        self.messages_of = compiled(of_case)
        self.messages_of_at = compiled(of_case.where(_is(message, "stage")))
        self.message_in_slot = compiled(
            of_case.where(_is(message, "notification", "occurrence", "recipient"))
        )
        self.messages_at = compiled(row.where(_is(message, "stage")).order_by(*in_order))
        self.messages_due = compiled(
            row.where(_is(message, "stage"), message.c.next_at <= bindparam("until"))
            .order_by(*in_order)
            .limit(bindparam("most"))
        )
        self.leases_over = compiled(
            row.where(_is(message, "stage"), message.c.lease_until <= bindparam("until"))
        )
        self.leases_after = compiled(
            row.where(_is(message, "stage"), message.c.lease_until > bindparam("since"))
        )
        self._mail_counted(compiled, message)
        self.add_message = compiled(insert(message))
        changing = [c.name for c in columns if c.name not in _MESSAGE_KEY]
        unchanged = (message.c.stage == bindparam("was")) & (
            message.c.worker == bindparam("was_worker")
        )
        keys = ("contest", "number")
        self.change_message = compiled(_update(message, keys, tuple(changing)).where(unchanged))
        self.mail = compiled(
            select(_as_bytes(mail.c.content)).where(_is(mail, "contest", "number"))
        )
        self.add_mail = compiled(insert(mail))
        self.remove_mail = compiled(delete(mail).where(_is(mail, "contest", "number")))
        self.pause = compiled(
            select(*[column for column in courier.c if column.name != "contest"]).where(
                _is(courier, "contest")
            )
        )
        self.add_pause = compiled(insert(courier))
        self.remove_pause = compiled(delete(courier).where(_is(courier, "contest")))

    def _mail_counted(self, compiled: Any, message: Table) -> None:
        self.count_due = compiled(
            select(func.count())
            .select_from(message)
            .where(_is(message, "contest", "stage"), message.c.next_at <= bindparam("until"))
        )
        self.sent_since = compiled(
            select(func.count())
            .select_from(message)
            .where(_is(message, "contest", "stage"), message.c.next_at > bindparam("since"))
        )
        self.stages = compiled(
            select(message.c.stage, func.count(), func.min(message.c.next_at))
            .where(_is(message, "contest"))
            .group_by(message.c.stage)
        )
        self.last_message = compiled(
            select(func.max(message.c.number)).where(_is(message, "contest"))
        )


@cache
def statements(driver: str) -> Statements:
    """The statements for a driver, compiled once in a process however many databases it opens."""
    return Statements(URL.create(driver).get_dialect()())


_MESSAGE_KEY = ("number", "case_id", "notification", "occurrence", "recipient")


def _arrangement(order: list[str] | None) -> Callable[[Mapping[str, Any]], Any]:
    if order is None:
        return dict
    if len(order) == 1:
        only = order[0]
        return lambda values: (values[only],)
    return itemgetter(*order) if order else lambda _values: ()


def _table(model: type[SQLModel]) -> Table:
    return tables.METADATA.tables[str(model.__tablename__)]


def _as_bytes(column: ColumnElement[bytes]) -> ColumnElement[bytes]:
    # SQLite keeps what it is given: an edit made by hand easily turns bytes into text.
    return cast(column, LargeBinary)


def _is(table: Table, *names: str) -> Any:
    condition = table.c[names[0]] == bindparam(names[0])
    for name in names[1:]:
        condition &= table.c[name] == bindparam(name)
    return condition


def _update(table: Table, keys: tuple[str, ...], changed: tuple[str, ...]) -> Any:
    # SQLAlchemy keeps the names of set columns for itself, so the keys bear another.
    condition = table.c[keys[0]] == bindparam(f"of_{keys[0]}")
    for key in keys[1:]:
        condition &= table.c[key] == bindparam(f"of_{key}")
    return update(table).where(condition).values({name: bindparam(name) for name in changed})


def _insert_of(dialect: Dialect) -> Any:
    # Each dialect is imported for itself: PostgreSQL's takes as long as opening a database.
    if dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert
    from sqlalchemy.dialects import sqlite

    return sqlite.insert
