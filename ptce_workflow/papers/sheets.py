"""The tables of a report for spreadsheets: CSV as those of its language read it, and workbooks."""

from __future__ import annotations

import csv
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING

from ptce_workflow.base import speech
from ptce_workflow.base.spreadsheet_text import safe_text
from ptce_workflow.base.widths import columns_of
from ptce_workflow.papers.report import Report, Table, ValuedCell, tables

if TYPE_CHECKING:
    from openpyxl import Workbook

_WIDEST = 60
_NARROWEST = 8


def to_csv(report: Report) -> bytes:
    """The first table of a report; nothing but its mark where there is none.

    In UTF-8, with the mark at its beginning without which spreadsheets guess another encoding.
    """
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=speech.separator(report.language), lineterminator="\r\n")
    for table in tables(report):
        writer.writerow([safe_text(column.heading) for column in table.columns])
        writer.writerows([_cell(cell, report.language) for cell in row] for row in table.rows)
        break
    return text.getvalue().encode("utf-8-sig")


def _cell(cell: str, language: str) -> str:
    """A figure or an instant as spreadsheets read one; any other text as it stands."""
    value = cell.value if isinstance(cell, ValuedCell) else cell
    if isinstance(value, Decimal):
        return speech.with_marks(str(value), language)
    return safe_text(_shown(cell))


def to_xlsx(report: Report) -> bytes:
    """The tables of a report; the same report gives the same bytes."""
    # Imported here for start-up time: openpyxl takes a tenth of a second to load.
    from ptce_workflow.papers import workbook

    book = workbook.new_book(
        title=report.title, author=report.author, at=report.at, language=report.language
    )
    for number, table in enumerate(tables(report), 1):
        name = report.title if number == 1 else f"{report.title[:27]} ({number})"
        _add(book, name, table, (report.title, report.over, report.under))
    if not book.worksheets:
        workbook.add_sheet(book, report.title, (), above=(report.title,))
    return workbook.saved(book, report.at)


def _add(book: Workbook, name: str, table: Table, above: tuple[str, ...]) -> None:
    from ptce_workflow.papers import workbook

    columns = [
        workbook.FormColumn(column.heading, _width(table, index), centred=column.number)
        for index, column in enumerate(table.columns)
    ]
    sheet, first = workbook.add_sheet(book, name, columns, above=[line for line in above if line])
    for number, row in enumerate(table.rows, first):
        values = [cell.value if isinstance(cell, ValuedCell) else cell for cell in row]
        workbook.add_row(sheet, number, columns, values)
    heading, last = first - 1, first + len(table.rows) - 1
    sheet.auto_filter.ref = f"A{heading}:{sheet.cell(last, len(columns)).coordinate}"


def _width(table: Table, index: int) -> int:
    """Wide enough for what a column shows, as long as that leaves room for others."""
    cells = [table.columns[index].heading, *(row[index] for row in table.rows)]
    longest = max(columns_of(line) for cell in cells for line in _shown(cell).split("\n"))
    return min(max(longest + 3, _NARROWEST), _WIDEST)


def _shown(cell: str) -> str:
    """What a spreadsheet shows of a cell: an instant is longer there than in words."""
    value = cell.value if isinstance(cell, ValuedCell) else cell
    return value.isoformat(" ", "minutes") if isinstance(value, datetime) else str(value)
