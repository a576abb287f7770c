"""The ranking: recorded whenever the figures of a panel are, and shown to all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptce_workflow.ledger import events
from ptce_workflow.process import panel
from ptce_workflow.process.case import Case
from ptce_workflow.process.process import Process

if TYPE_CHECKING:
    from ptce_workflow.desk.act import Act

_NO_VOTE: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidature's place, its figures (hundredths and counts), and where it stands.

    `frozen` tells whether the figures are recorded for good, or follow from the marks so far.
    """

    place: panel.Place
    case: Case
    figures: Mapping[str, int]
    frozen: bool

    @property
    def rank(self) -> int:
        """Its rank; 1 comes first."""
        return self.place.rank


def rank(process: Process, name: str, cases: Iterable[Case]) -> list[Ranked]:
    """Every candidature that has marks, best first; those that nothing parts share a rank.

    *Shape* by rank, then by reference.
    """
    sheet = process.definition.sheets[name]
    by_id = {case.id: case for case in cases if name in case.scores}
    frozen = {id_ for id_, case in by_id.items() if process.is_ranked(name, case)}
    figures = {
        id_: case.panels[name] if id_ in frozen else panel.figures_of(name, sheet, case)
        for id_, case in by_id.items()
    }
    places = panel.ranked(figures, panel.order_keys(sheet))
    ranked = [
        Ranked(place, by_id[place.entry], figures[place.entry], place.entry in frozen)
        for place in places
    ]
    return sorted(ranked, key=lambda one: (one.rank, len(one.case.ref), one.case.ref))


def record_ranks(act: Act, name: str, votes: Mapping[str, int] = _NO_VOTE) -> None:
    """Writes the rank of each candidature whose place has changed since it was last recorded.

    `votes` are the places, within their rank, that a vote gives some candidatures by id.
    """
    sheet = act.process.definition.sheets[name]
    standing = {case.id: case for case in act.every_case() if act.process.is_ranked(name, case)}
    for place in panel.places(
        sheet, {id_: one.panels[name] for id_, one in standing.items()}, votes
    ):
        figures = standing[place.entry].panels[name]
        vote = votes.get(place.entry)
        voted = vote is not None and vote != figures.get("vote")
        if voted or (figures.get("rank"), figures.get("tied")) != (place.rank, place.tied):
            data = {
                "sheet": name,
                "rank": place.rank,
                "tied": place.tied,
                "parted_by": place.parted_by or None,
                "vote": vote,
            }
            act.tell(place.entry, events.RANK_RECORDED, data, None)
