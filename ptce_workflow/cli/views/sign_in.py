"""A sign-in sheet that came back, as it is printed: what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.output import Output
from ptce_workflow.papers.report import Column, Table
from ptce_workflow.process.fields import OptionField, SignedFor

if TYPE_CHECKING:
    from ptce_workflow.papers.sign_in import Signed
    from ptce_workflow.process.rules.case import Case


def changes_data(signed: Signed) -> list[dict[str, Any]]:
    """`ptce sign-in --import --json`: every answer that it changes, by the names of options."""
    return [
        {
            "ref": change.ref,
            "who": change.who or None,
            "asked": change.asked.label.in_(language()),
            "before": change.before,
            "after": change.after,
        }
        for change in signed.changes
    ]


def print_changes(out: Output, file: Path, signed: Signed) -> None:
    """`ptce sign-in --import`, before anything is recorded."""
    if not signed.changes:
        out.tell(_("{file}: nothing to change.").format(file=file.name))
        return
    columns = [
        Column(_("ref.")),
        Column(_("who"), flexible=True),
        Column(_("asked"), flexible=True),
        Column(_("before"), flexible=True),
        Column(_("after"), flexible=True),
    ]
    rows = [
        [
            change.ref,
            change.who,
            change.asked.label.in_(language()),
            _said(change.asked, change.before),
            _said(change.asked, change.after),
        ]
        for change in signed.changes
    ]
    out.table(Table(columns, rows))


def _said(asked: SignedFor, value: str | None) -> str:
    if value is None:
        return "–"
    if isinstance(asked, OptionField) and value in asked.options:
        return asked.options[value].in_(language())
    return value


def question(signed: Signed) -> str:
    """The question asked before a sheet is recorded."""
    count = len(signed.changes)
    return n_("Record this change?", "Record these {count} changes?", count).format(count=count)


def print_recorded(out: Output, recorded: Sequence[Case]) -> None:
    """`ptce sign-in --import`, once it is recorded."""
    count = len(recorded)
    out.tell(
        n_("Recorded for {count} candidature.", "Recorded for {count} candidatures.", count).format(
            count=count
        )
    )
