"""The blank form of a sheet as DOCX.

Controls are a comfort for whoever fills it in; it is read back by its labels. It is not protected:
that would forbid to paste, and to add rows. Only commands that write one import this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

from ptce_workflow.base.words import _, speaking
from ptce_workflow.office.docx import document, fill, lined_table, mark, saved, say, shading
from ptce_workflow.office.forms import blank as forms
from ptce_workflow.office.forms.blank import Blank, FormQuestion
from ptce_workflow.office.report import Bullets, Heading, Paragraph, Part, Report, clean
from ptce_workflow.process.fields import LongTextField, TableField

if TYPE_CHECKING:
    from docx.document import Document as Paper
    from docx.text.paragraph import Paragraph as Line


_BOX, _HEADER = "929292", "EEEEEE"
_BOX_HEIGHT, _LONG_HEIGHT = Mm(8), Mm(40)
_LONGEST_ALIAS = 64
_NAMESPACES = nsdecls("w") + ' xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
_TEXT, _LIST = '<w:text w:multiLine="1"/>', "<w:dropDownList>{}</w:dropDownList>"
_CHECKBOX = (
    '<w14:checkbox><w14:checked w14:val="0"/><w14:checkedState w14:val="2612" '
    'w14:font="MS Gothic"/><w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/>'
    "</w14:checkbox>"
)
_SIGNS = '<w:rFonts w:ascii="MS Gothic" w:hAnsi="MS Gothic" w:eastAsia="MS Gothic"/>'
_GREY = '<w:color w:val="595959"/>'


def to_docx(blank: Blank) -> bytes:
    stamp = str(blank.questionnaire.stamp)
    with speaking(blank.language):
        parts: list[Part] = [Bullets(blank.before)]
        if any(blank.notice):
            parts += [Heading(_(forms.NOTICE), 2), *map(Paragraph, blank.notice)]
        about = (blank.title, blank.language, blank.at, blank.contest)
        paper = document(Report(*about, tuple(parts), over=blank.contest, running=stamp))
        paper.core_properties.subject = stamp
        for question in blank.questionnaire.questions:
            _ask(paper, question)
    say(paper, stamp).runs[0].font.hidden = True
    for number, control in enumerate(paper.element.body.iter(qn("w:id")), 1):
        control.set(qn("w:val"), str(number))
    return saved(paper, blank.at)


def _ask(paper: Paper, question: FormQuestion) -> None:
    field = question.field
    say(paper, forms.heading(question), "Heading 2")
    for hint in forms.hints(field):
        say(paper, hint, "Caption")
    if isinstance(field, TableField):
        _add_table(paper, field)
        return
    row = lined_table(paper, 1, 1, (1,), colour=_BOX).rows[0]
    if isinstance(field, LongTextField):
        row.height = _LONG_HEIGHT
    else:
        row.height = _BOX_HEIGHT
        mark(row, "cantSplit")
    cell = row.cells[0]
    fill(cell, "")
    choices = forms.choices(field)
    if not choices:
        _add_control(cell.paragraphs[0], question.label, _TEXT, _(forms.WRITE))
    for number, label in enumerate(choices):
        line: Line = say(cell, "") if number else cell.paragraphs[0]
        line.paragraph_format.space_after = Pt(0)
        _add_control(line, label, _CHECKBOX, "☐", _SIGNS)
        line.add_run(clean(f" {label}"))


def _add_table(paper: Paper, field: TableField) -> None:
    columns = tuple(field.columns.values())
    shares = tuple(column.width for column in columns)
    table = lined_table(paper, 1 + forms.rows(field), len(columns), shares, colour=_BOX)
    for row in table.rows:
        mark(row, "cantSplit")
    heading, *below = table.rows
    mark(heading, "tblHeader")
    for cell, column in zip(heading.cells, columns, strict=True):
        cell._tc.get_or_add_tcPr().append(shading(_HEADER))
        fill(cell, forms.starred(str(column.label), column), bold=True, size=9.5)
    for row in below:
        row.height = _BOX_HEIGHT
        for cell, column in zip(row.cells, columns, strict=True):
            fill(cell, "")
            if choices := forms.choices(column):
                items = (f"<w:listItem w:displayText={_quoted(choice)}/>" for choice in choices)
                kind = _LIST.format("".join(items))
                _add_control(cell.paragraphs[0], str(column.label), kind, _(forms.CHOOSE))


def _add_control(line: Line, label: str, kind: str, shown: str, look: str = _GREY) -> None:
    """Adds a control within a line: people may not delete it, and may write beside it."""
    blank = "" if kind is _CHECKBOX else "<w:showingPlcHdr/>"
    line._p.append(
        parse_xml(
            f"<w:sdt {_NAMESPACES}><w:sdtPr><w:alias w:val={_quoted(label[:_LONGEST_ALIAS])}/>"
            f'<w:id/><w:lock w:val="sdtLocked"/>{blank}{kind}</w:sdtPr><w:sdtContent><w:r>'
            f"<w:rPr>{look}</w:rPr><w:t>{escape(shown)}</w:t></w:r></w:sdtContent></w:sdt>"
        )
    )


def _quoted(text: str) -> str:
    return quoteattr(clean(text))
