"""Reports on what arrives: what was read in a file, and what a person must confirm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from ptce_workflow.app.candidatures.filing import ArrivalRead, FilingOutcome, field_of, label_of
from ptce_workflow.app.candidatures.history import LONGEST_NOTE
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _, language, n_, one_line
from ptce_workflow.office import page
from ptce_workflow.office.forms.answers import AnswerRead, FormRead
from ptce_workflow.office.page import Part
from ptce_workflow.process.fields import TableField
from ptce_workflow.process.process import Process, named, sheet_label, to_the_second
from ptce_workflow.reports.telling import changed, label_of_name, row_text

_SHOWN = 160


class Preview(Struct, frozen=True):
    """What was read of a file, and what filing it comes to.

    `hours` are those of its arrival by what tells them, the one that counts first; `doubts` what
    is to be looked at twice.
    """

    read: ArrivalRead
    hours: Mapping[str, datetime]
    outcome: FilingOutcome
    doubts: tuple[str, ...]


def read(preview: Preview) -> Iterator[Part]:
    read, outcome = preview.read, preview.outcome
    form, receipt = read.form, outcome.receipt
    process, case, message = receipt.process, receipt.case, read.message
    yield page.lead(one_line(read.file, at_most=_SHOWN))
    pairs: list[tuple[str, str]] = []
    if message is not None:
        pairs = [(_("from"), read.author), (_("subject"), message.subject)]
    text = _("a version of {case}") if outcome.before else _("a new candidature: {case}")
    pairs.append((_("arrived"), "\n".join(_hours(process, preview.hours))))
    pairs.append((sheet_label(process, receipt.sheet), text.format(case=named(process, case))))
    yield page.facts(pairs)
    yield from map(page.note, preview.doubts)
    if outcome.before is not None:
        found = outcome.differences
        yield page.say(_("What differs from what is recorded: {count}"), count=len(found))
        yield from changed(process, found, case.ref, {change.name for change in found})
    if form is not None:
        yield from _answers(process, form, is_new=outcome.before is None)
    reasons: dict[str, list[str]] = {}
    for name, problem in outcome.left_out.items():
        reasons.setdefault(problem.why or problem.what, []).append(label_of_name(process, name))
    for why, labels in reasons.items():
        yield page.line(_("Left out: {labels}. {reason}"), labels=", ".join(labels), reason=why)
    for text, passages in (
        (_("Outside the questions, kept in a note: {count}"), read.outside),
        (_("Attached, and not read: {count}"), read.unread),
    ):
        if passages:
            yield page.above(text, count=len(passages))
            yield page.bullets(one_line(passage, at_most=LONGEST_NOTE) for passage in passages)


def left_open(read: ArrivalRead, outcome: FilingOutcome) -> Iterator[Part]:
    """How to write what a form leaves to be confirmed, where the note of it is read too."""
    statuses = {answer.status for answer in read.form.answers} if read.form else set()
    if statuses - {"read", "missing"}:
        receipt = outcome.receipt
        yield page.suggest(f"ptce record {receipt.case.ref} {receipt.sheet} --edit")


def _hours(process: Process, hours: Mapping[str, datetime]) -> Iterator[str]:
    text = {
        "typed": _("{when} (as typed)"),
        "entry": _("{when} (taken by the first server)"),
        "delivery": _("{when} (stored in the mailbox)"),
    }
    for source, at in hours.items():
        yield text[source].format(when=to_the_second(process, at))


def _answers(process: Process, form: FormRead, *, is_new: bool) -> Iterator[Part]:
    """The answers of a form, by how sure they are; those of a version show what differs."""
    for status, text in (
        ("read", n_("Read: {count} answer", "Read: {count} answers", len(form.sure))),
        ("to_confirm", _("To confirm: {count}")),
        ("not_understood", _("Not understood: {count}")),
        ("missing", _("Without an answer: {count}")),
    ):
        some = [one for one in form.answers if one.status == status]
        if some:
            yield page.above(text, count=len(some))
            if status != "read" or is_new:
                pairs = (
                    (label_of(process, form.sheet, one), _answer_text(process, form, one))
                    for one in some
                )
                yield page.facts(pairs)


def _answer_text(process: Process, form: FormRead, answer: AnswerRead) -> str:
    """The value that is recorded of an answer, else its words and why they are not."""
    if answer.status == "missing":
        return ""
    if answer.status == "read":
        return value_text(process, form, answer)
    texts = [one_line(answer.words, at_most=_SHOWN), one_line(answer.why, at_most=LONGEST_NOTE)]
    if answer in form.to_agree:
        texts.append(_("Understood: {value}").format(value=value_text(process, form, answer)))
    return "\n".join(filter(None, texts))


def value_text(process: Process, form: FormRead, answer: AnswerRead) -> str:
    """The value of an answer, as it would be recorded; as it stands where it cannot be."""
    field = field_of(process, form.sheet, answer)
    try:
        value = field.parse(answer.value, zone=process.zone)
    except Misuse:
        return one_line(str(answer.value), at_most=_SHOWN)
    if isinstance(field, TableField):
        return "\n".join(f"· {row_text(process, field, row)}" for row in value)
    return one_line(field.display(value, language(), process.zone), at_most=_SHOWN)


def data(preview: Preview) -> dict[str, Any]:
    """`ptce add --json`, for what is no dossier in TOML or JSON."""
    read, outcome = preview.read, preview.outcome
    receipt = outcome.receipt
    process, case = receipt.process, receipt.case
    return {
        "ref": case.ref,
        "name": case.private.get(process.definition.config.contest.name_field),
        "file": read.file,
        "opened": outcome.before is None,
        "sheet": receipt.sheet,
        "received_at": receipt.at,
        "hour": next(iter(preview.hours)),
        "sender": read.sender or None,
        "doubts": preview.doubts,
        "answers": read.form.answers if read.form else (),
        "changes": outcome.differences,
        "missing": receipt.missing,
        "left_out": tuple(outcome.left_out),
        "note": outcome.note,
        "unread": read.unread,
    }
