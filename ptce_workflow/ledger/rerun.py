"""A meeting held once more, from the ledger alone: what its rules and votes give, in rank order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ptce_workflow.ledger.meeting import Meeting, sitting_figures
from ptce_workflow.process.case import Case, Moment
from ptce_workflow.process.cut import by_rank, cut
from ptce_workflow.process.definition import Sitting
from ptce_workflow.process.machine import Way
from ptce_workflow.process.process import Process
from ptce_workflow.process.totals import Key, difference, totals_for


@dataclass(slots=True)
class Rerun:
    """A meeting held once more, on copies: `made` are the decisions by id, in their order.

    `ranks` are the places that it follows, by id; `fixed` the decisions that votes have carried.
    A `sketch` goes on where a cut goes through a tie; else it stops there, and `torn` is true.
    """

    process: Process
    sitting: Sitting
    meeting: Meeting
    cases: dict[str, Case]
    ranks: Mapping[str, int]
    counters: dict[Key, int]
    now: datetime
    roles: tuple[str, ...]
    institution: str
    fixed: Mapping[str, str]
    sketch: bool = False
    torn: bool = False
    made: dict[str, str] = field(default_factory=dict)

    def decide(self) -> Rerun:
        """Holds the meeting; see `process.cut`."""
        for _tie in cut(self.sitting.decides, self.fixed, self):
            self.torn = True
            if not self.sketch:
                break
        return self

    def in_order(self) -> list[Case]:
        """The candidatures as they stand now, by rank, then by reference."""
        return by_rank(self.cases.values(), self.rank_of)

    def rank_of(self, case: Case) -> int:
        """The rank of a candidature in this meeting."""
        return self.ranks[case.id]

    def attempt(self, case: Case, transition: str) -> bool:
        """Moves a copy of a candidature if the rules allow it; whether they did."""
        if not self.allows(case, transition):
            return False
        way = self.process.ways(case.state)[transition]
        after = self._moved(case, way)
        for key, by in difference(self.process, case, after).items():
            self.counters[key] = self.counters.get(key, 0) + by
        self.cases[case.id] = after
        self.made[case.id] = transition
        return True

    def allows(self, case: Case, transition: str) -> bool:
        """Whether the rules would allow a decision now."""
        way = self.process.ways(case.state).get(transition)
        if way is None:
            return False
        moment = Moment(
            self.now,
            self.roles,
            self.institution,
            totals_for(self.process, self.counters, case),
            self.now if way.transition.receives else None,
            sitting=sitting_figures(self.process, self.meeting, case, transition),
        )
        return self.process.judge(way, case, moment).to is not None

    def _moved(self, case: Case, way: Way) -> Case:
        frozen = way.transition.freezes
        panels = {frozen: self.process.scope.figures[frozen](case)} if frozen else {}
        return replace(
            case,
            state=way.to,
            since=self.now,
            entered={**case.entered, way.to: self.now},
            received_at=self.now if way.transition.receives else case.received_at,
            panels={**case.panels, **panels},
            tried={},
        )
