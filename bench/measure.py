"""Measuring things in turn: what each took, beside what it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from statistics import median
from time import perf_counter
from typing import NamedTuple

Contender = Callable[[int], object]
"""Does its work once; it is told the number of the round."""

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


class Taken(NamedTuple):
    """What was measured: the medians of so many runs, ours and what stands beside it, in seconds.

    What is compared with nothing has no `beside`; what is no time is a plain number.
    """

    ours: float
    beside: float | None = None
    runs: int = 1


Found = Mapping[str, Taken]
"""The figures of a part by their names in `figures.toml`; without what could not be measured."""


def in_turn(contenders: Mapping[str, Contender], rounds: int) -> dict[str, float]:
    """Runs contenders one after the other, round after round; the median seconds of each.

    Each round begins with another one, so that none always runs in the wake of the same.
    """
    names = list(contenders)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for round_ in range(rounds):
        first = round_ % len(names)
        for name in names[first:] + names[:first]:
            seconds[name].append(timed(contenders[name], round_))
    return {name: median(taken) for name, taken in seconds.items()}


def timed(work: Callable[..., object], *arguments: object) -> float:
    """The seconds that some work takes."""
    start = perf_counter()
    work(*arguments)
    return perf_counter() - start


def duration(seconds: float) -> str:
    """Seconds as people read them, with three figures."""
    # 999.7 µs are a millisecond.
    told = float(f"{seconds:.3g}")
    unit, name = next((pair for pair in _UNITS if told >= pair[0]), _UNITS[-1])
    return f"{told / unit:.3g} {name}"


def aligned(rows: Sequence[Sequence[str]], left: Collection[int] = (0,)) -> str:
    """Rows as a table; the columns of `left` begin at the left, all others end at the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place in left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
