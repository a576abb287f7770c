"""What follows from the bytes of a folder alone, worked out once in a process of the tests.

Thousands of tests begin, check and verify the same few contests. Reading a folder, checking it
and its normal form give the same for the same bytes: it is the program's own work, done once for
each folder that differs, and in each language in which faults are told.
"""

import pickle
import tomllib
from collections.abc import Callable, Hashable
from copy import copy
from email.headerregistry import HeaderRegistry
from functools import cached_property
from typing import Any, ParamSpec, TypeVar

import ptce_workflow.process.letters.letter as templates
import ptce_workflow.process.model.reading as reading
import ptce_workflow.process.model.reading as schemas
import ptce_workflow.process.process as form
from ptce_workflow.base.words import language
from ptce_workflow.process import check
from ptce_workflow.process.fields import field_types
from ptce_workflow.process.model.base import Model
from ptce_workflow.process.model.folder import Files
from ptce_workflow.process.model.notification import recipient_kinds
from ptce_workflow.process.model.validation import validated
from ptce_workflow.process.process import Process

P = ParamSpec("P")
R = TypeVar("R")


def remember() -> None:
    """Has the program remember, in this process, what it has read, checked and made."""
    check.examined = _once(check.examined, lambda files: (_of(files), language()))
    Process.load = _once(Process.load, _of)  # type: ignore[method-assign]
    # By the name that its callers know it by.
    vars(reading)["validated"] = _once(validated, _table)
    form.dump = _once(form.dump, lambda process: (process.hash, _Same(process.definition)))
    form.load = _from_form(form.load)  # type: ignore[assignment]
    schemas.schemas = _once(schemas.schemas, lambda: (language(), *field_types()))
    templates.compiled = _once(templates.compiled, lambda *told: told)
    tomllib.loads = _from_toml(tomllib.loads)
    # A header of a mail is parsed each time that it is asked for, by a class of its own.
    parse = HeaderRegistry.__call__
    header = _once(parse, lambda self, name, value: (_Same(self), name, str(value)))
    HeaderRegistry.__call__ = header  # type: ignore[method-assign]


def _once(work: Callable[P, R], key: Callable[P, Hashable]) -> Callable[P, R]:
    """A function that gives what it gave, where it is asked for the same."""
    known: dict[Hashable, R] = {}

    def remembered(*given: P.args, **named: P.kwargs) -> R:
        asked = key(*given, **named)
        if asked not in known:
            known[asked] = work(*given, **named)
        return known[asked]

    return remembered


class _Same:
    """An object, kept so that no other is found at its address, and equal to itself alone."""

    def __init__(self, one: object) -> None:
        self._one = one

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other._one is self._one

    def __hash__(self) -> int:
        return id(self._one)


def _table(model: type[Model], table: object) -> Hashable:
    return model, pickle.dumps(table), *field_types().values(), *recipient_kinds()


def _of(files: Files) -> Hashable:
    # A test may bring a type of field of its own.
    return frozenset(files.items()), tuple(field_types())


_Source = Callable[[], Files]


def _from_form(load: Callable[[bytes, _Source], Process]) -> Callable[[bytes, _Source], Process]:
    def alone(content: bytes, _types: Hashable) -> Process:
        process = load(content, dict)
        # What it works out of its definition, and what it keeps of that, is had by its copies.
        for name, kept in vars(Process).items():
            if isinstance(kept, cached_property) and name != "files":
                getattr(process, name)
        return process

    loaded = _once(alone, lambda content, _types: (content, _types))

    def remembered(content: bytes, source: _Source) -> Process:
        # Each contest has the bytes of its own archive.
        process = copy(loaded(content, tuple(field_types())))
        vars(process).pop("files", None)
        vars(process)["source"] = source
        return process

    return remembered


def _from_toml(loads: Callable[..., Any]) -> Callable[..., Any]:
    def packed(text: str, **options: Any) -> bytes:
        return pickle.dumps(loads(text, **options))

    read = _once(packed, lambda text, **options: (text, *options.items()))
    # Whoever asked may write in what it was given.
    return lambda text, **options: pickle.loads(read(text, **options))
