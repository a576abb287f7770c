"""The blank form of a sheet as a workbook: a cell beside each label, tables on sheets of their own.

It is read back by the hidden names of its questions, or by their numbered labels. Only commands
that write one import this module.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart

from ptce_workflow.base.words import _, own_language, speaking
from ptce_workflow.papers import blank as forms
from ptce_workflow.papers.blank import Blank
from ptce_workflow.papers.form import FormColumn, TableSheet
from ptce_workflow.papers.questionnaire import STAMP_PROPERTY, Question
from ptce_workflow.papers.workbook import (
    ACCENT,
    ASKED,
    BOX,
    FONT,
    INK,
    MUTED,
    add_sheet,
    finished,
    height_of,
    new_book,
    offer,
    print_set_up,
    put,
)
from ptce_workflow.process.fields import LongTextField, OptionsField, TableField

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_KEY, _LABEL, _ANSWER = 1, 2, 3
_LABEL_WIDTH, _ANSWER_WIDTH, _CELL_WIDTH = 44.0, 66.0, 7.0
_SHORT, _LONG, _TICK = 20.0, 90.0, "x"


def to_xlsx(blank: Blank) -> bytes:
    """The form as a workbook; the same form gives the same bytes."""
    stamp = str(blank.questionnaire.stamp)
    with speaking(own_language(blank.language)):
        writer = _Writer(blank)
        for sheet in writer.book.worksheets:
            sheet.column_dimensions["A"].hidden = True
            sheet.oddFooter = HeaderFooterItem(center=_HeaderFooterPart(f"{stamp} · &P / &N"))
        # The types of the library know nothing of it.
        writer.book.custom_doc_props.append(  # type: ignore[attr-defined]
            StringProperty(name=STAMP_PROPERTY, value=stamp)
        )
        return finished(writer.book, {STAMP_PROPERTY: stamp}, blank.at)


class _Writer:
    """Writes the sheets of a form; what stands outside its questions goes over two columns."""

    def __init__(self, blank: Blank) -> None:
        self._language, self._row = blank.language, 0
        self.book = new_book(
            title=blank.title, author=blank.contest, at=blank.at, language=blank.language
        )
        self._sheet: Worksheet = self.book.create_sheet(forms.sheet_name(blank.title))
        self._sheet.sheet_view.showGridLines = False
        self._sheet.column_dimensions["B"].width = _LABEL_WIDTH
        self._sheet.column_dimensions["C"].width = _ANSWER_WIDTH
        print_set_up(self._sheet, 1)
        self._sheet.page_setup.orientation, self._sheet.print_title_rows = "portrait", None
        self._say(blank.contest, color=MUTED)
        self._say(blank.title, size=18, bold=True, color=ACCENT)
        for line in blank.before:
            self._say(line)
        if any(blank.notice):
            self._say(_(forms.NOTICE), bold=True)
        for line in blank.notice:
            self._say(line, size=9, color=MUTED)
        for question in blank.questionnaire.questions:
            self._row += 1
            if isinstance(question.field, TableField):
                self._say(forms.elsewhere(question), color=ACCENT)
                self._add_table(question, question.field)
            else:
                self._ask(question)

    def _say(
        self,
        text: str,
        *,
        size: float = 10,
        bold: bool = False,
        color: str = INK,
        beside: bool = False,
    ) -> None:
        """Writes a line of its own: over both columns, or `beside` the cells to answer in."""
        self._row += 1
        cell = put(self._sheet, self._row, _LABEL, text)
        cell.font = Font(name=FONT, size=size, bold=bold, color=color)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        room = _LABEL_WIDTH if beside else _LABEL_WIDTH + _ANSWER_WIDTH
        self._sheet.row_dimensions[self._row].height = height_of(text, room * 9 / size) + size - 10
        if not beside:
            self._sheet.merge_cells(None, self._row, _LABEL, self._row, _ANSWER)

    def _ask(self, question: Question) -> None:
        field, offered = question.field, forms.boxes(question.field, self._language).values()
        first, several = self._row + 1, isinstance(field, OptionsField)
        put(self._sheet, first, _KEY, question.name)
        self._say(forms.heading(question), bold=True, beside=True)
        for line in forms.hints(field, self._language):
            self._say(line, size=9, color=MUTED, beside=True)
        for answer in offered if several else ():
            self._say(answer, beside=True)
            self._box(self._row, (_TICK,))
        if not several:
            self._box(first, offered)
        if isinstance(field, LongTextField):
            self._sheet.row_dimensions[self._row].height = _LONG

    def _box(self, first: int, answers: Collection[str]) -> None:
        """A cell to answer in, from a row to the last one; as text: zeros in front stay."""
        cell = put(self._sheet, first, _ANSWER, None)
        cell.font, cell.number_format = Font(name=FONT, size=10, color=INK), "@"
        cell.fill, cell.border = PatternFill("solid", fgColor=ASKED), BOX
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.protection = Protection(locked=False)
        if answers:
            offer(self.book, self._sheet, cell.coordinate, answers)
        if first < self._row:
            self._sheet.merge_cells(None, first, _ANSWER, self._row, _ANSWER)

    def _add_table(self, question: Question, field: TableField) -> None:
        asked = field.columns.items()
        label = forms.heading(question)
        columns = [FormColumn("", hidden=True)]
        for name, column in asked:
            title = forms.starred(column.label.in_(self._language), column)
            answers = tuple(forms.boxes(column, self._language).values())
            columns.append(FormColumn(title, _CELL_WIDTH * column.width, name, choices=answers))
        above = (label, *forms.hints(field, self._language))
        rows = ((None,) * len(columns),) * field.max_rows
        table = TableSheet(forms.sheet_name(label), above, columns, rows)
        sheet, first = add_sheet(self.book, table, shortest=_SHORT)
        put(sheet, 1, _KEY, question.name)
        for number, offering in enumerate(columns[1:], _LABEL):
            letter = get_column_letter(number)
            cells = f"{letter}{first}:{letter}{first + field.max_rows - 1}"
            for (cell,) in sheet[cells]:
                cell.number_format = "@"
            if offering.choices:
                offer(self.book, sheet, cells, offering.choices)
