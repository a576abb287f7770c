"""Working days, and instants of a contest folder, counted in the contest's own local time.

Days, working days, weeks, months and years are counted on the calendar and keep the hour on the
wall; a term of clear months ends with a whole day; minutes and hours are time that really passes.
Where clocks go forward, a counted hour that does not exist becomes the first one that does; where
they go back, an hour that comes twice means its first coming. An hour that a person wrote is
refused in both cases: see `check_local`.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

from ptce_workflow.base.text import did_you_mean, nearest
from ptce_workflow.base.words import _
from ptce_workflow.process.time.instant import (
    Anchor,
    FixedInstant,
    Instant,
    InstantError,
    Offset,
    TimeUnit,
    parse_length,
)

if TYPE_CHECKING:
    from holidays import HolidayBase


_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Workdays:
    """The working days of a country (`FR`), or Monday to Friday when none is named.

    Building one costs nothing: the country's calendar is loaded at the first question. A country
    that has none is told then, or by `check`.
    """

    country: str | None = None
    known: Mapping[int, frozenset[date]] = field(default_factory=dict, compare=False, repr=False)
    """By year, the days off that are no Saturday or Sunday, and those of the two that are worked.

    The country's calendar is asked about the days of other years alone.
    """

    def check(self) -> None:
        """Makes sure that the country has a calendar.

        *Raises* InstantError otherwise, with the nearest code.
        """
        if self.country is not None:
            _calendar_of(self.country)

    def is_working_day(self, day: date) -> bool:
        """True where people work on a day.

        *Raises* InstantError for a country that has no calendar.
        """
        if self.country is None:
            return day.weekday() < _SATURDAY
        if day.year in self.known:
            return (day.weekday() < _SATURDAY) != (day in self.known[day.year])
        return _calendar_of(self.country).is_working_day(day)

    def unlike_the_week(self, year: int) -> frozenset[date]:
        """The days of a year on which a country does not do as its week would have it.

        *Raises* InstantError for a country that has no calendar.
        """
        if self.country is None:
            return frozenset()
        return self.known[year] if year in self.known else _unlike_the_week(self.country, year)

    def previous_or_same(self, day: date) -> date:
        """The day itself when it is worked, else the last working day before it."""
        while not self.is_working_day(day):
            day -= _ONE_DAY
        return day

    def next_or_same(self, day: date) -> date:
        """The day itself when it is worked, else the first working day after it."""
        while not self.is_working_day(day):
            day += _ONE_DAY
        return day

    def add(self, day: date, count: int) -> date:
        """The day that is `count` working days after a day, before it when `count` is negative.

        The first day is not counted: from Monday, 3 working days lead to Thursday, and from
        Saturday, 1 leads to Monday. 0 is the day itself or, on a day off, the working day before.

        *Raises* OverflowError when the calendar ends before the count.
        """
        if count == 0:
            return self.previous_or_same(day)
        step = _ONE_DAY if count > 0 else -_ONE_DAY
        left = abs(count)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day


@cache
def _unlike_the_week(country: str, year: int) -> frozenset[date]:
    # Kept: whoever verifies asks for the same years of each process that was ever in force.
    calendar, first = _calendar_of(country), date(year, 1, 1)
    days = (first + _ONE_DAY * count for count in range(365 + isleap(year)))
    return frozenset(
        day for day in days if calendar.is_working_day(day) != (day.weekday() < _SATURDAY)
    )


@cache
def _calendar_of(country: str) -> HolidayBase:
    """The weekends and public holidays of a country; a year is filled in when it is asked for."""
    # Loads the calendars of every country, which takes 100 ms; few commands count working days.
    from holidays import country_holidays
    from holidays.registry import COUNTRIES

    if not any(country == codes[1] for codes in COUNTRIES.values()):
        raise _unknown(country, COUNTRIES)
    return country_holidays(country)


def _unknown(country: str, countries: dict[str, tuple[str, ...]]) -> InstantError:
    """The refusal of a country, with the one whose name or other code comes near, if any."""
    codes = {name: names[1] for module, names in countries.items() for name in (module, *names)}
    near = nearest(country.strip().replace(" ", "_"), codes)
    return InstantError(
        _('No public holidays are known for the country "{country}".').format(country=country),
        _("A country is written as two capital letters, as in ISO 3166: FR is France."),
        did_you_mean([codes[name] for name in near]),
    )


Anchors = Callable[[Anchor], date | None]
"""Tells when an anchor happened: an aware datetime, a local day (its midnight), or not yet."""

_ONE_SECOND = timedelta(seconds=1)


class Span(Struct, frozen=True):
    """A length of time in minutes, hours or days, as in `lasts = "2 hours"`."""

    count: int
    unit: TimeUnit

    def __str__(self) -> str:
        return f"{self.count} {self.unit.word(self.count)}"

    def after(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """The instant, in UTC, at which what begins at `instant` ends; days keep the hour."""
        return _moved(instant, Offset(self.count, self.unit), zone, Workdays())


def parse_span(source: object) -> Span:
    """Reads how long something lasts; `str()` writes it back.

    *Raises* InstantError for anything but a whole number of minutes, hours or days.
    """
    return Span(*parse_length(source, (TimeUnit.MINUTES, TimeUnit.HOURS, TimeUnit.DAYS)))


def resolve(
    instant: Instant, zone: ZoneInfo, anchors: Anchors, workdays: Workdays
) -> datetime | None:
    """The datetime of an instant, in UTC; None while its anchor has not happened.

    *Raises* InstantError when it falls out of the calendar (year 1 to 9999).
    """
    try:
        if isinstance(instant, FixedInstant):
            return to_utc(instant.local, zone)
        start = anchors(instant.anchor)
        if start is None:
            return None
        if not isinstance(start, datetime):
            start = to_utc(datetime.combine(start, time()), zone)
        elif start.tzinfo is None:
            raise TypeError("an anchor happened at an aware datetime or on a local day")
        if instant.offset is not None:
            return _moved(start, instant.offset, zone, workdays, instant.hour)
        if instant.hour is None:
            return start.astimezone(UTC)
        return to_utc(datetime.combine(start.astimezone(zone).date(), instant.hour), zone)
    except OverflowError:
        raise _out_of_calendar(str(instant)) from None


def resolve_dates(
    dates: Mapping[str, Instant], zone: ZoneInfo, anchors: Anchors, workdays: Workdays
) -> dict[str, datetime]:
    """The datetimes of a contest's dates, in UTC; `anchors` is asked for all but dates.

    *Shape* a date is left out while what it hangs on, near or far, has not happened.
    *Raises* InstantError for dates that hang on one another in a circle.
    """
    found: dict[str, datetime] = {}

    def anchor_at(anchor: Anchor) -> date | None:
        return found.get(anchor.name) if anchor.kind == "date" else anchors(anchor)

    for name in date_order(dates):
        at = resolve(dates[name], zone, anchor_at, workdays)
        if at is not None:
            found[name] = at
    return found


def date_order(dates: Mapping[str, Instant]) -> tuple[str, ...]:
    """The names of dates, each after the date it is counted from; names unknown here do not count.

    *Raises* InstantError for dates that hang on one another in a circle, with the circle.
    """
    ordered: dict[str, None] = {}
    for first in dates:
        chain: dict[str, None] = {}
        name = first
        while name in dates and name not in ordered:
            if name in chain:
                circle = [*chain][[*chain].index(name) :]
                raise InstantError(
                    _('The date "{name}" hangs on itself.').format(name=name),
                    " → ".join(f"date.{link}" for link in (*circle, name)),
                    _("Give one of them a day and an hour of its own."),
                )
            chain[name] = None
            anchor = dates[name].anchor
            name = anchor.name if anchor is not None and anchor.kind == "date" else ""
        ordered.update(dict.fromkeys(reversed(chain)))
    return tuple(ordered)


def check_local(local: datetime, zone: ZoneInfo, *, offsets: bool = False) -> None:
    """Makes sure that an hour on the wall happens, and happens once.

    Where `offsets` may be written, they are what tells the two comings of an hour apart.

    *Raises* InstantError for an hour that the clocks jump over or pass twice.
    """
    try:
        skipped = _is_skipped(local, _at(local, zone), zone)
    except OverflowError:
        raise _out_of_calendar(local.isoformat()) from None
    if skipped:
        first = to_utc(local, zone).astimezone(zone).replace(tzinfo=None)
        raise InstantError(
            _("{local} does not exist in {zone}.").format(local=local.isoformat(), zone=zone),
            _("That day the clocks go forward and jump over that hour."),
            _("The first hour after it is {first}.").format(first=first.isoformat()),
        )
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        mend = _("Choose an hour that comes once, before or after it.")
        if offsets:
            mend = _("Write {first} for the first time, {second} for the second.").format(
                first=first.isoformat(), second=second.isoformat()
            )
        raise InstantError(
            _("{local} comes twice in {zone}.").format(local=local.isoformat(), zone=zone),
            _("That day the clocks go back and pass that hour again."),
            mend,
        )


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, of a naive hour on the wall.

    One that comes twice means its first coming, one that is skipped the first hour that exists.
    """
    first = _at(local, zone)
    if not _is_skipped(local, first, zone):
        return first
    # Inside the gap the two readings lie on either side of the very second of the change.
    whole = local.replace(microsecond=0)
    before = whole.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = whole.replace(tzinfo=zone, fold=0).astimezone(UTC)
    changed = after.astimezone(zone).utcoffset()
    while after - before > _ONE_SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == changed:
            after = middle
        else:
            before = middle
    return after


def days_until(instant: datetime, now: datetime, zone: ZoneInfo) -> int:
    """The number of midnights between now and an instant on the contest's clocks; 0 is today."""
    return (instant.astimezone(zone).date() - now.astimezone(zone).date()).days


def _moved(
    start: datetime, offset: Offset, zone: ZoneInfo, workdays: Workdays, hour: time | None = None
) -> datetime:
    """The instant so far from another, in UTC: at an hour of its day, if one is given."""
    count, unit, local = offset.count, offset.unit, start.astimezone(zone)
    match unit:
        case TimeUnit.MINUTES | TimeUnit.HOURS:
            later = start.astimezone(UTC) + timedelta(**{unit: count})
            if hour is None:
                return later
            day = later.astimezone(zone).date()
        case TimeUnit.WORKING_DAYS:
            day = workdays.add(local.date(), count)
        case TimeUnit.MONTHS:
            day = months_later(local.date(), count)
        case TimeUnit.YEARS:
            day = months_later(local.date(), 12 * count)
        case TimeUnit.CLEAR_MONTHS:
            return _end_of_clear_months(local.date(), count, zone, workdays)
        case _:
            day = local.date() + timedelta(**{unit: count})
    return to_utc(datetime.combine(day, hour or local.time()), zone)


def _end_of_clear_months(day: date, count: int, zone: ZoneInfo, workdays: Workdays) -> datetime:
    """The last instant of a term of clear months, in UTC: neither first nor last day counts in it.

    It ends with the day after the same day of another month, or with the next working day: what
    was notified on 12 April is still in time on 13 June, and no more at midnight.
    """
    last = workdays.next_or_same(months_later(day, count) + _ONE_DAY)
    return to_utc(datetime.combine(last + _ONE_DAY, time()), zone) - timedelta.resolution


def months_later(day: date, count: int) -> date:
    """The same day of another month, or its last day where that month is shorter."""
    year, month = divmod(12 * day.year + day.month - 1 + count, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _out_of_calendar(text: str) -> InstantError:
    return InstantError(
        _('"{text}" falls out of the calendar.').format(text=text),
        _("The calendar goes from year 1 to year 9999."),
    )


def _at(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _is_skipped(local: datetime, at: datetime, zone: ZoneInfo) -> bool:
    return at.astimezone(zone).replace(tzinfo=None, fold=0) != local.replace(fold=0)
