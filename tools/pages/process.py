"""The holes of the page on a process: the process itself, and how its values are told."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base import speech
from ptce_workflow.base.geography import Gazetteer
from ptce_workflow.base.words import _, speaking
from ptce_workflow.cli.views.contest import role_label
from ptce_workflow.process.explain import Teller, mermaid
from ptce_workflow.process.model.definition import START, Rule
from ptce_workflow.process.model.shared import Text, in_hundredths
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Moment

ROOT = Path(__file__).resolve().parents[2]
_NO_TIME = datetime.fromtimestamp(0, UTC)
_NOBODY = Case("", "", START, _NO_TIME, 0)


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

    def roles(names: tuple[str, ...]) -> str:
        with speaking(language):
            return ", ".join(role_label(name) for name in names)

    values = _Values(process, language, Gazetteer)
    common = process.definition.any.transitions
    return {
        "process": process,
        "diagram": mermaid(process, language).rstrip(),
        "said": said,
        "mark": mark,
        "moment": moment,
        "roles": roles,
        "says": values.sentence,
        "value": values.of,
        # What leaves several states is told once.
        "shared": {
            name: [said(process.states[state].label) for state in one.from_]
            for name, one in common.items()
        },
        "common": [process.ways(one.from_[0])[name] for name, one in common.items()],
        "instant": lambda name: instant(process, name, language),
    }


class _Values(Teller):
    """Tells what a process itself fixes, and by its label what hangs on a candidature."""

    def of(self, name: str) -> str:
        """A value of the folder, as people read it."""
        with speaking(self.language):
            return self.value(name, _NOBODY, Moment(_NO_TIME))

    def sentence(self, rule: Rule) -> str:
        """What a rule says."""
        with speaking(self.language):
            return self.says(rule, _NOBODY, Moment(_NO_TIME))

    def value(self, name: str, case: Case, moment: Moment) -> str:
        """A value of the folder; in quotation marks the label of what is known later."""
        known = self.known(name, case, moment)
        return _("“{name}”").format(name=self.label(name)) if known is None else known


def instant(process: Process, name: str, language: str) -> str:
    """A date of the contest: its day and hour where it stands still, and how it is reckoned."""
    at, fixed = process.definition.config.dates[name].at, process.dates.fixed.get(name)
    written = f"`{at}`" if isinstance(at, str) else ""
    if fixed is None:
        return written
    local = speech.long_instant(fixed.astimezone(process.zone), process.zone, language)
    return f"{local} ({written})" if written else local
