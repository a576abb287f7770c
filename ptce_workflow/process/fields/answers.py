"""Answers as they are handed over: their kinds, plain lines of text, and the problems of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar

from msgspec import Struct

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _, n_
from ptce_workflow.process.text import normalise

T = TypeVar("T")
_TOLD = 20


class Problem(Struct, frozen=True):
    """One thing that is wrong: what, why, how to mend it, and where in a list or a table.

    *Units* rows count from 1, as they were handed over; None for the answer as a whole.
    """

    what: str
    why: str = ""
    mend: str = ""
    row: int | None = None
    column: str | None = None
    where: str = ""

    @classmethod
    def of(
        cls, error: Misuse, *, row: int | None = None, column: str | None = None, where: str = ""
    ) -> Problem:
        """An error met while reading, with its place."""
        return cls(error.what, error.why, error.mend, row, column, where)

    def __str__(self) -> str:
        told = " ".join(part for part in (self.what, self.why, self.mend) if part)
        return _("{label}: {value}").format(label=self.where, value=told) if self.where else told


class Unreadable(Misuse):
    """A value, or a cell, that its type cannot read; the place is added by who asked for it."""


class Unreadables(Misuse):
    """Several problems of a list or a table, found in one reading."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].what)
        self.problems = tuple(problems)


def read_each(items: Sequence[Any], read: Callable[[Any], T]) -> list[T]:
    """The values of a list's items; *raises* Unreadables with every item that is wrong."""
    values: list[T] = []
    problems: list[Problem] = []
    for row, item in enumerate(items, 1):
        try:
            values.append(read(item))
        except Misuse as error:
            where = _("item {row}").format(row=row) if len(items) > 1 else ""
            problems.append(Problem.of(error, row=row, where=where))
    if problems:
        raise Unreadables(problems)
    return values


class ValueRefused(Misuse):
    """An answer that its field does not accept, with every problem in it."""

    def __init__(self, label: str, problems: Sequence[Problem]) -> None:
        self.label = label
        self.problems = tuple(problems)
        if len(problems) == 1 and not problems[0].where:
            (only,) = problems
            what = _("{label}: {value}").format(label=label, value=only.what)
            super().__init__(what, only.why, only.mend)
            return
        what = n_("{label}: {count} problem.", "{label}: {count} problems.", len(problems))
        told = [str(problem) for problem in problems[:_TOLD]]
        more = len(problems) - _TOLD
        if more > 0:
            told.append(n_("and {count} more", "and {count} more", more).format(count=more))
        super().__init__(what.format(label=label, count=len(problems)), "\n  ".join(told))


LINE_LENGTH = 200
_BLANKS = str.maketrans("\u00a0\u2009\u202f", "   ")


def is_blank(raw: Any) -> bool:
    """True where nothing was given: an empty cell, blanks, an empty list or table."""
    return raw is None or (isinstance(raw, str) and not raw.strip()) or raw in ([], {}, ())


def line(raw: Any, *, max_length: int = LINE_LENGTH) -> str:
    """A line of text; *raises* Unreadable for another kind of value, TextRefused as `normalise`."""
    if not isinstance(raw, str):
        raise expected(_("a text"), raw, _("Put it between quotation marks."))
    return normalise(raw, multiline=False, max_length=max_length)


def plain_line(raw: Any) -> str:
    """A line of text, as `line`, whose narrow and unbreakable blanks are plain spaces."""
    return line(raw).translate(_BLANKS)


def expected(what: str, raw: Any, mend: str = "") -> Unreadable:
    """The error for a value of the wrong kind."""
    return Unreadable(
        _("This is {given}; {what} is expected.").format(given=_kind_of(raw), what=what), mend=mend
    )


def _kind_of(raw: Any) -> str:
    """The kind of a value that was handed over, as people call it."""
    # Order matters: True is an int, a datetime is a date.
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, _("yes or no")),
        ((int, float, Decimal), _("a number")),
        (str, _("a text")),
        (datetime, _("a day and an hour")),
        (date, _("a day")),
        (time, _("an hour")),
        (dict, _("a table")),
        (list, _("a list")),
    )
    return next((name for kind, name in kinds if isinstance(raw, kind)), _("nothing"))
