"""A ledger judged by another process, and where the two diverge.

Marks, facts and votes are as recorded. What a candidature did after that act is judged no more:
nobody knows what would have followed. Only an act of time that would merely have come at another
hour, nothing about the candidature being recorded between the two, lets it be judged further.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, structs
from msgspec.structs import replace

from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.ledger import sitting_rules, state
from ptce_workflow.ledger.events import base as events
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.contest import ContestFactsRecorded, ProcessAdopted
from ptce_workflow.ledger.events.panel import RankRecorded, SteppedAside, figures_aside
from ptce_workflow.ledger.events.sitting import SittingClosed, SittingOpened
from ptce_workflow.ledger.events.transition import (
    Asked,
    CandidatureOpened,
    Judged,
    TransitionMade,
    TransitionRefused,
    attempt,
    moment_of,
    opening,
)
from ptce_workflow.ledger.examine import ProcessOf
from ptce_workflow.ledger.sitting_rules import RepeatedMeeting
from ptce_workflow.process.candidature import Candidature, RuleAnswer, RuleContext, Verdict, by_ref
from ptce_workflow.process.model.definition import START
from ptce_workflow.process.panel import RankPlace, with_rank
from ptce_workflow.process.process import Edge, Process


class Judgement(Struct, frozen=True):
    process: Process
    edge: Edge
    verdicts: tuple[Verdict, ...]
    case: Candidature
    moment: RuleContext


class Counterfactual:
    """The state of a contest, line after line, and its candidatures under the process `other`.

    Those that have `turned` count there where the act that turned would have left them, and stay.
    `shift` is by how much they move each total away from what is recorded, `movers` how much each
    of them does.
    """

    def __init__(self, other: Process, process_of: ProcessOf) -> None:
        self.other = other
        self.state = state.ContestState()
        self.cases: dict[str, Candidature] = {}
        self.turned: set[str] = set()
        self.shift = Counter[str]()
        self.movers: dict[str, Counter[str]] = {}
        self.decided: set[str] = set()
        self._process_of = process_of
        self._counters = Counter[state.Key]()
        self._recorded = Counter[state.Key]()
        recorded, counters = self._recorded, self._counters
        self._before = events.Past(self.state, lambda: recorded, process_of)
        self._beside = events.Past(self.state, lambda: counters, process_of)
        self._beside.case, self._beside.every_case = self.cases.get, self.cases.values
        self._held: tuple[int, sitting_rules.RepeatedMeeting | None] = (0, None)
        self._places: tuple[tuple[str, str], Mapping[str, RankPlace]] = (("", ""), {})

    def process_of(self, hash_: str) -> Process:
        """The process of a line. Raises: LookupError for one that is not archived."""
        process = self._process_of(hash_)
        if process is None:
            raise LookupError(hash_)
        return process

    def recorded(self, line: events.Entry[Any], sides: events.Sides) -> events.Context:
        return events.context_of(self._before, self.process_of(line.process), line, sides)

    def other_context(self, line: events.Entry[Any], sides: events.Sides) -> events.Context:
        return events.context_of(self._beside, self.other, line, sides)

    def by_time(self, id_: str, at: datetime) -> events.Context:
        fields = (id_, to_text(at), at, state.SCHEDULER.pseudonym, state.SCHEDULER)
        return events.Context(self._beside, self.other, *fields)

    def judged(
        self,
        ctx: events.Context,
        edge: Edge,
        case: Candidature,
        moment: RuleContext,
        answers: tuple[Verdict, ...] = (),
    ) -> Judgement:
        """A judgement, with the answers said or else those found, told who ranks better."""
        verdicts = answers or ctx.process.judge(edge, case, moment).verdicts
        seen = state.with_those_ahead(edge, case, moment, ctx.before.every_case)
        return Judgement(ctx.process, edge, verdicts, case, seen)

    # The lines.

    def take(self, line: events.Entry[Any], sides: events.Sides) -> None:
        """Takes the next line in. Raises: LookupError, ValueError."""
        data = line.data
        before = self.state.cases.get(line.case) if line.case else None
        events.apply(self.state, line, sides)
        if isinstance(data, ProcessAdopted):
            self._recorded.clear()
            adopted = self.process_of(data.to)
            self._recorded.update(state.counted(adopted, self.state.cases.values()))
        if isinstance(data, ContestFactsRecorded | ProcessAdopted):
            dropped = data.dropped if isinstance(data, ProcessAdopted) else ()
            for id_ in list(self.cases):
                contest = self.state.facts
                updated = state.with_process(self.cases[id_], {}, dropped).but(contest=contest)
                self.put(id_, updated)
        if line.case is None:
            return
        after = self.state.cases[line.case]
        self._recorded.update(state.difference(self.process_of(line.process), before, after))
        if line.case in self.turned and (before is None or before.state != after.state):
            self._shift(line.case, self.moves(after, before))

    def put(self, id_: str, after: Candidature) -> None:
        self._counters.update(state.difference(self.other, self.cases.get(id_), after))
        self.cases[id_] = after

    def turn(self, id_: str, after: Candidature | None) -> None:
        """Leaves a candidature where an act that turned has it; None: it would not be there."""
        if after is not None:
            self.put(id_, after)
        self.turned.add(id_)
        self._shift(id_, self.moves(self.state.cases.get(id_), self.cases.get(id_)))

    def _shift(self, id_: str, moved: Mapping[str, int]) -> None:
        self.shift.update(moved)
        for name, amount in moved.items():
            self.movers.setdefault(name, Counter())[id_] += amount

    def moves(self, was: Candidature | None, now: Candidature | None) -> dict[str, int]:
        """By how much the totals of the other process differ where a candidature stands now."""
        moved = Counter(self._shares(now))
        moved.subtract(self._shares(was))
        return {name: amount for name, amount in moved.items() if amount}

    def _shares(self, case: Candidature | None) -> dict[str, int]:
        """What a candidature adds to each total that is a count or a sum."""
        if case is None or case.state not in self.other.states:
            return {}
        shares = state.contributions(self.other, case)
        own = {name: amount for (name, _bucket), amount in shares.items() if name != state.STATE}
        totals = self.other.totals.items()
        counts = {name: 1 for name, one in totals if not one.is_kept and case.state in one.in_}
        least = {name for name, one in totals if one.least is not None}
        return {name: amount for name, amount in {**counts, **own}.items() if name not in least}

    # A panel that meets.

    def again(
        self, line: events.Entry[Any], sides: events.Sides, meeting: state.Meeting
    ) -> sitting_rules.RepeatedMeeting | None:
        """The other process's meeting, without those who have turned, or None."""
        if self._held[0] != meeting.n:
            try:
                ctx = self.other_context(line, sides)
                again = sitting_rules.held_again(ctx, meeting, sketch=True, without=self.turned)
            except LookupError:
                again = None
            self._held, self.decided = (meeting.n, again), set()
        return self._held[1]

    def placed(self, panel: str, at: str) -> Mapping[str, RankPlace]:
        """The places of a panel under the other process, once for all lines of an act."""
        if self._places[0] != (panel, at):
            meeting, every = self.state.sittings.meeting, self.cases.values()
            votes = {} if meeting is None else meeting.orders
            self._places = (panel, at), state.places(self.other, panel, every, votes)
        return self._places[1]


How = Literal["refused", "passed", "otherwise", "undecided", "tied", "sooner", "later", "moved"]
"""How an act turns.

It would have been refused, or would have passed, or led elsewhere; the sitting would have decided
nothing, or had to vote on a tie; time would have acted before it, or only later; or time would
have done the same at another hour, before anything else about the candidature was recorded.
"""


class Divergence(Struct, frozen=True):
    """The first act about a candidature that turns; `made` tells whether it was, as recorded.

    `case` is the candidature before it, `to` the state where it led (""), `instead` what would have
    been done (""), `leads` where the candidature would stand then ("" for one not opened).
    `recorded` and `other` are the two judgements of the transition on which it turns, `violations`
    what stands in the way beside rules, `beside` those with whom it would be tied or undecided,
    `since` those who have turned before and whom the totals that its rules read count otherwise.
    `totals` is by how much each total changes through it, `due` the hour that time has for it,
    `hour` the one that it had as recorded.
    """

    line: int
    at: datetime
    case: Candidature
    origin: str
    transition: str
    made: bool
    to: str
    how: How
    instead: str = ""
    leads: str = ""
    recorded: Judgement | None = None
    other: Judgement | None = None
    violations: tuple[events.Violation, ...] = ()
    beside: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    totals: Mapping[str, int] = {}
    due: datetime | None = None
    hour: datetime | None = None


class JudgedRanking(Struct, frozen=True):
    case: Candidature
    panel: str
    line: int
    recorded: Mapping[str, int]
    other: Mapping[str, int]


Renamed = Callable[[int, str], str]
"""The name that a state has in the end, from the line that tells of it and its name there."""
_Turning = tuple[Divergence, Candidature | None]
"""A turn, and the candidature as it would leave it; None for one that would not be there."""


class Reassessment:
    """Takes the lines in one by one, and tells the acts that turn.

    `acts` is how many were judged again.
    """

    def __init__(self, other: Process, process_of: ProcessOf, renamed: Renamed) -> None:
        self.world = Counterfactual(other, process_of)
        self.acts = 0
        self._renamed = renamed
        self._waiting: dict[str, Divergence] = {}
        self._last: dict[str, str] = {}

    def take(
        self, line: events.Entry[Any], sides: events.Sides
    ) -> Iterator[Divergence | JudgedRanking]:
        """The acts that turn at the next line, and its rank. Raises: LookupError, ValueError."""
        world, data, id_ = self.world, line.data, line.case or ""
        about = id_ if isinstance(data, events.AboutCandidature) else ""
        yield from self._come(line.at, line.n, about)
        followed = bool(id_) and id_ not in world.turned
        if isinstance(data, SittingOpened):
            yield from self._by_time(line.at, line.n)
        elif isinstance(data, SittingClosed):
            yield from map(self._turned, left_over(world, line))
        elif followed and isinstance(data, Judged):
            self.acts += 1
            for turning in self._judged(line, sides):
                yield from self._at_its_hour(turning)
        elif followed and isinstance(data, RankRecorded):
            yield from _ranked(world, line)
        elif followed:
            # What judges nothing is told to the candidature.
            if isinstance(data, SteppedAside):
                figures, ctx = {}, world.other_context(line, sides)
                if data.sheet in world.other.definition.panels:
                    figures = figures_aside(ctx, data.sheet, data.whose, lifted=data.lifted)
                data = structs.replace(data, panels=figures)
            world.put(id_, data.fold(world.cases[id_], line, sides.get(id_)))
        world.take(line, sides)
        if about:
            self._last[about] = line.at

    def finish(self) -> Iterator[Divergence]:
        """The acts of time that had come by the last line, of which no line tells."""
        until, n = self.world.state.hours.furthest, self.world.state.n
        yield from self._come(until, n)
        for id_, turn in self._waiting.items():
            yield self._turned((turn, self.world.cases[id_]))
        yield from self._by_time(until, n)

    def today(self, id_: str) -> dict[str, int]:
        """By how much a candidature that has turned changes each total as of the last line."""
        return self.world.moves(self.world.state.cases.get(id_), self.world.cases.get(id_))

    def _by_time(self, until: str, n: int) -> Iterator[Divergence]:
        for id_ in list(self.world.cases):
            yield from map(self._turned, by_time(self.world, id_, from_text(until), n))

    def _at_its_hour(self, turning: _Turning) -> Iterator[Divergence]:
        """A turn, unless it only waits for the hour that the other process has for it."""
        turn, _after = turning
        if turn.how == "moved":
            if turn.due is not None and self._last.get(turn.case.id, "") <= to_text(turn.due):
                yield turn
        elif turn.how == "later" and len(turn.violations) == 1:
            self._waiting[turn.case.id] = turn
        else:
            yield self._turned(turning)

    def _come(self, until: str, n: int, about: str = "") -> Iterator[Divergence]:
        """Those that waited: time has done the same by now, or something else is recorded before.

        `about` is the candidature of which something is recorded now.
        """
        world, at = self.world, from_text(until)
        for id_, turn in list(self._waiting.items()):
            over = turn.due is not None and turn.due < at
            if id_ in world.turned:
                del self._waiting[id_]
            elif over or id_ == about:
                del self._waiting[id_]
                found, after = next(by_time(world, id_, at, n), (turn, None))
                act = (found.origin, found.transition, found.leads)
                if over and after is not None and act == (turn.origin, turn.transition, turn.to):
                    world.put(id_, after)
                    details: dict[str, Any] = {"recorded": None, "other": None, "violations": ()}
                    yield replace(turn, how="moved", leads=turn.to, due=after.since, **details)
                else:
                    yield self._turned((turn, world.cases[id_]))

    def _judged(self, line: events.Entry[Any], sides: events.Sides) -> Iterator[_Turning]:
        """The turn of a line that judged a transition; where there is none, it is as recorded."""
        world, id_ = self.world, line.case or ""
        sooner = next(by_time(world, id_, from_text(line.at), line.n), None)
        if sooner is not None:
            yield sooner
            return
        act = JudgedLine(world, line, sides, self._renamed)
        meeting = world.state.sittings.meeting
        if meeting is not None and act.is_decided(meeting):
            yield from act.at_sitting(meeting)
        else:
            yield from act.alone()

    def _turned(self, turning: _Turning) -> Divergence:
        turn, after = turning
        world = self.world
        led = turn.case.but(state=turn.to) if turn.to else turn.case
        there = None if turn.origin == START and not turn.to else led
        since = tuple(self._since(turn))
        world.turn(turn.case.id, after)
        return replace(turn, totals=world.moves(there, after), since=since)

    def _since(self, turn: Divergence) -> Iterator[str]:
        """The references of those whom rules that answer otherwise do not count as recorded."""
        judged, world = turn.other, self.world
        if judged is None or turn.recorded is None:
            return
        recorded = {one.rule: one.answer for one in turn.recorded.verdicts}
        turned = {one.rule for one in judged.verdicts if one.answer != recorded.get(one.rule)}
        asked = judged.process.judge_of(judged.edge, judged.moment.meets).questions
        read = {name for one in asked if one.rule in turned for name in one.used}
        moving = (world.movers.get(name.removeprefix("total."), Counter()) for name in read)
        ids = {id_ for those in moving for id_, amount in those.items() if amount}
        yield from sorted((world.state.cases[id_].ref for id_ in ids), key=by_ref)


def _ranked(world: Counterfactual, line: events.Entry[Any]) -> Iterator[JudgedRanking]:
    data, id_ = line.data, line.case or ""
    if data.sheet not in world.other.definition.panels:
        return
    place, meeting = world.placed(data.sheet, line.at).get(id_), world.state.sittings.meeting
    if place is not None:
        vote = None if meeting is None else meeting.orders.get(id_)
        after = with_rank(data.sheet, world.cases[id_], place.rank, place.tied, vote)
        world.put(id_, after.but(version=line.n))
        was = world.state.cases[id_]
        figures = {**was.panels.get(data.sheet, {}), "rank": data.rank, "tied": data.tied}
        yield JudgedRanking(was, data.sheet, line.n, figures, after.panels[data.sheet])


def by_time(
    world: Counterfactual, id_: str, until: datetime, n: int, besides: str = ""
) -> Iterator[_Turning]:
    case, was = world.cases.get(id_), world.state.cases.get(id_)
    if case is None or was is None or id_ in world.turned:
        return
    due_by_key = {} if besides else world.process_of(world.state.process).due(was)
    for key, due in sorted(world.other.due(case).items(), key=lambda one: one[1]):
        at, edge = max(due, case.since), world.other.edge(case, key)
        over = due > until or (due == until and not besides) or due_by_key.get(key, until) < until
        if over or key == besides or edge is None or case.tried.get(key) == due:
            continue
        ctx = world.by_time(id_, at)
        event = attempt(ctx, case, key, None)
        if isinstance(event, TransitionMade):
            ends = (world.other.hash, n, None, "", event.kind)
            line = events.Entry(ctx.actor, ctx.at, id_, event, *ends)
            found = world.judged(ctx, edge, case, moment_of(ctx, edge, case, None))
            act = (n, at, was, event.holder, edge.name)
            after = event.fold(case, line, None)
            turn = Divergence(
                *act, False, "", "sooner", edge.name, after.state, other=found, due=due
            )
            yield turn, after
            return


def left_over(world: Counterfactual, line: events.Entry[Any]) -> Iterator[_Turning]:
    """Those of whom a meeting said nothing, and on whom it would have decided."""
    meeting = world.state.sittings.meeting
    again = None if meeting is None else world.again(line, {}, meeting)
    if again is None or not again.is_whole:
        return
    for id_, transition in again.made.items():
        was = world.state.cases.get(id_)
        if was is not None and id_ not in world.decided and id_ not in world.turned:
            case, moment = again.tried[id_, transition]
            edge = world.other.edges(case.state)[transition]
            found = world.judged(world.other_context(line, {}), edge, case, moment)
            act = (line.n, from_text(line.at), was, case.state, transition)
            turn = Divergence(*act, False, "", "passed", transition, edge.to, other=found)
            yield turn, again.cases[id_]


class JudgedLine:
    """A line that judged a transition, judged again; where it does not turn, it is taken in."""

    def __init__(
        self, world: Counterfactual, line: events.Entry[Any], sides: events.Sides, renamed: Renamed
    ) -> None:
        self.world, self.line, self.sides = world, line, sides
        self.data: Judged = line.data
        self.id, self.holder = line.case or "", self.data.holder
        self.then, self.ctx = world.recorded(line, sides), world.other_context(line, sides)
        data, to = self.data, str(getattr(line.data, "to", ""))
        self.made = not isinstance(data, TransitionRefused)
        self.opens = isinstance(data, CandidatureOpened)
        if isinstance(data, CandidatureOpened):
            self.was, self.case = data.blank(self.then), data.blank(self.ctx)
            self.key = data.transition
        else:
            assert isinstance(data, Asked)
            self.was, self.case = self.then.case, self.ctx.case
            self.key = data.key
        self.stays = None if self.opens else self.case
        self.stays_in = "" if self.opens else self.case.state
        # An answer to a request leads nowhere.
        moves = self.made and not (isinstance(data, Asked) and data.answers)
        self.to = renamed(line.n, to) if moves else ""
        self.edge = world.other.edge(self.case, self.key)

    def turn(self, how: How, **details: Any) -> Divergence:
        act = (self.line.n, self.then.now, self.was, self.holder, self.data.transition)
        return Divergence(*act, self.made, self.to, how, **details)

    def judged_then(self, name: str) -> Judgement | None:
        """A way as it was judged then; the one of the line with the answers of the line."""
        edge, ctx, data = self.then.process.edges(self.holder).get(name), self.then, self.data
        if edge is None:
            return None
        if name != data.transition:
            return self.world.judged(ctx, edge, self.was, moment_of(ctx, edge, self.was))
        moment = moment_of(ctx, edge, self.was, data.totals)
        verdicts = tuple(
            Verdict(rule, RuleAnswer(answer), data.missing.get(rule, ()))
            for rule, answer in data.verdicts.items()
        )
        return self.world.judged(ctx, edge, self.was, moment, verdicts)

    def done(self, key: str, moment: RuleContext) -> tuple[Any, Candidature | None]:
        """The event that it would have been under the other process, and what it would leave."""
        data, side = self.data, self.sides.get(self.id)
        if isinstance(data, CandidatureOpened):
            opened = opening(self.ctx, self.case, key)
            if opened is None or not opened.to:
                return opened, None
            facts = self.world.state.facts
            return opened, opened.fold(None, self.line, side).but(contest=facts)
        event = attempt(self.ctx, self.case, key, moment)
        return event, None if event is None else event.fold(self.case, self.line, side)

    # By itself.

    def alone(self) -> Iterator[_Turning]:
        if self.edge is None:
            if self.made:
                violation = clauses.NO_WAY(f"{self.case.state} → {self.key}")
                then = self.judged_then(self.data.transition)
                leads = self.stays_in
                turn = self.turn("refused", leads=leads, recorded=then, violations=(violation,))
                yield turn, self.stays
            else:
                self.world.put(self.id, self.data.fold(self.case, self.line, None))
            return
        moment, violations = self._moment(self.edge), self._violations()
        found, after = self.done(self.key, moment)
        passes = isinstance(found, TransitionMade) or bool(self.opens and found and found.to)
        passes = passes and not violations
        leads = after.state if passes and after is not None else self.stays_in
        if passes is self.made and leads == (self.to or leads):
            folded = after if passes else self.data.fold(self.case, self.line, None)
            assert folded is not None
            self.world.put(self.id, folded)
            due, hour = self._hour(self.ctx), self._hour(self.then)
            if self.made and due != hour:
                yield self.turn("moved", leads=self.to, due=due, hour=hour), folded
            return
        details: dict[str, Any] = {
            "leads": leads,
            "recorded": self.judged_then(self.data.transition),
            "other": self.world.judged(self.ctx, self.edge, self.case, moment),
            "violations": tuple(violations),
        }
        if passes:
            how: How = "otherwise" if self.made else "passed"
            yield self.turn(how, instead=self.key, **details), after
            return
        yield self._stopped(details)

    def _stopped(self, details: Mapping[str, Any]) -> _Turning:
        """The turn of an act that was made as recorded: time may have another one in its place."""
        due = self.world.other.due(self.case).get(self.key)
        if due is not None and any(one.clause is clauses.EARLY for one in details["violations"]):
            hour = self._hour(self.then)
            return self.turn("later", due=due, hour=hour, **details), self.stays
        if self.ctx.actor == state.SCHEDULER.pseudonym:
            instead = by_time(self.world, self.id, self.then.now, self.line.n, self.key)
            for turn, after in instead:
                there = {**details, "leads": turn.leads, "instead": turn.instead}
                return self.turn("otherwise", **there), after
        return self.turn("refused", **details), self.stays

    def _hour(self, ctx: events.Context) -> datetime | None:
        if self.opens or ctx.actor != state.SCHEDULER.pseudonym:
            return None
        due = ctx.process.due(ctx.case).get(self.key)
        return None if due is None else max(due, ctx.case.since)

    def _violations(self) -> list[events.Violation]:
        found = list(self.data.validate_new(self.ctx))
        expected = {one.clause for one in self.data.validate_new(self.then)} if found else set()
        # Of one that opens a candidature, the other process says nothing of its reference.
        expected |= {clauses.EXISTS, clauses.NEXT_REFERENCE}
        return [one for one in found if one.clause not in expected]

    def _moment(self, edge: Edge) -> RuleContext:
        """The moment at which it is judged.

        Of several that moved at once none did where one was refused: of a refusal the totals are
        those that its line states, moved by those who have turned.
        """
        moment = moment_of(self.ctx, edge, self.case)
        if self.made or not moment.totals:
            return moment
        own, totals = self.then.process.totals, dict(moment.totals)
        for name, total in self.data.totals.items():
            same = name in totals and own.get(name) == self.world.other.totals[name]
            if same and own[name].per is None and own[name].least is None:
                totals[name] = total + self.world.shift.get(name, 0)
        return moment.but(totals=totals)

    # At a sitting.

    def is_decided(self, meeting: state.Meeting) -> bool:
        sitting = self.then.process.definition.config.sittings.get(meeting.name)
        moves = isinstance(self.data, Asked) and not self.data.answers
        return moves and sitting is not None and self.data.transition in sitting.decides

    def at_sitting(self, meeting: state.Meeting) -> Iterator[_Turning]:
        again = self.world.again(self.line, self.sides, meeting)
        self.world.decided.add(self.id)
        if again is None or not again.is_whole or self.id not in again.cases:
            if self.made:
                yield self._undecided(again), self.case
            else:
                self.world.put(self.id, self.data.fold(self.case, self.line, None))
            return
        ties = (group for _name, group in again.torn if self.id in {one.id for one in group})
        tie = next(ties, ())
        chosen, own = again.made[self.id], self.data.transition
        if self.made and chosen == own and not tie:
            _found, after = self.done(own, again.tried[self.id, own][1])
            assert after is not None
            if after.state == self.to:
                self.world.put(self.id, after)
                return
        yield self._chosen(again, chosen, tie)

    def _undecided(self, again: RepeatedMeeting | None) -> Divergence:
        lacking: tuple[str, ...] = ()
        if again is not None:
            lacking = tuple(case.ref for id_, case in again.cases.items() if id_ not in again.made)
        recorded = self.judged_then(self.data.transition)
        other = self._tried(again, self.data.transition)
        leads = self.case.state
        return self.turn("undecided", leads=leads, recorded=recorded, other=other, beside=lacking)

    def _chosen(
        self, again: RepeatedMeeting, chosen: str, tie: tuple[Candidature, ...]
    ) -> _Turning:
        """The turn of a decision into another one, or into a tie that the cut goes through."""
        sitting, own = again.sitting, self.data.transition
        tries = list(sitting.decides)
        better = not self.made or own not in tries or tries.index(chosen) < tries.index(own)
        on = chosen if better else own
        recorded, other = self.judged_then(on), self._tried(again, on)
        details: dict[str, Any] = {"recorded": recorded, "other": other}
        if tie:
            refs = tuple(one.ref for one in tie if one.id != self.id)
            return self.turn("tied", leads=self.case.state, beside=refs, **details), self.case
        _found, after = self.done(chosen, again.tried[self.id, chosen][1])
        leads = self.world.other.edges(self.case.state)[chosen].to
        how: How = "otherwise" if self.made else "passed"
        return self.turn(how, instead=chosen, leads=leads, **details), after

    def _tried(self, again: RepeatedMeeting | None, name: str) -> Judgement | None:
        edge = self.world.other.edges(self.case.state).get(name)
        if again is None or edge is None or (self.id, name) not in again.tried:
            return None
        case, moment = again.tried[self.id, name]
        return self.world.judged(self.ctx, edge, case, moment)
