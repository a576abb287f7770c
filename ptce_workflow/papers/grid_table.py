"""The jury's grid as a table in CSV, for programs that read no workbook."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO

from ptce_workflow.base import speech
from ptce_workflow.base.spreadsheet_text import safe_text
from ptce_workflow.base.words import speaking
from ptce_workflow.process.grid import (
    TABLE_MARK,
    Grid,
    Mark,
    as_text,
    asked,
    headings,
    no_opinion,
)


def grid_table(grid: Grid) -> bytes:
    """The bytes of the table: its stamp, its headings, a row a candidature.

    In UTF-8, with the mark at its beginning without which spreadsheets guess another encoding.
    """
    separator = speech.separator(grid.language)
    text = StringIO(newline="")
    with speaking(grid.language):
        writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
        writer.writerow(
            [TABLE_MARK, *(f"{key}={value}" for key, value in grid.stamp.pairs().items())]
        )
        writer.writerow([safe_text(title) for title in headings(grid.sheet, grid.language)])
        for row in grid.rows:
            cells = [row.key, row.ref, row.name, row.summary, *_cells(grid, row.given)]
            writer.writerow([safe_text(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def _cells(grid: Grid, given: Mapping[str, Mark]) -> Iterator[str]:
    for name in asked(grid.sheet):
        value = given.get(name, "")
        if value is None:
            yield no_opinion()
        elif isinstance(value, int):
            yield as_text(value, grid.language)
        else:
            yield value
