"""The jury's grids as they are printed: what was written, what a filled-in one changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.output import Output
from ptce_workflow.papers.report import Column, Table
from ptce_workflow.papers.wording import mark_said
from ptce_workflow.process.explain.naming import institution_label, name_of

if TYPE_CHECKING:
    from ptce_workflow.app.jury.grid import Marked, Taken
    from ptce_workflow.process.model.sheets import Sheet
    from ptce_workflow.process.panel.grid import Grid
    from ptce_workflow.process.process import Process

_BETWEEN = " · "


def written_data(file: Path, grid: Grid) -> dict[str, Any]:
    """`ptce jury grid -o FILE --json`."""
    stamp, count = grid.stamp, len(grid.rows)
    return _data(file, stamp["institution"], stamp["panel"], count, recorded=0, changes=[])


def taken_data(file: Path, taken: Taken) -> dict[str, Any]:
    """`ptce jury grid --import FILE --json`; marks in hundredths, null for no opinion."""
    changes = [
        {
            "ref": row.case.ref,
            "field": change.field,
            "cell": change.cell,
            "is_new": change.is_new,
            "old": change.old,
            "new": change.new,
        }
        for row in taken.changed
        for change in row.changes
    ]
    recorded = len(taken.changed)
    return _data(
        file, taken.institution, taken.panel, len(taken.rows), recorded=recorded, changes=changes
    )


def _data(
    file: Path, institution: str, panel: str, rows: int, *, recorded: int, changes: list[Any]
) -> dict[str, Any]:
    return {
        "file": str(file),
        "institution": institution,
        "panel": panel,
        "rows": rows,
        "recorded": recorded,
        "changes": changes,
    }


def print_written(out: Output, file: Path, grid: Grid) -> None:
    """`ptce jury grid -o FILE`: whose grid it is, how much it asks, what to do with it."""
    count = len(grid.rows)
    told = n_("{count} candidature", "{count} candidatures", count)
    out.title(grid.institution, _BETWEEN + told.format(count=speech.number(count, language())))
    if not count:
        out.tell(_("No candidature waits for the marks of this institution: the grid is empty."))
    out.tell(_("Written: {file}").format(file=file))
    out.next_step(f"ptce jury grid --import {_quoted(file)}")


def print_changes(out: Output, process: Process, file: Path, taken: Taken) -> None:
    """Prints what a grid would change, candidature by candidature, and what it leaves as it is."""
    sheet = process.definition.sheets[taken.panel]
    label = institution_label(process, taken.institution)
    out.title(label, _BETWEEN + file.name)
    if taken.changed:
        columns = [
            Column(_("ref.")),
            Column(_("collective"), flexible=True),
            Column(_("what changes"), flexible=True),
        ]
        rows = [
            [row.case.ref, name_of(process, row.case), "\n".join(_told(sheet, row))]
            for row in taken.changed
        ]
        out.table(Table(columns, rows))
    for line in _counts(taken):
        out.tell(line, hanging="  ")


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
            told = _("new") if change.is_new else _("changed")
            yield _("{label}: {value}").format(label=label, value=told)


def _counts(taken: Taken) -> Iterator[str]:
    """The counts of what a grid leaves as it is, and of what it still lacks."""
    same = sum(row.same for row in taken.rows)
    if same:
        yield _number(
            n_(
                "{count} answer is recorded already.", "{count} answers are recorded already.", same
            ),
            same,
        )
    silent = sum(row.silent for row in taken.rows)
    if silent:
        told = n_(
            "{count} cell is empty where something is recorded: it stays.",
            "{count} cells are empty where something is recorded: it stays.",
            silent,
        )
        yield _number(told, silent)
    lacking = sum(row.lacking for row in taken.rows)
    if lacking:
        told = n_("{count} mark is still to come.", "{count} marks are still to come.", lacking)
        yield _number(told, lacking)


def _number(message: str, count: int) -> str:
    return message.format(count=speech.number(count, language()))


def question(taken: Taken) -> str:
    """The question asked before the marks of a grid are recorded."""
    count = len(taken.changed)
    told = n_(
        "Record this for {count} candidature?", "Record this for {count} candidatures?", count
    )
    return _number(told, count)


def print_recorded(out: Output, taken: Taken) -> None:
    """Prints what was recorded, in a line."""
    count = len(taken.changed)
    if not count:
        out.say(_("Nothing changes: nothing was recorded."))
        return
    told = n_(
        "Recorded for {count} candidature, in one line of the ledger.",
        "Recorded for {count} candidatures, a line of the ledger each.",
        count,
    )
    out.say(_number(told, count))
    out.next_step("ptce jury rank")


def _quoted(file: Path) -> str:
    return f'"{file}"' if " " in str(file) else str(file)
