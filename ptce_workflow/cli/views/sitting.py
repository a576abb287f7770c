"""The sittings of the jury, as they are called and as they were held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.lists import SITTINGS
from ptce_workflow.papers.report import (
    Aside,
    NextStep,
    Paragraph,
    Part,
    Report,
    detail,
    of_contest,
)
from ptce_workflow.process.process import institution_label

if TYPE_CHECKING:
    from ptce_workflow.app.jury.convocation import Convened
    from ptce_workflow.app.jury.sittings import SittingSummary, SittingTold
    from ptce_workflow.process.process import Process


def convened(done: Convened) -> Iterator[Part]:
    """`ptce convene`: which call, for when and where, in how many days, who is told and how."""
    call, process = done.call, done.process
    label = _label(process, done.sitting)
    yield Paragraph(_("{sitting} · call {call}").format(sitting=label, call=call.call))
    if done.before is not None:
        was = speech.long_instant(from_text(done.before.at), process.zone, language())
        yield detail(_("instead of: {when}").format(when=was))
    when = speech.long_instant(from_text(call.at), process.zone, language())
    yield detail(_("meets on: {when}").format(when=when))
    if call.place:
        yield detail(_("place: {place}").format(place=call.place))
    ahead = n_("{count} day from today", "{count} days from today", done.days)
    yield detail(ahead.format(count=done.days))
    if done.told is not None:
        name, at = done.told
        told = _("called by other means: {label}, {when}")
        when = speech.long_instant(at, process.zone, language())
        yield detail(told.format(label=institution_label(process, name), when=when))
    for rule in done.late:
        yield Paragraph(
            _(
                "Even if it is told today, it is too late for this rule of the sitting: {rule}"
            ).format(rule=rule)
        )
    if not process.definition.calls(done.sitting):
        yield Paragraph(_("No mail of this contest calls it: it is called otherwise."))
        return
    if done.told is None:
        mails = n_("{count} mail calls it.", "{count} mails call it.", done.mails)
        yield detail(mails.format(count=done.mails))
    if done.held:
        told = n_(
            "{count} waits to be read, and the notice counts from its departure: {command}",
            "{count} wait to be read, and the notice counts from their departure: {command}",
            done.held,
        )
        yield NextStep(told.replace("{count}", str(done.held)), "ptce mail list --state held")
    if done.unreached:
        told = _("Not called, since no mail can reach them: {names}")
        yield Paragraph(told.format(names=_named(process, done.unreached)))
        yield NextStep(
            _("If they are told otherwise: {command}"),
            f"ptce convene {done.sitting} --told {done.unreached[0]} --at … --evidence …",
        )
        yield Aside(command="ptce people enrol --help")
    yield Aside(command="ptce mail list")


def _named(process: Process, institutions: Sequence[str]) -> str:
    return _("; ").join(institution_label(process, one) for one in institutions)


_LONGEST = 9
"""The most figures that a number may have: more are none that was ever given."""


def sittings_report(process: Process, found: Sequence[SittingSummary], now: datetime) -> Report:
    """`ptce minutes --list`: number, sitting, day, call, who was there, what it decided."""
    none = NextStep(_("No sitting was held yet. To hold one: {command}"), "ptce deliberate --help")
    shown = SITTINGS.table(process, found) if found else none
    return of_contest(process, _(SITTINGS.title), now, [shown])


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


def minutes_written(told: SittingTold, file: Path) -> Iterator[Part]:
    """`ptce minutes -o FILE`: which sitting it is, and the hash that a copy keeps."""
    label = _label(told.process, told.held.name)
    count = told.held.decided
    decided = n_("{count} decision", "{count} decisions", count).format(count=count)
    yield Paragraph(f"{label} · {decided}")
    yield Paragraph(_("The minutes are in {file}.").format(file=file))
    said = _("Line {n} of the ledger has the hash {hash}.")
    yield Paragraph(said.format(n=told.held.closed, hash=told.held.hash))
