"""Problems of an answer: one or several, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _, n_

T = TypeVar("T")
_TOLD = 20


@dataclass(frozen=True, slots=True)
class Problem:
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
