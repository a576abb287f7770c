"""Events of a candidature: it opens, moves or stays by the verdicts of rules, is handed over."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, field, to_builtins
from msgspec.structs import replace

from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.words import N_, nN_
from ptce_workflow.ledger import sitting_rules
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import (
    AboutCandidature,
    Clause,
    Context,
    Count,
    Entry,
    Event,
    FieldNames,
    Hash,
    Instant,
    Name,
    Phrase,
    Reason,
    Reference,
    SheetName,
    Sides,
    StateName,
    Story,
    TransitionName,
    Unmet,
    Violation,
    When,
    Whole,
    describe_reason,
    doc,
    figures_change,
    register,
    without,
)
from ptce_workflow.ledger.events.facts import (
    Evidence,
    Facts,
    FactsRecorded,
    FactsRectified,
    SheetReceived,
    describe_evidence,
)
from ptce_workflow.ledger.state import (
    SCHEDULER,
    Accepted,
    ContestState,
    sitting_figures,
    takes_up,
    totals_for,
    voted_on,
)
from ptce_workflow.process.candidature import Candidature, RuleContext, is_given, reference
from ptce_workflow.process.fields import FileField
from ptce_workflow.process.model.definition import START, Decision
from ptce_workflow.process.panel import is_closed
from ptce_workflow.process.process import Edge, Outcome, Process

_A_MINUTE = timedelta(minutes=1)


class Judged(AboutCandidature, frozen=True):
    """The answers of the rules about a candidature, when a transition was asked for."""

    missing: Annotated[
        Mapping[Name, tuple[Name, ...]],
        doc(N_("for each rule that cannot tell, the facts that it lacks")),
    ]
    totals: Annotated[
        Mapping[Name, Whole], doc(N_("the totals that the rules looked at, as they stood"))
    ]
    transition: Annotated[Name, doc(N_("the transition's name"))]
    verdicts: Annotated[
        Mapping[Name, Literal["holds", "fails", "unknown", "error"]],
        doc(N_("the answer of every rule: holds, fails or unknown")),
    ]

    @property
    def holder(self) -> str:
        """What has the way: the state that it leaves, or the request that it answers."""
        return START

    def may_move(
        self, ctx: Context, edge: Edge, case: Candidature, *, reason: bool = False
    ) -> Iterator[Violation]:
        may, meeting = {*edge.roles}, ctx.before.meeting
        if not may and sitting_figures(ctx.process, meeting, case, edge.name) is not None:
            # A sitting alone makes it: the desk writes down what that decides.
            may.add("desk")
        if may.isdisjoint(ctx.filing_roles if self.holder == START else ctx.roles):
            yield clauses.ROLE(ctx.actor)
        if reason and edge.transition.reason and case.id not in ctx.subjects:
            yield clauses.TRANSITION_REASON(edge.name)
        if ctx.actor == SCHEDULER.pseudonym:
            due = ctx.process.due(case).get(edge.key)
            if due is None or due > ctx.now:
                yield clauses.EARLY("" if due is None else to_text(due))

    def rules_met(self) -> Iterator[Phrase]:
        count = sum(answer == "holds" for answer in self.verdicts.values())
        if count:
            singular, plural = nN_("{count} rule met", "{count} rules met")
            yield Phrase(singular, {"count": count}, plural, count)


def moment_of(
    ctx: Context, edge: Edge, case: Candidature, totals: Mapping[str, int] | None = None
) -> RuleContext:
    """The moment at which a way is judged: the hour, who acts, and the others' totals."""
    if totals is None and ctx.process.judge_of(edge, meets(ctx)).totals_read:
        settled = voted_on(ctx.process, ctx.before.meeting, case, ctx.before.case)
        totals = totals_for(ctx.process, ctx.before.counters(), case, settled)
    sitting = sitting_figures(ctx.process, ctx.before.meeting, case, edge.name)
    return RuleContext(
        ctx.now, ctx.roles, ctx.institution, totals or {}, sitting=sitting, meets=meets(ctx)
    )


def meets(ctx: Context) -> str:
    """The name of the sitting under way; "" where nobody sits."""
    return "" if ctx.before.meeting is None else ctx.before.meeting.name


def attempt(
    ctx: Context, case: Candidature, key: str, moment: RuleContext | None = None
) -> TransitionMade | TransitionRefused | None:
    """The event of a transition or an answer asked for now: made, or refused; None for no way."""
    edge = ctx.process.edge(case, key)
    if edge is None:
        return None
    outcome = ctx.judge(edge, case, moment or moment_of(ctx, edge, case))
    missing, verdicts = answers(outcome)
    judged = missing, outcome.totals, edge.name, verdicts
    request = UNSET if edge.moves else edge.origin
    due = ctx.process.due(case).get(edge.key) if ctx.actor == SCHEDULER.pseudonym else None
    if outcome.to is None:
        text = None if due is None else to_text(due)
        return TransitionRefused(*judged, text, from_=case.state, request=request)
    name = edge.transition.freezes
    panels = {} if name is None else {name: ctx.process.scope.figures[name](case)}
    decision = edge.transition.decision or UNSET
    # Never before it came to where time found it.
    at = ctx.now if due is None or not edge.moves else max(due, case.since)
    late = to_text(at) if at < ctx.now else UNSET
    to = outcome.to or case.state
    again = takes_up(ctx.process, ctx.before.meeting, case.state, edge.name) or UNSET
    return TransitionMade(
        *judged, panels, to, decision, late, again, from_=case.state, request=request
    )


def unanswered(edge: Edge, case: Candidature) -> tuple[str, ...]:
    return tuple(name for name in edge.transition.asks if not is_given(case, name))


def answers(outcome: Outcome) -> tuple[dict[str, tuple[str, ...]], dict[str, Any]]:
    return (
        {verdict.rule: tuple(verdict.missing) for verdict in outcome.verdicts if verdict.missing},
        {verdict.rule: verdict.answer for verdict in outcome.verdicts},
    )


def unlike(today: Judged, recorded: Judged, **by_name: Clause) -> Iterator[Violation]:
    """The clauses broken where an event states another thing than was made again."""
    if today == recorded:
        return
    answers = (today.verdicts, today.missing)
    if answers != (recorded.verdicts, recorded.missing):
        was, now = recorded.verdicts, today.verdicts
        both = ((name, was.get(name, "–"), now.get(name, "–")) for name in sorted({*was, *now}))
        yield clauses.ANSWERS(", ".join(f"{name}: {a} ≠ {b}" for name, a, b in both if a != b))
    if today.totals.keys() != recorded.totals.keys():
        yield clauses.TOTALS_TOLD(recorded.transition)
    for name, total in today.totals.items():
        if name in recorded.totals and recorded.totals[name] != total:
            yield clauses.TOTALS(f"total.{name}: {total} ≠ {recorded.totals[name]}")
    for name, clause in by_name.items():
        ours, theirs = getattr(today, name), getattr(recorded, name)
        if ours != theirs:
            # Whoever verifies need not be one who may see marks: figures are not shown.
            yield clause("" if clause is clauses.FIGURES else f"{ours} ≠ {theirs}")


def against(recorded: Judged) -> str:
    return ", ".join(rule for rule, answer in recorded.verdicts.items() if answer != "holds")


class Asked(Judged, frozen=True, kw_only=True):
    private = Reason

    from_: Annotated[Name, doc(N_("the state it leaves, or stays in"))] = field(name="from")
    request: Annotated[
        Name | UnsetType,
        doc(N_("the request that this answers; left out where a candidature is to move")),
    ] = UNSET

    @property
    def answers(self) -> str:
        """The request that it answers, or would; "" for a transition that moves a candidature."""
        return self.request or ""

    @property
    def holder(self) -> str:
        return self.request or self.from_

    @property
    def key(self) -> str:
        return f"{self.request}.{self.transition}" if self.request else self.transition

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        case = ctx.case
        edge = ctx.process.edge(case, self.key)
        if edge is None:
            yield clauses.NO_WAY(f"{case.state} → {self.key}")
            return
        if self.answers and self.answers not in ctx.process.pending(case):
            yield clauses.NOT_PENDING(self.answers)
            return
        by_hand = ctx.actor != SCHEDULER.pseudonym
        yield from self.may_move(ctx, edge, case, reason=by_hand)

    def validate_recorded(self, ctx: Context) -> Iterator[Violation]:
        case = ctx.case
        if self.from_ != case.state:
            yield clauses.ELSEWHERE(f"{self.from_} ≠ {case.state}")
            return
        yield from self.validate_new(ctx)
        yield from self.again(ctx, case)

    def as_seen(self, process: Process, case: Candidature, institution: str) -> Self | None:
        edge = process.edges(self.holder).get(self.transition)
        questions = () if edge is None or not case.closed else process.judge_of(edge).questions
        closed = {one.rule for one in questions if any(is_closed(n, case) for n in one.used)}
        totals = process.definition.config.totals
        least = {n for n in self.totals if n in totals and is_closed(totals[n].least or "", case)}
        missing = without(self.missing, closed)
        verdicts = without(self.verdicts, closed)
        return replace(self, missing=missing, totals=without(self.totals, least), verdicts=verdicts)

    @abstractmethod
    def again(self, ctx: Context, case: Candidature) -> Iterator[Violation]:
        """Tells what of the line is not as it is made once more."""


@register
class TransitionMade(Asked, frozen=True):
    kind = "transition_made"
    tells = N_("a candidature moves")

    panels: Annotated[
        Mapping[Name, Mapping[Name, Whole]],
        doc(N_("the panel figures recorded for good, by panel, in hundredths")),
    ]
    to: Annotated[Name, doc(N_("the state it stands in now"))]
    decision: Annotated[
        Decision | UnsetType,
        doc(N_("what is decided on the candidature by this; left out where nothing is")),
    ] = UNSET
    due: Annotated[
        Instant | UnsetType,
        doc(N_("where time made it late, the hour for which it made it; else left out")),
    ] = UNSET
    takes_up: Annotated[
        Literal[True] | UnsetType,
        doc(N_("true where a sitting that rectifies takes a decision up again; else left out")),
    ] = UNSET
    evidence: Annotated[
        Evidence | UnsetType,
        doc(N_("of the file with which a request is answered: sha256, size; left out without one")),
    ] = UNSET

    @property
    def is_decisive(self) -> bool:
        return bool(self.panels)

    def again(self, ctx: Context, case: Candidature) -> Iterator[Violation]:
        yield from sitting_rules.moved(ctx, self.key)
        figures_change(ctx)
        outcome = attempt(ctx, case, self.key)
        if isinstance(outcome, TransitionMade):
            yield from unlike(
                outcome,
                self,
                to=clauses.LEADS,
                panels=clauses.FIGURES,
                decision=clauses.DECISION,
                due=clauses.DUE_TOLD,
                takes_up=clauses.TAKES_UP,
            )
        elif outcome is not None:
            yield from unlike(outcome, self)
            yield clauses.NOT_ALLOWED(against(outcome))

    def as_seen(self, process: Process, case: Candidature, institution: str) -> Self | None:
        seen = super().as_seen(process, case, institution)
        return seen and replace(seen, panels=without(self.panels, case.closed))

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from Asked.validate_new(self, ctx)
        edge = ctx.process.edge(ctx.case, self.key)
        lacking = () if edge is None else unanswered(edge, ctx.case)
        if lacking:
            yield clauses.ASKED(", ".join(lacking))
        request = ctx.process.definition.requests.get(self.answers)
        proved = request is None or "evidence" not in request.review or self.evidence is not UNSET
        if not proved and ctx.actor != SCHEDULER.pseudonym:
            yield clauses.ANSWER_PROVED(self.answers)

    def owed(self, ctx: Context, accepted: Accepted) -> tuple[str, ...]:
        return owed_by(ctx, self, ctx.case, accepted)

    def move(self, before: Candidature | None) -> tuple[str, str] | None:
        """The way that was made; none where it upholds what was decided."""
        return None if self.upholds(before) else (self.holder, self.transition)

    def upholds(self, before: Candidature | None) -> bool:
        was = None if before is None else before.taken_up
        return was is not None and was.state == self.to

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        at = effective_at(line)
        if self.request:
            moved = case.answered(self.request, self.transition).but(version=line.n)
        else:
            moved = case.moved(self.to, at, panels=self.panels, version=line.n)
            if self.upholds(case):
                return case.upheld(line.n)
            if self.takes_up or case.taken_up is not None:
                moved = moved.but(taken_up=case if self.takes_up else None)
        if self.decision is UNSET:
            return moved
        edge = f"{self.holder}.{self.transition}"
        return moved.deciding(edge, at, line.n, self.answers, line.actor)

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        sittings = state.sittings
        if sittings.meeting is not None:
            sittings.decided[sittings.meeting.name] = sittings.meeting.n
        Event.apply(self, state, line, sides)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        phrases = [Phrase("{state}", {"state": StateName(self.to)})]
        if self.takes_up:
            phrases.append(Phrase(N_("what was decided is taken up again")))
        if self.answers:
            label = TransitionName(self.transition, self.answers)
            values = {"sheet": SheetName(self.answers), "label": label}
            phrases = [Phrase(N_("{sheet}, answered: {label}"), values)]
        if self.due is not UNSET and from_text(line.at) - from_text(self.due) >= _A_MINUTE:
            phrases.append(Phrase(N_("for {when}, when it was due"), {"when": When(self.due)}))
        yield (*phrases, *self.rules_met())
        yield Unmet(self.holder, self.transition, self.verdicts, self.totals)
        yield from describe_reason(side)
        yield from describe_evidence(self.evidence)


def effective_at(line: Entry[Any]) -> datetime:
    """Since when what a line decides counts: where time made it late, the hour when it was due."""
    due = line.data.due if isinstance(line.data, TransitionMade) else UNSET
    return from_text(line.at if due is UNSET else due)


def owed(
    accepted: Accepted, process: Process, edge: Edge, case: Candidature, moment: RuleContext
) -> tuple[str, ...]:
    """The rules that hold by an accepted clock alone, with receipts moved to that instant too."""
    furthest, since, late = from_text(accepted.furthest), from_text(accepted.at), case
    if case.version > accepted.n:
        arrived = {
            sheet: tuple(at if at < since else max(at, furthest) for at in instants)
            for sheet, instants in case.received.items()
        }
        late = case.but(received=arrived)
    by_the_clock = process.judge(edge, case, moment).verdicts
    at_the_furthest = process.judge(edge, late, moment.but(now=furthest)).verdicts
    return tuple(
        verdict.rule
        for verdict, other in zip(by_the_clock, at_the_furthest, strict=True)
        if verdict.answer == "holds" and other.answer != "holds"
    )


def owed_by(
    ctx: Context, recorded: Judged, case: Candidature, accepted: Accepted
) -> tuple[str, ...]:
    key = recorded.key if isinstance(recorded, Asked) else recorded.transition
    edge = ctx.process.edge(case, key)
    if edge is None:
        return ()
    return owed(accepted, ctx.process, edge, case, moment_of(ctx, edge, case))


@register
class TransitionRefused(Asked, frozen=True):
    kind = "transition_refused"
    tells = N_("a candidature could not move: a rule stood in the way")

    due: Annotated[
        Instant | None,
        doc(N_("for a timed transition, the instant at which it was due; else null")),
    ]

    def again(self, ctx: Context, case: Candidature) -> Iterator[Violation]:
        edge = ctx.process.edge(case, self.key)
        if edge is None:
            return
        sitting_rules.refused(ctx, edge, self.verdicts)
        # With totals as it states them: of several that moved at once, none did in the end.
        moment = moment_of(ctx, edge, case, self.totals)
        outcome = attempt(ctx, case, self.key, moment)
        totals = ctx.process.totals
        read = ctx.process.judge_of(edge, meets(ctx)).totals_read
        if any(name not in self.totals for name in read if totals[name].least is None):
            # Only the least of nothing is not known, and then not shown.
            yield clauses.TOTALS_TOLD(edge.name)
        if isinstance(outcome, TransitionRefused):
            yield from unlike(outcome, self, due=clauses.DUE)
        elif outcome is not None:
            yield from unlike(outcome, self)
            yield clauses.NOT_REFUSED()

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        """The candidature, which time does not ask again for the same instant."""
        tried = {} if self.due is None else {self.key: from_text(self.due)}
        return case.but(version=line.n, tried={**case.tried, **tried})

    def describe(self, line: Entry[Any], side: Any) -> Story:
        name = TransitionName(self.transition, self.holder)
        yield (Phrase(N_("refused: {label}"), {"label": name}), *self.rules_met())
        yield Unmet(self.holder, self.transition, self.verdicts, self.totals)
        yield from describe_reason(side)


class Origin(Struct, frozen=True, forbid_unknown_fields=True):
    case: Name
    contest: Name
    hash: Hash
    n: Count
    origin: Hash
    ref: Name
    state: Name


def received_id(origin: str, case: str) -> str:
    """The id in the contest that takes over: of the origin and the id there, never twice."""
    digest = sha256(f"{origin}\n{case}\n".encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


@register
class CandidatureOpened(Judged, frozen=True):
    kind = "candidature_opened"
    tells = N_("a candidature begins")
    private = Reason
    opens = True

    origin: Annotated[
        Origin | None,
        doc(
            N_(
                "null; or, of a candidature that another contest handed over: that contest's id "
                "(contest), the random origin of its ledger (origin), the candidature there (case, "
                "ref) and its state, the number and the hash of the last line there (n, hash)"
            )
        ),
    ]
    ref: Annotated[Reference, doc(N_("its reference, as people say it"))]
    to: Annotated[Name, doc(N_("the state it stands in now"))]

    def blank(self, ctx: Context) -> Candidature:
        return blank(ctx, self.ref, self.origin)

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        case_id, count = ctx.case_id or "", ctx.before.candidatures()
        if ctx.before.case(case_id) is not None or int(self.ref[2:]) <= count:
            yield clauses.EXISTS(self.ref)
        elif self.ref != reference(count):
            yield clauses.NEXT_REFERENCE(f"{reference(count)} ≠ {self.ref}")
        edge, origin = ctx.process.edges(START).get(self.transition), self.origin
        if edge is None:
            yield clauses.NO_WAY(f"{START} → {self.transition}")
            return
        if bool(edge.transition.carries) != (origin is not None):
            yield clauses.WAY_IN(edge.name)
        if origin is not None and case_id != received_id(origin.origin, origin.case):
            yield clauses.NOT_HANDED(origin.ref)
        yield from self.may_move(ctx, edge, self.blank(ctx))

    def validate_recorded(self, ctx: Context) -> Iterator[Violation]:
        yield from self.validate_new(ctx)
        opened = opening(ctx, self.blank(ctx), self.transition)
        if opened is None:
            return
        yield from unlike(opened, self)
        if not opened.to:
            yield clauses.NOT_ALLOWED(against(opened))
        elif opened.to != self.to:
            yield clauses.LEADS(f"{opened.to} ≠ {self.to}")

    def move(self, before: Candidature | None) -> tuple[str, str] | None:
        return START, self.transition

    def fold(self, case: Candidature | None, line: Entry[Any], side: Any) -> Candidature:
        at = from_text(line.at)
        origin = None if self.origin is None else to_builtins(self.origin)
        return Candidature(
            line.case or "", self.ref, self.to, at, line.n, entered={self.to: at}, origin=origin
        )

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        opened = self.fold(None, line, None)
        state.cases[line.case or ""] = opened.but(contest=state.facts) if state.facts else opened

    def owed(self, ctx: Context, accepted: Accepted) -> tuple[str, ...]:
        return owed_by(ctx, self, self.blank(ctx), accepted)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(N_("candidature opened: {state}"), {"state": StateName(self.to)})
        if self.origin is not None:
            values = {"contest": self.origin.contest, "ref": self.origin.ref}
            yield Phrase(N_("handed over by {contest}, where it is {ref}"), values)
        yield from describe_reason(side)


def blank(ctx: Context, ref: str, origin: Origin | None) -> Candidature:
    """A candidature that is about to be opened, as the rules of a way in see it."""
    origin_data = None if origin is None else to_builtins(origin)
    facts = ctx.before.state.facts
    return Candidature(ctx.case_id or "", ref, START, ctx.now, 0, origin=origin_data, contest=facts)


def opening(ctx: Context, case: Candidature, transition: str) -> CandidatureOpened | None:
    """The event of a way in taken now, its `to` empty where a rule stands in the way."""
    edge = ctx.process.edges(START).get(transition)
    if edge is None:
        return None
    outcome = ctx.judge(edge, case, moment_of(ctx, edge, case))
    missing, verdicts = answers(outcome)
    origin = None if case.origin is None else Origin(**case.origin)
    return CandidatureOpened(
        missing, outcome.totals, transition, verdicts, origin, case.ref, outcome.to or ""
    )


@register
class CandidatureHandedOver(AboutCandidature, frozen=True):
    kind = "candidature_handed_over"
    tells = N_("another contest has taken a candidature over; it stays here as it is")

    case: Annotated[Name, doc(N_("the candidature's id there"))]
    contest: Annotated[Name, doc(N_("that contest's id"))]
    hash: Annotated[Hash, doc(N_("the hash of that line"))]
    n: Annotated[Count, doc(N_("the number of the line that opened it there"))]
    origin: Annotated[Hash, doc(N_("the random origin of that contest's ledger"))]
    ref: Annotated[Name, doc(N_("its reference there"))]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        case = ctx.case
        yield from clauses.by_desk(ctx)
        if not ctx.process.states[case.state].hands_over:
            yield clauses.NOT_FROM_THERE(case.state)
        if self.origin in case.handed_over:
            yield clauses.HANDED_ALREADY(self.contest)

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        there = {**case.handed_over, self.origin: self.ref}
        return case.but(version=line.n, handed_over=there)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        values = {"contest": self.contest, "ref": self.ref}
        yield Phrase(N_("handed over to {contest}, where it is {ref}"), values)


class Exhibit(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the other ledger on which facts rest: its fields or sheet, and when it was."""

    at: Instant
    evidence: Evidence | None
    n: Count
    names: tuple[Name, ...]


@register
class FactsCarried(FactsRecorded, frozen=True):
    kind = "facts_carried"
    tells = N_("facts come along from the contest that handed over, with what they rest on there")
    is_timely = False

    exhibits: Annotated[
        tuple[Exhibit, ...],
        doc(
            N_(
                "the lines there on which they rest: the number (n), the hour (at), the sheet that "
                "arrived or the fields (names), and the file (evidence), or null"
            )
        ),
    ]
    figures: Annotated[
        dict[Name, dict[Name, int]],
        doc(N_("the figures of each panel as they were recorded there, by its name")),
    ]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        case, process = ctx.case, ctx.process
        if case.origin is None or case.facts or case.given or "carried" in case.origin:
            yield clauses.NOT_CARRIED(case.ref)
        if self.removed or not (self.names or self.exhibits or self.figures):
            yield clauses.NOTHING()
        private = self.erasable(ctx)
        yield from self.side_violations(ctx, private)
        edges = process.edges(START).values()
        carries = frozenset(
            name for edge in edges if edge.to == case.state for name in edge.transition.carries
        )
        for name in self.names:
            sheet_name = name.partition(".")[0]
            field, sheet = process.definition.field(name), process.definition.sheets.get(sheet_name)
            if field is None or sheet is None:
                yield clauses.NO_FIELD(name)
            elif {"desk", *sheet.by}.isdisjoint(ctx.roles):
                yield clauses.WRITER(ctx.actor)
            elif field.is_computed or sheet.is_panel:
                yield clauses.NOT_WRITTEN(name)
            elif carries.isdisjoint((name, sheet_name)):
                yield clauses.NOT_CARRIED(name)
            elif not field.records_parts(self.facts.get(name), (private or {}).get(name)):
                yield clauses.VALUE(name)
            elif isinstance(field, FileField):
                of_name = [one for one in self.exhibits if one.names == (name,)]
                proofs = [exhibit.evidence for exhibit in of_name]
                if not any(proofs) or (private and proof_of(private[name]) not in proofs):
                    yield clauses.GIVEN(name)

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        exhibits = [{**to_builtins(one), "names": list(one.names)} for one in self.exhibits]
        values = {"carried": sorted(self.names), "exhibits": exhibits, "figures": self.figures}
        return super().fold(case, line, side).but(origin={**(case.origin or {}), **values})

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield from super().describe(line, side)
        for exhibit in self.exhibits:
            is_sheet = "." not in exhibit.names[0]
            what = SheetName(exhibit.names[0]) if is_sheet else FieldNames(exhibit.names)
            values = {"what": what, "when": When(exhibit.at), "n": exhibit.n}
            yield Phrase(N_("there: {what}, {when} (line {n})"), values)
            yield from describe_evidence(exhibit.evidence)


def proof_of(answer: Any) -> Evidence | None:
    """The hash and the size of a document that was recorded; None for any other answer."""
    is_document = isinstance(answer, dict) and "sha256" in answer
    return Evidence(answer["sha256"], answer["size"]) if is_document else None


def exhibits(
    lines: Iterable[tuple[Entry[Any], Any]], carried: Collection[str]
) -> tuple[Exhibit, ...]:
    """The lines, with side rows, on which carried facts rest; none for erased documents."""
    sheets = {name.partition(".")[0] for name in carried}
    receipts: list[Exhibit] = []
    documents: dict[str, Exhibit] = {}
    for line, side in lines:
        event = line.data
        if isinstance(event, SheetReceived) and event.sheet in sheets:
            receipts.append(Exhibit(event.received_at, event.evidence, line.n, (event.sheet,)))
        if not isinstance(event, FactsRecorded):
            continue
        names = tuple(name for name in event.names if name in carried)
        if isinstance(event, FactsRectified | FactsCarried) and names:
            proof = event.evidence if isinstance(event, FactsRectified) else None
            receipts.append(Exhibit(line.at, proof, line.n, names))
        written = side.facts if isinstance(side, Facts) else {}
        for name in names:
            proof = proof_of(written.get(name))
            if proof is not None:
                documents[name] = Exhibit(line.at, proof, line.n, (name,))
    every = (*receipts, *documents.values())
    return tuple(sorted(every, key=lambda exhibit: (exhibit.n, exhibit.names)))
