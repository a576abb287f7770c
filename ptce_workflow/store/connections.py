"""Connections and the cursor that runs statements.

SQLite keeps what it is given, whatever the type of the column: an edit made by hand easily turns
a number into text. A row is looked at when it comes out, before anything is made of it; lines and
side rows are left to whoever examines the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from itertools import chain, product
from pathlib import Path
from typing import Any, Generic, NamedTuple, ParamSpec, Protocol, TypeVar, get_args

from ptce_workflow.base.errors import PtceError, shown
from ptce_workflow.base.words import _

P = ParamSpec("P")
R = TypeVar("R")
T_co = TypeVar("T_co", covariant=True)
Values = Mapping[str, Any]
_NOTHING: Mapping[Any, Any] = {}


Statement = tuple[str, Values]
"""A text, and its parameters by name."""
Found = Sequence[tuple[Any, ...]]
"""The rows that a statement found."""


class Connection(Protocol):
    @property
    def driver(self) -> Any:
        """The driver's own, to which all that was queued has been sent."""

    def begin(self, *first: Statement) -> list[Found]:
        """Begins a transaction, with what is asked first in it; what each of those found."""

    def ask(self, *statements: Statement) -> list[Found]:
        """Runs statements that read, after all that was queued; what each of them found."""

    def tell(self, text: str, rows: Sequence[Values]) -> None:
        """Runs a statement that writes for each of some mappings, by the end at the latest."""

    def send(self) -> None:
        """Has all that was queued run by now."""

    def stream(self, statement: Statement) -> Any:
        """Runs a statement that reads; a cursor whose rows are fetched as they are read."""

    def commit(self) -> None:
        """Keeps what the transaction has written, once it has all been sent."""

    def rollback(self) -> None:
        """Forgets what the transaction has written; one that is lost has done so already."""

    def close(self) -> None:
        """Lets go of it."""

    def is_lost(self, error: BaseException) -> bool:
        """True for an error that tells of the connection alone, and of nothing that was asked."""


class CommitLost(Exception):
    """The connection broke while a transaction was being kept: whether it was is to be seen."""


class Served(NamedTuple):
    """What a server says of itself: its version, in which role, whether it only reads."""

    version: str
    role: str
    is_standby: bool


class Login(NamedTuple):
    """Whom a server has let in, and whether its rights let them do what time and couriers do."""

    name: str
    makes_passes: bool


class Base(Protocol):
    """A database of a kind; the texts of its statements by name, and how a parameter is marked.

    `waits` is called once a turn to write has been waited for longer than people notice. What is
    answered here is so of a database that has nothing to do or to tell there.
    """

    place: str
    file: Path | None
    waits: Callable[[], None]
    texts: Mapping[str, str]
    mark: str

    def reader(self) -> Connection:
        """A connection whose every transaction is a snapshot and refuses to write."""

    def writer(self) -> Connection:
        """A connection whose every transaction sees what was committed before its turn came."""

    def login(self, driver: Any) -> Login | None:
        """Whom it has let in, and binds by rights of their own; None for anybody else."""
        return None

    def turn(self, contest: str) -> Statement:
        """What takes the turn to write where nobody has it, and whether it did."""

    def wait_turn(
        self, connection: Connection, contest: str, first: Sequence[Statement]
    ) -> list[Found]:
        """Waits for the turn to write; what `turn` and `first` find."""
        return connection.ask(self.turn(contest), *first)

    def hold(self, driver: Any, name: str) -> None:
        """Waits until no one else is about what bears a name, whatever contest they are about."""
        return

    def altered(self, driver: Any) -> list[str]:
        """What is not as it was made in the tables and around them, each in a sentence."""

    def damage(self, driver: Any) -> list[str]:
        """What the database finds against its own rows and indexes, in words of its own."""
        return []

    def complaint(self, error: BaseException) -> Exception | None:
        """What the driver complains of, in words; None for what it does not."""

    def gather(self) -> None:
        """Brings all that was committed into the file of the database's name."""
        return

    def scrub(self) -> bool:
        """Leaves no byte of what was deleted; False while somebody uses the database."""
        return True

    def is_back(self) -> bool:
        """Waits until the database can be had again; False where that takes too long."""
        return True

    def served(self, driver: Any) -> Served | None:
        return None


class Connections:
    """Connections of one kind, lent one at a time; as many are made as are in use at once.

    `keeps` is false for those that only read: how their transactions end is nobody's loss.
    """

    def __init__(self, connect: Callable[[], Connection], *, keeps: bool = True) -> None:
        self._connect = connect
        self._keeps = keeps
        self._idle: list[Connection] = []

    @contextmanager
    def transaction(self, *first: Statement) -> Iterator[tuple[Connection, list[Found]]]:
        """Commits at the end, else rolls back. Raises: CommitLost."""
        connection, found = self._begun(first)
        sound = False
        try:
            try:
                yield connection, found
            except BaseException:
                connection.rollback()
                raise
            try:
                connection.commit()
            except Exception as error:
                if connection.is_lost(error):
                    raise CommitLost from error
                raise
            sound = True
        except CommitLost:
            if self._keeps:
                raise
        except PtceError:
            # A refusal of ours says nothing against the connection.
            sound = True
            raise
        finally:
            if sound:
                self._idle.append(connection)
            else:
                connection.close()

    def _begun(self, first: Sequence[Statement]) -> tuple[Connection, list[Found]]:
        """A connection in a transaction: one that has waited, unless it was ended meanwhile."""
        while True:
            waited = bool(self._idle)
            connection = self._idle.pop() if waited else self._connect()
            try:
                return connection, connection.begin(*first)
            except BaseException as error:
                # Before it is closed: all that fails on one that is looks lost.
                is_lost = connection.is_lost(error)
                connection.close()
                if not (waited and is_lost):
                    raise

    def close(self) -> None:
        # Another thread may take the last one meanwhile.
        with suppress(IndexError):
            while True:
                self._idle.pop().close()


class Shape(Generic[R]):
    """The class that rows of a table are made into, and the types that columns may have.

    `judged` is false for rows that are handed over as they are.
    """

    __slots__ = ("_known", "_new", "_switches", "_table")

    def __init__(self, table: str, type_: type[R], *, judged: bool = True) -> None:
        self._table = table
        self._new: Callable[[Sequence[Any]], R] = lambda row: type_(*row)
        if issubclass(type_, tuple):
            # What `_make` of a named tuple does, without a step in Python for each row.
            self._new = partial(tuple.__new__, type_)
        columns = [get_args(column) or (column,) for column in type_.__annotations__.values()]
        # SQLite has no booleans: what comes out of it is 0 or 1.
        columns = [(int, bool) if types == (bool,) else types for types in columns]
        self._switches = [n for n, types in enumerate(columns) if bool in types]
        self._known = frozenset(product(*columns)) if judged else frozenset()

    def made(self, row: Sequence[Any]) -> R:
        """The row, with columns of the expected types. Raises: PtceError."""
        if self._known and tuple(map(type, row)) not in self._known:
            raise damaged_row(self._table, row[0])
        if self._switches:
            row = list(row)
            for n in self._switches:
                row[n] = bool(row[n])
        return self._new(row)

    def each(self, rows: Iterable[Sequence[Any]]) -> Iterator[R]:
        if self._known or self._switches:
            return map(self.made, rows)
        return map(self._new, rows)


Ahead = tuple[Any, ...]
"""A statement that reads, by its name and the values of its parameters."""


class Cursor:
    """Runs statements, known by name, in the transaction of a connection to a database.

    `texts` are those of the database, unless others are given. What was found `ahead`, of what will
    be asked in any case, is not asked again, unless something was written meanwhile.
    """

    def __init__(
        self,
        connection: Connection,
        base: Base,
        texts: Mapping[str, str] | None = None,
        ahead: Mapping[Ahead, Found] = _NOTHING,
    ) -> None:
        self.connection = connection
        self._base = base
        self._streams: list[Any] = []
        self._texts = texts or base.texts
        self._ahead = dict(ahead)

    @property
    def driver(self) -> Any:
        return self.connection.driver

    def close(self) -> None:
        """Lets go of what was read only in part; the transaction is about to end."""
        for cursor in self._streams:
            cursor.close()

    @classmethod
    def statement(cls, base: Base, asked: Ahead) -> Statement:
        name, *values = asked
        return base.texts[name], dict(zip(getattr(cls, name).names, values, strict=True))

    def ask_ahead(self, asked: Iterable[Ahead]) -> None:
        """Asks, in one go, what will be asked in any case: a server answers each in its time."""
        new = [one for one in dict.fromkeys(asked) if one not in self._ahead]
        found = self.connection.ask(*(self.statement(self._base, one) for one in new))
        self._ahead.update(zip(new, found, strict=True))

    def _tell(self, name: str, rows: Sequence[Values]) -> None:
        self._ahead.clear()
        self.connection.tell(self._texts[name], rows)


class StatementMethod(Protocol[P, T_co]):
    """A statement as a method of the cursor: the parameters it takes, and what it gives."""

    def __get__(self, cursor: Any, owner: Any = None, /) -> Callable[P, T_co]: ...


def _asked(name: str, names: Sequence[str], given: Callable[[Found], Any]) -> Any:
    """The method that runs a statement, and gives what is made of the rows that it finds."""

    def ask(self: Any, *values: Any) -> Any:
        rows = self._ahead.get((name, *values))
        if rows is None:
            statement = self._texts[name], dict(zip(names, values, strict=True))
            [rows] = self.connection.ask(statement)
        return given(rows)

    ask.names = names  # type: ignore[attr-defined]
    return ask


def rows(shape: Shape[R], name: str, *names: str) -> Any:
    return _asked(name, names, lambda found: list(map(shape.made, found)))


def row(shape: Shape[R], name: str, *names: str) -> Any:
    return _asked(name, names, lambda found: shape.made(found[0]) if found else None)


def value(name: str, *names: str) -> Any:
    """Gives what one column holds, or None."""
    return _asked(name, names, lambda rows: rows[0][0] if rows else None)


def number(name: str, *names: str) -> Any:
    """Gives the same, and 0 for None."""
    return _asked(name, names, lambda rows: (rows and rows[0][0]) or 0)


def known(shape: Shape[R], name: str, *names: str) -> Any:
    """Gives the row that there must be; KeyError where there is none."""
    find = row(shape, name, *names)

    def ask(self: Any, *values: Any) -> R:
        found: R | None = find(self, *values)
        if found is None:
            raise KeyError(*values)
        return found

    ask.names = names  # type: ignore[attr-defined]
    return ask


def once(name: str, *names: str) -> Any:
    def tell(self: Any, *values: Any) -> None:
        self._tell(name, (dict(zip(names, values, strict=True)),))

    return tell


def each(name: str) -> Any:
    """Runs a statement that writes once for each of some mappings."""

    def tell(self: Any, rows: Sequence[Values]) -> None:
        if rows:
            self._tell(name, tuple(rows))

    return tell


def stream(shape: Shape[R], name: str, *names: str) -> Any:
    """Gives rows that are read while others are asked for: a cursor of their own goes with them."""

    def ask(self: Any, *values: Any) -> Iterator[R]:
        values_by_name = dict(zip(names, values, strict=True))
        cursor: Iterator[Any] = self.connection.stream((self._texts[name], values_by_name))
        self._streams.append(cursor)
        return shape.each(cursor)

    return ask


def rows_among(shape: Shape[R], name: str, *names: str) -> Any:
    """Gives rows whose columns are any of several tuples, the last parameter."""

    def ask(self: Any, *values: Any) -> list[R]:
        # One that no row has, where there is none: the hole cannot be empty.
        *single, tuples = values
        tuples = tuples or _NONE
        size = len(tuples), len(tuples[0])
        text, places = _filled(self._texts[name], self._base.mark, names[-1], *size)
        parameters = (*single, *chain.from_iterable(tuples))
        values_by_name = dict(zip((*names[:-1], *places), parameters, strict=True))
        [found] = self.connection.ask((text, values_by_name))
        return list(map(shape.made, found))

    return ask


_NONE = (("", "", ""),)


@lru_cache(maxsize=64)
def _filled(text: str, mark: str, hole: str, count: int, width: int) -> tuple[str, tuple[str, ...]]:
    """A text whose hole takes some tuples, and the names of their values in order."""
    names = [[f"{hole}_{n}_{m}" for m in range(width)] for n in range(count)]
    rows = (", ".join(mark.format(name=name) for name in row) for row in names)
    taken = ", ".join(f"({row})" for row in rows)
    return text.replace(f"{{{hole}}}", f"VALUES {taken}"), tuple(chain.from_iterable(names))


class Complaint(NamedTuple):
    """What a database complains of: what happened, what to do, and why where it is known."""

    what: str
    mend: str
    why: str = ""
    kind: type[PtceError] = PtceError

    def error(self, says: str, reason: str, **names: str) -> PtceError:
        """The error in the language in force; why is what the database `says`, unless known."""
        why = _(self.why or says).format(reason=reason)
        return self.kind(_(self.what).format(**names), why, _(self.mend).format(**names))


def damaged_row(table: str, row: object) -> PtceError:
    """The error for a row, named by its first column, that no command of ours has written."""
    what = _("The table {table} of the database is damaged.").format(table=table)
    why = _("The row {row} holds what no command writes there.").format(row=shown(str(row)))
    return PtceError(what, why, _("`ptce verify` tells all that is broken; restore a backup."))


def overtaken() -> PtceError:
    """The error for a row that is no longer as it was read, and so was not changed."""
    return PtceError(
        _("Someone else changed a candidature or its mails at the same time; nothing was written."),
        mend=_("Look at it again, then try again."),
    )
