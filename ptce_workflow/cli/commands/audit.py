"""Looking back: what happened, where every candidature stood, and whether the ledger is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ptce_workflow.base.words import _
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.invocation import Invocation, instant
from ptce_workflow.cli.parameters import option, reference

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
