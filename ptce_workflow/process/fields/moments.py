"""Days, and days with their hour, as people write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text, to_text
from ptce_workflow.base.words import N_, _
from ptce_workflow.process.fields.answers import Unreadable, expected, plain_line
from ptce_workflow.process.fields.base import Cell, DatedField, RowBuilders
from ptce_workflow.process.time.calendar import to_utc
from ptce_workflow.process.time.written import (
    example_day,
    example_moment,
    in_zone,
    read_day,
    read_moment,
)

T = TypeVar("T", date, datetime)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


class DateField(DatedField, Cell):
    """A day; in rules, the instant at which it begins in the contest's zone."""

    type: ClassVar[str] = "date"
    rules_read: ClassVar[str] = N_("`timestamp`: the first instant of that day")
    # A day is text in a row (`2024-05-14`, which compares as it reads): an unset timestamp would
    # be 1970.
    wrapper: ClassVar[str] = "StringValue"

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        """A day, as `2024-05-14`."""
        if isinstance(raw, datetime):
            raise expected(_("a day"), raw, _("Leave the hour out."))
        if isinstance(raw, date):
            return _checked(raw).isoformat()
        if not isinstance(raw, str):
            raise expected(_("a day"), raw, example_day())
        return _checked(read_day(plain_line(raw))).isoformat()

    def records(self, value: Any) -> bool:
        """True where it is a day of the years that are accepted."""
        found = _written_as(date.fromisoformat, date.isoformat, value)
        return found is not None and _FIRST_YEAR <= found.year <= _LAST_YEAR

    def sample(self) -> str:
        """A day in spring."""
        return "2024-05-14"

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        """The day in words."""
        return speech.long_date(date.fromisoformat(value), zone, language)

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

    def read(self, raw: Any, zone: ZoneInfo) -> str:
        """A day and an hour, in UTC as the ledger writes instants; without offset, in the zone.

        *Raises* InstantError for an hour that the clocks jump over or pass twice.
        """
        if isinstance(raw, datetime):
            moment = in_zone(raw, zone)
        elif isinstance(raw, str):
            moment = read_moment(plain_line(raw), zone)
        else:
            raise expected(_("a day and an hour"), raw, example_moment())
        _checked(moment)
        return to_text(moment)

    def records(self, value: Any) -> bool:
        """True where it is an instant as the ledger writes it."""
        return _written_as(from_text, to_text, value) is not None

    def sample(self) -> str:
        """A morning in spring."""
        return "2024-05-14T07:30:00.000000Z"

    def show(self, value: Any, language: str, zone: ZoneInfo) -> str:
        """The day and the hour in words."""
        return speech.long_instant(from_text(value), zone, language)

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


def _checked(day: date) -> date:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Unreadable(
            _("The year {year} cannot be meant.").format(year=day.year),
            _("Years from {first} to {last} are accepted.").format(
                first=_FIRST_YEAR, last=_LAST_YEAR
            ),
        )
    return day
