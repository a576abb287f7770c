"""Finds names in the text of a file: as they are spelt, as they sound, and nearly."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cached_property

_COMBINING = re.compile("[\u0300-\u036f]+")
_MARKS = re.compile(r"[^\w\t\n]+")
_SHORTENED = (
    (" st ", " saint "),
    (" ste ", " sainte "),
    (" communaute de communes ", " cc "),
    (" communauté de communes ", " cc "),
    (" communaute d agglomeration ", " ca "),
    (" communauté d agglomération ", " ca "),
    (" communaute urbaine ", " cu "),
    (" communauté urbaine ", " cu "),
)
_PIECE_LENGTH = 3
_SHORTLIST = 60
_NEAR_ENOUGH = 0.72
_WHOLE_WORDS = 4


def fold(text: str, *, keep_accents: bool = False) -> str:
    """A text in which the ways of spelling one name are alike: case, accents, marks, St and Saint.

    Works on many lines at once: tabs and ends of lines stay.
    """
    lowered = unicodedata.normalize("NFC", text.casefold()).replace("œ", "oe").replace("æ", "ae")
    if not keep_accents:
        lowered = _COMBINING.sub("", unicodedata.normalize("NFD", lowered))
    folded = f" {_MARKS.sub(' ', lowered)} "
    # Words stand between spaces for a while: plain replacement is ten times as fast as patterns.
    folded = folded.replace("\t", " \t ").replace("\n", " \n ").replace("  ", " ")
    for long, short in _SHORTENED:
        folded = folded.replace(long, short)
    return folded.replace(" \t ", "\t").replace(" \n ", "\n").strip(" ")


def agrees(name: str, typed: str) -> bool:
    """True when a name bears the accents that were typed: Fontanès is not Fontanes."""
    return fold(name, keep_accents=True) == fold(typed, keep_accents=True)


class NameIndex:
    """Names by code, searched in their text: nothing else is built before it is needed.

    A search through the text of all communes takes 0.2 ms, building a dictionary of them fifty.
    """

    def __init__(self, rows: str) -> None:
        """`rows` holds a code, a tab and a name a line."""
        self._rows = f"\n{rows}"

    @cached_property
    def _folded(self) -> str:
        return fold(self._rows)

    def name(self, code: str) -> str | None:
        """The name of a code."""
        start = self._rows.find(f"\n{code}\t")
        if start < 0:
            return None
        return self._rows[start + len(code) + 2 : self._rows.index("\n", start + 1)]

    def spelt(self, name: str) -> list[str]:
        """The codes of a name spelt exactly so, in the order of the file."""
        return list(_codes(self._rows, name))

    def sounding(self, name: str) -> list[str]:
        """The codes of a name, whatever its case, accents and marks."""
        return list(_codes(self._folded, fold(name)))

    def near(self, name: str) -> list[tuple[float, str]]:
        """The codes of names nearly so, with their likeness (0 to 1), the likeliest first."""
        wanted = fold(name)
        likeness: dict[int, float] = {}
        matcher = SequenceMatcher(b=wanted)
        for start in self._resembling(wanted):
            matcher.set_seq1(self._name_at(start))
            if matcher.ratio() >= _NEAR_ENOUGH:
                likeness[start] = matcher.ratio()
        for start in self._containing(wanted):
            share = len(wanted) / len(self._name_at(start))
            likeness[start] = max(likeness.get(start, 0), 1 - (1 - share) / _WHOLE_WORDS)
        ordered = sorted(likeness, key=lambda start: (-likeness[start], start))
        return [(likeness[start], self._code_at(start)) for start in ordered]

    def _resembling(self, wanted: str) -> list[int]:
        """The lines that share most of their pieces of three letters with a folded name."""
        pieces = _pieces(f"\t{wanted}\n")
        shared: Counter[int] = Counter()
        for piece in pieces:
            shared.update({self._folded.rfind("\n", 0, at) for at in _finds(self._folded, piece)})

        def unlikeness(start: int) -> tuple[float, int]:
            return -shared[start] / (len(pieces) + len(self._name_at(start))), start

        return sorted(shared, key=unlikeness)[:_SHORTLIST]

    def _containing(self, wanted: str) -> list[int]:
        """The lines in which a folded name stands as whole words; none when too many do."""
        if len(wanted) <= _PIECE_LENGTH:
            return []
        lines = {
            self._folded.rfind("\n", 0, at)
            for before in "\t "
            for after in " \n"
            for at in _finds(self._folded, f"{before}{wanted}{after}")
        }
        return sorted(lines) if len(lines) <= _SHORTLIST else []

    def _name_at(self, start: int) -> str:
        end = self._folded.index("\n", start + 1)
        return self._folded[self._folded.index("\t", start) + 1 : end]

    def _code_at(self, start: int) -> str:
        return self._folded[start + 1 : self._folded.index("\t", start)].upper()


def _codes(rows: str, name: str) -> Iterator[str]:
    for at in _finds(rows, f"\t{name}\n"):
        yield rows[rows.rindex("\n", 0, at) + 1 : at].upper()


def _finds(text: str, wanted: str) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + 1)


def _pieces(text: str) -> set[str]:
    return {text[i : i + _PIECE_LENGTH] for i in range(len(text) - _PIECE_LENGTH + 1)}
