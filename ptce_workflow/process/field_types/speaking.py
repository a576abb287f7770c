"""Recorded values as people read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from ptce_workflow.base import speech
from ptce_workflow.base.instants import from_text
from ptce_workflow.base.words import _, n_, speaking
from ptce_workflow.process.field_types.documents import MEGABYTE
from ptce_workflow.process.field_types.territories import Places
from ptce_workflow.process.questions import (
    AnyField,
    DecimalField,
    OptionField,
    OptionsField,
    TerritoryField,
)

"""Smaller numbers are printed without thousands set apart: some are years."""


def display(field: AnyField, value: Any, language: str, zone: ZoneInfo, places: Places) -> str:
    """A recorded value as people read it: yes or no, labels, days in words, names of zones."""
    if value is None:
        return "–"
    match field:
        case OptionField():
            return _label(field, value, language)
        case OptionsField():
            return ", ".join(_label(field, name, language) for name in value)
        case TerritoryField():
            finder = places.load()
            return ", ".join(finder.label(found["kind"], found["code"]) for found in value)
        case DecimalField(places=1):
            return speech.hundredths(value, language)[:-1]
    if field.type == "date":
        return speech.long_date(date.fromisoformat(value), zone, language)
    if field.type == "datetime":
        return speech.long_instant(from_text(value), zone, language)
    with speaking(language):
        said = _SAID.get(field.type)
        return str(value) if said is None else said(value, language)


def _label(field: OptionField | OptionsField, name: str, language: str) -> str:
    """The label of an answer; its name when the folder no longer has it."""
    label = field.options.get(name)
    return label.in_(language) if label else name


def _phone(value: str, _language: str) -> str:
    """French numbers in pairs, as they are dialled in the country."""
    if not value.startswith("+33"):
        return value
    national = f"0{value[3:]}"
    return speech.NO_BREAK.join(national[i : i + 2] for i in range(0, len(national), 2))


def _company(value: str, _language: str) -> str:
    groups = [value[0:3], value[3:6], value[6:9], value[9:]]
    return speech.NO_BREAK.join(group for group in groups if group)


def _file(value: dict[str, Any], language: str) -> str:
    size = value["size"]
    if size < MEGABYTE:
        told = _("{count} kB").format(count=-(-size // 1024))
    else:
        told = _("{count} MB").format(count=speech.hundredths(size * 100 // MEGABYTE, language))
    return f"{value['name']} ({told})"


_SAID: Mapping[str, Callable[[Any, str], str]] = {
    "boolean": lambda value, _language: _("yes") if value else _("no"),
    "integer": speech.number,
    "decimal": speech.hundredths,
    "score": speech.hundredths,
    "phone": _phone,
    "siren": _company,
    "siret": _company,
    "table": lambda value, _language: n_("{count} row", "{count} rows", len(value)).format(
        count=len(value)
    ),
    "file": _file,
}
