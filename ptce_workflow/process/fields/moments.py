"""Days, and days with their hour, as people write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from ptce_workflow.base import speech
from ptce_workflow.base.errors import shown
from ptce_workflow.base.text import from_text, to_text
from ptce_workflow.base.words import N_, _
from ptce_workflow.process.fields.answers import Unreadable, expected, plain_line
from ptce_workflow.process.fields.base import Cell, DatedField, RowBuilders, Setting
from ptce_workflow.process.time.calendar import check_local, to_utc

T = TypeVar("T", date, datetime)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_FARTHEST = timedelta(hours=15)
"""No zone is so far from UTC."""
_DAY = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"|(?P<d>[0-9]{1,2})[/.](?P<m>[0-9]{1,2})[/.](?P<y>[0-9]{4}|[0-9]{2})(?![0-9])"
)
_HOUR = re.compile(
    r"(?:T| à | at | )(?P<hour>[0-9]{1,2})"
    r"(?: ?h(?: ?(?P<h_minute>[0-9]{2}))?"
    r"|:(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,6}))?)?)"
    r"(?P<offset>Z|[+-][0-9]{2}:[0-5][0-9])?",
    re.IGNORECASE,
)


class DateField(DatedField, Cell):
    """A day; in rules, the instant at which it begins in the contest's zone."""

    type: ClassVar[str] = "date"
    rules_read: ClassVar[str] = N_("`timestamp`: the first instant of that day")
    # A day is text in a row (`2024-05-14`, which compares as it reads): an unset timestamp would
    # be 1970.
    wrapper: ClassVar[str] = "StringValue"

    def read(self, raw: Any, setting: Setting) -> str:
        """A day, as `2024-05-14`."""
        if isinstance(raw, datetime):
            raise expected(_("a day"), raw, _("Leave the hour out."))
        if isinstance(raw, date):
            return _checked(raw).isoformat()
        if not isinstance(raw, str):
            raise expected(_("a day"), raw, _example_day())
        text = plain_line(raw)
        day, rest = _day(text)
        if rest:
            raise Unreadable(
                _('"{text}" is more than a day.').format(text=shown(text)),
                mend=_("Leave the hour out."),
            )
        return day.isoformat()

    def records(self, value: Any) -> bool:
        """True where it is a day of the years that are accepted."""
        found = _written_as(date.fromisoformat, date.isoformat, value)
        return found is not None and _FIRST_YEAR <= found.year <= _LAST_YEAR

    def sample(self) -> str:
        """A day in spring."""
        return "2024-05-14"

    def show(self, value: Any, language: str, setting: Setting) -> str:
        """The day in words."""
        return speech.long_date(date.fromisoformat(value), setting.zone, language)

    def instant(self, value: str) -> date:
        """The day from which instants are counted."""
        return date.fromisoformat(value)

    def binding(
        self, qualified: str, zone: ZoneInfo, rows: RowBuilders
    ) -> Callable[[Any], datetime]:
        """The instant at which the day begins."""
        return lambda value: to_utc(datetime.combine(date.fromisoformat(value), time()), zone)


class DatetimeField(DatedField):
    """A day and an hour in the contest's zone; `timestamp` in rules."""

    type: ClassVar[str] = "datetime"

    def read(self, raw: Any, setting: Setting) -> str:
        """A day and an hour, in UTC as the ledger writes instants; without offset, in the zone.

        *Raises* InstantError for an hour that the clocks jump over or pass twice.
        """
        if isinstance(raw, datetime):
            _checked(raw)
            moment = raw
        elif isinstance(raw, str):
            moment = _moment(plain_line(raw))
        else:
            raise expected(_("a day and an hour"), raw, _example_moment())
        if moment.tzinfo is not None:
            return to_text(moment)
        check_local(moment, setting.zone)
        return to_text(to_utc(moment, setting.zone))

    def records(self, value: Any) -> bool:
        """True where it is an instant as the ledger writes it."""
        return _written_as(from_text, to_text, value) is not None

    def sample(self) -> str:
        """A morning in spring."""
        return "2024-05-14T07:30:00.000000Z"

    def show(self, value: Any, language: str, setting: Setting) -> str:
        """The day and the hour in words."""
        return speech.long_instant(from_text(value), setting.zone, language)

    def instant(self, value: str) -> datetime:
        """The instant itself."""
        return from_text(value)

    def binding(
        self, qualified: str, zone: ZoneInfo, rows: RowBuilders
    ) -> Callable[[Any], datetime]:
        """The instant itself."""
        return from_text


def _written_as(read: Callable[[str], T], write: Callable[[T], str], value: Any) -> T | None:
    """The value of a text that would be written the very same; None for anything else."""
    if type(value) is not str:
        return None
    try:
        found = read(value)
        return found if write(found) == value else None
    except (ValueError, OverflowError):
        return None


def _moment(text: str) -> datetime:
    day, rest = _day(text)
    if not rest:
        raise Unreadable(
            _('"{text}" has no hour.').format(text=shown(text)), mend=_example_moment()
        )
    found = _HOUR.fullmatch(rest)
    try:
        if found is None or int(found["hour"]) > 23:
            raise ValueError
        minute, second = found["h_minute"] or found["minute"] or "00", found["second"] or "00"
        clock = f"{found['hour']:0>2}:{minute}:{second}.{found['fraction'] or '':0<6}"
        offset = (found["offset"] or "").upper()
        moment = datetime.fromisoformat(f"{day}T{clock}{offset}")
        if abs(moment.utcoffset() or timedelta()) >= _FARTHEST:
            raise ValueError
        return moment
    except ValueError:
        raise Unreadable(
            _('"{text}" is not an hour.').format(text=shown(rest.strip())), mend=_example_moment()
        ) from None


def _day(text: str) -> tuple[date, str]:
    """The day that a text begins with, and what follows it."""
    found = _DAY.match(text)
    if found is None:
        raise Unreadable(_('"{text}" is not a day.').format(text=shown(text)), mend=_example_day())
    year = found["year"] or found["y"]
    if len(year) == 2:
        raise Unreadable(
            _('"{text}" does not say which century.').format(text=shown(text)),
            mend=_("Write the year with four digits."),
        )
    try:
        day = date(int(year), int(found["month"] or found["m"]), int(found["day"] or found["d"]))
    except ValueError:
        raise Unreadable(
            _('"{text}" is no day of the calendar.').format(text=found[0]), mend=_example_day()
        ) from None
    return _checked(day), text[found.end() :]


def _checked(day: date) -> date:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Unreadable(
            _("The year {year} cannot be meant.").format(year=day.year),
            _("Years from {first} to {last} are accepted.").format(
                first=_FIRST_YEAR, last=_LAST_YEAR
            ),
        )
    return day


def _example_day() -> str:
    return _("Write it as {example} or {other}.").format(example="2024-05-14", other="14/05/2024")


def _example_moment() -> str:
    return _("Write it as {example} or {other}.").format(
        example="2024-05-14 09:30", other="14/05/2024 9 h 30"
    )
