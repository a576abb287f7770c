"""The ranking: what the sitting has recorded, and until then what the figures come to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ptce_workflow.process import panel
from ptce_workflow.process.case import Case
from ptce_workflow.process.process import Process


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidature's place, its figures (hundredths and counts), and where it stands.

    `frozen` tells whether the figures are recorded for good, or follow from the marks so far;
    `recorded` whether a sitting has recorded the rank, or it moves with the figures.
    """

    place: panel.Place
    case: Case
    figures: Mapping[str, int]
    frozen: bool
    recorded: bool = False

    @property
    def rank(self) -> int:
        """Its rank; 1 comes first."""
        return self.place.rank


def rank(
    process: Process, name: str, cases: Iterable[Case], provisional: Collection[str] = ()
) -> list[Ranked]:
    """Every candidature that has marks, best first; those that nothing parts share a rank.

    `provisional` are those whose recorded rank still moves; see `ledger.meeting.Sittings`.

    *Shape* by rank, then by reference.
    """
    sheet = process.definition.sheets[name]
    by_id = {case.id: case for case in cases if name in case.scores}
    frozen = {id_ for id_, case in by_id.items() if process.is_ranked(name, case)}
    figures = {
        id_: case.panels[name] if id_ in frozen else panel.figures_of(name, sheet, case)
        for id_, case in by_id.items()
    }
    entries = {
        id_: {key: one for key, one in found.items() if key not in panel.PLACE}
        if id_ in provisional
        else found
        for id_, found in figures.items()
    }
    ranked = [
        Ranked(place, by_id[id_], figures[id_], id_ in frozen, "rank" in entries[id_])
        for place in panel.settled(sheet, entries, {})
        for id_ in [place.entry]
    ]
    return sorted(ranked, key=lambda one: (one.rank, len(one.case.ref), one.case.ref))
