"""Tables for spreadsheets: CSV as those of its language read it, and workbooks."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from io import StringIO

from ptce_workflow.base import speech
from ptce_workflow.base.text import TABLE_MARK, columns_of, safe_text
from ptce_workflow.base.words import speaking
from ptce_workflow.papers.form import Form, FormColumn, TableSheet, Value
from ptce_workflow.papers.report import Report, ValuedCell, tables

_WIDEST = 60
_NARROWEST = 8


def form_written(form: Form, suffix: str, at: datetime, *, rehearsal: bool = False) -> bytes:
    """The bytes of a form to fill in, `.csv` or `.xlsx`, which `at` dates.

    The title of a workbook says that it is of a `rehearsal`.

    *Shape* of the CSV: the stamp, the headings, the rows.
    """
    if suffix == ".csv":
        stamp = [TABLE_MARK, *(f"{name}={value}" for name, value in form.stamped().items())]
        titles = [column.title for column in form.columns]
        return csv_written([stamp, titles, *form.rows], form.language)
    # Imported here for start-up time: openpyxl takes a tenth of a second to load.
    from ptce_workflow.papers.workbook import form_workbook

    with speaking(form.language):
        if rehearsal:
            title, *others = form.above
            form = replace(form, above=(f"{speech.rehearsal_mark()} {title}", *others))
        return form_workbook(form, at)


def to_csv(report: Report) -> bytes:
    """The first table of a report; nothing but its mark where there is none."""
    for table in tables(report):
        headings = [column.heading for column in table.columns]
        return csv_written([headings, *map(_values, table.rows)], report.language)
    return csv_written([], report.language)


def csv_written(rows: Iterable[Iterable[Value]], language: str) -> bytes:
    """The rows in UTF-8, with the mark without which spreadsheets guess another encoding."""
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=speech.separator(language), lineterminator="\r\n")
    writer.writerows([_cell(value, language) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Value, language: str) -> str:
    """A figure or an instant as spreadsheets read one; any other text as it stands."""
    if isinstance(value, Decimal | float):
        return speech.with_marks(str(value), language)
    return safe_text(_shown(value))


def _shown(value: Value) -> str:
    """A value as spreadsheets show it: an instant is longer there than in words."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    return "" if value is None else str(value)


def _values(row: Iterable[str]) -> list[Value]:
    return [cell.value if isinstance(cell, ValuedCell) else cell for cell in row]


def to_xlsx(report: Report) -> bytes:
    """The tables of a report; the same report gives the same bytes."""
    # Imported here for start-up time: openpyxl takes a tenth of a second to load.
    from ptce_workflow.papers import workbook

    book = workbook.new_book(
        title=report.title, author=report.author, at=report.at, language=report.language
    )
    above = [line for line in (report.title, report.over, report.under) if line]
    for number, table in enumerate(tables(report), 1):
        name = report.title if number == 1 else f"{report.title[:27]} ({number})"
        rows = [_values(row) for row in table.rows]
        columns = [
            FormColumn(column.heading, _width(column.heading, held), centred=column.number)
            for column, *held in zip(table.columns, *rows, strict=True)
        ]
        sheet, first = workbook.add_sheet(book, TableSheet(name, above, columns, rows))
        last = sheet.cell(first + len(rows) - 1, len(columns))
        sheet.auto_filter.ref = f"A{first - 1}:{last.coordinate}"
    if not book.worksheets:
        workbook.add_sheet(book, TableSheet(report.title, [report.title], (), ()))
    return workbook.saved(book, report.at)


def _width(heading: str, values: Iterable[Value]) -> int:
    """Wide enough for what a column shows, as long as that leaves room for others."""
    shown = (line for value in (heading, *values) for line in _shown(value).split("\n"))
    return min(max(max(map(columns_of, shown)) + 3, _NARROWEST), _WIDEST)
