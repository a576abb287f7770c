"""A contest folder: its files, its hash, its translations.

An entry with `msgctxt`, the dotted name of the phrase (`states.scored.label`), goes before one
without: that is for the rare phrase that means two things. Fuzzy entries are not used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.model.base import Model, Text

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog


CONFIG = "config.toml"
LOGOS = ("logo.png", "logo.jpg")
_FOLDERS = ("states", "sheets", "requests", "notifications", "texts", "translations")
PARTS = (CONFIG, *LOGOS, *_FOLDERS)
LAYOUT = "notifications/layout.html.j2"
"""The page around every mail, where a folder has its own."""
LARGEST_FILE_BYTES = 1_000_000


def state_file(name: str) -> str:
    return f"states/{name}.toml"


def sheet_file(name: str) -> str:
    return f"sheets/{name}.toml"


def request_file(name: str) -> str:
    return f"requests/{name}.toml"


def mail_file(name: str, language: str = "") -> str:
    """The file of a mail, or that of its text in another language than the folder's."""
    return f"notifications/{name}{f'.{language}' if language else ''}.md"


def text_file(name: str, language: str = "") -> str:
    return f"texts/{name}{f'.{language}' if language else ''}.md"


def catalogue_file(language: str) -> str:
    return f"translations/{language}.po"


Files = Mapping[str, bytes]


def process_hash(files: Files) -> str:
    """The hash that names a process: SHA-256 of the list that `sha256sum` would print.

    The list holds one line a file, `<sha256>  <path>`, sorted by the bytes of the path; anyone
    can recompute it with `find`, `sort` and `sha256sum`.
    """
    # Imported here: what reads no folder, like `--help`, does without what takes time to load.
    from hashlib import sha256

    listing = b"".join(
        b"%s  %s\n" % (sha256(files[path]).hexdigest().encode(), path.encode())
        for path in sorted(files, key=str.encode)
    )
    return sha256(listing).hexdigest()


T = TypeVar("T")
Change = Callable[[str, Text], Text]


class Catalogue(Struct, frozen=True):
    """What phrases are in one language: by their dotted name and themselves, or alone."""

    language: str
    named: Mapping[tuple[str, str], str] = {}
    alone: Mapping[str, str] = {}

    def find(self, name: str, phrase: str) -> str:
        """The phrase in this language; "" where the catalogue has none."""
        return self.named.get((name, phrase)) or self.alone.get(phrase, "")


def translated(table: T, name: str, catalogues: tuple[Catalogue, ...]) -> T:
    """A table of the folder, each phrase below its dotted name with what catalogues have for it."""

    def change(place: str, text: Text) -> Text:
        others: dict[str, str] = {}
        for catalogue in catalogues:
            phrase = catalogue.find(place, text.phrase)
            if phrase:
                others.setdefault(catalogue.language, phrase)
        return Text(text.phrase, **others)

    return _changed(table, name, change) if catalogues else table


def phrases(table: Any, name: str) -> Iterator[tuple[str, Text]]:
    """Every phrase below a dotted name, in the order of the folder."""
    if isinstance(table, Text):
        yield name, table
    for key, below in _parts(table):
        yield from phrases(below, below_name(name, key))


def in_other_words(table: T, other: T) -> bool:
    """True where two tables say the same, but for how their phrases are worded."""

    def silent(_name: str, _text: Text) -> Text:
        return Text("…")

    return bool(_changed(table, "", silent) == _changed(other, "", silent))


def below_name(name: str, key: str) -> str:
    """The dotted name of what stands under a key: `states.scored` and `label`."""
    return f"{name}.{key}" if name else key


def _parts(table: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(table, Text):
        return
    if isinstance(table, Model):
        yield from ((key.removesuffix("_"), vars(table)[key]) for key in table.written)
    elif isinstance(table, Mapping):
        yield from table.items()
    elif isinstance(table, tuple):
        yield from ((str(place), item) for place, item in enumerate(table, 1))


def _changed(table: Any, name: str, change: Change) -> Any:
    if isinstance(table, Text):
        return change(name, table)
    changed = {key: _changed(below, below_name(name, key), change) for key, below in _parts(table)}
    if isinstance(table, Model):
        return table.checked(dict(zip(table.written, changed.values(), strict=True)))
    if isinstance(table, Mapping):
        return MappingProxyType(changed)
    return tuple(changed.values()) if isinstance(table, tuple) else table


def read_catalogues(
    files: Files, languages: tuple[str, ...]
) -> tuple[tuple[Catalogue, ...], tuple[Finding, ...]]:
    read: list[Catalogue] = []
    faults: list[Finding] = []
    for language in languages:
        file = catalogue_file(language)
        try:
            read.append(read_catalogue(files[file], language))
        except ValueError as error:
            # Babel counts the lines of what it cannot read from 0.
            line = getattr(error.__cause__, "lineno", 0) + 1
            why = _("The reader of catalogues says: {reason}.").format(reason=error)
            words = _("This catalogue cannot be read."), why, _("Save it again with Poedit.")
            if isinstance(error, UnicodeDecodeError):
                words = not_utf8(error)
            faults.append(Finding(file, "", *words, line))
    return tuple(read), tuple(faults)


def not_utf8(error: UnicodeDecodeError) -> tuple[str, str, str]:
    why = _("Byte {position} cannot be read.").format(position=error.start)
    return _("This file is not UTF-8 text."), why, _("Save it again as UTF-8.")


def read_catalogue(content: bytes, language: str) -> Catalogue:
    """A catalogue from the bytes of its file; *raises* ValueError for what is none."""
    named: dict[tuple[str, str], str] = {}
    alone: dict[str, str] = {}
    for message in po_of(content):
        if not isinstance(message.id, str) or not message.id or message.fuzzy:
            continue
        words = str(message.string or "").strip()
        if words and message.context:
            named[message.context, message.id.strip()] = words
        elif words:
            alone[message.id.strip()] = words
    return Catalogue(language, named, alone)


def po_of(content: bytes) -> Catalog:
    # Only what reads a folder needs it: daily commands have the phrases in the form.
    from babel.messages.pofile import PoFileError, read_po

    text = content.decode("utf-8")
    try:
        return read_po(BytesIO(text.encode()), abort_invalid=True)
    except (PoFileError, TypeError, AttributeError, IndexError, LookupError) as error:
        raise ValueError(str(error)) from error
