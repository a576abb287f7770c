"""Measuring things in turn, and telling them as ratios beside their targets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

Contender = Callable[[int], object]
"""Does its work once; it is told the number of the round."""

_HEADINGS = ("", "ours", "yardstick", "ratio", "target")
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


@dataclass(frozen=True, slots=True)
class Figure:
    """What was compared with what: two medians in seconds, and the ratio that was aimed at.

    `faster` asks for the ratio of the rates (more is better), otherwise it is that of the times.
    """

    what: str
    ours_s: float
    yardstick_s: float
    target: float
    faster: bool = False

    @property
    def ratio(self) -> float:
        """How ours compares: rate to rate, or time to time."""
        if self.faster:
            return self.yardstick_s / self.ours_s
        return self.ours_s / self.yardstick_s

    @property
    def met(self) -> bool:
        """Whether the target was reached in this run."""
        return self.ratio >= self.target if self.faster else self.ratio <= self.target

    def cells(self) -> tuple[str, ...]:
        """The figure as a row of the table."""
        sign = "≥" if self.faster else "≤"
        return (
            self.what,
            duration(self.ours_s),
            duration(self.yardstick_s),
            f"{self.ratio:.2f}",
            f"{sign} {self.target:g}{'' if self.met else '  missed'}",
        )


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted, and how many there ought to be at most: no machine changes it."""

    what: str
    counted: float
    target: float

    def cells(self) -> tuple[str, ...]:
        """The count as a row of the table."""
        missed = "" if self.counted <= self.target else "  missed"
        return self.what, f"{self.counted:,g}", "", "", f"≤ {self.target:,g}{missed}"


@dataclass(frozen=True, slots=True)
class Absent:
    """What could not be measured, and why."""

    what: str
    why: str

    def cells(self) -> tuple[str, ...]:
        """The reason as a row of the table."""
        return self.what, "", "", "", self.why


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
    unit, name = next((pair for pair in _UNITS if seconds >= pair[0]), _UNITS[-1])
    return f"{seconds / unit:.3g} {name}"


def table(figures: Iterable[Figure | Count | Absent]) -> str:
    """The figures as a table."""
    return aligned([_HEADINGS, *(figure.cells() for figure in figures)], left=(0, 4))


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
