"""The commands of forms: written to be filled in, and taken back."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import N_, _, did_you_mean, language, nearest, rehearsal_mark
from ptce_workflow.cli import invocation
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.parameters import (
    DATE,
    INSTITUTION,
    PATH,
    REFERENCE,
    SHEET,
    alone,
    argument,
    option,
    panel,
    to_file,
    written_or_taken,
    yes_to_import,
)
from ptce_workflow.cli.terminal import DONE, NOT_DONE

if TYPE_CHECKING:
    from ptce_workflow.process.forms import SignIn
    from ptce_workflow.process.process import Process
    from ptce_workflow.reports.jury import FormChanges


FORM_FORMATS = (".xlsx", ".csv")
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
def form(call: invocation.Invocation, sheet: str, ref: str | None) -> int:
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
    target = invocation.output_file(call, call.file or Path(f"{sheet}.docx"), BLANK_FORMATS)
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
    return invocation.write(call, target, as_file(blank_form))


@command(
    "jury grid",
    examples=(
        "ptce jury grid --institution dreets -o dreets.xlsx",
        "ptce jury grid --import dreets.xlsx",
    ),
    shape=(
        "{file, institution, panel, rows, recorded, "
        "changes: [{ref, field, cell, is_new, old, new}], left}"
    ),
)
@option(
    "--institution",
    N_("INSTITUTION"),
    N_("Whose grid it is; a juror's own goes unsaid."),
    type=INSTITUTION,
)
@panel
@option("-o output", N_("FILE"), N_("Write the grid there, as .xlsx or .csv."), type=PATH)
@option("--import filled", N_("FILE"), N_("Take the marks of this grid."), type=PATH)
@yes_to_import
def grid(
    call: invocation.Invocation,
    institution: str | None,
    panel: str | None,
    output: Path | None,
    filled: Path | None,
) -> invocation.Answer | int:
    """Write an institution's grid, or take the marks of one.

    A workbook (.xlsx) or a table (.csv) with a row for each candidature that the institution is
    asked about. --import reads it back, shows what changes, asks, and records all of it or nothing.
    An empty cell takes nothing back.
    """
    what = _("Say either where to write the grid or which one to take.")
    written_or_taken(output, filled, what)
    if output is not None:
        return _write_grid(call, output, institution, panel)
    assert filled is not None
    return _take_grid(call, filled, institution)


def _write_grid(
    call: invocation.Invocation, file: Path, institution: str | None, panel: str | None
) -> invocation.Answer | int:
    from ptce_workflow.app.jury import grid as grids
    from ptce_workflow.office.grid import grid_form
    from ptce_workflow.office.sheets import form_written
    from ptce_workflow.reports import jury as views

    target = invocation.output_file(call, file, FORM_FORMATS)
    asked = grids.grid(call.contest, institution, panel)
    now, form_ = call.contest.clock.now(), grid_form(asked)
    form = form_written(form_, target.form, now, rehearsal=call.rehearses)
    if not invocation.written(call, target, form):
        return NOT_DONE
    data = {"file": file, **asked.stamp, "rows": len(asked.rows), "recorded": 0}
    return invocation.Answer(views.grid_written(file, asked), {**data, "changes": (), "left": ()})


def _take_grid(
    call: invocation.Invocation, file: Path, institution: str | None
) -> invocation.Answer | int:
    from ptce_workflow.app.jury.grid import take_grid
    from ptce_workflow.office.grid import read_grid
    from ptce_workflow.reports import jury as views

    contest = call.contest
    filled = read_grid(file, contest.process)
    # On a yes beforehand each row is judged once: what is shown is what was recorded.
    taken = take_grid(contest, filled, institution=institution, dry_run=not call.yes)

    def record() -> None:
        if not call.yes:
            take_grid(contest, filled, institution=institution, shown=taken)

    return _record_changes(call, views.grid_changes(contest.process, file, taken, filled), record)


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
@yes_to_import
def sign_in(
    call: invocation.Invocation, session: str | None, output: Path | None, filled: Path | None
) -> invocation.Answer | int:
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
    return _write_sheet(call, session, output)


def _write_sheet(call: invocation.Invocation, session: str | None, file: Path) -> int:
    from ptce_workflow.app.candidatures.overview import gather
    from ptce_workflow.office.grid import sign_in_sheet
    from ptce_workflow.office.sheets import form_written
    from ptce_workflow.process.forms import states_open

    target = invocation.output_file(call, file, FORM_FORMATS)
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
    done = invocation.write(call, target, form)
    if done == DONE:
        call.out.next_step(f"ptce sign-in --import {shlex.quote(str(file))}")
    return done


def _take_sheet(call: invocation.Invocation, file: Path) -> invocation.Answer | int:
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

    def record() -> None:
        record_all(call.contest, signed.facts, seen={case.ref: case.version for case in cases})

    return _record_changes(call, views.sheet_changes(file, signed), record)


def _record_changes(
    call: invocation.Invocation, changes: FormChanges, record: Callable[[], None]
) -> invocation.Answer | int:
    """Shows what a form changes and, on a yes, records it."""
    if not call.out.as_data:
        invocation.show(call.out, changes.shown)
    if changes.question:
        if not invocation.agreed(call, changes.question, _("Nothing was recorded.")):
            return NOT_DONE
        record()
    return invocation.Answer(changes.recorded, changes.data)


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
        why = _("Dates with a sign-in sheet: {names}.").format(
            names=", ".join(by_date) or _("none")
        )
        raise Misuse(what, why, did_you_mean(nearest(date or "", by_date)))
    return by_date[date]
