"""Handing over what the contest holds, in forms that others read without this program."""

from __future__ import annotations

from pathlib import Path

from ptce_workflow.base.words import N_, _
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import PATH, argument, yes_to_replace
from ptce_workflow.cli.writing import Answer, agreed

HEADING = N_("Audit")


@command("export", examples=("ptce export ../export",))
@argument(
    "folder", N_("DIR"), N_("Where to write it: a new folder, or an earlier export."), type=PATH
)
@yes_to_replace
def export(call: Invocation, folder: Path) -> Answer | int:
    """Export the ledger into a folder that anyone can check, and verify it.

    Its VERIFY.md tells how to check everything by sha256sum, jq and openssl alone. Two exports of
    one ledger are equal to the byte. Only an earlier export of the same ledger is replaced.
    """
    from ptce_workflow.app.admin.export import check_target, export
    from ptce_workflow.app.admin.exported import is_export
    from ptce_workflow.cli.views import audit as views
    from ptce_workflow.papers.verify_pages import verify_pages

    check_target(call.contest, folder)
    question = _("{folder} is an export already. Replace it?").format(folder=folder)
    if is_export(folder) and not agreed(call, question, _("Nothing was written.")):
        return NOT_DONE
    report = export(call.contest, folder, verify_pages)
    return Answer(views.exported(folder, report), code=DONE if report.intact else NOT_DONE)
