"""The rows of a contest, whole, from one database to another of whichever kind.

They are read and written through the tables as they are declared: a table more is copied without
a word here. Only what copies whole contests loads this: what it needs is compiled as it runs.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, delete, func, insert, select

from ptce_workflow.store import connections as give
from ptce_workflow.store.connections import Cursor, Shape
from ptce_workflow.store.database import Database
from ptce_workflow.store.schema import FROZEN
from ptce_workflow.store.statements import (
    POSTGRESQL,
    SQLITE,
    Query,
    as_stored,
    compiled,
    python_type,
)
from ptce_workflow.store.tables import Stored
from ptce_workflow.store.unit import Unit, in_pieces

Named = Mapping[str, Collection[str]]
"""What is copied, by the column that tells it: `contest`, `process`, `sha256` of a document."""

_COLUMNS = ("contest", "process", "sha256")
"""By which of its columns a table is asked: the first that it has."""


class Tally(NamedTuple):
    """How many rows a table has, and the sum of their hashes, in whatever order they come."""

    rows: int
    sum: int


class Copier(Cursor):
    """Reads and writes whole rows in the transaction of a database, table by table."""

    def __init__(self, database: Database, unit: Unit) -> None:
        super().__init__(unit.connection, database.base, _texts(database))
        self._on_server = database.file is None

    def carry(self, target: Copier, named: Named, *, anew: bool = False) -> None:
        """Puts the rows there, in the place of those of the same names.

        What no statement may delete there is what these rows begin with: those that are there stay,
        and the others follow. With `anew` it is deleted too.
        """
        for table, name in _asked(named):
            begins = "DELETE" in FROZEN.get(table.name, ()) and not anew
            there = target.run("count", table, name) if begins else 0
            if not begins:
                target.run("clear", table, name)
            rows = islice(self.run("read", table, name), there, None)
            in_pieces(getattr(target, f"add {table.name}"), map(_by_column, rows))
        target.look_over()

    def look_over(self) -> None:
        """Has a server look over the tables: by what it has seen it chooses its ways to the rows.

        It would do so by itself, within minutes: until then a page of a long list takes a second.
        """
        if self._on_server:
            names = ", ".join(table.name for table in Stored.metadata.sorted_tables)
            self.driver.execute(f"ANALYZE {names}")

    def tallies(self, named: Named) -> dict[str, Tally]:
        """The tally of each table, by its name."""
        found = {table.name: Tally(0, 0) for table in Stored.metadata.sorted_tables}
        for table, name in _asked(named):
            rows, total = found[table.name]
            for row in self.run("read", table, name):
                rows, total = rows + 1, (total + _number(row)) % _MODULUS
            found[table.name] = Tally(rows, total)
        return found

    def run(self, what: str, table: Table, name: str) -> Any:
        """Runs one of the statements of a table for one name."""
        return getattr(self, f"{what} {table.name}")(name)


_MODULUS = 2**256


def _number(row: tuple[Any, ...]) -> int:
    told = tuple(sha256(one).digest() if isinstance(one, bytes) else one for one in row)
    return int.from_bytes(sha256(repr(told).encode()).digest())


def _by_column(row: Any) -> dict[str, Any]:
    columns: dict[str, Any] = row._asdict()
    return columns


def _asked(named: Named) -> Iterator[tuple[Table, str]]:
    for table in Stored.metadata.sorted_tables:
        for name in sorted(named[_key(table)]):
            yield table, name


def _key(table: Table) -> str:
    return next(column for column in _COLUMNS if column in table.c)


def _queries(table: Table) -> Iterator[Query]:
    columns = [as_stored(column) for column in table.c]
    own = table.c[_key(table)] == bindparam("name")
    in_order = select(*columns).where(own).order_by(*table.primary_key)
    yield Query(f"read {table.name}", "stream", in_order)
    yield Query(f"count {table.name}", "number", select(func.count()).select_from(table).where(own))
    yield Query(f"clear {table.name}", "once", delete(table).where(own))
    yield Query(f"add {table.name}", "each", insert(table))


def _texts(database: Database) -> dict[str, str]:
    dialect = POSTGRESQL if database.file is None else SQLITE
    tables = Stored.metadata.sorted_tables
    return {one.name: compiled(one, dialect)[0] for table in tables for one in _queries(table)}


def _shape(table: Table) -> Shape[Any]:
    types = {
        column.name: python_type(column) | None if column.nullable else python_type(column)
        for column in table.c
    }
    row: Any = namedtuple(table.name, types)  # type: ignore[misc]
    row.__annotations__ = types
    return Shape(table.name, row)


def _methods(table: Table) -> Iterator[tuple[str, Any]]:
    for query in _queries(table):
        shape = (_shape(table),) if query.gives == "stream" else ()
        names = () if query.gives == "each" else ("name",)
        yield query.name, getattr(give, query.gives)(*shape, query.name, *names)


for _table in Stored.metadata.sorted_tables:
    for _name, _method in _methods(_table):
        setattr(Copier, _name, _method)
