"""The output about the people who may act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.base.words import _, language
from ptce_workflow.papers.report import Column, Report, Table, of_contest

if TYPE_CHECKING:
    from ptce_workflow.ledger.state import Person
    from ptce_workflow.process.process import Process


def people_data(people: Sequence[Person]) -> list[dict[str, Any]]:
    """`ptce people … --json`; names are null once they were erased."""
    return [
        {
            "actor": person.pseudonym,
            "name": person.private.get("name"),
            "roles": list(person.roles),
            "institution": person.institution,
            "login": person.private.get("login"),
            "active": person.active,
        }
        for person in people
    ]


def people_report(process: Process, people: Sequence[Person], now: datetime) -> Report:
    """`ptce people list`, and the one person of `enrol` and `leave`."""
    columns = [
        Column(_("who"), share=2),
        Column(_("name"), flexible=True, share=5),
        Column(_("roles"), share=3),
        Column(_("login"), flexible=True, share=3),
    ]
    rows = [_row(person) for person in people]
    if any(person.institution for person in people):
        institutions = process.definition.config.institutions
        columns.append(Column(_("institution"), flexible=True, below=True, share=5))
        for person, row in zip(people, rows, strict=True):
            seat = institutions.get(person.institution or "")
            row.append(seat.label.in_(language()) if seat else person.institution or "")
    return of_contest(process, _("People"), now, [Table(columns, rows)])


def _row(person: Person) -> list[str]:
    roles = ", ".join(role_label(role) for role in person.roles)
    return [
        person.pseudonym,
        person.private.get("name") or _("(erased)"),
        roles if person.active else _("has left"),
        person.private.get("login") or "",
    ]


def role_label(role: str) -> str:
    """The label of whoever has a role."""
    return {
        "desk": _("desk"),
        "jury": _("juror"),
        "auditor": _("auditor"),
        "scheduler": _("scheduler"),
        "courier": _("courier"),
    }.get(role, role)
