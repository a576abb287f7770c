"""The normal form of a process: JSON from which it is loaded without validating anything again.

It says what the folder says, once checked, with the days off of the years of the contest: what
most commands need of a process, without what reads and checks folders.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from ptce_workflow.process.fields import field_types
from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.model.folder import Files
from ptce_workflow.process.model.shared import Model
from ptce_workflow.process.process import Process
from ptce_workflow.process.time.calendar import Workdays

_KIND = "$"
"""The key that no folder can write: it tells what a table of the form stands for."""
_VALUE = "value"
# Order matters: a datetime is a date.
_PLAIN: Mapping[type, tuple[str, Callable[[Any], str], Callable[[str], Any]]] = {
    Decimal: ("decimal", str, Decimal),
    datetime: ("datetime", datetime.isoformat, datetime.fromisoformat),
    date: ("date", date.isoformat, date.fromisoformat),
}
_READ = {name: read for name, _write, read in _PLAIN.values()}
_YEARS_BEFORE, _YEARS_AFTER = 1, 3


class FormError(ValueError):
    """A form that is none, or that another version of the program has written."""


def dump(process: Process) -> bytes:
    """A process in its normal form, below its SHA-256; the bytes of its folder are no part."""
    form = {
        "hash": process.hash,
        "definition": _written(process.definition),
        "dates_read": _written(process.dates_read),
        "days_off": {
            str(year): sorted(map(date.isoformat, process.workdays.unlike_the_week(year)))
            for year in _years(process)
            if process.workdays.country is not None
        },
    }
    told = json.dumps(form, ensure_ascii=False, separators=(",", ":")).encode()
    return _digest(told) + b"\n" + told


def load(content: bytes, source: Callable[[], Files]) -> Process:
    """The process of a form; `source` gives the bytes of its folder to whoever asks for them.

    *Raises* FormError for what `dump` of this version does not write.
    """
    digest, _line, told = content.partition(b"\n")
    if digest != _digest(told):
        # A bit that fell over would change a rule, and nothing else would show it.
        raise FormError(digest)
    try:
        form = json.loads(told, object_hook=_reader())
        definition, days = form["definition"], form["days_off"]
        if not isinstance(definition, Definition):
            raise FormError(definition)
        known = {int(year): frozenset(map(date.fromisoformat, days[year])) for year in days}
        workdays = Workdays(definition.config.contest.holidays, known)
        process = Process(definition, str(form["hash"]), source, workdays)
        # What it would work out itself, by compiling every rule.
        vars(process)["dates_read"] = form["dates_read"]
        return process
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise FormError(repr(error)) from error


def _digest(told: bytes) -> bytes:
    return sha256(told).hexdigest().encode()


def _years(process: Process) -> range:
    """The years of the contest, with some around them for what is counted from its dates."""
    years = [instant.year for instant in process.dates.fixed.values()]
    if not years:
        return range(0)
    first, last = max(min(years) - _YEARS_BEFORE, date.min.year), max(years) + _YEARS_AFTER
    return range(first, min(last, date.max.year) + 1)


def _written(value: Any) -> Any:
    if isinstance(value, Model):
        table = {name: _written(getattr(value, name)) for name in value.written}
        return {_KIND: _name(type(value))} | table
    if isinstance(value, Mapping):
        return {name: _written(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [_written(one) for one in value]
    for kind, (name, write, _read_back) in _PLAIN.items():
        if isinstance(value, kind):
            return {_KIND: name, _VALUE: write(value)}
    return value


def _reader() -> Callable[[dict[str, Any]], Any]:
    """A function from a table of the form to what it stands for; tables in it are read already."""
    by_name: dict[str, type[Model]] = {_name(model): model for model in models()}
    by_name |= {_name(model): model for model in field_types().values()}

    def read(table: dict[str, Any]) -> Any:
        kind = table.pop(_KIND, None)
        if kind in _READ:
            return _READ[kind](table[_VALUE])
        for name, value in table.items():
            if type(value) is list:
                table[name] = tuple(value)
        return MappingProxyType(table) if kind is None else by_name[kind].checked(table)

    return read


def models() -> Iterator[type[Model]]:
    """Every kind of table that a folder may hold."""
    return _below(Model)


def _name(model: type[Model]) -> str:
    """The name of a model in a form; for a type of field, from the word that folders have."""
    return f"{model.type} field" if model.type else model.__name__


def _below(model: type[Model]) -> Iterator[type[Model]]:
    for below in model.__subclasses__():
        yield below
        yield from _below(below)
