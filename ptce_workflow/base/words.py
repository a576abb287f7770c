"""Languages: the catalogue, and days, numbers and lists as text.

The language is French unless `use_language` or `speaking` says otherwise, per context: two
requests in one process may speak two languages. `tools/words.py` keeps the catalogue.

Names of days and months and the marks of numbers are those of the CLDR, which a test compares. How
a sentence is put together from them is typographic usage: the language is an argument, since one
command may write to people who read different ones.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from struct import unpack_from
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from msgspec import Struct, json

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_language: ContextVar[str] = ContextVar("ptce_language", default="fr")


class _Catalogue:
    """A compiled catalogue. Of thousands of messages a command says few: each is looked up there.

    Source: the GNU gettext manual, "The Format of GNU MO Files".
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        _magic, _revision, self._count, self._messages, self._said = unpack_from("<5I", content)

    def forms(self, message: str) -> list[str]:
        key = message.encode()
        place = bisect_left(range(self._count), key, key=self._message)
        if place == self._count or self._message(place) != key:
            return []
        return self._at(self._said, place).decode().split("\0")

    def _message(self, place: int) -> bytes:
        return self._at(self._messages, place).partition(b"\0")[0]

    def _at(self, table: int, place: int) -> bytes:
        length, start = unpack_from("<2I", self._content, table + 8 * place)
        return self._content[start : start + length]


@cache
def _catalogue(language: str) -> _Catalogue | None:
    # Beside this file rather than by importlib.resources, whose import costs more than the read.
    compiled = Path(__file__).parent / "locale" / language / "LC_MESSAGES" / "ptce.mo"
    try:
        return _Catalogue(compiled.read_bytes())
    except FileNotFoundError:
        return None


@lru_cache(maxsize=8192)
def _forms(language: str, message: str) -> list[str]:
    """A message in a language, as its catalogue says it; nothing for English, which has none."""
    catalogue = _catalogue(language)
    return catalogue.forms(message) if message and catalogue is not None else []


def use_language(language: str) -> None:
    """The language of later messages in this context. Raises: ValueError for no such tag."""
    if not is_language(language):
        raise ValueError(language)
    _language.set(language)


def is_language(tag: str) -> bool:
    """True for what may be the tag of a language, as BCP 47 has them."""
    return _TAG.fullmatch(tag) is not None


@contextmanager
def speaking(language: str) -> Iterator[None]:
    former = _language.get()
    use_language(language)
    try:
        yield
    finally:
        _language.set(former)


def language() -> str:
    """The language in force in this context: that of phrases of the folder, where they have it."""
    return _language.get()


def own_language(language: str) -> str:
    """The language of the program's own words for whoever asked for one: French for most."""
    base = language.partition("-")[0]
    return base if base in LANGUAGES else LANGUAGES[0]


def _(message: str) -> str:
    forms = _forms(own_language(_language.get()), message)
    return forms[0] if forms else message


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "mark, translate later"
    """Marks a message for the catalogue; it is translated where it is shown."""
    return message


def nN_(message: str, several: str) -> tuple[str, str]:  # noqa: N802 - see `N_`
    return message, several


def n_(one: str, several: str, count: int) -> str:
    """A message that agrees with a count, in the language in force; `{count}` stands for it."""
    forms = _forms(own_language(_language.get()), one)
    message = ((forms[0], forms[1]) if len(forms) > 1 else (one, several))[is_plural(count)]
    return message.replace("{count}", number(count, _language.get()))


def is_plural(count: int) -> bool:
    return count >= 2 or (count != 1 and own_language(_language.get()) != "fr")


def local_time(instant: datetime, zone: tzinfo) -> datetime:
    """An aware instant by the clocks of a zone.

    At the very ends of the calendar, where those clocks have no date for it, it stays in UTC: a
    ledger may hold such an instant, and everything that tells it would fail.
    """
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return instant


NO_BREAK = "\u00a0"


class Usage(Struct, frozen=True):
    """The words of a language around names and numbers; `first` is the first day of a month.

    `tag` names it for office programs, with the country whose usage is followed; `yes` and `no`
    are what people write for the two truths, the usual word first. `days` begin with Monday.
    """

    days: tuple[str, ...]
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    decimal: str
    thousands: str
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


USAGES = json.decode((Path(__file__).parent / "usage.json").read_bytes(), type=dict[str, Usage])

YES = frozenset(word for usage in USAGES.values() for word in usage.yes)
"""What people write for yes, in every language."""

NO = frozenset(word for usage in USAGES.values() for word in usage.no)
"""What people write for no, in every language."""


def agrees(answer: str) -> bool:
    typed = answer.casefold()
    return any(typed in (usage.yes[0], usage.yes[0][0]) for usage in USAGES.values())


def refuses(answer: str) -> bool:
    typed = answer.strip().casefold()
    return any(typed in (usage.no[0], usage.no[0][0]) for usage in USAGES.values())


def long_date(day: date, zone: ZoneInfo, language: str) -> str:
    """`lundi 11 mars 2024`, `Monday 11 March 2024`; an instant has its day in `zone`."""
    local, names = _local_day(day, zone), _usage(language)
    month = names.months[local.month - 1]
    return f"{names.days[local.weekday()]} {_day(local, language)} {month} {local.year}"


def short_date(day: date, zone: ZoneInfo, language: str) -> str:
    """A day without its year: `26 févr.`, `26 Feb`; see `long_date`."""
    local = _local_day(day, zone)
    return f"{_day(local, language)} {_usage(language).short_months[local.month - 1]}"


def rehearsal_mark() -> str:
    return _("[REHEARSAL]")


def long_instant(instant: datetime, zone: ZoneInfo, language: str, *, seconds: bool = False) -> str:
    """A day and its hour: `lundi 11 mars 2024 à 11 h 42`, `Monday 11 March 2024 at 11:42`."""
    hour = clock(instant, zone, language, seconds=seconds)
    return _usage(language).instant.format(day=long_date(instant, zone, language), hour=hour)


def short_instant(instant: datetime, zone: ZoneInfo, language: str) -> str:
    """A day and its hour for tables: `11 mars 11:42`."""
    day = short_date(instant, zone, language)
    return f"{day} {_figures(_local(instant, zone), seconds=False)}"


def clock(instant: datetime, zone: ZoneInfo, language: str, *, seconds: bool = False) -> str:
    """The hour of an instant: `12 h`, `11 h 42`, `11 h 42 min 07 s`; `11:42`, `11:42:07`.

    French leaves out what is zero at the end, and its spaces do not break. The last instant of a
    day, with which a term ends, is its midnight: `24 h`, `24:00`.
    """
    local = _local(instant, zone)
    if own_language(language) != "fr":
        return _figures(local, seconds=seconds)
    text = f"{local.hour} h"
    if local.time() == time.max:
        text = "24 h"
    elif seconds and local.second:
        text += f" {local:%M} min {local:%S} s"
    elif local.minute:
        text += f" {local:%M}"
    return text.replace(" ", NO_BREAK)


def days_from_now(days: int, language: str) -> str:
    """Returns the distance of a day from today: `dans 3 jours`, `demain`, `il y a 2 jours`."""
    usage = _usage(language)
    near = {0: usage.today, 1: usage.tomorrow, -1: usage.yesterday}
    if days in near:
        return near[days]
    phrase = usage.ahead if days > 0 else usage.ago
    return phrase.format(count=number(abs(days), language))


def number(count: int, language: str) -> str:
    """A whole number, its thousands set apart; four figures stay together, as in a year."""
    if abs(count) < 10_000:
        return str(count)
    return f"{count:,}".replace(",", _usage(language).thousands)


def hundredths(count: int, language: str) -> str:
    """A number held in hundredths, with two decimals: 350 is `3,50`, `3.50`."""
    whole, part = divmod(abs(count), 100)
    sign = "-" if count < 0 else ""
    return f"{sign}{number(whole, language)}{_usage(language).decimal}{part:02}"


def with_marks(number: str, language: str) -> str:
    """A number written with a point, with the mark that a language puts there: `3,5`, `3.5`."""
    return number.replace(".", _usage(language).decimal)


def separator(language: str) -> str:
    """The sign that spreadsheets expect between cells: no comma where numbers have one."""
    return ";" if _usage(language).decimal == "," else ","


def tag(language: str) -> str:
    """The language as office programs name it: `fr-FR`, `en-GB`."""
    return USAGES[language].tag if language in USAGES else language


def _figures(local: datetime, *, seconds: bool) -> str:
    if local.time() == time.max:
        return "24:00"
    return f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"


def _usage(language: str) -> Usage:
    return USAGES[own_language(language)]


def _day(day: date, language: str) -> str:
    return _usage(language).first if day.day == 1 else str(day.day)


def _local_day(day: date, zone: ZoneInfo) -> date:
    return _local(day, zone).date() if isinstance(day, datetime) else day


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    if instant.tzinfo is None:
        raise TypeError("a naive datetime is not an instant")
    return local_time(instant, zone)


DRAWN_ROWS_AT_MOST = 100
"""What fits a few screens is drawn with care; what is longer is read by programs and `less`."""

# Latin letters and the marks between them: one column each. A long list is made of little else.
_NARROW = re.compile("[\x00-\xac\xae-\u02ff\u2010-\u2027]*")

_JOINERS = "\u200c\u200d"
_BREAKS = frozenset({"Cc", "Zl", "Zp"})
_UNSEEN = frozenset({"Cf", "Cs", "Cn"})

STAMP = "stamp"
"""The hidden sheet of a workbook that says what it was made for: a key and a value in each row."""
TABLE_MARK = "ptce"
"""The first cell of a table in CSV whose first line is its stamp: `key=value` in each cell."""

# What a spreadsheet takes for the beginning of a formula or of a command, wide forms included.
_FORMULA = r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_DANGEROUS = re.compile(rf"'*{_FORMULA}")

_FEW = 12
_TELLING = 3
"""From how many letters on the beginning of a name tells which one was meant."""


def columns_of(text: str) -> int:
    """Returns the columns that a text takes: two a wide character, none a combining one."""
    if _NARROW.fullmatch(text):
        return len(text)
    wide = sum(unicodedata.east_asian_width(mark) in "WF" for mark in text)
    empty = sum(unicodedata.category(mark) in ("Mn", "Me", "Cf") for mark in text)
    return len(text) + wide - empty


def padding(text: str, width: int) -> str:
    return " " * (width - columns_of(text))


def plain(text: str) -> str:
    """The text as names are compared: without capitals, accents and signs, in words."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", " ", bare).strip()


def one_line(text: str, *, at_most: int) -> str:
    """The text on one line, without characters that nobody sees, cut at a word with an ellipsis.

    Line ends and other controls become blanks; what turns the direction of writing, surrogates
    and unassigned characters go. `=?` is parted: Python 3.11 would decode the encoded word that
    it begins, line end and all, and write what it hid into the header.

    Source: RFC 2047 section 2 for `=?`; CVE-2024-6923 for what became of it.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _seen(char) for char in text)
    # After the characters that nobody sees, which may stand between the two.
    text = re.sub(" {2,}", " ", text.replace("=?", "= ?")).strip()
    if len(text) <= at_most:
        return text
    head, blank, _word = text[:at_most].rpartition(" ")
    # A "word" that fills most of the line is none: it is cut where the room ends.
    cut = head if blank and len(head) > at_most // 2 else text[: at_most - 1]
    return f"{cut.rstrip()}…"


def _seen(character: str) -> str:
    category = unicodedata.category(character)
    if category in _BREAKS:
        return " "
    return "" if category in _UNSEEN and character not in _JOINERS else character


def safe_text(value: str) -> str:
    """The text for a cell of a CSV file: what looks like a formula gets an apostrophe before it."""
    return f"'{value}" if _DANGEROUS.match(value) else value


def plain_text(cell: str) -> str:
    return cell[1:] if re.match(rf"'+{_FORMULA}", cell) else cell


def suggestion(word: str, candidates: Iterable[str]) -> str:
    """A sentence that proposes the nearest name, or all of few; "" where none is near."""
    names = sorted(candidates)
    listed = _("Known here: {names}.").format(names=", ".join(names))
    return did_you_mean(nearest(word, names)) or (listed if 0 < len(names) <= _FEW else "")


def nearest(word: str, candidates: Iterable[str], *, most: int = 1) -> list[str]:
    """The names nearest to a word; where some begin with it, only those. None that is far."""
    names, typed = {alike(name): name for name in candidates}, alike(word)
    begun = [name for name in names if len(typed) >= _TELLING and name.startswith(typed)]
    if begun:
        return [names[name] for name in sorted(begun, key=len)[:most]]
    # Few commands are misspelt: the others do without what compares names.
    from difflib import get_close_matches

    return [names[near] for near in get_close_matches(typed, names, n=most)]


def meant(word: str, labels: Mapping[str, Iterable[str]]) -> list[str]:
    """The keys that a word may stand for, by name or label; case, accents and signs are ignored."""
    if word in labels:
        return [word]
    typed = plain(word)
    return [key for key, called in labels.items() if typed and typed in map(plain, (key, *called))]


def did_you_mean(names: Sequence[str]) -> str:
    if not names:
        return ""
    quoted = (_('"{name}"').format(name=name) for name in names)
    return _("Did you mean {names}?").format(names=_(" or ").join(quoted))


def alike(text: str) -> str:
    """A text without what people leave out when they type: capitals, accents, double blanks."""
    decomposed = unicodedata.normalize("NFD", text.replace("’", "'").casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def fingerprint(hash_: str) -> str:
    """The first sixteen digits of a hash, in groups of four, as people read and type them."""
    return " ".join(hash_[at : at + 4] for at in range(0, 16, 4))
