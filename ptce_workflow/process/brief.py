"""A dossier in brief: some of its answers, each cut to a few lines, for whoever gives marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from ptce_workflow.base.words import _
from ptce_workflow.process.case import Case
from ptce_workflow.process.definition import Definition
from ptce_workflow.process.fields import FieldType, Places, TableField, TextField

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
