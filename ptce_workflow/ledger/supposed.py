"""A contest as its lines leave it, and beside it as they would under another process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ptce_workflow.base.encoding import from_text, to_text
from ptce_workflow.ledger import conduct
from ptce_workflow.ledger.events.base import Context, Entry, Sides, apply
from ptce_workflow.ledger.events.contest import ContestFactsRecorded, ProcessAdopted
from ptce_workflow.ledger.packed import Cases
from ptce_workflow.ledger.past import Past, ProcessOf
from ptce_workflow.ledger.state import (
    SCHEDULER,
    ContestState,
    Meeting,
    places,
    with_process,
    with_those_ahead,
)
from ptce_workflow.process.machine import Way
from ptce_workflow.process.panel.figures import RankPlace
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Moment, Verdict
from ptce_workflow.process.rules.totals import STATE, Key, contributions, counted, difference


@dataclass(frozen=True, slots=True)
class Judgement:
    """A transition as a process judges it: the answers, and what its rules read."""

    process: Process
    way: Way
    verdicts: tuple[Verdict, ...]
    case: Case
    moment: Moment


class _Beside(Past):
    """The contest as the lines before left it, the candidatures as the other process has them."""

    def __init__(self, world: Supposed, counters: Mapping[Key, int], process_of: ProcessOf) -> None:
        super().__init__(world.state, counters, process_of)
        self.case, self.every_case = world.cases.get, world.cases.values


class Supposed:
    """The state of a contest, line after line, and its candidatures under the process `other`.

    Those that have `turned` count there where the act that turned would have left them, and stay.
    `shift` is by how much they move each total away from what is recorded, `movers` how much each
    of them does.
    """

    def __init__(self, other: Process, process_of: ProcessOf) -> None:
        self.other = other
        self.state = ContestState()
        self.cases = Cases()
        self.turned: set[str] = set()
        self.shift: dict[str, int] = {}
        self.movers: dict[str, dict[str, int]] = {}
        self.decided: set[str] = set()
        self._process_of = process_of
        self._counters: dict[Key, int] = {}
        self._recorded: dict[Key, int] = {}
        self._before = Past(self.state, self._recorded, process_of)
        self._beside = _Beside(self, self._counters, process_of)
        self._held: tuple[int, conduct.Again | None] = (0, None)
        self._places: tuple[tuple[str, str], Mapping[str, RankPlace]] = (("", ""), {})

    def process_of(self, hash_: str) -> Process:
        """The process of a line.

        *Raises* LookupError for one that is not archived.
        """
        process = self._process_of(hash_)
        if process is None:
            raise LookupError(hash_)
        return process

    def recorded(self, line: Entry[Any], sides: Sides) -> Context:
        """The surroundings of a line as recorded."""
        return self._of_line(self._before, self.process_of(line.process), line, sides)

    def beside(self, line: Entry[Any], sides: Sides) -> Context:
        """The surroundings of a line under the other process."""
        return self._of_line(self._beside, self.other, line, sides)

    def _of_line(self, before: Past, process: Process, line: Entry[Any], sides: Sides) -> Context:
        person, at = self.state.acting(line.actor), from_text(line.at)
        told = (line.case, line.at, at, line.actor, person, line.pd or (), sides)
        return Context(before, process, *told)

    def by_time(self, id_: str, at: datetime) -> Context:
        """The surroundings of an act of time under the other process."""
        told = (id_, to_text(at), at, SCHEDULER.pseudonym, SCHEDULER)
        return Context(self._beside, self.other, *told)

    def judged(
        self, ctx: Context, way: Way, case: Case, moment: Moment, said: tuple[Verdict, ...] = ()
    ) -> Judgement:
        """A judgement, with the answers said or else those found, told who ranks better."""
        verdicts = said or ctx.process.judge(way, case, moment).verdicts
        seen = with_those_ahead(way, case, moment, ctx.before.every_case)
        return Judgement(ctx.process, way, verdicts, case, seen)

    # The lines.

    def take(self, line: Entry[Any], sides: Sides) -> None:
        """Takes the next line in; what it does under the other process is put there by `put`.

        *Raises* LookupError or ValueError for a line that does not follow from those before it.
        """
        data = line.data
        before = self.state.cases.get(line.case) if line.case else None
        apply(self.state, line, sides)
        if isinstance(data, ProcessAdopted):
            self._recorded.clear()
            adopted = self.process_of(data.to)
            self._recorded.update(counted(adopted, self.state.cases.values()))
        if isinstance(data, ContestFactsRecorded | ProcessAdopted):
            dropped = data.dropped if isinstance(data, ProcessAdopted) else ()
            for id_ in list(self.cases):
                told = with_process(self.cases[id_], {}, dropped).but(contest=self.state.facts)
                self.put(id_, told)
        if line.case is None:
            return
        after = self.state.cases[line.case]
        _add(self._recorded, difference(self.process_of(line.process), before, after))
        if line.case in self.turned and (before is None or before.state != after.state):
            self._shift(line.case, self.moves(after, before))

    def put(self, id_: str, after: Case) -> None:
        """Has a candidature stand otherwise under the other process."""
        _add(self._counters, difference(self.other, self.cases.get(id_), after))
        self.cases[id_] = after

    def turn(self, id_: str, after: Case | None) -> None:
        """Leaves a candidature where an act that turned has it; None: it would not be there."""
        if after is not None:
            self.put(id_, after)
        self.turned.add(id_)
        self._shift(id_, self.moves(self.state.cases.get(id_), self.cases.get(id_)))

    def _shift(self, id_: str, moved: Mapping[str, int]) -> None:
        _add(self.shift, moved)
        for name, amount in moved.items():
            _add(self.movers.setdefault(name, {}), {id_: amount})

    def moves(self, was: Case | None, now: Case | None) -> dict[str, int]:
        """By how much the totals of the other process differ where a candidature stands now."""
        moved = self._shares(now)
        _add(moved, {name: -amount for name, amount in self._shares(was).items()})
        return {name: amount for name, amount in moved.items() if amount}

    def _shares(self, case: Case | None) -> dict[str, int]:
        """What a candidature adds to each total that is a count or a sum."""
        if case is None or case.state not in self.other.states:
            return {}
        kept = contributions(self.other, case)
        own = {name: amount for (name, _bucket), amount in kept.items() if name != STATE}
        totals = self.other.totals.items()
        counts = {name: 1 for name, one in totals if not one.is_kept and case.state in one.in_}
        least = {name for name, one in totals if one.least is not None}
        return {name: amount for name, amount in {**counts, **own}.items() if name not in least}

    # A panel that meets.

    def again(self, line: Entry[Any], sides: Sides, meeting: Meeting) -> conduct.Again | None:
        """The meeting under way as the other process has it; None where it has none such.

        Those who have turned are left out of it; `decided` are those of whom a line of it told.
        """
        if self._held[0] != meeting.n:
            try:
                ctx = self.beside(line, sides)
                again = conduct.held_again(ctx, meeting, sketch=True, without=self.turned)
            except LookupError:
                again = None
            self._held, self.decided = (meeting.n, again), set()
        return self._held[1]

    def placed(self, panel: str, at: str) -> Mapping[str, RankPlace]:
        """The places of a panel under the other process, once for all lines of an act."""
        if self._places[0] != (panel, at):
            meeting, every = self.state.sittings.meeting, self.cases.values()
            votes = {} if meeting is None else meeting.orders
            self._places = (panel, at), places(self.other, panel, every, votes)
        return self._places[1]


def _add(those: dict[Any, int], more: Mapping[Any, int] | Iterable[tuple[Any, int]]) -> None:
    for key, amount in dict(more).items():
        those[key] = those.get(key, 0) + amount
