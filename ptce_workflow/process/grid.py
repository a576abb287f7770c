"""A grid of marks: which columns it has, what its rows hold, what it must say when it comes back.

It is written by `papers.grid_out`, read by `papers.grid` and taken in by `desk.taking`, which do
not know one another: what they agree on stands here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from ptce_workflow.base import speech
from ptce_workflow.base.words import LANGUAGES, _, language, speaking
from ptce_workflow.process.case import Case, comment_name
from ptce_workflow.process.fields import FieldType, LongTextField, ScoreField, TextField
from ptce_workflow.process.fields.marks import NO_OPINION
from ptce_workflow.process.sheets import Sheet

KIND = "grid"
LAYOUT = "1"
"""Another number for every change that an older grid would not stand."""

KEY, REF, NAME, SUMMARY = range(1, 5)
"""The columns that say which candidature a row is about."""
FIRST_ASKED = SUMMARY + 1

HEADING_ROW = 5
"""The row of a workbook's headings; the rulebook's wording is below them, then the rows."""
TABLE_HEADING_ROW = 2
"""The row of the headings in CSV: under the stamp, and right above the rows."""
TABLE_MARK = "ptce"
"""The beginning of the stamp of a table in CSV."""

_PURPOSE = "grid_row"
_KEY_LETTERS = 12

Mark = int | str | None
"""The value of a cell: hundredths, a text, or None for no opinion."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """The contest, panel and institution of a grid; it must come back the same."""

    contest: str
    process: str
    panel: str
    institution: str
    language: str
    layout: str = LAYOUT
    kind: str = KIND

    def pairs(self) -> dict[str, str]:
        """The texts that are written down of it, by name."""
        return {field.name: str(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def read(cls, pairs: Mapping[str, str]) -> Stamp | None:
        """The stamp that some pairs are; None where one lacks."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: pairs[name] for name in names}) if set(names) <= set(pairs) else None


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
    """A grid as it leaves, in its own language; `closes` says when the marks are closed."""

    stamp: Stamp
    sheet: Sheet
    contest: str
    institution: str
    rows: tuple[GridRow, ...]
    closes: tuple[str, ...] = ()

    @property
    def language(self) -> str:
        """The language that it speaks."""
        return self.stamp.language


@dataclass(frozen=True, slots=True)
class FilledRow:
    """A row as it came back: its number, what says whose it is, and the answers by field.

    An answer is what stands in the cell; a field whose cell is empty is not there.
    """

    number: int
    key: str
    ref: str
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filled:
    """A grid as it came back; `columns` are the letters of the columns, by field."""

    file: str
    stamp: Stamp
    columns: Mapping[str, str]
    rows: tuple[FilledRow, ...]

    def cell(self, row: FilledRow, field: str) -> str:
        """The address of the cell of a row and a field: `E7`."""
        return f"{self.columns[field]}{row.number}"


def asked(sheet: Sheet) -> Mapping[str, FieldType]:
    """The fields that a grid asks for, in the order of the sheet: marks, and texts beside them."""
    kinds = (ScoreField, TextField, LongTextField)
    return {name: field for name, field in sheet.fields.items() if isinstance(field, kinds)}


def headings(sheet: Sheet, language: str) -> tuple[str, ...]:
    """The headings of all columns in a language, the first four for what says whose row it is."""
    with speaking(language):
        whose = (_("key"), _("ref."), _("collective"), _("dossier in brief"))
    return (*whose, *(field.label.in_(language) for field in asked(sheet).values()))


def row_key(stamp: Stamp, case_id: str) -> str:
    """A key that ties a row to a candidature and an institution, never taken for a number."""
    named = "\n".join((_PURPOSE, stamp.contest, stamp.panel, stamp.institution, case_id))
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


def as_text(mark: int, language: str) -> str:
    """A mark as the cell of a table in CSV holds it; a comma where the language has one."""
    text = f"{Decimal(mark).scaleb(-2):f}".rstrip("0").rstrip(".")
    return speech.with_marks(text, language)


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
    low, high = (_plain(bound) for bound in (field.scale.from_, field.scale.to))
    return _("{low} to {high}, by {step}").format(low=low, high=high, step=_plain(field.scale.step))


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
        bounds.append(_("below {mark}").format(mark=_plain(field.comment_under)))
    if field.comment_over is not None:
        bounds.append(_("above {mark}").format(mark=_plain(field.comment_over)))
    return _(" or ").join(bounds)


def explained_by(sheet: Sheet, comment: str) -> Iterator[tuple[str, ScoreField]]:
    """The criteria whose marks are explained in a field, where some must be."""
    for name, field in sheet.fields.items():
        if isinstance(field, ScoreField) and field.comment_in == comment and _has_bounds(field):
            yield name, field


def _has_bounds(field: ScoreField) -> bool:
    return field.comment_under is not None or field.comment_over is not None


def _plain(number: Decimal | int) -> str:
    text = f"{Decimal(number):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return speech.with_marks(text, language())
