"""Opening candidatures, moving them and answering their requests."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from ptce_workflow.app.candidatures import record
from ptce_workflow.app.contest import Contest, ask, context
from ptce_workflow.app.refusals import no_way_out, reason_given, unknown_name, without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _, meant
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import Reason
from ptce_workflow.ledger.events.transition import (
    Origin,
    TransitionMade,
    TransitionRefused,
    attempt,
    blank,
    moment_of,
    opening,
    received_id,
    unanswered,
)
from ptce_workflow.ledger.state import with_those_ahead
from ptce_workflow.process.candidature import Candidature, RuleAnswer, RuleContext, reference
from ptce_workflow.process.dates import reviews_own
from ptce_workflow.process.explain import explain_rules
from ptce_workflow.process.model.base import NOTHING
from ptce_workflow.process.model.definition import START, TIME
from ptce_workflow.process.process import Edge, Outcome, Process, to_the_minute

if TYPE_CHECKING:
    from ptce_workflow.app.outbox.desk import Posted
    from ptce_workflow.ledger.events.facts import Evidence


class AdvanceRequest(Struct, frozen=True):
    """A request to advance: along which transition, and why.

    `due` is the instant at which time was to make the transition, when it is time that asks.
    `answers` are those to what the transition asks for, given in the act; `evidence` is the file
    with which a request is answered.
    """

    transition: str
    reason: str | None = None
    due: datetime | None = None
    answers: record.Raw = field(default_factory=dict)
    evidence: Evidence | None = None


class AdvanceStep(Struct, frozen=True):
    """The step of one candidature: where it stood, what the rules said, how it is now.

    A step that every rule allowed moves nothing when another of the same act was refused.
    """

    before: Candidature
    edge: Edge
    outcome: Outcome
    after: Candidature
    moment: RuleContext
    event: TransitionMade | TransitionRefused

    @property
    def made(self) -> bool:
        return self.outcome.to is not None


class Foreseen(Struct, frozen=True):
    """Steps that are not made yet, and the mails that they would plan, with their addresses.

    `own` tells that a request is answered by who made the decision, against what the folder says.
    """

    steps: tuple[AdvanceStep, ...]
    letters: tuple[Posted, ...] = ()
    own: bool = False


def advance(
    contest: Contest,
    refs: Sequence[str],
    transition: str,
    *,
    reason: str | None = None,
    answers: record.Raw = NOTHING,
    evidence: Evidence | None = None,
    dry_run: bool = False,
) -> tuple[AdvanceStep, ...]:
    """Moves every candidature along a transition, or none; or gives an answer, `request.answer`.

    `answers`, to what the transition asks for, are written before the rules are tried. When a rule
    stands in the way of one, none moves, and each refusal is a line of its own.

    Raises: Misuse for an unknown reference or transition, or a reason that does not
    fit; PtceError when the actor lacks the role or the candidature stands elsewhere.
    """
    with contest.acting(ahead=[("candidature", contest.id, ref) for ref in refs]) as tx:
        text = reason_given(reason) or None
        asked = AdvanceRequest(transition, text, answers=answers, evidence=evidence)
        steps = _steps(contest, tx, refs, asked)
        tx.end(dry_run=dry_run)
    return steps


def answer_meant(process: Process, request: str, given: str) -> str:
    """The key of an answer, `request.answer`, by name or label. Raises: Misuse."""
    requests = process.definition.requests
    if request not in requests:
        what = _('No request is called "{name}".').format(name=request)
        raise unknown_name(what, request, requests)
    answers = requests[request].transitions
    found = meant(given, {name: one.label.spoken() for name, one in answers.items()})
    if len(found) != 1:
        what = _('“{sheet}” has no answer called "{name}".')
        raise unknown_name(what.format(sheet=requests[request].label, name=given), given, answers)
    return f"{request}.{found[0]}"


def foresee(
    contest: Contest,
    refs: Sequence[str],
    transition: str,
    *,
    reason: str | None = None,
    answers: record.Raw = NOTHING,
    evidence: Evidence | None = None,
) -> Foreseen:
    """The steps of `advance`, and their mails; nothing is kept. Raises: like it."""
    with contest.acting() as tx:
        tx.discard()
        text = reason_given(reason) or None
        asked = AdvanceRequest(transition, text, answers=answers, evidence=evidence)
        steps = _steps(contest, tx, refs, asked)
        if not all(one.made for one in steps):
            return Foreseen(steps)
        # What writes letters takes longer to load than an act that shows none.
        from ptce_workflow.app.outbox.desk import letters_ahead

        definition, who = tx.process.definition, tx.actor.pseudonym
        own = any(reviews_own(definition, one.edge.origin, one.before, who) for one in steps)
        return Foreseen(steps, letters_ahead(tx), own)


def _steps(
    contest: Contest, tx: Transaction, refs: Sequence[str], request: AdvanceRequest
) -> tuple[AdvanceStep, ...]:
    cases = tx.load(dict.fromkeys(refs))
    watched = contest.watch(cases, _("Moving candidatures"), len(cases))
    steps = tuple(step(tx, answered(tx, case, request), request) for case in watched)
    if all(one.made for one in steps):
        return steps
    tx.reset()
    for case, one in zip(cases, steps, strict=True):
        # What was answered in the act stays with its refusal, which rests on it.
        if not one.made:
            answered(tx, case, request)
    return tuple(
        replace(one, after=one.before) if one.made else refuse(tx, one, request) for one in steps
    )


def answered(tx: Transaction, case: Candidature, request: AdvanceRequest) -> Candidature:
    """The candidature with what a transition asks for. Raises: Misuse, FactsRefused."""
    if not request.answers:
        return case
    edge = tx.process.edge(case, request.transition)
    if edge is None:
        raise no_way_out(tx.unit, tx.contest, tx.process, case, request.transition)
    must_be_asked(request.answers, edge.transition.asks, case.ref)
    return record.write_facts(tx, case, request.answers)


def step(tx: Transaction, case: Candidature, request: AdvanceRequest) -> AdvanceStep:
    edge = tx.process.edge(case, request.transition)
    if edge is None:
        raise no_way_out(tx.unit, tx.contest, tx.process, case, request.transition)
    reason = _reason(request)
    ctx = context(tx, case.id, subjects=() if reason is None else (case.id,))
    moment = moment_of(ctx, edge, case)
    event = attempt(ctx, case, edge.key, moment)
    assert event is not None
    if isinstance(event, TransitionMade) and request.evidence is not None:
        event = replace(event, evidence=request.evidence)
    violations = (one for one in event.validate_new(ctx) if one.clause is not clauses.ASKED)
    ask(violations, words_of_edge(tx, edge, case))
    outcome = ctx.judge(edge, case, moment)
    if outcome.to is not None or RuleAnswer.FAILS not in [one.answer for one in outcome.verdicts]:
        lacking = unanswered(edge, case)
        if lacking:
            fields = map(tx.process.definition.field, lacking)
            labels = ", ".join(one.label.text for one in fields if one is not None)
            what = _('{ref}: the transition "{name}" asks for: {labels}.').format(
                ref=case.ref, name=edge.name, labels=labels
            )
            mend = _("Add: {words}").format(words=" ".join(f"{name}=…" for name in lacking))
            if edge.decided:
                words = f"[answers.{case.ref}] " + ", ".join(f"{name} = …" for name in lacking)
                mend = _("Add to the agenda: {words}").format(words=words)
            raise Misuse(what, _("It is answered in the act, before the rules are tried."), mend)
    after = case
    if isinstance(event, TransitionMade):
        after = tx.record(case.id, event, reason, asked=True)
    else:
        moment = with_those_ahead(edge, case, moment, tx.every_case)
    return AdvanceStep(case, edge, outcome, after, moment, event)


def must_be_asked(answers: record.Raw, asked: Sequence[str], ref: str) -> None:
    for name in (f"{sheet}.{one}" for sheet, fields in answers.items() for one in fields):
        if name not in asked:
            what = _('{ref}: "{field}" is not asked here.').format(ref=ref, field=name)
            raise unknown_name(what, name, asked)


def _not_by_people(tx: Transaction, edge: Edge, case: Candidature) -> PtceError:
    """The error for a way that the actor may not make: whose it is, or when time makes it."""
    label = edge.transition.label.text
    if edge.roles == (TIME,):
        at = tx.process.due(case).get(edge.key)
        why = _("Its hour is not known yet.")
        if at is not None:
            why = _("That is on {when}.").format(when=to_the_minute(tx.process, at))
        what = _("“{label}” is done by itself, at its hour, if its rules allow it then.")
        mend = _("`ptce why {ref}` tells all of it.").format(ref=case.ref)
        return PtceError(what.format(label=label), why, mend)
    if edge.roles:
        what = _("This person may not do this: “{label}”.").format(label=label)
        return without_role(tx.actor, edge.roles, what)
    return PtceError(
        _('The transition "{name}" is made by a sitting.').format(name=edge.name),
        _("Nobody else decides it."),
        _("See `ptce deliberate`."),
    )


def words_of_edge(tx: Transaction, edge: Edge, case: Candidature) -> Words:
    return {
        clauses.NOT_PENDING: lambda _violation: PtceError(
            _("No request of that kind waits for an answer: {name}.").format(name=edge.origin),
            _("It was not received, or was answered already."),
            _("Receive it first: {command}").format(
                command=f"ptce receive {case.ref} {edge.origin}"
            ),
        ),
        clauses.ROLE: lambda _violation: _not_by_people(tx, edge, case),
        clauses.TRANSITION_REASON: lambda _violation: Misuse(
            _('The transition "{name}" needs a reason.').format(name=edge.name),
            mend=_('Add --reason "…".'),
        ),
        clauses.ANSWER_PROVED: lambda _violation: Misuse(
            _("A request of this kind is answered with a file."),
            _("The folder asks for what the answer rests on."),
            _("Add --evidence FILE, and keep the file."),
        ),
    }


def refuse(tx: Transaction, refused: AdvanceStep, request: AdvanceRequest) -> AdvanceStep:
    after = tx.record(refused.before.id, refused.event, _reason(request), asked=True)
    return replace(refused, after=after)


def _reason(request: AdvanceRequest) -> Reason | None:
    return Reason(request.reason) if request.reason else None


def add(contest: Contest, raw: record.Raw, *, transition: str | None = None) -> Candidature:
    return add_all(contest, [("", raw)], transition=transition)[0]


def add_all(
    contest: Contest,
    dossiers: Sequence[tuple[str, record.Raw]],
    *,
    transition: str | None = None,
    arrival: record.Arrival | None = None,
    once: bool = False,
    dry_run: bool = False,
) -> tuple[Candidature, ...]:
    """Opens a candidature for each dossier and records what it holds; all of them, or none.

    Each dossier is named, for messages; `arrival` says when they arrived. What proves that of
    another already is refused, where they are to be opened `once`.

    Raises: Misuse for an unknown way in; FactsRefused with every fault of every dossier;
    PtceError when the actor lacks the role, or a rule stands in the way.
    """
    with contest.acting() as tx:
        watched = contest.watch(dossiers, _("Opening candidatures"), len(dossiers))
        if once and arrival is not None:
            record.must_be_unknown(tx, arrival.evidence)
        opened = ((name, open_case(tx, transition), raw) for name, raw in watched)
        cases = record.write_each(tx, opened, arrival)
        tx.end(dry_run=dry_run)
    return cases


def open_case(
    tx: Transaction, transition: str | None = None, *, origin: Origin | None = None
) -> Candidature:
    """Opens an empty candidature, unless a rule forbids; `origin` for one handed over."""
    edge = way_in(tx, transition, handed=origin is not None)
    case_id = received_id(origin.origin, origin.case) if origin else str(uuid.uuid4())
    ctx = context(tx, case_id)
    case = blank(ctx, reference(ctx.before.candidatures()), origin)
    event = opening(ctx, case, edge.name)
    assert event is not None
    ask(event.validate_new(ctx), words_of_edge(tx, edge, case))
    if not event.to:
        moment = moment_of(ctx, edge, case)
        verdicts = ctx.judge(edge, case, moment).verdicts
        rules = explain_rules(tx.process, edge, verdicts, case, moment)
        what = _("No candidature can be opened now.")
        if case.origin is not None:
            what = _("The contest {contest} does not take {ref} over.")
            what = what.format(contest=tx.contest, ref=case.origin["ref"])
        failing = (rule for rule in rules if rule.answer is not RuleAnswer.HOLDS)
        raise PtceError(what, "\n".join(line for rule in failing for line in rule.lines()))
    return tx.record(case_id, event, asked=True)


def way_in(tx: Transaction, transition: str | None, *, handed: bool = False) -> Edge:
    """The way in of that name, or the first; `handed` for a hand-over. Raises: Misuse."""
    every = tx.process.edges(START)
    edges = {name: edge for name, edge in every.items() if bool(edge.transition.carries) == handed}
    name = transition or next(iter(edges), "")
    if name in edges:
        return edges[name]
    if name in every or not name:
        what = _("This way in is for candidatures that another contest hands over.")
        why = _("That contest's desk hands them over: ptce hand-over REF --to DIR")
        if handed:
            what = _("The contest {contest} takes no candidature over in this way.")
            why = _("A way in that takes one over says what it carries (`carries`).")
        raise Misuse(what.format(contest=tx.contest), why)
    raise unknown_name(_('No way in is called "{name}".').format(name=name), name, edges)
