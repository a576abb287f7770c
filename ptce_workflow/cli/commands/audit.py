"""Looking back: what happened, where every candidature stood, and whether the ledger is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ptce_workflow.base.words import _
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.invocation import Invocation, instant
from ptce_workflow.cli.parameters import argument, option, reference, yes_to_replace
from ptce_workflow.cli.writing import may_write, output_file

# Each command brings its views when it runs: `--help` builds every command and needs none.


def history(call: Invocation, ref: Annotated[str, reference()]) -> None:
    """Tells a candidature's story."""
    from ptce_workflow.cli.views import history as views

    told = call.contest.history(ref)
    if call.out.as_data:
        call.out.data(views.history_data(told))
    else:
        views.print_history(call.out, call.contest.show(ref), told)


def replay(
    call: Invocation,
    at: Annotated[
        str | None,
        option(
            "--at", _("INSTANT"), _("The instant, such as 2024-03-11T12:00:00+01:00; else now.")
        ),
    ] = None,
) -> None:
    """Tells where every candidature stood at an instant."""
    from ptce_workflow.cli.views import audit as views

    replayed = call.contest.replay(instant(at, said_by="--at") if at else None)
    if call.out.as_data:
        call.out.data(views.replay_data(replayed))
    else:
        views.print_replay(call.out, replayed)


def verify(
    call: Invocation,
    against: Annotated[
        Path | None,
        option("--against", _("DIR"), _("A contest that handed candidatures over, or took some.")),
    ] = None,
) -> int:
    """Verifies the ledger and what is shown."""
    from ptce_workflow.cli.views import audit as views

    if against is None:
        report = call.contest.verify()
    else:
        with call.other_contest(against) as other:
            report = call.contest.verify_against(other)
    if call.out.as_data:
        call.out.data(views.verify_data(report))
    else:
        views.print_verify(call.out, report)
    return DONE if report.intact else NOT_DONE


def backup(
    call: Invocation,
    file: Annotated[Path, argument(_("FILE"), _("Where to write the copy, such as contest.db."))],
    yes: Annotated[bool, yes_to_replace()] = False,
) -> int:
    """Copies the ledger, and verifies the copy."""
    from ptce_workflow.cli.views import audit as views
    from ptce_workflow.desk.backup import back_up, check_replaceable, kept_by_server
    from ptce_workflow.desk.place import database_file

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
