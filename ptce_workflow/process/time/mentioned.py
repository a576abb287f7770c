"""Numbers and days that a text mentions, in figures or in words, in French or in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from ptce_workflow.base.text import alike
from ptce_workflow.process.time.written import MONTH, MONTHS, WEEKDAYS

_SMALL = (
    "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize "
    "dix-sept dix-huit dix-neuf vingt",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty",
)
_TENS = (
    {30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre-vingt"}
    | {100: "cent", 1_000: "mille"},
    {30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety"}
    | {100: "hundred", 1_000: "thousand"},
)
_NAMES = [dict(enumerate(s.split())) | tens for s, tens in zip(_SMALL, _TENS, strict=True)]
# What parts thousands: `100 000`, `100.000`.
_THOUSANDS = re.compile(r"(?<=\d)[ .,'](?=\d{3}(?!\d))")
_FIGURES = re.compile(r"(?<![\d.,])(\d+(?:[.,]\d+)?) ?(k\b|mille\b|thousand\b|millions?\b)?")
_TIMES = {"": 1, "k": 1_000, "mille": 1_000, "thousand": 1_000, "million": 1_000_000}


def mentions_number(text: str, number: int | Decimal) -> bool:
    """True where a number stands in a text, in figures or in words."""
    plain, wanted = alike(text), Decimal(number)
    found = (one for form in (plain, _THOUSANDS.sub("", plain)) for one in _FIGURES.findall(form))
    if any(Decimal(n.replace(",", ".")) * _TIMES[unit.rstrip("s")] == wanted for n, unit in found):
        return True
    if wanted != int(wanted) or wanted < 0:
        return False
    forms = "|".join(_loosely(words) for words in spelled(int(wanted)))
    return bool(forms) and re.search(rf"(?<![\w-])(?:{forms})(?![\w-])", plain) is not None


def spelled(number: int) -> Iterator[str]:
    """A number up to a hundred in words, or a thousand: in French, in English, without accents."""
    for names in _NAMES:
        unit = max(one for one in names if one <= number)
        rest = number - unit
        if not rest or (unit < 100 and rest < 20):
            yield f"{names[unit]}-{names[rest]}" if rest else names[unit]


def _loosely(words: str) -> str:
    """A pattern for a number in words: hyphens, `et`, `and`, and an s at the end may vary."""
    parts = re.split(r"[ -]", words)
    return r"s?[ -](?:(?:et|and)[ -])?".join(parts) + ("e?" if parts[-1] == "un" else "s?")


class MentionedDay(Struct, frozen=True):
    """A day of a month; of which year, where the text says it."""

    day: int
    month: int
    year: int | None


_DAYS = {"premier": 1, "first": 1} | {_loosely(w): n for n in range(31, 0, -1) for w in spelled(n)}
_NUMBER = rf"(?:\d{{1,2}}(?!\d)(?:er|st|nd|rd|th)?|\b(?:{'|'.join(_DAYS)})\b)"
_JOINED = rf"(?:,| et| and| au| a| to| &| ou| or| -)? ?(?:(?:le|the|{'|'.join(WEEKDAYS)}) ){{0,2}}"
_LIST = rf"{_NUMBER}(?:{_JOINED}{_NUMBER}){{0,9}}"
_NAMED = re.compile(
    r"\b(?P<y1>\d{4})-(?P<m1>\d{2})-(?P<d1>\d{2})\b"
    r"|\b(?P<d2>\d{1,2})[/.](?P<m2>\d{1,2})[/.](?P<y2>\d{4})\b"
    rf"|(?<![\w-])(?P<d3>{_LIST}) (?:of )?(?P<m3>{MONTH})\b\.?(?:,? (?P<y3>\d{{4}})\b)?"
    rf"|\b(?P<m4>{MONTH})\b\.? (?:the )?(?P<d4>{_LIST})(?:,? (?P<y4>\d{{4}})\b)?"
)


def mentioned_days(text: str) -> Iterator[MentionedDay]:
    """Every day that a text names with its month: `14 et 15 mai 2024` names two."""
    for found in _NAMED.finditer(alike(text.replace("*", "").replace("_", ""))):
        part = {name[0]: said for name, said in found.groupdict().items() if said}
        month = MONTHS.get(part["m"]) or int(part["m"])
        year = int(part["y"]) if "y" in part else None
        for one in re.findall(_NUMBER, part["d"]):
            words = (n for form, n in _DAYS.items() if re.fullmatch(form, one))
            day = int(re.sub(r"\D", "", one)) if one[0].isdigit() else next(words)
            yield MentionedDay(day, month, year)
