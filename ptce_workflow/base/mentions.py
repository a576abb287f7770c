"""Numbers and days that a text mentions, in figures or in words, in French or in English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache

from msgspec import Struct

from ptce_workflow.base.cldr import USAGES
from ptce_workflow.base.text import alike

_SMALL = (
    "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize "
    "dix-sept dix-huit dix-neuf",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen",
)
_LARGE = (
    "20 vingt 30 trente 40 quarante 50 cinquante 60 soixante 80 quatre-vingt 100 cent 1000 mille "
    "1000000 million",
    "20 twenty 30 thirty 40 forty 50 fifty 60 sixty 70 seventy 80 eighty 90 ninety 100 hundred "
    "1000 thousand 1000000 million",
)
_NAMES = tuple(
    dict(enumerate(small.split())) | dict(zip(map(int, large[::2]), large[1::2], strict=True))
    for small, large in zip(_SMALL, map(str.split, _LARGE), strict=True)
)
_MOST = 1_000_000_000

# What parts thousands: `100 000`, `100.000`.
_THOUSANDS = re.compile(r"(?<=\d)[ .,'](?=\d{3}(?!\d))")
_FIGURES = re.compile(r"(?<![\d.,])(\d+(?:[.,]\d+)?) ?(k\b|mille\b|thousand\b|millions?\b)?")
_TIMES = {"k": 1_000, "mille": 1_000, "thousand": 1_000, "million": 1_000_000}

_MONTHS = {
    alike(name).rstrip("."): number
    for usage in USAGES.values()
    for names in (usage.months, usage.short_months)
    for number, name in enumerate(names, 1)
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(alike(name) for usage in USAGES.values() for name in usage.days)


class MentionedDay(Struct, frozen=True):
    """A day of a month; of which year, where the text says it."""

    day: int
    month: int
    year: int | None


def mentions_number(text: str, number: int | Decimal) -> bool:
    """True where a number stands in a text, in figures or in words."""
    plain, wanted = alike(text), Decimal(number)
    for one in {plain, _THOUSANDS.sub("", plain)}:
        for figures, times in _FIGURES.findall(one):
            value = Decimal(figures.replace(",", ".")) * _TIMES.get(times.rstrip("s"), 1)
            if value == wanted:
                return True
    if wanted != int(wanted) or not 0 <= wanted < _MOST:
        return False
    forms = "|".join(map(_loosely, spelled(int(wanted))))
    return re.search(rf"(?<![\w-])(?:{forms})(?![\w-])", plain) is not None


def mentioned_days(text: str) -> Iterator[MentionedDay]:
    """Every day that a text names with its month: `14 et 15 mai 2024` names two."""
    for found in _named().finditer(alike(text.replace("*", "").replace("_", ""))):
        part = {name[:-1]: value for name, value in found.groupdict().items() if value}
        month = _MONTHS.get(part["month"]) or int(part["month"])
        year = int(part["year"]) if "year" in part else None
        for one in re.finditer(_numbers(), part["days"]):
            yield MentionedDay(_day_of(one[0]), month, year)


def spelled(number: int) -> tuple[str, ...]:
    """A whole number in words, in French and in English, without accents."""
    return tuple(_in_words(number, names) for names in _NAMES)


def _in_words(number: int, names: Mapping[int, str]) -> str:
    unit = max(one for one in names if one <= number)
    if unit < 100:
        return names[unit] + (f"-{_in_words(number - unit, names)}" if number > unit else "")
    many, rest = divmod(number, unit)
    count = f"{_in_words(many, names)} " if many > 1 else ""
    return f"{count}{names[unit]}" + (f" {_in_words(rest, names)}" if rest else "")


def _loosely(words: str) -> str:
    """A pattern for a number in words: hyphens, `et`, `and`, and an s at the end may vary."""
    parts = re.split(r"[ -]", words)
    return r"s?[ -](?:(?:et|and)[ -])?".join(parts) + ("e?" if parts[-1] == "un" else "s?")


@cache
def _numbers() -> str:
    """A pattern for the number of a day."""
    words = [*_day_words()]
    return rf"\d{{1,2}}(?!\d)(?:er|st|nd|rd|th)?|\b(?:{'|'.join(words)})\b"


@cache
def _day_words() -> dict[str, int]:
    """The days of a month in words, the longest first."""
    words = {"premier": 1, "first": 1}
    for day in range(1, 32):
        words |= {alike(one): day for one in spelled(day)}
        words |= {
            one.replace("-un", f"{joint}et{joint}un"): day for one in spelled(day) for joint in " -"
        }
    return dict(sorted(words.items(), key=lambda item: -len(item[0])))


def _day_of(said: str) -> int:
    known = _day_words().get(said)
    return int(re.sub(r"\D", "", said)) if known is None else known


@cache
def _named() -> re.Pattern[str]:
    day = _numbers()
    joined = rf"(?:,| et| and| au| a| to| &| ou| or| -)? ?(?:(?:le|the|{_WEEKDAY}) )*"
    days = rf"(?:{day})(?:{joined}(?:{day}))*"
    return re.compile(
        r"\b(?P<year1>\d{4})-(?P<month1>\d{2})-(?P<days1>\d{2})\b"
        r"|\b(?P<days2>\d{1,2})[/.](?P<month2>\d{1,2})[/.](?P<year2>\d{4})\b"
        rf"|(?<![\w-])(?P<days3>{days}) (?:of )?(?P<month3>{_MONTH})\b\.?"
        r"(?:,? (?P<year3>\d{4})\b)?"
        rf"|\b(?P<month4>{_MONTH})\b\.? (?:the )?(?P<days4>{days})(?:,? (?P<year4>\d{{4}})\b)?"
    )
