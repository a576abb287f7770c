"""The arithmetic of a panel: means, ranks, places, votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from math import gcd, lcm
from operator import itemgetter
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.base.words import N_
from ptce_workflow.process.candidature import Candidature, Scores, by_ref
from ptce_workflow.process.model.sheets import Rounding, Sheet, Sitting


class Figure(Struct, frozen=True):
    """A figure of a panel: what people call it, and what the page on the format says of it.

    Units: hundredths, or a count where `counts`. A panel may rank by it where `ranks`.
    """

    label: str
    description: str
    counts: bool = False
    ranks: bool = True


FIGURES: Mapping[str, Figure] = {
    "total": Figure(
        N_("mean of the panel"),
        N_(
            "the mean of the criteria by weight, in hundredths; those on which nobody has an "
            "opinion, and those of weight 0, are left out of it, of `plain` and of `lowest`"
        ),
    ),
    "plain": Figure(N_("mean without weights"), N_("the mean of the criteria without weights")),
    "lowest": Figure(
        N_("lowest mean of a criterion"), N_("the lowest mean of a criterion, in hundredths")
    ),
    "spread": Figure(
        N_("spread between the members"), N_("how far apart the members' own means lie")
    ),
    "voices": Figure(
        N_("voices"),
        N_(
            "how many marks the criterion with fewest has, of those that are `required` and have a "
            "weight"
        ),
        counts=True,
    ),
    "answered": Figure(
        N_("members who have answered"),
        N_(
            "how many of the members that count have said something to every criterion that is "
            "`required`, that they have no opinion included"
        ),
        counts=True,
        ranks=False,
    ),
    "expected": Figure(
        N_("voices expected"), N_("how many members are asked and count"), counts=True, ranks=False
    ),
    "recused": Figure(
        N_("voices stepped aside"),
        N_("how many of those asked step aside"),
        counts=True,
        ranks=False,
    ),
    "rank": Figure(
        N_("rank"),
        N_("the rank, from the sitting on that records it; before that it is not known"),
        counts=True,
        ranks=False,
    ),
}
"""The figures that rules read beside the criteria; no criterion may be called so."""

ANSWERED = "answered"
"""The figure that is counted whenever it is asked for, and recorded nowhere."""

OPEN = frozenset({"expected", "recused"})
"""The figures that no mark is needed for: they are nobody's secret."""

RANKING = tuple(name for name, figure in FIGURES.items() if figure.ranks)
"""The figures by which a panel may rank, beside its criteria."""

RECORDED = ("rank", "tied", "vote")
"""The names recorded beside the figures of marks: the place, a vote's order in a tie."""

PLACE = ("rank", "tied")
"""The place of a candidature, among what is recorded beside its figures."""

Key = tuple[str, bool]
"""A figure that ranks, and whether the smallest comes first."""

Ratio = tuple[int, int]
"""An exact number, as numerator and denominator."""


class RankPlace(Struct, frozen=True):
    """The rank of an entry, how many share it, and the figure behind the entry before, or ""."""

    entry: str
    rank: int
    tied: int
    parted_by: str


def is_closed(name: str, case: Candidature) -> bool:
    """True for a figure (`cra.total`) of marks that are kept from whoever looks."""
    root, _dot, figure = name.partition(".")
    return root in case.closed and figure not in OPEN


def counts(figure: str) -> bool:
    return figure in FIGURES and FIGURES[figure].counts


def rounded(ratio: Ratio, rounding: Rounding = "half_up") -> int:
    """The whole number that stands for a ratio; a half goes up, to the even one, or is cut off."""
    numerator, denominator = ratio
    if rounding == "half_up":
        return (2 * numerator + denominator) // (2 * denominator)
    whole, rest = divmod(numerator, denominator)
    if rounding == "down":
        return whole
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1))


def finest_step(sheet: Sheet) -> int:
    """The smallest distance between two marks, in hundredths; half of it makes a call close."""
    return min(sheet.scales[name].step for name in sheet.criteria)


def asked_of(name: str, sheet: Sheet, case: Candidature) -> tuple[str, ...]:
    """The members whose voice counts for a candidature: those asked, less those who step aside."""
    members = assigned_to(sheet, case)
    aside = case.recused.get(name)
    return members if not aside else tuple(member for member in members if member not in aside)


def linked(name: str, case: Candidature) -> tuple[str, ...]:
    """The institutions with declared links that nobody cleared: they neither mark nor vote."""
    declared = case.declared.get(name, {})
    return tuple(institution for institution, links in declared.items() if links is True)


def with_voice(name: str, institution: str, case: Candidature, *, lifted: bool) -> Candidature:
    return case.but(recused=with_aside(case.recused, name, institution, lifted=lifted))


def with_aside(
    those: Mapping[str, tuple[str, ...]], panel: str, institution: str, *, lifted: bool
) -> dict[str, tuple[str, ...]]:
    aside = {*those.get(panel, ())} - {institution}
    if not lifted:
        aside.add(institution)
    others = {name: people for name, people in those.items() if name != panel}
    return {**others, panel: tuple(sorted(aside))} if aside else others


def assigned_to(sheet: Sheet, case: Candidature) -> tuple[str, ...]:
    name = sheet.assigned
    chosen = case.facts.get(name, case.assigned.get(name)) if name else None
    return (
        tuple(member for member in sheet.members if member in chosen) if chosen else sheet.members
    )


def figures_of(name: str, sheet: Sheet, case: Candidature) -> dict[str, int]:
    """The figures of a panel for a candidature, from the marks given so far; see `figures`."""
    members = asked_of(name, sheet, case)
    aside = len(assigned_to(sheet, case)) - len(members)
    return figures(sheet, case.scores.get(name, {}), members, aside)


def rectified_figures(name: str, sheet: Sheet, case: Candidature) -> dict[str, int]:
    """The figures of rectified marks that differ from the recorded ones."""
    recorded, own = case.panels.get(name, {}), f"{name}."
    if not recorded or not any(mark.startswith(own) and "@" in mark for mark in case.rectified):
        return {}
    anew = figures_of(name, sheet, case)
    return {figure: value for figure, value in anew.items() if recorded.get(figure) != value}


def figures(
    sheet: Sheet, scores: Scores, members: Sequence[str] | None = None, recused: int = 0
) -> dict[str, int]:
    """The figures that marks come to, counting the voices of those asked only (all members).

    Units: hundredths for `total` (by weight), `plain` (without weights), `lowest` (of the
    criteria), `spread` (between the members' own totals) and each criterion; counts for `voices`
    (the fewest marks that a criterion has), `expected` and `recused`. Each mean is rounded once.

    A criterion of weight 0 counts in none but its own; one on which nobody has an opinion neither,
    once all who gave marks have said so. While one of them has yet to answer it, and nobody has
    marked it, the others are not known.
    """
    members = sheet.members if members is None else members
    present = [scores[member] for member in members if member in scores]
    rounding, weights = sheet.rounding, sheet.weights
    instead = _of_no_opinion(sheet)
    result: dict[str, int] = {}
    means: dict[str, Ratio] = {}
    waits, counts = False, list[int]()
    for criterion in sheet.criteria:
        total = count = 0
        for marks in present:
            mark = marks.get(criterion, _ABSENT)
            number = instead.get(criterion, _ABSENT) if mark is None else mark
            if number != _ABSENT:
                total += number
                count += 1
        if count:
            result[criterion] = rounded((total, count), rounding)
        if weights[criterion] and criterion in sheet.needed:
            counts.append(count)
            waits = waits or (not count and any(criterion not in marks for marks in present))
        if weights[criterion] and count:
            means[criterion] = (total, count)
    if means and not waits:
        every = [*means.values()]
        ratio = _weighed(every, [weights[criterion] for criterion in means])
        result["total"] = rounded(ratio, rounding)
        result["plain"] = rounded(_weighed(every, [1] * len(means)), rounding)
        result["lowest"] = min(result[criterion] for criterion in means)
        result["spread"] = _spread(sheet, present, instead)
    voices = min(counts, default=0)
    return {**result, "voices": voices, "expected": len(members), "recused": recused}


def has_mean(sheet: Sheet, figures: Mapping[str, int]) -> bool:
    """True where figures hold a mean, or the panel gives no marks that could come to one."""
    return "total" in figures or not sheet.criteria


_ABSENT = -1
"""Stands for a mark not given at all, while None says that there is no opinion."""


def _of_no_opinion(sheet: Sheet) -> Mapping[str, int]:
    """The mark that counts for a member without an opinion, by criterion; none where left out."""
    if sheet.no_opinion == "left_out":
        return {}
    return {name: marks[0] for name, marks in sheet.scales.items()}


def _weighed(means: Sequence[Ratio], weights: Sequence[int]) -> Ratio:
    common = lcm(*(count for _sum, count in means))
    whole = sum(
        total * (common // count) * weight
        for (total, count), weight in zip(means, weights, strict=True)
    )
    return whole, common * sum(weights)


def has_answered(sheet: Sheet, scores: Scores, member: str) -> bool:
    """Whether a member answered every criterion, or anything where there is none."""
    return member in scores and all(criterion in scores[member] for criterion in sheet.needed)


def answered(name: str, sheet: Sheet, case: Candidature) -> int:
    scores = case.scores.get(name, {})
    return sum(
        has_answered(sheet, scores, institution) for institution in asked_of(name, sheet, case)
    )


def own_means(name: str, sheet: Sheet, case: Candidature) -> dict[str, int]:
    scores, instead = case.scores.get(name, {}), _of_no_opinion(sheet)
    means = {}
    for member in asked_of(name, sheet, case):
        own = _own(sheet, scores.get(member, {}), instead)
        if own is not None:
            means[member] = rounded(own, sheet.rounding)
    return means


def _spread(
    sheet: Sheet, sheets: Sequence[Mapping[str, int | None]], instead: Mapping[str, int]
) -> int:
    totals = [own for marks in sheets if (own := _own(sheet, marks, instead)) is not None]
    if not totals:
        return 0
    common = lcm(*(weight for _weighed, weight in totals))
    scaled = [weighed * (common // weight) for weighed, weight in totals]
    difference = max(scaled) - min(scaled)
    shared = gcd(difference, common)
    return rounded((difference // shared, common // shared), sheet.rounding)


def _own(sheet: Sheet, marks: Mapping[str, int | None], instead: Mapping[str, int]) -> Ratio | None:
    """A member's own mean, by weight; None for who left something out, or has no opinion at all."""
    weighed = weight = 0
    for criterion, own in sheet.weights.items():
        mark = marks.get(criterion, _ABSENT if criterion in sheet.needed else None)
        number = instead.get(criterion) if mark is None and criterion in marks else mark
        if number == _ABSENT and own:
            return None
        if number is not None and own:
            weighed += number * own
            weight += own
    return (weighed, weight) if weight else None


def order_keys(sheet: Sheet) -> list[Key]:
    """The figures by which a panel ranks, in turn; what a vote settled in a tie comes last."""
    orders = sorted(sheet.order.values(), key=lambda order: order.rank)
    keys = [(order.key.partition(".")[2], order.ascending) for order in orders]
    return [*(keys or [("total", False)]), ("vote", True)]


def settled(
    sheet: Sheet, entries: Mapping[str, Mapping[str, int]], votes: Mapping[str, int]
) -> list[RankPlace]:
    """The places beside recorded ones, which stay: a vote parts equal ranks, the first keeps it."""
    with_votes = {
        case: {**figures, "vote": votes[case]} if case in votes else figures
        for case, figures in entries.items()
    }
    places = ranked(with_votes, order_keys(sheet))
    ranks = {place.entry: entries[place.entry].get("rank", place.rank) for place in places}
    parted = {case: ranks[case] for case in votes if "rank" in entries.get(case, {})}
    behind = set[str]()
    for rank in set(parted.values()):
        voted = sorted((case for case in parted if parted[case] == rank), key=votes.__getitem__)
        remaining = sum(figures.get("rank") == rank for figures in entries.values()) - len(voted)
        behind.update(voted[1:])
        ranks |= {case: rank + remaining + place for place, case in enumerate(voted) if place}
    sharing = Counter(ranks.values())
    return [
        replace(
            place,
            rank=ranks[case],
            tied=sharing[ranks[case]]
            if case in parted
            else entries[case].get("tied", sharing[ranks[case]]),
            parted_by="vote" if case in behind else place.parted_by,
        )
        for place in places
        for case in [place.entry]
    ]


def with_rank(name: str, case: Candidature, rank: int, tied: int, vote: int | None) -> Candidature:
    figures = {**case.panels.get(name, {}), "rank": rank, "tied": tied}
    if vote is not None:
        figures["vote"] = vote
    return case.but(panels={**case.panels, name: figures})


def ranked(entries: Mapping[str, Mapping[str, int]], keys: Sequence[Key]) -> list[RankPlace]:
    """Ranks entries by keys, best first; without a figure come last, equal ones share a rank."""
    order = sorted(
        (
            tuple(
                (key not in values, values.get(key, 0) if ascending else -values.get(key, 0))
                for key, ascending in keys
            ),
            name,
        )
        for name, values in entries.items()
    )
    places: list[RankPlace] = []
    before: tuple[tuple[bool, int], ...] = ()
    for figures, sharing in groupby(order, key=itemgetter(0)):
        names = [name for _figures, name in sharing]
        # The first of them is behind the entry before by the first figure that differs.
        parts = zip(keys, before, figures, strict=True) if before else ()
        parted_by = next((key for (key, _up), one, other in parts if one != other), "")
        rank = len(places) + 1
        for name in names:
            places.append(RankPlace(name, rank, len(names), parted_by))
            parted_by = ""
        before = figures
    return places


def seated(sitting: Sitting, sheet: Sheet, case: Candidature) -> tuple[str, ...]:
    panel = sitting.panel
    seats = sitting.members or asked_of(panel, sheet, case)
    aside = _aside(panel, case)
    return tuple(seat for seat in seats if seat not in aside) if aside else tuple(seats)


def _aside(panel: str, case: Candidature) -> tuple[str, ...]:
    return (*case.recused.get(panel, ()), *linked(panel, case))


def stepped_aside(
    panel: str, present: Iterable[str], cases: Iterable[Candidature]
) -> tuple[str, ...]:
    """Those who are present and step aside from one of some candidatures: they do not vote."""
    aside = {member for case in cases for member in _aside(panel, case)}
    return tuple(member for member in present if member in aside)


def counting(
    seats: Iterable[str], sitting: Sitting, sheet: Sheet, cases: Iterable[Candidature]
) -> frozenset[str]:
    """The seats whose voice counts for each of some candidatures; all of them for none."""
    return frozenset(seats).intersection(*(seated(sitting, sheet, case) for case in cases))


def speaking(
    present: Iterable[str], proxies: Mapping[str, str], counted: Collection[str]
) -> tuple[str, ...]:
    """Those whose voices are heard: who is present, and whose proxy somebody present holds."""
    there = [member for member in present if member in counted]
    return (
        *there,
        *(member for member, by in proxies.items() if member in counted and by in there),
    )


def in_the_chair(sitting: Sitting, present: Sequence[str]) -> str | None:
    """Who chairs by the folder: the first of `chairs` that is present; None where it names none."""
    return next((member for member in sitting.chairs if member in present), None)


class Deviation(Struct, frozen=True):
    """A decision voted otherwise than the ranking would have it; `reason` is for the minutes."""

    ref: str
    transition: str
    reason: str
    ayes: Sequence[str] = ()
    noes: Sequence[str] = ()


class VotedOrder(Struct, frozen=True):
    refs: Sequence[str]
    reason: str
    ayes: Sequence[str] = ()
    noes: Sequence[str] = ()


class Agenda(Struct, frozen=True):
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
    reasons: Mapping[str, str] = {}
    answers: Mapping[str, Mapping[str, Mapping[str, Any]]] = {}
    """The answers to what its decisions ask for, by reference, sheet and field."""
    heard: Sequence[str] = ()
    persons: Mapping[str, str] = {}
    proxies: Mapping[str, str] = {}
    dissent: Mapping[str, str] = {}
    opened: datetime | None = None
    closed: datetime | None = None
    place: str = ""


class Ballots(Protocol):
    def in_order(self) -> list[Candidature]:
        """The candidatures as they stand now, by rank, then by reference."""

    def rank_of(self, case: Candidature) -> int:
        """The rank of a candidature in this sitting."""

    def allows(self, case: Candidature, transition: str) -> bool:
        """True where the rules would allow a decision now."""

    def attempt(self, case: Candidature, transition: str) -> bool:
        """Takes a decision if the rules allow it; whether they did."""


def by_rank(
    cases: Iterable[Candidature], rank_of: Callable[[Candidature], int]
) -> list[Candidature]:
    return sorted(cases, key=lambda case: (rank_of(case), by_ref(case.ref)))


def cut(
    decides: Sequence[str], fixed: Mapping[str, str], hand: Ballots
) -> Iterator[tuple[str, tuple[Candidature, ...]]]:
    """Tries each transition along the ranking, votes first; yields the ties that a cut divides."""
    placed: set[str] = set()

    def attempt(case: Candidature, transition: str) -> None:
        if hand.attempt(case, transition):
            placed.add(case.id)

    for transition in decides:
        for case in hand.in_order():
            if fixed.get(case.id) == transition:
                attempt(case, transition)
        rest = [case for case in hand.in_order() if case.id not in placed and case.id not in fixed]
        for _rank, sharing in groupby(rest, key=hand.rank_of):
            group = tuple(sharing)
            # Alone at its rank, a candidature has nobody to be cut from.
            tied = group if len(group) > 1 else ()
            allowed = [case for case in tied if hand.allows(case, transition)]
            for case in group:
                attempt(case, transition)
            left_out = sum(case.id not in placed for case in allowed)
            if 0 < left_out < len(group):
                yield transition, group
