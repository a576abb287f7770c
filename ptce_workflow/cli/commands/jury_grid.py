"""The jury's grids: written for an institution, taken back filled in."""

from __future__ import annotations

from pathlib import Path

import click

from ptce_workflow.base.words import N_, _
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import PATH, panel, yes_to_import
from ptce_workflow.cli.values import written_or_taken
from ptce_workflow.cli.writing import output_file, written

FORMATS = (".xlsx", ".csv")

# Each command brings its views when it runs: `--help` builds every command and needs none.


@command(
    examples=(
        "ptce jury grid --institution dreets -o dreets.xlsx",
        "ptce jury grid --import dreets.xlsx",
    ),
    shape=(
        "{file, institution, panel, rows, recorded, changes: [{ref, field, cell, is_new, old, "
        "new}]}"
    ),
)
@click.option(
    "--institution",
    metavar=N_("INSTITUTION"),
    help=N_("Whose grid it is; a juror's own goes unsaid."),
)
@panel
@click.option(
    "-o",
    "output",
    metavar=N_("FILE"),
    help=N_("Write the grid there, as .xlsx or .csv."),
    type=PATH,
)
@click.option(
    "--import", "filled", metavar=N_("FILE"), help=N_("Take the marks of this grid."), type=PATH
)
@yes_to_import
def grid(
    call: Invocation,
    institution: str | None,
    panel: str | None,
    output: Path | None,
    filled: Path | None,
    yes: bool,
) -> int:
    """Write an institution's grid, or take the marks of one.

    A workbook (.xlsx) or a table (.csv) with a row for each candidature that the institution is
    asked about. --import reads it back, shows what changes, asks, and records all of it or nothing.
    An empty cell takes nothing back.
    """
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
    from ptce_workflow.papers.grid import grid_form
    from ptce_workflow.papers.sheets import form_written

    target = output_file(call, file, FORMATS)
    asked = call.contest.grid(institution, panel)
    content = form_written(grid_form(asked), target.form, call.contest.clock.now())
    if not written(call, target, content, yes=yes):
        return NOT_DONE
    if call.out.as_data:
        call.out.data(views.written_data(file, asked))
    else:
        views.print_written(call.out, file, asked)
    return DONE


def take(call: Invocation, file: Path, institution: str | None, *, yes: bool) -> int:
    """Shows what a grid changes and, on a yes, records it."""
    from ptce_workflow.cli.asking import agreed
    from ptce_workflow.cli.views import grid as views
    from ptce_workflow.papers.grid import read_grid

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
