"""The calendar and the passes of the scheduler, as they are printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.clock import local_time
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.output import Output
from ptce_workflow.cli.views.mail import print_waiting
from ptce_workflow.papers.report import (
    Lead,
    Paragraph,
    Part,
    Report,
    Timeline,
    TimelineEntry,
    instant,
    of_contest,
)
from ptce_workflow.process.process import named
from ptce_workflow.process.time.calendar import parse_span

if TYPE_CHECKING:
    from ptce_workflow.app.post.ahead import Ahead, Waiting
    from ptce_workflow.app.preconditions import ClockTold
    from ptce_workflow.process.process import Process
    from ptce_workflow.scheduler.delivery import Delivered
    from ptce_workflow.scheduler.tick import Ticked


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


def calendar_data(ahead: Sequence[Ahead], dates: Sequence[ContestDate]) -> dict[str, Any]:
    """`ptce calendar --json`; `until` is when a daily mail stops, if it ever does."""
    return {
        "mails": [
            {
                "at": to_text(one.at),
                "notification": one.notification,
                "label": one.label,
                "ref": one.ref or None,
                "to": one.to,
                "stage": None if one.stage is None else str(one.stage),
                "held": one.held,
                "daily": one.daily,
                "until": None if one.until is None else to_text(one.until),
            }
            for one in ahead
        ],
        "dates": [
            {
                "name": date.name,
                "label": date.label,
                "at": to_text(date.at),
                "ends": None if date.ends is None else to_text(date.ends),
            }
            for date in dates
        ],
    }


def calendar_report(
    process: Process, ahead: Sequence[Ahead], dates: Sequence[ContestDate], now: datetime
) -> Report:
    """`ptce calendar`: what leaves every day; then day by day, the dates among the mails."""
    daily = [one for one in ahead if one.daily]
    rows = [*_dates(process, dates), *_mails(one for one in ahead if not one.daily)]
    parts: list[Part] = [Lead(label, told) for label, told in _daily(process, daily)]
    if rows:
        rows.sort(key=lambda row: (row.at, bool(row.readers)))
        parts.append(Timeline([_event(process, row) for row in rows]))
    if any(row.held for row in rows):
        told = _("* waits for a person who reads it: ptce mail list --state held")
        parts.append(Paragraph(told, hanging=True))
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


def _mails(ahead: Iterable[Ahead]) -> Iterator[_Row]:
    """One row for each mail, or for those that leave at one instant and say the same."""
    together: dict[tuple[datetime, str, bool], list[Ahead]] = {}
    for one in ahead:
        together.setdefault((one.at, one.notification, one.held), []).append(one)
    for (at, _notification, held), same in together.items():
        yield _Row(at, same[0].label, _readers(same), held)


def _readers(same: Sequence[Ahead]) -> str:
    if len(same) == 1:
        (one,) = same
        return f"{one.ref} {one.to}" if one.ref and one.to != one.ref else one.to
    refs = {one.ref for one in same} - {""}
    if not refs:
        return ", ".join(one.to for one in same)
    told = n_("{count} candidature", "{count} candidatures", len(refs))
    return told.format(count=speech.number(len(refs), language()))


def tick_data(ticked: Ticked | None, waiting: Waiting) -> dict[str, Any]:
    """`ptce tick --json`; `late` counts the mails that should have left and did not.

    None is a pass that others kept from writing: it tells of nothing, and that it was `busy`.
    """
    mail = ticked.mail if ticked else None
    return {
        "transitions": [
            {
                "ref": step.before.ref,
                "transition": step.way.name,
                "at": to_text(step.moment.now),
                "done": step.made,
            }
            for step in (ticked.steps if ticked else ())
        ],
        "mails": {
            "queued": ticked.queued if ticked else 0,
            "sent": mail.sent if mail else 0,
            "retried": mail.retried if mail else 0,
            "failed": mail.failed if mail else 0,
            "uncertain": mail.uncertain if mail else 0,
        },
        "late": waiting.late,
        "paused": waiting.paused or None,
        "busy": ticked is None,
    }


def print_tick(out: Output, process: Process, ticked: Ticked, waiting: Waiting) -> None:
    """`ptce tick`: what became of each candidature and of each mail whose hour had come."""
    for step in ticked.steps:
        if step.made:
            label = process.states[step.way.to].label.in_(language())
            told = _("{case} is now: {state}.").format(
                case=named(process, step.before), state=label
            )
        else:
            told = _("{case}: a rule stood in the way of {transition}.").format(
                case=named(process, step.before), transition=step.way.name
            )
        out.tell(told)
    mails = _mails_sent(ticked.mail) if ticked.mail else []
    if mails:
        out.tell(_("Mails: {told}.").format(told=", ".join(mails)))
    if not (ticked.steps or mails or waiting.late):
        out.say(_("Nothing was due."))
    print_waiting(out, process, waiting, server=ticked.mail is not None)
    if ticked.mail and (ticked.mail.failed or ticked.mail.uncertain):
        out.next_step("ptce mail list --state failed --state uncertain")


def _mails_sent(mail: Delivered) -> list[str]:
    """The number of mails that came to each end, where any did."""
    counts = (
        (mail.sent, n_("{count} sent", "{count} sent", mail.sent)),
        (mail.retried, n_("{count} to try again", "{count} to try again", mail.retried)),
        (mail.failed, n_("{count} failed", "{count} failed", mail.failed)),
        (mail.uncertain, n_("{count} uncertain", "{count} uncertain", mail.uncertain)),
    )
    return [told.format(count=speech.number(n, language())) for n, told in counts if n]


def clock_data(found: ClockTold) -> dict[str, Any]:
    """`ptce clock --json`; `line` is the one that has accepted the clock just now."""
    return {
        "now": to_text(found.now),
        "last": None if found.last is None else to_text(found.last),
        "back": found.back,
        "line": found.line,
    }


def print_clock(out: Output, process: Process, found: ClockTold) -> None:
    """`ptce clock`: where the clock stands, where the ledger does, and what follows from it."""
    zone, spoken = process.zone, language()

    def spoken_at(instant: datetime) -> str:
        return speech.long_instant(instant, zone, spoken, seconds=True)

    out.tell(_("The clock says {now}.").format(now=spoken_at(found.now)))
    if found.last is None:
        out.tell(_("The last line of the ledger cannot be read; `ptce verify` tells why."))
        return
    out.tell(_("The ledger goes on to {last}.").format(last=spoken_at(found.last)))
    if found.line is not None:
        told = _("Line {n} accepts it: the clock’s hour counts again.")
        out.tell(told.format(n=found.line))
    elif found.back:
        out.say()
        out.tell(_("The clock stands behind what has happened. Set it right."))
        out.advise(
            _("If it is right, and stood ahead before: {command}"),
            'ptce clock --accept --reason "…"',
        )
