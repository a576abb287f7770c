"""Importing a jury's grid of 1,000 rows, beside openpyxl's own read of the same workbook.

Ours reads the workbook, checks every cell and records seven marks and a comment for each of 1,000
candidatures in one durable transaction; the yardstick is `load_workbook(file)` and a look at each
cell. Every round takes the grid of another institution, since the same one twice changes nothing.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

from openpyxl import load_workbook

from bench.measure import Found, Taken, timed
from bench.stage import CRITERIA, SEATS, Stage
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.jury.grid import grid, take_grid
from ptce_workflow.app.jury.marks import declare_links
from ptce_workflow.office.grid import grid_form, read_grid
from ptce_workflow.office.sheets import form_written

ROWS = 1_000
FIRST_ROW = 7
COMMENT = "Un projet clair, que les partenaires portent déjà. À revoir : le calendrier."


def figures(folder: Path) -> Found:
    """The import of a grid, reading and recording together, beside the yardstick."""
    stage = Stage(folder, mails=False)
    refs = stage.open(ROWS)
    stage.move(refs, "submit")
    stage.examine(refs)
    ours: list[float] = []
    alone: list[float] = []
    for number, seat in enumerate(SEATS):
        declare_links(stage.contest, refs, institution=seat)
        file = folder / f"{seat}.xlsx"
        form = grid_form(grid(stage.contest, seat))
        file.write_bytes(form_written(form, ".xlsx", stage.clock.now()))
        fill_in(file, number)
        works = [
            (alone, lambda file=file: look_at(file)),
            (ours, lambda file=file: take(stage, file)),
        ]
        for taken, work in works[:: 1 if number % 2 else -1]:
            taken.append(timed(work))
        stage.pass_time()
    if not verify(stage.contest).intact:
        raise RuntimeError("the ledger does not stand")
    return {"import": Taken(median(ours), median(alone), len(SEATS))}


def fill_in(file: Path, number: int) -> None:
    """Fills a grid in as an institution would: every mark, and a comment."""
    book = load_workbook(file)
    sheet = book.worksheets[0]
    for row in range(FIRST_ROW, FIRST_ROW + ROWS):
        for place in range(len(CRITERIA)):
            sheet.cell(row, 5 + place).value = 2 + (row + number + 3 * place) % 7 / 2
        sheet.cell(row, 5 + len(CRITERIA)).value = COMMENT
    book.save(file)


def look_at(file: Path) -> int:
    """What openpyxl itself takes to read every cell that holds anything."""
    book = load_workbook(file)
    rows = (row for sheet in book.worksheets for row in sheet.iter_rows())
    return sum(cell.value is not None for row in rows for cell in row)


def take(stage: Stage, file: Path) -> None:
    """The import, from the file to what is durable."""
    contest = stage.contest
    taken = take_grid(contest, read_grid(file, contest.process))
    if len(taken.changed) != ROWS:
        raise RuntimeError(f"{len(taken.changed)} rows were taken")
