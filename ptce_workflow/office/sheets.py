"""Tables as CSV and as workbooks; the blank form of a sheet as a workbook.

A table made here is read back by `office.form`; a blank form by the hidden names of its questions,
or by their numbered labels. Only commands that write one import this module: openpyxl takes a
tenth of a second to load.
"""

from __future__ import annotations

import csv
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec.structs import replace
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties

from ptce_workflow.base import words
from ptce_workflow.base.words import _
from ptce_workflow.office.files import steady
from ptce_workflow.office.form import REF, STAYS, Form, FormColumn, TableSheet, Value
from ptce_workflow.office.forms import blank as forms
from ptce_workflow.office.forms.blank import Blank, FormQuestion
from ptce_workflow.office.page import Report, ValuedCell, clean, tables_by_heading
from ptce_workflow.process.fields import LongTextField, OptionsField, TableField

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet


_LONGEST_NAME = 31
"""The most signs of the name of a sheet."""
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_WIDEST = 60
_NARROWEST = 8


def form_written(form: Form, suffix: str, at: datetime, *, rehearsal: bool = False) -> bytes:
    """A form to fill in, `.csv` (stamp, headings, rows) or `.xlsx`; `at` dates it."""
    if suffix == ".csv":
        stamp = [words.TABLE_MARK, *(f"{name}={value}" for name, value in form.stamped().items())]
        titles = [column.title for column in form.columns]
        return csv_written([stamp, titles, *form.rows], form.language)
    with words.speaking(form.language):
        if rehearsal:
            title, *others = form.above
            form = replace(form, above=(f"{words.rehearsal_mark()} {title}", *others))
        return form_workbook(form, at)


def to_csv(report: Report) -> bytes:
    """The first table of a report, and those with the same columns, each row after its heading.

    Nothing but its mark where there is none.
    """
    found = [*tables_by_heading(report)]
    if not found:
        return csv_written([], report.language)
    columns = found[0][1].columns
    alike = [(heading, table) for heading, table in found if table.columns == columns]
    headings = [column.heading for column in columns]
    if len(alike) == 1:
        return csv_written([headings, *map(_values, found[0][1].rows)], report.language)
    rows = ([heading, *_values(row)] for heading, table in alike for row in table.rows)
    with words.speaking(report.language):
        return csv_written([[_("subject"), *headings], *rows], report.language)


def csv_written(rows: Iterable[Iterable[Value]], language: str) -> bytes:
    """The rows in UTF-8, with the mark without which spreadsheets guess another encoding."""
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=words.separator(language), lineterminator="\r\n")
    # A figure or an instant as spreadsheets read one; any other text as it stands.
    writer.writerows(
        [
            words.with_marks(str(value), language)
            if isinstance(value, Decimal | float)
            else words.safe_text(_shown(value))
            for value in row
        ]
        for row in rows
    )
    return text.getvalue().encode("utf-8-sig")


def _shown(value: Value) -> str:
    """A value as spreadsheets show it: an instant is longer there than in words."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    return "" if value is None else str(value)


def _values(row: Iterable[str]) -> list[Value]:
    return [cell.value if isinstance(cell, ValuedCell) else cell for cell in row]


def to_xlsx(report: Report) -> bytes:
    book = new_book(
        title=report.title, author=report.author, at=report.at, language=report.language
    )
    above = [line for line in (report.title, report.over, report.under) if line]
    named = Counter[str]()
    for heading, table in tables_by_heading(report):
        name = _NOT_IN_NAMES.sub(" ", heading or report.title)[:_LONGEST_NAME]
        named[name] += 1
        if named[name] > 1:
            name = f"{name[: _LONGEST_NAME - 4]} ({named[name]})"
        rows = [_values(row) for row in table.rows]
        columns = [
            FormColumn(column.heading, _width(column.heading, cells), centred=column.number)
            for column, *cells in zip(table.columns, *rows, strict=True)
        ]
        sheet, first = add_sheet(book, TableSheet(name, above, columns, rows))
        last = sheet.cell(first + len(rows) - 1, len(columns))
        sheet.auto_filter.ref = f"A{first - 1}:{last.coordinate}"
    if not book.worksheets:
        add_sheet(book, TableSheet(report.title, [report.title], (), ()))
    return saved(book, report.at)


def _width(heading: str, values: Iterable[Value]) -> int:
    """Wide enough for what a column shows, as long as that leaves room for others."""
    shown = (line for value in (heading, *values) for line in _shown(value).split("\n"))
    return min(max(max(map(words.columns_of, shown)) + 3, _NARROWEST), _WIDEST)


LISTS = "lists"
"""The hidden sheet that holds the answers offered in drop-down lists."""

FONT = "Arial"
INK, MUTED, ACCENT, TINT, RULE, ASKED = "1F2328", "4A525B", "0A4F9C", "EEF4FB", "C4CAD1", "FFF9E3"
_ALERT = "FBD9D3"
_ROOM_TO_WRITE, _TALLEST_ROW = 36.0, 409.0
_LINE = Side(style="thin", color=RULE)
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_BLOCK = Border(left=_LINE, right=_LINE, bottom=_LINE, top=Side(style="medium", color=MUTED))
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


def new_book(*, title: str, author: str, at: datetime, language: str) -> Workbook:
    """A workbook without sheets; `at` is when it is made, for its properties."""
    book = Workbook()
    book.remove(book.worksheets[0])
    # Widths are counted in the font of the rows; the library has no public name for either.
    font = Font(name=FONT, size=10, family=2)
    book._fonts[0] = font  # type: ignore[attr-defined]
    book._named_styles["Normal"].font = font  # type: ignore[attr-defined]
    moment = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    book.properties.title = clean(title)
    book.properties.creator = clean(author)
    book.properties.lastModifiedBy = clean(author)
    book.properties.language = words.tag(language)
    book.properties.created = book.properties.modified = moment
    return book


def form_workbook(form: Form, at: datetime) -> bytes:
    """The bytes of a form to fill in, in the language in force: see `Form`; `at` dates it."""
    book = new_book(title=form.above[0], author=form.author, at=at, language=form.language)
    table = TableSheet(form.name, form.above, form.columns, form.rows)
    sheet, first = add_sheet(book, table, shortest=_ROOM_TO_WRITE)
    last = first + max(1, len(form.rows)) - 1
    if form.head:
        sheet.page_margins.top = 0.9
        # In it, & begins a command.
        sheet.oddHeader = HeaderFooterItem(left=_HeaderFooterPart(form.head.replace("&", "&&")))
    assert sheet.print_title_rows == f"${form.kind.heading}:${form.kind.heading}", "read there"
    for letter, column in _lettered(form.columns):
        if column.explains:
            _alert(sheet, form, column, f"{letter}{first}:{letter}{last}", first)
    if any(column.once for column in form.columns):
        _draw_blocks(sheet, form, first)
    sheet.freeze_panes = f"{get_column_letter(STAYS + 1)}{first}"
    sheet.page_margins.left = sheet.page_margins.right = 0.25
    if form.guide is not None:
        add_sheet(book, form.guide)
    return finished(book, form.stamped(), at)


def add_sheet(book: Workbook, table: TableSheet, *, shortest: float = 24) -> tuple[Worksheet, int]:
    """A sheet with a table, and the number of the first row below its headings.

    The first line over the table is its title, the others explain. The headings stay in sight when
    one scrolls and are printed on every page; A4 landscape, as wide as a page.
    """
    sheet = book.create_sheet(clean(table.name)[:_LONGEST_NAME])
    sheet.sheet_view.showGridLines = False
    shown = next((n for n, column in enumerate(table.columns, 1) if not column.hidden), 1)
    for number, line in enumerate(table.above, 1):
        put(sheet, number, shown, line).font = Font(name=FONT, size=10, color=MUTED)
        sheet.row_dimensions[number].height = 16
    if table.above:
        sheet.cell(1, shown).font = Font(name=FONT, size=16, bold=True, color=ACCENT)
        sheet.row_dimensions[1].height = 24
    heading = len(table.above) + (2 if table.above else 1)
    for number, (letter, column) in enumerate(_lettered(table.columns), 1):
        cell = put(sheet, heading, number, column.title)
        cell.font = Font(name=FONT, size=10, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=ACCENT)
        cell.alignment, cell.border = _alignment(column), _BOX
        sheet.column_dimensions[letter].width = column.width
        sheet.column_dimensions[letter].hidden = column.hidden
    lines = max((_lines(column.title, column.width) for column in table.columns), default=1)
    sheet.row_dimensions[heading].height = max(22, 15 * lines + 4)
    first = heading + 1
    if any(column.below is not None for column in table.columns):
        _add_wording(sheet, first, table.columns)
        first += 1
    for number, values in enumerate(table.rows, first):
        add_row(sheet, number, table.columns, values, shortest)
    last = first + max(1, len(table.rows)) - 1
    for letter, column in _lettered(table.columns):
        if column.choices:
            offer(book, sheet, f"{letter}{first}:{letter}{last}", column.choices)
    sheet.freeze_panes = f"A{heading + 1}"
    _print_set_up(sheet, heading)
    return sheet, first


def _lettered(columns: Sequence[FormColumn]) -> Iterator[tuple[str, FormColumn]]:
    return ((get_column_letter(number), column) for number, column in enumerate(columns, 1))


def _alignment(column: FormColumn) -> Alignment:
    where, indent = ("center", 0) if column.centred else ("left", 1)
    return Alignment(horizontal=where, vertical="center", wrap_text=True, indent=indent)


def _add_wording(sheet: Worksheet, row: int, columns: Sequence[FormColumn]) -> None:
    for number, column in enumerate(columns, 1):
        cell = put(sheet, row, number, None if column.hidden else column.below)
        cell.font = Font(name=FONT, size=9, color=MUTED)
        cell.fill = PatternFill("solid", fgColor=TINT)
        cell.alignment = Alignment(horizontal="left", vertical="top", wrap_text=True)
    texts = [(column.below or "", column.width) for column in columns]
    sheet.row_dimensions[row].height = max(
        _ROOM_TO_WRITE, *(0.9 * height_of(*text) for text in texts)
    )


def add_row(
    sheet: Worksheet,
    row: int,
    columns: Sequence[FormColumn],
    values: Sequence[Value],
    shortest: float,
) -> None:
    """A row as tall as its texts; the cells that ask are pale yellow and may be written."""
    height = shortest
    for number, (column, value) in enumerate(zip(columns, values, strict=True), 1):
        cell = put(sheet, row, number, value)
        size, colour = 11 if column.bold else 10, MUTED if column.muted else INK
        cell.font = Font(name=FONT, size=size, bold=column.bold, color=colour)
        cell.alignment, cell.border = _alignment(column), _BOX
        if column.name:
            cell.fill = PatternFill("solid", fgColor=ASKED)
            cell.protection = Protection(locked=False)
        if isinstance(value, str) and not column.hidden:
            height = max(height, height_of(value, column.width))
    sheet.row_dimensions[row].height = height


def _draw_blocks(sheet: Worksheet, form: Form, first: int) -> None:
    """A stronger line where another candidature begins; one cell for what is asked of it once."""
    for _ref, rows in groupby(enumerate(form.rows, first), lambda row: row[1][REF - 1]):
        numbers = [number for number, _values in rows]
        for column, form_column in enumerate(form.columns, 1):
            sheet.cell(numbers[0], column).border = _BLOCK
            if form_column.once and len(numbers) > 1:
                sheet.merge_cells(None, numbers[0], column, numbers[-1], column)


def _alert(sheet: Worksheet, form: Form, column: FormColumn, cells: str, first: int) -> None:
    """Turns a text red that is wanted and is not there, as soon as the number is chosen."""
    letters = {name: f"${get_column_letter(n)}{first}" for name, n in form.asked.items()}
    wanted = ",".join(
        f"AND(ISNUMBER({letters[name]}),{letters[name]}{sign}{bound:g})"
        for name, sign, bound in column.explains
    )
    formula = f"AND(LEN(TRIM({letters[column.name]}))=0,OR({wanted}))"
    look = DifferentialStyle(fill=PatternFill("solid", bgColor=_ALERT))
    sheet.conditional_formatting.add(cells, Rule(type="expression", formula=[formula], dxf=look))


def put(sheet: Worksheet, row: int, column: int, value: Value) -> Cell:
    """Writes a value in a cell; a text stays a text, whatever it begins with."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell), "a merged cell holds nothing of its own"
    if isinstance(value, str):
        text = clean(value)
        cell.value = text
        cell.data_type = "s"
        if words.safe_text(text) != text:
            # As if it had been typed after an apostrophe: editing the cell makes no formula of it.
            cell.quotePrefix = True
    else:
        cell.value = value
        if isinstance(value, datetime):
            cell.number_format = "yyyy-mm-dd hh:mm"
        elif isinstance(value, Decimal):
            # As exact as it is written: 4.20 is a mean of which the last figure is known.
            places = -int(value.as_tuple().exponent)
            cell.number_format = f"0.{'0' * places}" if places > 0 else "0"
    return cell


def offer(book: Workbook, sheet: Worksheet, cells: str, answers: Iterable[Value]) -> None:
    """Has cells (`C5:C40`) take one of some answers only, offered in a drop-down list."""
    lists = book[LISTS] if LISTS in book.sheetnames else book.create_sheet(LISTS)
    listed = list(answers)
    column = 1 if lists.cell(1, 1).value is None else lists.max_column + 1
    for number, answer in enumerate(listed, 1):
        put(lists, number, column, answer)
    letter = get_column_letter(column)
    source = f"{quote_sheetname(LISTS)}!${letter}$1:${letter}${len(listed)}"
    validation = DataValidation(
        type="list",
        formula1=source,
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="stop",
        errorTitle=_("Not one of the answers"),
        error=_("Choose one of the answers of the list."),
    )
    validation.add(cells)
    sheet.add_data_validation(validation)


def finished(book: Workbook, stamp: Mapping[str, str], at: datetime) -> bytes:
    """The bytes of a workbook, stamped and protected without a password; `at` dates it."""
    if LISTS in book.sheetnames:
        book.move_sheet(LISTS, len(book.sheetnames))
    stamp_sheet = book.create_sheet(words.STAMP)
    for number, (key, value) in enumerate(stamp.items(), 1):
        put(stamp_sheet, number, 1, key)
        put(stamp_sheet, number, 2, value)
    for sheet in book.worksheets:
        sheet.protection.sheet = True
        # Widening a column to read it does no harm.
        sheet.protection.formatColumns = False
        sheet.protection.formatRows = False
        if sheet.title in (words.STAMP, LISTS):
            sheet.sheet_state = "veryHidden" if sheet.title == words.STAMP else "hidden"
    return saved(book, at)


def saved(book: Workbook, at: datetime) -> bytes:
    book.active = 0
    written = BytesIO()
    book.save(written)
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode("ascii")
    # The library writes its own hour into the properties.
    modified = rb"\g<1>" + moment + rb"\g<2>"
    return steady(written.getvalue(), at, lambda content: _MODIFIED.sub(modified, content))


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


def height_of(text: str, width: float) -> float:
    return min(_TALLEST_ROW, 12.2 * _lines(text, 1.12 * (width - 1)) + 8)


def _lines(text: str, letters: float) -> int:
    most = max(1, int(letters))
    return sum(
        1 if len(line) <= most else len(textwrap.wrap(line, most)) for line in text.split("\n")
    )


_LABEL, _ANSWER = 2, 3
_LABEL_WIDTH, _ANSWER_WIDTH, _CELL_WIDTH = 44, 66, 7
_SHORT, _LONG, _TICK = 20, 90, "x"
_BOLD = InlineFont(rFont=FONT, sz=10, b=True)


def blank_to_xlsx(blank: Blank) -> bytes:
    stamp = str(blank.questionnaire.stamp)
    book = new_book(title=blank.title, author=blank.contest, at=blank.at, language=blank.language)
    book.properties.subject = stamp
    with words.speaking(blank.language):
        _add_questions(book, blank)
        for question in blank.questionnaire.questions:
            if isinstance(question.field, TableField):
                _add_table(book, question, question.field)
        for sheet in book.worksheets:
            foot = sheet.oddFooter
            assert foot is not None
            foot.center.text = f"{stamp} · &P / &N"
            for cell in (cell for row in sheet.iter_rows() for cell in row):
                if not cell.protection.locked:
                    # As text: a zero in front of a number stays.
                    cell.number_format = "@"
        return finished(book, {"form": stamp}, blank.at)


def _add_questions(book: Workbook, blank: Blank) -> None:
    """Adds the sheet of all questions; answers of which several may be given are ticked."""
    columns = (
        FormColumn("", hidden=True),
        FormColumn("", _LABEL_WIDTH),
        FormColumn(_(forms.WRITE), _ANSWER_WIDTH, "answer"),
    )
    notice = (_(forms.NOTICE), *blank.notice) if any(blank.notice) else ()
    above = (blank.title, blank.contest, *blank.before, *notice)
    sheet = _add_sheet(book, TableSheet(forms.sheet_name(blank.title), above, columns, ()))
    sheet.page_setup.orientation, sheet.freeze_panes = "portrait", None
    for question in blank.questionnaire.questions:
        row, field, choices = sheet.max_row + 1, question.field, forms.choices(question.field)
        is_table, several = isinstance(field, TableField), isinstance(field, OptionsField)
        label, hints = clean(forms.heading(question)), clean("\n".join(("", *forms.hints(field))))
        height = _LONG if isinstance(field, LongTextField) else _SHORT
        if is_table:
            add_row(sheet, row, columns, (None, forms.elsewhere(question), None), height)
        else:
            add_row(sheet, row, columns, (question.name, label + hints, None), height)
            sheet.cell(row, _LABEL).value = CellRichText(TextBlock(_BOLD, label), hints)
        for number, answer in enumerate(choices if several else (), row + 1):
            add_row(sheet, number, columns, (None, answer, None), _SHORT)
        if is_table or several:
            sheet.merge_cells(None, row, _LABEL, row, _ANSWER)
        if choices:
            cells = f"C{row + 1}:C{sheet.max_row}" if several else f"C{row}"
            offer(book, sheet, cells, (_TICK,) if several else choices)


def _add_table(book: Workbook, question: FormQuestion, field: TableField) -> None:
    label = forms.heading(question)
    columns = [FormColumn("", hidden=True)]
    for name, column in field.columns.items():
        title, width = forms.starred(str(column.label), column), _CELL_WIDTH * column.width
        columns.append(FormColumn(title, width, name, choices=forms.choices(column)))
    rows = ((None,) * len(columns),) * field.max_rows
    above = (label, *forms.hints(field))
    sheet = _add_sheet(book, TableSheet(forms.sheet_name(label), above, columns, rows))
    put(sheet, 1, 1, question.name)


def _add_sheet(book: Workbook, table: TableSheet) -> Worksheet:
    sheet, _first = add_sheet(book, table, shortest=_SHORT)
    width = sum(column.width for column in table.columns if not column.hidden)
    for number, line in enumerate(table.above, 1):
        sheet.merge_cells(None, number, _LABEL, number, len(table.columns))
        sheet.cell(number, _LABEL).alignment = Alignment(wrap_text=True, vertical="top")
        if number > 1:
            sheet.row_dimensions[number].height = height_of(line, width)
    return sheet
