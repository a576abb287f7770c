"""What was decided of a candidature, as the contest stood then: by whom, on what, what else."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.explain import WayTold, leads_onward, tell_way
from ptce_workflow.app.cases.history import Said, Then, said, stood
from ptce_workflow.app.cases.rectifications import Rectification, rectifications
from ptce_workflow.app.refusals import damaged_line, unknown_reference
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
from ptce_workflow.process.machine import Way
from ptce_workflow.process.model.definition import START
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Answer, Case, Moment, Verdict
from ptce_workflow.process.secrecy import veiled

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.store.unit import Unit


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
class Act:
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
    acts: tuple[Act, ...]


def past(contest: Contest, ref: str) -> PastTold:
    """Tells each move of a candidature, and each that was refused, as it was judged.

    The ledger is read from its beginning: what a rule read is what was known at that line.

    *Raises* Misuse for an unknown reference, PtceError for a line that is damaged.
    """
    with contest.looking() as act, nothing_to_collect():
        row = act.unit.candidature(contest.id, ref)
        if row is None:
            raise unknown_reference(act.unit, contest.id, ref)
        (case,) = act.load([ref])
        # What is closed to whoever looks today is not told of any earlier day.
        closed, own = act.seen(case).closed, act.actor.institution or ""
        case = veiled(case, closed, own)
        asked = (Judged, DeviationDecided)
        acts: list[Act] = []
        departed: tuple[int, str | None] | None = None
        for then in stood(
            contest,
            act.unit,
            lambda line: line.case == row.id and isinstance(line.data, asked),
            row.version,
        ):
            meeting = then.before.meeting
            if isinstance(then.line.data, DeviationDecided):
                departed = (meeting.n if meeting else 0, then.line.data.instead)
                continue
            try:
                acts.append(_act(act.unit, contest.id, then, departed, (closed, own)))
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise damaged_line(then.line.n, error) from error
    return PastTold(act.process, case, tuple(acts))


def _act(
    unit: Unit,
    contest: str,
    then: Then,
    departed: tuple[int, str | None] | None,
    veil: tuple[Collection[str], str],
) -> Act:
    line, process = then.line, then.process
    data: Judged = line.data
    origin, whole = _before(then)
    way, case = process.ways(origin)[data.transition], veiled(whole, *veil)
    moment = moment_of(then.context, way, whole, data.received_at, data.totals)
    seen = process.seen_at(way, case, moment)
    seen = with_those_ahead(process, way, case, seen, then.state.cases.values)
    rules = rules_then(process, way, line, case, seen)
    made = not isinstance(data, TransitionRefused)
    label = way.transition.label.in_(language())
    meeting = then.before.meeting
    decides = sitting_figures(process, meeting, case, way.name) is not None
    return Act(
        line.n,
        from_text(line.at),
        line.actor,
        then.context.roles,
        process,
        case,
        seen,
        origin,
        made,
        WayTold(way.name, label, way.to, made, None, rules),
        tuple(_better(then, way, case, whole, meeting if decides else None)) if made else (),
        said(line, then.sides, line.case or ""),
        _sat(unit, contest, meeting, line.case or "", departed) if meeting and decides else None,
        {name: then.ranked(name) for name in case.panels},
        {one.name: one for one in rectifications(unit, contest, process, case)},
    )


def _before(then: Then) -> tuple[str, Case]:
    """The state that a line leaves, and the candidature as its rules saw it."""
    data = then.line.data
    if isinstance(data, CandidatureOpened):
        return START, data.blank(then.context)
    assert isinstance(data, TransitionMade | TransitionRefused)
    return data.from_, then.context.case


def rules_then(
    process: Process, way: Way, line: Entry[Any], case: Case, moment: Moment
) -> tuple[RuleTold, ...]:
    """Tells the rules of a transition with the answers that a line keeps of them."""
    data = line.data.as_seen(process, case, "") if case.closed else line.data
    # What closed marks answer is left out there: it is not known here.
    verdicts = tuple(
        Verdict(name, Answer(data.verdicts.get(name, "unknown")), data.missing.get(name, ()))
        for name in way.rules
    )
    return tell_rules(process, way, verdicts, case, moment)


def _better(
    then: Then, made: Way, case: Case, whole: Case, meeting: Meeting | None
) -> Iterator[WayTold]:
    """The ways that would have been better than the one that was made, judged at that line."""
    process = then.process
    for way in better_ways(process, made, case.state, meeting):
        moment = moment_of(then.context, way, whole, None)
        every = then.state.cases.values
        yield tell_way(process, way, case, with_those_ahead(process, way, case, moment, every))


def better_ways(process: Process, made: Way, state: str, meeting: Meeting | None) -> Iterator[Way]:
    """The ways that would have been better for a candidature than the one that was made.

    In a sitting those that it tries before; elsewhere, of a decision against the candidature or of
    its end, those that lead it further.
    """
    ways = process.ways(state)
    if meeting is not None:
        decides = process.definition.config.sittings[meeting.name].decides
        yield from (ways[name] for name in decides[: decides.index(made.name)] if name in ways)
        return
    if not _is_against(process, made) or not leads_onward(process, state, made, timed=True):
        return
    for way in ways.values():
        if leads_onward(process, state, way) and not _is_against(process, way):
            yield way


def _is_against(process: Process, way: Way) -> bool:
    """True for a decision against a candidature, and for an end that is not in its favour."""
    decision = way.transition.decision
    return decision == "adverse" or (decision is None and process.states[way.to].ends)


def _sat(
    unit: Unit,
    contest: str,
    meeting: Meeting,
    case_id: str,
    departed: tuple[int, str | None] | None,
) -> SatThen:
    departs = departed is not None and departed[0] == meeting.n
    return SatThen(
        meeting.name,
        meeting.call,
        meeting.n,
        from_text(read(unit.line(contest, meeting.n)).at),
        meeting.present,
        meeting.chair,
        meeting.votes.get(case_id),
        departs,
        departed[1] if departed and departs else None,
    )
