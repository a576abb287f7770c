"""Answers before and after, what has arrived, and what was rectified, as they are printed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from ptce_workflow.app.cases.edits import AnswerChange
from ptce_workflow.base.words import _, language
from ptce_workflow.papers.changes import lines
from ptce_workflow.papers.report import Aside, NextStep, Note, Paragraph, Part
from ptce_workflow.process.fields import TableField
from ptce_workflow.process.process import Process, named, sheet_label, to_the_second

if TYPE_CHECKING:
    from ptce_workflow.app.cases.receive import ReceivedSheet
    from ptce_workflow.app.cases.rectifications import Rectification
    from ptce_workflow.process.rules.case import Case


def changed(
    process: Process, changes: Sequence[AnswerChange], ref: str, whole: Collection[str]
) -> Iterator[Part]:
    """Each answer that changed, before and after; what a list lost, and how to add to it instead.

    `whole` are the names of those that were given whole, not by what is added or taken away.
    """
    for change in changes:
        first, *rows = lines(process, change)
        yield Paragraph(first, hanging=2, level=1)
        yield from (Paragraph(told, hanging=2, level=2) for told in rows)
        if isinstance(change.field, TableField):
            continue
        if change.dropped and change.after and change.name in whole:
            dropped = change.field.display(change.dropped, language(), process.zone)
            yield Paragraph(_("no longer there: {items}").format(items=dropped), level=2)
            sheet, _dot, name = change.name.partition(".")
            told = _("To add without replacing: {command}")
            yield NextStep(told, f"ptce record {ref} {sheet} {name}+=…")


def received(done: ReceivedSheet) -> Iterator[Part]:
    """`ptce receive`: that it is done, what is missing, and which arrival counts of several."""
    process, case = done.process, done.case
    told = _("{case}: “{sheet}” arrived on {when}; line {n}.")
    label = sheet_label(process, done.sheet)
    when = to_the_second(process, done.at)
    yield Paragraph(told.format(case=named(process, case), sheet=label, when=when, n=case.version))
    if done.evidence is not None:
        told = _("Evidence: {size} bytes, SHA-256 {hash}. Keep the file.")
        yield Paragraph(told.format(size=done.evidence.size, hash=done.evidence.sha256), hanging=2)
    if done.late is not None:
        told = _("It is late: its term was {when}. It waits for its answer all the same.")
        yield Note(told.format(when=to_the_second(process, done.late)))
    due = process.answer_by(done.sheet, case) if done.sheet in process.pending(case) else None
    if due is not None:
        told = _("To be answered by {when}.").format(when=to_the_second(process, due))
        yield Paragraph(told, hanging=2)
    contact = process.definition.config.contest.contact_field
    if contact in case.given and contact not in case.private:
        told = _(
            "Its address was erased: no mail reaches it. Answer by letter, to the address that it "
            "gives, then say so: `ptce mail drop … --told`, or `ptce mail resolve … --drop`."
        )
        yield Paragraph(told, hanging=2)
    if done.before:
        known = ", ".join(to_the_second(process, at) for at in done.before)
        yield Paragraph(_("It was received before: {list}.").format(list=known), hanging=2)
        counts = process.versions(done.sheet, done.at, case).counts or done.at
        told = _("The version that counts: the one of {when}.")
        yield Paragraph(told.format(when=to_the_second(process, counts)), hanging=2)
        told = _("The hour by which the rules judge its arrival: {when}.")
        yield Paragraph(told.format(when=to_the_second(process, done.counts)), hanging=2)
    yield from still_missing(done)
    yield Aside(command=f"ptce why {case.ref}")


def still_missing(done: ReceivedSheet) -> Iterator[Part]:
    """What an arrival leaves to be asked for, if anything."""
    if done.missing:
        fields = (done.process.definition.field(name) for name in done.missing)
        labels = ", ".join(field.label.in_(language()) for field in fields if field is not None)
        yield Paragraph(_("Still missing: {labels}.").format(labels=labels), hanging=2)


def arrivals(process: Process, case: Case, before: Case | None = None) -> Iterator[Part]:
    """`ptce show`: when each sheet arrived, every time, and how each request was answered.

    Only what is new since it stood as `before`, where that is given.
    """
    known = {} if before is None else before.received
    for sheet, arrived in case.received.items():
        when = ", ".join(to_the_second(process, at) for at in arrived[len(known.get(sheet, ())) :])
        if not when:
            continue
        told = _("Arrived: {sheet}, {when}").format(sheet=sheet_label(process, sheet), when=when)
        if sheet in case.late:
            over = to_the_second(process, case.late[sheet])
            told = _("{told} (late: its term was {when})").format(told=told, when=over)
        yield Paragraph(told, hanging=2)
    for request, answer in case.answers.items() if before is None else ():
        way = process.ways(request).get(answer)
        label = answer if way is None else way.transition.label.in_(language())
        told = _("{sheet}, answered: {label}")
        told = told.format(sheet=sheet_label(process, request), label=label)
        yield Paragraph(told, hanging=2)


def rectified_told(process: Process, one: Rectification) -> str:
    """An answer that was mended: before, after, when, why."""
    when = to_the_second(process, one.at)
    told = _("rectified on {when}: {before} → {after} ({reason}; line {n})")
    reason = _("(erased)") if one.reason is None else one.reason
    return told.format(when=when, before=one.before, after=one.after, reason=reason, n=one.line)


def rectified(process: Process, case: Case, mended: Sequence[Rectification]) -> Iterator[Part]:
    """`ptce record --rectify`: each answer, before and after."""
    if not mended:
        yield Paragraph(_("Nothing has changed."))
        return
    told = _("{case}: rectified, line {n}.").format(case=named(process, case), n=mended[0].line)
    yield Paragraph(told)
    yield from rectifications(process, mended)
    yield Aside(command=f"ptce why {case.ref}")


def rectifications(process: Process, mended: Sequence[Rectification]) -> Iterator[Part]:
    """`ptce show`: each answer that was mended."""
    for one in mended:
        told = _("{label}: {value}").format(label=one.label, value=rectified_told(process, one))
        yield Paragraph(told, hanging=2)
