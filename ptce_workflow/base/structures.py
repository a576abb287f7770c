"""Names of structures: the legal form that a name tells, and names that are alike.

Source: the files of this folder. A person decides: what is found here is only proposed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache
from typing import Generic, Literal, NamedTuple, TypeVar

from ptce_workflow.base.runtime import data
from ptce_workflow.base.words import _, plain

T = TypeVar("T")

_HOLLOW = frozenset(
    (
        *("l", "la", "le", "les", "d", "de", "des", "du", "et", "en", "a", "au", "aux", "un"),
        *("une", "association", "collectif", "cooperation", "economique", "pole", "ptce"),
        *("projet", "territorial"),
    )
)
"""The words that many names have."""
_TELLING = 4
_ALIKE = 0.85
_HELD_WORDS, _HELD_LETTERS = 2, 8
_MANY = 200
_NUMBERS = re.compile("[0-9]+")


class LegalForm(NamedTuple):
    words: str
    where: Literal["any", "first", "end"]
    family: Literal["social", "public", "company"]
    label: str

    def __str__(self) -> str:
        labels = {
            "social": _('"{words}" in the name: {label}, of the social economy by law.'),
            "public": _('"{words}" in the name: {label}, a public body.'),
            "company": _(
                '"{words}" in the name: {label}, of the social economy only where its statutes say '
                "so."
            ),
        }
        return labels[self.family].format(words=self.words, label=self.label)

    def stands_in(self, name: str) -> bool:
        """True where a name, as `plain` gives it, holds the words where they tell the form."""
        name, words = f" {name} ", f" {self.words} "
        if self.where == "any":
            return words in name
        return name.startswith(words) or (self.where == "end" and name.endswith(words))


class Structure(NamedTuple):
    name: str
    other_names: str
    territory: str
    status: str


def legal_form(name: str) -> LegalForm | None:
    """The legal form that the name of a structure tells; None for most names."""
    words = plain(name)
    return next((form for form in _legal_forms() if form.stands_in(words)), None)


@cache
def structure_names(listed: str) -> Names[Structure]:
    each = [Structure(*row[:4]) for row in _rows(f"{listed}.csv")]
    return Names(
        (item, name) for item in each for name in (item.name, *item.other_names.split(" ; "))
    )


class Names(Generic[T]):
    def __init__(self, named: Iterable[tuple[T, str]]) -> None:
        self._by_piece: dict[str, list[tuple[T, list[str]]]] = {}
        for whose, name in named:
            words = _telling(name)
            for piece in _pieces(words):
                self._by_piece.setdefault(piece, []).append((whose, words))

    def like(self, name: str) -> list[T]:
        """Whose names are the same but for spelling, or hold one the other; each once."""
        words = _telling(name)
        matches: dict[T, None] = {}
        for piece in sorted(_pieces(words)):
            met = self._by_piece.get(piece, [])
            # What very many names share tells none of them from the others.
            for whose, spelling in met if piece.startswith("=") or len(met) <= _MANY else ():
                if whose not in matches and _are_alike(words, spelling):
                    matches[whose] = None
        return list(matches)


def _telling(name: str) -> list[str]:
    return [word for word in plain(name).split() if word not in _HOLLOW]


def _pieces(words: list[str]) -> set[str]:
    """What one of two names that are alike shares with the other: a word, a beginning, an end."""
    whole = "".join(words)
    ends = {f"={whole}", whole[:_TELLING], f"{whole[-_TELLING:]}$"} if whole else set()
    return {word for word in words if len(word) >= _TELLING} | ends


def _are_alike(words: list[str], others: list[str]) -> bool:
    left, right = "".join(words), "".join(others)
    if left == right:
        return True
    if _NUMBERS.findall(left) != _NUMBERS.findall(right):
        return False
    short, long = sorted((words, others), key=len)
    is_within = f" {' '.join(short)} " in f" {' '.join(long)} "
    if is_within and len(short) >= _HELD_WORDS and len("".join(short)) >= _HELD_LETTERS:
        return True
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


@cache
def _legal_forms() -> tuple[LegalForm, ...]:
    return tuple(LegalForm(*row) for row in _rows("legal_forms.csv"))  # type: ignore[arg-type]


def _rows(file: str) -> list[list[str]]:
    text = data(f"base/structures/{file}").read_text(encoding="utf-8")
    return list(csv.reader(text.splitlines()))[1:]
