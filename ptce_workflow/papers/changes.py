"""An answer before and after, in words: in one line, or row by row of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.edits import AnswerChange, rows_changed
from ptce_workflow.base.text import one_line
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.process.fields import TableField
from ptce_workflow.process.process import Process

if TYPE_CHECKING:
    from ptce_workflow.app.admin.limits import LimitMoved
    from ptce_workflow.process.fields import FieldType

_SHOWN = 60
_KEPT = 12
"""How much of what two long texts begin with alike is shown before they part."""


def lines(process: Process, change: AnswerChange) -> Iterator[str]:
    """A change in lines: the label with both values, or, of a table, with each row that changed."""
    label = change.field.label.in_(language())
    if isinstance(change.field, TableField) and change.before and change.after:
        yield _("{label}:").format(label=label)
        yield from _rows(process, change.field, change)
        return
    shown = (_shown(process, change.field, value) for value in (change.before, change.after))
    yield _("{label}: {value}").format(label=label, value=parted(*shown))


def parted(before: str, after: str) -> str:
    """Two texts with an arrow between, each on a line and cut; long ones from where they part."""
    before, after = before.strip(), after.strip()
    if max(len(before), len(after)) > _SHOWN:
        same = next(
            (n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other),
            min(len(before), len(after)),
        )
        skipped = max(0, same - _KEPT)
        if skipped > _KEPT:
            before, after = f"…{before[skipped:]}", f"…{after[skipped:]}"
    return " → ".join(one_line(text, at_most=_SHOWN) or "–" for text in (before, after))


def row_told(process: Process, field: TableField, row: dict[str, Any]) -> str:
    """A row of a table in a line."""
    return ", ".join(
        column.show_in_row(row[name], language(), process.zone)
        for name, column in field.columns.items()
        if row.get(name) is not None
    )


def _shown(process: Process, field: FieldType, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(field, TableField):
        return n_("{count} row", "{count} rows", len(value)).format(count=len(value))
    return field.display(value, language(), process.zone)


def _rows(process: Process, field: TableField, change: AnswerChange) -> Iterator[str]:
    """Each row that is new, gone, or another, cell by cell; erased cells are not compared."""
    for row in rows_changed(change.before, change.after):
        if row.before is None or row.after is None:
            told = _("row {number} added: {row}") if row.after else _("row {number} gone: {row}")
            shown = row_told(process, field, row.after or row.before or {})
            yield told.format(number=row.number, row=shown)
            continue
        for name, column in field.columns.items():
            cells = [one.get(name) for one in (row.before, row.after)]
            if cells[0] != cells[1]:
                was, now = (_shown(process, column, cell) for cell in cells)
                told = _("row {number}, {column}: {change}")
                label = column.label.in_(language())
                yield told.format(number=row.number, column=label, change=parted(was, now))


def limit_told(process: Process, moved: LimitMoved) -> str:
    """A limit that changes, before and after, and the sitting whose decisions read it."""
    told = _("{label}: {before} → {after}; the decisions of the sitting “{sitting}” read {before}")
    config = process.definition.config
    return told.format(
        label=config.limits[moved.limit].label.in_(language()),
        before=moved.before,
        after=moved.after,
        sitting=config.sittings[moved.sitting].label.in_(language()),
    )
