"""The sittings as the ledger has them: members, votes, decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from ptce_workflow.app.candidatures.history import (
    RecordedWords,
    Rectification,
    Step,
    lines_of,
    recorded_words,
    rectifications,
    rectified,
    steps,
)
from ptce_workflow.app.candidatures.why import rules_then
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.refusals import UNREADABLE, damaged_line
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, AnswerOf, Entry, read
from ptce_workflow.ledger.events.facts import Facts, FactsRecorded, FactsRectified
from ptce_workflow.ledger.events.panel import (
    InstitutionRecused,
    LinksDeclared,
    RankRecorded,
    RecusalLifted,
    ScoresRectified,
)
from ptce_workflow.ledger.events.sitting import (
    MEETINGS,
    DeviationDecided,
    Dissent,
    SittingClosed,
    SittingConvened,
    SittingOpened,
    VoteTaken,
)
from ptce_workflow.ledger.events.transition import TransitionMade, TransitionRefused, moment_of
from ptce_workflow.ledger.line import digest
from ptce_workflow.ledger.sitting_rules import Notice, notice_of
from ptce_workflow.ledger.state import ContestState, Person, places
from ptce_workflow.process.candidature import Candidature, RuleAnswer, by_ref
from ptce_workflow.process.explain import ExplainedRule, explain_rules
from ptce_workflow.process.model.sheets import Sitting
from ptce_workflow.process.panel import RankPlace
from ptce_workflow.process.process import Edge, Process
from ptce_workflow.store.database import Repository


class SittingSummary(Struct, frozen=True):
    """A sitting in brief: its number in the contest, from line `line` to line `closed`.

    `hash` is that of the closing line, `decided` how many decisions it made. `begun` and `ended`
    are what its first and its last line say, `called` the line that called it, where one did.
    """

    number: int
    name: str
    call: int
    at: datetime
    line: int
    closed: int
    hash: str
    present: tuple[str, ...]
    chair: str | None
    decided: int
    begun: SittingOpened
    ended: SittingClosed
    called: Entry[SittingConvened] | None

    @property
    def place(self) -> str:
        """Where it met, as its own line says, or the one that called it; "" where neither does."""
        called = "" if self.called is None else self.called.data.place
        return self.begun.place or called


class VoteView(Struct, frozen=True):
    """A vote: on an order of several candidatures, or (`transition`) on a decision about one."""

    line: int
    refs: tuple[str, ...]
    transition: str | None
    ayes: tuple[str, ...]
    noes: tuple[str, ...]
    abstained: tuple[str, ...]
    aside: tuple[str, ...]
    casting: bool
    carried: bool
    reason: RecordedWords


class TryView(Struct, frozen=True):
    line: int
    edge: Edge
    made: bool
    rules: tuple[ExplainedRule, ...]
    reason: RecordedWords


class DeliberatedCandidature(Struct, frozen=True):
    """A candidature before the sitting, as it came in, and what became of it.

    `parted_by` is the figure that puts it behind the one before; `instead` the transition that
    the ranking would have given, where a vote departed from it; `answered` what the decisions
    ask for, as it was answered there; `former` its figures as the sitting found them.
    """

    case: Candidature
    figures: Mapping[str, int]
    parted_by: str | None
    tries: tuple[TryView, ...]
    instead: str | None
    departs: bool
    answered: tuple[AnswerOf, ...] = ()
    former: Mapping[str, int] = {}

    @property
    def decision(self) -> TryView | None:
        return next((one for one in self.tries if one.made), None)


class PassedOver(Struct, frozen=True):
    """A candidature that a worse ranked one, `behind`, was put before, and what stood in its way.

    `edge` is the decision that it did not get; `rules` those that did not hold for it then, none
    where it was by a vote alone.
    """

    case: Candidature
    rank: int
    behind: Candidature
    edge: Edge
    rules: tuple[ExplainedRule, ...]


class Recusal(Struct, frozen=True):
    """An institution that had stepped aside from a candidature, or one `person` of it, and why.

    `votes` is how often it had voted on it before.
    """

    line: int
    case: Candidature
    institution: str
    person: str
    reason: RecordedWords
    votes: int = 0


class SittingView(Struct, frozen=True):
    """All that the ledger tells of a sitting, by the process of its day.

    `judged` is in rank order; `absent` are the ranked candidatures that were not before it.
    `dissent` is what institutions had written down, `names` who sat for each, by institution;
    `since` the marks that were rectified afterwards, with the candidature as it is now;
    `notice` who was told of it, as the ledger stood when it opened.
    """

    held: SittingSummary
    process: Process
    panel: str
    judged: tuple[DeliberatedCandidature, ...]
    absent: tuple[DeliberatedCandidature, ...]
    votes: tuple[VoteView, ...]
    recusals: tuple[Recusal, ...]
    rectified: tuple[Rectification, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    dissent: tuple[tuple[str, RecordedWords], ...] = ()
    names: Mapping[str, RecordedWords] = {}
    since: tuple[tuple[Candidature, Rectification], ...] = ()
    notice: Notice | None = None
    signed: Mapping[tuple[str, str], tuple[Person, str]] = {}
    """Who recorded each declaration of links, and who typed, by candidature and institution."""


def sittings(contest: Contest) -> tuple[SittingSummary, ...]:
    with contest.looking() as tx:
        return closed_sittings(tx.unit, contest.id)


def sitting(contest: Contest, number: int | None = None) -> SittingView:
    """The sitting of that number, or the last, as it closed. Raises: Misuse, PtceError."""
    with contest.looking() as tx:
        return sitting_in(tx, number)


def sitting_in(tx: Transaction, number: int | None = None) -> SittingView:
    with nothing_to_collect():
        unit = tx.unit
        found = closed_sittings(unit, tx.contest)
        if not found:
            mend = _("To hold one: {command}").format(command="ptce deliberate --help")
            raise Misuse(_("No sitting was held yet."), mend=mend)
        numbers = {one.number: one for one in found}
        held = numbers.get(len(found) if number is None else number)
        if held is None:
            what = _("There is no sitting {number}; there are {count}.")
            mend = _("Those that were held: {command}").format(command="ptce minutes --list")
            raise Misuse(what.format(number=number, count=len(found)), mend=mend)
        n = held.line
        try:
            minutes = _Minutes(tx, held, tx.process_of(read(unit.line(tx.contest, n)).process))
            for step in steps(tx, held.closed, state=minutes.state):
                n = step.line.n
                minutes.note(step)
        except UNREADABLE as error:
            raise damaged_line(n, error) from error
        view = minutes.view()
        return replace(view, since=tuple(_rectified_since(tx, view)))


def _rectified_since(
    tx: Transaction, view: SittingView
) -> Iterator[tuple[Candidature, Rectification]]:
    """The marks mended after a sitting, as far as whoever looks may see them."""
    for case in map(tx.seen, (tx.case(one.case.id) for one in view.judged)):
        for one in rectifications(tx.unit, tx.contest, tx.process, case):
            sheet, _dot, mark = one.name.partition(".")
            is_seen = sheet == view.panel not in case.closed
            if "@" in mark and is_seen and one.line > view.held.closed:
                yield case, one


def closed_sittings(repo: Repository, contest: str) -> tuple[SittingSummary, ...]:
    opened: Entry[SittingOpened] | None = None
    called: dict[str, Entry[SittingConvened]] = {}
    held, decided = list[SittingSummary](), 0
    for line, text in lines_of(repo, contest, (*MEETINGS, TransitionMade)):
        match line.data:
            case SittingConvened(sitting=name):
                called[name] = line
            case SittingOpened():
                opened, decided = line, 0
            case TransitionMade(takes_up=again):
                decided += not again
            case SittingClosed() if opened is not None:
                begun = opened.data
                own = len(held) + 1, begun.sitting, begun.call, from_text(opened.at), opened.n
                sat = line.n, digest(text), begun.present, begun.chair, decided, begun, line.data
                whole = *own, *sat, called.pop(begun.sitting, None)
                held.append(SittingSummary(*whole))
                opened = None
    return tuple(held)


class _Minutes(Struct):
    tx: Transaction
    held: SittingSummary
    process: Process
    state: ContestState = field(default_factory=ContestState)
    before: dict[str, Candidature] = {}
    parted: dict[str, str | None] = {}
    aside: dict[tuple[str, str, str, str], tuple[int, RecordedWords, int]] = {}
    signed: dict[tuple[str, str, str], tuple[Person, str]] = {}
    voted: Counter[tuple[str, str]] = field(default_factory=Counter)
    tries: dict[str, list[TryView]] = {}
    departures: dict[str, str | None] = {}
    answered: dict[str, list[AnswerOf]] = {}
    votes: list[VoteView] = []
    rectified: list[tuple[str, Rectification]] = []
    passed: dict[tuple[str, str], PassedOver] = {}
    dissent: tuple[tuple[str, RecordedWords], ...] = ()
    notice: Notice | None = None

    @property
    def sitting(self) -> Sitting:
        return self.process.definition.config.sittings[self.held.name]

    @property
    def panel(self) -> str:
        return self.sitting.panel

    @property
    def states(self) -> tuple[str, ...]:
        return (*self.sitting.in_, *self.sitting.rectifies)

    def note(self, step: Step) -> None:
        line, sides, case_id = step.line, step.sides, step.line.case or ""
        match line.data:
            case InstitutionRecused(institution=institution, sheet=sheet, whose=whose):
                self.aside[case_id, sheet, institution, whose] = (
                    line.n,
                    recorded_words(line, sides, case_id),
                    self.voted[case_id, institution],
                )
            case LinksDeclared(institution=institution, sheet=sheet):
                by = self.state.people[line.actor], line.by or ""
                self.signed[case_id, sheet, institution] = by
            case VoteTaken(cases=ids, ayes=ayes, noes=noes):
                self.voted.update((id_, one) for id_ in ids for one in (*ayes, *noes))
            case RecusalLifted(institution=institution, sheet=sheet, whose=whose):
                self.aside.pop((case_id, sheet, institution, whose), None)
            case RankRecorded(parted_by=parted_by):
                self.parted[case_id] = parted_by
            case FactsRectified() | ScoresRectified():
                case, at = self.state.cases[case_id], from_text(line.at)
                mended = rectified(step.process, case, line.data, sides.get(case_id), at, line.n)
                self.rectified += [(case_id, one) for one in mended]
        if line.n == self.held.line:
            self.before, opened = dict(self.state.cases), line.data.opened_at or ""
            self.notice = notice_of(step.context.before, self.process, self.held.name, opened)
        if self.held.line <= line.n <= self.held.closed:
            self._note_decision(step)

    def _note_decision(self, step: Step) -> None:
        line, sides, case_id = step.line, step.sides, step.line.case or ""
        match line.data:
            case VoteTaken():
                vote, subject = line.data, next(iter(line.pd or ()), "")
                refs = tuple(self.state.cases[id_].ref for id_ in vote.cases)
                voices = vote.ayes, vote.noes, vote.abstained, vote.aside
                reason = recorded_words(line, sides, subject)
                whole = line.n, refs, vote.transition, *voices, vote.casting, vote.carried, reason
                self.votes.append(VoteView(*whole))
            case DeviationDecided(instead=instead):
                self.departures[case_id] = instead
            case FactsRecorded():
                side, facts = sides.get(case_id), line.data
                erasable = side.facts if isinstance(side, Facts) else {}
                self.answered.setdefault(case_id, []).extend(
                    AnswerOf(name, facts.facts.get(name), erasable.get(name))
                    for name in facts.names
                )
            case SittingClosed(dissent=names) if names:
                side = sides.get(CONTEST_SUBJECT)
                said_by = side.said if isinstance(side, Dissent) else {}
                self.dissent = tuple((name, said_by.get(name)) for name in names)
            case TransitionMade(takes_up=True):
                pass
            case TransitionMade() | TransitionRefused():
                if isinstance(line.data, TransitionMade):
                    self._pass_over(step)
                self.tries.setdefault(case_id, []).append(self._try(step))

    def _try(self, step: Step) -> TryView:
        line, case = step.line, step.context.case
        edge = self.process.edges(line.data.holder)[line.data.transition]
        moment = moment_of(step.context, edge, case, line.data.totals)
        rules = rules_then(self.process, edge, line, self._seen(case), moment)
        made = isinstance(line.data, TransitionMade)
        return TryView(line.n, edge, made, rules, recorded_words(line, step.sides, case.id))

    def _seen(self, case: Candidature) -> Candidature:
        return self.tx.seen(case, self.process)

    def _pass_over(self, step: Step) -> None:
        """Notes those ranked better that have no decision yet, and what stands in their way."""
        name, cases, made = step.line.data.transition, self.state.cases, step.context.case
        rank = made.panels.get(self.panel, {}).get("rank", 0)
        for id_, was in self.before.items():
            case = cases[id_]
            own = case.panels.get(self.panel, {}).get("rank", rank)
            edge = self.process.edges(case.state).get(name)
            waits = was.state in self.states and case.state in self.sitting.in_
            if edge is None or not waits or own >= rank or (id_, name) in self.passed:
                continue
            rules = self._stopped(step, edge, case)
            self.passed[case.id, name] = PassedOver(case, own, made, edge, rules)

    def _stopped(self, step: Step, edge: Edge, case: Candidature) -> tuple[ExplainedRule, ...]:
        """The rules that stand in the way of a decision at a line; none where a vote fixed one."""
        meeting = self.state.sittings.meeting
        vote = None if meeting is None else meeting.votes.get(case.id)
        if vote is not None and vote.carried:
            return ()
        moment, case = moment_of(step.context, edge, case), self._seen(case)
        verdicts = self.process.judge(edge, case, moment).verdicts
        rules = explain_rules(self.process, edge, verdicts, case, moment)
        return tuple(rule for rule in rules if rule.answer is not RuleAnswer.HOLDS)

    def _passed_over(self) -> Iterator[PassedOver]:
        """Those who did not get what a worse ranked one got, best first."""
        for one in sorted(self.passed.values(), key=lambda one: one.rank):
            # What votes have fixed is decided first: who comes after may have got it all the same.
            tries = self.tries.get(one.case.id, ())
            if not any(tried.made and tried.edge.name == one.edge.name for tried in tries):
                yield one

    def view(self) -> SittingView:
        states = self.states
        # A vote on an order changes ranks during the sitting; a sitting in vain records none.
        now = [case.but(panels=self.state.cases[case.id].panels) for case in self.before.values()]
        placed = places(self.process, self.panel, now, {})
        ranked = [self._judged(case, placed[case.id]) for case in now if case.id in placed]
        ranked.sort(key=lambda one: (one.figures["rank"], by_ref(one.case.ref)))
        refs, people = {case.id: case for case in self.before.values()}, self.state.people
        persons = self.held.begun.persons or {}
        recusals = [
            Recusal(n, refs[id_], institution, "" if whose == institution else whose, reason, votes)
            for (id_, sheet, institution, whose), (n, reason, votes) in self.aside.items()
            if sheet == self.panel and id_ in refs and refs[id_].state in states
        ]
        return SittingView(
            self.held,
            self.process,
            self.panel,
            tuple(one for one in ranked if one.case.state in states),
            tuple(one for one in ranked if one.case.state not in states),
            tuple(self.votes),
            tuple(sorted(recusals, key=lambda one: one.line)),
            tuple(
                one
                for id_, one in self.rectified
                if id_ in placed and refs[id_].state in states
                if one.name.partition(".")[0] not in self._seen(refs[id_]).closed
            ),
            tuple(self._passed_over()),
            self.dissent,
            {name: people[one].called for name, one in persons.items()},
            notice=self.notice,
            signed={
                (i, one): by for (i, sheet, one), by in self.signed.items() if sheet == self.panel
            },
        )

    def _judged(self, case: Candidature, place: RankPlace) -> DeliberatedCandidature:
        seen = self._seen(case)
        return DeliberatedCandidature(
            seen,
            {**seen.panels.get(self.panel, {}), "rank": place.rank, "tied": place.tied},
            self.parted.get(case.id, place.parted_by or None),
            tuple(self.tries.get(case.id, ())),
            self.departures.get(case.id),
            case.id in self.departures,
            tuple(self.answered.get(case.id, ())),
            {} if self.panel in seen.closed else self.before[case.id].panels.get(self.panel, {}),
        )
