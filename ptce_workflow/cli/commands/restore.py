"""Going back to a backup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import N_, _
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import PATH, argument, flag
from ptce_workflow.cli.writing import Answer, agreed, show

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest

HEADING = N_("Audit")


@command("restore", examples=(N_("ptce restore ../copies/2024-03-11.db"),))
@argument("copy", N_("FILE"), N_("A file that `ptce backup` made."), type=PATH)
@flag("--yes", N_("Do not ask before lines are lost."))
def restore(call: Invocation, copy: Path) -> Answer | int:
    """Put a backup in the place of the ledger.

    The backup is verified, and what the ledger has and the backup has not is shown first; a copy of
    the ledger stays. What was erased since is erased again. Nothing should make passes meanwhile.
    """
    from ptce_workflow.app.admin.restore import (
        erased_again,
        looked_at,
        put_back,
        unreadable,
    )
    from ptce_workflow.app.admin.verify import verify
    from ptce_workflow.base.clock import SystemClock
    from ptce_workflow.cli.views import restore as views

    folder, clock = call.contest_dir, call.clock or SystemClock()
    present: Contest | PtceError
    try:
        present = call.contest
    except PtceError as error:
        if not unreadable(folder, error):
            raise
        # Gone or damaged: that is what a backup is for.
        present = error
    with looked_at(present, folder, copy, clock, call.out.progress) as found:
        show(call.out, views.to_restore(found, copy, found.contest.process.zone))
        if not agreed(call, _("Put it in the place of the ledger?"), _("Nothing was changed.")):
            return NOT_DONE
        aside, target = put_back(found, clock), found.place
    with call.opened(folder) as contest:
        contest.watch = call.out.progress
        again, refused = erased_again(contest)
        report = verify(contest)
    told = views.restored(target, report, aside, again, refused)
    return Answer(told, code=DONE if report.intact else NOT_DONE)
