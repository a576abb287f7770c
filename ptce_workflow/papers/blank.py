"""The blank form of a sheet: all that it says to whoever fills it in, in any format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct

from ptce_workflow.base import speech
from ptce_workflow.base.words import N_, _, own_language, speaking
from ptce_workflow.papers.questionnaire import Question, Questionnaire, questionnaire
from ptce_workflow.process.fields import (
    BooleanField,
    FieldType,
    FileField,
    TableField,
    UrlField,
)
from ptce_workflow.process.letters.render import PRIVACY, text_alone
from ptce_workflow.process.letters.values import Recipient, Subject
from ptce_workflow.process.process import Process, nobody
from ptce_workflow.process.rules.case import Case, Moment

_UNDATED = datetime(1980, 1, 1, tzinfo=UTC)
"""What dates the properties of a form of a contest without dates."""
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
_ON_LINES = N_("One place on each line: its name, and its postal code where you know it.")


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
        """The language of the form."""
        return self.questionnaire.stamp.language

    @property
    def lines(self) -> Iterator[str]:
        """Every line that stands in it beside its labels, and is no answer to anything."""
        yield from (self.contest, self.title, *self.before, *self.notice)
        yield f"{speech.rehearsal_mark()} {self.contest}"
        with speaking(own_language(self.language)):
            yield from map(_, (NOTICE, WRITE, CHOOSE))
            for question in self.questionnaire.questions:
                yield from hints(question.field, self.language)
                if isinstance(question.field, TableField):
                    yield more_rows(question.field, self.language)
                    yield elsewhere(question)
        yield str(self.questionnaire.stamp)


def blank(
    process: Process,
    sheet: str,
    language: str,
    case: Case | None = None,
    over: str = "",
) -> Blank:
    """The blank form of a sheet, for anybody or for one candidature; `over` begins it."""
    asked = questionnaire(process, sheet, language, "" if case is None else case.ref)
    config = process.definition.config
    at = process.opens or min(process.dates.fixed.values(), default=_UNDATED)
    subject = Subject(Recipient(""), Moment(at), case)
    with speaking(own_language(language)):
        return Blank(
            asked,
            f"{over} {config.contest.title.in_(language)}".strip(),
            asked.sheet.label.in_(language),
            tuple(_before(process, asked, case or nobody(at))),
            tuple(text_alone(process, PRIVACY, language, subject).split("\n\n")),
            at,
        )


def heading(question: Question) -> str:
    """What stands over the place for an answer: number, label, and a sign for what is required."""
    return f"{question.number}. {starred(question.label, question.field)}"


def starred(label: str, field: FieldType) -> str:
    """A label, with a sign where the answer is required."""
    return f"{label} *" if field.required else label


def boxes(field: FieldType, language: str) -> dict[str, str]:
    """The answers that a field offers, by what is recorded of them; none where people write."""
    if isinstance(field, BooleanField):
        return {"yes": _("yes"), "no": _("no")}
    options = getattr(field, "options", {})
    return {name: label.in_(language) for name, label in options.items()}


def rows(field: TableField) -> int:
    """The rows of a table that stand in a form."""
    return max(field.min_rows, min(_ROWS, field.max_rows))


def hints(field: FieldType, language: str) -> Iterator[str]:
    """The lines that help to answer: those of the folder, then what its type asks for."""
    if field.help is not None:
        yield field.help.in_(language)
    if isinstance(field, TableField):
        for column in field.columns.values():
            told = " ".join(hints(column, language)) if column.type != "option" else ""
            if told:
                yield _("{label}: {value}").format(label=column.label.in_(language), value=told)
    elif told := _bounds(field, language):
        yield told


def more_rows(field: TableField, language: str) -> str:
    """What to do where the rows of a table are too few."""
    told = _("Add rows if you need more: {count} at most.")
    return told.format(count=speech.number(field.max_rows, language))


def elsewhere(question: Question) -> str:
    """Where a table is, in a workbook that has it on a sheet of its own."""
    told = _("Question {number} is on the sheet “{name}”.")
    return told.format(number=question.number, name=sheet_name(heading(question)))


def sheet_name(text: str) -> str:
    """The name of a sheet of a workbook, which is short and holds no sign that would point."""
    return re.sub(r"[\[\]:*?/\\]", "", text)[:31].strip()


def _bounds(field: FieldType, language: str) -> str:
    """What an answer must be like, in a sentence; "" where anything may stand."""
    if "max_length" in field.written:
        most = field.max_length  # type: ignore[attr-defined]
        return _("{count} characters at most.").format(count=speech.number(most, language))
    if field.type == "option":
        return _("Tick one answer.")
    if field.type == "options":
        return _("Tick one answer or several.")
    if field.type == "territory":
        return _(_ON_LINES)
    if field.type in _EXAMPLES:
        return _("Written as {example}.").format(example=_EXAMPLES[field.type])
    least, most = getattr(field, "min", None), getattr(field, "max", None)
    if least is not None and most is not None:
        return _("From {least} to {most}.").format(least=least, most=most)
    return ""


def _before(process: Process, asked: Questionnaire, case: Case) -> Iterator[str]:
    """What introduces a form: what it is for, how it is filled in, where and until when it goes."""
    language, sheet = asked.stamp.language, asked.sheet
    service = process.definition.config.service
    if sheet.help is not None:
        yield sheet.help.in_(language)
    yield _("Write in the boxes. A * marks what must be answered.")
    files = [
        field.label.in_(language) for field in sheet.fields.values() if isinstance(field, FileField)
    ]
    if files:
        yield _("Attach to your mail: {names}.").format(names="; ".join(files))
    yield from _sending(process, asked, case)
    if service is not None and service.telephone:
        told = _("A question? Call {telephone}.")
        if service.hours is not None:
            told = _("A question? Call {telephone} ({hours}).")
        hours = "" if service.hours is None else service.hours.in_(language)
        yield told.format(telephone=service.unbroken_telephone, hours=hours)


def _sending(process: Process, asked: Questionnaire, case: Case) -> Iterator[str]:
    config, name = process.definition.config, asked.stamp.sheet
    to = next((body.mail for body in (config.service, config.organiser) if body and body.mail), "")
    if to:
        yield _("Send this form back, filled in, by mail to {address}.").format(address=to)
    else:
        yield _("Send this form back, filled in.")
    until = process.open_until(name, case)
    if asked.sheet.is_request and asked.stamp.ref:
        until = process.asked_until(name, case)
    if until is not None:
        told = speech.long_instant(until, process.zone, asked.stamp.language)
        yield _("We must have received it by {date} at the latest.").format(date=told)
