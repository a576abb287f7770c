"""A sheet as a form that somebody outside fills in: its numbered questions, and its stamp."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from msgspec import Struct

from ptce_workflow.base.words import N_, speaking
from ptce_workflow.base.words import _ as translated
from ptce_workflow.process.fields import FieldType
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.process import Process

_EDITION_DIGITS = 8
_STAMP = re.compile(
    r"(?P<form>Formulaire|Form)\s+(?P<contest>[\w-]+)\s*·\s*(?P<sheet>\w+)"
    r"(?:\s*·\s*(?P<ref>C-\d{3,}))?\s*·\s*(?P<edition>[0-9a-f]{8})\b"
)
_FORM = N_("Form")
STAMP_PROPERTY = "ptce-form"
"""The property of a file that holds the stamp."""


class Stamp(Struct, frozen=True):
    """What a form was made for: printed in it, and kept in its properties.

    `edition` changes with what the form asks; `ref` is the candidature that a form was made for.
    """

    contest: str
    sheet: str
    edition: str
    language: str
    ref: str = ""

    def __str__(self) -> str:
        with speaking(self.language):
            form = translated(_FORM)
        parts = (self.sheet, self.ref, self.edition)
        return " · ".join((f"{form} {self.contest}", *filter(None, parts)))


def stamp_in(text: str) -> Stamp | None:
    """The last stamp that stands in a text, whatever stands around it."""
    found = [*_STAMP.finditer(text)]
    if not found:
        return None
    last = found[-1]
    language = "fr" if last["form"] == "Formulaire" else "en"
    return Stamp(last["contest"], last["sheet"], last["edition"], language, last["ref"] or "")


class Question(Struct, frozen=True):
    """A question of a form: its number from 1, the name and the field of its answer, its label."""

    number: int
    name: str
    field: FieldType
    label: str


class Questionnaire(Struct, frozen=True):
    """The questions of a sheet in a language, in the order of the sheet."""

    stamp: Stamp
    sheet: Sheet
    questions: tuple[Question, ...]


def questionnaire(process: Process, sheet: str, language: str, ref: str = "") -> Questionnaire:
    """The form of a sheet."""
    asked = process.definition.sheets[sheet]
    questions = tuple(
        Question(number, name, field, field.label.in_(language))
        for number, (name, field) in enumerate(asked.questions.items(), 1)
    )
    told = "\n".join(line for one in questions for line in _asked(one.name, one.field, language))
    edition = hashlib.sha256(told.encode()).hexdigest()[:_EDITION_DIGITS]
    contest = process.definition.config.contest.id
    return Questionnaire(Stamp(contest, sheet, edition, language, ref), asked, questions)


def _asked(name: str, field: FieldType, language: str) -> Iterator[str]:
    """What tells a question from another: its name, kind and label, its answers, its columns."""
    yield f"{name} {field.type} {field.label.in_(language)}"
    for option, label in getattr(field, "options", {}).items():
        yield f"{name} {option}={label.in_(language)}"
    for column, asked in getattr(field, "columns", {}).items():
        yield from _asked(f"{name}.{column}", asked, language)
