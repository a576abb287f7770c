"""Grids as people fill them in: written by the contest, opened, changed, saved, handed back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.grid import GridReading, grid, take_grid
from ptce_workflow.office.grid import grid_form, read_grid
from ptce_workflow.office.sheets import form_written
from tests.rehearsal import added, edit, move

HEADING, FIRST = 5, 7
"""The rows of a workbook where its headings are, and where the first candidature is."""


def explained(contest: Contest) -> None:
    """Has the first criterion of the small contest take no opinion, and ask why a mark is low."""
    idea = 'idea = { type = "score"'
    asked = ', no_opinion = true, comment_in = "remark", comment_under = 2'
    edit(contest, "sheets/cra.toml", idea, idea + asked)
    adopt(contest, "Une note basse s’explique.")


def several(contest: Contest, count: int = 3) -> list[str]:
    """Opens and submits some candidatures; their references."""
    refs = [added(contest, name=f"Collectif {n}") for n in range(1, count + 1)]
    move(contest, "submit", *refs)
    return refs


def workbook(
    contest: Contest, institution: str = "north", name: str = "grid.xlsx", panel: str | None = None
) -> Path:
    """The grid of an institution as a workbook, beside the contest."""
    return _written(contest, institution, name, panel)


def table(contest: Contest, institution: str = "north", name: str = "grid.csv") -> Path:
    """The grid of an institution as a table in CSV, beside the contest."""
    return _written(contest, institution, name)


def _written(contest: Contest, institution: str, name: str, panel: str | None = None) -> Path:
    file = contest.folder.parent / name
    form = grid_form(grid(contest, institution, panel))
    file.write_bytes(form_written(form, file.suffix, contest.clock.now()))
    return file


def fill(file: Path, cells: Mapping[str, Any]) -> Path:
    """Writes in some cells of the grid (`E7`), as a person who opens and saves it."""
    book = load_workbook(file)
    for cell, value in cells.items():
        book.worksheets[0][cell] = value
    book.save(file)
    return file


def opened(file: Path) -> Workbook:
    """The workbook as openpyxl sees it."""
    return load_workbook(file)


def take(contest: Contest, file: Path, **options: Any) -> GridReading:
    return take_grid(contest, read_grid(file, contest.process), **options)
