"""Forms as they are told of: what was written to be filled in, what one that came back changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.papers.changes import parted
from ptce_workflow.papers.listing import Col, JsonObject, table
from ptce_workflow.papers.ranking import mark_said
from ptce_workflow.papers.report import Aside, Lead, Paragraph, Part
from ptce_workflow.process.fields import OptionField, SignedFor
from ptce_workflow.process.process import institution_label, name_of, noun_of

if TYPE_CHECKING:
    from ptce_workflow.app.jury.grid import Marked, Taken
    from ptce_workflow.papers.sign_in import Signed
    from ptce_workflow.process.model.sheets import Sheet
    from ptce_workflow.process.panel.forms import Grid, Returned
    from ptce_workflow.process.process import Process


@dataclass(frozen=True, slots=True)
class FormChanges:
    """The changes of a form that came back: as they are shown, and as `data`.

    `question` is asked before they are recorded; it is empty where nothing changes. `recorded` is
    said at the end.
    """

    data: Any
    question: str
    shown: Sequence[Part]
    recorded: Sequence[Part] = ()


def grid_written(file: Path, grid: Grid) -> Iterator[Part]:
    """`ptce jury grid -o FILE`: whose grid it is, how much it asks, what to do with it."""
    count = len(grid.rows)
    told = n_("{count} candidature", "{count} candidatures", count)
    yield Lead(grid.institution, _number(told, count))
    if not count:
        told = _("No candidature waits for the marks of this institution: the grid is empty.")
        yield Paragraph(told)
    yield Paragraph(_("Written: {file}").format(file=file))
    named = f'"{file}"' if " " in str(file) else file
    yield Aside(command=f"ptce jury grid --import {named}")


def grid_changes(process: Process, file: Path, taken: Taken, filled: Returned) -> FormChanges:
    """The changes of a grid, candidature by candidature; marks in hundredths for programs."""
    sheet, count = process.definition.sheets[taken.panel], len(taken.changed)
    shown = table(
        process,
        taken.changed,
        Col(_("ref."), "case.ref"),
        Col(noun_of, lambda row: name_of(process, row.case), flexible=True),
        Col(_("what changes"), lambda row: _told(sheet, row), flexible=True),
    )
    changes = [JsonObject(one, ref=row.case.ref) for row in taken.changed for one in row.changes]
    left = [cell for cells in filled.left.values() for cell in cells]
    data = JsonObject(
        taken, file=file, rows=len(taken.rows), recorded=count, changes=changes, left=left
    )
    lead = Lead(institution_label(process, taken.institution), file.name)
    told_beside = (*filled.differences(), *_counts(taken))
    counts = [Paragraph(told, hanging=2) for told in told_beside]
    if not count:
        unchanged = Paragraph(_("Nothing changes: nothing was recorded."))
        return FormChanges(data, "", (lead, *counts), (unchanged,))
    question = n_(
        "Record this for {count} candidature?", "Record this for {count} candidatures?", count
    )
    told = n_(
        "Recorded for {count} candidature, in one line of the ledger.",
        "Recorded for {count} candidatures, a line of the ledger each.",
        count,
    )
    return FormChanges(
        data,
        _number(question, count),
        (lead, shown, *counts),
        (Paragraph(_number(told, count)), Aside(command="ptce jury rank")),
    )


def _told(sheet: Sheet, row: Marked) -> Iterator[str]:
    """The changes of a candidature: how many marks are new, and each that was another."""
    marks = [change for change in row.changes if change.field in sheet.criteria]
    fresh = sum(change.is_new for change in marks)
    if fresh:
        yield n_("{count} new mark", "{count} new marks", fresh).format(count=fresh)
    for change in row.changes:
        label = sheet.fields[change.field].label.in_(language())
        if change in marks and not change.is_new:
            told = " → ".join(mark_said(mark) for mark in (change.old, change.new))
            yield _("{label}: {value}").format(label=label, value=told)
        elif change not in marks:
            was = "" if change.is_new else str(change.old or "")
            told = parted(was, str(change.new or ""))
            yield _("{label}: {value}").format(label=label, value=told)


def _counts(taken: Taken) -> Iterator[str]:
    same = sum(row.same for row in taken.rows)
    silent = sum(row.silent for row in taken.rows)
    lacking = sum(row.lacking for row in taken.rows)
    if same:
        told = n_(
            "{count} answer is recorded already.", "{count} answers are recorded already.", same
        )
        yield _number(told, same)
    if silent:
        told = n_(
            "{count} cell is empty where something is recorded: it stays.",
            "{count} cells are empty where something is recorded: it stays.",
            silent,
        )
        yield _number(told, silent)
    if lacking:
        told = n_("{count} mark is still to come.", "{count} marks are still to come.", lacking)
        yield _number(told, lacking)


def _number(message: str, count: int) -> str:
    return message.format(count=speech.number(count, language()))


def sheet_changes(file: Path, signed: Signed) -> FormChanges:
    """The changes of a sign-in sheet, answer by answer; for programs by the names of options."""
    count = len(signed.changes)
    shown = table(
        None,
        signed.changes,
        Col(_("ref."), "ref"),
        Col(_("who"), "who", flexible=True),
        Col(_("asked"), "asked", flexible=True),
        Col(_("before"), lambda one: _said(one.asked, one.before), flexible=True),
        Col(_("after"), lambda one: _said(one.asked, one.after), flexible=True),
    )
    data = signed.changes
    remarks = [Paragraph(remark, hanging=2) for remark in signed.remarks]
    if not count:
        unchanged = _("{file}: nothing to change.").format(file=file.name)
        return FormChanges(data, "", (*remarks, Paragraph(unchanged, hanging=2)))
    cases = len(signed.facts)
    told = n_("Recorded for {count} candidature.", "Recorded for {count} candidatures.", cases)
    question = n_("Record this change?", "Record these {count} changes?", count)
    return FormChanges(
        data,
        question.format(count=count),
        (shown, *remarks),
        (Paragraph(told.format(count=cases)),),
    )


def _said(asked: SignedFor, value: str | None) -> str:
    if value is None:
        return "–"
    if isinstance(asked, OptionField) and value in asked.options:
        return asked.options[value].in_(language())
    return value
