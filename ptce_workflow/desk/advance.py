"""Moving candidatures along a transition, or being told by every rule why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.instants import to_text
from ptce_workflow.base.words import _
from ptce_workflow.desk.act import Act
from ptce_workflow.desk.reasons import reason_given
from ptce_workflow.desk.refusals import check_role, no_way_out
from ptce_workflow.desk.watch import Watch, unwatched
from ptce_workflow.ledger import events
from ptce_workflow.process.case import Case, Moment
from ptce_workflow.process.machine import Way
from ptce_workflow.process.process import Outcome, Process


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: along which transition, why, and when the dossier was received.

    `due` is the instant at which time was to make the transition, when it is time that asks.
    """

    transition: str
    reason: str | None = None
    received_at: datetime | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one candidature: where it stood, what the rules said, how it is now.

    A step that every rule allowed moves nothing when another of the same act was refused.
    """

    before: Case
    way: Way
    outcome: Outcome
    after: Case
    moment: Moment

    @property
    def made(self) -> bool:
        """Whether every rule held."""
        return self.outcome.to is not None


def advance(
    act: Act, refs: Sequence[str], request: Request, *, watch: Watch = unwatched
) -> tuple[Step, ...]:
    """Moves every candidature, or none.

    When a rule stands in the way of one, none moves, and each refusal is a line of its own.

    *Raises* Misuse for an unknown reference or transition, or a reason or receipt that does not
    fit; PtceError when the actor lacks the role or the candidature stands elsewhere.
    """
    request = replace(request, reason=reason_given(request.reason) or None)
    cases = act.load(dict.fromkeys(refs))
    watched = watch(cases, _("Moving candidatures"), len(cases))
    steps = tuple(step(act, case, request) for case in watched)
    if all(step.made for step in steps):
        return steps
    act.forget()
    return tuple(
        replace(one, after=one.before) if one.made else refuse(act, one, request) for one in steps
    )


def step(act: Act, case: Case, request: Request) -> Step:
    """Judges one candidature and, when every rule holds, moves it."""
    way = act.process.ways(case.state).get(request.transition)
    if way is None:
        raise no_way_out(act.unit, act.contest, act.process, case, request.transition)
    check_role(act.actor, way)
    received_at = _received(act, way, request)
    moment = act.moment(case, received_at, transition=way.name)
    outcome = act.process.judge(way, case, moment)
    if outcome.to is None:
        return Step(case, way, outcome, case, moment)
    data = {
        "from": case.state,
        "to": outcome.to,
        "panels": frozen_panels(act.process, way, case),
        **judged(way, outcome, received_at),
    }
    after = act.tell(case.id, events.TRANSITION_MADE, data, _reason(request))
    return Step(case, way, outcome, after, moment)


def refuse(act: Act, refused: Step, request: Request) -> Step:
    """Writes down that a rule stood in the way."""
    data = {
        "from": refused.before.state,
        "due": None if request.due is None else to_text(request.due),
        **judged(refused.way, refused.outcome, refused.moment.received_at),
    }
    after = act.tell(refused.before.id, events.TRANSITION_REFUSED, data, _reason(request))
    return Step(refused.before, refused.way, refused.outcome, after, refused.moment)


def judged(way: Way, outcome: Outcome, received_at: datetime | None) -> dict[str, Any]:
    """What a line holds of a judgement; names and answers, never what was observed."""
    return {
        "transition": way.name,
        "verdicts": {verdict.rule: verdict.answer.value for verdict in outcome.verdicts},
        "missing": {
            verdict.rule: list(verdict.missing) for verdict in outcome.verdicts if verdict.missing
        },
        "totals": dict(outcome.totals),
        "received_at": None if received_at is None else to_text(received_at),
    }


def frozen_panels(process: Process, way: Way, case: Case) -> dict[str, Mapping[str, int]]:
    """The panel figures that a transition records for good."""
    name = way.transition.freezes
    if name is None:
        return {}
    return {name: process.scope.figures[name](case)}


def _received(act: Act, way: Way, request: Request) -> datetime | None:
    given = request.received_at
    if way.transition.reason and not request.reason and request.due is None:
        raise Misuse(
            _('The transition "{name}" needs a reason.').format(name=way.name),
            mend=_('Add --reason "…".'),
        )
    if given is None:
        return act.now if way.transition.receives else None
    if not way.transition.receives:
        raise Misuse(
            _('The transition "{name}" does not mark a receipt.').format(name=way.name),
            _("An instant of receipt goes with the act that receives the dossier."),
            _("Leave --received-at out."),
        )
    if given > act.now:
        raise Misuse(
            _("The dossier cannot have been received in the future."),
            mend=_("Check the day and the hour of --received-at."),
        )
    return given


def _reason(request: Request) -> dict[str, str] | None:
    return {"reason": request.reason} if request.reason else None
