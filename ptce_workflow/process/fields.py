"""Fields: what people type becomes a recorded value, is split, shown, and handed to rules.

A recorded value is ready for JSON: whole numbers, decimals and marks in hundredths (int), bool,
text; a day as `2024-05-14`, an instant in UTC; the name of an option, or a list of them; a list of
zones or of rows; the name, size and SHA-256 of a file.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.instants import from_text
from ptce_workflow.base.words import _
from ptce_workflow.process.calendar import to_utc
from ptce_workflow.process.field_types.cells import read_cell
from ptce_workflow.process.field_types.moments import read_datetime
from ptce_workflow.process.field_types.recorded import as_typed, fits, is_erasable, join, split
from ptce_workflow.process.field_types.refusal import (
    Problem,
    Unreadable,
    Unreadables,
    ValueRefused,
)
from ptce_workflow.process.field_types.samples import sample
from ptce_workflow.process.field_types.speaking import display
from ptce_workflow.process.field_types.tables import read_table
from ptce_workflow.process.field_types.territories import Places, ZoneFinder, read_territory
from ptce_workflow.process.field_types.typed import is_blank
from ptce_workflow.process.questions import AnyField, DatetimeField, TableField, TerritoryField

__all__ = [
    "Places",
    "Problem",
    "ValueRefused",
    "ZoneFinder",
    "as_typed",
    "cel_value",
    "display",
    "fits",
    "is_blank",
    "is_erasable",
    "join",
    "parse",
    "sample",
    "split",
]


def parse(field: AnyField, raw: Any, *, places: Places, zone: ZoneInfo) -> Any:
    """The value to record for what was typed, or handed over in TOML or JSON.

    *Shape* of `raw` for a file: `{"name": str, "content": bytes}`; the caller keeps the bytes.

    *Raises* ValueRefused, under the field's label, with every problem of the answer.
    """
    try:
        if is_blank(raw):
            raise Unreadable(_("Nothing is given."), mend=_("Leave the field out instead."))
        match field:
            case TableField():
                return read_table(field, raw, read_cell)
            case TerritoryField():
                return read_territory(field, raw, places)
            case DatetimeField():
                return read_datetime(raw, zone)
        return read_cell(field, raw)
    except Unreadables as found:
        raise ValueRefused(str(field.label), found.problems) from None
    except Misuse as error:
        raise ValueRefused(str(field.label), [Problem.of(error)]) from None


def cel_value(field: AnyField, line_value: Any, zone: ZoneInfo) -> Any:
    """What rules read for a recorded value; tables and territories have rows of their own.

    *Units* decimals and marks stay in hundredths; a day is the instant at which it begins.
    """
    if field.type == "date":
        return to_utc(datetime.combine(date.fromisoformat(line_value), time()), zone)
    if field.type == "datetime":
        return from_text(line_value)
    return line_value
