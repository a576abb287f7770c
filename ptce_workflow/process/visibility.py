"""What a person may see of a candidature.

It is a curtain, not a lock: whoever holds the database holds the marks.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from ptce_workflow.process.calendar import parse_instant
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.model.sheets import OWN
from ptce_workflow.process.panel import has_answered
from ptce_workflow.process.process import Process

SEES_ALL = frozenset({"desk", "auditor"})
"""The roles that see every mark: one types them, the other looks at everything."""


def as_seen(
    process: Process,
    case: Candidature,
    roles: Collection[str],
    institution: str | None,
    now: datetime,
    person: str = "",
) -> Candidature:
    """The candidature as somebody may see it: without what is closed to them.

    Those are sheets that their roles may not read, and the marks of others in panels: all marks,
    those of the institution too, where the `person` steps aside. Its `closed` names them; what
    rules read of them is then not known.
    """
    case = readable(process, case, roles)
    if not SEES_ALL.isdisjoint(roles):
        return case
    aside = {panel for panel, those in case.aside.items() if person in those}
    own = "" if aside else institution or ""
    closed = tuple(
        name
        for name in process.definition.panels
        if name in aside or not _is_open(process, name, case, own, now)
    )
    return veiled(case, closed, own)


def readable(process: Process, case: Candidature, roles: Collection[str]) -> Candidature:
    """The candidature without the sheets closed to some roles; its reference hides the name."""
    closed = process.kept_from(roles)
    if not closed:
        return case
    seen, name_field = veiled(case, closed, ""), process.definition.config.contest.name_field
    fields = {sheet.assigned for sheet in process.definition.sheets.values() if sheet.assigned}
    if hidden := {
        field: case.facts[field] for field in fields if field in case.facts.keys() - seen.facts
    }:
        seen = seen.but(assigned=hidden)
    if name_field.partition(".")[0] not in closed:
        return seen
    return seen.but(private={**seen.private, name_field: case.ref})


def veiled(case: Candidature, closed: Collection[str], own: str) -> Candidature:
    """The candidature without closed answers and marks; that something was answered stays known."""
    if not closed:
        return case
    facts = {name: item for name, item in case.facts.items() if _is_shown(name, closed, own)}
    return case.but(
        closed=(*case.closed, *closed),
        facts=facts,
        given=case.given.union(case.facts.keys() - facts.keys()),
        scores={
            name: {
                institution: marks
                for institution, marks in marks_of.items()
                if name not in closed or institution == own
            }
            for name, marks_of in case.scores.items()
        },
        private={name: item for name, item in case.private.items() if _is_shown(name, closed, own)},
        panels={name: figures for name, figures in case.panels.items() if name not in closed},
    )


def _is_shown(name: str, closed: Collection[str], own: str) -> bool:
    """True for an answer that is not closed, and for what an institution has written itself."""
    field, _at, member = name.partition("@")
    return field.partition(".")[0] not in closed or (bool(own) and member == own)


def _is_open(
    process: Process, name: str, case: Candidature, institution: str, now: datetime
) -> bool:
    if institution in case.recused.get(name, ()):
        return False
    sheet = process.definition.sheets[name]
    if sheet.opens_at is not None:
        at = process.dates.resolve(parse_instant(sheet.opens_at), case)
        return at is not None and now >= at
    if sheet.hidden_until == OWN and has_answered(sheet, case.scores.get(name, {}), institution):
        return True
    # What no transition freezes stays as it is once no more marks can be given.
    final = name in case.panels or name not in process.frozen_by_ways
    return final and name not in process.states[case.state].opens
