"""The words that people read: English in the code, French from the catalogue.

The language is French unless `use_language` or `speaking` says otherwise, per context: two
requests in one process may speak two languages. `tools/words.py` keeps the catalogue.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path
from struct import unpack_from
from typing import Literal, get_args

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_SEVERAL_FROM = {"fr": 2}
"""From which count on a language speaks of several, where none is not several."""
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_language: ContextVar[str] = ContextVar("ptce_language", default="fr")


class _Catalogue:
    """A compiled catalogue. Of thousands of messages a command says few: each is looked up there.

    *Source* the GNU gettext manual, "The Format of GNU MO Files".
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        _magic, _revision, self._count, self._messages, self._said = unpack_from("<5I", content)

    def forms(self, message: str) -> list[str]:
        """What is said for a message: of one, and of several where there is a plural."""
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
    """Sets the language of every later message in this context.

    *Raises* ValueError for what is no tag of a language.
    """
    if not is_language(language):
        raise ValueError(language)
    _language.set(language)


def is_language(tag: str) -> bool:
    """True for what may be the tag of a language, as BCP 47 has them."""
    return _TAG.fullmatch(tag) is not None


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speaks one language inside the block, then the former one again."""
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
    """A message in the language in force; the English is its key."""
    said = _forms(own_language(_language.get()), message)
    return said[0] if said else message


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "mark, translate later"
    """Marks a message for the catalogue; it is translated where it is shown."""
    return message


def nN_(message: str, several: str) -> tuple[str, str]:  # noqa: N802 - see `N_`
    """Marks a message and its plural for the catalogue."""
    return message, several


def n_(one: str, several: str, count: int) -> str:
    """A message that agrees with a count, in the language in force."""
    spoken = own_language(_language.get())
    said = _forms(spoken, one)
    if len(said) > 1:
        return said[count >= _SEVERAL_FROM[spoken]]
    return one if count == 1 else several
