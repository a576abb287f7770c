"""The jury's grids as they leave: the candidatures that an institution is asked about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.gazetteer import Gazetteer
from ptce_workflow.base.words import _, language
from ptce_workflow.desk.casefile import case_of
from ptce_workflow.desk.panels import panel_of
from ptce_workflow.process import panel
from ptce_workflow.process.brief import brief
from ptce_workflow.process.case import Case, Moment
from ptce_workflow.process.explain import Teller
from ptce_workflow.process.grid import Grid, GridRow, given_in, row_key
from ptce_workflow.process.naming import institution_label, name_of
from ptce_workflow.process.process import Process
from ptce_workflow.process.sheets import Sheet

if TYPE_CHECKING:
    from ptce_workflow.desk.session import Session
    from ptce_workflow.ledger.state import Person


def grid(session: Session, institution: str | None = None, name: str | None = None) -> Grid:
    """A grid of the candidatures that an institution is asked about, in the language in force.

    Without an institution, that of the juror who asks; its panel, unless one is named.

    *Raises* Misuse when either is unknown, or several are possible.
    """
    with session.reading() as (unit, process):
        member = _institution(session.reader(unit), institution)
        chosen = panel_of(process.definition, member, name)
        sheet = process.definition.sheets[chosen]
        stamp = {"contest": session.id, "process": process.hash}
        stamp |= {"panel": chosen, "institution": member}
        cases = (case_of(row, process) for row in unit.every_candidature(session.id))
        wanted = [case for case in cases if _is_asked(process, chosen, sheet, case, member)]
        wanted.sort(key=lambda case: (len(case.ref), case.ref))
        config = process.definition.config
        moment = Moment(session.clock.now())
        return Grid(
            stamp,
            language(),
            sheet,
            config.contest.title.in_(language()),
            institution_label(process, member),
            tuple(_row(process, stamp, sheet, case) for case in wanted),
            tuple(dict.fromkeys(_closing(process, chosen, wanted, moment))),
        )


def _institution(person: Person, named: str | None) -> str:
    if named is not None:
        return named
    if person.institution is None:
        whose, file = _("INSTITUTION"), _("FILE")
        command = f"ptce jury grid --institution {whose} -o {file}"
        raise Misuse(
            _("It is not said whose grid it is."),
            mend=_("For example: {command}").format(command=command),
        )
    return person.institution


def _is_asked(process: Process, name: str, sheet: Sheet, case: Case, institution: str) -> bool:
    return name in process.states[case.state].open and institution in panel.asked_of(
        name, sheet, case
    )


def _row(process: Process, stamp: Mapping[str, str], sheet: Sheet, case: Case) -> GridRow:
    definition = process.definition
    told = brief(definition, sheet.shows, case, language(), zone=process.zone, places=Gazetteer)
    given = given_in(sheet, stamp["panel"], stamp["institution"], case)
    return GridRow(row_key(stamp, case.id), case.ref, name_of(process, case), told, given)


def _closing(process: Process, name: str, cases: list[Case], moment: Moment) -> Iterator[str]:
    """What the rules say that close the marks of a panel, for the candidatures of a grid."""
    teller = Teller(process, language(), Gazetteer)
    for state in dict.fromkeys(case.state for case in cases):
        example = next(case for case in cases if case.state == state)
        for way in process.ways(state).values():
            if way.transition.freezes == name:
                for rule in way.rules.values():
                    yield teller.says(rule, example, moment)
