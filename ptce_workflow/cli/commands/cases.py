"""Candidatures: opening them, recording facts, seeing where they stand, moving them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ptce_workflow.base.words import _
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.faults import show as show_fault
from ptce_workflow.cli.invocation import Invocation, instant
from ptce_workflow.cli.output import DRAWN_ROWS_AT_MOST
from ptce_workflow.cli.parameters import argument, dry_run, option, reason, reference
from ptce_workflow.cli.values import pairs, references_and_transition, state_named

# Each command brings its views when it runs: `--help` builds every command and needs none.


def add(
    call: Invocation,
    files: Annotated[list[Path], argument(_("FILE"), _("A dossier, in TOML or JSON."))],
) -> None:
    """Opens a candidature for each dossier file."""
    from ptce_workflow.cli.views import acts as views
    from ptce_workflow.intake.dossier import attach_files, read_dossier

    sheets = call.contest.process.definition.sheets
    reading = call.out.progress(files, _("Reading dossiers"), len(files))
    dossiers = [
        (str(file), attach_files(read_dossier(file), sheets, file.parent)) for file in reading
    ]
    added = list(zip(map(str, files), call.contest.add_all(dossiers), strict=True))
    process = call.contest.process
    if call.out.as_data:
        call.out.data(views.added_data(process, added))
    else:
        views.print_added(call.out, process, added)
    for ref, earlier in call.contest.twins([case for _file, case in added]).items():
        told = _("{ref} has the same name and the same address as {earlier}: is it one too many?")
        call.out.remark(told.format(ref=ref, earlier=earlier))


def record(
    call: Invocation,
    ref: Annotated[str, reference()],
    sheet: Annotated[
        str | None, argument(_("SHEET"), _("The sheet that holds the fields."))
    ] = None,
    facts: Annotated[list[str] | None, argument(_("FIELD=VALUE"), _("A fact."))] = None,
    file: Annotated[
        Path | None,
        option("--from", _("FILE"), _("A file that holds the facts, written as a dossier is.")),
    ] = None,
) -> None:
    """Records facts about a case."""
    from ptce_workflow.cli.views import acts as views
    from ptce_workflow.intake.dossier import attach_files, read_dossier

    sheets = call.contest.process.definition.sheets
    raw = {} if file is None else dict(attach_files(read_dossier(file), sheets, file.parent))
    if sheet is not None:
        typed = {sheet: pairs(facts or (), form=_("FIELD=VALUE"))}
        typed = attach_files(typed, sheets, Path.cwd())
        raw[sheet] = {**raw.get(sheet, {}), **typed[sheet]}
    if not any(raw.values()):
        raise views.nothing_recorded(call.contest.process, call.contest.show(ref).case)
    case = call.contest.record(ref, raw)
    views.print_recorded(call.out, call.contest.process, case)


def listing(
    call: Invocation,
    state: Annotated[
        str | None, option("--state", _("STATE"), _("Only the candidatures in this state."))
    ] = None,
) -> None:
    """Lists the candidatures."""
    from ptce_workflow.cli.commands.mail import has_server
    from ptce_workflow.cli.views import listing as views

    if state is not None:
        state = state_named(state, views.state_labels(call.contest.process))
    overview = call.contest.overview(state)
    if call.out.as_data:
        call.out.data(views.list_data(overview))
        return
    # What is next takes every rule of every case; a long list is read for something else.
    few = len(overview.briefs) <= DRAWN_ROWS_AT_MOST
    todo = call.contest.todo([brief.ref for brief in overview.briefs]) if few else {}
    waiting = call.contest.waiting_mail()
    server = not waiting.late or has_server(call.contest_dir)
    views.print_list(call.out, overview, todo, state, waiting=waiting, server=server)
    if call.contest.folder_hash != overview.process.hash:
        call.out.remark(_("The folder differs from the process in force: ptce adopt --dry-run"))


def show(call: Invocation, ref: Annotated[str, reference()]) -> None:
    """Shows all that is known of a candidature."""
    from ptce_workflow.cli.views import dossier as views

    dossier = call.contest.show(ref)
    if call.out.as_data:
        call.out.data(views.show_data(dossier))
    else:
        views.print_show(call.out, dossier)


def why(
    call: Invocation,
    ref: Annotated[str, reference()],
    transition: Annotated[
        str | None, argument(_("TRANSITION"), _("Only this way out; else all of them."))
    ] = None,
) -> None:
    """Explains where a candidature may go, and why not elsewhere."""
    from ptce_workflow.cli.views import why as views

    explanation = call.contest.why(ref, transition)
    if call.out.as_data:
        call.out.data(views.why_data(explanation))
    else:
        views.print_why(call.out, explanation)


def advance(
    call: Invocation,
    words: Annotated[
        list[str],
        argument(
            _("REF ... TRANSITION"), _("The candidatures, then the transition that they take.")
        ),
    ],
    reason: Annotated[str | None, reason()] = None,
    received_at: Annotated[
        str | None,
        option(
            "--received-at",
            _("INSTANT"),
            _("When what counts as received arrived, such as 2024-03-11T11:42:00+01:00."),
        ),
    ] = None,
    dry_run: Annotated[bool, dry_run()] = False,
) -> int:
    """Makes candidatures take a transition."""
    from ptce_workflow.cli.views import acts as views

    references, transition = references_and_transition(words)
    received = instant(received_at, said_by="--received-at") if received_at else None
    steps = call.contest.advance(
        references, transition, reason=reason, received_at=received, dry_run=dry_run
    )
    process, made = call.contest.process, all(step.made for step in steps)
    if call.out.as_data:
        call.out.data(views.advance_data(steps, dry_run=dry_run))
    elif made:
        views.print_advance(call.out, process, steps, dry_run=dry_run)
    else:
        show_fault(views.refusal(process, steps, dry_run=dry_run), call.out)
    return DONE if made else NOT_DONE
