"""The words that people read: English in the code, French from the catalogue.

The language is French unless `use_language` or `speaking` says otherwise, per context: two
requests in one process may speak two languages. `tools/words.py` keeps the catalogue.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_language: ContextVar[str] = ContextVar("ptce_language", default="fr")


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """The compiled catalogue of a language; English where none was compiled."""
    # Beside this file rather than by importlib.resources, whose import costs more than the read.
    compiled = Path(__file__).parent / "locale" / language / "LC_MESSAGES" / "ptce.mo"
    try:
        with compiled.open("rb") as stream:
            return gettext.GNUTranslations(stream)
    except FileNotFoundError:
        return gettext.NullTranslations()


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
    return _catalogue(own_language(_language.get())).gettext(message) if message else ""


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "mark, translate later"
    """Marks a message for the catalogue; it is translated where it is shown."""
    return message


def nN_(message: str, several: str) -> tuple[str, str]:  # noqa: N802 - see `N_`
    """Marks a message and its plural for the catalogue."""
    return message, several


def n_(one: str, several: str, count: int) -> str:
    """A message that agrees with a count, in the language in force."""
    return _catalogue(own_language(_language.get())).ngettext(one, several, count)
