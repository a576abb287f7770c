"""A grid of marks: the fields that it asks for, what its rows hold, the words of its criteria."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ptce_workflow.base import speech
from ptce_workflow.base.words import _, language
from ptce_workflow.process.fields import (
    FieldType,
    LongTextField,
    Places,
    ScoreField,
    TableField,
    TextField,
)
from ptce_workflow.process.fields.numbers import plain
from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.rules.case import Case, comment_name

_PURPOSE = "grid_row"
_KEY_LETTERS = 12

Mark = int | str | None
"""The value of a cell: hundredths, a text, or None for no opinion."""


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row of a grid as it leaves: a candidature, and the marks given so far."""

    key: str
    ref: str
    name: str
    summary: str
    given: Mapping[str, Mark]


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid as it leaves, in its own language; `closes` says when the marks are closed.

    `stamp` names the contest, the process, the panel and the institution that it is made for.
    """

    stamp: Mapping[str, str]
    language: str
    sheet: Sheet
    contest: str
    institution: str
    rows: tuple[GridRow, ...]
    closes: tuple[str, ...] = ()


def asked(sheet: Sheet) -> Mapping[str, FieldType]:
    """The fields that a grid asks for, in the order of the sheet: marks, and texts beside them."""
    kinds = (ScoreField, TextField, LongTextField)
    return {name: field for name, field in sheet.fields.items() if isinstance(field, kinds)}


def row_key(stamp: Mapping[str, str], case_id: str) -> str:
    """A key that ties a row to a candidature and an institution, never taken for a number."""
    whose = (stamp[name] for name in ("contest", "panel", "institution"))
    named = "\n".join((_PURPOSE, *whose, case_id))
    return f"k{hashlib.sha256(named.encode()).hexdigest()[:_KEY_LETTERS]}"


def given_in(sheet: Sheet, panel: str, institution: str, case: Case) -> dict[str, Mark]:
    """The marks and comments of an institution for a candidature so far, by field."""
    given: dict[str, Mark] = dict(case.scores.get(panel, {}).get(institution, {}))
    for name, field in sheet.fields.items():
        if field.in_panel == "comment":
            said = case.private.get(comment_name(panel, name, institution))
            if said is not None:
                given[name] = said
    return given


def no_opinion() -> str:
    """The words of a grid for having no opinion, in the language in force."""
    return _("no opinion")


def bounds_of(field: ScoreField) -> str:
    """The marks that must be explained, in the language in force: `below 2 or above 4`."""
    bounds = []
    if field.comment_under is not None:
        bounds.append(_("below {mark}").format(mark=as_shown(field.comment_under)))
    if field.comment_over is not None:
        bounds.append(_("above {mark}").format(mark=as_shown(field.comment_over)))
    return _(" or ").join(bounds)


def as_shown(number: Decimal | int) -> str:
    """A mark as people write it: no zeros at its end, the mark of the language in force."""
    return speech.with_marks(plain(number), language())


LONGEST = 75
"""Letters that an answer takes at most; what is longer is read in the dossier itself."""


def brief(
    definition: Definition,
    names: Sequence[str],
    case: Case,
    language: str,
    *,
    zone: ZoneInfo,
    places: Places,
) -> str:
    """The answers to some fields, a line each under their labels; what is not known is left out.

    The language must be the one in force, for the words that stand between the answers.
    """
    return "\n".join(_lines(definition, names, case, language, zone=zone, places=places))


def _lines(
    definition: Definition,
    names: Sequence[str],
    case: Case,
    language: str,
    *,
    zone: ZoneInfo,
    places: Places,
) -> Iterator[str]:
    for name in names:
        field = definition.field(name)
        value = field and case.answer(name, field)
        if field is None or value is None:
            continue
        named = _named(field, value)
        told = named or field.display(value, language, zone, places)
        label = field.label.in_(language)
        yield _("{label}: {value}").format(label=label, value=cut(told, LONGEST))


def _named(field: FieldType, value: Any) -> str:
    """The rows of a table by their first text, and how many they are."""
    if not isinstance(field, TableField):
        return ""
    texts = (name for name, column in field.columns.items() if isinstance(column, TextField))
    column = next(texts, None)
    listed = [str(row[column]) for row in value if row.get(column)] if column else []
    return f"{len(value)} ({', '.join(listed)})" if listed else ""


def cut(text: str, most: int) -> str:
    """A text in one paragraph, cut at a word where it is longer than `most` letters."""
    joined = " ".join(text.split())
    if len(joined) <= most:
        return joined
    kept = joined[: most - 1]
    at_word = kept.rpartition(" ")[0] if " " in kept else kept
    return f"{at_word.rstrip(' ,;:.')}…"
