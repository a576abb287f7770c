"""Finding a candidature, or a person, by what people type for it: the one way in for all commands.

A candidature is meant by its reference (`C-012`, `c12`, `12`) or by words of its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from ptce_workflow.app.projections import person_of
from ptce_workflow.app.refusals import unknown_reference
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.text import plain
from ptce_workflow.base.words import _, n_
from ptce_workflow.ledger.events.candidature import reference

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.ledger.state import Person
    from ptce_workflow.store.rows import BriefRow

_EXACT = re.compile(r"C-[0-9]{3,}")
_NUMBER = re.compile(r"(?:c ?)?0*([1-9][0-9]{0,8})")
_LISTED = 12


class Found(Struct, frozen=True):
    """The candidature that was meant; `told` names it where it was not typed as it is written."""

    ref: str
    told: str = ""


def candidature_meant(contest: Contest, word: str) -> Found:
    """The candidature that a word, or several, stand for.

    *Raises* Misuse where there is none, or several: they are listed.
    """
    if _EXACT.fullmatch(word):
        return Found(word)
    with contest.looking() as act:
        unit, unnamed = act.unit, act.hides(act.process.definition.config.contest.name_field)
        if unit.candidature(contest.id, word) is not None:
            return Found(word)
        numbered = _NUMBER.fullmatch(plain(word))
        ref = reference(int(numbered[1]) - 1) if numbered else ""
        row = unit.candidature(contest.id, ref) if ref else None
        if row is not None:
            return Found(ref, ref if unnamed else _told(ref, row.name))
        found = [] if unnamed else _named(unit.briefs(contest.id), word)
        if not found and ref:
            raise unknown_reference(unit, contest.id, ref)
    if not found:
        raise Misuse(
            _('No candidature has "{word}" in its name.').format(word=word),
            mend=_("`ptce list` shows them all."),
        )
    if len(found) > 1:
        raise Misuse(
            _('"{word}" may mean several candidatures.').format(word=word),
            "\n".join(_listed(found)),
            _("Type the reference of one of them, or more words of its name."),
        )
    return Found(found[0].ref, _told(found[0].ref, found[0].name))


def _named(briefs: Iterable[BriefRow], word: str) -> list[BriefRow]:
    """Those whose name has every word typed; failing that, words that begin so."""
    typed = _words(word)
    named = [(one, _words(one.name)) for one in briefs if one.name]
    whole = [one for one, words in named if typed and typed <= words]
    return whole or [
        one
        for one, words in named
        if typed and all(any(word.startswith(part) for word in words) for part in typed)
    ]


def _words(text: str) -> set[str]:
    """The words of a text, an elided article apart from its noun or left out."""
    return set(plain(re.sub(r"\b[^\W\d_]{1,2}['’]", " ", text)).split()) or set(plain(text).split())


def _listed(found: list[BriefRow]) -> Iterable[str]:
    yield from (_told(one.ref, one.name) for one in found[:_LISTED])
    more = len(found) - _LISTED
    if more > 0:
        yield n_("and {count} more", "and {count} more", more).format(count=more)


def _told(ref: str, name: str | None) -> str:
    return " ".join((ref, name or _("(erased)")))


def person_meant(contest: Contest, word: str) -> Person | None:
    """The person of that name, the only one of that institution or role; None for nobody.

    A pseudonym or a login needs no such search, and comes first.

    *Raises* Misuse where several are meant: they are listed.
    """
    # Whoever is meant is not known to act yet: nothing of it is shown to anyone else.
    with contest.database.reading() as unit:
        if unit.person(contest.id, word) is not None:
            return None
        people = [one for row in unit.people(contest.id) if (one := person_of(row)).active]
        institutions = contest.in_force(unit).definition.config.institutions
    typed = plain(word)

    def said(person: Person) -> Iterable[str]:
        yield person.private.get("name", "")
        if person.institution is not None:
            yield person.institution
            institution = institutions.get(person.institution)
            yield from (*institution.label.spoken(), *institution.names) if institution else ()

    found = [one for one in people if typed and typed in map(plain, said(one))]
    if len(found) > 1:
        raise Misuse(
            _('"{word}" may mean several people.').format(word=word),
            "\n".join(f"{one.pseudonym} {one.private.get('name', '')}".strip() for one in found),
            _("Type the pseudonym of one of them."),
        )
    return found[0] if found else None
