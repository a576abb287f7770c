"""Why a candidature may or may not move: today, at an earlier line, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from ptce_workflow.app.candidatures import history
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.preconditions import accepted_clock
from ptce_workflow.app.projections import case_of
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
)
from ptce_workflow.ledger.line import digest
from ptce_workflow.ledger.state import Accepted, Meeting, Vote, sitting_figures, with_those_ahead
from ptce_workflow.process import explain
from ptce_workflow.process.candidature import (
    Candidature,
    RuleAnswer,
    RuleContext,
    Verdict,
    is_given,
)
from ptce_workflow.process.dates import decision
from ptce_workflow.process.model.definition import RECEIVED
from ptce_workflow.process.panel import is_closed, stepped_aside
from ptce_workflow.process.process import Edge, Process
from ptce_workflow.process.visibility import veiled

if TYPE_CHECKING:
    from ptce_workflow.process.letters.variables import JudgedView


def leads_onward(process: Process, state: str, edge: Edge, *, timed: bool = False) -> bool:
    """Whether people (or time, where `timed`) take a way that leads further, not back."""
    back = state in process.states and edge.to in process.states[state].must_pass
    return (
        (timed or bool(edge.transition.by or edge.decided))
        and (not edge.moves or edge.file == process.definition.state_file(state))
        and not back
    )


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
    if not _is_against(process, taken) or not leads_onward(process, state, taken, timed=True):
        return
    transitions = process.definition.every_transition()
    given = any(one.to == state and one.decision == "favourable" for one in transitions)
    for edge in edges.values():
        onward = leads_onward(process, state, edge) and not _is_against(process, edge)
        if onward and (edge.transition.decision or not given):
            yield edge


def _is_against(process: Process, edge: Edge) -> bool:
    """True for a decision against a candidature, and for an end that is not in its favour."""
    ends = edge.moves and process.states[edge.to].ends
    return edge.transition.is_contestable or (edge.transition.decision is None and ends)


class EdgeView(Struct, frozen=True):
    """One way out, told; `at` is when time will make it, for one that time makes.

    `owed` are the rules that hold by a clock set back and accepted, and by it alone.
    """

    name: str
    label: str
    to: str
    allowed: bool
    at: datetime | None
    rules: tuple[explain.ExplainedRule, ...]
    owed: tuple[str, ...] = ()


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
        ahead = [with_those_ahead(one, case, moment, tx.every_case) for one in edges.values()]
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
    return EdgeView(edge.key, label, edge.to, outcome.to is not None, at, rules, by_clock)


def todo(contest: Contest, refs: Iterable[str]) -> dict[str, str]:
    """By reference, the next step of each undecided candidature, or what stands in its way."""
    next_steps = {}
    with contest.looking() as tx:
        process = tx.process
        found = (tx.unit.candidature(contest.id, ref) for ref in refs)
        stored_cases = (case_of(row, process) for row in found if row is not None)
        for case in (one.but(contest=tx.facts) for one in stored_cases):
            if not process.states[case.state].ends or process.pending(case):
                next_steps[case.ref] = next_step(process, tx.seen(case), tx.moment(case))[0]
    return next_steps


def next_step(process: Process, case: Candidature, moment: RuleContext) -> tuple[str, bool]:
    """The first way onward that is open, or else what the nearest one lacks; and which of both.

    A way that goes on comes before one that ends the matter, however little that one lacks: what
    ends it is proposed only where no answer is missing that might let the other go on.
    """
    if waiting := process.pending(case):
        return request_due(process, waiting[0], case, moment.now), True
    nearest: tuple[bool, int, str] | None = None
    ending, unanswered = "", False
    for edge in process.edges(case.state).values():
        if not leads_onward(process, case.state, edge):
            continue
        ends = process.states[edge.to].ends
        outcome = process.judge(edge, case, moment)
        if outcome.to is not None:
            label = edge.transition.label.text
            if not ends:
                return label, True
            ending = ending or label
            continue
        standing = [one for one in outcome.verdicts if one.answer is not RuleAnswer.HOLDS]
        if all(_waits_for_sitting(one) or _waits_for_marks(one, case) for one in standing):
            decided = all(map(_waits_for_sitting, standing))
            return _("to be decided in a sitting") if decided else _("the panel is marking"), True
        count, answers, words = _obstacles(process, edge, outcome.verdicts, case, moment)
        unanswered = unanswered or (answers and not ends)
        found = (ends, count, words)
        if nearest is None or found < nearest:
            nearest = found
    if ending and not unanswered:
        return ending, True
    return (nearest[2] if nearest else ""), False


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
    onward = [one for one in explanation.every if leads_onward(process, state, edges[one.name])]
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
    going = [one for one in on if one in asked and _is_ready(edges[one.name], one)]
    if not lacking and (sitting := to_call()):
        return "convene", sitting
    if not going and lacking:
        return "record", lacking
    going = going or [one for one in ends if one in asked and _is_ready(edges[one.name], one)]
    return ("advance", going[0]) if going else None


def _is_ready(edge: Edge, view: EdgeView) -> bool:
    """True for a way that is open, or that lacks no more than what it asks for in the act."""
    asks = {*edge.transition.asks}
    return view.allowed or all(
        rule.answer is RuleAnswer.HOLDS
        or (
            rule.answer is RuleAnswer.UNKNOWN
            and bool(rule.missing)
            and asks.issuperset(rule.missing)
        )
        for rule in view.rules
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


def request_due(process: Process, request: str, case: Candidature, now: datetime) -> str:
    label = process.definition.requests[request].label.text
    due = process.answer_by(request, case)
    if due is None:
        return _("to answer: {sheet}").format(sheet=label)
    text = _("to answer: {sheet}, by {date}") if now <= due else _("late: {sheet}, due on {date}")
    return text.format(sheet=label, date=short_date(due, process.zone, language()))


def _waits_for_sitting(verdict: Verdict) -> bool:
    """True when a rule cannot tell for no other reason than that nobody sits."""
    return bool(verdict.missing) and all(map(explain.asks_for_sitting, verdict.missing))


def _waits_for_marks(verdict: Verdict, case: Candidature) -> bool:
    """True when a rule cannot tell since marks are closed to whoever looks."""
    return any(is_closed(name, case) for name in verdict.missing)


def _obstacles(
    process: Process,
    edge: Edge,
    verdicts: tuple[Verdict, ...],
    case: Candidature,
    moment: RuleContext,
) -> tuple[int, bool, str]:
    """How many things stand in the way, whether answers alone do, and the words."""
    teller = explain.Teller(process, language())
    used = {question.rule: question.used for question in process.judge_of(edge).questions}
    missing: set[str] = set()
    broken, hours = 0, set[datetime]()
    if any(verdict.answer is RuleAnswer.ERROR for verdict in verdicts):
        return 1, False, _("a rule cannot be worked out")
    for verdict in verdicts:
        waits = _waits_for_sitting(verdict) or _waits_for_marks(verdict, case)
        if verdict.answer is RuleAnswer.HOLDS or waits:
            continue
        read = used[verdict.rule]
        if all(name == "now" or name.startswith("date.") for name in read):
            # It waits for dates alone.
            dates = process.scope.values(read, case, moment)
            hours.update(at for name, at in dates.items() if name != "now" and at > moment.now)
        lacking = {name for name in verdict.missing if not explain.asks_for_origin(name)}
        lacking.update(teller.lacking(read, case))
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
            if line.case == case.id and (sits or line.n == at_line or _is_departure(line)):
                act = acts.of(step)
                if act is not None and act.made and (decided or act.sitting):
                    found = Ruling(act, digest(step.content), adopted)
    return found


def _is_departure(line: Entry[Any]) -> bool:
    return isinstance(line.data, DeviationDecided)


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
        if _is_departure(step.line):
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
