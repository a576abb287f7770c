"""Days, hours and numbers as they are said in French and in English.

Names of days and months and the marks of numbers come from the CLDR (`base.cldr`). How a sentence
is put together from them is typographic usage, written here: the language is an argument, since one
command may write to people who read different ones.
"""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from msgspec import Struct

from ptce_workflow.base.cldr import USAGES, Usage
from ptce_workflow.base.clock import local_time
from ptce_workflow.base.words import _, own_language

NO_BREAK = "\u00a0"
_APART_FROM = 10_000


class _Usage(Struct, frozen=True):
    """The words of a language around names and numbers; `first` is the first day of a month.

    `tag` names it for office programs, with the country whose usage is followed; `yes` and `no`
    are what people write for the two truths, the usual word first.
    """

    tag: str
    yes: tuple[str, ...]
    no: tuple[str, ...]
    first: str
    instant: str
    today: str
    tomorrow: str
    yesterday: str
    ahead: str
    ago: str


_FRENCH = _Usage(
    tag="fr-FR",
    yes=("oui", "vrai"),
    no=("non", "faux"),
    first="1er",
    instant="{day} à {hour}",
    today="aujourd’hui",
    tomorrow="demain",
    yesterday="hier",
    ahead="dans {count} jours",
    ago="il y a {count} jours",
)
_ENGLISH = _Usage(
    tag="en-GB",
    yes=("yes", "true"),
    no=("no", "false"),
    first="1",
    instant="{day} at {hour}",
    today="today",
    tomorrow="tomorrow",
    yesterday="yesterday",
    ahead="in {count} days",
    ago="{count} days ago",
)
_USUAL = {"fr": _FRENCH, "en": _ENGLISH}

YES = frozenset(word for usage in _USUAL.values() for word in usage.yes)
"""What people write for yes, in every language."""

NO = frozenset(word for usage in _USUAL.values() for word in usage.no)
"""What people write for no, in every language."""


def agrees(answer: str) -> bool:
    """True for an answer at the keyboard that is yes, or its first letter, in any language."""
    said = answer.casefold()
    return any(said in (usage.yes[0], usage.yes[0][0]) for usage in _USUAL.values())


def refuses(answer: str) -> bool:
    """True for an answer at the keyboard that is no, or its first letter, in any language."""
    said = answer.strip().casefold()
    return any(said in (usage.no[0], usage.no[0][0]) for usage in _USUAL.values())


def long_date(day: date, zone: ZoneInfo, language: str) -> str:
    """A day in full: `lundi 11 mars 2024`, `Monday 11 March 2024`.

    An instant is told by its day in `zone`; a plain date is the same day everywhere.
    """
    local, names = _local_day(day, zone), _marks(language)
    month = names.months[local.month - 1]
    return f"{names.days[local.weekday()]} {_day(local, language)} {month} {local.year}"


def short_date(day: date, zone: ZoneInfo, language: str) -> str:
    """A day without its year: `26 févr.`, `26 Feb`; see `long_date`."""
    local = _local_day(day, zone)
    return f"{_day(local, language)} {_marks(language).short_months[local.month - 1]}"


def rehearsal_mark() -> str:
    """The mark before whatever a rehearsal shows, sends or writes."""
    return _("[REHEARSAL]")


def long_instant(instant: datetime, zone: ZoneInfo, language: str, *, seconds: bool = False) -> str:
    """A day and its hour: `lundi 11 mars 2024 à 11 h 42`, `Monday 11 March 2024 at 11:42`."""
    return _usage(language).instant.format(
        day=long_date(instant, zone, language),
        hour=clock(instant, zone, language, seconds=seconds),
    )


def short_instant(
    instant: datetime, zone: ZoneInfo, language: str, *, seconds: bool = False
) -> str:
    """A day and its hour for tables: `11 mars 11:42`, `11 mars 11:42:07` with seconds."""
    day = short_date(instant, zone, language)
    return f"{day} {_figures(_local(instant, zone), seconds=seconds)}"


def clock(instant: datetime, zone: ZoneInfo, language: str, *, seconds: bool = False) -> str:
    """The hour of an instant: `12 h`, `11 h 42`, `11 h 42 min 07 s`; `11:42`, `11:42:07`.

    French leaves out what is zero at the end, and its spaces do not break. The last instant of a
    day, with which a term ends, is its midnight: `24 h`, `24:00`.
    """
    local = _local(instant, zone)
    if own_language(language) != "fr":
        return _figures(local, seconds=seconds)
    said = f"{local.hour} h"
    if local.time() == time.max:
        said = "24 h"
    elif seconds and local.second:
        said += f" {local:%M} min {local:%S} s"
    elif local.minute:
        said += f" {local:%M}"
    return said.replace(" ", NO_BREAK)


def days_from_now(days: int, language: str) -> str:
    """Returns the distance of a day from today: `dans 3 jours`, `demain`, `il y a 2 jours`."""
    usage = _usage(language)
    near = {0: usage.today, 1: usage.tomorrow, -1: usage.yesterday}
    if days in near:
        return near[days]
    phrase = usage.ahead if days > 0 else usage.ago
    return phrase.format(count=number(abs(days), language))


def number(count: int, language: str) -> str:
    """A whole number, its thousands set apart (in French by a narrow no-break space): `12,040`.

    Four figures stay together, since they may be a year: 1204 is `1204`.
    """
    if abs(count) < _APART_FROM:
        return str(count)
    return f"{count:,}".replace(",", _marks(language).thousands)


def hundredths(count: int, language: str) -> str:
    """A number held in hundredths, with two decimals: 350 is `3,50`, `3.50`."""
    whole, part = divmod(abs(count), 100)
    sign = "-" if count < 0 else ""
    return f"{sign}{number(whole, language)}{_marks(language).decimal}{part:02}"


def with_marks(number: str, language: str) -> str:
    """A number written with a point, with the mark that a language puts there: `3,5`, `3.5`."""
    return number.replace(".", _marks(language).decimal)


def separator(language: str) -> str:
    """The sign that spreadsheets expect between cells: no comma where numbers have one."""
    return ";" if _marks(language).decimal == "," else ","


def tag(language: str) -> str:
    """The language as office programs name it: `fr-FR`, `en-GB`."""
    return _USUAL[language].tag if language in _USUAL else language


def _figures(local: datetime, *, seconds: bool) -> str:
    if local.time() == time.max:
        return "24:00"
    return f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"


def _usage(language: str) -> _Usage:
    return _USUAL[own_language(language)]


def _marks(language: str) -> Usage:
    return USAGES[own_language(language)]


def _day(day: date, language: str) -> str:
    return _usage(language).first if day.day == 1 else str(day.day)


def _local_day(day: date, zone: ZoneInfo) -> date:
    return _local(day, zone).date() if isinstance(day, datetime) else day


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    if instant.tzinfo is None:
        raise TypeError("a naive datetime is not an instant")
    return local_time(instant, zone)
