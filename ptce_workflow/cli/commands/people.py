"""The people who may act: enrolled, listed, leaving."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptce_workflow.base.words import N_
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import to_file, yes_to_replace
from ptce_workflow.cli.writing import shown

if TYPE_CHECKING:
    from ptce_workflow.ledger.state import Person

# Each command brings its views when it runs: `--help` builds every command and needs none.

# What `--json` writes of people.
_PEOPLE = "[{actor, name, roles, institution, login, active}]"


@command(
    examples=(
        N_('ptce people enrol "Second desk" --role desk --login desk2'),
        N_('ptce people enrol "Juror 1" --role jury --institution dreets'),
    ),
    shape=_PEOPLE,
)
@click.argument("name", metavar=N_("NAME"), help=N_("The name by which people know them."))
@click.option(
    "--role",
    metavar=N_("ROLE"),
    help=N_("desk, jury or auditor; repeatable."),
    multiple=True,
    required=True,
)
@click.option(
    "--institution", metavar=N_("NAME"), help=N_("The institution that a juror speaks for.")
)
@click.option("--login", metavar=N_("NAME"), help=N_("Their login on this machine."))
@click.option("--email", metavar=N_("ADDRESS"), help=N_("Their address."))
def enrol(
    call: Invocation,
    name: str,
    role: tuple[str, ...],
    institution: str | None,
    login: str | None,
    email: str | None,
) -> int:
    """Enrol a person with one role or several.

    The ledger keeps a pseudonym and the roles; the name and the address stand beside it and can be
    erased. Whoever sits in the jury needs an institution.
    """
    from ptce_workflow.app.admin.people import enrol

    person = enrol(call.contest, name, role, institution=institution, login=login, email=email)
    return _told(call, [person])


@command(examples=("ptce people list",), shape=_PEOPLE)
@to_file
@yes_to_replace
def listing(call: Invocation, file: Path | None, yes: bool) -> int:
    """List the people enrolled and their roles."""
    from ptce_workflow.app.admin.people import list_people

    enrolled = list_people(call.contest)
    return _told(call, enrolled, file, yes=yes)


@command(examples=("ptce people leave P-003",), shape=_PEOPLE)
@click.argument("who", metavar=N_("ACTOR"), help=N_("The person's pseudonym or login."))
def leave(call: Invocation, who: str) -> int:
    """Record that a person no longer acts."""
    from ptce_workflow.app.admin.people import leave

    person = leave(call.contest, who)
    return _told(call, [person])


def _told(
    call: Invocation, people: Sequence[Person], file: Path | None = None, *, yes: bool = False
) -> int:
    from ptce_workflow.cli.views import people as views

    process, now = call.contest.process, call.contest.clock.now()
    return shown(
        call,
        lambda: views.people_report(process, people, now),
        lambda: views.people_data(people),
        file,
        yes=yes,
    )
