"""The blank form of a sheet: numbered questions, help, deadline, stamp."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache

from msgspec import Struct

from ptce_workflow.base import words
from ptce_workflow.base.words import LANGUAGES, N_, _, language, own_language, speaking
from ptce_workflow.office.page import capital
from ptce_workflow.process.calendar import parse_instant
from ptce_workflow.process.candidature import Candidature, RuleContext
from ptce_workflow.process.fields import BooleanField, FieldType, FileField, TableField, UrlField
from ptce_workflow.process.letters.letter import PRIVACY, text_alone
from ptce_workflow.process.letters.variables import Recipient, Subject
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.process import Process, named, nobody

_STAMP = (
    r"(?P<word>{words})\s+(?P<contest>[\w-]+)\s*·\s*(?P<sheet>\w+)"
    r"(?:\s*·\s*(?P<ref>C-\d{3,}))?\s*·\s*(?P<edition>[0-9a-f]{8})\b"
)


@cache
def _words() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for tag in LANGUAGES:
        with speaking(tag):
            found[tag] = _("Form")
    return found


class Stamp(Struct, frozen=True):
    """What a form was made for, printed in it; `edition` changes with what it asks."""

    contest: str
    sheet: str
    edition: str
    language: str
    ref: str = ""

    def __str__(self) -> str:
        word = _words()[own_language(self.language)]
        parts = (f"{word} {self.contest}", self.sheet, self.ref, self.edition)
        return " · ".join(filter(None, parts))


def stamp_in(text: str) -> Stamp | None:
    begins = _words()
    pattern = _STAMP.replace("{words}", "|".join(begins.values()))
    last = next(reversed([*re.finditer(pattern, text)]), None)
    if last is None:
        return None
    language = next(tag for tag, word in begins.items() if word == last["word"])
    return Stamp(last["contest"], last["sheet"], last["edition"], language, last["ref"] or "")


class FormQuestion(Struct, frozen=True):
    number: int
    name: str
    field: FieldType
    label: str


class Questionnaire(Struct, frozen=True):
    stamp: Stamp
    sheet: Sheet
    questions: tuple[FormQuestion, ...]


def questionnaire(process: Process, sheet: str, language: str, ref: str = "") -> Questionnaire:
    definition = process.definition.sheets[sheet]
    questions = tuple(
        FormQuestion(number, name, field, field.label.in_(language))
        for number, (name, field) in enumerate(definition.questions.items(), 1)
    )
    texts = "\n".join(_asked(definition.questions, language))
    edition = hashlib.sha256(texts.encode()).hexdigest()[:8]
    contest = process.definition.config.contest.id
    return Questionnaire(Stamp(contest, sheet, edition, language, ref), definition, questions)


def _asked(fields: Mapping[str, FieldType], language: str) -> Iterator[str]:
    """What tells questions from others: their names, kinds and labels, their answers, columns."""
    for name, field in fields.items():
        yield f"{name} {field.type} {field.label.in_(language)}"
        for option, label in getattr(field, "options", {}).items():
            yield f"{option}={label.in_(language)}"
        yield from _asked(getattr(field, "columns", {}), language)


_ROWS = 6
_EXAMPLES = {
    "date": "14/05/2024",
    "datetime": "14/05/2024 9:30",
    "siren": "100 000 009",
    "siret": "100 000 009 00009",
    "url": UrlField.example,
}
WRITE, CHOOSE, NOTICE = N_("Write here"), N_("Choose"), N_("Your personal data")
"""What stands where nobody has answered yet; the heading of what is said on personal data."""
UNTIL = N_("We must have received it by {date} at the latest.")


class Blank(Struct, frozen=True):
    """A form in a language, with what it says before its questions.

    `before` are the paragraphs that introduce it, `notice` those on personal data. `at` dates the
    properties of the file: the same form gives the same bytes, whenever it is written.
    """

    questionnaire: Questionnaire
    contest: str
    title: str
    before: tuple[str, ...]
    notice: tuple[str, ...]
    at: datetime

    @property
    def language(self) -> str:
        """The language of the form: the functions of this module speak the one in force."""
        return self.questionnaire.stamp.language

    @property
    def lines(self) -> Iterator[str]:
        """Every line that stands in it beside its labels, and is no answer to anything."""
        with speaking(self.language):
            yield from (self.contest, self.title, *self.before, *self.notice)
            yield f"{words.rehearsal_mark()} {self.contest}"
            yield from map(_, (NOTICE, WRITE, CHOOSE))
            for question in self.questionnaire.questions:
                yield "\n".join(hints(question.field))
                if isinstance(question.field, TableField):
                    yield elsewhere(question)


def blank(
    process: Process, sheet: str, language: str, case: Candidature | None = None, over: str = ""
) -> Blank:
    """The blank form of a sheet, for anybody or for one candidature; `over` begins it."""
    questions = questionnaire(process, sheet, language, "" if case is None else case.ref)
    at = process.opens or datetime(1980, 1, 1, tzinfo=UTC)
    subject = Subject(Recipient(""), RuleContext(at), case)
    with speaking(language):
        return Blank(
            questions,
            f"{over} {process.definition.config.contest.title}".strip(),
            str(questions.sheet.label),
            tuple(_before(process, questions, case or nobody(at))),
            tuple(text_alone(process, PRIVACY, language, subject).split("\n\n")),
            at,
        )


def heading(question: FormQuestion) -> str:
    return f"{question.number}. {starred(question.label, question.field)}"


def starred(label: str, field: FieldType) -> str:
    return f"{capital(label)} *" if field.required else capital(label)


def choices(field: FieldType) -> tuple[str, ...]:
    if isinstance(field, BooleanField):
        return _("yes"), _("no")
    return tuple(map(str, getattr(field, "options", {}).values()))


def rows(field: TableField) -> int:
    return max(field.min_rows, min(_ROWS, field.max_rows))


def hints(field: FieldType) -> Iterator[str]:
    """The lines that help to answer: those of the folder, then what its type asks for."""
    if field.help is not None:
        yield str(field.help)
    if isinstance(field, TableField):
        for column in field.columns.values():
            of_column = " ".join(hints(column))
            if of_column and column.type != "option":
                label = capital(str(column.label))
                yield _("{label}: {value}").format(label=label, value=of_column)
        sentence = _("As many rows as you need, {count} at most: add some where they are too few.")
        yield sentence.format(count=words.number(field.max_rows, language()))
    elif bounds := _bounds(field):
        yield bounds


def elsewhere(question: FormQuestion) -> str:
    """Where a table is, in a workbook that has it on a sheet of its own."""
    sentence = _("Question {number} is on the sheet “{name}”.")
    return sentence.format(number=question.number, name=sheet_name(heading(question)))


def sheet_name(text: str) -> str:
    """The name of a sheet of a workbook, which is short and holds no sign that would point."""
    return re.sub(r"[\[\]:*?/\\]", "", text)[:31].strip()


def _bounds(field: FieldType) -> str:
    """What an answer must be like, in a sentence; "" where anything may stand."""
    if "max_length" in field.written:
        most = field.max_length  # type: ignore[attr-defined]
        return _("{count} characters at most.").format(count=words.number(most, language()))
    if field.type in _EXAMPLES:
        return _("Written as {example}.").format(example=_EXAMPLES[field.type])
    match field.type:
        case "option":
            return _("Tick one answer.")
        case "options":
            return _("Tick one answer or several.")
        case "territory":
            return _("One place on each line: its name, and its postal code where you know it.")
    least, most = getattr(field, "min", None), getattr(field, "max", None)
    is_bounded = least is not None and most is not None
    return _("From {least} to {most}.").format(least=least, most=most) if is_bounded else ""


def _before(process: Process, questions: Questionnaire, case: Candidature) -> Iterator[str]:
    """What introduces a form: what it is for, how it is filled in, where and until when it goes."""
    sheet, name, config = questions.sheet, questions.stamp.sheet, process.definition.config
    bodies = [body for body in (config.service, config.organiser) if body is not None]
    if questions.stamp.ref:
        yield named(process, case)
    elif name != process.definition.contact_sheet:
        yield _("Say in your mail which candidature it is about: its reference, or its name.")
    if sheet.help is not None:
        yield str(sheet.help)
    yield _("Write in the boxes. A * marks what must be answered.")
    files = [str(field.label) for field in sheet.fields.values() if isinstance(field, FileField)]
    if files:
        yield _("Attach to your mail: {names}.").format(names="; ".join(files))
    if address := next((body.mail for body in bodies if body.mail), None):
        yield _("Send this form back, filled in, by mail to {address}.").format(address=address)
    is_own_request = sheet.is_request and questions.stamp.ref
    until = (process.asked_until if is_own_request else process.open_until)(name, case)
    if until is None and sheet.due is not None:
        until = process.dates.resolve(parse_instant(sheet.due), case)
    if until is not None:
        date = words.long_instant(until, process.zone, language())
        yield _(UNTIL).format(date=date)
    if service := next((body for body in bodies if body.telephone), None):
        called = (service.unbroken_telephone, *([str(service.hours)] if service.hours else ()))
        yield _("A question? Call {telephone}.").format(telephone=", ".join(called))
