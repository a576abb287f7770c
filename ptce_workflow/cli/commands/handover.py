"""Handing a candidature over to another contest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ptce_workflow.base.words import _
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import dry_run, option, reference

# Each command brings its views when it runs: `--help` builds every command and needs none.


def hand_over(
    call: Invocation,
    ref: Annotated[str, reference()],
    to: Annotated[Path, option("--to", _("DIR"), _("The folder of the contest that takes it."))],
    transition: Annotated[
        str | None,
        option("--by", _("TRANSITION"), _("The way in there; else the first that takes one over.")),
    ] = None,
    dry_run: Annotated[bool, dry_run()] = False,
) -> None:
    """Hands a candidature over to another contest."""
    from ptce_workflow.cli.views import handover as views

    with call.other_contest(to) as other:
        done = call.contest.hand_over(ref, other, transition=transition, dry_run=dry_run)
    if call.out.as_data:
        call.out.data(views.handed_data(done, dry_run=dry_run))
    else:
        views.print_handed(call.out, call.contest.process, done, to, dry_run=dry_run)
