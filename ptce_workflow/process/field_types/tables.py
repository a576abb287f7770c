"""Tables: rows of typed cells, every fault of which is found in one reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.suggestions import did_you_mean, nearest
from ptce_workflow.base.words import _, n_
from ptce_workflow.process.field_types.refusal import Problem, Unreadable, Unreadables
from ptce_workflow.process.field_types.typed import expected, is_blank
from ptce_workflow.process.json_text import read_json
from ptce_workflow.process.questions import Column, TableField

Row = dict[str, Any]
_ROWS_AT_MOST = 500


def read_table(field: TableField, raw: Any, read_cell: Callable[[Column, Any], Any]) -> list[Row]:
    """The rows of a list of tables, or of the same in JSON; blank cells and rows are left out.

    *Raises* Unreadables with every cell that cannot be read, by the row as it was handed over.
    """
    rows = read_json(raw) if isinstance(raw, str) else raw
    if not isinstance(rows, list):
        raise expected(_("a list of rows"), rows)
    if len(rows) > _ROWS_AT_MOST:
        raise _wrong_count(len(rows), _ROWS_AT_MOST)
    values: list[Row] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows, 1):
        if is_blank(row) or (isinstance(row, dict) and all(map(is_blank, row.values()))):
            continue
        value, faults = _read_row(field, number, row, read_cell)
        values.append(value)
        problems += faults
    if problems:
        raise Unreadables(problems)
    if not field.min_rows <= len(values) <= field.max_rows:
        raise _wrong_count(len(values), field.max_rows, field.min_rows)
    return values


def _read_row(
    field: TableField, number: int, row: Any, read_cell: Callable[[Column, Any], Any]
) -> tuple[Row, list[Problem]]:
    where = _("row {row}").format(row=number)
    if not isinstance(row, dict):
        wrong = expected(_("a table of columns"), row)
        return {}, [Problem.of(wrong, row=number, where=where)]
    value: Row = {}
    problems = [
        Problem(
            _('There is no column "{name}".').format(name=shown(str(name))),
            _("Columns: {names}.").format(names=", ".join(field.columns)),
            did_you_mean(nearest(str(name), field.columns)),
            number,
            str(name),
            where,
        )
        for name in row
        if name not in field.columns
    ]
    for name, column in field.columns.items():
        cell = row.get(name)
        try:
            if not is_blank(cell):
                value[name] = read_cell(column, cell)
            elif column.required:
                raise Unreadable(_("Nothing is given, and it is required."))
        except Misuse as error:
            problems.append(
                Problem.of(error, row=number, column=name, where=f"{where}, {column.label}")
            )
    return value, problems


def _wrong_count(count: int, most: int, least: int = 0) -> Unreadable:
    what = n_("There is {count} row.", "There are {count} rows.", count).format(count=count)
    if count > most:
        return Unreadable(what, _("{limit} are accepted at most.").format(limit=most))
    return Unreadable(what, _("{limit} are needed at least.").format(limit=least))
