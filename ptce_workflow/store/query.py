"""A statement before it is compiled: its name, what comes of it, and how it is put."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Table,
    bindparam,
    cast,
    delete,
    literal_column,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.expression import ClauseElement
from sqlmodel import AutoString, SQLModel

from ptce_workflow.store import tables

_POSTCOMPILED = re.compile(r"__\[POSTCOMPILE_(\w+?)\]")


@dataclass(frozen=True)
class Row:
    """A kind of row: its name and its columns; `judged` unless something else looks at it."""

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


def sqlite_dialect() -> Dialect:
    """SQLite's, with parameters by name."""
    return sqlite.dialect(paramstyle="named")


def python_type(column: ColumnElement[Any]) -> type:
    """The Python type of a column, or of a parameter."""
    type_: Any = column.type
    # SQLModel's own type of text says that it may be any object.
    return str if isinstance(type_, AutoString) else type_.python_type


def table_of(model: type[SQLModel]) -> Table:
    """The table that a class declares."""
    return tables.METADATA.tables[str(model.__tablename__)]


def row_of(
    name: str, about: str, model: type[SQLModel], *, of_contest: bool = True, judged: bool = True
) -> Row:
    """The row of a table: every column, but for the contest where all rows are of one."""
    columns = [column for column in table_of(model).c if not of_contest or column.name != "contest"]
    return Row(name, about, tuple(columns), judged)


def as_bytes(column: ColumnElement[bytes]) -> ColumnElement[bytes]:
    """A column, as bytes whatever stands in it."""
    # SQLite keeps what it is given: an edit made by hand easily turns bytes into text.
    return cast(column, LargeBinary)


def matches(table: Table, *names: str) -> Any:
    """The condition that columns are the parameters of their names."""
    condition = table.c[names[0]] == bindparam(names[0])
    for name in names[1:]:
        condition &= table.c[name] == bindparam(name)
    return condition


def in_contest(table: Table) -> ColumnElement[bool]:
    """The same of the contest alone, put so that rows are found by another index.

    SQLite would rather walk through all rows of a contest, which lie together.
    """
    return (table.c.contest + literal_column("''")) == bindparam("contest")


def update_of(table: Table, keys: tuple[str, ...], changed: tuple[str, ...]) -> Any:
    """An update of some columns of the row of a key."""
    return (
        update(table)
        .where(matches(table, *keys))
        .values({name: bindparam(name) for name in changed})
    )


def delete_of(table: Table, *keys: str) -> Any:
    """A deletion of the rows of a key."""
    return delete(table).where(matches(table, *keys))
