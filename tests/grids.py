"""Grids as people fill them in: written by the contest, opened, changed, saved, handed back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZipFile

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


def as_ods(file: Path, formula: str = "") -> Path:
    """The same cells as a workbook of LibreOffice; `formula` is a cell that holds one."""
    tables = []
    for sheet in load_workbook(file).worksheets:
        rows = []
        for row in sheet.iter_rows():
            cells = []
            for cell in row:
                value = "" if cell.value is None else escape(str(cell.value))
                kind = f'o:value="{value}"' if isinstance(cell.value, int | float) else ""
                if cell.coordinate == formula and sheet.sheet_state == "visible":
                    kind = 't:formula="of:=1+1"'
                lines = "".join(f"<x:p>{line}</x:p>" for line in value.split("\n") if value)
                cells.append(f"<t:table-cell {kind}>{lines}</t:table-cell>")
            rows.append(f"<t:table-row>{''.join(cells)}</t:table-row>")
        style = "" if sheet.sheet_state == "visible" else 't:style-name="hidden"'
        tables.append(f'<t:table t:name="{sheet.title}" {style}>{"".join(rows)}</t:table>')
    names = {"o": "office", "t": "table", "x": "text", "s": "style"}
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in names.items()
    )
    hidden = '<s:style s:name="hidden"><s:table-properties t:display="false"/></s:style>'
    written = file.with_suffix(".ods")
    with ZipFile(written, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        root = f"<o:document-content {spaces}>{hidden}{''.join(tables)}</o:document-content>"
        archive.writestr("content.xml", root)
    return written
