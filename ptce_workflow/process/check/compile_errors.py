"""What CEL says of an expression that it refuses, in the words of the folder."""

from __future__ import annotations

import re
from collections.abc import Collection

from ptce_workflow.base.geography.zones import RECORDED
from ptce_workflow.base.suggestions import suggestion
from ptce_workflow.base.words import _
from ptce_workflow.process.definition import Definition
from ptce_workflow.process.fields import TableField
from ptce_workflow.process.process import Process
from ptce_workflow.process.rows import table_of_row

Told = tuple[str, str, str]
"""What is wrong, why, and how to mend it."""

_UNDECLARED = re.compile(r"undeclared reference to '([^']+)'")
_NO_COLUMN = re.compile(r"undefined field '([^']+)' not found in struct '([^']+)'")
_NO_OVERLOAD = re.compile(r"no matching overload for '([^']+)' applied to '\(([^']*)\)'")
_SELECTED = "cannot be the operand of a select operation"
_GIVEN = re.compile(r"\bgiven\.[a-z][a-z0-9_.]*")
_SYNTAX = re.compile(r"<input>:(\d+):(\d+): (.*?)(?:\n|$)")


def told(process: Process, source: str, message: str, known: Collection[str]) -> tuple[Told, ...]:
    """What is wrong, why, and how to mend it; `known` are the names that may be read there.

    Every name that does not exist is told; of other faults CEL tells one at a time.
    """
    names = [name.removeprefix(".") for name in _UNDECLARED.findall(message)]
    if _SELECTED in message:
        # `given.<sheet>` is a value itself: CEL does not see that a longer name was meant.
        names += [name for name in _GIVEN.findall(source) if name not in known]
    found = [
        *(_undeclared(process, name, known) for name in names),
        *(_no_column(process.definition, *column) for column in _NO_COLUMN.findall(message)),
    ]
    return tuple(dict.fromkeys(found)) or (_other(message),)


def _other(message: str) -> Told:
    if overload := _NO_OVERLOAD.search(message):
        return _mixed(overload[1], overload[2])
    what = _("This condition cannot be read.")
    if syntax := _SYNTAX.search(message):
        place = _("line {line}, character {column}").format(line=syntax[1], column=syntax[2])
        return what, f"{place}: {syntax[3].strip()}", ""
    return what, message.splitlines()[0], ""


def _undeclared(process: Process, name: str, known: Collection[str]) -> Told:
    definition = process.definition
    asked = definition.field(name)
    if asked is not None and asked.erasable:
        return _erasable(name)
    if name in process.scope.variables:
        return (
            _('"{name}" is not a recorded fact.').format(name=name),
            _("A computed field reads what is recorded of the candidature, and nothing else."),
            suggestion(name, known),
        )
    sheet, _dot, field_name = name.partition(".")
    if sheet in definition.sheets and field_name:
        own = [candidate for candidate in known if candidate.startswith(f"{sheet}.")]
        return (
            _('"{field}" does not exist in the sheet "{sheet}".').format(field=name, sheet=sheet),
            "",
            suggestion(name, own) or suggestion(name, known),
        )
    return _('"{name}" does not exist.').format(name=name), "", suggestion(name, known)


def _erasable(name: str) -> Told:
    return (
        _('"{name}" may be erased: no rule can read it.').format(name=name),
        _("A decision must remain open to examination after a person has been erased."),
        _("Ask only whether it was given: given.{name}.").format(name=name),
    )


def _mixed(function: str, given: str) -> Told:
    sign = function.replace("_", " ").removeprefix("@").strip()
    mend = ""
    if {"int", "uint"} <= set(given.split(", ")):
        mend = _("What has decimals is in hundredths, with a u: write 350u for 3.50.")
    elif "double" in given.split(", "):
        mend = _("There are no decimals here but hundredths, with a u: write 350u for 3.50.")
    return (
        _("Values of these types do not go together: {types}.").format(types=given),
        _("The fault is at {sign}.").format(sign=f"`{sign}`"),
        mend,
    )


def _no_column(definition: Definition, column: str, row: str) -> Told:
    name = table_of_row(row)
    table = definition.field(name)
    columns = table.columns if isinstance(table, TableField) else {}
    if column in columns:
        return (
            _('The column "{column}" may be erased: no rule can read it.').format(column=column),
            _("A decision must remain open to examination after a person has been erased."),
            "",
        )
    known = [name for name, asked in columns.items() if not asked.erasable] or RECORDED
    return (
        _('"{column}" is not a column of "{table}".').format(
            column=column, table=name or _("a territory")
        ),
        "",
        suggestion(column, known),
    )
