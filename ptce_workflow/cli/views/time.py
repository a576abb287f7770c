"""The calendar, the passes of the scheduler and the clock, as printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.clock import local_time
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.views.cases import outcome_told
from ptce_workflow.cli.views.mail import why_waiting
from ptce_workflow.papers.report import (
    Aside,
    Lead,
    NextStep,
    Paragraph,
    Part,
    Report,
    Timeline,
    TimelineEntry,
    instant,
    of_contest,
)
from ptce_workflow.process.process import counted, named
from ptce_workflow.process.time.calendar import parse_span

if TYPE_CHECKING:
    from ptce_workflow.app.cases.deadlines import Alarm, KeptAnswers
    from ptce_workflow.app.post.ahead import Ahead, Waiting
    from ptce_workflow.app.preconditions import ClockTold
    from ptce_workflow.process.process import Process
    from ptce_workflow.scheduler.delivery import Delivered
    from ptce_workflow.scheduler.passes import Ticked


@dataclass(frozen=True, slots=True)
class ContestDate:
    """A date of the contest; `ends` is None for a mere moment."""

    name: str
    label: str
    at: datetime
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the calendar; a date stands before the mails of the same instant."""

    at: datetime
    label: str
    readers: str = ""
    held: bool = False

    @property
    def starred(self) -> str:
        """The label, with the star of what waits for a person."""
        return f"{self.label} *" if self.held else self.label


def dates_of(process: Process) -> tuple[ContestDate, ...]:
    """The dates that no candidature moves, in the order of time."""
    found = []
    for name, at in process.dates.fixed.items():
        date = process.definition.config.dates[name]
        ends = None if date.lasts is None else parse_span(date.lasts).after(at, process.zone)
        found.append(ContestDate(name, date.label.in_(language()), at, ends))
    return tuple(sorted(found, key=lambda date: date.at))


def calendar_report(
    process: Process,
    ahead: Sequence[Ahead],
    dates: Sequence[ContestDate],
    now: datetime,
    alarms: Sequence[Alarm] = (),
    kept: Sequence[KeptAnswers] = (),
) -> Report:
    """`ptce calendar`: what leaves every day; then day by day, the dates among the mails.

    The desk's own deadlines for candidatures are among them, and what is to be erased.
    """
    daily = [one for one in ahead if one.daily]
    rows = [*_dates(process, dates), *_mails(process, [one for one in ahead if not one.daily])]
    rows += [_Row(one.at, str(one.label), one.ref) for one in alarms if one.at >= now]
    for one in kept:
        if one.at >= now:
            label = _("to be erased: {sheet}").format(sheet=one.label)
            rows.append(_Row(one.at, label, counted(process, len(one.refs))))
    parts: list[Part] = [Lead(label, told) for label, told in _daily(process, daily)]
    if rows:
        rows.sort(key=lambda row: (row.at, bool(row.readers)))
        parts.append(Timeline([_event(process, row) for row in rows]))
    if any(row.held for row in rows):
        told = _("* waits for a person who reads it: ptce mail list --state held")
        parts.append(Paragraph(told, hanging=2))
    return of_contest(process, _("Calendar"), now, parts or [Paragraph(_("Nothing lies ahead."))])


def _event(process: Process, row: _Row) -> TimelineEntry:
    local = local_time(row.at, process.zone)
    day, hour = speech.long_date(local.date(), process.zone, language()), f"{local:%H:%M}"
    at = instant(row.at, process.zone, f"{day}, {hour}")
    return TimelineEntry(day[0].upper() + day[1:], hour, at, row.starred, row.readers)


def _dates(process: Process, dates: Sequence[ContestDate]) -> Iterator[_Row]:
    for date in dates:
        label = date.label
        if date.ends is not None:
            ends = speech.clock(date.ends, process.zone, language())
            label = _("{label} (until {hour})").format(label=label, hour=ends)
        yield _Row(date.at, label)


def _daily(process: Process, daily: Sequence[Ahead]) -> Iterator[tuple[str, str]]:
    """The mails of every working day: their label, and when, until when and to whom.

    One that is late, or tried again, leaves at another hour, and stands beside the next one.
    """
    for notification in dict.fromkeys(one.notification for one in daily):
        same = [one for one in daily if one.notification == notification]
        first = same[0]
        written = process.definition.notifications[notification].daily
        usual = (
            time.fromisoformat(written) if written else local_time(first.at, process.zone).time()
        )
        day = local_time(first.at, process.zone).date()
        hour = speech.clock(datetime.combine(day, usual, process.zone), process.zone, language())
        starts = speech.short_date(first.at, process.zone, language())
        names = ", ".join({one.recipient: one.to for one in same}.values())
        if first.until is None:
            told = _("every working day at {hour}, from {first} on, to: {names}")
            yield first.label, told.format(hour=hour, first=starts, names=names)
            continue
        last = speech.long_date(first.until, process.zone, language())
        told = _("every working day at {hour}, from {first} to {last}, to: {names}")
        yield first.label, told.format(hour=hour, first=starts, last=last, names=names)


def _mails(process: Process, ahead: Iterable[Ahead]) -> Iterator[_Row]:
    """One row for each mail, or for those that leave at one instant and say the same."""
    together: dict[tuple[datetime, str, bool], list[Ahead]] = {}
    for one in ahead:
        together.setdefault((one.at, one.notification, one.held), []).append(one)
    for (at, _notification, held), same in together.items():
        yield _Row(at, same[0].label, _readers(process, same), held)


def _readers(process: Process, same: Sequence[Ahead]) -> str:
    if len(same) == 1:
        (one,) = same
        return f"{one.ref} {one.to}" if one.ref and one.to != one.ref else one.to
    refs = {one.ref for one in same} - {""}
    if not refs:
        return ", ".join(one.to for one in same)
    return counted(process, len(refs))


def tick_data(done: Ticked | None, waiting: Waiting) -> dict[str, Any]:
    """`ptce tick --json`; `late` counts the mails that should have left and did not.

    None is a pass that others kept from writing: it tells of nothing, and that it was `busy`.
    """
    outcomes = ("sent", "retried", "failed", "uncertain")
    mails = {name: getattr(done and done.mail, name, 0) for name in outcomes}
    return {
        "steps": done.steps if done else (),
        "mails": {"queued": done.queued if done else 0, **mails},
        "late": waiting.late,
        "paused": waiting.paused,
        "busy": done is None,
        "stopped": done and done.stopped,
    }


def ticked(process: Process, done: Ticked | None, waiting: Waiting) -> Iterator[Part]:
    """`ptce tick`: what became of each candidature and of each mail whose hour had come."""
    if done is None:
        yield Paragraph(
            _("Others were writing: what is left is done by them, or by the next pass.")
        )
        return
    for step in done.steps:
        if step.made:
            told = outcome_told(process, step)
        else:
            told = _("{case}: a rule stood in the way of {transition}.").format(
                case=named(process, step.before), transition=step.way.name
            )
        yield Paragraph(told)
    mails = _mails_sent(done.mail) if done.mail else []
    if mails:
        yield Paragraph(_("Mails: {told}.").format(told=", ".join(mails)))
    if done.expired:
        count = len(done.expired)
        told = n_(
            "{count} mail came too late and never leaves: {names}.",
            "{count} mails came too late and never leave: {names}.",
            count,
        )
        spoken = speech.number(count, language())
        yield Paragraph(told.format(count=spoken, names=", ".join(done.expired)))
    if not (done.steps or mails or waiting.late or done.expired or done.stopped):
        yield Paragraph(_("Nothing was due."))
    yield from why_waiting(process, waiting, server=done.mail is not None)
    if done.mail and (done.mail.failed or done.mail.uncertain):
        yield Aside(command="ptce mail list --state failed --state uncertain")


def _mails_sent(mail: Delivered) -> list[str]:
    """The number of mails that came to each end, where any did."""
    counts = (
        (mail.sent, n_("{count} sent", "{count} sent", mail.sent)),
        (mail.retried, n_("{count} to try again", "{count} to try again", mail.retried)),
        (mail.failed, n_("{count} failed", "{count} failed", mail.failed)),
        (mail.uncertain, n_("{count} uncertain", "{count} uncertain", mail.uncertain)),
    )
    return [told.format(count=speech.number(n, language())) for n, told in counts if n]


def clock_parts(process: Process, found: ClockTold, *, rehearsal: bool) -> Iterator[Part]:
    """`ptce clock`: where the clock stands, where the ledger does, and what follows from it."""
    zone, spoken = process.zone, language()

    def spoken_at(instant: datetime) -> str:
        return speech.long_instant(instant, zone, spoken, seconds=True)

    yield Paragraph(_("The clock says {now}.").format(now=spoken_at(found.now)))
    if found.stands:
        told = _("It stands there until it is set again, or let go: ptce clock --free")
        yield Paragraph(told)
    if found.last is None:
        told = _("The last line of the ledger cannot be read; `ptce verify` tells why.")
        yield Paragraph(told)
        return
    yield Paragraph(_("The ledger goes on to {last}.").format(last=spoken_at(found.last)))
    if found.line is not None:
        told = _("Line {n} accepts it: the clock’s hour counts again.")
        yield Paragraph(told.format(n=found.line))
    elif found.back and not rehearsal:
        yield Paragraph("")
        told = _("The clock stands behind what has happened. Set it right.")
        yield Paragraph(told, heads=True)
        command = 'ptce clock --accept --reason "…"'
        yield NextStep(_("If it is right, and stood ahead before: {command}"), command)
