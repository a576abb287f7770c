"""The outbox as it is printed: what waits, what was decided, what asks for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from ptce_workflow.base import speech
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.lists import MAILS, to_whom
from ptce_workflow.papers.report import (
    Aside,
    Lead,
    NextStep,
    Note,
    Paragraph,
    Part,
    Report,
    detail,
    of_contest,
)
from ptce_workflow.process.letters.outbox import ASKING, ENDED, Stage, label_of

if TYPE_CHECKING:
    from ptce_workflow.app.post.ahead import Waiting
    from ptce_workflow.app.post.desk import Posted
    from ptce_workflow.app.post.untold import Untold
    from ptce_workflow.process.process import Process

OPEN = tuple(str(stage) for stage in Stage if stage not in ENDED)
"""The stages of a mail that has not left yet, or needs a person."""

EVERY = tuple(map(str, Stage))


def stage_labels() -> dict[str, str]:
    """The label of each stage, by its name."""
    return {str(stage): label_of(stage) for stage in Stage}


def list_report(
    process: Process,
    posted: Sequence[Posted],
    now: datetime,
    waiting: Waiting | None = None,
    *,
    server: bool = True,
    then: bool = False,
) -> Report:
    """`ptce mail list`: how many at each stage, then each with its hour and its reader.

    Beside it, the first mail that asks for a person, and why what is due has not left. `then` says
    that all of it is as of an earlier instant.
    """
    parts: list[Part] = [Paragraph(_("No such mail."))]
    if posted:
        parts = [Lead(_counted(len(posted)), _by_stage(posted)), MAILS.table(process, posted, now)]
    asking = (one.name for stage in ASKING for one in posted if one.stage is stage)
    parts += [Aside(command=f"ptce mail show {name}") for name in islice(asking, 1)]
    if waiting is not None:
        parts += why_waiting(process, waiting, server=server)
    if then:
        parts.append(Note(_("No line tells which of the planned ones the courier had in hand.")))
    return of_contest(process, _("Mails"), now, parts)


def _counted(count: int) -> str:
    told = n_("{count} mail", "{count} mails", count)
    return told.format(count=speech.number(count, language()))


def _by_stage(posted: Sequence[Posted]) -> str:
    stages = [one.stage for one in posted]
    return ", ".join(
        _("{label}: {value}").format(
            label=label_of(stage), value=speech.number(stages.count(stage), language())
        )
        for stage in Stage
        if stage in stages
    )


def released(process: Process, those: Sequence[Posted], now: datetime) -> Iterator[Part]:
    """`ptce mail release`: what leaves, and when."""
    count = len(those)
    told = n_("{count} mail is released:", "{count} mails are released:", count)
    yield Paragraph(told.format(count=speech.number(count, language())), heads=True)
    yield MAILS.table(process, those, now)
    yield from _next_step(those, now)


def changed(those: Sequence[Posted], now: datetime) -> Iterator[Part]:
    """`ptce mail resolve` and `retry`: what became of each mail, in a line."""
    for one in those:
        told = _("{message}, {label}, to {to}: {stage}.").format(
            message=one.name, label=one.label, to=to_whom(one), stage=label_of(one.stage)
        )
        yield Paragraph(told, hanging=2)
        if one.stage is Stage.BOUNCED:
            yield Paragraph(_("Nothing counts from its sending any more."), hanging=2)
            again, undo = f"ptce mail retry {one.name}", f"ptce mail resolve {one.name} --sent"
            yield NextStep(_("Once its address is right: {command}"), again)
            yield NextStep(_("If it did arrive after all: {command}"), f'{undo} --reason "…"')
    yield from _next_step(those, now)


def none_failed() -> Iterator[Part]:
    """`ptce mail retry --failed`, where no mail has failed."""
    yield Paragraph(_("No mail has failed."))


def restarted() -> Iterator[Part]:
    """`ptce mail retry`, without a name."""
    yield Paragraph(_("Mail may leave again at once."))
    yield Aside(command="ptce tick")


def _next_step(those: Sequence[Posted], now: datetime) -> Iterator[Part]:
    """The command that has them leave; one that is not due yet leaves by itself."""
    held = [one.name for one in those if one.stage is Stage.HELD]
    if held:
        yield Aside(command=reads(held))
    elif any(one.stage is Stage.PLANNED and one.next_at <= now for one in those):
        yield Aside(command="ptce tick")


def reads(held: Sequence[str]) -> str:
    """The command to type to read mails that wait for it."""
    [first, *others] = held
    return "ptce mail list --state held" if others else f"ptce mail show {first}"


def waiting_told(waiting: Waiting, *, server: bool = True) -> str:
    """The counts of mails that ask for a person, or are due, in one line; empty when none are.

    `server` is whether a mail server is set at all.
    """
    again = waiting.retried
    counts = (
        (waiting.held, n_("{count} to be read", "{count} to be read", waiting.held)),
        (waiting.uncertain, n_("{count} uncertain", "{count} uncertain", waiting.uncertain)),
        (waiting.failed, n_("{count} failed", "{count} failed", waiting.failed)),
        (waiting.bounced, n_("{count} came back", "{count} came back", waiting.bounced)),
        (waiting.expired, n_("{count} too late", "{count} too late", waiting.expired)),
        (again, n_("{count} to be tried again", "{count} to be tried again", again)),
        (waiting.late, n_("{count} to leave", "{count} to leave", waiting.late)),
    )
    parts = [told.format(count=speech.number(n, language())) for n, told in counts if n]
    if waiting.paused:
        parts.append(_("the courier is paused"))
    elif waiting.late and not server:
        parts.append(_("no mail server is set"))
    return ", ".join(parts)


def untold_parts(found: Sequence[Untold]) -> Iterator[Part]:
    """Below a list: each decision that nobody was told, since when, and why."""
    if found:
        yield Paragraph(_("Decisions not told yet:"), heads=True)
        yield from map(detail, untold_lines(found, most=20))


def untold_lines(found: Sequence[Untold], most: int | None = None) -> list[str]:
    """A line for each decision that nobody was told, or for some and how many more there are."""
    lines = [
        _("{ref} {name}: {label}, {since}: {why} ({message})").format(
            ref=one.ref,
            name=one.candidature or _("(erased)"),
            label=one.label,
            since=speech.days_from_now(-one.days, language()),
            why=one.why,
            message=one.message,
        )
        for one in found[:most]
    ]
    more = len(found) - len(lines)
    if more:
        told = n_("and {count} more", "and {count} more", more)
        lines.append(told.format(count=speech.number(more, language())))
    return lines


def letters_ahead(process: Process, letters: Sequence[Posted]) -> Iterator[Part]:
    """The mails that an act would have leave: when, what about, to whom."""
    if not letters:
        yield Paragraph(_("Nobody is written to."))
        return
    yield Paragraph(_("Mails that would leave:"), heads=True)
    for one in sorted(letters, key=lambda letter: letter.due):
        yield detail(_letter_ahead(process, one))


def _letter_ahead(process: Process, one: Posted) -> str:
    when = speech.long_instant(one.due, process.zone, language())
    to = f"{one.to} <{one.address}>" if one.address else one.to
    told = _("{when} · {label} · to {to}").format(when=when, label=one.label, to=to)
    if not one.address:
        told += " · " + _("no address is known")
    return told + (" · " + _("a person reads it first") if one.held else "")


def waiting_step(waiting: Waiting, *, server: bool) -> Iterator[NextStep]:
    """Below `ptce list`: what about mail asks for a person, and where it is told."""
    told = waiting_told(waiting, server=server)
    if told:
        if waiting.paused or not server:
            command = "ptce doctor"
        elif waiting.held or waiting.uncertain or waiting.failed or waiting.bounced:
            command = "ptce mail list"
        elif waiting.expired:
            command = "ptce mail list --state expired"
        else:
            command = "ptce tick" if waiting.late else ""
        again = "ptce mail list --state retry" if waiting.retried else ""
        command = " · ".join(filter(None, (command, again)))
        yield NextStep(
            _("Mails: {told} · {command}").format(told=told, command="{command}"), command
        )


def why_waiting(process: Process, waiting: Waiting, *, server: bool) -> Iterator[Part]:
    """Below `ptce mail list` and `ptce tick`: why what is due has not left, and what to type."""
    if waiting.paused:
        until, why = waiting.paused_until, waiting.paused
        told = _("No mail leaves for now: {why}").format(why=why)
        if until is not None:
            when = speech.long_instant(until, process.zone, language())
            told = _("No mail leaves before {when}: {why}").format(when=when, why=why)
        yield Aside(told, "ptce doctor")
    elif waiting.late:
        count = waiting.late
        told = (
            n_(
                "{count} mail is due: `ptce tick` sends it, `ptce doctor` tells what is in its "
                "way.",
                "{count} mails are due: `ptce tick` sends them, `ptce doctor` tells what is in "
                "their way.",
                count,
            )
            if server
            else n_(
                "{count} mail is due and waits: no mail server is set. `ptce doctor` tells more.",
                "{count} mails are due and wait: no mail server is set. `ptce doctor` tells more.",
                count,
            )
        )
        yield Aside(told.format(count=speech.number(count, language())))
