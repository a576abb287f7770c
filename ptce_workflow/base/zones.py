"""The zones of France: communes, communities, departments and regions, and how they are found.

Source: the files of `geography/`, each read when something is first looked up in it.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache, cached_property, lru_cache
from typing import Any, Literal, NamedTuple, get_args

from msgspec import Struct

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.runtime import data
from ptce_workflow.base.words import _, n_


@cache
def gazetteer(near: str = "") -> Finder:
    """The finder of zones, cached; those in the zone `near` (`region 76`) are proposed first."""
    return Finder(gazetteer().atlas if near else Atlas(), near)


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
        return self._names(kind).name(code)

    def zone(self, kind: Kind, code: str) -> Zone | None:
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

    def named(
        self, name: str, kinds: Sequence[Kind], *, spelt: bool
    ) -> tuple[list[Zone], list[OtherName]]:
        """The zones of a name, `spelt` so or sounding so, and the codes of other years."""
        zones = [
            zone
            for kind in kinds
            for code in self._names(kind).codes(name, spelt=spelt)
            if (zone := self.zone(kind, code))
        ]
        rows = self._names_of_others.codes(name, spelt=spelt)
        others = [former for row in rows if (former := self._others[int(row)]).kind in kinds]
        return zones, others

    def others_coded(self, kind: Kind, code: str) -> list[OtherName]:
        return [former for former in self._others if (former.kind, former.code) == (kind, code)]

    def near(self, name: str, kinds: Iterable[Kind]) -> list[tuple[float, Zone]]:
        """The zones of names nearly so, with their likeness (0 to 1), the likeliest first."""
        hit = sorted(
            (
                (likeness, kind, code)
                for kind in kinds
                for likeness, code in self._names(kind).near(name)
            ),
            key=lambda hit: (-hit[0], hit[2]),
        )
        return [(near, zone) for near, kind, code in hit if (zone := self.zone(kind, code))]

    def department(self, text: str) -> str | None:
        if text.upper() in self._region_of:
            return text.upper()
        codes = self._names("department").codes(text, spelt=False)
        return codes[0] if fold(text) and codes else None

    def served_by(self, postal_code: str) -> list[Zone]:
        zones = (self.zone("commune", code) for code in self._postal_codes.get(postal_code, ()))
        return [zone for zone in zones if zone]

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
        return NameIndex(
            _indexed((str(row), former.name) for row, former in enumerate(self._others))
        )

    @cached_property
    def _postal_codes(self) -> dict[str, list[str]]:
        return {code: communes.split() for code, communes in _rows("postal_codes.csv")}

    @cached_property
    def served_departments(self) -> frozenset[str]:
        """Those whose postal codes are known."""
        return frozenset(
            department_of(code) for served in self._postal_codes.values() for code in served
        )


def department_of(commune: str) -> str:
    return commune[:3] if commune.startswith(_OVERSEAS) else commune[:2]


def _indexed(names: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{code}\t{name}\n" for code, name in names)


def _text(name: str) -> str:
    whole = data(f"base/geography/{name}").read_text(encoding="utf-8")
    return whole[whole.index("\n") + 1 :]


def _rows(name: str) -> list[list[str]]:
    return list(csv.reader(_text(name).splitlines()))


def fold(text: str, *, keep_accents: bool = False) -> str:
    """A text without differences of spelling (case, accents, marks, Saint); lines and tabs stay."""
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
    """Names by code, searched in their text: a dictionary of all communes takes 50 ms."""

    def __init__(self, rows: str) -> None:
        """`rows` holds a code, a tab and a name a line."""
        self._rows = f"\n{rows}"
        # A name that is not known is looked for several times: split, then refused, then proposed.
        self.near = lru_cache(maxsize=256)(self._near)

    @cached_property
    def _folded(self) -> str:
        return fold(self._rows)

    def name(self, code: str) -> str | None:
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
        codes = (self._folded[at + 1 : self._folded.index("\t", at)].upper() for at in ordered)
        return tuple((likeness[at], code) for at, code in zip(ordered, codes, strict=True))

    def _resembling(self, wanted: str) -> list[int]:
        """The lines that share most of their pieces of three letters with a folded name."""
        text = f"\t{wanted}\n"
        pieces = {text[i : i + _PIECE_LENGTH] for i in range(len(text) - _PIECE_LENGTH + 1)}
        shared: Counter[int] = Counter()
        for piece in pieces:
            shared.update({self._folded.rfind("\n", 0, at) for at in _finds(self._folded, piece)})
        likeness = {at: n / (len(pieces) + len(self._name_at(at))) for at, n in shared.items()}
        return sorted(shared, key=lambda at: (-likeness[at], at))[:_SHORTLIST]

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
    kind: Kind
    code: str
    name: str
    departments: tuple[str, ...]
    regions: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        row = (self.kind, self.code, list(self.departments), list(self.regions))
        return dict(zip(RECORDED, row, strict=True))

    def __str__(self) -> str:
        return f"{self.name} ({self.departments[0]})" if self.kind == "commune" else self.name


class PlaceRefused(Misuse):
    """Words that name no zone, or several; `candidates` are those that they may mean."""

    def __init__(
        self, what: str, why: str = "", mend: str = "", *, candidates: Sequence[Zone] = ()
    ) -> None:
        super().__init__(what, why, mend)
        self.candidates = tuple(candidates)


Places = frozenset[str]
"""Codes of departments and of communes, which are never alike."""

_LISTED = 8
_AS_LIKELY = 0.1
"""By how much less like what was typed than the likeliest, of 1, another name still is meant."""
_LONGEST = 200


_APOSTROPHES = str.maketrans("’‘ʼ′", "''''")
_KIND = re.compile(
    r"(?:l[ae] |les |l')?(?:(?P<commune>communes?)|(?P<epci>epci|intercommunalités?|interco)"
    r"|(?P<department>d[ée]partements?|departments?|d[ée]pt?)"
    r"|(?P<region>r[ée]gions?|r[ée]g))\.?(?: ?:)? +(?P<rest>.+)",
    re.IGNORECASE,
)
_PARTICLE = re.compile(
    r"(?:(?:ville|mairie) )?(?P<particle>de la |de l'|des |du |de |d')", re.IGNORECASE
)
_ARTICLE_OF = {"de la ": "La ", "de l'": "L'", "des ": "Les ", "du ": "Le "}
_LEADING = re.compile(r"(?:l[ae] |les |l')", re.IGNORECASE)
_SITUATED = re.compile(r"(?P<name>.+?)(?: ?\((?P<inside>[^()]+)\)| ?, ?(?P<after>[^,]+))")
_ARTICLE = re.compile(
    r"(?P<name>.+?)(?: ?\((?P<inside>l[ae]|les|l')\)| ?[, ] ?(?P<after>l[ae]|les|l'))",
    re.IGNORECASE,
)
_ELIDED = "'"
_POSTED = re.compile(
    r"(?:FR?-)?(?P<before>[0-9]{1,2} ?[0-9]{3}),? (?P<first>.+)"
    r"|(?P<last>.+?),? (?:FR?-)?(?P<behind>[0-9]{1,2} ?[0-9]{3})"
)
_CEDEX = re.compile(r",? c[ée]dex(?: [0-9]{1,2})?$", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+(?: [0-9]+)*")
_FIVE_DIGITS = re.compile("[0-9]{5}")
_CORSICAN = re.compile(r"2[AB](?:[0-9]{3})?", re.IGNORECASE)


class _Typed(Struct, frozen=True):
    kind: Kind | None
    words: str

    @property
    def code(self) -> str:
        """The code that was typed, its blanks taken out; "" for a name."""
        if _NUMBER.fullmatch(self.words):
            return self.words.replace(" ", "")
        return self.words.upper() if _CORSICAN.fullmatch(self.words) else ""

    def readings(self) -> Iterator[tuple[str, str]]:
        """The names that may be meant, with what situates each: Millau (12), Vans (Les)."""
        for name, inside in self._situated():
            yield name, inside
            plain = _CEDEX.sub("", name)
            if plain != name:
                yield plain, inside
            if match := _ARTICLE.fullmatch(plain):
                article = match["inside"] or match["after"]
                yield f"{article}{'' if article.endswith(_ELIDED) else ' '}{match['name']}", inside
            particle = _PARTICLE.match(plain)
            if particle and (self.kind is not None or particle.start("particle")):
                bare = plain[particle.end() :]
                if of := _ARTICLE_OF.get(particle["particle"].lower()):
                    yield f"{of}{bare}", inside
                yield bare, inside

    def _situated(self) -> Iterator[tuple[str, str]]:
        # As it stands first: "La Roche (12)" might be a name, and is asked for before its parts.
        yield self.words, ""
        if match := _SITUATED.fullmatch(self.words):
            yield match["name"], (match["inside"] or match["after"]).strip()
        if match := _POSTED.fullmatch(_CEDEX.sub("", self.words)):
            code = (match["before"] or match["behind"]).replace(" ", "")
            yield match["first"] or match["last"], code.zfill(5)


def _read(text: str) -> _Typed:
    words = " ".join(unicodedata.normalize("NFC", text).translate(_APOSTROPHES).split())
    match = _KIND.fullmatch(words)
    if match is None:
        return _Typed(None, words)
    return _Typed(next(kind for kind in KINDS if match[kind]), match["rest"])


class Finder:
    def __init__(self, atlas: Atlas, near: str = "") -> None:
        """`near` is the zone whose places are proposed first: its kind and its code."""
        self.atlas = atlas
        zone = atlas.zone(*near.split(" ")) if near else None  # type: ignore[arg-type]
        self._near = frozenset(zone.departments if zone else ())

    def name(self, kind: Kind, code: str) -> str:
        name = self.atlas.name(kind, code)
        if name is None:
            name = next((other.name for other in self.atlas.others_coded(kind, code)), code)
        return name

    def label(self, kind: Kind, code: str) -> str:
        """The name of a zone as lists print it: a commune bears its department's number."""
        name = self.name(kind, code)
        return f"{name} ({department_of(code)})" if kind == "commune" else name

    def zone(self, kind: Kind, code: str) -> Zone:
        """The zone of a code. Raises: PlaceRefused for a code of another year, or of no year."""
        zone = self.atlas.zone(kind, code)
        if zone is not None:
            return zone
        others = self.atlas.others_coded(kind, code)
        if others:
            raise self._of_another_year(code, others)
        if served := self.atlas.served_by(code):
            raise _postal_code(code, served)
        what = _('The code "{code}" is not known ({kind}).').format(code=code, kind=_kind(kind))
        raise PlaceRefused(what, mend=_by_name())

    def resolve(self, text: str, kinds: Sequence[Kind] = KINDS) -> Zone:
        """The one zone that was typed. Raises: PlaceRefused, with the candidates, for several."""
        typed = _read(text)
        if not typed.words:
            raise PlaceRefused(_("No place is named."))
        if typed.kind is not None and typed.kind not in kinds:
            raise _wrong_kind(text, typed.kind, kinds)
        sought = kinds if typed.kind is None else (typed.kind,)
        zone = self._coded(typed, sought) if typed.code else self._named(typed, sought)
        if zone.kind not in kinds:
            raise _wrong_kind(text, zone.kind, kinds)
        return zone

    def straddling(self, epci: str) -> str:
        """A sentence on how many of the communes of an EPCI lie in each region that it touches."""
        *_names, regions, of_regions = self.atlas._epci[epci]
        counts = dict(zip(regions.split(), map(int, of_regions.split()), strict=True))
        near = self._nearest([self.zone("region", region) for region in counts])
        communes = ", ".join(f"{region.name} {counts[region.code]}" for region in near)
        text = _("{epci} straddles regions. Its {count} communes: {communes}.")
        count = sum(counts.values())
        return text.format(epci=self.name("epci", epci), count=count, communes=communes)

    def _coded(self, typed: _Typed, kinds: Sequence[Kind]) -> Zone:
        code = typed.code
        # The length says the kind where nobody did; spreadsheets take the zero before a number.
        if typed.kind in ("department", "region"):
            return self.zone(typed.kind, code.zfill(2))
        if typed.kind is not None:
            return self.zone(typed.kind, code)
        if len(code) == 9:
            return self.zone("epci", code)
        if len(code) == 5:
            return self._five_digits(code)
        zones = [
            zone
            for kind in ("department", "region")
            if kind in kinds and (zone := self.atlas.zone(kind, code))
        ]
        if len(zones) == 1:
            return zones[0]
        if zones:
            raise _ambiguous(code, zones)
        lost = self.atlas.zone("commune", f"0{code}") if len(code) == 4 else None
        what = _('No zone has the code "{code}".').format(code=code)
        why = _("A zero is perhaps lost: {choice}.").format(choice=_choice(lost)) if lost else ""
        raise PlaceRefused(what, why, _by_name(), candidates=[lost] if lost else ())

    def _five_digits(self, code: str) -> Zone:
        """The commune of a code, unless the number is a postal code or may be one."""
        served = self.atlas.served_by(code)
        commune = self.atlas.zone("commune", code)
        if served:
            raise _postal_code(code, served, commune)
        if commune is None:
            return self.zone("commune", code)
        department = commune.departments[0]
        if code.isdigit() and department not in self.atlas.served_departments:
            what = _('"{code}" may be the code of a commune or a postal code.')
            why = _(
                "Both have five digits; the postal codes of that department are not known here."
            )
            mend = _("Write the commune with its department; for the code {code}: {choice}.")
            mend = mend.format(code=code, choice=_choice(commune))
            raise PlaceRefused(what.format(code=code), why, mend, candidates=[commune])
        return commune

    def _named(self, typed: _Typed, kinds: Sequence[Kind]) -> Zone:
        if len(typed.words) > _LONGEST:
            what = _("A place of {count} characters is none.").format(count=len(typed.words))
            raise PlaceRefused(what, mend=_("Give one place after the other."))
        readings = [*self._readings(typed)]
        # Every reading is tried to the letter before any is tried loosely.
        for spelt in (True, False):
            for name, where in readings:
                zones, others = self._meanings(name, kinds, where, spelt=spelt)
                if zones or others:
                    sure = typed.kind is not None or where is not None
                    sure = sure or any(zone.kind != "commune" for zone in zones)
                    return self._only(typed.words, zones, others, sure=sure)
        wide = [kind for kind in kinds if kind in ("department", "region")]
        zones, _others = self.atlas.named(_LEADING.sub("", typed.words), wide, spelt=False)
        if len(zones) == 1:
            return zones[0]
        raise self._unknown(typed, kinds)

    def _readings(self, typed: _Typed) -> Iterator[tuple[str, Places | None]]:
        """The names that were perhaps meant, each with the places where it may be; None: any."""
        for name, inside in typed.readings():
            where = self._where(inside, typed) if inside else None
            if where is not None or not inside:
                yield name, where
        words = typed.words.split(" ")
        for at in range(1, len(words)):
            # Millau 12, Millau - Aveyron
            if department := self.atlas.department(" ".join(words[at:])):
                yield " ".join(words[:at]), frozenset({department})

    def _where(self, inside: str, typed: _Typed) -> Places | None:
        """The departments and communes of a name or a code of five digits; None for none."""
        if _FIVE_DIGITS.fullmatch(inside):
            served = {zone.code for zone in self.atlas.served_by(inside)}
            # Corsica has two of one number.
            of_post = {"2A", "2B"} if inside.startswith("20") else {department_of(inside)}
            exists = of_post <= self.atlas.served_departments
            # What is not in the files is believed as far as the department that it begins with.
            beyond = of_post if _CEDEX.search(typed.words) or not exists else ()
            return frozenset({inside, *served, *(() if served else beyond)})
        department = self.atlas.department(inside)
        return None if department is None else frozenset({department})

    def _meanings(
        self, name: str, kinds: Sequence[Kind], where: Places | None, *, spelt: bool
    ) -> tuple[list[Zone], list[OtherName]]:
        zones, others = self.atlas.named(name, kinds, spelt=spelt)
        zones = [zone for zone in zones if _lies_in(zone, where)]
        codes = {zone.code for zone in zones}
        others = [
            former
            for former in others
            if former.now not in codes
            and (where is None or where & {former.code, former.now, department_of(former.now)})
        ]
        if not spelt and not name.isascii():
            # Accents that were typed count, wherever some name bears them.
            names = {zone.name for zone in zones} | {former.name for former in others}
            matching = {other for other in names if agrees(other, name)} or names
            zones = [zone for zone in zones if zone.name in matching]
            others = [former for former in others if former.name in matching]
        return zones, others

    def _only(self, words: str, zones: list[Zone], others: list[OtherName], *, sure: bool) -> Zone:
        """The one zone that is meant; `sure` where more than a commune's name was typed."""
        if len(zones) == 1 and not others:
            if sure or not self._is_elsewhere(zones[0]):
                return zones[0]
            # A bare name, far from the zone where places are expected: Larzac (24).
            near = [zones[0], *self._likeliest(words, KINDS, self._near)]
            what = _('"{text}" is the name of a place that lies elsewhere.').format(text=words)
            mend = _("Write one of them: {choices}.").format(choices=_choices(near))
            raise PlaceRefused(what, mend=mend, candidates=near)
        if not zones and len({other.now for other in others}) == 1:
            raise self._of_another_year(words, others)
        nearest = self._nearest([*zones, *self._heirs(others)])
        raise _ambiguous(words, nearest, other_years=bool(others))

    def _likeliest(self, name: str, kinds: Sequence[Kind], where: Places | None) -> list[Zone]:
        near = [hit for hit in self.atlas.near(name, kinds) if _lies_in(hit[1], where)]
        return self._nearest([zone for like, zone in near if like >= near[0][0] - _AS_LIKELY])[:3]

    def _is_elsewhere(self, zone: Zone) -> bool:
        return bool(self._near) and not self._near.intersection(zone.departments)

    def _nearest(self, zones: Sequence[Zone]) -> list[Zone]:
        return sorted(zones, key=self._is_elsewhere)

    def _heirs(self, others: list[OtherName]) -> list[Zone]:
        heirs = {(o.kind, o.now): self.atlas.zone(o.kind, o.now) for o in others}
        return [zone for zone in heirs.values() if zone]

    def _of_another_year(self, words: str, others: list[OtherName]) -> PlaceRefused:
        heirs = self._heirs(others)
        if others[0].era == "former":
            what = _('"{text}" is a former commune.').format(text=words)
            why = _("It was merged; another commune holds it now.")
        else:
            what = _('"{text}" is newer than the contest.').format(text=words)
            why = _("Names and codes are those of {version}.").format(version=VERSION)
        mend = _("Write {choices}.").format(choices=_choices(heirs))
        return PlaceRefused(what, why, mend, candidates=heirs)

    def _unknown(self, typed: _Typed, kinds: Sequence[Kind]) -> PlaceRefused:
        readings = [*typed.readings()]
        name, inside = next((reading for reading in reversed(readings) if reading[1]), readings[-1])
        what = _('"{text}" is not a known place.').format(text=typed.words)
        where = self._where(inside, typed) if inside else None
        same, _others = self._meanings(name, kinds, None, spelt=False)
        if inside and same:
            why = _("There is none of that name in that department.")
            if _FIVE_DIGITS.fullmatch(inside):
                why = _("None of that name is served by the postal code {code}.")
                why = why.format(code=inside)
            elif where is None:
                why = _('"{department}" is not a department.').format(department=inside)
            same = self._nearest(same)
            return PlaceRefused(what, why, _did_you_mean(same), candidates=same)
        elsewhere, _others = self._meanings(name, KINDS, None, spelt=False)
        if elsewhere:
            return _wrong_kind(typed.words, elsewhere[0].kind, kinds)
        near = self._likeliest(name, kinds, where) or self._likeliest(name, kinds, None)
        mend = _did_you_mean(near) if near else _by_name()
        return PlaceRefused(what, mend=mend, candidates=near)


def _lies_in(zone: Zone, where: Places | None) -> bool:
    return where is None or bool(where & {zone.code, *zone.departments})


def _by_name() -> str:
    text = _("Give its name; for a commune with its department: {example}.")
    return text.format(example='"Millau (12)"')


def _kind(kind: Kind) -> str:
    return {
        "commune": _("commune"),
        "epci": _("intercommunal body (EPCI)"),
        "department": _("department"),
        "region": _("region"),
    }[kind]


def _choice(zone: Zone) -> str:
    if zone.kind == "commune":
        return f'"{zone}"'
    if zone.kind == "epci":
        return f'"EPCI {zone.code}" ({zone.name})'
    typed = _("department {code}") if zone.kind == "department" else _("region {code}")
    return f'"{typed.format(code=zone.code)}" ({zone.name})'


def _choices(zones: Sequence[Zone]) -> str:
    listed = ", ".join(_choice(zone) for zone in zones[:_LISTED])
    more = len(zones) - _LISTED
    if more <= 0:
        return listed
    return n_("{listed}, and {count} other", "{listed}, and {count} others", more).format(
        listed=listed, count=more
    )


def _did_you_mean(zones: Sequence[Zone]) -> str:
    return _("Did you mean {choices}?").format(choices=_choices(zones))


def _ambiguous(words: str, zones: Sequence[Zone], *, other_years: bool = False) -> PlaceRefused:
    what = n_(
        '"{text}" may mean {count} place.', '"{text}" may mean {count} places.', len(zones)
    ).format(text=words, count=len(zones))
    why = _("One or more of them bore or bear that name in another year.") if other_years else ""
    mend = _("Write one of them: {choices}.").format(choices=_choices(zones))
    return PlaceRefused(what, why, mend, candidates=zones)


def _postal_code(code: str, served: list[Zone], commune: Zone | None = None) -> PlaceRefused:
    if commune is None:
        what = _('"{code}" is a postal code, which is no zone.').format(code=code)
        why = _("It serves {choices}, and perhaps communes of a neighbouring region.")
        zones = served
    else:
        what = _('"{code}" is a postal code and also the code of a commune.').format(code=code)
        why = _("As a postal code it serves {choices}; as a code it means {commune}.")
        zones = [commune, *(zone for zone in served if zone != commune)]
    return PlaceRefused(
        what,
        why.format(choices=_choices(served), commune=_choice(commune) if commune else ""),
        _("Write the commune with its department."),
        candidates=zones,
    )


def _wrong_kind(words: str, kind: Kind, kinds: Sequence[Kind]) -> PlaceRefused:
    return PlaceRefused(
        _('"{text}" is not accepted here ({kind}).').format(text=words, kind=_kind(kind)),
        _("Accepted here: {kinds}.").format(kinds=", ".join(_kind(accepted) for accepted in kinds)),
    )
