"""Why a candidature may move, or may not, rule by rule; and the next step of the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from ptce_workflow.app.cases.rectifications import Rectification, rectifications
from ptce_workflow.app.preconditions import accepted_clock
from ptce_workflow.app.projections import case_of
from ptce_workflow.app.refusals import no_way_out
from ptce_workflow.base.speech import short_date
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.ledger.events.transition import owed
from ptce_workflow.ledger.state import Accepted, with_those_ahead
from ptce_workflow.process.explain import (
    RuleTold,
    Teller,
    asks_for_origin,
    asks_for_sitting,
    tell_rules,
)
from ptce_workflow.process.machine import Way
from ptce_workflow.process.model.definition import RECEIVED
from ptce_workflow.process.onward import leads_onward
from ptce_workflow.process.panel.figures import is_closed
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Moment, RuleAnswer, Verdict, is_given

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest


@dataclass(frozen=True, slots=True)
class WayTold:
    """One way out, told; `at` is when time will make it, for one that time makes.

    `owed` are the rules that hold by a clock set back and accepted, and by it alone.
    """

    name: str
    label: str
    to: str
    allowed: bool
    at: datetime | None
    rules: tuple[RuleTold, ...]
    owed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A candidature, where it stands, and every way out of there.

    `clock` is the accepted clock by which the present hour is lived a second time, if it is.
    `every` has all ways out, where one of them alone was asked about; `rectified` are the answers
    that were mended, by name.
    """

    process: Process
    case: Case
    ways: tuple[WayTold, ...]
    every: tuple[WayTold, ...]
    clock: Accepted | None = None
    rectified: Mapping[str, Rectification] = field(default_factory=dict)


def why(contest: Contest, ref: str, transition: str | None = None) -> Explanation:
    """Explains every way out of the present state, or one of them.

    *Raises* Misuse for an unknown reference or transition, PtceError for a transition that
    leaves other states.
    """
    with contest.looking() as act:
        process = act.process
        (case,) = act.load([ref])
        ways = {
            way.key: way
            for holder in (case.state, *process.pending(case))
            for way in process.ways(holder).values()
        }
        if transition is not None and transition not in ways:
            raise no_way_out(act.unit, contest.id, process, case, transition)
        moment, clock = act.moment(case), accepted_clock(act)
        whole, case = case, act.seen(case)
        mended = rectifications(act.unit, act.contest, process, case)
        seen = [(way, with_those_ahead(way, case, moment, act.every_case)) for way in ways.values()]
    due = process.due(whole)
    every = tuple(
        tell_way(process, way, case, then, at=due.get(way.key), clock=clock) for way, then in seen
    )
    chosen = tuple(told for told in every if transition in (None, told.name))
    return Explanation(process, case, chosen, every, clock, {one.name: one for one in mended})


def tell_way(
    process: Process,
    way: Way,
    case: Case,
    moment: Moment,
    *,
    at: datetime | None = None,
    clock: Accepted | None = None,
) -> WayTold:
    """Judges one transition and tells every rule of it in the reader's language."""
    outcome = process.judge(way, case, moment)
    rules = tell_rules(process, way, outcome.verdicts, case, moment)
    label = way.transition.label.in_(language())
    by_clock = () if clock is None else owed(clock, process, way, case, moment)
    return WayTold(way.key, label, way.to, outcome.to is not None, at, rules, by_clock)


def todo(contest: Contest, refs: Iterable[str]) -> dict[str, str]:
    """The next step for each candidature: an act that is possible, or what stands in its way.

    *Shape* by reference; candidatures whose matter is decided are left out.
    """
    told = {}
    with contest.looking() as act:
        process = act.process
        found = (act.unit.candidature(contest.id, ref) for ref in refs)
        known = (case_of(kept, process) for kept in found if kept is not None)
        for case in (one.but(contest=act.facts) for one in known):
            if not process.states[case.state].ends or process.pending(case):
                told[case.ref] = next_step(process, act.seen(case), act.moment(case))[0]
    return told


def next_step(process: Process, case: Case, moment: Moment) -> tuple[str, bool]:
    """The first way onward that is open, or else what the nearest one lacks; and which of both.

    A way that goes on comes before one that ends the matter, however little that one lacks: what
    ends it is proposed only where no answer is missing that might let the other go on.
    """
    if waiting := process.pending(case):
        return request_due(process, waiting[0], case, moment.now), True
    nearest: tuple[bool, int, str] | None = None
    ending, unanswered = "", False
    for way in process.ways(case.state).values():
        if not leads_onward(process, case.state, way):
            continue
        ends = process.states[way.to].ends
        outcome = process.judge(way, case, moment)
        if outcome.to is not None:
            label = way.transition.label.in_(language())
            if not ends:
                return label, True
            ending = ending or label
            continue
        standing = [one for one in outcome.verdicts if one.answer is not RuleAnswer.HOLDS]
        if all(_waits_for_sitting(one) or _waits_for_marks(one, case) for one in standing):
            decided = all(map(_waits_for_sitting, standing))
            return _("to be decided in a sitting") if decided else _("the panel is marking"), True
        count, answers, words = _obstacles(process, way, outcome.verdicts, case, moment)
        unanswered = unanswered or (answers and not ends)
        found = (ends, count, words)
        if nearest is None or found < nearest:
            nearest = found
    if ending and not unanswered:
        return ending, True
    return (nearest[2] if nearest else ""), False


NextAct = (
    tuple[Literal["answer", "convene"], str]
    | tuple[Literal["advance"], WayTold]
    | tuple[Literal["record"], list[str]]
)
"""What to do next: a request or a sitting by name, a way to take, or facts to record."""


def next_act(explanation: Explanation, now: datetime, to_call: Callable[[], str]) -> NextAct | None:
    """A way onward that is open, else what answers a question.

    A way that ends the matter is proposed only where no question of the others is left open.
    `to_call` names the sitting to call first, and is asked only where nothing is to be answered.
    """
    process, case, asked = explanation.process, explanation.case, explanation.ways
    for request in process.pending(case):
        return "answer", request
    ways = process.ways(case.state)
    onward = [one for one in explanation.every if leads_onward(process, case.state, ways[one.name])]
    ends = [one for one in onward if process.states[one.to].ends]
    on = [one for one in onward if one not in ends]
    first = [one for one in onward if one in asked]
    lacking = [
        fact
        for one in (*first, *on, *ends)
        if not one.allowed
        for rule in one.rules
        for fact in (*_worked_out_from(process, case, rule), *rule.lacking)
        if _is_open(process, case, fact, now) and fact not in ways[one.name].transition.asks
    ]
    going = [one for one in on if one in asked and _is_ready(ways[one.name], one)]
    if not lacking and (sitting := to_call()):
        return "convene", sitting
    if not going and lacking:
        return "record", lacking
    going = going or [one for one in ends if one in asked and _is_ready(ways[one.name], one)]
    return ("advance", going[0]) if going else None


def _is_ready(way: Way, told: WayTold) -> bool:
    """True for a way that is open, or that lacks no more than what it asks for in the act."""
    asks = {*way.transition.asks}
    return told.allowed or all(
        rule.answer is RuleAnswer.HOLDS
        or (
            rule.answer is RuleAnswer.UNKNOWN
            and bool(rule.missing)
            and asks.issuperset(rule.missing)
        )
        for rule in told.rules
    )


def _worked_out_from(process: Process, case: Case, rule: RuleTold) -> Iterator[str]:
    """The fields that nobody has answered yet, from which what a rule lacks is worked out."""
    for name in rule.missing:
        source = getattr(process.definition.field(name), "computed", None)
        if source is not None:
            read = process.scope.worked_out_from(source)
            yield from (one for one in read if not is_given(case, one))


def _is_open(process: Process, case: Case, fact: str, now: datetime) -> bool:
    """True where people may record a fact as it stands now, or receive a sheet."""
    if fact.startswith(f"{RECEIVED}."):
        return True
    sheet = process.definition.sheets[fact.partition(".")[0]]
    if sheet.of_contest or sheet.is_panel:
        return sheet.of_contest
    closes = process.closes(fact, case)
    opened = process.is_open(fact, case.state, process.pending(case))
    return opened and (closes is None or now <= closes)


def request_due(process: Process, request: str, case: Case, now: datetime) -> str:
    """That a request waits for its answer, and until when that is due."""
    label = process.definition.requests[request].label.in_(language())
    due = process.answer_by(request, case)
    if due is None:
        return _("to answer: {sheet}").format(sheet=label)
    told = _("to answer: {sheet}, by {date}") if now <= due else _("late: {sheet}, due on {date}")
    return told.format(sheet=label, date=short_date(due, process.zone, language()))


def _waits_for_sitting(verdict: Verdict) -> bool:
    """True when a rule cannot tell for no other reason than that nobody sits."""
    return bool(verdict.missing) and all(map(asks_for_sitting, verdict.missing))


def _waits_for_marks(verdict: Verdict, case: Case) -> bool:
    """True when a rule cannot tell since marks are closed to whoever looks."""
    return any(is_closed(name, case) for name in verdict.missing)


def _obstacles(
    process: Process, way: Way, verdicts: tuple[Verdict, ...], case: Case, moment: Moment
) -> tuple[int, bool, str]:
    """The number of things that stand in the way, whether answers alone do, and the words.

    Where time itself does, its hour is told; then rules that are broken; then what is missing.
    """
    teller = Teller(process, language())
    used = {question.rule: question.used for question in process.judge_of(way).questions}
    missing: set[str] = set()
    broken, hours = 0, set[datetime]()
    if any(verdict.answer is RuleAnswer.ERROR for verdict in verdicts):
        return 1, False, _("a rule cannot be worked out")
    for verdict in verdicts:
        if verdict.answer is RuleAnswer.HOLDS or _waits_for_sitting(verdict):
            continue
        if _waits_for_marks(verdict, case):
            continue
        hours |= _hours_ahead(process, used[verdict.rule], case, moment)
        lacking = {name for name in verdict.missing if not asks_for_origin(name)}
        lacking.update(teller.lacking(used[verdict.rule], case))
        missing |= lacking
        broken += not lacking
    if hours:
        when = short_date(max(hours), process.zone, language())
        return broken + len(missing), False, _("not before {date}").format(date=when)
    if broken:
        words = n_("{count} rule is not met", "{count} rules are not met", broken)
        return broken + len(missing), False, words.format(count=broken)
    words = n_("{count} answer is missing", "{count} answers are missing", len(missing))
    return len(missing), bool(missing), words.format(count=len(missing))


def _hours_ahead(
    process: Process, used: tuple[str, ...], case: Case, moment: Moment
) -> set[datetime]:
    """The dates ahead that a rule waits for; none for a rule that looks at anything but time."""
    if any(name != "now" and not name.startswith("date.") for name in used):
        return set()
    values = process.scope.values(used, case, moment)
    dates = (value for name, value in values.items() if name != "now")
    return {at for at in dates if at > moment.now}
