"""The zones of the files, by code and by name; each file is read when it is first needed."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from typing import Any, Literal, NamedTuple, get_args

from msgspec import Struct

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.runtime import data

_OVERSEAS = ("97", "98")
_FILES = {"epci": "epci.csv", "department": "departments.csv", "region": "regions.csv"}
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
_NEAR_ENOUGH = 0.8
_WHOLE_WORDS = 4


class OtherName(Struct, frozen=True):
    """A code or a name that is not of the year: its era, and the code that it leads to."""

    kind: Kind
    code: str
    name: str
    era: Literal["former", "later"]
    now: str


class Atlas:
    """Looks zones up; knows nothing of what people type."""

    def __init__(self) -> None:
        self._indexes: dict[Kind, NameIndex] = {}

    def name(self, kind: Kind, code: str) -> str | None:
        """The name of a zone of the year."""
        return self._names(kind).name(code)

    def zone(self, kind: Kind, code: str) -> Zone | None:
        """The zone of a code."""
        name = self.name(kind, code)
        if name is None:
            return None
        if kind == "commune":
            department = department_of(code)
            return Zone(kind, code, name, (department,), (self._region_of[department],))
        if kind == "department":
            return Zone(kind, code, name, (code,), (self._region_of[code],))
        if kind == "region":
            within = tuple(dep for dep, region in self._region_of.items() if region == code)
            return Zone(kind, code, name, within, (code,))
        _code, _name, departments, regions, _counts = self._epci[code]
        return Zone(kind, code, name, tuple(departments.split()), tuple(regions.split()))

    def communes_by_region(self, epci: str) -> dict[str, int]:
        """The number of its communes in each region that an EPCI touches, by code."""
        *_names, regions, counts = self._epci[epci]
        return dict(zip(regions.split(), map(int, counts.split()), strict=True))

    def named(
        self, name: str, kinds: Sequence[Kind], *, spelt: bool
    ) -> tuple[list[Zone], list[OtherName]]:
        """The zones of a name, and the codes that bore or will bear it in another year.

        It is `spelt` exactly so, or else sounds so, whatever its case, accents and marks.
        """
        zones = [
            zone
            for kind in kinds
            for code in self._names(kind).codes(name, spelt=spelt)
            if (zone := self.zone(kind, code))
        ]
        rows = self._names_of_others.codes(name, spelt=spelt)
        others = [other for row in rows if (other := self._others[int(row)]).kind in kinds]
        return zones, others

    def others_coded(self, kind: Kind, code: str) -> list[OtherName]:
        """Returns the names that a code stood or will stand for in another year."""
        return [other for other in self._others if (other.kind, other.code) == (kind, code)]

    def near(self, name: str, kinds: Iterable[Kind]) -> list[tuple[float, Zone]]:
        """The zones of names nearly so, with their likeness (0 to 1), the likeliest first."""
        found = sorted(
            (
                (likeness, kind, code)
                for kind in kinds
                for likeness, code in self._names(kind).near(name)
            ),
            key=lambda found: (-found[0], found[2]),
        )
        return [(near, zone) for near, kind, code in found if (zone := self.zone(kind, code))]

    def department(self, said: str) -> str | None:
        """The code of a department, from its code or its name."""
        if said.upper() in self._region_of:
            return said.upper()
        found = self._names("department").codes(said, spelt=False)
        return found[0] if fold(said) and found else None

    def served_by(self, postal_code: str) -> list[Zone]:
        """The communes that a postal code serves, as far as it is known."""
        found = (self.zone("commune", code) for code in self._postal_codes.get(postal_code, ()))
        return [zone for zone in found if zone]

    def knows_postal_codes_of(self, department: str) -> bool:
        """True where all postal codes of a department are known."""
        return department in self._served_departments

    def _names(self, kind: Kind) -> NameIndex:
        if kind not in self._indexes:
            rows = (
                # No name of a commune holds a comma: the file need not be taken apart.
                _text("communes.csv").replace(",", "\t")
                if kind == "commune"
                else _indexed((row[0], row[1]) for row in _rows(_FILES[kind]))
            )
            self._indexes[kind] = NameIndex(rows)
        return self._indexes[kind]

    @cached_property
    def _region_of(self) -> dict[str, str]:
        return {code: region for code, _name, region in _rows("departments.csv")}

    @cached_property
    def _epci(self) -> dict[str, list[str]]:
        return {row[0]: row for row in _rows("epci.csv")}

    @cached_property
    def _others(self) -> list[OtherName]:
        return [
            OtherName(kind, code, name, era, now)  # type: ignore[arg-type]
            for kind, code, name, era, now in _rows("other_names.csv")
        ]

    @cached_property
    def _names_of_others(self) -> NameIndex:
        return NameIndex(_indexed((str(row), other.name) for row, other in enumerate(self._others)))

    @cached_property
    def _postal_codes(self) -> dict[str, list[str]]:
        return {code: communes.split() for code, communes in _rows("postal_codes.csv")}

    @cached_property
    def _served_departments(self) -> frozenset[str]:
        return frozenset(
            department_of(code) for served in self._postal_codes.values() for code in served
        )


def department_of(commune: str) -> str:
    """The department that the code of a commune begins with."""
    return commune[:3] if commune.startswith(_OVERSEAS) else commune[:2]


def departments_of_post(postal_code: str) -> tuple[str, ...]:
    """The departments that a postal code begins with: Corsica has two of one number."""
    if postal_code.startswith("20"):
        return ("2A", "2B")
    return (department_of(postal_code),)


def _indexed(names: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{code}\t{name}\n" for code, name in names)


def _text(name: str) -> str:
    """Returns the rows of a file, without its header."""
    whole = data(f"base/geography/{name}").read_text(encoding="utf-8")
    return whole[whole.index("\n") + 1 :]


def _rows(name: str) -> list[list[str]]:
    """Returns the rows of a file as lists of columns, without its header."""
    return list(csv.reader(_text(name).splitlines()))


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
        # A name that is not known is looked for several times: split, then refused, then proposed.
        self.near = lru_cache(maxsize=256)(self._near)

    @cached_property
    def _folded(self) -> str:
        return fold(self._rows)

    def name(self, code: str) -> str | None:
        """The name of a code."""
        start = self._rows.find(f"\n{code}\t")
        if start < 0:
            return None
        return self._rows[start + len(code) + 2 : self._rows.index("\n", start + 1)]

    def codes(self, name: str, *, spelt: bool) -> list[str]:
        """The codes of a name, in the order of the file; see `Atlas.named`."""
        rows, wanted = (self._rows, name) if spelt else (self._folded, fold(name))
        return [
            rows[rows.rindex("\n", 0, at) + 1 : at].upper() for at in _finds(rows, f"\t{wanted}\n")
        ]

    def _near(self, name: str) -> tuple[tuple[float, str], ...]:
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
        return tuple((likeness[start], self._code_at(start)) for start in ordered)

    def _resembling(self, wanted: str) -> list[int]:
        """The lines that share most of their pieces of three letters with a folded name."""
        text = f"\t{wanted}\n"
        pieces = {text[i : i + _PIECE_LENGTH] for i in range(len(text) - _PIECE_LENGTH + 1)}
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


def _finds(text: str, wanted: str) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + 1)


VERSION = "COG 2026, Occitanie 2024"
Kind = Literal["commune", "epci", "department", "region"]
KINDS: tuple[Kind, ...] = get_args(Kind)
RECORDED = ("kind", "code", "departments", "regions")
"""What the ledger keeps of a zone; its name is looked up when it is shown."""


class Zone(NamedTuple):
    """A zone of the map, with the departments and regions that it touches, by code."""

    kind: Kind
    code: str
    name: str
    departments: tuple[str, ...]
    regions: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Returns the value that the ledger keeps: see `RECORDED`."""
        kept = (self.kind, self.code, list(self.departments), list(self.regions))
        return dict(zip(RECORDED, kept, strict=True))

    def __str__(self) -> str:
        return f"{self.name} ({self.departments[0]})" if self.kind == "commune" else self.name


class PlaceRefused(Misuse):
    """Words that name no zone, or several; `candidates` are those that they may mean."""

    def __init__(
        self, what: str, why: str = "", mend: str = "", *, candidates: Sequence[Zone] = ()
    ) -> None:
        super().__init__(what, why, mend)
        self.candidates = tuple(candidates)
