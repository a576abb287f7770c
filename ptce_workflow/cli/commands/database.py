"""The database in which a contest is kept."""

from __future__ import annotations

from ptce_workflow.base.words import N_
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import argument, flag, option, to_file
from ptce_workflow.cli.writing import Answer, output_file, write


@command(
    "move",
    examples=("ptce move ../contest.db", "ptce move postgresql://db.example/contests"),
    shape="{contest, place, lines, head}",
)
@argument("target", N_("URL|FILE"), N_("The database in which it goes on."))
@flag("--yes", N_("Move a ledger with faults too, or go on here where the other one is lost."))
def move(call: Invocation, target: str) -> Answer:
    """Move the contest to another database, on a server or in a file.

    The same bytes and the same heads: all is compared and verified before it goes on there. Other
    contests may be in it, or an earlier state of this ledger, which is brought up to date. Nobody
    writes meanwhile; afterwards local.toml names that database, and the former one is only read.
    What was interrupted is typed again; the name of the former one brings the contest back.
    """
    from ptce_workflow.app.admin.moving import move
    from ptce_workflow.cli.views import database as views

    moved = move(call.contest, target, anyway=call.yes)
    data = views.moved_data(call.contest.id, moved)
    return Answer(views.moved(moved), data, DONE if moved.report.intact else NOT_DONE)


@command(
    "grants",
    examples=(
        "ptce grants -o grants.sql",
        "ptce grants --prefix occitanie",
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
