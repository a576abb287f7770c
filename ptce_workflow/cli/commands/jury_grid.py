"""The jury's grids: written for an institution, taken back filled in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ptce_workflow.base.words import _
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import option, panel, yes_to_import
from ptce_workflow.cli.values import written_or_taken
from ptce_workflow.cli.writing import output_file, written

if TYPE_CHECKING:
    from ptce_workflow.process.grid import Grid

FORMS = (".xlsx", ".csv")

# Each command brings its views when it runs: `--help` builds every command and needs none.


def grid(
    call: Invocation,
    institution: Annotated[
        str | None,
        option(
            "--institution", _("INSTITUTION"), _("Whose grid it is; a juror's own goes unsaid.")
        ),
    ] = None,
    panel: Annotated[str | None, panel()] = None,
    output: Annotated[
        Path | None, option("-o", _("FILE"), _("Write the grid there, as .xlsx or .csv."))
    ] = None,
    filled: Annotated[
        Path | None, option("--import", _("FILE"), _("Take the marks of this grid."))
    ] = None,
    yes: Annotated[bool, yes_to_import()] = False,
) -> int:
    """Writes an institution's grid, or takes the marks of one."""
    what = _("Say either where to write the grid or which one to take.")
    written_or_taken(output, filled, what)
    if output is not None:
        return write(call, output, institution, panel, yes=yes)
    assert filled is not None
    return take(call, filled, institution, yes=yes)


def write(
    call: Invocation, file: Path, institution: str | None, panel: str | None, *, yes: bool
) -> int:
    """Writes a grid in a file; one that is there already is replaced only on a yes."""
    from ptce_workflow.cli.views import grid as views

    target = output_file(call, file, FORMS)
    asked = call.contest.grid(institution, panel)
    if not written(call, target, as_written(call, target.form, asked), yes=yes):
        return NOT_DONE
    if call.out.as_data:
        call.out.data(views.written_data(file, asked))
    else:
        views.print_written(call.out, file, asked)
    return DONE


def as_written(call: Invocation, form: str, grid: Grid) -> bytes:
    """The bytes of a grid in one of the forms."""
    # Each form is loaded when it is written: openpyxl takes a tenth of a second.
    if form == ".csv":
        from ptce_workflow.documents.grid_table import grid_table

        return grid_table(grid)
    from ptce_workflow.documents.grid import grid_workbook

    return grid_workbook(grid, call.contest.clock.now())


def take(call: Invocation, file: Path, institution: str | None, *, yes: bool) -> int:
    """Shows what a grid changes and, on a yes, records it."""
    from ptce_workflow.cli.asking import agreed
    from ptce_workflow.cli.views import grid as views
    from ptce_workflow.intake.grid import read_grid

    contest = call.contest
    filled = read_grid(file, contest.process)
    if yes:
        taken = contest.take_grid(filled, institution=institution)
    else:
        taken = contest.take_grid(filled, institution=institution, dry_run=True)
    if not call.out.as_data:
        views.print_changes(call.out, contest.process, file, taken)
    if taken.changed and not yes:
        if not agreed(call.out, views.question(taken)):
            call.out.remark(_("Nothing was recorded."))
            return NOT_DONE
        taken = contest.take_grid(filled, institution=institution, shown=taken)
    if call.out.as_data:
        call.out.data(views.taken_data(file, taken))
    else:
        views.print_recorded(call.out, taken)
    return DONE
