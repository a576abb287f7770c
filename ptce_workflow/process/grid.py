"""A grid of marks: the fields that it asks for, what its rows hold, the words of its criteria."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ptce_workflow.base import speech
from ptce_workflow.base.words import LANGUAGES, _, language, speaking
from ptce_workflow.process.case import Case, comment_name
from ptce_workflow.process.fields import FieldType, LongTextField, ScoreField, TextField
from ptce_workflow.process.fields.marks import NO_OPINION
from ptce_workflow.process.fields.numbers import plain
from ptce_workflow.process.sheets import Sheet

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


def choices(field: ScoreField) -> tuple[int | float | str, ...]:
    """The choices of a criterion's list, in the language in force: its marks, and no opinion."""
    marks = tuple(as_number(mark) for mark in field.scale.marks)
    return (*marks, no_opinion()) if field.no_opinion else marks


def as_number(mark: int) -> int | float:
    """A mark as the cell of a workbook holds it."""
    return mark / 100 if mark % 100 else mark // 100


def no_opinion() -> str:
    """The words of a grid for having no opinion, in the language in force."""
    return _("no opinion")


def no_opinion_words() -> frozenset[str]:
    """Everything that is understood as having no opinion."""
    words = {NO_OPINION, "–", "—"}
    for spoken in LANGUAGES:
        with speaking(spoken):
            words.add(no_opinion().casefold())
    return frozenset(words)


def scale_of(field: ScoreField) -> str:
    """The scale of a criterion in a few words, in the language in force."""
    low, high = (_shown(bound) for bound in (field.scale.from_, field.scale.to))
    return _("{low} to {high}, by {step}").format(low=low, high=high, step=_shown(field.scale.step))


def explanation_of(sheet: Sheet, field: ScoreField) -> str:
    """A sentence on the marks that must be explained, and where; empty where none must."""
    if field.comment_in is None or not _has_bounds(field):
        return ""
    where = sheet.fields[field.comment_in].label.in_(language())
    return _("{when}: to be explained under “{field}”").format(when=bounds_of(field), field=where)


def bounds_of(field: ScoreField) -> str:
    """The marks that must be explained, in the language in force: `below 2 or above 4`."""
    bounds = []
    if field.comment_under is not None:
        bounds.append(_("below {mark}").format(mark=_shown(field.comment_under)))
    if field.comment_over is not None:
        bounds.append(_("above {mark}").format(mark=_shown(field.comment_over)))
    return _(" or ").join(bounds)


def explained_by(sheet: Sheet, comment: str) -> Iterator[tuple[str, ScoreField]]:
    """The criteria whose marks are explained in a field, where some must be."""
    for name, field in sheet.fields.items():
        if isinstance(field, ScoreField) and field.comment_in == comment and _has_bounds(field):
            yield name, field


def _has_bounds(field: ScoreField) -> bool:
    return field.comment_under is not None or field.comment_over is not None


def _shown(number: Decimal | int) -> str:
    return speech.with_marks(plain(number), language())
