"""The sittings that were held, as they are listed: `ptce minutes --list`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.instants import to_text
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.output import Output
from ptce_workflow.papers.report import (
    Column,
    NextStep,
    Report,
    Table,
    count,
    instant,
    of_contest,
)

if TYPE_CHECKING:
    from ptce_workflow.app.jury.sittings import Held, SittingTold
    from ptce_workflow.process.process import Process


_LONGEST = 9
"""How many figures a number may have: more are none that was ever given."""


def sittings_data(found: Sequence[Held]) -> list[dict[str, Any]]:
    """`ptce minutes --json`."""
    return [
        {
            "number": one.number,
            "sitting": one.name,
            "call": one.call,
            "at": to_text(one.at),
            "line": one.line,
            "closed": one.closed,
            "hash": one.hash,
            "present": list(one.present),
            "chair": one.chair,
            "decided": one.decided,
        }
        for one in found
    ]


def sittings_report(process: Process, found: Sequence[Held], now: datetime) -> Report:
    """`ptce minutes --list`: number, sitting, day, call, who was there, what it decided."""
    columns = [
        Column(_("no."), number=True, share=1),
        Column(_("sitting"), flexible=True, share=5),
        Column(_("when"), share=3),
        Column(_("call"), number=True, share=2),
        Column(_("present"), number=True, share=2),
        Column(_("decided"), number=True, share=2),
        Column(_("line"), number=True, share=2),
    ]
    rows = [
        [
            count(one.number),
            _label(process, one.name),
            instant(one.at, process.zone, speech.short_instant(one.at, process.zone, language())),
            count(one.call),
            count(len(one.present)),
            count(one.decided),
            count(one.closed),
        ]
        for one in found
    ]
    none = NextStep(_("No sitting was held yet. To hold one: {command}"), "ptce deliberate --help")
    return of_contest(process, _("Sittings"), now, [Table(columns, rows) if rows else none])


def _label(process: Process, name: str) -> str:
    sitting = process.definition.config.sittings.get(name)
    return sitting.label.in_(language()) if sitting else name


def number_typed(word: str | None) -> int | None:
    """The number of a sitting.

    *Raises* Misuse for anything else.
    """
    if word is None:
        return None
    if not (word.isascii() and word.isdigit() and len(word) <= _LONGEST):
        raise Misuse(
            _('"{word}" is not the number of a sitting.').format(word=shown(word)),
            mend=_("Those that were held: {command}").format(command="ptce minutes --list"),
        )
    return int(word)


def print_written(out: Output, told: SittingTold, file: Path) -> None:
    """`ptce minutes -o FILE`: which sitting it is, and the hash that a copy keeps."""
    label = _label(told.process, told.held.name)
    count = told.held.decided
    decided = n_("{count} decision", "{count} decisions", count).format(count=count)
    out.tell(f"{label} · {decided}")
    out.tell(_("The minutes are in {file}.").format(file=file))
    said = _("Line {n} of the ledger has the hash {hash}.")
    out.tell(said.format(n=told.held.closed, hash=told.held.hash))
