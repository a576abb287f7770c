"""Who may act, as it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ptce_workflow.base.words import _, language
from ptce_workflow.cli.layout import Column
from ptce_workflow.cli.output import Output

if TYPE_CHECKING:
    from ptce_workflow.ledger.replay import Person
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


def say_people(out: Output, process: Process, people: Sequence[Person]) -> None:
    """`ptce people …`: as data, or as a table."""
    if out.as_data:
        out.data(people_data(people))
    else:
        print_people(out, process, people)


def print_people(out: Output, process: Process, people: Sequence[Person]) -> None:
    """`ptce people list`, and the one person of `enrol` and `leave`."""
    columns = [
        Column(_("who")),
        Column(_("name"), flexible=True),
        Column(_("roles")),
        Column(_("login"), flexible=True),
    ]
    rows = [_row(person) for person in people]
    if any(person.institution for person in people):
        institutions = process.definition.config.institutions
        columns.append(Column(_("institution"), flexible=True, below=True))
        for person, row in zip(people, rows, strict=True):
            seat = institutions.get(person.institution or "")
            row.append(seat.label.in_(language()) if seat else person.institution or "")
    out.table(columns, rows)


def _row(person: Person) -> list[str]:
    roles = ", ".join(role_label(role) for role in person.roles)
    return [
        person.pseudonym,
        person.private.get("name") or _("(erased)"),
        roles if person.active else _("has left"),
        person.private.get("login") or "",
    ]


def role_label(role: str) -> str:
    """What people call whoever has a role."""
    return {
        "desk": _("desk"),
        "jury": _("juror"),
        "auditor": _("auditor"),
        "scheduler": _("scheduler"),
        "courier": _("courier"),
    }.get(role, role)
