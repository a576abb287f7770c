"""Recorded values: which part may be erased, how one is retyped, whether one still fits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.instants import from_text, to_text
from ptce_workflow.process.field_types.cells import read_cell
from ptce_workflow.process.marks import ScoreField
from ptce_workflow.process.questions import (
    AnyField,
    DatetimeField,
    DecimalField,
    Erasable,
    TableField,
    TerritoryField,
)


def is_erasable(field: AnyField) -> bool:
    """Whether a fact, or a cell, stands in a side row that can be erased; no rule reads it."""
    return isinstance(field, Erasable)


def split(field: AnyField, value: Any) -> tuple[Any, Any]:
    """The part of a value that the ledger line holds, and the part that may be erased.

    *Shape* None for a part that there is not. A table with erasable columns gives two lists of
    as many rows, each with its own columns.
    """
    if is_erasable(field):
        return None, value
    if not isinstance(field, TableField):
        return value, None
    erasable = {name for name, column in field.columns.items() if is_erasable(column)}
    if not erasable:
        return value, None
    return (
        [{name: row[name] for name in row if name not in erasable} for row in value],
        [{name: row[name] for name in row if name in erasable} for row in value],
    )


def join(field: AnyField, line_part: Any, private_part: Any) -> Any:
    """The whole value from its two parts; what was erased is missing from it.

    *Shape* None for a fact that was erased, or never given.
    """
    if is_erasable(field):
        return private_part
    if private_part is None or line_part is None or not isinstance(field, TableField):
        return line_part
    return [{**row, **private} for row, private in zip(line_part, private_part, strict=True)]


def as_typed(field: AnyField, value: Any) -> Any:
    """A recorded value as a person would hand it over: reading it gives the same value back."""
    if isinstance(field, DecimalField | ScoreField):
        return str(Decimal(value).scaleb(-2))
    if isinstance(field, TableField):
        return [
            {name: as_typed(field.columns[name], cell) for name, cell in row.items()}
            for row in value
        ]
    return value


def fits(field: AnyField, line_part: Any, private_part: Any) -> bool:
    """Whether a field, perhaps changed since, would record again what was recorded.

    What was erased fits everywhere.
    """
    value = join(field, line_part, private_part)
    if value is None:
        return True
    if isinstance(field, TableField):
        return _rows_fit(field, value, erased=private_part is None)
    if isinstance(field, TerritoryField):
        return isinstance(value, list) and all(zone["kind"] in field.kinds for zone in value)
    return _cell_fits(field, value)


def _rows_fit(field: TableField, rows: Any, *, erased: bool) -> bool:
    if not isinstance(rows, list) or not field.min_rows <= len(rows) <= field.max_rows:
        return False
    columns = {
        name: column
        for name, column in field.columns.items()
        if not (erased and is_erasable(column))
    }
    required = {name for name, column in columns.items() if column.required}
    return all(
        required <= row.keys() <= columns.keys()
        and all(_cell_fits(columns[name], cell) for name, cell in row.items())
        for row in rows
    )


def _cell_fits(field: AnyField, value: Any) -> bool:
    try:
        if isinstance(field, DatetimeField):
            again: Any = to_text(from_text(value))
        else:
            again = read_cell(field, as_typed(field, value))
    except (Misuse, ArithmeticError, TypeError, ValueError):
        # A value of another type altogether: a text where a number is asked now.
        return False
    return type(again) is type(value) and bool(again == value)
