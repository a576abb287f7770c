"""Workbooks to fill in: protected but for the cells that ask, dated, stamped, ready to print.

A workbook made here is read back by `papers.reading`. Only commands that write one import this
module: openpyxl takes a tenth of a second to load.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties

from ptce_workflow.base import speech
from ptce_workflow.base.spreadsheet_text import STAMP, is_formula_like
from ptce_workflow.base.words import _
from ptce_workflow.papers.archive import steady

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | float | bool | Decimal | datetime | None
"""What a cell may hold; never a formula."""

LISTS = "lists"
"""The hidden sheet that holds the answers offered in drop-down lists."""

FONT = "Arial"
INK, MUTED, ACCENT, TINT, RULE, ASKED = "1F2328", "4A525B", "0A4F9C", "EEF4FB", "C4CAD1", "FFF9E3"
_NO_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LINE = Side(style="thin", color=RULE)
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_BLOCK = Border(left=_LINE, right=_LINE, bottom=_LINE, top=Side(style="medium", color=MUTED))
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column: its heading, its width in characters, and whether its cells may be written.

    `centred` is for marks and short answers, `hidden` for what only the program reads.
    """

    title: str
    width: float = 14
    asked: bool = False
    centred: bool = False
    hidden: bool = False


def new_book(*, title: str, author: str, at: datetime, language: str) -> Workbook:
    """A workbook without sheets; `at` is when it is made, for its properties."""
    book = Workbook()
    book.remove(book.worksheets[0])
    _measure_columns(book)
    moment = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    book.properties.title = clean(title)
    book.properties.creator = clean(author)
    book.properties.lastModifiedBy = clean(author)
    book.properties.language = speech.tag(language)
    book.properties.created = book.properties.modified = moment
    return book


def _measure_columns(book: Workbook) -> None:
    """Makes the font of the rows the one that the widths of columns are counted in.

    Another one would be replaced where it is not installed, and the columns were as wide as that.
    """
    font = Font(name=FONT, size=10, family=2)
    # The library has no public name for either.
    book._fonts[0] = font  # type: ignore[attr-defined]
    book._named_styles["Normal"].font = font  # type: ignore[attr-defined]


def add_sheet(
    book: Workbook, name: str, columns: Sequence[FormColumn], *, above: Sequence[str] = ()
) -> tuple[Worksheet, int]:
    """A sheet with its headings, and the number of the first row below them.

    `above` are the lines over the table: the first is its title, the others explain. The headings
    stay in sight when one scrolls and are printed on every page; A4 landscape, as wide as a page.
    """
    sheet = book.create_sheet(clean(name)[:31])
    sheet.sheet_view.showGridLines = False
    for number, line in enumerate(above, 1):
        cell = put(sheet, number, 1 + _first_shown(columns), line)
        cell.font = Font(
            name=FONT,
            size=16 if number == 1 else 10,
            bold=number == 1,
            color=ACCENT if number == 1 else MUTED,
        )
        sheet.row_dimensions[number].height = 24 if number == 1 else 16
    heading = len(above) + (2 if above else 1)
    for number, column in enumerate(columns, 1):
        cell = put(sheet, heading, number, column.title)
        cell.font = Font(name=FONT, size=10, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=ACCENT)
        cell.alignment = Alignment(
            horizontal="center" if column.centred else "left",
            vertical="center",
            wrap_text=True,
            indent=0 if column.centred else 1,
        )
        cell.border = _BOX
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width = column.width
        dimension.hidden = column.hidden
    lines = max((_lines(column.title, column.width) for column in columns), default=1)
    sheet.row_dimensions[heading].height = max(22, 15 * lines + 4)
    sheet.freeze_panes = f"A{heading + 1}"
    _print_set_up(sheet, heading)
    return sheet, heading + 1


def add_row(
    sheet: Worksheet, row: int, columns: Sequence[FormColumn], values: Sequence[Value]
) -> None:
    """Writes a row below the headings; the cells that ask are pale yellow and may be written."""
    lines = 1
    for number, (column, value) in enumerate(zip(columns, values, strict=True), 1):
        cell = put(sheet, row, number, value)
        cell.font = Font(name=FONT, size=10, color=INK)
        cell.alignment = Alignment(
            horizontal="center" if column.centred else "left",
            vertical="center",
            wrap_text=True,
            indent=0 if column.centred else 1,
        )
        cell.border = _BOX
        if column.asked:
            cell.fill = PatternFill("solid", fgColor=ASKED)
            cell.protection = Protection(locked=False)
        if isinstance(value, str) and not column.hidden:
            lines = max(lines, _lines(value, column.width))
    sheet.row_dimensions[row].height = min(409, max(24, 15 * lines + 6))


def begin_block(sheet: Worksheet, row: int, columns: Sequence[FormColumn]) -> None:
    """Draws a stronger line over a row that begins something new."""
    for number in range(1, len(columns) + 1):
        sheet.cell(row, number).border = _BLOCK


def put(sheet: Worksheet, row: int, column: int, value: Value) -> Cell:
    """Writes a value in a cell; a text stays a text, whatever it begins with."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell), "a merged cell holds nothing of its own"
    if isinstance(value, str):
        text = clean(value)
        cell.value = text
        cell.data_type = "s"
        if is_formula_like(text):
            # As if it had been typed after an apostrophe: editing the cell makes no formula of it.
            cell.quotePrefix = True
    else:
        cell.value = value
        if isinstance(value, datetime):
            cell.number_format = "yyyy-mm-dd hh:mm"
        elif isinstance(value, Decimal):
            # As exact as it is told: 4.20 is a mean of which the last figure is known.
            places = -int(value.as_tuple().exponent)
            cell.number_format = f"0.{'0' * places}" if places > 0 else "0"
    return cell


def offer(
    book: Workbook, sheet: Worksheet, cells: str, answers: Iterable[Value], *, blank: bool = True
) -> None:
    """Has cells (`C5:C40`) take one of some answers only, offered in a drop-down list."""
    kept = book[LISTS] if LISTS in book.sheetnames else book.create_sheet(LISTS)
    listed = list(answers)
    column = 1 if kept.cell(1, 1).value is None else kept.max_column + 1
    for number, answer in enumerate(listed, 1):
        put(kept, number, column, answer)
    letter = get_column_letter(column)
    source = f"{quote_sheetname(LISTS)}!${letter}$1:${letter}${len(listed)}"
    validation = DataValidation(
        type="list",
        formula1=source,
        allow_blank=blank,
        showErrorMessage=True,
        errorStyle="stop",
        errorTitle=_("Not one of the answers"),
        error=_("Choose one of the answers of the list."),
    )
    validation.add(cells)
    sheet.add_data_validation(validation)


def finished(book: Workbook, stamp: Mapping[str, str], at: datetime) -> bytes:
    """The bytes of a workbook, stamped and protected (without a password); see `at` of `steady`.

    The stamp says what the workbook was made for; whoever reads it back compares.
    """
    kept = book.create_sheet(STAMP)
    for number, (key, value) in enumerate(stamp.items(), 1):
        put(kept, number, 1, key)
        put(kept, number, 2, value)
    for sheet in book.worksheets:
        sheet.protection.sheet = True
        # Widening a column to read it does no harm.
        sheet.protection.formatColumns = False
        sheet.protection.formatRows = False
        if sheet.title in (STAMP, LISTS):
            sheet.sheet_state = "veryHidden" if sheet.title == STAMP else "hidden"
    return saved(book, at)


def saved(book: Workbook, at: datetime) -> bytes:
    """The bytes of a workbook; see `at` of `steady`."""
    book.active = 0
    written = BytesIO()
    book.save(written)
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode("ascii")

    def dated(name: str, content: bytes) -> bytes:
        if name != "docProps/core.xml":
            return content
        return _MODIFIED.sub(rb"\g<1>" + moment + rb"\g<2>", content)

    return steady(written.getvalue(), at, dated)


def clean(text: str) -> str:
    """The text without what XML cannot hold."""
    return _NO_CONTROL.sub("", text)


def _print_set_up(sheet: Worksheet, heading: int) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{heading}:{heading}"
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom = 0.4, 0.6
    sheet.page_margins.header = sheet.page_margins.footer = 0.25
    sheet.oddFooter = HeaderFooterItem(center=_HeaderFooterPart("&P / &N"))


def _first_shown(columns: Sequence[FormColumn]) -> int:
    return next((index for index, column in enumerate(columns) if not column.hidden), 0)


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a column, roughly."""
    return sum(max(1, -(-len(line) // max(1, int(width)))) for line in text.split("\n"))
