"""Moving the fixed dates of a contest all together, to another year or by some days."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from ptce_workflow.base.errors import Misuse, shown
from ptce_workflow.base.words import _
from ptce_workflow.process.time.calendar import Workdays, check_local, months_later
from ptce_workflow.process.time.instant import MOST, InstantError, TimeUnit

_WRITTEN = re.compile(r"(?P<count>[0-9]{1,4}) ?(?P<unit>[dwmyjsa])")
_UNITS = {
    "d": TimeUnit.DAYS, "w": TimeUnit.WEEKS, "m": TimeUnit.MONTHS, "y": TimeUnit.YEARS,
    "j": TimeUnit.DAYS, "s": TimeUnit.WEEKS, "a": TimeUnit.YEARS,
}  # fmt: skip
_WEEK = 7
_ONE_DAY = timedelta(days=1)


class Shift(Struct, frozen=True):
    """How far dates are moved: `str()` writes it as it is typed."""

    count: int
    unit: TimeUnit

    def __str__(self) -> str:
        return f"{self.count}{self.unit[0]}"


def parse_shift(text: str) -> Shift:
    """Reads how far dates are moved: `1y`, `18m`, `52w`, `10d`, or as in French `1a`, `52s`, `10j`.

    *Raises* Misuse for anything else, and for nothing at all.
    """
    found = _WRITTEN.fullmatch(text.strip().lower())
    if found is None or not int(found["count"]):
        raise Misuse(
            _('"{text}" is no length by which dates could be moved.').format(text=shown(text)),
            _(
                "It is a whole number from 1 to {most} and a unit: d for days, w for weeks, "
                "m for months, y for years."
            ).format(most=MOST),
            _("Write for example: {example}").format(example="1y"),
        )
    return Shift(int(found["count"]), _UNITS[found["unit"]])


def shifted(
    dates: Collection[datetime], shift: Shift, zone: ZoneInfo, workdays: Workdays
) -> Mapping[datetime, datetime]:
    """Every local day and hour, moved: hours and order are kept, and so are working days.

    Weeks and years move all dates by the same number of whole weeks, so that each keeps its day of
    the week: a year is the number of weeks that comes nearest to the anniversary of the first date.
    Months keep the day of the month, or take the last one. A date on a working day that would fall
    on a day off goes to the next working day; one that stood on a day off stays where it falls.
    One that would overtake the date after it pushes that one on.

    *Raises* Misuse where a date would leave the calendar.
    """
    found: dict[datetime, datetime] = {}
    latest: datetime | None = None
    try:
        weeks = _whole_weeks(min(dates), shift) if dates else timedelta()
        for local in sorted(dates):
            day = local + weeks
            if shift.unit is TimeUnit.MONTHS:
                day = datetime.combine(months_later(local.date(), shift.count), local.time())
            worked = workdays.is_working_day(local.date())
            while (
                (latest is not None and day <= latest)
                or (worked and not workdays.is_working_day(day.date()))
                or not _happens_once(day, zone)
            ):
                day += _ONE_DAY
            found[local] = latest = day
    except OverflowError:
        raise Misuse(
            _("Dates moved by {shift} would leave the calendar.").format(shift=shift),
            _("The calendar goes from year 1 to year 9999."),
        ) from None
    return found


def _whole_weeks(first: datetime, shift: Shift) -> timedelta:
    """The length by which all dates move that are not moved by months."""
    if shift.unit is TimeUnit.YEARS:
        days = (months_later(first.date(), 12 * shift.count) - first.date()).days
        return timedelta(days=round(days / _WEEK) * _WEEK)
    return timedelta(days=shift.count * (_WEEK if shift.unit is TimeUnit.WEEKS else 1))


def _happens_once(local: datetime, zone: ZoneInfo) -> bool:
    try:
        check_local(local, zone)
    except InstantError:
        return False
    return True
