"""Why a candidature may or may not move: today, at an earlier line, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from ptce_workflow.app.candidatures import history
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.preconditions import accepted_clock
from ptce_workflow.app.refusals import UNREADABLE, damaged_line, no_way_out
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.base.words import _, language, n_, short_date
from ptce_workflow.ledger.events.base import Entry, read
from ptce_workflow.ledger.events.contest import ProcessAdopted
from ptce_workflow.ledger.events.sitting import DeviationDecided
from ptce_workflow.ledger.events.transition import (
    CandidatureOpened,
    Judged,
    TransitionRefused,
    effective_at,
    moment_of,
    owed,
    unanswered,
)
from ptce_workflow.ledger.line import digest
from ptce_workflow.ledger.state import Accepted, Meeting, Vote, sitting_figures, with_those_ahead
from ptce_workflow.process import explain
from ptce_workflow.process.calendar import parse_instant
from ptce_workflow.process.candidature import (
    Candidature,
    RuleAnswer,
    RuleContext,
    Verdict,
    is_given,
)
from ptce_workflow.process.dates import decision
from ptce_workflow.process.model.definition import RECEIVED, TIME
from ptce_workflow.process.panel import answered, asked_of, is_closed, stepped_aside
from ptce_workflow.process.process import Edge, Process, sheet_label
from ptce_workflow.process.visibility import veiled

if TYPE_CHECKING:
    from ptce_workflow.process.letters.variables import JudgedView


def better_ways(process: Process, taken: Edge, sitting: str | None = None) -> Iterator[Edge]:
    """The ways that would have been better for a candidature than the one that was made.

    Where a sitting decides, those that it tries before; elsewhere, instead of a decision against
    the candidature or of its end, those that lead it further; to take back what a decision gave,
    only another decision would have been better.
    """
    state, edges = taken.origin, process.edges(taken.origin)
    if sitting is not None:
        decides = process.definition.config.sittings[sitting].decides
        before = decides[: decides.index(taken.name)] if taken.name in decides else ()
        yield from (edges[name] for name in before if name in edges)
        return
    if not _is_against(process, taken) or not process.leads_onward(state, taken, timed=True):
        return
    transitions = process.definition.every_transition()
    given = any(one.to == state and one.decision == "favourable" for one in transitions)
    for edge in edges.values():
        onward = process.leads_onward(state, edge) and not _is_against(process, edge)
        if onward and (edge.transition.decision or not given):
            yield edge


def _is_against(process: Process, edge: Edge) -> bool:
    """True for a decision against a candidature, and for an end that is not in its favour."""
    ends = edge.moves and process.states[edge.to].ends
    return edge.transition.is_contestable or (edge.transition.decision is None and ends)


class EdgeView(Struct, frozen=True):
    """One way out, told; `at` is when time will make it, for one that time makes.

    `owed` are the rules that hold by a clock set back and accepted, and by it alone; `asks` is what
    alone a way lacks that asks for it in the act; `timed` is one that only time makes.
    """

    name: str
    label: str
    to: str
    allowed: bool
    at: datetime | None
    rules: tuple[explain.ExplainedRule, ...]
    owed: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    timed: bool = False


class Explanation(Struct, frozen=True):
    """A candidature, where it stands, and every way out of there.

    `clock` is the accepted clock by which the present hour is lived a second time, if it is.
    `every` has all ways out, where one of them alone was asked about; `rectified` are the answers
    that were mended, by name.
    """

    process: Process
    case: Candidature
    edges: tuple[EdgeView, ...]
    every: tuple[EdgeView, ...]
    clock: Accepted | None = None
    rectified: Mapping[str, history.Rectification] = field(default_factory=dict)


def why(contest: Contest, ref: str, transition: str | None = None) -> Explanation:
    """Explains every way out of the present state, or one. Raises: Misuse, PtceError."""
    with contest.looking() as tx:
        process = tx.process
        (case,) = tx.load([ref])
        edges = {
            edge.key: edge
            for holder in (case.state, *process.pending(case))
            for edge in process.edges(holder).values()
        }
        if transition is not None and transition not in edges:
            raise no_way_out(tx.unit, contest.id, process, case, transition)
        moment, clock = tx.moment(case), accepted_clock(tx)
        whole, case = case, tx.seen(case)
        mended = history.rectifications(tx.unit, tx.contest, process, case)
        meets = [sitting_for(process, one, case, tx.now) for one in edges.values()]
        ahead = [
            with_those_ahead(one, case, moment.but(meets=name), tx.every_case)
            for one, name in zip(edges.values(), meets, strict=True)
        ]
    due = process.due(whole)
    every = tuple(
        tell_way(process, edge, case, then, at=due.get(edge.key), clock=clock)
        for edge, then in zip(edges.values(), ahead, strict=True)
    )
    chosen = tuple(view for view in every if transition in (None, view.name))
    return Explanation(process, case, chosen, every, clock, {one.name: one for one in mended})


def tell_way(
    process: Process,
    edge: Edge,
    case: Candidature,
    moment: RuleContext,
    *,
    at: datetime | None = None,
    clock: Accepted | None = None,
) -> EdgeView:
    outcome = process.judge(edge, case, moment)
    rules = explain.explain_rules(process, edge, outcome.verdicts, case, moment)
    label = edge.transition.label.text
    by_clock = () if clock is None else owed(clock, process, edge, case, moment)
    allowed, timed = outcome.to is not None, edge.roles == (TIME,)
    asks = () if allowed or not _is_ready(edge, rules) else unanswered(edge, case)
    return EdgeView(edge.key, label, edge.to, allowed, at, rules, by_clock, asks, timed)


class Awaited(Struct, frozen=True):
    """Whom a candidature waits for, for what in words, and until when; of `time`, from when.

    `does` is what the desk types after `ptce` to do it.
    """

    who: Literal["desk", "jury", "applicant", "time"]
    what: str
    until: datetime | None = None
    does: str = ""

    def text(self, process: Process, now: datetime) -> str:
        """All of it in words: `marks: 1 institution of 6, by 2 Apr`."""
        if self.until is None:
            return self.what
        form = _("{date}: {what}") if self.who == "time" else _("{what}, {date}")
        return form.format(what=self.what, date=self.term(process, now))

    def term(self, process: Process, now: datetime) -> str:
        """Until when, as `by 2 Apr` or `late since 2 Apr`; of `time`, the day; or empty."""
        if self.until is None:
            return ""
        form = _("by {date}") if now <= self.until else _("late since {date}")
        form = "{date}" if self.who == "time" else form
        return form.format(date=short_date(self.until, process.zone, language()))


def awaited(process: Process, case: Candidature, moment: RuleContext) -> Awaited | None:
    """Whom a candidature waits for; None where the matter is settled.

    A way that goes on comes before one that ends the matter, however little that one lacks.
    """
    if waiting := process.pending(case):
        return request_awaited(process, waiting[0], case)
    if process.states[case.state].ends:
        return None
    for edge in process.edges(case.state).values():
        if edge.decided and process.leads_onward(case.state, edge):
            lacks = _lacks(process, edge, case, moment)
            if lacks.sitting and not (lacks.names or lacks.panels or lacks.broken):
                at = max(lacks.hours, default=None)
                who: Literal["jury", "desk"] = "jury" if at else "desk"
                return Awaited(who, _("to be decided in a sitting"), at, "jury rank")
    ways = [(edge, _lacks(process, edge, case, moment)) for edge in process.ways_onward(case.state)]
    if not ways:
        return _otherwise(process, case, moment)
    edge, lacks = min(ways, key=lambda way: (process.states[way[0].to].ends, way[1].count))
    if not lacks.count:
        return _completion(process, edge, case) or _to_take(process, edge, case)
    return _obstacle(process, edge, lacks, case, moment)


def _to_take(process: Process, edge: Edge, case: Candidature) -> Awaited:
    """That the desk takes a way that is open; of one that ends the matter it reads why first."""
    does = "why {ref}" if process.states[edge.to].ends else "advance {ref} {way}"
    at, does = process.due(case).get(edge.key), does.format(ref=case.ref, way=edge.name)
    return Awaited("desk", edge.transition.label.text, at, does)


class _Lacks(Struct):
    """What stands between a candidature and a way, but for what is answered in the act itself.

    `hours` are still to come, `panels` still mark, `names` are to be answered or received, `broken`
    names the rules that none of these would mend.
    """

    hours: set[datetime] = field(default_factory=set)
    panels: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    sitting: bool = False
    error: bool = False

    @property
    def count(self) -> int:
        waits = len(self.hours) + len(self.panels) + len(self.names)
        return waits + len(self.broken) + self.sitting + self.error


def _lacks(process: Process, edge: Edge, case: Candidature, moment: RuleContext) -> _Lacks:
    moment = moment.but(meets=sitting_for(process, edge, case, moment.now))
    lacks, teller = _Lacks(), explain.Teller(process, language())
    used = {one.rule: one.used for one in process.judge_of(edge, moment.meets).questions}
    for verdict in process.judge(edge, case, moment).verdicts:
        if verdict.answer is RuleAnswer.HOLDS:
            continue
        if verdict.missing and all(map(explain.asks_for_sitting, verdict.missing)):
            lacks.sitting = True
            continue
        read, missing = used[verdict.rule], verdict.missing
        dates = tuple(name for name in read if name.startswith("date."))
        hours = process.scope.values(dates, case, moment).values()
        ahead = {at for at in hours if at > moment.now}
        panels = {name.partition(".")[0] for name in (*read, *missing)}
        marking = {one for one in panels if _still_mark(process, one, case)}
        names = {name for name in missing if not explain.asks_for_origin(name)}
        names = {one for one in names if _sheet_of(one) not in process.definition.panels}
        names = names.union(teller.lacking(read, case)).difference(edge.transition.asks)
        on_dates = all(name == "now" or name in dates for name in read)
        lacks.panels |= marking
        lacks.names |= names
        lacks.hours |= ahead if on_dates or marking else set()
        lacks.error |= verdict.answer is RuleAnswer.ERROR
        asked = edge.transition.asks and {*missing}.issubset(edge.transition.asks)
        mended = marking or names or (on_dates and ahead) or (missing and asked)
        lacks.broken += [] if mended else [verdict.rule]
    return lacks


def _still_mark(process: Process, panel: str, case: Candidature) -> bool:
    sheet = process.definition.sheets.get(panel)
    if sheet is None or not sheet.is_panel or panel in case.panels:
        return False
    asked = len(asked_of(panel, sheet, case))
    return process.is_open(panel, case.state) and answered(panel, sheet, case) < asked


def sitting_for(process: Process, edge: Edge, case: Candidature, now: datetime) -> str:
    """Of the sittings that decide a way, the next one for a candidature, else the last; or ""."""
    sittings = process.definition.config.sittings
    names = [name for name in edge.sittings if process.is_before(sittings[name], case, now)]
    dated = [name for name in names if sittings[name].date]
    hours = ((process.dates.of(sittings[name].date, case), name) for name in dated)
    ahead = [(at, name) for at, name in hours if at is not None and at >= now]
    return min(ahead)[1] if ahead else next(reversed(names), "")


def _obstacle(
    process: Process, edge: Edge, lacks: _Lacks, case: Candidature, moment: RuleContext
) -> Awaited:
    """What the nearest way onward waits for first."""
    if lacks.error:
        return Awaited("desk", _("a rule cannot be worked out"))
    sheets, now = process.definition.sheets, moment.now
    outside = sorted(name for name in lacks.names if sheets[_sheet_of(name)].has_form)
    over = [name for name in outside if not _is_open(process, case, name, now)]
    if lacks.broken or over:
        text = n_("{count} rule is not met", "{count} rules are not met", lacks.count)
        other, rule = _otherwise(process, case, moment), ""
        if lacks.count == 1 and lacks.broken:
            teller, text = explain.Teller(process, language()), _("not met: {rule}")
            rule = teller.says(edge.rules[lacks.broken[0]], case, moment)
        return other or Awaited("desk", text.format(count=lacks.count, rule=rule))
    if outside:
        return _answers_awaited(process, _sheet_of(outside[0]), case)
    form = _form_awaited(process, case)
    if form is not None and (form.until is None or now <= form.until):
        return form
    if lacks.panels:
        return _marks_awaited(process, min(lacks.panels), min(lacks.hours, default=None), case)
    if lacks.hours:
        otherwise = _otherwise(process, case, moment, timed=False)
        return otherwise or Awaited("time", edge.transition.label.text, max(lacks.hours))
    sheet, count = _sheet_of(min(lacks.names)), len(lacks.names)
    what = edge.transition.next or sheets[sheet].label
    text = n_("{what} ({count} answer of the desk)", "{what} ({count} answers of the desk)", count)
    does = f"record {case.ref} {sheet} --edit"
    return Awaited("desk", text.format(what=what, count=count), does=does)


def _otherwise(
    process: Process, case: Candidature, moment: RuleContext, *, timed: bool = True
) -> Awaited | None:
    """What is left where no way leads on: a decision of the desk that is open, else an hour."""
    shown = process.ways_onward(case.state)
    for edge in process.edges(case.state).values():
        by_desk = process.leads_onward(case.state, edge) and not edge.decided
        if by_desk and process.judge(edge, case, moment).to is not None:
            if edge in shown:
                return _to_take(process, edge, case)
            form = _form_awaited(process, case)
            return replace(form, who="desk") if form else Awaited("desk", _("to be decided"))
    for key, at in sorted(process.due(case).items(), key=itemgetter(1)) if timed else ():
        way = process.edge(case, key)
        if way is not None and process.judge(way, case, moment).to is not None:
            return Awaited("time", way.transition.label.text, at)
    return None


def request_awaited(process: Process, request: str, case: Candidature) -> Awaited:
    sheet = process.definition.requests[request].label.text
    what = _("to answer: {sheet}").format(sheet=sheet)
    return Awaited("desk", what, process.answer_by(request, case), f"answer {case.ref}")


def _marks_awaited(
    process: Process, panel: str, until: datetime | None, case: Candidature
) -> Awaited:
    sheet, text = process.definition.sheets[panel], _("the panel is marking")
    if not is_closed(f"{panel}.total", case):
        done, asked = answered(panel, sheet, case), len(asked_of(panel, sheet, case))
        text = n_("marks: {count} institution of {of}", "marks: {count} institutions of {of}", done)
        text = text.format(count=done, of=asked)
    return Awaited("jury", text, until)


def _answers_awaited(process: Process, sheet: str, case: Candidature) -> Awaited:
    """What somebody outside is to send in: a sheet, or the answers that it lacks."""
    own = process.definition.sheets[sheet]
    missing = [name for name in own.required(sheet) if not is_given(case, name)]
    text = n_("{sheet}: answer awaited", "{sheet}: {count} answers awaited", len(missing))
    text = text if missing else _("awaited: {sheet}")
    ends = [process.closes(name, case) for name in missing or (sheet,)]
    due = None if own.due is None else process.dates.resolve(parse_instant(own.due), case)
    until = due or min((at for at in ends if at is not None), default=None)
    return Awaited("applicant", text.format(sheet=own.label, count=len(missing)), until)


def _completion(process: Process, edge: Edge, case: Candidature) -> Awaited | None:
    """What is awaited of a candidature that was sent back, until something of it has arrived."""
    sheet = process.definition.contact_sheet
    sent_back = edge.to in case.entered and process.is_open(sheet, case.state)
    if not sent_back or max(case.received.get(sheet, ()), default=case.since) > case.since:
        return None
    what = _("completion awaited: {sheet}").format(sheet=sheet_label(process, sheet))
    return Awaited("applicant", what, process.closes(sheet, case))


def _form_awaited(process: Process, case: Candidature) -> Awaited | None:
    """The open sheet with a term of its own that somebody outside has not answered."""
    for name, sheet in process.definition.sheets.items():
        asked = sheet.has_form and sheet.due is not None and process.is_open(name, case.state)
        if asked and not all(is_given(case, one) for one in sheet.required(name)):
            return _answers_awaited(process, name, case)
    return None


def _sheet_of(name: str) -> str:
    return name.removeprefix(f"{RECEIVED}.").partition(".")[0]


NextAct = (
    tuple[Literal["answer", "convene"], str]
    | tuple[Literal["advance"], EdgeView]
    | tuple[Literal["record"], list[str]]
)
"""What to do next: a request or a sitting by name, a way to take, or facts to record."""


def next_act(explanation: Explanation, now: datetime, to_call: Callable[[], str]) -> NextAct | None:
    """A way onward that is open, else what answers a question.

    A way that ends the matter is proposed only where no question of the others is left open.
    `to_call` names the sitting to call first, and is asked only where nothing is to be answered.
    """
    process, case, asked = explanation.process, explanation.case, explanation.edges
    for request in process.pending(case):
        return "answer", request
    state, edges = case.state, process.edges(case.state)
    proposed = {edge.name for edge in process.ways_onward(state)}
    onward = [one for one in explanation.every if one.name in proposed]
    ends = [one for one in onward if process.states[one.to].ends]
    on = [one for one in onward if one not in ends]
    first = [one for one in onward if one in asked]
    lacking = [
        fact
        for one in (*first, *on, *ends)
        if not one.allowed
        for rule in one.rules
        for fact in (*_worked_out_from(process, case, rule), *rule.lacking)
        if _is_open(process, case, fact, now) and fact not in edges[one.name].transition.asks
    ]
    going = [one for one in on if one in asked and (one.allowed or one.asks)]
    if not lacking and (sitting := to_call()):
        return "convene", sitting
    if not going and lacking:
        return "record", lacking
    going = going or [one for one in ends if one in asked and (one.allowed or one.asks)]
    return ("advance", going[0]) if going else None


def _is_ready(edge: Edge, rules: Iterable[explain.ExplainedRule]) -> bool:
    """True for a way that lacks no more than what it asks for in the act."""
    asks = {*edge.transition.asks}
    return all(
        rule.answer is RuleAnswer.HOLDS
        or (
            rule.answer is RuleAnswer.UNKNOWN
            and bool(rule.missing)
            and asks.issuperset(rule.missing)
        )
        for rule in rules
    )


def _worked_out_from(
    process: Process, case: Candidature, rule: explain.ExplainedRule
) -> Iterator[str]:
    """The fields that nobody has answered yet, from which what a rule lacks is worked out."""
    for name in rule.missing:
        source = getattr(process.definition.field(name), "computed", None)
        if source is not None:
            read = process.scope.worked_out_from(source)
            yield from (one for one in read if not is_given(case, one))


def _is_open(process: Process, case: Candidature, fact: str, now: datetime) -> bool:
    """True where people may record a fact as it stands now, or receive a sheet."""
    if fact.startswith(f"{RECEIVED}."):
        return True
    sheet = process.definition.sheets[fact.partition(".")[0]]
    if sheet.of_contest or sheet.is_panel:
        return sheet.of_contest
    closes = process.closes(fact, case)
    opened = process.is_open(fact, case.state, process.pending(case))
    return opened and (closes is None or now <= closes)


class SatThen(Struct, frozen=True):
    """The sitting that decided: the line that opened it and its hour, who sat, the vote if any.

    `instead` is the transition that the ranking would have given, where a vote `departs` from it.
    """

    name: str
    call: int
    line: int
    at: datetime
    present: tuple[str, ...]
    aside: tuple[str, ...]
    chair: str | None
    vote: Vote | None
    departs: bool
    instead: str | None


class PastMove(Struct, frozen=True):
    """A move of a candidature, or one that rules refused, as it was judged at its line.

    `edge` has its rules with the values that they read then, `better` the ways that were closed, or
    that nobody took, where it was decided against the candidature. `ranked` is how many had a rank
    in each panel; `mended` are the answers that had been mended by then, by name. `at` is since
    when it counts, `entered` when the line was written.
    """

    line: int
    at: datetime
    entered: datetime
    actor: str
    roles: tuple[str, ...]
    process: Process
    case: Candidature
    moment: RuleContext
    origin: str
    made: bool
    edge: EdgeView
    better: tuple[EdgeView, ...]
    reason: history.RecordedWords
    sitting: SatThen | None
    ranked: Mapping[str, int]
    mended: Mapping[str, history.Rectification]


class PastView(Struct, frozen=True):
    process: Process
    case: Candidature
    acts: tuple[PastMove, ...]


def past(contest: Contest, ref: str) -> PastView:
    """Tells each move, and refusal, as it was judged then. Raises: Misuse, PtceError."""
    with contest.looking() as tx, nothing_to_collect():
        (case,) = tx.load([ref])
        # What is closed to whoever looks today is not told of any earlier day.
        closed, own = tx.seen(case).closed, tx.actor.institution or ""
        acts = PastActs(tx, lambda whole: veiled(whole, closed, own))
        lines = history.steps(tx, case.version, contest.watch)
        told = [acts.of(step) for step in lines if step.line.case == case.id]
    return PastView(tx.process, veiled(case, closed, own), tuple(filter(None, told)))


class Ruling(Struct, frozen=True):
    """The decision that stands on a candidature, the hash of its line, and since when its rules."""

    act: PastMove
    hash: str
    adopted: datetime


def ruling(tx: Transaction, case: Candidature) -> Ruling | None:
    """The decision, or what a sitting has made of it where the folder calls nothing a decision."""
    decided, found = decision(tx.process.definition, case), None
    at_line = case.version if decided is None else decided.n
    closed, own = tx.seen(case).closed, tx.actor.institution or ""
    acts = PastActs(tx, lambda whole: veiled(whole, closed, own))
    with nothing_to_collect():
        for step in history.steps(tx, at_line):
            line = step.line
            if line.n == 1 or isinstance(line.data, ProcessAdopted):
                adopted = from_text(line.at)
            sits = decided is None and step.state.sittings.meeting is not None
            departs = isinstance(line.data, DeviationDecided)
            if line.case == case.id and (sits or line.n == at_line or departs):
                act = acts.of(step)
                if act is not None and act.made and (decided or act.sitting):
                    found = Ruling(act, digest(step.content), adopted)
    return found


class PastActs:
    """Tells how acts were judged, as the lines of the ledger are gone through in their order.

    `seen` gives a candidature as whoever is told may see it.
    """

    def __init__(self, tx: Transaction, seen: Callable[[Candidature], Candidature]) -> None:
        self._act, self._seen = tx, seen
        self._departed: dict[str, tuple[int, str | None]] = {}

    def of(self, step: history.Step) -> PastMove | None:
        """The act of a line that is not taken yet; None for one of no act. Raises: PtceError."""
        event, case_id = step.line.data, step.line.case or ""
        if isinstance(event, DeviationDecided):
            meeting = step.state.sittings.meeting
            self._departed[case_id] = meeting.n if meeting else 0, event.instead
        if not isinstance(event, Judged):
            return None
        try:
            return self._told(step)
        except UNREADABLE as error:
            raise damaged_line(step.line.n, error) from error

    def _told(self, step: history.Step) -> PastMove:
        tx, line, process = self._act, step.line, step.process
        judgement, departed = _judgement(step, self._seen), self._departed.get(line.case or "")
        edge, case, meeting = judgement.edge, judgement.case, judgement.meeting
        is_made = not isinstance(line.data, TransitionRefused)
        label = edge.transition.label.text
        return PastMove(
            line.n,
            effective_at(line),
            from_text(line.at),
            line.actor,
            step.context.roles,
            process,
            case,
            judgement.moment,
            edge.origin,
            is_made,
            EdgeView(edge.name, label, edge.to, is_made, None, judgement.rules),
            tuple(_better(step, judgement)) if is_made else (),
            history.recorded_words(line, step.sides, line.case or ""),
            None if meeting is None else _sat(tx, process, meeting, judgement.whole, departed),
            {name: step.ranked(name) for name in case.panels},
            {one.name: one for one in history.rectifications(tx.unit, tx.contest, process, case)},
        )


class _Judgement(Struct, frozen=True):
    """A line that judged a transition: the candidature before it, as rules and as people see it.

    `meeting` is the one that decided, if any did.
    """

    edge: Edge
    whole: Candidature
    case: Candidature
    moment: RuleContext
    rules: tuple[explain.ExplainedRule, ...]
    meeting: Meeting | None


def _judgement(
    step: history.Step, shown: Callable[[Candidature], Candidature] = lambda case: case
) -> _Judgement:
    process, line = step.process, step.line
    data: Judged = line.data
    whole = data.blank(step.context) if isinstance(data, CandidatureOpened) else step.context.case
    edge, case = process.edges(data.holder)[data.transition], shown(whole)
    moment = moment_of(step.context, edge, whole, data.totals)
    seen = _seen(step, edge, case, moment)
    rules = rules_then(process, edge, line, case, seen)
    meeting = step.state.sittings.meeting
    decides = sitting_figures(process, meeting, whole, edge.name) is not None
    return _Judgement(edge, whole, case, seen, rules, meeting if decides else None)


def rules_then(
    process: Process, edge: Edge, line: Entry[Any], case: Candidature, moment: RuleContext
) -> tuple[explain.ExplainedRule, ...]:
    """Tells the rules of a transition with the answers that a line keeps of them."""
    data = line.data.as_seen(process, case, "") if case.closed else line.data
    # What closed marks answer is left out there: it is not known here.
    verdicts = tuple(
        Verdict(name, RuleAnswer(data.verdicts.get(name, "unknown")), data.missing.get(name, ()))
        for name, rule in edge.sittings.get(moment.meets, edge.rules).items()
        if name in data.verdicts or not rule.goes_without_saying
    )
    return explain.explain_rules(process, edge, verdicts, case, moment)


def _better(step: history.Step, judgement: _Judgement) -> Iterator[EdgeView]:
    """The ways that would have been better than the one that was made, judged at that line."""
    sitting = None if judgement.meeting is None else judgement.meeting.name
    for edge in better_ways(step.process, judgement.edge, sitting):
        moment = moment_of(step.context, edge, judgement.whole, None)
        seen = _seen(step, edge, judgement.case, moment)
        yield tell_way(step.process, edge, judgement.case, seen)


def _seen(step: history.Step, edge: Edge, case: Candidature, moment: RuleContext) -> RuleContext:
    return with_those_ahead(edge, case, moment, step.state.cases.values)


class Rewound:
    """Tells how transitions were judged, line after line: the ledger is read once if they come so.

    For letters: what would have been better is told by the way that was nearest to be open.
    """

    def __init__(self, tx: Transaction) -> None:
        self._act = tx
        self._steps: Iterator[history.Step] = iter(())
        self._next = 0

    def judged(self, n: int) -> JudgedView:
        """How the transition of a line was judged. Raises: PtceError."""
        from ptce_workflow.process.letters.variables import JudgedView

        if n < self._next or not self._next:
            self._steps = history.steps(self._act)
        self._next = n + 1
        try:
            step = next(one for one in self._steps if one.line.n == n)
            judgement = _judgement(step)
            better = tuple(_better(step, judgement))
            stopped, place = tuple(stopping(judgement.rules, better)), _place(step, judgement)
            taken = judgement.whole.taken_up
            was = {} if taken is None else taken.panels
            former = next((was[name] for name in judgement.case.panels if name in was), {})
            standing = former.get("rank"), former.get("total")
            votes = {} if judgement.meeting is None else judgement.meeting.votes
            carried = {case for case, vote in votes.items() if vote.carried}
            by_vote = bool(carried), judgement.whole.id in carried
            return JudgedView(stopped, *place, *by_vote, *standing)
        except (StopIteration, *UNREADABLE) as error:
            raise damaged_line(n, error) from error


def stopping(
    rules: Sequence[explain.ExplainedRule], better: Sequence[EdgeView]
) -> Sequence[explain.ExplainedRule]:
    """The rules that did not hold: of what `unless` asks, else of the nearest better way."""
    named = [one for rule in rules for one in rule.failed]
    ways = ([one for one in way.rules if one.answer is not RuleAnswer.HOLDS] for way in better)
    return named or min(reversed([*ways]), key=len, default=())


def _place(
    step: history.Step, judgement: _Judgement
) -> tuple[int | None, int, int, int | None, bool]:
    """Its rank by the panel that ranks it, among how many, shared by how many; its mean; a vote."""
    process, meeting = step.process, judgement.meeting
    panel = next(iter(judgement.case.panels), "")
    if meeting is not None:
        panel = process.definition.config.sittings[meeting.name].panel
    figures = judgement.case.panels.get(panel, {})
    ranked = step.ranked(panel) if figures else 0
    rank, tied = figures.get("rank"), figures.get("tied", 1)
    return rank, ranked, tied, figures.get("total"), "vote" in figures


def _sat(
    tx: Transaction,
    process: Process,
    meeting: Meeting,
    case: Candidature,
    departed: tuple[int, str | None] | None,
) -> SatThen:
    panel = process.definition.config.sittings[meeting.name].panel
    departs = departed is not None and departed[0] == meeting.n
    return SatThen(
        meeting.name,
        meeting.call,
        meeting.n,
        from_text(read(tx.unit.line(tx.contest, meeting.n)).at),
        meeting.present,
        stepped_aside(panel, (*meeting.present, *meeting.proxies), [case]),
        meeting.chair,
        meeting.votes.get(case.id),
        departs,
        departed[1] if departed and departs else None,
    )
