"""A meeting of a panel: who speaks there, what is voted on, and the cut along the ranking."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

from ptce_workflow.process.panel.figures import asked_of, linked
from ptce_workflow.process.rules.case import Case, by_ref

if TYPE_CHECKING:
    from ptce_workflow.process.model.sheets import Sheet
    from ptce_workflow.process.model.sitting import Sitting


def seated(sitting: Sitting, sheet: Sheet, case: Case) -> tuple[str, ...]:
    """The institutions whose voice counts for a candidature at a sitting."""
    panel = sitting.panel
    seats = sitting.members or asked_of(panel, sheet, case)
    aside = (*case.recused.get(panel, ()), *linked(panel, case))
    return tuple(one for one in seats if one not in aside) if aside else tuple(seats)


def counting(
    seats: Iterable[str], sitting: Sitting, sheet: Sheet, cases: Iterable[Case]
) -> frozenset[str]:
    """The seats whose voice counts for each of some candidatures; all of them for none."""
    return frozenset(seats).intersection(*(seated(sitting, sheet, case) for case in cases))


def speaking(
    present: Iterable[str], proxies: Mapping[str, str], counted: Collection[str]
) -> tuple[str, ...]:
    """Whose voices are heard, of those that count: who is there, and whose voice one of them bears.

    Who steps aside bears no voice either.
    """
    there = [one for one in present if one in counted]
    return (*there, *(one for one, by in proxies.items() if one in counted and by in there))


def in_the_chair(sitting: Sitting, present: Sequence[str]) -> str | None:
    """Who chairs by the folder: the first of `chairs` that is present; None where it names none."""
    return next((one for one in sitting.chairs if one in present), None)


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
    `heard` are there without a voice, `persons` who is there for each institution, `proxies` who
    bears the voice of each that is not. `dissent` is what who does not agree has written down.
    """

    present: Sequence[str]
    sitting: str | None = None
    chair: str | None = None
    deviations: Sequence[Deviation] = ()
    orders: Sequence[VotedOrder] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    """The answers to what its decisions ask for, by reference, sheet and field."""
    heard: Sequence[str] = ()
    persons: Mapping[str, str] = field(default_factory=dict)
    proxies: Mapping[str, str] = field(default_factory=dict)
    dissent: Mapping[str, str] = field(default_factory=dict)
    opened: datetime | None = None
    closed: datetime | None = None
    place: str = ""


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
    return sorted(cases, key=lambda case: (rank_of(case), by_ref(case.ref)))


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
