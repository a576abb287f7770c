"""Setting a contest up: its folder, its process, its people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ptce_workflow.base.words import _
from ptce_workflow.cli.faults import DONE, MISUSED, NOT_DONE
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import argument, dry_run, flag, option, reason
from ptce_workflow.cli.values import one_of, pairs
from ptce_workflow.desk.bundled import MODELS

# Each command brings its views when it runs: `--help` builds every command and needs none.
DIAGRAM_FORMATS = ("mermaid",)


def init(
    call: Invocation,
    folder: Annotated[Path, argument(_("DIR"), _("The folder; made if it does not exist."))],
    rehearsal: Annotated[
        bool, flag("--rehearsal", _("A contest to practise on: PTCE_NOW sets its clock."))
    ] = False,
    model: Annotated[
        str | None,
        option(
            "--model",
            _("NAME"),
            _("The model to copy: {names}; the first of them unless you say another.").format(
                names=", ".join(MODELS)
            ),
        ),
    ] = None,
    upgrade: Annotated[
        bool,
        flag("--upgrade", _("Bring the database of an older program up to date, copied first.")),
    ] = False,
) -> None:
    """Makes a contest folder and its ledger."""
    from ptce_workflow.cli.views import setup as views
    from ptce_workflow.desk.create import create
    from ptce_workflow.desk.create import upgrade as bring_up_to_date

    if upgrade:
        views.print_upgraded(call.out, bring_up_to_date(folder))
        return
    created = create(
        folder, login=call.need_actor(), rehearsal=rehearsal, clock=call.clock, model=model
    )
    views.print_created(call.out, folder, created)


def check(
    call: Invocation,
    folder: Annotated[
        Path | None, argument(_("DIR"), _("The folder; else that of the contest."))
    ] = None,
) -> int:
    """Says all that is wrong with a contest folder."""
    from ptce_workflow.cli.views import setup as views
    from ptce_workflow.desk.place import read_folder
    from ptce_workflow.process.check import check
    from ptce_workflow.process.process import Process

    files = read_folder(folder or call.contest_dir)
    findings = check(files)
    if call.out.as_data:
        call.out.data(views.check_data(findings))
    else:
        views.print_check(call.out, findings, None if findings else Process.load(files))
    return MISUSED if findings else DONE


def adopt(
    call: Invocation,
    reason: Annotated[str | None, reason()] = None,
    mapped: Annotated[
        list[str] | None,
        option(
            "--map",
            _("OLD=NEW"),
            _("The state that takes over from one that disappears; repeatable."),
        ),
    ] = None,
    dropped: Annotated[
        list[str] | None,
        option(
            "--drop",
            _("SHEET.FIELD"),
            _("A field whose recorded facts no longer count; repeatable."),
        ),
    ] = None,
    dry_run: Annotated[bool, dry_run()] = False,
) -> int:
    """Puts the folder's present process into force; without a reason, shows what it would do."""
    states = pairs(mapped or (), form=_("OLD=NEW"))
    from ptce_workflow.cli.views import setup as views

    looking = dry_run or reason is None
    adoption = call.contest.adopt(reason, states=states, drop=dropped or (), dry_run=looking)
    views.print_adoption(call.out, adoption, dry_run=looking)
    return NOT_DONE if adoption.changes and looking and not dry_run else DONE


def diagram(
    call: Invocation,
    form: Annotated[
        str, option("--format", _("FORMAT"), _("How it is written: mermaid."))
    ] = "mermaid",
) -> None:
    """Draws the states and transitions of the process."""
    from ptce_workflow.base.words import language
    from ptce_workflow.desk.place import read_folder
    from ptce_workflow.process.diagram import mermaid
    from ptce_workflow.process.process import Process

    one_of(form, DIAGRAM_FORMATS, option="--format")
    call.out.say(mermaid(Process.load(read_folder(call.contest_dir)), language()))


def enrol(
    call: Invocation,
    name: Annotated[str, argument(_("NAME"), _("The name by which people know them."))],
    role: Annotated[
        list[str],
        option("--role", _("ROLE"), _("desk, jury or auditor; repeatable.")),
    ],
    institution: Annotated[
        str | None,
        option("--institution", _("NAME"), _("The institution that a juror speaks for.")),
    ] = None,
    login: Annotated[
        str | None, option("--login", _("NAME"), _("Their login on this machine."))
    ] = None,
    email: Annotated[str | None, option("--email", _("ADDRESS"), _("Their address."))] = None,
) -> None:
    """Enrols a person."""
    from ptce_workflow.cli.views import people as views

    person = call.contest.enrol(name, role, institution=institution, login=login, email=email)
    views.say_people(call.out, call.contest.process, [person])


def people(call: Invocation) -> None:
    """Lists the people enrolled."""
    from ptce_workflow.cli.views import people as views

    enrolled = call.contest.people()
    views.say_people(call.out, call.contest.process, enrolled)


def leave(
    call: Invocation,
    who: Annotated[str, argument(_("ACTOR"), _("The person's pseudonym or login."))],
) -> None:
    """Records that a person no longer acts."""
    from ptce_workflow.cli.views import people as views

    person = call.contest.leave(who)
    views.say_people(call.out, call.contest.process, [person])
