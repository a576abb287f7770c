"""A grid of marks: the fields that it asks for, what its rows hold, the words of its criteria."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ptce_workflow.base import speech
from ptce_workflow.base.words import _, language
from ptce_workflow.process.case import Case, comment_name
from ptce_workflow.process.fields import FieldType, LongTextField, ScoreField, TextField
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
