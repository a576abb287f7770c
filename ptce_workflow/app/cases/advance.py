"""Moving candidatures along a transition, or being told by every rule why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ptce_workflow.app.policies import ask, context
from ptce_workflow.app.refusals import no_way_out, reason_given, without_role
from ptce_workflow.app.session import Watch, unwatched
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.transition import (
    TransitionMade,
    TransitionRefused,
    attempt,
    moment_of,
)
from ptce_workflow.ledger.events.words import Reason
from ptce_workflow.process.machine import Way
from ptce_workflow.process.process import Outcome
from ptce_workflow.process.rules.case import Case, Moment


@dataclass(frozen=True, slots=True)
class Request:
    """A request to advance: along which transition, why, and when the dossier was received.

    `due` is the instant at which time was to make the transition, when it is time that asks.
    """

    transition: str
    reason: str | None = None
    received_at: datetime | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The step of one candidature: where it stood, what the rules said, how it is now.

    A step that every rule allowed moves nothing when another of the same act was refused.
    """

    before: Case
    way: Way
    outcome: Outcome
    after: Case
    moment: Moment
    event: TransitionMade | TransitionRefused

    @property
    def made(self) -> bool:
        """True when every rule held."""
        return self.outcome.to is not None


def advance(
    act: Transaction, refs: Sequence[str], request: Request, *, watch: Watch = unwatched
) -> tuple[Step, ...]:
    """Moves every candidature, or none.

    When a rule stands in the way of one, none moves, and each refusal is a line of its own.

    *Raises* Misuse for an unknown reference or transition, or a reason or receipt that does not
    fit; PtceError when the actor lacks the role or the candidature stands elsewhere.
    """
    if request.reason is not None:
        request = replace(request, reason=reason_given(request.reason) or None)
    cases = act.load(dict.fromkeys(refs))
    watched = watch(cases, _("Moving candidatures"), len(cases))
    steps = tuple(step(act, case, request) for case in watched)
    if all(step.made for step in steps):
        return steps
    act.reset()
    return tuple(
        replace(one, after=one.before) if one.made else refuse(act, one, request) for one in steps
    )


def step(act: Transaction, case: Case, request: Request) -> Step:
    """Judges one candidature and, when every rule holds, moves it."""
    way = act.process.ways(case.state).get(request.transition)
    if way is None:
        raise no_way_out(act.unit, act.contest, act.process, case, request.transition)
    reason = _reason(request)
    ctx = context(act, case.id, subjects=() if reason is None else (case.id,))
    received_at = request.received_at or (act.now if way.transition.receives else None)
    received = None if received_at is None else to_text(received_at)
    moment = moment_of(ctx, way, case, received)
    event = attempt(ctx, case, way.name, received, moment)
    assert event is not None
    ask(event.may(ctx), words_of_way(act, way))
    outcome = ctx.judge(way, case, moment)
    after = case
    if isinstance(event, TransitionMade):
        after = act.tell(case.id, event, reason, asked=True)
    return Step(case, way, outcome, after, moment, event)


def words_of_way(act: Transaction, way: Way) -> Words:
    """The refusals of an advance that may not be, each with how to mend it."""
    return {
        law.ROLE.code: lambda _breach: without_role(
            act.actor,
            way.roles,
            _('This person may not make the transition "{name}".').format(name=way.name),
        ),
        law.TRANSITION_REASON.code: lambda _breach: Misuse(
            _('The transition "{name}" needs a reason.').format(name=way.name),
            mend=_('Add --reason "…".'),
        ),
        law.RECEIPT.code: lambda _breach: Misuse(
            _('The transition "{name}" does not mark a receipt.').format(name=way.name),
            _("An instant of receipt goes with the act that receives the dossier."),
            _("Leave --received-at out."),
        ),
        law.FUTURE.code: lambda _breach: Misuse(
            _("The dossier cannot have been received in the future."),
            mend=_("Check the day and the hour of --received-at."),
        ),
    }


def refuse(act: Transaction, refused: Step, request: Request) -> Step:
    """Writes down that a rule stood in the way."""
    after = act.tell(refused.before.id, refused.event, _reason(request), asked=True)
    return replace(refused, after=after)


def _reason(request: Request) -> Reason | None:
    return Reason(request.reason) if request.reason else None
