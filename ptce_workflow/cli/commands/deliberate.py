"""Sittings: holding one, and writing the minutes of one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import N_, _
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.faults import show as show_fault
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import PATH, alone, dry_run, yes_to_replace
from ptce_workflow.cli.writing import output_file, shown, written

if TYPE_CHECKING:
    from ptce_workflow.app.jury.sitting_run import Deliberated
    from ptce_workflow.process.panel.sitting import Agenda

# Each command brings its views when it runs: `--help` builds every command and needs none.


# What `--json` writes of one decision, and of one vote.
_DECISIONS = (
    "decisions: [{ref, name, rank, tied, mean, transition, to, instead, reason, tries: "
    "[{transition, allowed, verdicts}]}]"
)
_VOTES = "votes: [{about, refs, transition, ayes, noes, casting, carried, reason}]"


@command(
    examples=(
        "ptce deliberate --present sgar,cress,dreets,region --chair sgar --dry-run",
        "ptce deliberate --template > agenda.toml",
        "ptce deliberate --agenda agenda.toml",
        N_(
            "ptce deliberate --present sgar,cress,dreets,region --deviation C-007=wait_list "
            '--ayes sgar,cress,dreets --noes region --reason "…"'
        ),
    ),
    shape=f"{{line, sitting, call, present, chair, decided, written, {_VOTES}, {_DECISIONS}}}",
)
@click.option(
    "--present",
    metavar=N_("NAMES"),
    help=N_("The institutions that are there, with commas between."),
)
@click.option("--chair", metavar=N_("NAME"), help=N_("The institution that chairs."))
@click.option("--sitting", metavar=N_("NAME"), help=N_("Which sitting, where there are several."))
@click.option(
    "--order",
    metavar=N_("REF,REF"),
    help=N_("A vote that parts those who share a rank, best first."),
    multiple=True,
)
@click.option(
    "--deviation",
    metavar=N_("REF=TRANSITION"),
    help=N_("A vote to decide otherwise than the ranking would have it."),
    multiple=True,
)
@click.option(
    "--ayes", metavar=N_("NAMES"), help=N_("Who is for it; one for each vote."), multiple=True
)
@click.option(
    "--noes", metavar=N_("NAMES"), help=N_("Who is against it; one for each vote."), multiple=True
)
@click.option("--reason", metavar=N_("TEXT"), help=N_("Why; one for each vote."), multiple=True)
@click.option("--agenda", metavar=N_("FILE"), help=N_("All of it, in a file in TOML."), type=PATH)
@click.option(
    "--template", is_flag=True, help=N_("Print such a file to fill in, with the ties and the cut.")
)
@dry_run
@click.option("--yes", is_flag=True, help=N_("Do not ask: record it at once."))
def deliberate(
    call: Invocation,
    present: str | None,
    chair: str | None,
    sitting: str | None,
    order: tuple[str, ...],
    deviation: tuple[str, ...],
    ayes: tuple[str, ...],
    noes: tuple[str, ...],
    reason: tuple[str, ...],
    agenda: Path | None,
    template: bool,
    dry_run: bool,
    yes: bool,
) -> int:
    """Hold a sitting of the jury and decide, all or nothing.

    The transitions of the sitting are tried in rank order, so that the rules make the cut. A vote
    parts a tie (--order) or departs from the ranking (--deviation); the n-th --ayes, --noes and
    --reason belong to the n-th of them. An agenda says all of it in a file. Shows the outcome, then
    asks.
    """
    from ptce_workflow.app.jury.cutoff import standing
    from ptce_workflow.cli.views import agenda as agendas

    typed = {"--present": present, "--chair": chair, "--sitting": sitting, "--order": order}
    typed |= {"--deviation": deviation, "--ayes": ayes, "--noes": noes, "--reason": reason}
    if template:
        alone("--template", {**typed, "--agenda": agenda} | {"--sitting": None})
        panel = agendas.panel_of(call.contest.process, sitting)
        call.out.raw(agendas.template(standing(call.contest, panel), sitting).encode())
        return DONE
    if agenda is not None:
        from ptce_workflow.papers.intake import read_agenda

        alone("--agenda", typed)
        asked = read_agenda(agenda)
    else:
        votes = agendas.Votes(order, deviation, ayes, noes, reason)
        asked = agendas.agenda_typed(present, chair, sitting, votes)
    return _hold(call, asked, dry_run=dry_run, yes=yes)


def _hold(call: Invocation, asked: Agenda, *, dry_run: bool, yes: bool) -> int:
    """Shows how a sitting comes out, asks, and records it; the exit code."""
    from ptce_workflow.app.jury.sitting_run import deliberate
    from ptce_workflow.cli.views import sitting as views

    shown = None
    if dry_run or not yes:
        shown = deliberate(call.contest, asked, dry_run=True)
        if dry_run:
            return _tell(call, asked, shown, dry_run=True)
        views.print_sitting(call.out, call.contest.process, asked, shown, dry_run=True)
        if not _agreed(call, shown):
            call.out.remark(_("Nothing was changed."))
            return NOT_DONE
    held = deliberate(call.contest, asked, shown=shown)
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
    from ptce_workflow.app.post.desk import messages
    from ptce_workflow.cli.views import sitting as views

    process = call.contest.process
    if call.out.as_data:
        call.out.data(views.sitting_data(process, asked, held, dry_run=dry_run))
        return DONE if held.decided else NOT_DONE
    if held.decided:
        views.print_sitting(call.out, process, asked, held, dry_run=dry_run)
        if dry_run:
            call.out.remark(_("Nothing was changed."))
        else:
            views.print_next(call.out, messages(call.contest, ("held",)), held)
        return DONE
    show_fault(views.undecided(process, asked, held, dry_run=dry_run), call.out)
    return NOT_DONE


@command(
    examples=(
        "ptce minutes -o minutes.docx",
        "ptce minutes 1 -o minutes.html",
        "ptce minutes --list",
    ),
    shape="[{number, sitting, call, at, line, closed, hash, present, chair, decided}]",
)
@click.argument(
    "number",
    metavar=N_("NUMBER"),
    help=N_("Which sitting, by its number; else the last one."),
    required=False,
)
@click.option(
    "-o", "file", metavar=N_("FILE"), help=N_("Where to write it: a .docx, or a .html."), type=PATH
)
@click.option("--list", "listed", is_flag=True, help=N_("List the sittings that were held."))
@yes_to_replace
def minutes(
    call: Invocation, number: str | None, file: Path | None, listed: bool, yes: bool
) -> int:
    """Write the minutes of a sitting, from the ledger alone.

    The last sitting, or the one of that number: who was there, the ranking, the votes, each
    decision with its rules and articles, and how to check all of it.
    """
    from ptce_workflow.app.jury import sittings
    from ptce_workflow.cli.views import sitting as views

    if listed or call.out.as_data:
        alone("--list", {_("NUMBER"): number})
        found = sittings.sittings(call.contest)
        process, now = call.contest.process, call.contest.clock.now()
        return shown(
            call,
            lambda: views.sittings_report(process, found, now),
            lambda: views.sittings_data(found),
            file,
            yes=yes,
        )
    from ptce_workflow.papers.formats import PAPERS, as_written

    if file is None:
        raise Misuse(
            _("Say where to write the minutes, as a .docx or a .html."),
            mend=_("For example: {command}").format(command="ptce minutes -o minutes.docx"),
        )
    target = output_file(call, file, PAPERS)
    from ptce_workflow.papers.minutes import minutes_of

    sitting = sittings.sitting(call.contest, views.number_typed(number))
    if not written(call, target, as_written(minutes_of(sitting), target.form), yes=yes):
        return NOT_DONE
    views.print_written(call.out, sitting, file)
    return DONE
