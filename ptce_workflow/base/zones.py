"""Communes, EPCI, departments and regions: found by what people type, named by their code.

*Source* the files of `geography/`, each read when something is first looked up in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ptce_workflow.base.geography.atlas import (
    KINDS,
    VERSION,
    Atlas,
    Kind,
    OtherName,
    PlaceRefused,
    Zone,
    agrees,
    department_of,
    departments_of_post,
)
from ptce_workflow.base.words import _, n_

Places = frozenset[str]
"""Codes of departments and of communes, which are never alike."""

_LISTED = 8
_SUGGESTED = 3
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


@dataclass(frozen=True, slots=True)
class _Typed:
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
            said = _PARTICLE.match(plain)
            if said and (self.kind is not None or said.start("particle")):
                bare = plain[said.end() :]
                if of := _ARTICLE_OF.get(said["particle"].lower()):
                    yield f"{of}{bare}", inside
                yield bare, inside

    def _situated(self) -> Iterator[tuple[str, str]]:
        # As it stands first: "La Roche (12)" might be a name, and is asked for before its parts.
        yield self.words, ""
        if found := _SITUATED.fullmatch(self.words):
            yield found["name"], (found["inside"] or found["after"]).strip()
        if found := _POSTED.fullmatch(_CEDEX.sub("", self.words)):
            code = (found["before"] or found["behind"]).replace(" ", "")
            yield found["first"] or found["last"], code.zfill(5)


def _read(text: str) -> _Typed:
    """Takes apart what was typed; apostrophes are made plain and blanks single."""
    words = " ".join(unicodedata.normalize("NFC", text).translate(_APOSTROPHES).split())
    found = _KIND.fullmatch(words)
    if found is None:
        return _Typed(None, words)
    return _Typed(next(kind for kind in KINDS if found[kind]), found["rest"])


class Finder:
    """The zones of France as one contest knows them."""

    def __init__(self, atlas: Atlas, near: str = "") -> None:
        """`near` is the zone whose places are proposed first: its kind and its code."""
        self.atlas = atlas
        zone = atlas.zone(*near.split(" ")) if near else None  # type: ignore[arg-type]
        self._near = frozenset(zone.departments if zone else ())

    def name(self, kind: Kind, code: str) -> str:
        """The name of a zone; the code itself when no year knows it."""
        name = self.atlas.name(kind, code)
        if name is None:
            name = next((other.name for other in self.atlas.others_coded(kind, code)), code)
        return name

    def label(self, kind: Kind, code: str) -> str:
        """The name of a zone as lists print it: a commune bears its department's number."""
        name = self.name(kind, code)
        return f"{name} ({department_of(code)})" if kind == "commune" else name

    def zone(self, kind: Kind, code: str) -> Zone:
        """The zone of a code.

        *Raises* PlaceRefused for a code of another year, or of no year.
        """
        zone = self.atlas.zone(kind, code)
        if zone is not None:
            return zone
        others = self.atlas.others_coded(kind, code)
        if others:
            raise self._of_another_year(code, others)
        if served := self.atlas.served_by(code):
            raise _postal_code(code, served)
        raise PlaceRefused(
            _('The code "{code}" is not known ({kind}).').format(code=code, kind=_kind(kind)),
            mend=_by_name(),
        )

    def resolve(self, text: str, kinds: Sequence[Kind] = KINDS) -> Zone:
        """The one zone that was typed: by name, with or without its department, or by code.

        *Raises* PlaceRefused, with the candidates, rather than choose between two.
        """
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
        counts = self.atlas.communes_by_region(epci)
        near = self._nearest([self.zone("region", region) for region in counts])
        told = ", ".join(f"{region.name} {counts[region.code]}" for region in near)
        return _("{epci} straddles regions. Its {count} communes: {told}.").format(
            epci=self.name("epci", epci), count=sum(counts.values()), told=told
        )

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
        found = [
            zone
            for kind in ("department", "region")
            if kind in kinds and (zone := self.atlas.zone(kind, code))
        ]
        if len(found) == 1:
            return found[0]
        if found:
            raise _ambiguous(code, found)
        lost = self.atlas.zone("commune", f"0{code}") if len(code) == 4 else None
        raise PlaceRefused(
            _('No zone has the code "{code}".').format(code=code),
            _("A zero is perhaps lost: {choice}.").format(choice=_choice(lost)) if lost else "",
            _by_name(),
            candidates=[lost] if lost else (),
        )

    def _five_digits(self, code: str) -> Zone:
        """The commune of a code, unless the number is a postal code or may be one."""
        served = self.atlas.served_by(code)
        commune = self.atlas.zone("commune", code)
        if served:
            raise _postal_code(code, served, commune)
        if commune is None:
            return self.zone("commune", code)
        department = commune.departments[0]
        if code.isdigit() and not self.atlas.knows_postal_codes_of(department):
            raise PlaceRefused(
                _('"{code}" may be the code of a commune or a postal code.').format(code=code),
                _("Both have five digits; the postal codes of that department are not known here."),
                _("Write the commune with its department; for the code {code}: {choice}.").format(
                    code=code, choice=_choice(commune)
                ),
                candidates=[commune],
            )
        return commune

    def _named(self, typed: _Typed, kinds: Sequence[Kind]) -> Zone:
        if len(typed.words) > _LONGEST:
            raise PlaceRefused(
                _("A place of {count} characters is none.").format(count=len(typed.words)),
                mend=_("Give one place after the other."),
            )
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
        """The departments and communes that what situates a name stands for; None for nothing.

        A number of five digits is a postal code, or the code of the commune itself.
        """
        if _FIVE_DIGITS.fullmatch(inside):
            served = {zone.code for zone in self.atlas.served_by(inside)}
            of_post = departments_of_post(inside)
            known = all(map(self.atlas.knows_postal_codes_of, of_post))
            # What is not in the files is believed as far as the department that it begins with.
            beyond = of_post if typed.is_cedex or not known else ()
            return frozenset({inside, *served, *(() if served else beyond)})
        department = self.atlas.department(inside)
        return None if department is None else frozenset({department})

    def _meanings(
        self, name: str, kinds: Sequence[Kind], where: Places | None, *, spelt: bool
    ) -> tuple[list[Zone], list[OtherName]]:
        """Returns the zones that a name may mean, in some places or anywhere; former ones apart."""
        zones, others = self.atlas.named(name, kinds, spelt=spelt)
        zones = [zone for zone in zones if _lies_in(zone, where)]
        known = {zone.code for zone in zones}
        others = [
            other
            for other in others
            if other.now not in known
            and (where is None or where & {other.code, other.now, department_of(other.now)})
        ]
        if not spelt and not name.isascii():
            # Accents that were typed count, wherever some name bears them.
            names = {zone.name for zone in zones} | {other.name for other in others}
            kept = {found for found in names if agrees(found, name)} or names
            zones = [zone for zone in zones if zone.name in kept]
            others = [other for other in others if other.name in kept]
        return zones, others

    def _only(self, words: str, zones: list[Zone], others: list[OtherName], *, sure: bool) -> Zone:
        """The one zone that is meant; never one of two, never silently a namesake's heir.

        It is `sure` where more than the bare name of a commune was typed.
        """
        if len(zones) == 1 and not others:
            if sure or not self._is_elsewhere(zones[0]):
                return zones[0]
            raise self._elsewhere(words, zones[0])
        if not zones and len({other.now for other in others}) == 1:
            raise self._of_another_year(words, others)
        found = self._nearest([*zones, *self._heirs(others)])
        raise _ambiguous(words, found, other_years=bool(others))

    def _is_elsewhere(self, zone: Zone) -> bool:
        return bool(self._near) and not self._near.intersection(zone.departments)

    def _elsewhere(self, words: str, zone: Zone) -> PlaceRefused:
        """A commune's bare name, far from the zone where places are expected: Larzac (24)."""
        near = [zone, *self._likeliest(words, KINDS, self._near)]
        return PlaceRefused(
            _('"{text}" is the name of a place that lies elsewhere.').format(text=words),
            mend=_("Write one of them: {choices}.").format(choices=_choices(near)),
            candidates=near,
        )

    def _likeliest(self, name: str, kinds: Sequence[Kind], where: Places | None) -> list[Zone]:
        """The zones that a name was probably meant for, of those that lie there."""
        near = [found for found in self.atlas.near(name, kinds) if _lies_in(found[1], where)]
        return self._nearest([zone for like, zone in near if like >= near[0][0] - _AS_LIKELY])[
            :_SUGGESTED
        ]

    def _nearest(self, zones: Sequence[Zone]) -> list[Zone]:
        return sorted(zones, key=self._is_elsewhere)

    def _heirs(self, others: list[OtherName]) -> list[Zone]:
        found = {(o.kind, o.now): self.atlas.zone(o.kind, o.now) for o in others}
        return [zone for zone in found.values() if zone]

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
        name, inside = next((one for one in reversed(readings) if one[1]), readings[-1])
        what = _('"{text}" is not a known place.').format(text=typed.words)
        where = self._where(inside, typed) if inside else None
        same, _others = self._meanings(name, kinds, None, spelt=False)
        if inside and same:
            why = _("There is none of that name in that department.")
            if _FIVE_DIGITS.fullmatch(inside):
                why = _("None of that name is served by the postal code {code}.").format(
                    code=inside
                )
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
    return _("Give its name; for a commune with its department: {example}.").format(
        example='"Millau (12)"'
    )


def _kind(kind: Kind) -> str:
    return {
        "commune": _("commune"),
        "epci": _("intercommunal body (EPCI)"),
        "department": _("department"),
        "region": _("region"),
    }[kind]


def _choice(zone: Zone) -> str:
    """Returns the words to type for a zone, in quotation marks."""
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
    return PlaceRefused(
        n_(
            '"{text}" may mean {count} place.', '"{text}" may mean {count} places.', len(zones)
        ).format(text=words, count=len(zones)),
        _("One or more of them bore or bear that name in another year.") if other_years else "",
        _("Write one of them: {choices}.").format(choices=_choices(zones)),
        candidates=zones,
    )


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
