"""The panel's marks: given by an institution, ranked for all to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.gazetteer import Gazetteer
from ptce_workflow.base.words import _
from ptce_workflow.desk.act import Act
from ptce_workflow.desk.casefile import case_of
from ptce_workflow.desk.record import FactsRefused
from ptce_workflow.desk.refusals import unknown_name, without_role
from ptce_workflow.ledger import events
from ptce_workflow.process import panel
from ptce_workflow.process.case import Case
from ptce_workflow.process.definition import Definition
from ptce_workflow.process.fields import ValueRefused, parse
from ptce_workflow.process.process import Process
from ptce_workflow.process.questions import Sheet

if TYPE_CHECKING:
    from ptce_workflow.desk.session import Session


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidature's place: rank, figures (hundredths and counts), and where it stands."""

    rank: int
    case: Case
    figures: Mapping[str, int]


def score(act: Act, case: Case, institution: str, marks: Mapping[str, Any]) -> Case:
    """Records the marks, and comments, that an institution gives a candidature.

    *Raises* Misuse or FactsRefused for what cannot be read, PtceError when the panel is closed
    or the actor may not speak for the institution.
    """
    name, sheet = _open_panel(act.process, case)
    if institution not in sheet.members:
        what = _('"{name}" does not sit in this panel.').format(name=institution)
        raise unknown_name(what, institution, sheet.members)
    _may_speak(act, sheet, institution)
    scores: dict[str, int] = {}
    comments: dict[str, str] = {}
    problems: list[PtceError] = []
    for field_name, answer in marks.items():
        field = sheet.fields.get(field_name)
        if field is None:
            what = _('There is no criterion "{name}".').format(name=field_name)
            problems.append(unknown_name(what, field_name, sheet.fields))
            continue
        try:
            value = parse(field, answer, places=Gazetteer, zone=act.process.zone)
        except ValueRefused as refused:
            problems.append(refused)
            continue
        (scores if field.type == "score" else comments)[field_name] = value
    if problems:
        raise FactsRefused(tuple(problems))
    if not scores and not comments:
        raise Misuse(_("No mark was given."), mend=_("For example: {x}.").format(x="innovation=4"))
    data = {"sheet": name, "institution": institution, "scores": scores}
    side = {"comments": comments} if comments else None
    return act.tell(case.id, events.SCORES_GIVEN, data, side)


def rank(process: Process, sheet_name: str, cases: list[Case]) -> list[Ranked]:
    """Every candidature that has marks, best first; those that no key separates share a rank.

    *Shape* by rank, then by reference.
    """
    sheet = process.definition.sheets[sheet_name]
    figures = {
        case.id: case.panels.get(sheet_name)
        or panel.figures(sheet, case.scores.get(sheet_name, {}))
        for case in cases
        if sheet_name in case.scores
    }
    by_id = {case.id: case for case in cases}
    ranked = [
        Ranked(place, by_id[id_], figures[id_])
        for place, id_ in panel.ranked(figures, order_keys(sheet))
    ]
    return sorted(ranked, key=lambda one: (one.rank, len(one.case.ref), one.case.ref))


def order_keys(sheet: Sheet) -> list[tuple[str, bool]]:
    """The figures by which a panel ranks, in turn, and whether the smallest comes first."""
    orders = sorted(sheet.order.values(), key=lambda order: order.rank)
    return [(order.key.partition(".")[2], order.ascending) for order in orders] or [
        ("total", False)
    ]


def panel_name(definition: Definition, name: str | None) -> str:
    """The panel of that name, or the only one there is.

    *Raises* Misuse when it does not exist or several do.
    """
    panels = [sheet for sheet, asked in definition.sheets.items() if asked.is_panel]
    if name is None and len(panels) == 1:
        return panels[0]
    if name in panels:
        return name
    raise unknown_name(_('"{name}" is not a panel.').format(name=name or ""), name or "", panels)


def _open_panel(process: Process, case: Case) -> tuple[str, Sheet]:
    state = process.states[case.state]
    for name, sheet in process.definition.sheets.items():
        if sheet.is_panel and name in state.open:
            return name, sheet
    raise PtceError(
        _('{ref} stands in the state "{state}": no mark can be given.').format(
            ref=case.ref, state=state.label
        ),
        _("The panel gives marks while its sheet is open."),
        _("`ptce why {ref}` shows the ways out.").format(ref=case.ref),
    )


def _may_speak(act: Act, sheet: Sheet, institution: str) -> None:
    roles = set(act.actor.roles) & set(sheet.by)
    if "desk" in roles or ("jury" in roles and act.actor.institution == institution):
        return
    raise without_role(
        act.actor,
        sheet.by,
        _('This person may not speak for "{institution}".').format(institution=institution),
    )


def ranking(session: Session, name: str | None) -> tuple[str, list[Ranked]]:
    """The panel of that name, or the only one, and every candidature that it ranked so far."""
    with session.reading() as (unit, process):
        panel_sheet = panel_name(process.definition, name)
        cases = [case_of(row, process) for row in unit.every_candidature(session.id)]
        return panel_sheet, rank(process, panel_sheet, cases)
