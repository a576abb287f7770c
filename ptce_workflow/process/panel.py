"""What a panel's marks come to: voices, means, ranks, in exact arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import lcm

from ptce_workflow.process.case import Scores
from ptce_workflow.process.questions import Sheet

FIGURES = ("total", "lowest", "voices", "expected", "rank")
"""The names that rules read beside the criteria; no criterion may be called so."""


def round_half_up(numerator: int, denominator: int) -> int:
    """The whole number nearest to a fraction; a half goes up."""
    return (2 * numerator + denominator) // (2 * denominator)


def figures(sheet: Sheet, scores: Scores) -> dict[str, int]:
    """The panel's figures from the marks given so far.

    *Units* hundredths for `total`, `lowest` and each criterion; counts for `voices` (the fewest
    that any criterion has) and `expected`. The total is the plain mean of the criteria's exact
    means, rounded once, half up. A mean without marks is left out: it is not known.
    """
    result: dict[str, int] = {}
    sums: list[tuple[int, int]] = []
    for criterion in sheet.criteria:
        marks = [given[criterion] for given in scores.values() if criterion in given]
        sums.append((sum(marks), len(marks)))
        if marks:
            result[criterion] = round_half_up(*sums[-1])
    voices = min((count for _sum, count in sums), default=0)
    if voices:
        # Over a common denominator the exact means add up as whole numbers.
        common = lcm(*(count for _sum, count in sums))
        whole = sum(total * (common // count) for total, count in sums)
        lowest = min(result.values())
        result["total"] = round_half_up(whole, common * len(sums))
        result["lowest"] = lowest
    result["voices"], result["expected"] = voices, len(sheet.members)
    return result


def ranked(
    entries: Mapping[str, Mapping[str, int]], keys: Sequence[tuple[str, bool]]
) -> list[tuple[int, str]]:
    """Ranks entries by keys in turn; those that no key separates share a rank.

    *Shape* `(rank, entry)`, best first; `keys` are `(figure, ascending)`. An entry that lacks a
    figure comes after those that have it.
    """

    def place(name: str) -> tuple[tuple[bool, int], ...]:
        found = entries[name]
        return tuple(
            (key not in found, found.get(key, 0) if ascending else -found.get(key, 0))
            for key, ascending in keys
        )

    order = sorted(entries, key=lambda name: (place(name), name))
    ranks: list[tuple[int, str]] = []
    for position, name in enumerate(order, 1):
        tied = ranks and place(ranks[-1][1]) == place(name)
        ranks.append((ranks[-1][0] if tied else position, name))
    return ranks
