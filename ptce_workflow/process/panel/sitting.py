"""A sitting: its agenda, and the cut that rules make along a ranking, live and when verifying."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Protocol

from ptce_workflow.process.rules.case import Case


@dataclass(frozen=True, slots=True)
class Deviation:
    """A decision voted otherwise than the ranking would have it; `reason` is for the minutes."""

    ref: str
    transition: str
    reason: str
    ayes: Sequence[str] = ()
    noes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class VotedOrder:
    """The voted order of candidatures that share a rank."""

    refs: Sequence[str]
    reason: str
    ayes: Sequence[str] = ()
    noes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Agenda:
    """The members present, the chair, and what is voted on beside the ranking.

    `sitting` names the meeting of config.toml (the only one, when it is left out). `reasons` are
    the panel's own words for its decisions, by reference; the others get those of the folder.
    """

    present: Sequence[str]
    sitting: str | None = None
    chair: str | None = None
    deviations: Sequence[Deviation] = ()
    orders: Sequence[VotedOrder] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)


class Hand(Protocol):
    """Tries and makes decisions: on the ledger, or on copies."""

    def in_order(self) -> list[Case]:
        """The candidatures as they stand now, by rank, then by reference."""

    def rank_of(self, case: Case) -> int:
        """The rank of a candidature in this sitting."""

    def allows(self, case: Case, transition: str) -> bool:
        """True where the rules would allow a decision now."""

    def attempt(self, case: Case, transition: str) -> bool:
        """Takes a decision if the rules allow it; whether they did."""


def by_rank(cases: Iterable[Case], rank_of: Callable[[Case], int]) -> list[Case]:
    """Candidatures by their rank, then by reference."""
    return sorted(cases, key=lambda case: (rank_of(case), len(case.ref), case.ref))


def cut(
    decides: Sequence[str], fixed: Mapping[str, str], hand: Hand
) -> Iterator[tuple[str, tuple[Case, ...]]]:
    """Tries each transition in turn along the ranking, what votes have fixed (by id) first.

    *Shape* every tie that a cut goes through, as it is met: the transition, and those who share
    the rank. Whoever will not have one stops there.
    """
    made: set[str] = set()

    def attempt(case: Case, transition: str) -> None:
        if hand.attempt(case, transition):
            made.add(case.id)

    for transition in decides:
        for case in hand.in_order():
            if fixed.get(case.id) == transition:
                attempt(case, transition)
        left = [case for case in hand.in_order() if case.id not in made and case.id not in fixed]
        for _rank, sharing in groupby(left, key=hand.rank_of):
            group = tuple(sharing)
            # Alone at its rank, a candidature has nobody to be cut from.
            tied = group if len(group) > 1 else ()
            allowed = [case for case in tied if hand.allows(case, transition)]
            for case in group:
                attempt(case, transition)
            left_out = sum(case.id not in made for case in allowed)
            if 0 < left_out < len(group):
                yield transition, group
