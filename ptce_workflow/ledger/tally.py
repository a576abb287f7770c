"""What candidatures add up to, from line to line: the part of an examination that is about all.

Whoever examines a share of the candidatures writes down how its lines move the counters and what
they say of them; put in the order of the lines, what all wrote down is settled here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import NamedTuple

from ptce_workflow.base.words import _
from ptce_workflow.process.totals import Key


class Opened(NamedTuple):
    """A candidature begins, under a reference."""

    n: int
    ref: str


class Moved(NamedTuple):
    """Counters move."""

    n: int
    by: Mapping[Key, int]


class Recounted(NamedTuple):
    """The process changes: the counters of a share begin anew from these."""

    n: int
    counters: Mapping[Key, int]


class Stated(NamedTuple):
    """A line says what a total was: that of some counters, less what was the candidature's own."""

    n: int
    total: str
    value: object
    counters: tuple[Key, ...]
    own: int


Entry = Opened | Moved | Recounted | Stated


def settle(entries: Iterable[Entry], tell: Callable[[int, str, object], None]) -> dict[Key, int]:
    """The counters after the last entry; what does not agree on the way is told, with its line."""
    counters: dict[Key, int] = {}
    refs: set[str] = set()
    recounted = 0
    for entry in sorted(entries, key=attrgetter("n")):
        match entry:
            case Opened(n, ref):
                if ref in refs:
                    tell(n, _("This candidature exists already."), ref)
                refs.add(ref)
            case Moved(_n, by):
                _add(counters, by)
            case Recounted(n, anew):
                if n != recounted:
                    counters.clear()
                    recounted = n
                _add(counters, anew)
            case Stated(n, total, value, keys, own):
                seen = sum(counters.get(key, 0) for key in keys) - own
                if seen != value:
                    why = f"total.{total}: {seen} ≠ {value}"
                    tell(n, _("A total was not what the line says."), why)
    return counters


def _add(counters: dict[Key, int], by: Mapping[Key, int]) -> None:
    for key, amount in by.items():
        counters[key] = counters.get(key, 0) + amount
