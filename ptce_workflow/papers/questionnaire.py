"""A sheet as a form that somebody outside fills in: its numbered questions, and its stamp."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from ptce_workflow.base.words import own_language
from ptce_workflow.process.fields import FieldType
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.process import Process

_WORDS = {"fr": "Formulaire", "en": "Form"}
_STAMP = re.compile(
    r"(?P<word>Formulaire|Form)\s+(?P<contest>[\w-]+)\s*·\s*(?P<sheet>\w+)"
    r"(?:\s*·\s*(?P<ref>C-\d{3,}))?\s*·\s*(?P<edition>[0-9a-f]{8})\b"
)


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
        word = _WORDS[own_language(self.language)]
        parts = (f"{word} {self.contest}", self.sheet, self.ref, self.edition)
        return " · ".join(filter(None, parts))


def stamp_in(text: str) -> Stamp | None:
    """The last stamp that stands in a text, whatever stands around it."""
    last = next(reversed([*_STAMP.finditer(text)]), None)
    if last is None:
        return None
    language = next(tag for tag, word in _WORDS.items() if word == last["word"])
    return Stamp(last["contest"], last["sheet"], last["edition"], language, last["ref"] or "")


class FormQuestion(Struct, frozen=True):
    """A question of a form: its number from 1, the name and the field of its answer, its label."""

    number: int
    name: str
    field: FieldType
    label: str


class Questionnaire(Struct, frozen=True):
    """The questions of a sheet in a language, in the order of the sheet."""

    stamp: Stamp
    sheet: Sheet
    questions: tuple[FormQuestion, ...]


def questionnaire(process: Process, sheet: str, language: str, ref: str = "") -> Questionnaire:
    """The form of a sheet."""
    asked = process.definition.sheets[sheet]
    questions = tuple(
        FormQuestion(number, name, field, field.label.in_(language))
        for number, (name, field) in enumerate(asked.questions.items(), 1)
    )
    edition = hashlib.sha256("\n".join(_asked(asked.questions, language)).encode()).hexdigest()[:8]
    contest = process.definition.config.contest.id
    return Questionnaire(Stamp(contest, sheet, edition, language, ref), asked, questions)


def _asked(fields: Mapping[str, FieldType], language: str) -> Iterator[str]:
    """What tells questions from others: their names, kinds and labels, their answers, columns."""
    for name, field in fields.items():
        yield f"{name} {field.type} {field.label.in_(language)}"
        for option, label in getattr(field, "options", {}).items():
            yield f"{option}={label.in_(language)}"
        yield from _asked(getattr(field, "columns", {}), language)
