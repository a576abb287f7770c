"""The sittings that were held, as they are listed: `ptce minutes --list`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.instants import to_text
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.layout import Column
from ptce_workflow.cli.output import Output

if TYPE_CHECKING:
    from ptce_workflow.desk.sittings import Held, SittingTold
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


def print_sittings(out: Output, process: Process, found: Sequence[Held]) -> None:
    """`ptce minutes --list`: number, sitting, day, call, who was there, what it decided."""
    if not found:
        out.advise(_("No sitting was held yet. To hold one: {command}"), "ptce deliberate --help")
        return
    columns = [
        Column(_("no."), "right"),
        Column(_("sitting"), flexible=True),
        Column(_("when")),
        Column(_("call"), "right"),
        Column(_("present"), "right"),
        Column(_("decided"), "right"),
        Column(_("line"), "right"),
    ]
    rows = [
        [
            str(one.number),
            _label(process, one.name),
            speech.short_instant(one.at, process.zone, language()),
            str(one.call),
            str(len(one.present)),
            str(one.decided),
            str(one.closed),
        ]
        for one in found
    ]
    out.table(columns, rows)


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
