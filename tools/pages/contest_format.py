"""The holes of the page on the format: the keys of every model, and what is listed in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from holidays import list_supported_countries
from pydantic.fields import FieldInfo

import ptce_workflow.process.check.names as names
import ptce_workflow.process.model.base as shared
import ptce_workflow.process.model.definition as definition
import ptce_workflow.process.model.notification as notifications
import ptce_workflow.process.model.sheets as sheets
from ptce_workflow.base.words import _
from ptce_workflow.process.calendar import TimeUnit
from ptce_workflow.process.dates import ANCHORS
from ptce_workflow.process.fields import Cell, field_types
from ptce_workflow.process.letters.letter import FILTERS, LONGEST_SUBJECT, LONGEST_TEXT
from ptce_workflow.process.model.base import Model, Question
from ptce_workflow.process.model.notification import recipient_kinds
from ptce_workflow.process.model.validation import kind_of, validator
from ptce_workflow.process.panel import FIGURES, RECORDED
from ptce_workflow.process.rules import SURROUNDINGS
from tools.pages.filling import cell

EXAMPLE = Path(__file__).resolve().parents[2] / "contests" / "jardins"
# What a table of keys says, apart from what the keys say of themselves.
WORDS = {
    "en": ("key", "type", "required", "what it says", "example", "yes", "no", "no: `{default}`"),
    "fr": (
        *("clé", "type", "obligatoire", "ce qu’elle dit", "exemple"),
        *("oui", "non", "non\u00a0: `{default}`"),
    ),
}


def holes(language: str) -> dict[str, Any]:
    """The values of the page, in the language in force."""
    types = field_types()
    return {
        "keys": lambda name: keys(model(name), language),
        "field_types": [
            {"name": name, "told": _(first_line(type_)), "own": own_keys(type_, language)}
            for name, type_ in types.items()
        ],
        "column_types": [name for name, type_ in types.items() if issubclass(type_, Cell)],
        "kept_types": [
            (name, _(type_.rules_read) if type_.rules_read else f"`{type_.in_rules.lower()}`")
            for name, type_ in types.items()
            if not type_.erasable
        ],
        "erasable_types": [name for name, type_ in types.items() if type_.erasable],
        "words_of_conditions": sorted(names.CEL_WORDS),
        "roots": sorted(names.ROOTS),
        "panel_figures": [
            (name, {"counts": one.counts, "told": _(one.description)})
            for name, one in FIGURES.items()
        ],
        "surroundings": [
            (
                name,
                known.type.name().lower().replace("<", "(").replace(">", ")"),
                _(known.description),
            )
            for name, known in SURROUNDINGS.items()
        ],
        "figures": dict.fromkeys((*FIGURES, *RECORDED)),
        "machine_words": sorted(names.MACHINE_WORDS),
        "machine_prefixes": names.MACHINE_PREFIXES,
        "anchors": [
            {"written": kind.written, "told": _(kind.description)} for kind in ANCHORS.values()
        ],
        "units": list(TimeUnit),
        "countries": sorted(list_supported_countries(include_aliases=False)),
        "recipients": [(word, _(kind.description)) for word, kind in recipient_kinds().items()],
        "filters": FILTERS,
        "longest_subject": LONGEST_SUBJECT,
        "longest_text": LONGEST_TEXT,
        "example": lambda path: (EXAMPLE / path).read_text(encoding="utf-8").strip(),
    }


def model(name: str) -> type[Model]:
    """The model of a table of the folder, by its class's name."""
    places = (definition, shared, sheets, notifications)
    found: type[Model] = next(getattr(place, name) for place in places if hasattr(place, name))
    return found


def first_line(type_: type[Model]) -> str:
    """The first line of the docstring of a type of field, which the page shows."""
    return (type_.__doc__ or "").strip().splitlines()[0]


def own_keys(type_: type[Model], language: str) -> str:
    """The keys that a type of field has beside those of every field; empty if none."""
    return keys(type_, language, without={*Question.keys, "type"})


def keys(model: type[Model], language: str, without: set[str] | None = None) -> str:
    """The table of a model's keys: type, default, meaning and an example of each."""
    *head, yes, no, default = WORDS[language]
    rows = [
        (
            f"`{key}`",
            kind_of(info.annotation),
            yes if info.is_required() else _default(info, no, default),
            _(info.description) if info.description else "",
            _example(key, info),
        )
        for name, info in validator(model).model_fields.items()
        if name not in (without or set())
        for key in [info.alias or name]
    ]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(cell, line))} |" for line in lines) if rows else ""


def _example(key: str, info: FieldInfo) -> str:
    """An example of a key: its own, or the plainest value that its type and its bounds take."""
    if info.examples:
        return f"`{key} = {info.examples[0]}`"
    kind, words = info.annotation, get_args(info.annotation)
    if kind is bool:
        return f"`{key} = {str(not info.default).lower()}`"
    if get_origin(kind) is Literal:
        return f'`{key} = "{next(word for word in words if word != info.default)}"`'
    if get_origin(kind) is Mapping:
        return f"`[{key}.<…>]`"
    least = next((int(bound.ge) for bound in info.metadata if hasattr(bound, "ge")), None)
    if least is not None:
        return f"`{key} = {max(least, 1)}`"
    if get_origin(kind) is tuple:
        return f"`{key} = {list(info.default[:1])}`".replace("'", '"')
    return f'`{key} = "…"`' if kind_of(kind) == kind_of(str) else ""


def _default(info: FieldInfo, no: str, default: str) -> str:
    value = info.default
    if value is None or isinstance(value, Mapping | tuple | Model):
        return no
    return default.format(default=str(value).lower() if isinstance(value, bool) else value)
