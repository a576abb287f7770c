"""What time does by itself."""

from __future__ import annotations

from ptce_workflow.cli.invocation import Invocation


def tick(call: Invocation) -> None:
    """Does all that is due by now."""
    # Brought when it runs: `--help` builds every command and needs none of it.
    from ptce_workflow.cli.views import time as views
    from ptce_workflow.scheduler.tick import tick

    ticked = tick(call.contest)
    process = call.contest.process
    if call.out.as_data:
        call.out.data(views.tick_data(ticked))
    else:
        views.print_tick(call.out, process, ticked)
