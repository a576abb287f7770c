"""The blank form of a sheet in DOCX: numbered labels, each above a box to answer in.

Controls are a comfort for whoever fills it in; it is read back by its labels. It is not protected:
that would forbid to paste, and to add rows. Only commands that write one import this module.
"""

from __future__ import annotations

from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from docx import Document
from docx.enum.table import WD_ROW_HEIGHT_RULE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Mm, Pt, RGBColor

from ptce_workflow.base.words import _, own_language, speaking
from ptce_workflow.papers import blank as forms
from ptce_workflow.papers.blank import Blank
from ptce_workflow.papers.docx import (
    add_words,
    border,
    fill,
    lined_table,
    mark,
    say,
    set_up,
    shading,
    style,
)
from ptce_workflow.papers.files import steady
from ptce_workflow.papers.questionnaire import STAMP_PROPERTY, Question
from ptce_workflow.papers.report import Report, clean
from ptce_workflow.process.fields import FieldType, LongTextField, TableField

if TYPE_CHECKING:
    from docx.text.paragraph import Paragraph

_INK, _BLUE, _QUIET = (
    RGBColor(0x16, 0x16, 0x16),
    RGBColor(0x00, 0x00, 0x91),
    RGBColor(0x59, 0x59, 0x59),
)
_BOX, _HEADER, _RULE = "929292", "EEEEEE", "000091"
_BOX_HEIGHT, _LONG_HEIGHT = 8, 40
_NAMESPACES = nsdecls("w") + ' xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
_PROPERTIES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
    '<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" name="{name}">'
    "<vt:lpwstr>{value}</vt:lpwstr></property></Properties>"
)
_SIGNS = '<w:rFonts w:ascii="MS Gothic" w:hAnsi="MS Gothic" w:eastAsia="MS Gothic"/>'
_CHECKBOX = (
    '<w14:checkbox><w14:checked w14:val="0"/><w14:checkedState w14:val="2612" '
    'w14:font="MS Gothic"/><w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/>'
    "</w14:checkbox>"
)


def to_docx(blank: Blank) -> bytes:
    """The form as DOCX; the same form gives the same bytes."""
    with speaking(own_language(blank.language)):
        return _Writer(blank).written()


class _Writer:
    """Writes one form; its controls are numbered in their order."""

    def __init__(self, blank: Blank) -> None:
        self._blank, self._language = blank, blank.language
        self._stamp = str(blank.questionnaire.stamp)
        self._paper = Document()
        self._numbers = count(1)

    def written(self) -> bytes:
        blank, paper = self._blank, self._paper
        set_up(
            paper,
            Report(blank.title, self._language, blank.at, blank.contest, running=self._stamp),
        )
        style(paper, "Normal", 10.5, _INK, after=4)
        style(paper, "Subtitle", 10.5, _QUIET, after=2)
        style(paper, "Heading 1", 20, _BLUE, bold=True, after=8)
        style(paper, "Heading 2", 11, _INK, bold=True, before=14, after=2)
        style(paper, "Caption", 9.5, _QUIET, after=3)
        for name in ("Heading 2", "Caption"):
            paper.styles[name].paragraph_format.keep_with_next = True
        say(paper, blank.contest, "Subtitle")
        say(paper, blank.title, "Heading 1")
        for line in blank.before:
            _rule(say(paper, line))
        if any(blank.notice):
            say(paper, _(forms.NOTICE), "Heading 2")
            for line in blank.notice:
                say(paper, line, "Caption").paragraph_format.keep_with_next = False
        for question in blank.questionnaire.questions:
            self._ask(question)
        self._add_stamps()
        content = BytesIO()
        paper.save(content)
        return steady(content.getvalue(), blank.at)

    def _ask(self, question: Question) -> None:
        paper, field = self._paper, question.field
        say(paper, forms.heading(question), "Heading 2")
        for line in forms.hints(field, self._language):
            say(paper, line, "Caption")
        if isinstance(field, TableField):
            say(paper, forms.more_rows(field, self._language), "Caption")
            self._add_table(question, field)
            return
        box = lined_table(paper, 1, 1, (1,), colour=_BOX)
        row, cell = box.rows[0], box.rows[0].cells[0]
        row.height_rule = WD_ROW_HEIGHT_RULE.AT_LEAST
        is_long = isinstance(field, LongTextField)
        row.height = Mm(_LONG_HEIGHT if is_long else _BOX_HEIGHT)
        line = cell.paragraphs[0]
        line.paragraph_format.space_after = Pt(0)
        offered = forms.boxes(field, self._language)
        if not is_long:
            mark(row, "cantSplit")
        if not offered:
            self._control(line, question.label, question.name, '<w:text w:multiLine="1"/>')
        for number, (name, label) in enumerate(offered.items()):
            if number:
                line = cell.add_paragraph()
                line.paragraph_format.space_after = Pt(0)
            self._control(line, label, f"{question.name}.{name}", _CHECKBOX)
            add_words(line, f" {label}")

    def _add_table(self, question: Question, field: TableField) -> None:
        columns = field.columns
        shares = tuple(column.width for column in columns.values())
        table = lined_table(self._paper, 1 + forms.rows(field), len(columns), shares, colour=_BOX)
        top, *below = table.rows
        mark(top, "cantSplit")
        mark(top, "tblHeader")
        for cell, column in zip(top.cells, columns.values(), strict=True):
            cell._tc.get_or_add_tcPr().append(shading(_HEADER))
            fill(cell, forms.starred(column.label.in_(self._language), column), bold=True, size=9.5)
        for number, row in enumerate(below, 1):
            mark(row, "cantSplit")
            row.height_rule, row.height = WD_ROW_HEIGHT_RULE.AT_LEAST, Mm(_BOX_HEIGHT)
            for cell, (name, column) in zip(row.cells, columns.items(), strict=True):
                cell.paragraphs[0].paragraph_format.space_after = Pt(0)
                self._offer(cell.paragraphs[0], f"{question.name}.{number}.{name}", column)

    def _offer(self, line: Paragraph, tag: str, column: FieldType) -> None:
        """A list of the answers of a column; nothing where people write."""
        offered = forms.boxes(column, self._language)
        items = "".join(
            f"<w:listItem w:displayText={_quoted(label)} w:value={_quoted(name)}/>"
            for name, label in offered.items()
        )
        if offered:
            label = column.label.in_(self._language)
            self._control(line, label, tag, f"<w:dropDownList>{items}</w:dropDownList>")

    def _control(self, line: Paragraph, label: str, tag: str, kind: str) -> None:
        """Adds a control within a line: people may not delete it, and may write beside it."""
        is_box = kind is _CHECKBOX
        shown = "☐" if is_box else _(forms.CHOOSE) if kind.startswith("<w:drop") else _(forms.WRITE)
        look = _SIGNS if is_box else f'<w:color w:val="{_QUIET}"/>'
        line._p.append(
            parse_xml(
                f"<w:sdt {_NAMESPACES}><w:sdtPr><w:alias w:val={_quoted(label[:64])}/>"
                f"<w:tag w:val={_quoted(tag[:64])}/>"
                f'<w:id w:val="{next(self._numbers)}"/><w:lock w:val="sdtLocked"/>'
                f"{'' if is_box else '<w:showingPlcHdr/>'}{kind}</w:sdtPr><w:sdtContent><w:r>"
                f"<w:rPr>{look}</w:rPr><w:t>{escape(shown)}</w:t></w:r></w:sdtContent></w:sdt>"
            )
        )

    def _add_stamps(self) -> None:
        """Stamps the form in its properties and in a last, hidden line; its foot shows it."""
        package = self._paper.part.package
        assert package is not None
        content = _PROPERTIES.format(name=STAMP_PROPERTY, value=escape(self._stamp))
        kind = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
        part = Part(PackURI("/docProps/custom.xml"), kind, content.encode(), package)
        package.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_PROPERTIES)
        last = say(self._paper, self._stamp)
        last.paragraph_format.space_after = Pt(0)
        last.runs[0].font.hidden = True
        of_its_end = OxmlElement("w:rPr")
        of_its_end.append(OxmlElement("w:vanish"))
        last._p.get_or_add_pPr().append(of_its_end)


def _rule(line: Paragraph) -> None:
    """Draws a rule beside a line."""
    layout = line.paragraph_format
    layout.left_indent = Mm(4)
    borders = OxmlElement("w:pBdr")
    borders.append(border("left", space="8", colour=_RULE, size=24))
    properties = line._p.get_or_add_pPr()
    properties.insert_element_before(borders, "w:shd", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _quoted(text: str) -> str:
    return '"' + escape(clean(text), {'"': "&quot;", "\n": " "}) + '"'
