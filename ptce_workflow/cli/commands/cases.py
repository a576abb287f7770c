"""Candidatures: opening them, recording facts, seeing where they stand, moving them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptce_workflow.base.text import DRAWN_ROWS_AT_MOST
from ptce_workflow.base.words import N_, _
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.faults import show as show_fault
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation, instant
from ptce_workflow.cli.parameters import (
    PATH,
    dry_run,
    pairs,
    reason,
    reference,
    references_and_transition,
    state_named,
    to_file,
    to_paper,
    yes_to_replace,
)
from ptce_workflow.cli.writing import shown
from ptce_workflow.papers.formats import PAPERS

if TYPE_CHECKING:
    from ptce_workflow.papers.report import Report

# Each command brings its views when it runs: `--help` builds every command and needs none.


@command(
    examples=("ptce add dossiers/01-la-fabrique-du-larzac.toml", "ptce add dossiers/*.toml"),
    shape="[{ref, name, file}]",
)
@click.argument(
    "files",
    metavar=N_("FILE"),
    help=N_("A dossier, in TOML or JSON."),
    type=PATH,
    nargs=-1,
    required=True,
)
def add(call: Invocation, files: tuple[Path, ...]) -> None:
    """Open a candidature for each dossier file.

    Dossiers are TOML or JSON files. All of them are taken, or none.
    """
    from ptce_workflow.app.cases.advance import add_all, twins
    from ptce_workflow.cli.views import acts as views
    from ptce_workflow.papers.intake import attach_files, read_dossier

    sheets = call.contest.process.definition.sheets
    reading = call.out.progress(files, _("Reading dossiers"), len(files))
    dossiers = [
        (str(file), attach_files(read_dossier(file), sheets, file.parent)) for file in reading
    ]
    added = list(zip(map(str, files), add_all(call.contest, dossiers), strict=True))
    process = call.contest.process
    if call.out.as_data:
        call.out.data(views.added_data(process, added))
    else:
        views.print_added(call.out, process, added)
    for ref, earlier in twins(call.contest, [case for _file, case in added]).items():
        told = _("{ref} has the same name and the same address as {earlier}: is it one too many?")
        call.out.remark(told.format(ref=ref, earlier=earlier))


@command(
    examples=(
        "ptce record C-010 --from completions/10-soleils-des-corbieres.toml",
        N_("ptce record C-010 ami governance=yes legal_form=no"),
    ),
)
@reference
@click.argument(
    "sheet", metavar=N_("SHEET"), help=N_("The sheet that holds the fields."), required=False
)
@click.argument("facts", metavar=N_("FIELD=VALUE"), help=N_("A fact."), nargs=-1)
@click.option(
    "--from",
    "file",
    metavar=N_("FILE"),
    help=N_("A file that holds the facts, written as a dossier is."),
    type=PATH,
)
def record(
    call: Invocation, ref: str, sheet: str | None, facts: tuple[str, ...], file: Path | None
) -> None:
    """Record facts about a candidature.

    A fact is written FIELD=VALUE; nothing after the sign = withdraws it. All of them are recorded,
    or none.
    """
    from ptce_workflow.app.cases.overview import show
    from ptce_workflow.app.cases.record import record
    from ptce_workflow.cli.views import acts as views
    from ptce_workflow.papers.intake import attach_files, read_dossier

    sheets = call.contest.process.definition.sheets
    raw = {} if file is None else dict(attach_files(read_dossier(file), sheets, file.parent))
    if sheet is not None:
        typed = {sheet: pairs(facts, form=_("FIELD=VALUE"))}
        typed = attach_files(typed, sheets, Path.cwd())
        raw[sheet] = {**raw.get(sheet, {}), **typed[sheet]}
    if not any(raw.values()):
        raise views.nothing_recorded(call.contest.process, show(call.contest, ref).case)
    case = record(call.contest, ref, raw)
    views.print_recorded(call.out, call.contest.process, case)


@command(
    examples=("ptce list", "ptce list --state accompanied"),
    shape="[{ref, name, state, since, next_date}]",
)
@click.option("--state", metavar=N_("STATE"), help=N_("Only the candidatures in this state."))
@to_file
@yes_to_replace
def listing(call: Invocation, state: str | None, file: Path | None, yes: bool) -> int:
    """List the candidatures and what to do next."""
    from ptce_workflow.app.cases import overview as dossiers
    from ptce_workflow.cli.commands.mail import has_server
    from ptce_workflow.cli.views import listing as views

    if state is not None:
        state = state_named(state, views.state_labels(call.contest.process))
    overview = dossiers.overview(call.contest, state)

    def report() -> Report:
        from ptce_workflow.app.cases import explain
        from ptce_workflow.app.post import ahead

        # What is next takes every rule of every case; a long list is read for something else.
        few = len(overview.briefs) <= DRAWN_ROWS_AT_MOST
        todo = explain.todo(call.contest, [brief.ref for brief in overview.briefs]) if few else {}
        waiting = ahead.waiting(call.contest)
        server = not waiting.late or has_server(call.contest_dir)
        return views.list_report(overview, todo, state, waiting=waiting, server=server)

    code = shown(call, report, lambda: views.list_data(overview), file, yes=yes)
    if not call.out.as_data and call.contest.folder_hash != overview.process.hash:
        call.out.remark(_("The folder differs from the process in force: ptce adopt --dry-run"))
    return code


@command(
    examples=("ptce show C-010",),
    shape=(
        "{ref, name, state, since, version, received_at, facts, scores, panels, recused, due, "
        "origin, handed_over}"
    ),
)
@reference
@to_paper
@yes_to_replace
def show(call: Invocation, ref: str, file: Path | None, yes: bool) -> int:
    """Show all that is known of a candidature."""
    from ptce_workflow.app.cases.overview import show
    from ptce_workflow.cli.views import explain as views

    dossier, now = show(call.contest, ref), call.contest.clock.now()
    call.tell_unchained(ref)
    return shown(
        call,
        lambda: views.show_report(dossier, now),
        lambda: views.show_data(dossier),
        file,
        yes=yes,
        forms=PAPERS,
    )


@command(
    examples=("ptce why C-010", "ptce why C-010 declare_ami_ready"),
    shape=(
        "{ref, state, transitions: [{name, to, allowed, at, rules: [{id, verdict, says, "
        "observed, missing, source, choice}], timely_by_clock}], accepted_clock}"
    ),
)
@reference
@click.argument(
    "transition",
    metavar=N_("TRANSITION"),
    help=N_("Only this way out; else all of them."),
    required=False,
)
@click.option(
    "--cite", is_flag=True, help=N_("Print the sentences of the rulebook that rules rest on.")
)
@to_paper
@yes_to_replace
def why(
    call: Invocation,
    ref: str,
    transition: str | None,
    cite: bool,
    file: Path | None,
    yes: bool,
) -> int:
    """Explain where a candidature may go, and why not elsewhere.

    For each way out of the present state, or for TRANSITION alone: each rule, whether it holds,
    what was observed, and the article or the choice on which it rests. Nothing is recorded.
    """
    from ptce_workflow.app.cases.explain import why
    from ptce_workflow.cli.views import explain as views

    explanation, now = why(call.contest, ref, transition), call.contest.clock.now()
    if not call.contest.rehearsal:
        # What is possible by a clock that stands back is refused when it is tried.
        call.tell_time_goes_back(call.contest)
    return shown(
        call,
        lambda: views.why_report(explanation, now, cite=cite),
        lambda: views.why_data(explanation),
        file,
        yes=yes,
        forms=PAPERS,
    )


@command(
    examples=(
        "ptce advance C-010 declare_ami_ready",
        "ptce advance C-011 C-012 declare_eligible --dry-run",
        "ptce advance C-011 submit --received-at 2024-03-11T11:42:00+01:00",
        N_('ptce advance C-011 withdraw --reason "at the request of the collective"'),
    ),
    shape="[{ref, transition, from, to, made, allowed, verdicts, line}]",
)
@click.argument(
    "words",
    metavar=N_("REF ... TRANSITION"),
    help=N_("The candidatures, then the transition that they take."),
    nargs=-1,
    required=True,
)
@reason
@click.option(
    "--received-at",
    metavar=N_("INSTANT"),
    help=N_("When what counts as received arrived, such as 2024-03-11T11:42:00+01:00."),
)
@dry_run
def advance(
    call: Invocation,
    words: tuple[str, ...],
    reason: str | None,
    received_at: str | None,
    dry_run: bool,
) -> int:
    """Make candidatures take a transition.

    They move if every rule holds. The last word is the transition. Several candidatures move
    together, or none. A refusal by a rule changes nothing but is recorded, with every verdict.
    """
    from ptce_workflow.app.cases.advance import advance
    from ptce_workflow.cli.views import acts as views

    references, transition = references_and_transition(words)
    received = instant(received_at, said_by="--received-at") if received_at else None
    steps = advance(
        call.contest, references, transition, reason=reason, received_at=received, dry_run=dry_run
    )
    process, made = call.contest.process, all(step.made for step in steps)
    if call.out.as_data:
        call.out.data(views.advance_data(steps, dry_run=dry_run))
    elif made:
        views.print_advance(call.out, process, steps, dry_run=dry_run)
    else:
        show_fault(views.refusal(process, steps, dry_run=dry_run), call.out)
    return DONE if made else NOT_DONE
