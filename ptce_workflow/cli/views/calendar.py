"""The calendar as it is printed: mails that will leave, between the dates of the contest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.instants import local_time, to_text
from ptce_workflow.base.words import _, language, n_
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
from ptce_workflow.process.time.calendar import parse_span

if TYPE_CHECKING:
    from ptce_workflow.app.post.forecast import Ahead
    from ptce_workflow.process.process import Process


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
