"""What was read of a form that came back: each answer, sure or not, and what it leaves over."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.papers.questionnaire import Stamp

Status = Literal["read", "to_confirm", "missing", "not_understood"]
"""`to_confirm` has a value that a person has to agree with; `not_understood` has words alone."""


class AnswerRead(Struct, frozen=True):
    """What a form answers to a question; `name` is that of the field in its sheet.

    `value` is what a person would hand over for it, as `FieldType.parse` takes it; None where
    there is none. `words` are those of the form, and `why` a sentence on what is not sure.

    A cell that is left out of a table has an answer of its own behind that of the table, named
    `members[2].siret`: its row, from 1, among those that say anything. Where a table cannot be
    without such a cell it is not understood, and its rows stand in `value` as the form has them,
    for whoever puts them right.
    """

    name: str
    status: Status
    value: Any = None
    words: str = ""
    why: str = ""

    @property
    def field(self) -> str:
        """The name of the field; that of the table, of a cell."""
        return self.name.partition("[")[0]

    @property
    def cell(self) -> tuple[int, str] | None:
        """The row of a cell, from 1, and the name of its column."""
        row, _dot, column = self.name.partition("[")[2].partition("].")
        return (int(row), column) if column else None


class FormRead(Struct, frozen=True):
    """A form as it was read: an answer for each question of its sheet, in their order, and cells.

    `stamp` is None where no stamp is left; `is_current` is false for a form of an older edition.
    `outside` are the passages that answer no question.
    """

    file: str
    sheet: str
    language: str
    answers: tuple[AnswerRead, ...]
    outside: tuple[str, ...] = ()
    stamp: Stamp | None = None
    is_current: bool = True

    @property
    def sure(self) -> dict[str, Any]:
        """The values that nobody has to confirm, by name."""
        return {one.name: one.value for one in self.answers if one.status == "read"}

    @property
    def to_agree(self) -> list[AnswerRead]:
        """The answers with a value to agree with; of cells, those whose table is read."""
        some = (one for one in self.answers if one.status == "to_confirm")
        known = (one for one in some if one.cell is None or one.field in self.sure)
        return [one for one in known if one.value is not None]

    def agreed(self, answer: AnswerRead) -> FormRead:
        """The form once a person agreed with an answer; a cell joins its row."""
        answers = {one.name: one for one in self.answers}
        if answer.cell is None:
            answers[answer.name] = replace(answer, status="read")
        else:
            row, column = answer.cell
            table = answers[answer.field]
            rows = [dict(one) for one in table.value]
            rows[row - 1][column] = answer.value
            answers[answer.field] = replace(table, value=rows)
            del answers[answer.name]
        return replace(self, answers=tuple(answers.values()))
