"""Sittings: holding one, and writing the minutes of one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.faults import show as show_fault
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import argument, dry_run, flag, option, yes_to_replace
from ptce_workflow.cli.values import alone
from ptce_workflow.cli.writing import output_file, written

if TYPE_CHECKING:
    from ptce_workflow.desk.deliberation import Deliberated
    from ptce_workflow.process.agenda import Agenda

# Each command brings its views when it runs: `--help` builds every command and needs none.


def _present() -> Any:
    said = _("The institutions that are there, with commas between.")
    return option("--present", _("NAMES"), said)


def _order() -> Any:
    said = _("A vote that parts those who share a rank, best first.")
    return option("--order", _("REF,REF"), said)


def _deviation() -> Any:
    said = _("A vote to decide otherwise than the ranking would have it.")
    return option("--deviation", _("REF=TRANSITION"), said)


def _voices(name: str, said: str) -> Any:
    return option(name, _("NAMES"), said)


def deliberate(
    call: Invocation,
    present: Annotated[str | None, _present()] = None,
    chair: Annotated[
        str | None, option("--chair", _("NAME"), _("The institution that chairs."))
    ] = None,
    sitting: Annotated[
        str | None, option("--sitting", _("NAME"), _("Which sitting, where there are several."))
    ] = None,
    order: Annotated[list[str] | None, _order()] = None,
    deviation: Annotated[list[str] | None, _deviation()] = None,
    ayes: Annotated[
        list[str] | None, _voices("--ayes", _("Who is for it; one for each vote."))
    ] = None,
    noes: Annotated[
        list[str] | None, _voices("--noes", _("Who is against it; one for each vote."))
    ] = None,
    reason: Annotated[
        list[str] | None, option("--reason", _("TEXT"), _("Why; one for each vote."))
    ] = None,
    agenda: Annotated[
        Path | None, option("--agenda", _("FILE"), _("All of it, in a file in TOML."))
    ] = None,
    template: Annotated[
        bool, flag("--template", _("Print such a file to fill in, with the ties and the cut."))
    ] = False,
    dry_run: Annotated[bool, dry_run()] = False,
    yes: Annotated[bool, flag("--yes", _("Do not ask: record it at once."))] = False,
) -> int:
    """Holds a sitting of the jury."""
    from ptce_workflow.cli.views import agenda as agendas

    typed = {"--present": present, "--chair": chair, "--sitting": sitting, "--order": order}
    typed |= {"--deviation": deviation, "--ayes": ayes, "--noes": noes, "--reason": reason}
    if template:
        alone("--template", {**typed, "--agenda": agenda} | {"--sitting": None})
        panel = agendas.panel_of(call.contest.process, sitting)
        call.out.raw(agendas.template(call.contest.standing(panel), sitting).encode())
        return DONE
    if agenda is not None:
        from ptce_workflow.intake.agenda import read_agenda

        alone("--agenda", typed)
        asked = read_agenda(agenda)
    else:
        votes = agendas.Votes(order or (), deviation or (), ayes or (), noes or (), reason or ())
        asked = agendas.agenda_typed(present, chair, sitting, votes)
    return _hold(call, asked, dry_run=dry_run, yes=yes)


def _hold(call: Invocation, asked: Agenda, *, dry_run: bool, yes: bool) -> int:
    """Shows how a sitting comes out, asks, and records it; the exit code."""
    from ptce_workflow.cli.views import deliberation as views

    shown = None
    if dry_run or not yes:
        shown = call.contest.deliberate(asked, dry_run=True)
        if dry_run:
            return _tell(call, asked, shown, dry_run=True)
        views.print_sitting(call.out, call.contest.process, asked, shown, dry_run=True)
        if not _agreed(call, shown):
            call.out.remark(_("Nothing was changed."))
            return NOT_DONE
    held = call.contest.deliberate(asked, shown=shown)
    return _tell(call, asked, held, dry_run=False)


def _agreed(call: Invocation, shown: Deliberated) -> bool:
    from ptce_workflow.cli.asking import agreed

    question = (
        _("Record this sitting and its decisions?")
        if shown.decided
        else _("It decides nothing. Record it all the same, with what stood in the way?")
    )
    return agreed(call.out, question)


def _tell(call: Invocation, asked: Agenda, held: Deliberated, *, dry_run: bool) -> int:
    """Prints what a sitting came to; the exit code."""
    from ptce_workflow.cli.views import deliberation as views

    process = call.contest.process
    if call.out.as_data:
        call.out.data(views.sitting_data(process, asked, held, dry_run=dry_run))
        return DONE if held.decided else NOT_DONE
    if held.decided:
        views.print_sitting(call.out, process, asked, held, dry_run=dry_run)
        if dry_run:
            call.out.remark(_("Nothing was changed."))
        else:
            views.print_next(call.out, call.contest.messages(("held",)), held)
        return DONE
    show_fault(views.undecided(process, asked, held, dry_run=dry_run), call.out)
    return NOT_DONE


def minutes(
    call: Invocation,
    number: Annotated[
        str | None, argument(_("NUMBER"), _("Which sitting, by its number; else the last one."))
    ] = None,
    file: Annotated[
        Path | None, option("-o", _("FILE"), _("Where to write it: a .docx, or a .html."))
    ] = None,
    listed: Annotated[bool, flag("--list", _("List the sittings that were held."))] = False,
    yes: Annotated[bool, yes_to_replace()] = False,
) -> int:
    """Writes the minutes of a sitting."""
    from ptce_workflow.cli.views import sittings as views

    if listed or call.out.as_data:
        alone("--list", {"-o": file, _("NUMBER"): number})
        found = call.contest.sittings()
        if call.out.as_data:
            call.out.data(views.sittings_data(found))
        else:
            views.print_sittings(call.out, call.contest.process, found)
        return DONE
    from ptce_workflow.documents.forms import FORMS, as_written

    if file is None:
        raise Misuse(
            _("Say where to write the minutes, as a .docx or a .html."),
            mend=_("For example: {command}").format(command="ptce minutes -o minutes.docx"),
        )
    target = output_file(call, file, FORMS)
    from ptce_workflow.documents.minutes import minutes_of

    sitting = call.contest.sitting(views.number_typed(number))
    if not written(call, target, as_written(minutes_of(sitting), target.form), yes=yes):
        return NOT_DONE
    views.print_written(call.out, sitting, file)
    return DONE
