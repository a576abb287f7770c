"""Setting a contest up: its folder, its process, its people."""

from __future__ import annotations

from pathlib import Path

import click

from ptce_workflow.app.locations import MODELS
from ptce_workflow.base.words import N_, _
from ptce_workflow.cli.faults import DONE, MISUSED, NOT_DONE
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import PATH, OneOf, dry_run, pairs, reason

# Each command brings its views when it runs: `--help` builds every command and needs none.


@command(
    examples=(
        "ptce init occitanie-2024",
        "ptce init rehearsal-2024 --rehearsal",
        "ptce init ami --model ami-permanent",
    ),
)
@click.argument(
    "folder", metavar=N_("DIR"), help=N_("The folder; made if it does not exist."), type=PATH
)
@click.option(
    "--rehearsal", is_flag=True, help=N_("A contest to practise on: PTCE_NOW sets its clock.")
)
@click.option(
    "--model",
    metavar=N_("NAME"),
    help=N_("The model to copy; the first of them unless you say another."),
    type=OneOf(MODELS),
)
@click.option(
    "--upgrade",
    is_flag=True,
    help=N_("Bring the database of an older program up to date, copied first."),
)
def init(call: Invocation, folder: Path, rehearsal: bool, model: str | None, upgrade: bool) -> None:
    """Make a contest folder and its ledger.

    Copies a model contest into DIR where DIR holds none yet, opens the ledger, records the process
    and enrols the present login as desk. A rehearsal runs on a clock that PTCE_NOW sets; its ledger
    says so from its first line.
    """
    from ptce_workflow.app.admin.create import create
    from ptce_workflow.app.admin.create import upgrade as bring_up_to_date
    from ptce_workflow.cli.views import setup as views

    if upgrade:
        views.print_upgraded(call.out, bring_up_to_date(folder))
        return
    created = create(
        folder, login=call.need_actor(), rehearsal=rehearsal, clock=call.clock, model=model
    )
    views.print_created(call.out, folder, created)


@command(
    examples=("ptce check", "ptce check occitanie-2024"),
    shape="[{file, key, what, why, mend}]",
)
@click.argument(
    "folder",
    metavar=N_("DIR"),
    help=N_("The folder; else that of the contest."),
    type=PATH,
    required=False,
)
def check(call: Invocation, folder: Path | None) -> int:
    """Check a contest folder and list its faults.

    Reads only: nothing is recorded, and no ledger is needed.
    """
    from ptce_workflow.app.locations import read_folder
    from ptce_workflow.base.clock import SystemClock
    from ptce_workflow.cli.views import setup as views
    from ptce_workflow.process.check import examined
    from ptce_workflow.process.check.remarks import remarks

    place = folder or call.contest_dir
    with call.speaking_of(place):
        process, findings = examined(read_folder(place))
        if call.out.as_data:
            call.out.data(views.check_data(findings))
        elif process is None or findings:
            views.print_faults(call.out, findings)
        else:
            now = (call.clock or SystemClock()).now()
            views.print_sound(call.out, process, remarks(process, now))
    return MISUSED if findings else DONE


@command(
    examples=(
        "ptce adopt --dry-run",
        N_('ptce adopt --reason "deadline put back by a week"'),
        "ptce adopt --reason … --map waitlisted=not_selected --drop review.notes",
    ),
)
@reason
@click.option(
    "--map",
    "mapped",
    metavar=N_("OLD=NEW"),
    help=N_("The state that takes over from one that disappears; repeatable."),
    multiple=True,
)
@click.option(
    "--drop",
    "dropped",
    metavar=N_("SHEET.FIELD"),
    help=N_("A field whose recorded facts no longer count; repeatable."),
    multiple=True,
)
@dry_run
def adopt(
    call: Invocation,
    reason: str | None,
    mapped: tuple[str, ...],
    dropped: tuple[str, ...],
    dry_run: bool,
) -> int:
    """Put the process of the folder into force.

    The one way a rule changes. Shows the difference from the process in force, then records it with
    its reason. Refused while a candidature stands in a state that disappears or a recorded fact no
    longer fits, unless --map or --drop says what becomes of it.
    """
    from ptce_workflow.app.admin.adopt import adopt

    states = pairs(mapped, form=_("OLD=NEW"))
    from ptce_workflow.cli.views import setup as views

    looking = dry_run or reason is None
    adoption = adopt(call.contest, reason, states=states, drop=dropped, dry_run=looking)
    views.print_adoption(call.out, adoption, dry_run=looking)
    return NOT_DONE if adoption.changes and looking and not dry_run else DONE


@command(
    examples=("ptce diagram", "ptce diagram --format mermaid > process.mmd"),
)
@click.option(
    "--format",
    "form",
    metavar=N_("FORMAT"),
    help=N_("How it is written."),
    type=OneOf(("mermaid",)),
    default="mermaid",
)
def diagram(call: Invocation, form: str) -> None:
    """Draw the states and transitions of the process."""
    from ptce_workflow.app.locations import read_folder
    from ptce_workflow.base.words import language
    from ptce_workflow.process.explain import mermaid
    from ptce_workflow.process.process import Process

    call.out.say(mermaid(Process.load(read_folder(call.contest_dir)), language()))
