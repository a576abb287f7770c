"""The driver's cursor in one transaction, and whether rows are such as commands write.

SQLite keeps what it is given, whatever the type of the column: an edit made by hand easily turns
a number into text. A row is looked at when it comes out, before anything is made of it; lines and
side rows are left to whoever examines the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, product
from typing import Any, Generic, TypeVar, get_args

from ptce_workflow.base.errors import PtceError, shown
from ptce_workflow.base.words import _

R = TypeVar("R", bound=tuple[Any, ...])
T = TypeVar("T")
Values = Mapping[str, Any]


class Shape(Generic[R]):
    """The class that rows of a table are made into, and the types that columns may have.

    `judged` is false for rows that are handed over as they are.
    """

    __slots__ = ("_known", "_switches", "_table", "_type")

    def __init__(self, table: str, type_: type[R], *, judged: bool = True) -> None:
        self._table = table
        self._type = type_
        columns = [get_args(column) or (column,) for column in type_.__annotations__.values()]
        # SQLite has no booleans: what comes out of it is 0 or 1.
        columns = [(int, bool) if types == (bool,) else types for types in columns]
        self._switches = [n for n, types in enumerate(columns) if bool in types]
        self._known = frozenset(product(*columns)) if judged else frozenset()

    def made(self, row: Sequence[Any]) -> R:
        """The row, its columns of the types that commands write.

        *Raises* PtceError for any other.
        """
        if self._known and tuple(map(type, row)) not in self._known:
            raise damaged_row(self._table, row[0])
        if self._switches:
            row = list(row)
            for n in self._switches:
                row[n] = bool(row[n])
        return self._type(*row)


class Cursor:
    """Runs statements, known by name, in the transaction of a connection.

    `mark` is how a parameter stands in their texts.
    """

    def __init__(self, connection: Any, texts: Mapping[str, str], mark: str) -> None:
        self.driver = connection
        self._cursor: Any = connection.cursor()
        self._streams: list[Any] = []
        self._texts = texts
        self._mark = mark

    def close(self) -> None:
        """Lets go of what was read only in part; the transaction is about to end."""
        for cursor in (self._cursor, *self._streams):
            cursor.close()

    def _do(self, name: str, values: Values) -> int:
        """Runs a statement and gives the number of rows that it has changed."""
        return int(self._cursor.execute(self._texts[name], values).rowcount)

    def _each(self, name: str, rows: Sequence[Values]) -> int:
        """Runs a statement once for each row and gives the number of rows that it has changed."""
        return int(self._cursor.executemany(self._texts[name], rows).rowcount) if rows else 0

    def _value(self, _type: type[T], name: str, values: Values) -> T | None:
        row = self._cursor.execute(self._texts[name], values).fetchone()
        return None if row is None else row[0]

    def _number(self, name: str, values: Values) -> int:
        return self._value(int, name, values) or 0

    def _row(self, shape: Shape[R], name: str, values: Values) -> R | None:
        row = self._cursor.execute(self._texts[name], values).fetchone()
        return None if row is None else shape.made(row)

    def _known(self, shape: Shape[R], name: str, values: Values) -> R:
        """The row that there must be.

        *Raises* KeyError where there is none.
        """
        row = self._row(shape, name, values)
        if row is None:
            raise KeyError(*values.values())
        return row

    def _rows(self, shape: Shape[R], name: str, values: Values) -> list[R]:
        found = self._cursor.execute(self._texts[name], values)
        return [shape.made(row) for row in found]

    def _stream(self, shape: Shape[R], name: str, values: Values) -> Iterator[R]:
        """Rows that are read while others are asked for: a cursor of their own goes with them."""
        cursor = self.driver.cursor()
        self._streams.append(cursor)
        return map(shape.made, cursor.execute(self._texts[name], values))

    def _rows_among(
        self, shape: Shape[R], name: str, values: Values, several: str, tuples: Sequence[Any]
    ) -> list[R]:
        """Rows among whose conditions is that some columns are any of some tuples.

        The text has a hole for as many as there are; their values bear its name and a number.
        """
        # One that no row has, where there is none: the hole cannot be empty.
        tuples = tuples or _NONE
        text, names = _filled(self._texts[name], self._mark, several, len(tuples), len(tuples[0]))
        flat = dict(zip(names, chain.from_iterable(tuples), strict=True))
        return [shape.made(row) for row in self._cursor.execute(text, {**values, **flat})]


_NONE = (("", "", ""),)


@lru_cache(maxsize=64)
def _filled(text: str, mark: str, hole: str, count: int, width: int) -> tuple[str, tuple[str, ...]]:
    """A text whose hole takes some tuples, and the names of their values in order."""
    names = [[f"{hole}_{n}_{m}" for m in range(width)] for n in range(count)]
    rows = (", ".join(mark.format(name=name) for name in row) for row in names)
    taken = ", ".join(f"({row})" for row in rows)
    return text.replace(f"{{{hole}}}", f"VALUES {taken}"), tuple(chain.from_iterable(names))


def damaged_row(table: str, row: object) -> PtceError:
    """The error for a row, named by its first column, that no command of ours has written."""
    return PtceError(
        _("The table {table} of the database is damaged.").format(table=table),
        _("The row {row} holds what no command writes there.").format(row=shown(str(row))),
        _("`ptce verify` tells all that is broken; restore a backup."),
    )
