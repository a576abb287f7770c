"""Working days: every day but weekends and, where a country is named, its public holidays."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from ptce_workflow.base.text import did_you_mean, nearest
from ptce_workflow.base.words import _
from ptce_workflow.process.time.instant import InstantError

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
