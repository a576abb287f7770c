"""Sample candidatures on which conditions are tried: full, empty, nothing, each answer in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import cycle, islice
from typing import Any

from ptce_workflow.process import panel
from ptce_workflow.process.case import Case, Moment
from ptce_workflow.process.compiled import used_names
from ptce_workflow.process.fields import sample
from ptce_workflow.process.model import in_hundredths
from ptce_workflow.process.process import Process
from ptce_workflow.process.questions import (
    AnyField,
    BooleanField,
    Computable,
    DecimalField,
    IntegerField,
    OptionField,
    OptionsField,
    TableField,
    TerritoryField,
)
from ptce_workflow.process.scope import SITTING

_NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
_SOME, _NONE = 100, 0
Values = Mapping[str, tuple[Any, ...]]


def samples(process: Process, names: tuple[str, ...]) -> Iterator[tuple[Case, Moment]]:
    """Candidatures on which every one of some variables is known.

    Each value is tried beside the first of all the others, then beside the last of all: the
    number of samples grows with the values, not with their combinations. At the end all tables
    are full.
    """
    values = dict(_values(process, names))
    for place in (0, -1):
        base = {name: several[place] for name, several in values.items()}
        yield _case(process, base)
        for name, several in values.items():
            for value in several:
                if value != base[name]:
                    yield _case(process, {**base, name: value})
    fields = process.definition.field
    full = {name: _full(fields(name), several[0]) for name, several in values.items()}
    if any(full[name] is not several[0] for name, several in values.items()):
        yield _case(process, full)


def _values(process: Process, names: tuple[str, ...]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The values that a variable is tried with, what is full first and what is empty last."""
    for name in names:
        root, _dot, rest = name.partition(".")
        sheet = process.definition.sheets.get(root)
        if root in ("total", "sitting") or (sheet is not None and sheet.is_panel):
            yield name, (_SOME, _NONE)
        elif sheet is not None:
            field = sheet.fields[rest]
            if isinstance(field, Computable) and field.computed is not None:
                expression = process.scope.line_env.compile(field.computed)
                yield from _values(process, used_names(expression, process.scope.recorded))
            else:
                yield name, _answers(field)


def _answers(field: AnyField) -> tuple[Any, ...]:
    match field:
        case BooleanField():
            return True, False
        case IntegerField() | DecimalField():
            return sample(field), _least(field)
        case OptionField():
            return tuple(field.options)
        case OptionsField():
            return list(field.options), []
        case TerritoryField():
            return sample(field), []
        case TableField():
            rows = sample(field)
            none = [] if field.min_rows == 0 else _bare(field, rows)
            return rows, _bare(field, rows), none
    return (sample(field),)


def _full(field: AnyField | None, value: Any) -> Any:
    """The value of a variable; for a table, as many rows as it may have."""
    return list(islice(cycle(value), field.max_rows)) if isinstance(field, TableField) else value


def _least(field: IntegerField | DecimalField) -> int:
    """Nothing, or what comes nearest within the bounds; hundredths for a decimal."""
    least = Decimal(0)
    if field.max is not None:
        least = min(least, Decimal(field.max))
    if field.min is not None:
        least = max(least, Decimal(field.min))
    return in_hundredths(least) if isinstance(field, DecimalField) else int(least)


def _bare(table: TableField, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows that hold nothing but what is required."""
    required = {name for name, column in table.columns.items() if column.required}
    return [{name: row[name] for name in row if name in required} for row in rows]


def _case(process: Process, values: Mapping[str, Any]) -> tuple[Case, Moment]:
    sheets = process.definition.sheets
    panels: dict[str, dict[str, int]] = {
        name: dict.fromkeys((*sheet.criteria, *panel.FIGURES), _SOME)
        for name, sheet in sheets.items()
        if sheet.is_panel
    }
    facts: dict[str, Any] = {
        f"{name}.{field_name}": sample(field)
        for name, sheet in sheets.items()
        for field_name, field in sheet.fields.items()
        if field.type in ("date", "datetime")
    }
    totals = dict.fromkeys(process.definition.config.totals, _SOME)
    sitting = dict.fromkeys(SITTING, _SOME)
    for name, value in values.items():
        root, _dot, rest = name.partition(".")
        if root in panels:
            panels[root][rest] = value
        elif root == "total":
            totals[rest] = value
        elif root == "sitting":
            sitting[rest] = value
        else:
            facts[name] = value
    case = Case(
        "",
        "C-001",
        "",
        _NOW,
        1,
        facts=facts,
        panels=panels,
        entered=dict.fromkeys(process.definition.states, _NOW),
        received_at=_NOW,
        origin={"contest": "", "ref": "C-001", "state": ""},
    )
    return case, Moment(_NOW, ("desk",), "", totals, sitting=sitting)
