"""What changed between two instants, and the report of an audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import N_
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import option, to_file
from ptce_workflow.cli.writing import Answer

if TYPE_CHECKING:
    from ptce_workflow.app.admin.verify import Verification
    from ptce_workflow.app.contest import Contest

HEADING = N_("Audit")
# Each command brings its views when it runs: `--help` builds every command and needs none.


@command(
    "diff",
    examples=(
        "ptce diff --from 11/03/2024 --to 12/03/2024",
        N_('ptce diff --from "11 March 2024 at 12:00"'),
    ),
    shape="{from: {at, line}, to: {at, line}, changes: [{kind, ref, name, key, before, after}]}",
)
@option(
    "--from since",
    N_("INSTANT"),
    N_("An hour, such as 11/03/2024 12:00, or the end of a day."),
    required=True,
)
@option("--to until", N_("INSTANT"), N_("The same, later; else now."), default="")
@to_file()
def diff(call: Invocation, since: str, until: str) -> Answer:
    """Tell what changed between two instants.

    States, answers, marks, ranks, mails, rules and people, as the ledger has them at both.
    """
    from ptce_workflow.app.cases.between import between
    from ptce_workflow.cli.views import between as views

    now = call.contest.clock.now()
    first = call.earlier(since, said_by="--from")
    last = call.earlier(until, said_by="--to") if until else now
    found = between(call.contest, first, last)
    return Answer(lambda: views.diff_report(found, now), lambda: views.diff_data(found))


@command(
    "audit",
    examples=("ptce audit", N_("ptce audit -o audit.docx")),
    shape=(
        "{lines, intact, findings: [{line, what, why}], remarks: [{line, what, why}], people: "
        "[{actor, name, roles, institution, since, line, until, lines}], sections: [{name, "
        "commands, rows: [{kind, line, at, ref, who, told}]}]}"
    ),
)
@to_file()
def audit(call: Invocation) -> Answer:
    """Report on the contest in the order in which an auditor works.

    What was verified, who ran the contest, its rules and their changes, receipts and what was late,
    refusals, the jury, mails, what was mended or erased, and what the record cannot show. Each part
    names the command that shows more. For the desk and the auditor; exits with 1 if anything is
    broken.
    """
    from ptce_workflow.cli.views import auditing as views
    from ptce_workflow.papers.auditing import audited

    contest = call.contest
    report = _verified(contest)
    code = DONE if report.intact else NOT_DONE
    try:
        found = audited(contest)
    except PtceError as error:
        if report.intact:
            raise
        damage = str(error)
        return Answer(
            lambda: views.unread(report, contest, damage), views.unread_data(report), code
        )
    return Answer(
        lambda: views.audit_report(contest, report, found),
        lambda: views.audit_data(report, found),
        code,
    )


def _verified(contest: Contest) -> Verification:
    """The contest verified; of an export, its files as well."""
    if contest.is_copy:
        from ptce_workflow.app.admin.exported import verify_export

        return verify_export(contest.folder, watch=contest.watch)
    from ptce_workflow.app.admin.verify import verify

    return verify(contest)
