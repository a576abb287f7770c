"""Calling the sittings of the jury."""

from __future__ import annotations

from ptce_workflow.base.words import N_
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.naming import SITTING
from ptce_workflow.cli.parameters import argument, option
from ptce_workflow.cli.writing import Answer

HEADING = N_("Jury")
# Each command brings its views when it runs: `--help` builds every command and needs none.


@command(
    "convene",
    examples=(
        "ptce convene",
        N_('ptce convene --at "16/04/2024 14:00" --place "Salle du conseil"'),
    ),
    shape="{sitting, call, at, place, notice, late, unreached, moved, mails, line}",
)
@argument(
    "sitting",
    N_("SITTING"),
    N_("Which sitting, where there are several."),
    required=False,
    type=SITTING,
)
@option("--at", N_("INSTANT"), N_("When it meets; else at its date."))
@option("--place", N_("TEXT"), N_("Where it meets; else at the place of its date."))
def convene(call: Invocation, sitting: str | None, at: str | None, place: str | None) -> Answer:
    """Call a sitting of the jury.

    Its mail leaves to those who sit, with the calendar entry. Called again before it is held, its
    hour or place moves; called after a sitting that decided nothing, it is the next call.
    """
    from ptce_workflow.app.jury.convocation import convene
    from ptce_workflow.cli.views import sitting as views

    instant = call.instant(at, said_by="--at") if at else None
    done = convene(call.contest, sitting, at=instant, place=place or "")
    return Answer(views.convened(done), views.convened_data(done))
