"""What arrived, as it is shown before it is filed: who sent it, when, and what was read of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ptce_workflow.app.cases.edits import changes
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.text import one_line
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.views.changes import changed
from ptce_workflow.papers.arrivals import label_of
from ptce_workflow.papers.report import Aside, Bullets, Heading, Note, Paragraph, Part, detail
from ptce_workflow.process.fields import TableField
from ptce_workflow.process.process import Process, named, sheet_label, to_the_second

if TYPE_CHECKING:
    from ptce_workflow.app.cases.filing import Filed
    from ptce_workflow.mail.arrival import Arrival
    from ptce_workflow.papers.arrivals import ArrivalRead, Meant
    from ptce_workflow.papers.returned import AnswerRead

_SHOWN = 160


class HourKnown(Struct, frozen=True):
    """When something arrived; the hours of a mail where it is one, and which of them counts."""

    at: datetime
    mail: Arrival | None = None
    counts: str = ""

    @property
    def source(self) -> str:
        """What tells the hour: what was typed, or which hour of the mail."""
        return self.counts if self.mail is not None and self.at == self.mail.at else "typed"


class Shown(Struct, frozen=True):
    """What was read of a file, whose it is, when it arrived, and what filing it comes to."""

    read: ArrivalRead
    meant: Meant
    hour: HourKnown
    filed: Filed


def read(shown: Shown) -> Iterator[Part]:
    """`ptce add`, before it is filed."""
    read, filed, process = shown.read, shown.filed, shown.filed.process
    yield Heading(one_line(read.file, at_most=_SHOWN), 2)
    if read.message is not None:
        message = read.message
        sender = f"{message.name} <{message.address}>" if message.name else message.address
        yield Paragraph(_("From: {sender}").format(sender=sender or "–"), hanging=2)
        yield Paragraph(_("Subject: {subject}").format(subject=message.subject or "–"), hanging=2)
    yield from _arrived(process, shown.hour)
    label, case = sheet_label(process, filed.filing.sheet), named(process, filed.case)
    told = _("A version of “{sheet}” of {case}.") if filed.before else _("Opens {case}: “{sheet}”.")
    yield Paragraph(told.format(sheet=label, case=case), hanging=2)
    for doubt in shown.meant.doubts:
        yield Note(doubt)
    if read.problem is not None:
        yield Note(_("It cannot be read: it is received, without answers."))
        yield detail("\n".join(filter(None, (read.problem.what, read.problem.why))))
    yield from _form(shown)
    yield from _left_out(filed)
    outside = read.form.outside if read.form else ()
    if outside:
        yield Paragraph(_("Outside the questions, kept as a note:"), heads=True)
        yield Bullets(tuple(one_line(passage, at_most=_SHOWN) for passage in outside))
    if read.unread:
        yield Paragraph(_("Attached, and not read:"), heads=True)
        yield Bullets(read.unread)


def _arrived(process: Process, hour: HourKnown) -> Iterator[Part]:
    when, mail = to_the_second(process, hour.at), hour.mail
    if mail is None or hour.source == "typed":
        yield Paragraph(_("Arrived: {when}, as typed").format(when=when), hanging=2)
    elif hour.counts == "entry":
        yield Paragraph(_("Arrived: {when}, as our servers took it").format(when=when), hanging=2)
    else:
        yield Paragraph(_("Arrived: {when}, as it was stored").format(when=when), hanging=2)
    if mail is None:
        return
    hours = (
        (_("As our servers took it: {when}"), mail.entry),
        (_("As it was stored: {when}"), mail.delivery),
    )
    for told, other in hours:
        if other is not None and other != hour.at:
            yield detail(told.format(when=to_the_second(process, other)))
    if mail.why:
        yield Note(mail.why)


def _form(shown: Shown) -> Iterator[Part]:
    """What was read, question by question, each kind of answer apart; what a version changes."""
    form, filed, process = shown.read.form, shown.filed, shown.filed.process
    if form is None:
        return
    if form.stamp is None:
        yield Note(_("It bears no stamp: its questions were recognised by their labels."))
    elif not form.is_current:
        yield Note(_("It is a form of an older edition: what it asks has changed since."))
    sheet = form.sheet
    by_status: dict[str, list[AnswerRead]] = {}
    for one in form.answers:
        by_status.setdefault(one.status, []).append(one)
    sure = by_status.get("read", [])
    yield Paragraph(
        n_("Read: {count} answer", "Read: {count} answers", len(sure)).format(count=len(sure))
    )
    if filed.before is None:
        for one in sure:
            yield from _answer(process, sheet, one)
    else:
        found = changes(process, filed.before, filed.case)
        yield from changed(process, found, filed.case.ref, {change.name for change in found})
        if not found:
            yield detail(_("Nothing differs from what is recorded."))
    for status, told in (
        ("to_confirm", _("To confirm: {count}")),
        ("not_understood", _("Not understood: {count}")),
    ):
        some = by_status.get(status, [])
        if some:
            yield Paragraph(told.format(count=len(some)))
        for one in some:
            words = one_line(one.words, at_most=_SHOWN)
            label = label_of(process, sheet, one)
            yield detail(_("{label}: “{words}”").format(label=label, words=words))
            if one.why:
                yield detail(one_line(one.why, at_most=2 * _SHOWN), 2)
    unanswered = by_status.get("missing", [])
    required = [one for one in unanswered if f"{sheet}.{one.name}" in filed.missing]
    optional = [one for one in unanswered if one not in required]
    for told, some in (
        (_("Missing: {labels}"), required),
        (_("Without an answer: {labels}"), optional),
    ):
        if some:
            labels = ", ".join(label_of(process, sheet, one) for one in some)
            yield Paragraph(told.format(labels=labels), hanging=2)


def _answer(process: Process, sheet: str, answer: AnswerRead) -> Iterator[Part]:
    field = process.definition.sheets[sheet].fields[answer.name]
    try:
        value = field.parse(answer.value, zone=process.zone)
    except Misuse:
        said = str(answer.value)
    else:
        said = field.display(value, language(), process.zone)
    label = label_of(process, sheet, answer)
    if not isinstance(field, TableField):
        said = one_line(said, at_most=_SHOWN)
    yield detail(_("{label}: {value}").format(label=label, value=said))


def _left_out(filed: Filed) -> Iterator[Part]:
    """The answers that may not be written, and why: each reason once."""
    reasons: dict[str, list[str]] = {}
    for name, problem in filed.left_out.items():
        field = filed.process.definition.field(name)
        label = name if field is None else field.label.in_(language())
        reasons.setdefault(problem.why or problem.what, []).append(label)
    for why, labels in reasons.items():
        told = _("Left out, for it may not be written any more: {labels}")
        yield Paragraph(told.format(labels=", ".join(labels)), hanging=2)
        yield detail(why)


def question(shown: Shown) -> str:
    """What is asked before it is filed."""
    return _("File it there?") if shown.filed.before else _("Open it?")


def filed(filed: Filed) -> Iterator[Part]:
    """`ptce add`, once it is filed."""
    process, case, sheet = filed.process, filed.case, filed.filing.sheet
    when = to_the_second(process, filed.filing.arrival.at)
    told = _("{case}: “{sheet}” arrived on {when}; line {n}.").format(
        case=named(process, case), sheet=sheet_label(process, sheet), when=when, n=case.version
    )
    yield Paragraph(told)
    evidence = filed.filing.arrival.evidence
    if evidence is not None:
        told = _("Evidence: {size} bytes, SHA-256 {hash}. Keep the file.")
        yield Paragraph(told.format(size=evidence.size, hash=evidence.sha256), hanging=2)
    if filed.missing:
        found = (process.definition.field(name) for name in filed.missing)
        labels = ", ".join(field.label.in_(language()) for field in found if field is not None)
        yield Paragraph(_("Still missing: {labels}.").format(labels=labels), hanging=2)
    yield Aside(command=f"ptce why {case.ref}")


def filed_data(shown: Shown) -> dict[str, Any]:
    """`ptce add --json`, for what is no dossier in TOML or JSON."""
    read, filed, process = shown.read, shown.filed, shown.filed.process
    form, arrival = read.form, filed.filing.arrival
    found = changes(process, filed.before, filed.case) if filed.before else ()
    return {
        "ref": filed.case.ref,
        "name": filed.case.private.get(process.definition.config.contest.name_field),
        "file": read.file,
        "opened": filed.before is None,
        "sheet": filed.filing.sheet,
        "received_at": arrival.at,
        "hour": shown.hour.source,
        "sender": read.sender or None,
        "evidence": arrival.evidence,
        "stamp": str(form.stamp) if form and form.stamp else None,
        "is_current": form.is_current if form else None,
        "doubts": shown.meant.doubts,
        "answers": form.answers if form else (),
        "changes": [{"name": c.name, "before": c.before, "after": c.after} for c in found],
        "missing": filed.missing,
        "left_out": tuple(filed.left_out),
        "note": filed.filing.note,
        "unread": read.unread,
        "problem": str(read.problem) if read.problem else None,
    }
