"""The marks of a candidature for whoever asks: what they came to, and what was decided on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptce_workflow.app.cases.past import PastMove, past
from ptce_workflow.app.cases.rectifications import Rectification, rectifications
from ptce_workflow.app.jury.marks import panel_name
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _, language
from ptce_workflow.ledger.line import digest
from ptce_workflow.process.explain import closed_told
from ptce_workflow.process.letters.letter import remedies_of, text_alone
from ptce_workflow.process.letters.variables import Recipient, Subject, TransitionTold
from ptce_workflow.process.process import Process, name_of
from ptce_workflow.process.rules.case import Case, Moment

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest


@dataclass(frozen=True, slots=True)
class Disclosed:
    """The closed marks of a candidature in a panel.

    `decision` is the last decision that read them, if one was made; `remedies` what the folder says
    may be done against it, "" where it is favourable. `hash` is that of the line it all rests on;
    `rectified` are the marks that were mended.
    """

    process: Process
    panel: str
    case: Case
    moment: Moment
    hash: str
    decision: PastMove | None
    remedies: str
    rectified: tuple[Rectification, ...] = ()


def disclosed(contest: Contest, ref: str, panel: str | None = None) -> Disclosed:
    """The marks of a candidature in the panel of that name, or the only one that marked it.

    *Raises* Misuse for an unknown reference or panel, PtceError while its marks are not closed, and
    for whoever may not see them.
    """
    with contest.looking() as act:
        (case,) = act.load([ref])
        process, ranked = act.process, list(case.panels)
        alone = ranked[0] if len(ranked) == 1 else None
        name = panel_name(process.definition, panel or alone)
        if not process.is_closed(name, case):
            raise PtceError(
                _("The marks of {ref} are not closed.").format(ref=ref),
                _("Before that they may still change, and nobody is told of them."),
                _("`ptce why {ref}` shows the ways out.").format(ref=ref),
            )
        seen = act.seen(case)
        if name in seen.closed:
            raise PtceError(closed_told(process, name, seen))
        moment, seal = act.moment(case), digest(act.unit.line(act.contest, case.version))
        mended = rectifications(act.unit, act.contest, process, seen)
        mended = tuple(one for one in mended if "@" in one.name and one.name.startswith(f"{name}."))
    made = [one for one in past(contest, ref).acts if one.made and _decides(one, name)]
    decision = made[-1] if made else None
    remedies = "" if decision is None else _remedies(process, case, moment, decision)
    return Disclosed(process, name, seen, moment, seal, decision, remedies, mended)


def _decides(act: PastMove, panel: str) -> bool:
    """True for a move that was decided on the closed marks of a panel; an answer moves nothing."""
    if panel not in act.case.panels or act.origin not in act.process.states:
        return False
    way = act.process.ways(act.origin)[act.way.name]
    return way.transition.decision is not None or act.sitting is not None


def _remedies(process: Process, case: Case, moment: Moment, decision: PastMove) -> str:
    """What the folder says may be done against a decision; "" for a favourable one."""
    way = decision.process.ways(decision.origin)[decision.way.name]
    if not way.transition.is_contestable:
        return ""
    told = TransitionTold(
        decision.way.name,
        decision.origin,
        decision.way.to,
        decision.at,
        decision.line,
        "",
        decision.reason or "",
    )
    subject = Subject(Recipient(name_of(process, case)), moment, case, told)
    return text_alone(process, remedies_of(way), language(), subject)
