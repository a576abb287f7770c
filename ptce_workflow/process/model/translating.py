"""The catalogues of a folder as they are written: for translators, and for Poedit."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from babel.core import UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.process.model.catalogues import phrases, po_of
from ptce_workflow.process.model.definition import ANY, START, Definition
from ptce_workflow.process.model.shared import Text

_LINE_WIDTH = 100


class Undated(Catalog):
    """A catalogue whose header says nothing that changes from one day to the next."""

    def _headers(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", self.project),
            ("Language", str(self.locale_identifier)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]

    mime_headers = property(_headers, Catalog._set_mime_headers)


def spoken(definition: Definition) -> Iterator[tuple[str, Text]]:
    """Every phrase that is said in other languages too, by its dotted name.

    Citations are not: they name a heading as the text that is cited has it.
    """
    for name, text in phrases(definition, ""):
        if not name.endswith(".source"):
            within = f"states.{name}" if name.startswith((f"{START}.", f"{ANY}.")) else name
            kind, _dot, rest = within.partition(".")
            if kind == "sheets" and rest.partition(".")[0] in definition.requests:
                within = f"requests.{rest}"
            yield within.removeprefix("config."), text


def refreshed(definition: Definition, language: str, known: bytes | None) -> bytes:
    """The catalogue of a folder in a language: all its phrases, and what they are called so far.

    What the folder no longer says is kept at the end, as obsolete; a phrase that changed by a
    letter comes back untranslated.

    *Raises* Misuse for a language that is none, ValueError for a catalogue that cannot be read.
    """
    contest = definition.config.contest
    try:
        new = Undated(locale=language.replace("-", "_"), project=contest.id, fuzzy=False)
    except (ValueError, UnknownLocaleError):
        raise Misuse(
            _('"{language}" names no language.').format(language=language),
            _("A language is written as in en, oc or pt-BR."),
        ) from None
    new.header_comment = f"# {contest.title.phrase}"
    old = po_of(known) if known is not None else Catalog()
    for name, text in spoken(definition):
        place = [(name, 0)]
        named = old.get(text.phrase, name)
        for entry in (named, old.get(text.phrase)):
            if entry is not None:
                flags = entry.flags & {"fuzzy"}
                new.add(text.phrase, entry.string, place, flags, context=entry.context)
        if named is None and text.phrase not in new:
            new.add(text.phrase, "", place)
        elif text.phrase in new:
            new.add(text.phrase, new[text.phrase].string, place)
    for entry in (*old, *old.obsolete.values()):
        if entry.id and entry.string and (entry.id, entry.context) not in _keys(new):
            new.obsolete[(entry.id, entry.context)] = entry
    stream = BytesIO()
    write_po(stream, new, width=_LINE_WIDTH, include_lineno=False)
    return stream.getvalue()


def _keys(catalogue: Catalog) -> set[tuple[object, str | None]]:
    return {(entry.id, entry.context) for entry in catalogue}
