"""Answers before and after, what has arrived, and what was rectified, as they are printed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.edits import Change, rows_changed
from ptce_workflow.base.geography import Gazetteer
from ptce_workflow.base.text import one_line
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.papers.report import Aside, NextStep, Paragraph, Part
from ptce_workflow.process.fields import TableField
from ptce_workflow.process.process import Process, named, sheet_label, to_the_second

if TYPE_CHECKING:
    from ptce_workflow.app.cases.receive import Receipt
    from ptce_workflow.app.cases.rectifications import Rectification
    from ptce_workflow.process.fields import FieldType
    from ptce_workflow.process.rules.case import Case

_SHOWN = 60
_KEPT = 12
"""How much of what two long texts begin with alike is shown before they part."""


def changed(
    process: Process, changes: Sequence[Change], ref: str, whole: Collection[str]
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
            dropped = change.field.display(change.dropped, language(), process.zone, Gazetteer)
            yield Paragraph(_("no longer there: {items}").format(items=dropped), level=2)
            sheet, _dot, name = change.name.partition(".")
            told = _("To add without replacing: {command}")
            yield NextStep(told, f"ptce record {ref} {sheet} {name}+=…")


def lines(process: Process, change: Change) -> Iterator[str]:
    """A change in lines: the label with both values, or, of a table, with each row that changed."""
    label = change.field.label.in_(language())
    if isinstance(change.field, TableField) and change.before and change.after:
        yield _("{label}:").format(label=label)
        yield from _rows(process, change.field, change)
        return
    shown = (_shown(process, change.field, value) for value in (change.before, change.after))
    yield _("{label}: {value}").format(label=label, value=parted(*shown))


def parted(before: str, after: str) -> str:
    """Two texts with an arrow between, each on a line and cut; long ones from where they part."""
    before, after = before.strip(), after.strip()
    if max(len(before), len(after)) > _SHOWN:
        same = next(
            (n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other),
            min(len(before), len(after)),
        )
        skipped = max(0, same - _KEPT)
        if skipped > _KEPT:
            before, after = f"…{before[skipped:]}", f"…{after[skipped:]}"
    return " → ".join(one_line(text, at_most=_SHOWN) or "–" for text in (before, after))


def row_told(process: Process, field: TableField, row: dict[str, Any]) -> str:
    """A row of a table in a line."""
    return ", ".join(
        column.show_in_row(row[name], language(), process.zone, Gazetteer)
        for name, column in field.columns.items()
        if row.get(name) is not None
    )


def _shown(process: Process, field: FieldType, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(field, TableField):
        return n_("{count} row", "{count} rows", len(value)).format(count=len(value))
    return field.display(value, language(), process.zone, Gazetteer)


def _rows(process: Process, field: TableField, change: Change) -> Iterator[str]:
    """Each row that is new, gone, or another, cell by cell; erased cells are not compared."""
    for row in rows_changed(change.before, change.after):
        if row.before is None or row.after is None:
            told = _("row {number} added: {row}") if row.after else _("row {number} gone: {row}")
            shown = row_told(process, field, row.after or row.before or {})
            yield told.format(number=row.number, row=shown)
            continue
        for name, column in field.columns.items():
            cells = [one.get(name) for one in (row.before, row.after)]
            if cells[0] != cells[1]:
                was, now = (_shown(process, column, cell) for cell in cells)
                told = _("row {number}, {column}: {change}")
                label = column.label.in_(language())
                yield told.format(number=row.number, column=label, change=parted(was, now))


def received(done: Receipt) -> Iterator[Part]:
    """`ptce receive`: that it is done, what is missing, and which arrival counts of several."""
    process, case = done.process, done.case
    told = _("{case}: “{sheet}” arrived on {when}; line {n}.")
    label = sheet_label(process, done.sheet)
    when = to_the_second(process, done.at)
    yield Paragraph(told.format(case=named(process, case), sheet=label, when=when, n=case.version))
    if done.evidence is not None:
        told = _("Evidence: {size} bytes, SHA-256 {hash}. Keep the file.")
        yield Paragraph(told.format(size=done.evidence.size, hash=done.evidence.sha256), hanging=2)
    due = process.answer_by(done.sheet, case) if done.sheet in process.pending(case) else None
    if due is not None:
        told = _("To be answered by {when}.").format(when=to_the_second(process, due))
        yield Paragraph(told, hanging=2)
    if done.before:
        known = ", ".join(to_the_second(process, at) for at in done.before)
        yield Paragraph(_("It was received before: {list}.").format(list=known), hanging=2)
        counts = to_the_second(process, done.counts)
        yield Paragraph(_("What counts: {when}.").format(when=counts), hanging=2)
    if done.missing:
        fields = (process.definition.field(name) for name in done.missing)
        labels = ", ".join(field.label.in_(language()) for field in fields if field is not None)
        yield Paragraph(_("Still missing: {labels}.").format(labels=labels), hanging=2)
    yield Aside(command=f"ptce why {case.ref}")


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


def received_data(done: Receipt) -> dict[str, Any]:
    """`ptce receive --json`."""
    return {
        "ref": done.case.ref,
        "sheet": done.sheet,
        "received_at": done.at,
        "evidence": done.evidence,
        "counts": done.counts,
        "before": done.before,
        "missing": done.missing,
        "line": done.case.version,
    }
