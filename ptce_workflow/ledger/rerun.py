"""A meeting held once more, from the ledger alone: what its rules and votes give, in rank order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from ptce_workflow.ledger.meeting import Meeting, sitting_figures
from ptce_workflow.process.case import Case, Moment
from ptce_workflow.process.definition import Sitting
from ptce_workflow.process.process import Process, Way
from ptce_workflow.process.totals import Key, difference, totals_for


@dataclass(slots=True)
class Rerun:
    """A meeting held once more, on copies: `made` are the decisions by id, in their order.

    `fixed` are the decisions that votes have carried. A `sketch` goes on where a cut goes through
    a tie; else it stops there, and `torn` is true.
    """

    process: Process
    sitting: Sitting
    meeting: Meeting
    cases: dict[str, Case]
    counters: dict[Key, int]
    now: datetime
    roles: tuple[str, ...]
    institution: str
    fixed: Mapping[str, str]
    sketch: bool = False
    torn: bool = False
    made: dict[str, str] = field(default_factory=dict)

    def decide(self) -> Rerun:
        """Tries each transition in turn along the ranking, what votes have fixed first."""
        for transition in self.sitting.decides:
            for case in self._in_order():
                if self.fixed.get(case.id) == transition:
                    self._try(case, transition)
            left = [
                case
                for case in self._in_order()
                if case.id not in self.made and case.id not in self.fixed
            ]
            for _rank, group in groupby(left, key=self._rank):
                self._try_group(list(group), transition)
                if self.torn and not self.sketch:
                    return self
        return self

    def _try_group(self, group: Sequence[Case], transition: str) -> None:
        allowed = [case.id for case in group if self._judge(case, transition)]
        for case in group:
            self._try(case, transition)
        left_out = [id_ for id_ in allowed if id_ not in self.made]
        self.torn = self.torn or 0 < len(left_out) < len(group)

    def _try(self, case: Case, transition: str) -> None:
        if not self._judge(case, transition):
            return
        way = self.process.ways(case.state)[transition]
        after = self._moved(case, way)
        for key, by in difference(self.process, case, after).items():
            self.counters[key] = self.counters.get(key, 0) + by
        self.cases[case.id] = after
        self.made[case.id] = transition

    def _judge(self, case: Case, transition: str) -> bool:
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

    def _in_order(self) -> list[Case]:
        return sorted(
            self.cases.values(), key=lambda case: (self._rank(case), len(case.ref), case.ref)
        )

    def _rank(self, case: Case) -> int:
        return case.panels[self.sitting.panel]["rank"]
