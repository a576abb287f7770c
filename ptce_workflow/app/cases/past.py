"""What was decided of a candidature, as the contest stood then: by whom, on what, what else."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.explain import WayTold, tell_way
from ptce_workflow.app.cases.history import Said, Step, said, steps
from ptce_workflow.app.cases.rectifications import Rectification, rectifications
from ptce_workflow.app.refusals import UNREADABLE, damaged_line
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.base.words import language
from ptce_workflow.ledger.events.base import Entry
from ptce_workflow.ledger.events.candidature import CandidatureOpened
from ptce_workflow.ledger.events.codec import read
from ptce_workflow.ledger.events.sitting import DeviationDecided
from ptce_workflow.ledger.events.transition import (
    Judged,
    TransitionMade,
    TransitionRefused,
    moment_of,
)
from ptce_workflow.ledger.state import Meeting, Vote, sitting_figures, with_those_ahead
from ptce_workflow.process.explain import RuleTold, tell_rules
from ptce_workflow.process.letters.variables import JudgedTold
from ptce_workflow.process.machine import Way
from ptce_workflow.process.onward import better_ways
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Moment, RuleAnswer, Verdict
from ptce_workflow.process.secrecy import veiled

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction


@dataclass(frozen=True, slots=True)
class SatThen:
    """The sitting that decided: the line that opened it and its hour, who sat, the vote if any.

    `instead` is the transition that the ranking would have given, where a vote `departs` from it.
    """

    name: str
    call: int
    line: int
    at: datetime
    present: tuple[str, ...]
    chair: str | None
    vote: Vote | None
    departs: bool
    instead: str | None


@dataclass(frozen=True, slots=True)
class PastMove:
    """A move of a candidature, or one that rules refused, as it was judged at its line.

    `way` has its rules with the values that they read then, `better` the ways that were closed, or
    that nobody took, where it was decided against the candidature. `ranked` is how many had a rank
    in each panel; `mended` are the answers that had been mended by then, by name.
    """

    line: int
    at: datetime
    actor: str
    roles: tuple[str, ...]
    process: Process
    case: Case
    moment: Moment
    origin: str
    made: bool
    way: WayTold
    better: tuple[WayTold, ...]
    reason: Said
    sitting: SatThen | None
    ranked: Mapping[str, int]
    mended: Mapping[str, Rectification]


@dataclass(frozen=True, slots=True)
class PastTold:
    """A candidature as it stands, and every act that was judged on its way, the first one first."""

    process: Process
    case: Case
    acts: tuple[PastMove, ...]


def past(contest: Contest, ref: str) -> PastTold:
    """Tells each move of a candidature, and each that was refused, as it was judged.

    The ledger is read from its beginning: what a rule read is what was known at that line.

    *Raises* Misuse for an unknown reference, PtceError for a line that is damaged.
    """
    with contest.looking() as act, nothing_to_collect():
        (case,) = act.load([ref])
        # What is closed to whoever looks today is not told of any earlier day.
        closed, own = act.seen(case).closed, act.actor.institution or ""
        case = veiled(case, closed, own)
        asked = (Judged, DeviationDecided)
        acts: list[PastMove] = []
        departed: tuple[int, str | None] | None = None
        for step in steps(act, case.version, contest.watch):
            if step.line.case != case.id or not isinstance(step.line.data, asked):
                continue
            meeting = step.state.sittings.meeting
            if isinstance(step.line.data, DeviationDecided):
                departed = (meeting.n if meeting else 0, step.line.data.instead)
                continue
            try:
                acts.append(_act(act, step, departed, (closed, own)))
            except UNREADABLE as error:
                raise damaged_line(step.line.n, error) from error
    return PastTold(act.process, case, tuple(acts))


@dataclass(frozen=True, slots=True)
class _Judgement:
    """A line that judged a transition: the candidature before it, as rules and as people see it.

    `meeting` is the one that decided, if any did.
    """

    way: Way
    whole: Case
    case: Case
    moment: Moment
    rules: tuple[RuleTold, ...]
    meeting: Meeting | None


def _judgement(step: Step, veil: tuple[Collection[str], str] = ((), "")) -> _Judgement:
    process, line = step.process, step.line
    data: Judged = line.data
    origin, whole = _before(step)
    way, case = process.ways(origin)[data.transition], veiled(whole, *veil)
    moment = moment_of(step.context, way, whole, data.totals)
    seen = _seen(step, way, case, moment)
    rules = rules_then(process, way, line, case, seen)
    meeting = step.state.sittings.meeting
    decides = sitting_figures(process, meeting, whole, way.name) is not None
    return _Judgement(way, whole, case, seen, rules, meeting if decides else None)


def _act(
    act: Transaction,
    step: Step,
    departed: tuple[int, str | None] | None,
    veil: tuple[Collection[str], str],
) -> PastMove:
    line, process, found = step.line, step.process, _judgement(step, veil)
    way, case, meeting = found.way, found.case, found.meeting
    made = not isinstance(line.data, TransitionRefused)
    label = way.transition.label.in_(language())
    return PastMove(
        line.n,
        from_text(line.at),
        line.actor,
        step.context.roles,
        process,
        case,
        found.moment,
        way.origin,
        made,
        WayTold(way.name, label, way.to, made, None, found.rules),
        tuple(_better(step, found)) if made else (),
        said(line, step.sides, line.case or ""),
        None if meeting is None else _sat(act, meeting, line.case or "", departed),
        {name: step.ranked(name) for name in case.panels},
        {one.name: one for one in rectifications(act.unit, act.contest, process, case)},
    )


def _before(step: Step) -> tuple[str, Case]:
    """The state that a line leaves, and the candidature as its rules saw it."""
    data = step.line.data
    if isinstance(data, CandidatureOpened):
        return data.holder, data.blank(step.context)
    assert isinstance(data, TransitionMade | TransitionRefused)
    return data.holder, step.context.case


def rules_then(
    process: Process, way: Way, line: Entry[Any], case: Case, moment: Moment
) -> tuple[RuleTold, ...]:
    """Tells the rules of a transition with the answers that a line keeps of them."""
    data = line.data.as_seen(process, case, "") if case.closed else line.data
    # What closed marks answer is left out there: it is not known here.
    verdicts = tuple(
        Verdict(name, RuleAnswer(data.verdicts.get(name, "unknown")), data.missing.get(name, ()))
        for name, rule in way.sittings.get(moment.meets, way.rules).items()
        if name in data.verdicts or not rule.goes_without_saying
    )
    return tell_rules(process, way, verdicts, case, moment)


def _better(step: Step, found: _Judgement) -> Iterator[WayTold]:
    """The ways that would have been better than the one that was made, judged at that line."""
    sitting = None if found.meeting is None else found.meeting.name
    for way in better_ways(step.process, found.way, sitting):
        moment = moment_of(step.context, way, found.whole, None)
        yield tell_way(step.process, way, found.case, _seen(step, way, found.case, moment))


def _seen(step: Step, way: Way, case: Case, moment: Moment) -> Moment:
    """The moment, told who ranked better."""
    return with_those_ahead(way, case, moment, step.state.cases.values)


class Rewound:
    """Tells how transitions were judged, line after line: the ledger is read once if they come so.

    For letters: what would have been better is told by the way that was nearest to be open.
    """

    def __init__(self, act: Transaction) -> None:
        self._act = act
        self._steps: Iterator[Step] = iter(())
        self._next = 0

    def judged(self, n: int) -> JudgedTold:
        """How the transition of a line was judged, in the language in force.

        *Raises* PtceError for a line that is damaged, or that judged nothing.
        """
        if n < self._next or not self._next:
            self._steps = steps(self._act)
        self._next = n + 1
        try:
            step = next(one for one in self._steps if one.line.n == n)
            found = _judgement(step)
            stopped, place = tuple(_stopped(step, found)), _place(step, found)
            taken = found.whole.taken_up
            was = {} if taken is None else taken.panels
            former = next((was[name] for name in found.case.panels if name in was), {})
            told = former.get("rank"), former.get("total")
            return JudgedTold(stopped, *place, *_departure(found), *told)
        except (StopIteration, *UNREADABLE) as error:
            raise damaged_line(n, error) from error


def _stopped(step: Step, found: _Judgement) -> Iterator[RuleTold]:
    """The rules that did not hold: of what `unless` asks, else of the nearest better way."""
    named = [one for rule in found.rules for one in rule.failed]
    if named:
        yield from named
        return
    ways = [
        [rule for rule in way.rules if rule.answer is not RuleAnswer.HOLDS]
        for way in _better(step, found)
    ]
    yield from min(reversed(ways), key=len, default=())


def _departure(found: _Judgement) -> tuple[bool, bool]:
    """Whether its sitting departed from the ranking by a vote, and whether it did so for it."""
    votes = {} if found.meeting is None else found.meeting.votes
    carried = {case for case, vote in votes.items() if vote.carried}
    return bool(carried), found.whole.id in carried


def _place(step: Step, found: _Judgement) -> tuple[int | None, int, int, int | None, bool]:
    """Its rank by the panel that ranks it, among how many, shared by how many; its mean; a vote."""
    process, meeting = step.process, found.meeting
    sittings = process.definition.config.sittings
    panel = next(iter(found.case.panels), "") if meeting is None else sittings[meeting.name].panel
    figures = found.case.panels.get(panel, {})
    ranked = step.ranked(panel) if figures else 0
    rank, tied = figures.get("rank"), figures.get("tied", 1)
    return rank, ranked, tied, figures.get("total"), "vote" in figures


def _sat(
    act: Transaction,
    meeting: Meeting,
    case_id: str,
    departed: tuple[int, str | None] | None,
) -> SatThen:
    departs = departed is not None and departed[0] == meeting.n
    return SatThen(
        meeting.name,
        meeting.call,
        meeting.n,
        from_text(read(act.unit.line(act.contest, meeting.n)).at),
        meeting.present,
        meeting.chair,
        meeting.votes.get(case_id),
        departs,
        departed[1] if departed and departs else None,
    )
