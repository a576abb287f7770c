"""The holes of the page on a process: the process itself, and how its values are told."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import ptce_workflow.base.words as speech
from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.words import speaking
from ptce_workflow.exports.diagram import mermaid
from ptce_workflow.process.explain import General
from ptce_workflow.process.model.base import Text, in_hundredths
from ptce_workflow.process.model.definition import Request
from ptce_workflow.process.process import Process, role_label

ROOT = Path(__file__).resolve().parents[2]


def holes(language: str) -> dict[str, Any]:
    """The values of the page on the contest of the rulebook, in a language."""
    return holes_of(Process.load(read_folder(ROOT)), language)


def holes_of(process: Process, language: str) -> dict[str, Any]:
    """The values of the page on a process, in a language."""

    def said(text: Text | None) -> str:
        return "" if text is None else text.in_(language)

    def mark(value: Decimal) -> str:
        return speech.hundredths(in_hundredths(value), language)

    def moment(at: object) -> str:
        known = str(at).removeprefix("date.") in process.dates.fixed
        return values.of(str(at)) if known else f"`{at}`"

    def asked_in(request: Request, since: str, until: str) -> str:
        return ", ".join(
            said(process.states[state].label)
            + (f" {since} {moment(start)}" if start else "")
            + (f" {until} {moment(end)}" if start and end else "")
            for state, (start, end) in request.windows.items()
        )

    def roles(names: tuple[str, ...]) -> str:
        with speaking(language):
            return ", ".join(role_label(name) for name in names)

    values = General(process, language)
    common = process.definition.any.transitions
    return {
        "process": process,
        "diagram": mermaid(process, language).rstrip(),
        "said": said,
        "mark": mark,
        "moment": moment,
        "roles": roles,
        "asked_in": asked_in,
        "says": values.sentence,
        "value": values.of,
        # What leaves several states is told once.
        "shared": {
            name: [said(process.states[state].label) for state in one.from_]
            for name, one in common.items()
        },
        "common": [process.edges(one.from_[0])[name] for name, one in common.items()],
        "instant": lambda name: instant(process, name, language),
    }


def instant(process: Process, name: str, language: str) -> str:
    """A date of the contest: its day and hour where it stands still, and how it is reckoned."""
    at, fixed = process.definition.config.dates[name].at, process.dates.fixed.get(name)
    written = f"`{at}`" if isinstance(at, str) else ""
    if fixed is None:
        return written
    local = speech.long_instant(fixed.astimezone(process.zone), process.zone, language)
    return f"{local} ({written})" if written else local
