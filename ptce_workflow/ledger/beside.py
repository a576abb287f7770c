"""What stands beside the lines taken in so far: each side row is there, or a line has erased it."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.base import Entry
from ptce_workflow.ledger.line import commitment

LineOf = Callable[[int], Entry[Any] | None]
"""A line by its number; None for one that is gone or damaged."""

Told = Iterator[tuple[int, str, str]]
"""What is wrong: at which line, what, and why."""


class SideRow(Protocol):
    """A side row as it is kept: whose it is, and what opens the commitment."""

    @property
    def subject(self) -> str:
        """Whose it is."""

    @property
    def salt(self) -> str:
        """The salt that was hashed before the data."""

    @property
    def data(self) -> str:
        """Canonical JSON, without its line feed."""


class Rows(Mapping[int, Entry[Any] | None]):
    """Lines that have a side row about somebody, by number; each is read when it is asked for."""

    def __init__(self, numbers: Iterable[int], line_of: LineOf) -> None:
        self._numbers = dict.fromkeys(numbers)
        self._line_of = line_of

    def __getitem__(self, n: int) -> Entry[Any] | None:
        if n not in self._numbers:
            raise KeyError(n)
        return self._line_of(n)

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


class Beside:
    """The side rows of the lines taken in: those that are there, and those that are gone."""

    def __init__(self, line_of: LineOf) -> None:
        self._line_of = line_of
        self._absent: dict[str, dict[int, None]] = {}
        self._present: dict[str, array[int]] = {}
        self._erased: dict[str, dict[int, int]] = {}

    def take(self, n: int, committed: Mapping[str, str], rows: Sequence[SideRow]) -> Told:
        """Takes in what a line commits itself to and the rows that are kept; what is wrong."""
        kept = {row.subject: row for row in rows}
        for subject, hash_ in committed.items():
            row = kept.get(subject)
            if row is None:
                self._absent.setdefault(subject, {})[n] = None
                continue
            self._present.setdefault(subject, array("Q")).append(n)
            if commitment(row.salt, row.data) != hash_:
                why = _("It is not what the line commits itself to.")
                yield n, _("A side row does not match."), why
        for subject in kept.keys() - committed.keys():
            why = _("The line says nothing of {subject}.").format(subject=subject)
            yield n, _("A side row does not belong."), why

    def erase(self, subject: str, lines: Collection[int], by: int) -> None:
        """Takes note that a line tells of the erasure of the rows of some others."""
        self._erased.setdefault(subject, {}).update(dict.fromkeys(lines, by))

    def of(self, subject: str, until: int) -> Rows:
        """The lines up to one with a row about somebody that no line has erased so far."""
        erased = self._erased.get(subject, {})
        every = (*self._present.get(subject, ()), *self._absent.get(subject, ()))
        return Rows(sorted(n for n in every if n <= until and n not in erased), self._line_of)

    def finish(self) -> Told:
        """Tells what can only be told at the end: what is gone without a word, or there again."""
        for subject, lines in self._absent.items():
            for n in lines.keys() - self._erased.get(subject, {}).keys():
                why = _("No later line says that it was erased.")
                yield n, _("A side row is gone."), why
        for subject, erased in self._erased.items():
            present = {*self._present.get(subject, ())}
            for n in present & erased.keys():
                why = _("Line {line} says that it was erased.").format(line=erased[n])
                yield n, _("A side row that was erased is there again."), why
