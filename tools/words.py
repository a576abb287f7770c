"""Keeps the catalogues: gathers what the code says, merges it into the .po, compiles the .mo.

    python tools/words.py            gather, merge, compile, and list what is untranslated
    python tools/words.py --check    change nothing; exit 1 when a .po would change
    python tools/words.py --compile  compile alone

The .po is the only file to edit by hand, and the only one that git tracks. It holds no date, no
line number and no program's version, so that it changes only when words do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from ptce_workflow.base.words import LANGUAGES
from ptce_workflow.cli.grammar import every_command
from ptce_workflow.process.fields import field_types
from tools.build_hook import Undated, compile_catalogues
from tools.pages.contest_format import first_line

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "ptce_workflow"
TRANSLATED = tuple(language for language in LANGUAGES if language != "en")
HEADER = "# What ptce says, in {language}; `make words` writes it: edit the translations alone."
# `N_` marks a message that is translated where it is shown, later.
KEYWORDS = {"_": None, "N_": None, "n_": (1, 2), "nN_": (1, 2)}


def catalogue_folder(language: str) -> Path:
    """The folder of the two files of a language."""
    return PACKAGE / "base" / "locale" / language / "LC_MESSAGES"


def extract(package: Path = PACKAGE) -> Undated:
    """Every message of the code, untranslated, with the files that say it."""
    found = Undated()
    files = extract_from_dir(package, [("**.py", "python")], keywords=KEYWORDS)
    for file, _line, message, _comments, _context in files:
        found.add(message, locations=[((package.name / Path(file)).as_posix(), 0)])
    for command in every_command().values():
        # What a command does is told by the docstring of its function.
        assert command.callback is not None
        file = command.callback.__module__.replace(".", "/") + ".py"
        for message in command.paragraphs:
            found.add(message, locations=[(file, 0)])
    for type_ in field_types().values():
        # A page of docs/ shows what each type of field says of itself.
        file = type_.__module__.replace(".", "/") + ".py"
        found.add(first_line(type_), locations=[(file, 0)])
    return found


def read(language: str, name: str = "ptce") -> Catalog:
    """The .po of a language; empty when there is none yet. `messages.po` has the words of click."""
    path = catalogue_folder(language) / f"{name}.po"
    if not path.exists():
        return Undated(locale=language)
    with path.open("rb") as stream:
        return read_po(stream, locale=language)


def merge(found: Catalog, known: Catalog, language: str) -> Undated:
    """The messages of the code, with the translations known of exactly these.

    A message that changed by a letter comes back untranslated: a near match, taken over in
    silence, would be a wrong sentence that nobody looks at.
    """
    merged = Undated(locale=language, header_comment=HEADER.format(language=language), fuzzy=False)
    for message in found:
        if not message.id:
            continue
        old = known.get(message.id)
        words = old.string if old is not None and same_form(old, message) else ""
        flags = old.flags & {"fuzzy"} if old is not None else set()
        places = sorted({(file, 0) for file, _line in message.locations})
        comments = old.user_comments if old is not None else []
        merged.add(message.id, words, places, flags, user_comments=comments)
    return merged


def same_form(old: Message, new: Message) -> bool:
    """True where the known translation is for the same singular and plural."""
    return bool(old.id == new.id)


def as_po(catalogue: Catalog) -> bytes:
    """The bytes of the .po."""
    stream = BytesIO()
    write_po(stream, catalogue, width=100, sort_by_file=True, include_lineno=False)
    return stream.getvalue()


def untranslated(catalogue: Iterable[Message]) -> list[Message]:
    """The messages without a translation, or with one that nobody has confirmed."""
    return [
        message
        for message in catalogue
        if message.id and (message.fuzzy or not all(forms(message.string)))
    ]


def forms(words: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """The singular alone, or the singular and the plural; a missing one is empty."""
    return (words or "",) if isinstance(words, str) or words is None else tuple(words)


def main(arguments: list[str]) -> int:
    """Updates the catalogues, or with `--check` says whether they are up to date."""
    if "--compile" in arguments:
        compile_catalogues(ROOT)
        return 0
    found, stale = extract(), False
    for language in TRANSLATED:
        merged = merge(found, read(language), language)
        of_click = read(language, "messages")
        of_click = merge(of_click, of_click, language)
        for name, content in (("ptce.po", as_po(merged)), ("messages.po", as_po(of_click))):
            path = catalogue_folder(language) / name
            if path.exists() and path.read_bytes() == content:
                continue
            stale = True
            if "--check" not in arguments:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        missing = untranslated([*merged, *of_click])
        for message in missing:
            print(f"{language}: {message.id!r}")
        print(f"{language}: {len(merged)} messages, {len(missing)} to translate")
    if "--check" in arguments:
        return int(stale)
    compile_catalogues(ROOT)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
