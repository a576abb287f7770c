"""Looking back: what happened, where every candidature stood, and whether the ledger is whole."""

from __future__ import annotations

from pathlib import Path

import click

from ptce_workflow.base.words import N_
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation, instant
from ptce_workflow.cli.parameters import PATH, reference, to_file, yes_to_replace
from ptce_workflow.cli.writing import may_write, output_file, shown

# Each command brings its views when it runs: `--help` builds every command and needs none.


@command(
    examples=("ptce history C-005",),
    shape="[{n, at, actor, type, process, data, side}]",
)
@reference
@to_file
@yes_to_replace
def history(call: Invocation, ref: str, file: Path | None, yes: bool) -> int:
    """Tell a candidature's story, line by line."""
    from ptce_workflow.app.cases.history import history
    from ptce_workflow.app.cases.overview import show
    from ptce_workflow.cli.views import history as views

    told = history(call.contest, ref)
    call.tell_unchained(ref)
    now = call.contest.clock.now()
    return shown(
        call,
        lambda: views.history_report(show(call.contest, ref), told, now),
        lambda: views.history_data(told),
        file,
        yes=yes,
    )


@command(
    examples=("ptce replay --at 2024-03-11T12:00:00+01:00",),
    shape="{as_of, candidatures: [{ref, state}]}",
)
@click.option(
    "--at",
    metavar=N_("INSTANT"),
    help=N_("The instant, such as 2024-03-11T12:00:00+01:00; else now."),
)
@to_file
@yes_to_replace
def replay(call: Invocation, at: str | None, file: Path | None, yes: bool) -> int:
    """Tell where every candidature stood at an instant.

    Read from the ledger alone, whatever is shown today.
    """
    from ptce_workflow.app.cases.history import replay_at
    from ptce_workflow.cli.views import audit as views

    replayed = replay_at(call.contest, instant(at, said_by="--at") if at else None)
    return shown(
        call,
        lambda: views.replay_report(replayed),
        lambda: views.replay_data(replayed),
        file,
        yes=yes,
    )


@command(
    examples=("ptce verify", "ptce verify --against ../ami"),
    shape="{lines, intact, links, findings: [{line, what, why}], remarks: [{line, what, why}]}",
)
@click.option(
    "--against",
    metavar=N_("DIR"),
    help=N_("A contest that handed candidatures over, or took some."),
    type=PATH,
)
@to_file
@yes_to_replace
def verify(call: Invocation, against: Path | None, file: Path | None, yes: bool) -> int:
    """Verify the ledger, and that what is shown follows from it.

    Says what is broken and at which line; exits with 1 if anything is. With --against, each
    hand-over is looked up in the other ledger as well.
    """
    from ptce_workflow.app.admin.verify import verify, verify_against
    from ptce_workflow.cli.views import audit as views

    if against is None:
        report = verify(call.contest)
    else:
        with call.other_contest(against) as other:
            report = verify_against(call.contest, other)
    now = call.contest.clock.now()
    code = shown(
        call,
        lambda: views.verify_report(report, call.contest_dir, now),
        lambda: views.verify_data(report),
        file,
        yes=yes,
    )
    return code if report.intact else NOT_DONE


@command(
    examples=(N_("ptce backup contest.db"),),
)
@click.argument(
    "file",
    metavar=N_("FILE"),
    help=N_("Where to write the copy, such as contest.db."),
    type=PATH,
)
@yes_to_replace
def backup(call: Invocation, file: Path, yes: bool) -> int:
    """Copy the ledger into a file to keep elsewhere, and verify the copy.

    The copy is of one state throughout, while others write too; it bears its name once it is whole.
    Only an earlier copy of the same ledger is replaced.
    """
    from ptce_workflow.app.admin.backup import back_up, check_replaceable, kept_by_server
    from ptce_workflow.app.locations import database_file
    from ptce_workflow.cli.views import audit as views

    # Looked at before the contest is opened: no driver of a server need be there to say so.
    if database_file(call.contest_dir) is None:
        raise kept_by_server()
    target = output_file(call, file, (".db",), any_name=True)
    check_replaceable(call.contest, target)
    if not may_write(call, target, yes=yes):
        return NOT_DONE
    report = back_up(call.contest, target)
    views.print_backup(call.out, target.path, report)
    return DONE if report.intact else NOT_DONE
