"""Days and instants as people write them, in French and in English.

14/03/2024 11:42
14 mars 2024 à 11 h 42, jeudi 14 mars 2024, 14 March 2024 at 11:42
2024-03-14, 2024-03-14 11:42, 2024-03-14T11:42:00+01:00
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ptce_workflow.base.cldr import USAGES
from ptce_workflow.base.errors import shown
from ptce_workflow.base.text import alike
from ptce_workflow.base.words import _
from ptce_workflow.process.time.calendar import check_local, to_utc
from ptce_workflow.process.time.instant import InstantError

_FARTHEST = timedelta(hours=15)
"""No zone is so far from UTC."""
_MONTH = 31
"""No month has more days."""
_ONE_TICK = timedelta(microseconds=1)
"""What tells two instants of the ledger apart."""


def _numbered(*lists: tuple[str, ...]) -> dict[str, int]:
    """The place of each name in its list, from 1, by the name as people type it."""
    return {alike(name).rstrip("."): n for names in lists for n, name in enumerate(names, 1)}


MONTHS = _numbered(*(names for one in USAGES.values() for names in (one.months, one.short_months)))
WEEKDAYS = _numbered(*(one.days for one in USAGES.values()))
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
    """The day that a text names, and nothing else.

    *Raises* InstantError for anything else.
    """
    day, rest = _day(text)
    if rest:
        raise InstantError(
            _('"{text}" is more than a day.').format(text=shown(text)),
            mend=_("Leave the hour out."),
        )
    return day


def read_moment(text: str, zone: ZoneInfo | None) -> datetime:
    """The day and the hour that a text names, as an aware datetime; without offset, in the zone.

    *Raises* InstantError for anything else, for an hour that the clocks jump over or pass twice,
    and for one without offset where no zone is known.
    """
    day, rest = _day(text)
    if not rest:
        raise InstantError(
            _('"{text}" has no hour.').format(text=shown(text)), mend=example_moment()
        )
    moment = _at_hour(day, rest, text)
    if moment.tzinfo is None and zone is None:
        raise InstantError(
            _('"{text}" lacks its offset from UTC.').format(text=shown(text)),
            _("No contest is here to say in which zone it is."),
            _("Write for example: {example}").format(example="2024-03-11T12:00:00+01:00"),
        )
    return moment if zone is None else in_zone(moment, zone)


def in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment itself where it has an offset, else the same hour on the clocks of a zone.

    *Raises* InstantError for an hour that the clocks jump over or pass twice.
    """
    if moment.tzinfo is not None:
        return moment
    check_local(moment, zone, offsets=True)
    return moment.replace(tzinfo=zone)


def is_day(text: str) -> bool:
    """True where a text has the form of a day without an hour."""
    return _DAY.fullmatch(alike(text)) is not None


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last instant of a day on the clocks of a zone, in UTC."""
    return to_utc(datetime.combine(day + timedelta(days=1), time()), zone) - _ONE_TICK


def with_year(text: str, today: date) -> str:
    """A day, and what follows it, with its year where that is left out: the nearest such day.

    A slip of a few days lies so in the future, where whoever reads it can refuse it.
    """
    typed = alike(text)
    found = _DAY.match(typed)
    if found is None or not found["d3"] or found["y3"]:
        return text
    month, day = MONTHS[found["m3"]], int(found["d3"])
    ahead = (month * _MONTH + day) - (today.month * _MONTH + today.day)
    year = today.year - round(ahead / (12 * _MONTH))
    return f"{typed[: found.end()]} {year}{typed[found.end() :]}"


def _at_hour(day: date, rest: str, text: str) -> datetime:
    found = _HOUR.fullmatch(rest)
    try:
        if found is None or int(found["hour"]) > 23:
            raise ValueError
        minute = found["h_minute"] or found["minute"] or "00"
        second = found["h_second"] or found["second"] or "00"
        clock = f"{found['hour']:0>2}:{minute}:{second}.{found['fraction'] or '':0<6}"
        moment = datetime.fromisoformat(f"{day}T{clock}{(found['offset'] or '').upper()}")
        if abs(moment.utcoffset() or timedelta()) >= _FARTHEST:
            raise ValueError
        return moment
    except ValueError:
        hour = text.strip()[-len(rest.strip()) :]
        raise InstantError(
            _('"{text}" is not an hour.').format(text=shown(hour)), mend=example_moment()
        ) from None


def _day(text: str) -> tuple[date, str]:
    """The day that a text begins with, and what follows it, without capitals and accents."""
    typed = alike(text)
    found = _DAY.match(typed)
    if found is None:
        raise InstantError(_('"{text}" is not a day.').format(text=shown(text)), mend=example_day())
    named = found.groupdict()
    year, month, day = (
        next((named[f"{part}{n}"] for n in "1234" if named[f"{part}{n}"]), "") for part in "ymd"
    )
    if len(year) != 4:
        raise InstantError(
            _('"{text}" does not say which century.').format(text=shown(text))
            if year
            else _('"{text}" does not say which year.').format(text=shown(text)),
            mend=_("Write the year with four digits."),
        )
    try:
        read = date(int(year), MONTHS.get(month) or int(month), int(day))
    except ValueError:
        raise InstantError(
            _('"{text}" is no day of the calendar.').format(text=found[0]), mend=example_day()
        ) from None
    _check_weekday(named["weekday"], read, text)
    return read, typed[found.end() :]


def _check_weekday(named: str | None, day: date, text: str) -> None:
    if named is not None and WEEKDAYS[named] != day.isoweekday():
        raise InstantError(
            _('"{text}" names two days.').format(text=shown(text)),
            _("{day} is another day of the week.").format(day=day.isoformat()),
            _("Correct one of the two, or leave the day of the week out."),
        )


def example_day() -> str:
    """A sentence that shows how to write a day."""
    return _("Write it as {example} or {other}.").format(example="2024-05-14", other="14/05/2024")


def example_moment() -> str:
    """A sentence that shows how to write a day and an hour."""
    return _("Write it as {example} or {other}.").format(
        example="2024-05-14 09:30", other="14/05/2024 9 h 30"
    )
