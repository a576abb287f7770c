"""Forms as they are told of: what was written to be filled in, what one that came back changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.output import Output
from ptce_workflow.papers.changes import parted
from ptce_workflow.papers.ranking import mark_said
from ptce_workflow.papers.report import Column, Table
from ptce_workflow.process.fields import OptionField, SignedFor
from ptce_workflow.process.process import institution_label, name_of, noun_of

if TYPE_CHECKING:
    from ptce_workflow.app.jury.grid import Marked, Taken
    from ptce_workflow.papers.sign_in import Signed
    from ptce_workflow.process.model.sheets import Sheet
    from ptce_workflow.process.panel.forms import Grid
    from ptce_workflow.process.process import Process

_BETWEEN = " · "


@dataclass(frozen=True, slots=True)
class FormChanges:
    """The changes of a form that came back: as a table, in lines below it, and as `data`.

    `question` is asked before they are recorded; it is empty where nothing changes. `recorded` is
    said at the end, and `following` is the command to type next.
    """

    data: Any
    question: str
    table: Table | None
    lines: Sequence[str] = ()
    title: tuple[str, str] | None = None
    recorded: str = ""
    following: str = ""


def print_changes(out: Output, changes: FormChanges) -> None:
    """Prints what a form would change, before anything is recorded."""
    if changes.title is not None:
        out.title(*changes.title)
    if changes.table is not None:
        out.table(changes.table)
    for line in changes.lines:
        out.tell(line, hanging="  ")


def print_recorded(out: Output, changes: FormChanges) -> None:
    """Prints what was recorded, and what is next."""
    if changes.recorded:
        out.tell(changes.recorded)
    if changes.question and changes.following:
        out.next_step(changes.following)


def grid_written(file: Path, grid: Grid) -> Mapping[str, Any]:
    """`ptce jury grid -o FILE --json`."""
    stamp, count = grid.stamp, len(grid.rows)
    return _data(file, stamp["institution"], stamp["panel"], count, [], recorded=0)


def print_grid_written(out: Output, file: Path, grid: Grid) -> None:
    """`ptce jury grid -o FILE`: whose grid it is, how much it asks, what to do with it."""
    count = len(grid.rows)
    told = n_("{count} candidature", "{count} candidatures", count)
    out.title(grid.institution, _BETWEEN + _number(told, count))
    if not count:
        out.tell(_("No candidature waits for the marks of this institution: the grid is empty."))
    out.tell(_("Written: {file}").format(file=file))
    named = f'"{file}"' if " " in str(file) else file
    out.next_step(f"ptce jury grid --import {named}")


def grid_changes(process: Process, file: Path, taken: Taken) -> FormChanges:
    """The changes of a grid, candidature by candidature; marks in hundredths for programs."""
    sheet, count = process.definition.sheets[taken.panel], len(taken.changed)
    columns = [
        Column(_("ref.")),
        Column(noun_of(process), flexible=True),
        Column(_("what changes"), flexible=True),
    ]
    rows = [
        [row.case.ref, name_of(process, row.case), "\n".join(_told(sheet, row))]
        for row in taken.changed
    ]
    data = [
        {"ref": row.case.ref}
        | {name: getattr(change, name) for name in ("field", "cell", "is_new", "old", "new")}
        for row in taken.changed
        for change in row.changes
    ]
    told, following = _("Nothing changes: nothing was recorded."), "ptce jury rank"
    if count:
        told = _number(
            n_(
                "Recorded for {count} candidature, in one line of the ledger.",
                "Recorded for {count} candidatures, a line of the ledger each.",
                count,
            ),
            count,
        )
    question = n_(
        "Record this for {count} candidature?", "Record this for {count} candidatures?", count
    )
    return FormChanges(
        _data(file, taken.institution, taken.panel, len(taken.rows), data, recorded=count),
        _number(question, count) if count else "",
        Table(columns, rows) if count else None,
        tuple(_counts(taken)),
        (institution_label(process, taken.institution), _BETWEEN + file.name),
        told,
        following,
    )


def _data(
    file: Path, institution: str, panel: str, rows: int, changes: list[Any], *, recorded: int
) -> Mapping[str, Any]:
    return {
        "file": str(file),
        "institution": institution,
        "panel": panel,
        "rows": rows,
        "recorded": recorded,
        "changes": changes,
    }


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
    """The counts of what a grid leaves as it is, and of what it still lacks."""
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
    columns = [
        Column(_("ref.")),
        Column(_("who"), flexible=True),
        Column(_("asked"), flexible=True),
        Column(_("before"), flexible=True),
        Column(_("after"), flexible=True),
    ]
    rows, data = [], []
    for change in signed.changes:
        asked = change.asked.label.in_(language())
        before, after = (_said(change.asked, value) for value in (change.before, change.after))
        rows.append([change.ref, change.who, asked, before, after])
        data.append(
            {
                "ref": change.ref,
                "who": change.who or None,
                "asked": asked,
                "before": change.before,
                "after": change.after,
            }
        )
    if not count:
        unchanged = _("{file}: nothing to change.").format(file=file.name)
        return FormChanges(data, "", None, (unchanged,))
    cases = len(signed.facts)
    told = n_("Recorded for {count} candidature.", "Recorded for {count} candidatures.", cases)
    question = n_("Record this change?", "Record these {count} changes?", count)
    return FormChanges(
        data,
        question.format(count=count),
        Table(columns, rows),
        recorded=told.format(count=cases),
    )


def _said(asked: SignedFor, value: str | None) -> str:
    if value is None:
        return "–"
    if isinstance(asked, OptionField) and value in asked.options:
        return asked.options[value].in_(language())
    return value
