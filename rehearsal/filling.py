"""What people do with a form: type in its boxes, tick, choose in a list, add rows.

The blank is the very one that `ptce form` writes; it is filled as a word processor would leave it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as Paper
from docx.oxml.ns import qn
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from ptce_workflow.base.words import speaking
from ptce_workflow.office.files import steady
from ptce_workflow.office.forms.blank import FormQuestion, Questionnaire
from ptce_workflow.process.fields import (
    BooleanField,
    DateField,
    FieldType,
    OptionField,
    OptionsField,
    TableField,
    TerritoryField,
)
from rehearsal.cast import ZONE

W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_WRITTEN = datetime(2024, 3, 1, tzinfo=UTC)
TICKED, BLANK = "☒", "☐"
Answers = Mapping[str, Any]


def filled(blank: bytes, form: Questionnaire, answers: Answers) -> bytes:
    """A blank in Word with some answers in it, as one writes them in a dossier's file.

    The same answers give the same bytes.
    """
    paper = Document(BytesIO(blank))
    for question, _heading, box in boxes(paper, form):
        if question.name in answers:
            _answer(question.field, box, answers[question.name], form.stamp.language)
    written = BytesIO()
    paper.save(written)
    return steady(written.getvalue(), _WRITTEN)


def boxes(paper: Paper, form: Questionnaire) -> Iterator[tuple[FormQuestion, Paragraph, Table]]:
    """Each question of a blank with its heading and the table that its answer goes in."""
    asked = {f"{one.number}. {one.label}": one for one in form.questions}
    found: tuple[FormQuestion, Paragraph] | None = None
    for block in paper.iter_inner_content():
        if isinstance(block, Paragraph):
            question = asked.get(block.text.rstrip("* \u00a0"))
            found = (question, block) if question else found
        elif found is not None:
            yield (*found, block)
            found = None


def _answer(field: FieldType, box: Table, answer: Any, language: str) -> None:
    if isinstance(field, TableField):
        _fill_rows(field, box, answer, language)
        return
    cell, said = box.cell(0, 0), words(field, answer, language)
    if not _tick(cell, said):
        _type(cell, "\n".join(said))


def _fill_rows(field: TableField, table: Table, rows: Sequence[Answers], language: str) -> None:
    while len(table.rows) <= len(rows):
        table._tbl.append(deepcopy(table.rows[-1]._tr))
    for row, given in zip(table.rows[1:], rows, strict=False):
        for cell, (name, column) in zip(row.cells, field.columns.items(), strict=True):
            if name in given:
                _type(cell, *words(column, given[name], language))


def _tick(cell: _Cell, labels: Sequence[str]) -> bool:
    """Ticks the boxes of some labels; false where there are none."""
    found = False
    for paragraph in cell.paragraphs:
        for control in paragraph._p.iter(qn("w:sdt")):
            checked = control.find(f".//{W14}checked")
            if checked is None:
                continue
            found, label = True, paragraph.text.replace(BLANK, "").strip()
            if label in labels:
                checked.set(f"{W14}val", "1")
                next(control.iter(qn("w:t"))).text = TICKED
    return found


def _type(cell: _Cell, text: str) -> None:
    """Types a text in a box: within its control, where it has one."""
    paragraph = cell.paragraphs[0]
    control = next(paragraph._p.iter(qn("w:sdt")), None)
    if control is None:
        paragraph.add_run(text)
        return
    for shown in [*control.iter(qn("w:showingPlcHdr"))]:
        shown.getparent().remove(shown)
    first, *others = control.iter(qn("w:r"))
    for run in others:
        run.getparent().remove(run)
    for style in [*first.iter(qn("w:rPr"))]:
        first.remove(style)
    Run(first, paragraph).text = text


def words(field: FieldType, answer: Any, language: str) -> list[str]:
    """What a person writes for an answer: labels, the names of places, a day with its slashes."""
    with speaking(language):
        value = field.parse(answer, zone=ZONE)
        match field:
            case OptionField() | OptionsField():
                names = [value] if isinstance(value, str) else value
                return [field.label_of(name, language) for name in names]
            case BooleanField():
                return [field.show(value, language, ZONE)]
            case TerritoryField():
                return [field.show([one], language, ZONE) for one in value]
            case DateField():
                return [f"{date.fromisoformat(value):%d/%m/%Y}"]
        return [str(answer).replace(".", ",") if isinstance(answer, float) else str(answer)]
