"""The commands of forms: written to be filled in, and taken back."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import N_, _, did_you_mean, language, nearest, rehearsal_mark
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Answer, Invocation, agreed, output_file, write, written
from ptce_workflow.cli.parameters import (
    DATE,
    INSTITUTION,
    PATH,
    REFERENCE,
    SHEET,
    alone,
    argument,
    flag,
    force,
    option,
    panel,
    to_file,
    written_or_taken,
    yes_to_record,
)
from ptce_workflow.cli.terminal import DONE, NOT_DONE, print_parts, show_error

if TYPE_CHECKING:
    from ptce_workflow.app.jury.grid import HandedGrid
    from ptce_workflow.process.forms import SignIn
    from ptce_workflow.process.process import Process


FORM_FORMATS = (".xlsx", ".csv")
GRID_FORMATS = (*FORM_FORMATS, ".ods")
BLANK_FORMATS = (".docx", ".xlsx")


@command(
    "form",
    examples=(
        "ptce form dossier -o dossier.docx",
        "ptce form dossier --for C-003 -o dossier-C-003.docx",
    ),
)
@argument("sheet", N_("SHEET"), N_("The sheet to be filled in."), type=SHEET)
@to_file(N_("Write it there, as .docx or as .xlsx; SHEET.docx goes unsaid."))
@option(
    "--for ref", N_("REF"), N_("For this candidature alone: its answers go to it."), type=REFERENCE
)
def form(call: Invocation, sheet: str, ref: str | None) -> int:
    """Write the blank form of a sheet, to be filled in and sent in.

    A document for a word processor (.docx), or a workbook (.xlsx), with what the sheet asks, until
    when and where it is to be sent, and what becomes of the data. It bears a stamp by which what
    comes back is read, and which changes with what is asked.
    """
    from ptce_workflow.office.forms.blank import blank

    process = call.contest.process
    sent = [name for name, one in process.definition.sheets.items() if one.has_form]
    if sheet not in sent:
        what = _('Nobody outside fills in a sheet "{name}": it has no form.').format(name=sheet)
        why = _("Sheets with a form: {names}.").format(names=", ".join(sent) or _("none"))
        raise Misuse(what, why, did_you_mean(nearest(sheet, sent)))
    target = output_file(call, call.file or Path(f"{sheet}.docx"), BLANK_FORMATS)
    case = None
    if ref is not None:
        from ptce_workflow.app.candidatures.overview import show as shown

        case = shown(call.contest, ref).case
    over = rehearsal_mark() if call.rehearses else ""
    blank_form = blank(process, sheet, language(), case, over)
    if target.form == ".xlsx":
        from ptce_workflow.office.sheets import blank_to_xlsx as as_file
    else:
        from ptce_workflow.office.docx import blank_to_docx as as_file
    return write(call, target, as_file(blank_form))


@command(
    "jury grid",
    examples=(
        "ptce jury grid --institution dreets -o dreets.xlsx",
        "ptce jury grid --import dreets.xlsx",
        "ptce jury grid --all -o grids",
        "ptce jury grid --import mail:12",
    ),
    shape=(
        "[{file, institution, panel, rows, recorded, "
        "changes: [{ref, field, cell, is_new, old, new}], left}]"
    ),
)
@argument(
    "files",
    N_("FILE"),
    N_("Grids, a folder of them, or received mails (mail:12)."),
    nargs=-1,
    required=False,
    type=PATH,
)
@option(
    "--institution",
    N_("INSTITUTION"),
    N_("Whose grid it is; a juror's own goes unsaid."),
    type=INSTITUTION,
)
@panel
@option(
    "-o output",
    N_("FILE"),
    N_("Write the grid there, as .xlsx or .csv; with --all, this is a folder."),
    type=PATH,
)
@flag("--all every", N_("Write the grid of each institution that is asked about anything."))
@flag("--import taking", N_("Take the marks of the grids that are named."))
@flag("--from-unknown", N_("Take a grid from an address at which nobody is enrolled, too."))
@yes_to_record
@force
def grid(
    call: Invocation,
    files: tuple[Path, ...],
    institution: str | None,
    panel: str | None,
    output: Path | None,
    every: bool,
    taking: bool,
    from_unknown: bool,
) -> Answer | int:
    """Write an institution's grid, or take the marks of some.

    A workbook (.xlsx) or a table (.csv) with a row for each candidature that the institution is
    asked about. --import reads grids back (.ods too), shows what changes, asks once, and records
    each grid wholly or not at all: what is wrong with one stops no other. An empty cell takes
    nothing back. The grid of a received mail is taken from an address of its institution.
    """
    what = _("Say either where to write the grid or which one to take.")
    written_or_taken(output, files if taking and files else None, what)
    if output is None:
        alone("--import", {"--all": every})
        return _take_grids(call, files, institution, from_unknown=from_unknown)
    alone("-o", {_("FILE"): files, "--import": taking, "--from-unknown": from_unknown})
    if every:
        alone("--all", {"--institution": institution})
    return _write_grids(call, output, institution, panel, every=every)


def _write_grids(
    call: Invocation, output: Path, institution: str | None, panel: str | None, *, every: bool
) -> Answer | int:
    """Writes the grid of an institution into a file, or `every` one into a folder."""
    from ptce_workflow.app.jury import grid as grids
    from ptce_workflow.office.grid import grid_form
    from ptce_workflow.office.sheets import form_written
    from ptce_workflow.reports import jury as views

    asked = grids.grids_asked(call.contest, panel) if every else {}
    files = {output / _("grid-{name}.xlsx").format(name=name): one for name, one in asked.items()}
    if every:
        output.mkdir(exist_ok=True)
    else:
        output_file(call, output, FORM_FORMATS)
        files = {output: grids.grid(call.contest, institution, panel)}
    done, code = {}, DONE
    for file, one in files.items():
        if one.rows or not every:
            target = output_file(call, file, FORM_FORMATS)
            now, over = call.contest.clock.now(), call.rehearses
            form = form_written(grid_form(one), target.form, now, rehearsal=over)
            if written(call, target, form):
                done[file] = one
            else:
                code = NOT_DONE
    idle = [one.institution for one in asked.values() if not one.rows]
    data = [views.grid_data(file, one) for file, one in done.items()]
    return Answer(views.grids_written(output, done, idle), data, code)


def _take_grids(
    call: Invocation, files: tuple[Path, ...], institution: str | None, *, from_unknown: bool
) -> Answer | int:
    from ptce_workflow.app.jury.grid import take_grid
    from ptce_workflow.reports import jury as views

    contest, code = call.contest, DONE
    sources = [file for name in files for file in _grid_files(name)]
    taken, changes = [], []
    for file in sources:
        try:
            for filled, mail, _is_known in _grids_in(call, file, from_unknown=from_unknown):
                # On a yes beforehand each row is judged once: what is shown is what was recorded.
                result = take_grid(
                    contest, filled, institution=institution, mail=mail, dry_run=not call.yes
                )
                taken.append((filled, mail, result))
                changes.append(views.grid_changes(contest.process, file, result, filled))
        except PtceError as error:
            if len(sources) == 1 and not taken:
                raise
            show_error(error, call.out)
            code = NOT_DONE
    if not call.out.as_data:
        for one in changes:
            print_parts(call.out, one.shown)
    asking = [one for one in changes if one.question]
    if not asking:
        for filled, mail, result in () if call.yes else taken:
            if mail is not None:
                take_grid(contest, filled, mail=mail, shown=result)
        shown = changes[-1].recorded if changes else ()
        return Answer(shown, [one.data for one in changes], code)
    count = sum(len(result.changed) for _filled, _mail, result in taken)
    if not agreed(call, views.grids_question(asking, count), _("Nothing was recorded.")):
        return NOT_DONE
    done = changes if call.yes else []
    for (filled, mail, result), change in () if call.yes else zip(taken, changes, strict=True):
        try:
            take_grid(contest, filled, mail=mail, shown=result)
            done.append(change)
        except PtceError as error:
            if len(taken) == 1:
                raise
            show_error(error, call.out)
            code = NOT_DONE
    parts = [part for one in done[:-1] for part in one.recorded[:1]]
    parts += [part for one in done[-1:] for part in one.recorded]
    return Answer(parts, [one.data for one in done], code)


def _grid_files(name: Path) -> list[Path]:
    """A file, or the grids of a folder. Raises: Misuse for a folder that has none."""
    if not name.is_dir():
        return [name]
    files = [file for file in sorted(name.iterdir()) if file.suffix.lower() in GRID_FORMATS]
    if not files:
        what = _("{file} holds no grid.").format(file=name)
        raise Misuse(what, _("Accepted: {words}.").format(words=", ".join(GRID_FORMATS)))
    return files


def _grids_in(call: Invocation, file: Path, *, from_unknown: bool) -> Iterator[HandedGrid]:
    """The grids of a file or of a received mail. Raises: Misuse, PtceError."""
    from ptce_workflow.app.jury.grid import HandedGrid, grids_of_mail
    from ptce_workflow.office.grid import read_grid

    if not str(file).startswith("mail:"):
        yield HandedGrid(read_grid(file, call.contest.process))
        return
    for one in grids_of_mail(call.contest, str(file)):
        if not (one.is_known or from_unknown):
            what = _("{sender} sent {file}, and nobody is enrolled under this address.")
            raise PtceError(
                what.format(sender=one.mail.sender if one.mail else "", file=one.filled.file),
                _("Whose marks these are, the institution has to say."),
                _("Ask it; then add {option}.").format(option="--from-unknown"),
            )
        yield one


@command(
    "sign-in",
    examples=(
        "ptce sign-in --session session_1 -o session-1.xlsx",
        "ptce sign-in --import session-1.xlsx",
    ),
    shape="[{ref, who?, asked=asked.label, before, after}]",
)
@option("--session", N_("DATE"), N_("The date that people sign for."), type=DATE)
@option("-o output", N_("FILE"), N_("Write the sheet there, as .xlsx or .csv."), type=PATH)
@option("--import filled", N_("FILE"), N_("Take what this sheet was filled in with."), type=PATH)
@yes_to_record
@force
def sign_in(
    call: Invocation, session: str | None, output: Path | None, filled: Path | None
) -> Answer | int:
    """Write the sign-in sheet of a date, or take one back filled in.

    The sheet lists those who are expected: to be signed on paper, then filled in. --import shows
    what it changes and records all of it, or nothing. An empty cell says nothing: what was recorded
    stays.
    """
    what = _("Say either where to write the sheet or which one to take.")
    written_or_taken(output, filled, what)
    if filled is not None:
        why = _("The sheet says which date it was made for.")
        alone("--import", {"--session": session}, why)
        return _take_sheet(call, filled)
    assert output is not None
    from ptce_workflow.app.candidatures.overview import gather
    from ptce_workflow.office.grid import sign_in_sheet
    from ptce_workflow.office.sheets import form_written
    from ptce_workflow.process.forms import states_open

    target = output_file(call, output, FORM_FORMATS)
    process = call.contest.process
    wanted = sheet_named(process, session)
    states = states_open(process, wanted)
    gathered = gather(call.contest, states)
    if not gathered.cases:
        labels = ", ".join(process.states[state].label.text for state in states)
        why = _("No candidature stands in: {states}.").format(states=labels or _("nothing"))
        raise PtceError(_("Nobody is expected at this date."), why)
    sheet = sign_in_sheet(
        gathered.process,
        wanted,
        gathered.cases,
        ledger=(gathered.contest, gathered.origin),
        at=gathered.now,
        language=language(),
    )
    form = form_written(sheet, target.form, gathered.now, rehearsal=call.rehearses)
    done = write(call, target, form)
    if done == DONE:
        call.out.next_step(f"ptce sign-in --import {shlex.quote(str(output))}")
    return done


def _take_sheet(call: Invocation, file: Path) -> Answer | int:
    from ptce_workflow.app.candidatures.overview import gather
    from ptce_workflow.app.candidatures.record import record_all
    from ptce_workflow.office.form import read_workbook
    from ptce_workflow.office.grid import date_of, read_sign_in
    from ptce_workflow.process.forms import states_open
    from ptce_workflow.reports import jury as views

    handed = read_workbook(file)
    every = gather(call.contest, call.contest.process.states)
    process = every.process
    wanted = sheet_named(process, date_of(handed, process, (every.contest, every.origin)))
    states = states_open(process, wanted)
    cases = [case for case in every.cases if case.state in states]
    closed = [case for case in every.cases if case.state not in states]
    signed = read_sign_in(handed, process, wanted, cases, closed)
    changes = views.sheet_changes(file, signed)
    if not call.out.as_data:
        print_parts(call.out, changes.shown)
    if changes.question:
        if not agreed(call, changes.question, _("Nothing was recorded.")):
            return NOT_DONE
        record_all(call.contest, signed.facts, seen={case.ref: case.version for case in cases})
    return Answer(changes.recorded, changes.data)


def sheet_named(process: Process, date: str | None) -> SignIn:
    """The sign-in sheet of a date; of the only one there is, when none is named.

    Raises: Misuse when there is none, or several and none is named.
    """
    from ptce_workflow.process.forms import sign_ins

    by_date = {one.date: one for one in sign_ins(process.definition)}
    if date is None and len(by_date) == 1:
        return next(iter(by_date.values()))
    if date is None or date not in by_date:
        what = _("It is not said for which date.")
        if date is not None:
            what = _('Nobody signs in at "{date}".').format(date=date)
        why = _("Dates with a sign-in sheet: {names}.")
        why = why.format(names=", ".join(by_date) or _("none"))
        raise Misuse(what, why, did_you_mean(nearest(date or "", by_date)))
    return by_date[date]
