"""Handing a candidature over to another contest."""

from __future__ import annotations

from pathlib import Path

import click

from ptce_workflow.base.words import N_
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import PATH, dry_run, reference

# Each command brings its views when it runs: `--help` builds every command and needs none.


@command(
    examples=("ptce hand-over C-010 --to ../ami --dry-run", "ptce hand-over C-010 --to ../ami"),
    shape="{ref, contest, there, state, made, carried, left: [{name, why}], line}",
)
@reference
@click.option(
    "--to",
    metavar=N_("DIR"),
    help=N_("The folder of the contest that takes it."),
    type=PATH,
    required=True,
)
@click.option(
    "--by",
    "transition",
    metavar=N_("TRANSITION"),
    help=N_("The way in there; else the first that takes one over."),
)
@dry_run
def hand_over(call: Invocation, ref: str, to: Path, transition: str | None, dry_run: bool) -> None:
    """Hand a candidature over to another contest.

    It begins there with the facts that the two contests share, and stays here as it is; each ledger
    names the line of the other. The rules there decide. Whoever acts is of the desk in both. Typed
    again, it completes what was interrupted.
    """
    from ptce_workflow.app.cases.handover import hand_over
    from ptce_workflow.cli.views import handover as views

    with call.other_contest(to) as other:
        done = hand_over(call.contest, ref, other, transition=transition, dry_run=dry_run)
    if call.out.as_data:
        call.out.data(views.handed_data(done, dry_run=dry_run))
    else:
        views.print_handed(call.out, call.contest.process, done, to, dry_run=dry_run)
