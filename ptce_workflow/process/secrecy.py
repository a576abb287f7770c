"""Closed marks: what a person may see of a candidature that a panel is marking.

It is a curtain, not a lock: whoever holds the database holds the marks.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from ptce_workflow.process.model.sheets import OWN
from ptce_workflow.process.panel.figures import has_answered
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, commented_by
from ptce_workflow.process.time.instant import parse_instant

SEES_ALL = frozenset({"desk", "auditor"})
"""The roles that see every mark: one types them, the other looks at everything."""


def as_seen(
    process: Process,
    case: Case,
    roles: Collection[str],
    institution: str | None,
    now: datetime,
    person: str = "",
) -> Case:
    """The candidature as somebody may see it: without the marks of others that are closed to them.

    A `person` who steps aside from a panel sees nothing of it, not even what is given for the
    institution.

    Its `closed` names those panels; what rules read of their figures is then not known.
    """
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


def veiled(case: Case, closed: Collection[str], own: str) -> Case:
    """The candidature without what others than an institution have given to some panels."""
    if not closed:
        return case
    return case.but(
        closed=tuple(closed),
        scores={
            name: {one: marks for one, marks in given.items() if name not in closed or one == own}
            for name, given in case.scores.items()
        },
        private={
            name: said
            for name, said in case.private.items()
            if commented_by(name, closed) in (None, own)
        },
        panels={name: found for name, found in case.panels.items() if name not in closed},
    )


def _is_open(process: Process, name: str, case: Case, institution: str, now: datetime) -> bool:
    """True where somebody of an institution sees the marks of a panel."""
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
