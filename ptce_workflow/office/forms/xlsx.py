"""The blank form of a sheet as a workbook.

It is read back by the hidden names of its questions, or by their numbered labels. Only commands
that write one import this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Alignment

from ptce_workflow.base.words import _, speaking
from ptce_workflow.office.form import FormColumn, TableSheet
from ptce_workflow.office.forms import blank as forms
from ptce_workflow.office.forms.blank import Blank, FormQuestion
from ptce_workflow.office.sheets import (
    FONT,
    add_row,
    add_sheet,
    clean,
    finished,
    height_of,
    new_book,
    offer,
    put,
)
from ptce_workflow.process.fields import LongTextField, OptionsField, TableField

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet


_LABEL, _ANSWER = 2, 3
_LABEL_WIDTH, _ANSWER_WIDTH, _CELL_WIDTH = 44, 66, 7
_SHORT, _LONG, _TICK = 20, 90, "x"
_BOLD = InlineFont(rFont=FONT, sz=10, b=True)


def to_xlsx(blank: Blank) -> bytes:
    stamp = str(blank.questionnaire.stamp)
    book = new_book(title=blank.title, author=blank.contest, at=blank.at, language=blank.language)
    book.properties.subject = stamp
    with speaking(blank.language):
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
