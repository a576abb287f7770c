"""What the program proposes about the answers of a form; nothing here decides."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from ptce_workflow.base.errors import Misuse
from ptce_workflow.papers.returned import AnswerRead, FormRead
from ptce_workflow.process.fields import FieldType, TableField
from ptce_workflow.process.process import Process


def reviewed(process: Process, form: FormRead) -> FormRead:
    """The form with the answers that a person has to look at marked `to_confirm`, and why.

    An answer that cannot be recorded gets what may be meant by it, where that can be told.
    """
    fields = process.definition.sheets[form.sheet].fields
    answers = (_reviewed(process, one, _asked(fields, one.name)) for one in form.answers)
    return replace(form, answers=tuple(answers))


def _asked(fields: Mapping[str, FieldType], name: str) -> FieldType | None:
    """The field of an answer; the column, of a cell: `members[2].siret`."""
    table, _bracket, cell = name.partition("[")
    field = fields.get(table)
    if cell:
        return field.columns.get(cell.partition(".")[2]) if isinstance(field, TableField) else None
    return field


def _reviewed(process: Process, answer: AnswerRead, field: FieldType | None) -> AnswerRead:
    if field is None or answer.status == "missing":
        return answer
    value, why = answer.value, answer.why
    if answer.status == "not_understood":
        proposed = field.proposed(answer.words if value is None else value)
        if proposed is None:
            return answer
        value, why = proposed[0], " ".join(proposed[1])
    try:
        recorded = field.parse(value, zone=process.zone)
    except Misuse:
        return answer
    doubts = [*filter(None, [why]), *field.doubts(recorded)]
    return (
        replace(answer, status="to_confirm", value=value, why=" ".join(doubts))
        if doubts
        else answer
    )
