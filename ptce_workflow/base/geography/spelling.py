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
_NUMBER = re.compile(r"[0-9]+(?: [0-9]+)*")
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

    def readings(self) -> Iterator[tuple[str, str]]:
        """The names that were perhaps meant, each with what situates it: Millau (12)."""
        yield self.words, ""
        if self.kind is not None and _PARTICLE.match(self.words):
            yield _PARTICLE.sub("", self.words, count=1), ""
        if found := _SITUATED.fullmatch(self.words):
            yield found["name"], (found["inside"] or found["after"]).strip()


def read(text: str) -> Typed:
    """Takes apart what was typed; apostrophes are made plain and blanks single."""
    words = " ".join(unicodedata.normalize("NFC", text).translate(_APOSTROPHES).split())
    found = _KIND.fullmatch(words)
    if found is None:
        return Typed(None, words)
    return Typed(next(kind for kind in KINDS if found[kind]), found["rest"])
