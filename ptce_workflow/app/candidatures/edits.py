"""Changes to a part of an answer: an item more or less, one cell of a table.

    territory+=Castelnaudary     territory-=Toulouse
    members[2].siret=…           members[2]=            members+=Anne       members-=Anne

Rows are numbered from 1, as they stand before the change; the number after the last begins one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any
from zoneinfo import ZoneInfo

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.notation import read_json
from ptce_workflow.base.words import _, did_you_mean, language, n_, nearest, plain
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.fields import (
    FieldType,
    OptionsField,
    TableField,
    TerritoryField,
    ValueRefused,
    is_blank,
)
from ptce_workflow.process.fields.base import Problem
from ptce_workflow.process.process import Process

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: something added (`+`), taken away (`-`), or a row or a cell of it replaced."""

    value: str
    sign: str = ""
    row: int = 0
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Edits:
    """The changes to one answer, in the order in which they were typed."""

    edits: tuple[Edit, ...]


def edited(field: FieldType, present: Any, answer: Any, zone: ZoneInfo) -> Any:
    """A whole answer from changes and what is recorded. Raises: ValueRefused."""
    if not isinstance(answer, Edits):
        return answer
    try:
        if isinstance(field, TableField):
            return _rows(field, present, answer.edits)
        if isinstance(field, OptionsField | TerritoryField):
            return _items(field, present, answer.edits, zone)
        what = _("This answer is no list and no table: it has no parts.")
        raise Misuse(what, mend=_("Write it anew: FIELD=VALUE."))
    except ValueRefused:
        raise
    except Misuse as error:
        raise ValueRefused(str(field.label), [Problem.of(error)]) from None


def _items(field: FieldType, present: Any, edits: Sequence[Edit], zone: ZoneInfo) -> list[Any]:
    items = list(present or ())
    for edit in edits:
        if not edit.sign:
            mend = _("Write FIELD+=VALUE to add one, FIELD-=VALUE to take one away.")
            raise Misuse(_("This answer is a list: its items have no number."), mend=mend)
        for item in field.parse(edit.value, zone=zone):
            if edit.sign == "+":
                items += [] if item in items else [item]
            elif item in items:
                items.remove(item)
            else:
                text = field.display([item], language(), zone)
                raise Misuse(_("{item} is not among the answers.").format(item=text))
    return items


def _rows(field: TableField, recorded: Any, edits: Sequence[Edit]) -> list[Row]:
    rows: list[Row | None] = [dict(row) for row in field.typed(recorded or [])]
    present = rows[:]
    for edit in edits:
        if edit.sign == "+":
            rows += _added(field, edit.value)
        elif edit.sign == "-":
            rows[_row_named(field, present, edit.value)] = None
        else:
            _set(field, rows, edit)
    # A row that is gone stays blank until all are read: the others keep their numbers.
    return [row or {} for row in rows] if any(rows) else []


def _added(field: TableField, text: str) -> list[Row]:
    """The rows of a text in JSON, or one whose first column has it."""
    if text.lstrip()[:1] not in ("{", "["):
        return [{next(iter(field.columns)): text}]
    read = read_json(text)
    return read if isinstance(read, list) else [read]


def _row_named(field: TableField, rows: Sequence[Row | None], text: str) -> int:
    """The place of the one row of that number, or in which a cell says so."""
    if text.strip().isdecimal() and 0 < int(text) <= len(rows):
        return int(text) - 1
    found = [
        place
        for place, row in enumerate(rows)
        if row and plain(text) in [plain(str(cell)) for cell in row.values()]
    ]
    if len(found) == 1:
        return found[0]
    if found:
        numbers = ", ".join(str(place + 1) for place in found)
        what = _('"{text}" may mean several rows: {numbers}.').format(
            text=shown(text), numbers=numbers
        )
        raise Misuse(what, mend=_("Write its number."))
    name = next(iter(field.columns))
    names = [str(row[name]) for row in rows if row and name in row]
    what = _('No row says "{text}".').format(text=shown(text))
    raise Misuse(what, mend=did_you_mean(nearest(text, names)) or _counted(len(rows)))


def _set(field: TableField, rows: list[Row | None], edit: Edit) -> None:
    if not 0 < edit.row <= len(rows) + 1:
        raise Misuse(
            _("There is no row {number}.").format(number=edit.row), mend=_counted(len(rows))
        )
    if edit.row > len(rows):
        rows.append({})
    if edit.column is not None:
        # A column that there is not is refused when the row is read.
        row = rows[edit.row - 1]
        rows[edit.row - 1] = {**(row or {}), edit.column: edit.value}
    elif is_blank(edit.value):
        rows[edit.row - 1] = None
    else:
        (rows[edit.row - 1],) = _added(field, edit.value)[:1]


def _counted(count: int) -> str:
    text = n_("There is {count} row.", "There are {count} rows.", count).format(count=count)
    return f"{text} " + _("The next number begins one.")


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """One answer before and after; None where there is none, or it was erased."""

    name: str
    field: FieldType
    before: Any
    after: Any

    @property
    def dropped(self) -> list[Any]:
        if not isinstance(self.before, list):
            return []
        return [item for item in self.before if item not in (self.after or ())]


def changes(process: Process, before: Candidature, after: Candidature) -> tuple[AnswerChange, ...]:
    """The answers in which a candidature differs, in the order of the folder."""
    found = []
    for name in process.definition.field_names():
        field = process.definition.field(name)
        if field is None or field.is_computed:
            continue
        one, other = before.answer(name, field), after.answer(name, field)
        if one != other:
            found.append(AnswerChange(name, field, one, other))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that changed: its number, before and after; None for one that is new, or gone."""

    number: int
    before: Row | None
    after: Row | None


def rows_changed(before: Sequence[Row], after: Sequence[Row]) -> list[RowChange]:
    """The rows in which two tables differ; those in the same gap are the same row, in its order."""
    old = [str(sorted(row.items(), key=str)) for row in before]
    new = [str(sorted(row.items(), key=str)) for row in after]
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        paired = min(b - a, d - c)
        for shift in range(max(b - a, d - c)):
            was = before[a + shift] if shift < b - a else None
            now = after[c + shift] if shift < d - c else None
            number = c + shift + 1 if shift < paired or was is None else a + shift + 1
            found.append(RowChange(number, was, now))
    return found
