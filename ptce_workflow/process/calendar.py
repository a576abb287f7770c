"""Calendars: the grammar of instants, working days, days as people type them.

An instant is a local day and hour, or is counted from something that happens:

    2024-03-11T12:00:00
    date.submission + 3 working days at 18:00
    entered.ineligible + 1 month
    notified + 2 clear months
    asked.appeal + 2 months
    dossier.first_meeting - 7 days at 09:00

Days, working days, weeks, months and years are counted on the calendar and keep the hour on the
wall; a term of clear months ends with a whole day; minutes and hours are time that really passes.
Where clocks go forward, a counted hour that does not exist becomes the first one that does; where
they go back, an hour that comes twice means its first coming. An hour that a person wrote is
refused in both cases: see `check_local`.

14/03/2024 11:42
14 mars 2024 à 11 h 42, jeudi 14 mars 2024, 14 March 2024 at 11:42
2024-03-14, 2024-03-14 11:42, 2024-03-14T11:42:00+01:00
"""

from __future__ import annotations

import re
from bisect import bisect_left
from calendar import isleap, monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.words import USAGES, _, alike, did_you_mean, nearest

if TYPE_CHECKING:
    from holidays import HolidayBase


NOTIFIED = "notified"
"""The one anchor that has no name: there is one last decision."""

AnchorKind = Literal["date", "entered", "received", "asked", "sent", "notified", "field"]

MOST = 9_999
_LONGEST = 200
_NAME = "[a-z][a-z0-9_]*"
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?P<hour>[T ][0-9]{2}:[0-9]{2}(?::[0-9.]+)?)?.*")
_COUNTED = re.compile(
    r"(?P<anchor>[^ +-]+)"
    r"(?: ?(?P<sign>[+-]) ?(?P<count>[0-9][0-9.,_]*) (?P<unit>.+?))?"
    r"(?: at (?P<hour>.+))?"
)
_SPAN = re.compile(r"(?P<count>[0-9][0-9.,_]*) (?P<unit>.+)")


class InstantError(Misuse, ValueError):
    """An instant, span or country that cannot be read: a ValueError, for models that read one."""


class TimeUnit(StrEnum):
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"
    CLEAR_MONTHS = "clear months"
    """Whole days alone count: see `calendar`."""

    def word(self, count: int) -> str:
        return self.removesuffix("s") if abs(count) == 1 else str(self)


class Anchor(Struct, frozen=True):
    """The event from which an instant is counted: `sheet.field`, or "" for a notification."""

    kind: AnchorKind
    name: str

    def __str__(self) -> str:
        if self.kind == "field":
            return self.name
        return f"{self.kind}.{self.name}" if self.name else self.kind


class Span(Struct, frozen=True):
    count: int
    unit: TimeUnit

    def __str__(self) -> str:
        return f"{self.count} {self.unit.word(self.count)}"

    def after(self, instant: datetime, zone: ZoneInfo) -> datetime:
        return _moved(instant, self, zone, Workdays())


class Offset(Span, frozen=True):
    """The distance of an instant from its anchor; negative before it."""

    def __str__(self) -> str:
        sign = "-" if self.count < 0 else "+"
        return f"{sign} {abs(self.count)} {self.unit.word(self.count)}"


class FixedInstant(Struct, frozen=True):
    """A day and an hour on the contest's clocks; `local` is naive, the zone is the contest's."""

    local: datetime

    @property
    def anchor(self) -> None:
        return None

    def __str__(self) -> str:
        return self.local.isoformat()


class CountedInstant(Struct, frozen=True):
    """An instant counted from an anchor, then moved to an hour of its day when one is given."""

    anchor: Anchor
    offset: Offset | None = None
    hour: time | None = None

    def __str__(self) -> str:
        hour = None if self.hour is None else f"at {self.hour:%H:%M}"
        return " ".join(str(part) for part in (self.anchor, self.offset, hour) if part is not None)


Instant = FixedInstant | CountedInstant


def parse_instant(source: object) -> Instant:
    """Reads what stands after `at`; `str()` writes it back. Raises: InstantError."""
    if isinstance(source, datetime):
        return _fixed(source)
    if isinstance(source, date):
        raise _without_hour(source.isoformat())
    if not isinstance(source, str):
        raise _unreadable(str(source))
    text = " ".join(source.split())
    if len(text) > _LONGEST:
        raise _unreadable(text)
    dated = _DATED.fullmatch(text)
    if dated is not None:
        try:
            if dated["hour"] is None:
                raise _without_hour(date.fromisoformat(text).isoformat())
            return _fixed(datetime.fromisoformat(text))
        except InstantError:
            raise
        except ValueError:
            what = _('"{text}" is no day and hour of the calendar.').format(text=shown(text))
            mend = _("Write year, month, day and hour, as in 2024-03-11T12:00:00.")
            raise InstantError(what, mend=mend) from None
    parts = _COUNTED.fullmatch(text)
    if parts is None:
        raise _unreadable(text)
    anchor, sign, count, unit, hour = parts.group("anchor", "sign", "count", "unit", "hour")
    offset = None
    if sign is not None:
        number = _count(count)
        offset = Offset(-number if sign == "-" else number, _unit(unit, tuple(TimeUnit)))
        if offset.unit is TimeUnit.CLEAR_MONTHS and (hour is not None or sign == "-"):
            why = _("Clear months come after what they are counted from, and end with a whole day.")
            mend = _("Write for example: {example}").format(example="notified + 2 clear months")
            raise InstantError(_('"{text}" is no clear term.').format(text=shown(text)), why, mend)
    return CountedInstant(_anchor(anchor), offset, None if hour is None else parse_hour(hour))


def _fixed(local: datetime) -> FixedInstant:
    if local.tzinfo is not None:
        what = _('"{text}" says its own time zone.').format(text=local.isoformat())
        text = local.replace(tzinfo=None).isoformat()
        mend = _("Write {text}, in the contest's own time.").format(text=text)
        raise InstantError(what, _("The contest's zone is said once, in config.toml."), mend)
    return FixedInstant(local.replace(fold=0))


def _anchor(text: str) -> Anchor:
    if text == NOTIFIED:
        return Anchor("notified", "")
    root, dot, name = text.partition(".")
    if not dot or not re.fullmatch(_NAME, root) or not re.fullmatch(_NAME, name):
        near = [f"date.{text}"] if re.fullmatch(_NAME, text) else []
        what = _('"{text}" is nothing that an instant can be counted from.')
        why = _("It can be counted from {anchors}.").format(anchors=_anchors())
        raise InstantError(what.format(text=shown(text)), why, did_you_mean(near))
    match root:
        case "date" | "entered" | "received" | "asked" | "sent":
            return Anchor(root, name)
    return Anchor("field", text)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST:
        what = _('"{text}" is no count of hours or days.').format(text=shown(text))
        why = _("It is a whole number, {most} at most.").format(most=MOST)
        raise InstantError(what, why, _("Take a smaller or a larger unit."))
    return int(text)


def _unit(text: str, accepted: tuple[TimeUnit, ...]) -> TimeUnit:
    written = {word: unit for unit in accepted for word in (unit.word(1), unit.word(2))}
    if text in written:
        return written[text]
    what = _('"{text}" is no unit of time here.').format(text=shown(text))
    why = _("Known here: {names}.").format(names=", ".join(accepted))
    raise InstantError(what, why, did_you_mean(nearest(text, written)))


def parse_hour(text: str) -> time:
    """Reads an hour of the day, as it stands after `at`. Raises: InstantError for anything else."""
    if re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        return time.fromisoformat(text)
    what = _('"{text}" is no hour of the day.').format(text=shown(text))
    why = _("It is written with four figures, from 00:00 to 23:59, without seconds.")
    raise InstantError(what, why, _("Write for example: at 09:00."))


def _without_hour(day: str) -> InstantError:
    why = _("A deadline that does not say its hour is read in several ways.")
    mend = _("Write {text}, or the hour that is meant.").format(text=f"{day}T12:00:00")
    return InstantError(_('"{day}" is a day without an hour.').format(day=day), why, mend)


def _unreadable(text: str) -> InstantError:
    why = _(
        "An instant is a local day and hour, or is counted from {anchors}: then + or -, "
        "a whole number, a unit ({units}), then at and the hour; both are optional."
    ).format(anchors=_anchors(), units=", ".join(TimeUnit))
    mend = _("Write for example: {example}")
    mend = mend.format(example="date.submission + 3 working days at 18:00")
    return InstantError(_('"{text}" is no instant.').format(text=shown(text)), why, mend)


def _anchors() -> str:
    return _(
        "date.x, entered.state, received.sheet, asked.request, sent.notification, notified or "
        "sheet.field"
    )


_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Workdays:
    """The working days of a country (`FR`), or Monday to Friday when none is named.

    Building one costs nothing: the country's calendar is loaded at the first question. A country
    that has none is reported then, or by `check`.
    """

    country: str | None = None
    known: Mapping[int, frozenset[date]] = field(default_factory=dict, compare=False, repr=False)
    """By year, the days off that are no Saturday or Sunday, and those of the two that are worked.

    The country's calendar is asked about the days of other years alone.
    """

    def check(self) -> None:
        """Raises: InstantError, with the nearest code, where the country has no calendar."""
        if self.country is not None:
            _calendar_of(self.country)

    def is_working_day(self, day: date) -> bool:
        """Raises: InstantError for a country that has no calendar."""
        if self.country is None:
            return day.weekday() < _SATURDAY
        if day.year in self.known:
            return (day.weekday() < _SATURDAY) != (day in self.known[day.year])
        return _calendar_of(self.country).is_working_day(day)

    def unlike_the_week(self, year: int) -> frozenset[date]:
        """The days of a year unlike their weekday. Raises: InstantError for an unknown country."""
        if self.country is None:
            return frozenset()
        return self.known[year] if year in self.known else _unlike_the_week(self.country, year)

    def previous_or_same(self, day: date) -> date:
        while not self.is_working_day(day):
            day -= _ONE_DAY
        return day

    def add(self, day: date, count: int) -> date:
        """The day that is `count` working days after a day, before it when `count` is negative.

        The first day is not counted: from Monday, 3 working days lead to Thursday, and from
        Saturday, 1 leads to Monday. 0 is the day itself or, on a day off, the working day before.

        Raises: OverflowError when the calendar ends before the count.
        """
        if count == 0:
            return self.previous_or_same(day)
        step = _ONE_DAY if count > 0 else -_ONE_DAY
        rest = abs(count)
        while rest:
            day += step
            rest -= self.is_working_day(day)
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
        codes = {name: names[1] for module, names in COUNTRIES.items() for name in (module, *names)}
        near = nearest(country.strip().replace(" ", "_"), codes)
        what = _('No public holidays are known for the country "{country}".')
        why = _("A country is written as two capital letters, as in ISO 3166: FR is France.")
        mend = did_you_mean([codes[name] for name in near])
        raise InstantError(what.format(country=country), why, mend)
    return country_holidays(country)


Anchors = Callable[[Anchor], date | None]
"""Tells when an anchor happened: an aware datetime, a local day (its midnight), or not yet."""


def parse_span(source: object) -> Span:
    """Reads a length in minutes, hours or days; `str()` writes it back. Raises: InstantError."""
    units = (TimeUnit.MINUTES, TimeUnit.HOURS, TimeUnit.DAYS)
    text = " ".join(source.split()) if isinstance(source, str) else str(source)
    parts = None if len(text) > _LONGEST else _SPAN.fullmatch(text)
    count = 0 if parts is None else _count(parts["count"])
    if parts is None or count == 0:
        what = _('"{text}" is no length of time.').format(text=shown(text))
        why = _("It is a whole number from 1 on and a unit: {units}.")
        mend = _("Write for example: {example}").format(example="2 hours")
        raise InstantError(what, why.format(units=", ".join(units)), mend)
    return Span(count, _unit(parts["unit"], units))


def resolve(
    instant: Instant, zone: ZoneInfo, anchors: Anchors, workdays: Workdays
) -> datetime | None:
    """In UTC; None while its anchor has not happened. Raises: InstantError out of the calendar."""
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
    dates: Mapping[str, Instant],
    zone: ZoneInfo,
    anchors: Anchors,
    workdays: Workdays,
    earliest: Mapping[str, str] = {},
) -> dict[str, datetime]:
    """The datetimes of a contest's dates, in UTC; `anchors` is asked for all but dates.

    Shape: a date is left out while what it hangs on, near or far, has not happened.
    Raises: InstantError as `date_order`.
    """
    instants: dict[str, datetime] = {}

    def anchor_at(anchor: Anchor) -> date | None:
        return instants.get(anchor.name) if anchor.kind == "date" else anchors(anchor)

    for name in date_order(dates, earliest):
        at = resolve(dates[name], zone, anchor_at, workdays)
        if at is not None:
            instants[name] = at
    return instants


def date_order(dates: Mapping[str, Instant], earliest: Mapping[str, str] = {}) -> tuple[str, ...]:
    """Names of dates, each after those that it waits for. Raises: InstantError for a circle."""
    anchors = {name: instant.anchor for name, instant in dates.items()}
    sources = {name: one.name for name, one in anchors.items() if one and one.kind == "date"}
    waits = {
        name: [other for other in (sources.get(name, ""), earliest.get(name, "")) if other in dates]
        for name in dates
    }
    try:
        return tuple(TopologicalSorter(waits).static_order())
    except CycleError as error:
        circle = [*reversed(error.args[1])]
        what = _('The date "{name}" waits for itself.').format(name=circle[0])
        mend = _("Change what one of them counts from, or its not_before.")
        raise InstantError(what, " → ".join(f"date.{link}" for link in circle), mend) from None


def check_local(local: datetime, zone: ZoneInfo, *, offsets: bool = False) -> None:
    """Raises: InstantError for a skipped hour, or (without `offsets`) one that comes twice."""
    try:
        skipped = _is_skipped(local, _at(local, zone), zone)
    except OverflowError:
        raise _out_of_calendar(local.isoformat()) from None
    if skipped:
        first = to_utc(local, zone).astimezone(zone).replace(tzinfo=None)
        what = _("{local} does not exist in {zone}.").format(local=local.isoformat(), zone=zone)
        mend = _("The first hour after it is {first}.").format(first=first.isoformat())
        raise InstantError(what, _("That day the clocks go forward and jump over that hour."), mend)
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        mend = _("Choose an hour that comes once, before or after it.")
        if offsets:
            mend = _("Write {first} for the first time, {second} for the second.")
            mend = mend.format(first=first.isoformat(), second=second.isoformat())
        what = _("{local} comes twice in {zone}.").format(local=local.isoformat(), zone=zone)
        raise InstantError(what, _("That day the clocks go back and pass that hour again."), mend)


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """A naive local hour in UTC: the first of two comings, the next one where it is skipped."""
    first = _at(local, zone)
    if not _is_skipped(local, first, zone):
        return first
    # Inside the gap the two readings lie on either side of the very second of the change.
    before, after = (
        local.replace(tzinfo=zone, fold=fold, microsecond=0).astimezone(UTC) for fold in (1, 0)
    )
    changed = after.astimezone(zone).utcoffset()

    def has_changed(seconds: int) -> bool:
        return (before + timedelta(seconds=seconds)).astimezone(zone).utcoffset() == changed

    gap = range((after - before) // timedelta(seconds=1))
    return before + timedelta(seconds=bisect_left(gap, True, key=has_changed))


def days_until(instant: datetime, now: datetime, zone: ZoneInfo) -> int:
    """The number of midnights between now and an instant on the contest's clocks; 0 is today."""
    return (instant.astimezone(zone).date() - now.astimezone(zone).date()).days


def _moved(
    start: datetime, offset: Span, zone: ZoneInfo, workdays: Workdays, hour: time | None = None
) -> datetime:
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
            last = months_later(local.date(), count) + _ONE_DAY
            while not workdays.is_working_day(last):
                last += _ONE_DAY
            return to_utc(datetime.combine(last + _ONE_DAY, time()), zone) - timedelta.resolution
        case _:
            day = local.date() + timedelta(**{unit: count})
    return to_utc(datetime.combine(day, hour or local.time()), zone)


def months_later(day: date, count: int) -> date:
    """The same day of another month, or its last day where that month is shorter."""
    year, month = divmod(12 * day.year + day.month - 1 + count, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _out_of_calendar(text: str) -> InstantError:
    what = _('"{text}" falls out of the calendar.').format(text=text)
    return InstantError(what, _("The calendar goes from year 1 to year 9999."))


def _at(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _is_skipped(local: datetime, at: datetime, zone: ZoneInfo) -> bool:
    return at.astimezone(zone).replace(tzinfo=None, fold=0) != local.replace(fold=0)


_FARTHEST = timedelta(hours=15)
"""No zone is so far from UTC."""
_MONTH = 31
"""No month has more days."""
_ONE_TICK = timedelta(microseconds=1)
"""What tells two instants of the ledger apart."""


def _numbered(*lists: tuple[str, ...]) -> dict[str, int]:
    """The place of each name in its list, from 1, by the name as people type it."""
    return {alike(name).rstrip("."): n for names in lists for n, name in enumerate(names, 1)}


MONTHS = _numbered(
    *(names for usage in USAGES.values() for names in (usage.months, usage.short_months))
)
WEEKDAYS = _numbered(*(usage.days for usage in USAGES.values()))
# The longest first: `mars` begins with `mar`.
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY = re.compile(
    rf"(?:(?:le )?(?P<weekday>{'|'.join(WEEKDAYS)}),? )?(?:le )?(?:"
    r"(?P<y1>[0-9]{4})-(?P<m1>[0-9]{2})-(?P<d1>[0-9]{2})"
    r"|(?P<d2>[0-9]{1,2})[/.](?P<m2>[0-9]{1,2})[/.](?P<y2>[0-9]{4}|[0-9]{2})(?![0-9])"
    rf"|(?P<d3>[0-9]{{1,2}})(?:er|st|nd|rd|th)? (?P<m3>{MONTH})\b\.?(?: (?P<y3>[0-9]{{4}})\b)?"
    rf"|(?P<m4>{MONTH})\b\.? (?P<d4>[0-9]{{1,2}})(?:st|nd|rd|th)?,? (?P<y4>[0-9]{{4}})\b)"
)
_HOUR = re.compile(
    r"(?:t| a | at |,? )(?P<hour>[0-9]{1,2})"
    r"(?: ?h(?:eures?)?(?: ?(?P<h_minute>[0-9]{2})(?: ?min(?: ?(?P<h_second>[0-9]{2}) ?s)?)?)?"
    r"|:(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,6}))?)?)"
    r"(?: ?(?P<offset>z|[+-][0-9]{2}:[0-5][0-9]))?"
)


def read_day(text: str) -> date:
    """The day that a text names, and nothing else. Raises: InstantError for anything else."""
    day, rest = _day(text)
    if rest:
        what = _('"{text}" is more than a day.').format(text=shown(text))
        raise InstantError(what, mend=_("Leave the hour out."))
    return day


def read_moment(text: str, zone: ZoneInfo | None) -> datetime:
    """The day and hour of a text, aware. Raises: InstantError for none, or without zone."""
    day, rest = _day(text)
    if not rest:
        what = _('"{text}" has no hour.').format(text=shown(text))
        raise InstantError(what, mend=example_moment())
    moment = _at_hour(day, rest, text)
    if moment.tzinfo is None and zone is None:
        what = _('"{text}" lacks its offset from UTC.').format(text=shown(text))
        mend = _("Write for example: {example}").format(example="2024-03-11T12:00:00+01:00")
        raise InstantError(what, _("No contest is here to say in which zone it is."), mend)
    return moment if zone is None else in_zone(moment, zone)


def in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment, without offset in the zone. Raises: InstantError for a skipped or double hour."""
    if moment.tzinfo is not None:
        return moment
    check_local(moment, zone, offsets=True)
    return moment.replace(tzinfo=zone)


def is_day(text: str) -> bool:
    return _DAY.fullmatch(alike(text)) is not None


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    return to_utc(datetime.combine(day, time()), zone)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    return start_of_day(day + timedelta(days=1), zone) - _ONE_TICK


def with_year(text: str, today: date) -> str:
    """A day and what follows it, its year filled in where left out: the nearest such day."""
    typed = alike(text)
    match = _DAY.match(typed)
    if match is None or not match["d3"] or match["y3"]:
        return text
    month, day = MONTHS[match["m3"]], int(match["d3"])
    ahead = (month * _MONTH + day) - (today.month * _MONTH + today.day)
    year = today.year - round(ahead / (12 * _MONTH))
    return f"{typed[: match.end()]} {year}{typed[match.end() :]}"


def _at_hour(day: date, rest: str, text: str) -> datetime:
    match = _HOUR.fullmatch(rest)
    try:
        if match is None or int(match["hour"]) > 23:
            raise ValueError
        minute = match["h_minute"] or match["minute"] or "00"
        second = match["h_second"] or match["second"] or "00"
        clock = f"{match['hour']:0>2}:{minute}:{second}.{match['fraction'] or '':0<6}"
        moment = datetime.fromisoformat(f"{day}T{clock}{(match['offset'] or '').upper()}")
        if abs(moment.utcoffset() or timedelta()) >= _FARTHEST:
            raise ValueError
        return moment
    except ValueError:
        hour = text.strip()[-len(rest.strip()) :]
        what = _('"{text}" is not an hour.').format(text=shown(hour))
        raise InstantError(what, mend=example_moment()) from None


def _day(text: str) -> tuple[date, str]:
    """The day that a text begins with, and what follows it, without capitals and accents."""
    typed = alike(text)
    match = _DAY.match(typed)
    if match is None:
        raise InstantError(_('"{text}" is not a day.').format(text=shown(text)), mend=example_day())
    named = match.groupdict()
    year, month, day = (
        next((named[f"{part}{n}"] for n in "1234" if named[f"{part}{n}"]), "") for part in "ymd"
    )
    if len(year) != 4:
        what = _('"{text}" does not say which year.')
        if year:
            what = _('"{text}" does not say which century.')
        mend = _("Write the year with four digits.")
        raise InstantError(what.format(text=shown(text)), mend=mend)
    try:
        read = date(int(year), MONTHS.get(month) or int(month), int(day))
    except ValueError:
        what = _('"{text}" is no day of the calendar.').format(text=match[0])
        raise InstantError(what, mend=example_day()) from None
    weekday = named["weekday"]
    if weekday is not None and WEEKDAYS[weekday] != read.isoweekday():
        why = _("{day} is another day of the week.").format(day=read.isoformat())
        mend = _("Correct one of the two, or leave the day of the week out.")
        raise InstantError(_('"{text}" names two days.').format(text=shown(text)), why, mend)
    return read, typed[match.end() :]


def example_day() -> str:
    return _("Write it as {example} or {other}.").format(example="2024-05-14", other="14/05/2024")


def example_moment() -> str:
    text = _("Write it as {example} or {other}.")
    return text.format(example="2024-05-14 09:30", other="14/05/2024 9 h 30")
