"""The database in which a contest is kept."""

from __future__ import annotations

from ptce_workflow.base.words import N_
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import flag, option, to_file
from ptce_workflow.cli.writing import Answer, output_file, write


@command(
    "database copy",
    examples=(
        "ptce database copy --to ../contest.db",
        "ptce database copy --to postgresql://db.example/contests --switch",
    ),
    shape="{contest, place, lines, head, rows, switched}",
)
@option("--to target", N_("URL|FILE"), N_("The database in which it goes on."), required=True)
@flag("--switch", N_("Write it in local.toml as well: every command finds it there."))
@flag("--yes", N_("Move a ledger with faults too, as it is."))
def copy(call: Invocation, target: str, switch: bool) -> Answer:
    """Move the contest to another database, on a server or in a file.

    The same bytes and the same heads: all is compared and verified before it goes on there. Other
    contests may be in it, or an earlier state of this ledger, which is brought up to date. Nobody
    writes meanwhile; afterwards the contest is only read where it was, which `ptce database reopen`
    takes back. The ledger tells nothing of it.
    """
    from ptce_workflow.app.admin.moving import move
    from ptce_workflow.cli.views import database as views

    moved = move(call.contest, target, switch=switch, faulty=call.yes)
    data = views.moved_data(call.contest.id, moved)
    return Answer(views.moved(moved), data, DONE if moved.report.intact else NOT_DONE)


@command("database reopen", examples=("ptce database reopen",))
@option(
    "--from other",
    N_("URL|FILE"),
    N_("The database in which it was to go on, where a password is needed to open it."),
)
@flag("--yes", N_("Do not look whether the contest has gone on where it was moved to."))
def reopen(call: Invocation, other: str | None) -> Answer:
    """Have the contest written again in the database that it was moved from.

    Refused where it has gone on in the other one. That one is only read from then on.
    """
    from ptce_workflow.app.admin.moving import reopen
    from ptce_workflow.cli.views import database as views

    return Answer(views.reopened(reopen(call.contest, other, alone=call.yes)))


@command(
    "database grants",
    examples=(
        "ptce database grants -o grants.sql",
        "ptce database grants --prefix occitanie",
    ),
)
@option(
    "--prefix",
    N_("NAME"),
    N_("How the names of the roles begin: NAME_desk, NAME_jury, NAME_scheduler, NAME_auditor."),
    default="ptce",
)
@to_file(N_("Write it there, as .sql."))
def grants(call: Invocation, prefix: str) -> int:
    """Write the SQL that lets each role of a server's database do only what it may.

    The desk, the jury, the scheduler and the auditor are groups of logins. They add lines, each in
    its own name, and change none. Whoever administers the database runs it, once or again:
    psql -f grants.sql.
    """
    from ptce_workflow.app.admin.granting import grants

    target = None if call.file is None else output_file(call, call.file, (".sql",))
    script = grants(call.contest_dir, prefix).encode()
    if target is not None:
        return write(call, target, script)
    call.out.raw(script)
    return DONE
