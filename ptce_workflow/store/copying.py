"""The copy of a contest from one database to another.

They are read and written through the tables as they are declared: a table more is copied without
a word here. Only what copies whole contests loads this: what it needs is compiled as it runs.
"""

from __future__ import annotations

from collections import Counter, namedtuple
from collections.abc import Collection, Iterator, Mapping
from functools import cache, partial
from hashlib import sha256
from itertools import islice
from typing import Any

from sqlalchemy import Column, Table, bindparam, delete, func, insert, select

from ptce_workflow.store import connections
from ptce_workflow.store.connections import Cursor, Shape
from ptce_workflow.store.database import Database, Repository, in_pieces
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

Named = Mapping[str, Collection[str]]
"""What is copied, by the column that tells it: `contest`, `process`, `sha256` of a document."""

_COLUMNS = ("contest", "process", "sha256")
"""By which of its columns a table is asked: the first that it has."""


class Copier(Cursor):
    """Reads and writes whole rows in the transaction of a database, table by table."""

    def __init__(self, database: Database, repo: Repository) -> None:
        super().__init__(repo.connection, database.base, _texts(database))
        self.on_server = database.file is None

    def carry(self, target: Copier, named: Named, *, anew: bool = False) -> None:
        """Puts rows in place of those of their names, or behind undeletable ones."""
        for table, name in _named_rows(named):
            there = 0
            if "DELETE" in FROZEN.get(table.name, ()) and not anew:
                there = connections.number(f"count {table.name}", "name")(target, name)
            else:
                connections.once(f"clear {table.name}", "name")(target, name)
            rows = islice(self._rows(table, name), there, None)
            added = (row._asdict() for row in rows)
            in_pieces(partial(connections.each(f"add {table.name}"), target), added)
        if target.on_server:
            # Without statistics a page takes a second.
            names = ", ".join(table.name for table in Stored.metadata.sorted_tables)
            target.driver.execute(f"ANALYZE {names}")

    def sums(self, named: Named) -> Counter[str]:
        """The sum of the hashes of the rows of each table, in whatever order they come."""
        counts: Counter[str] = Counter()
        for table, name in _named_rows(named):
            for row in self._rows(table, name):
                counts[table.name] += _number(row)
        return counts

    def _rows(self, table: Table, name: str) -> Iterator[Any]:
        read = connections.stream(_shape(table), f"read {table.name}", "name")
        rows: Iterator[Any] = read(self, name)
        return rows


def _number(row: tuple[Any, ...]) -> int:
    values = (sha256(cell).digest() if isinstance(cell, bytes) else cell for cell in row)
    return int.from_bytes(sha256(repr((*values,)).encode()).digest())


def _named_rows(named: Named) -> Iterator[tuple[Table, str]]:
    for table in Stored.metadata.sorted_tables:
        for name in sorted(named[_key(table)]):
            yield table, name


def _key(table: Table) -> str:
    return next(column for column in _COLUMNS if column in table.c)


def _columns(table: Table) -> list[Column[Any]]:
    """The columns that are written; the database makes the others."""
    return [column for column in table.c if column.computed is None]


def _queries(table: Table) -> Iterator[Query]:
    columns = _columns(table)
    own = table.c[_key(table)] == bindparam("name")
    in_order = select(*map(as_stored, columns)).where(own).order_by(*table.primary_key)
    yield Query(f"read {table.name}", "stream", in_order)
    yield Query(f"count {table.name}", "number", select(func.count()).select_from(table).where(own))
    yield Query(f"clear {table.name}", "once", delete(table).where(own))
    places = {column.name: bindparam(column.name, type_=column.type) for column in columns}
    yield Query(f"add {table.name}", "each", insert(table).values(places))


def _texts(database: Database) -> dict[str, str]:
    dialect = POSTGRESQL if database.file is None else SQLITE
    tables = Stored.metadata.sorted_tables
    queries = (query for table in tables for query in _queries(table))
    return {query.name: compiled(query, dialect)[0] for query in queries}


@cache
def _shape(table: Table) -> Shape[Any]:
    types = {
        column.name: python_type(column) | None if column.nullable else python_type(column)
        for column in _columns(table)
    }
    row: Any = namedtuple(table.name, types)  # type: ignore[misc]
    row.__annotations__ = types
    return Shape(table.name, row)
