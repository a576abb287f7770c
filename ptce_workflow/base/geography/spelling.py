"""What was typed for a place, taken apart: a kind, a code, a name, a department."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from ptce_workflow.base.geography.zones import KINDS, Kind

_APOSTROPHES = str.maketrans("’‘ʼ′", "''''")
_KIND = re.compile(
    r"(?:(?P<commune>communes?)|(?P<epci>epci|intercommunalités?|interco)"
    r"|(?P<department>d[ée]partements?|departments?|d[ée]pt?)"
    r"|(?P<region>r[ée]gions?|r[ée]g))\.?(?: ?:)? +(?P<rest>.+)",
    re.IGNORECASE,
)
_PARTICLE = re.compile(r"(?:de la |de l'|des |du |de |d')", re.IGNORECASE)
_SITUATED = re.compile(r"(?P<name>.+?)(?: ?\((?P<inside>[^()]+)\)| ?, ?(?P<after>[^,]+))")
_ARTICLE = re.compile(
    r"(?P<name>.+?)(?: ?\((?P<inside>l[ae]|les|l')\)| ?, ?(?P<after>l[ae]|les|l'))", re.IGNORECASE
)
_ELIDED = "'"
_POSTED = re.compile(r"(?P<before>[0-9]{5}),? (?P<first>.+)|(?P<last>.+?),? (?P<behind>[0-9]{5})")
_CEDEX = re.compile(r",? cedex(?: [0-9]{1,2})?$", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+(?: [0-9]+)*")
_FIVE_DIGITS = re.compile("[0-9]{5}")
_CORSICAN = re.compile(r"2[AB](?:[0-9]{3})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Typed:
    """A place as it was typed: the kind that was said, if any, and a name or a code."""

    kind: Kind | None
    words: str

    @property
    def code(self) -> str:
        """The code that was typed, its blanks taken out; "" for a name."""
        if _NUMBER.fullmatch(self.words):
            return self.words.replace(" ", "")
        return self.words.upper() if _CORSICAN.fullmatch(self.words) else ""

    @property
    def is_cedex(self) -> bool:
        """True for the address of a big receiver of mail, whose postal code serves no commune."""
        return _CEDEX.search(self.words) is not None

    def readings(self) -> Iterator[tuple[str, str]]:
        """The names that were perhaps meant, each with what situates it: Millau (12), 12100 Millau.

        An article may stand behind its name, as registers sort them: Vans (Les).
        """
        for name, inside in self._situated():
            yield name, inside
            plain = _CEDEX.sub("", name)
            if plain != name:
                yield plain, inside
            if found := _ARTICLE.fullmatch(plain):
                article = found["inside"] or found["after"]
                yield f"{article}{'' if article.endswith(_ELIDED) else ' '}{found['name']}", inside

    def _situated(self) -> Iterator[tuple[str, str]]:
        yield self.words, ""
        if self.kind is not None and _PARTICLE.match(self.words):
            yield _PARTICLE.sub("", self.words, count=1), ""
        if found := _SITUATED.fullmatch(self.words):
            yield found["name"], (found["inside"] or found["after"]).strip()
        if found := _POSTED.fullmatch(_CEDEX.sub("", self.words)):
            yield found["first"] or found["last"], found["before"] or found["behind"]


def is_five_digits(text: str) -> bool:
    """True for what may be a postal code, or the code of a commune."""
    return _FIVE_DIGITS.fullmatch(text) is not None


def read(text: str) -> Typed:
    """Takes apart what was typed; apostrophes are made plain and blanks single."""
    words = " ".join(unicodedata.normalize("NFC", text).translate(_APOSTROPHES).split())
    found = _KIND.fullmatch(words)
    if found is None:
        return Typed(None, words)
    return Typed(next(kind for kind in KINDS if found[kind]), found["rest"])
