"""Writes the pages of docs/ from their sources in docs/src, the code and the contest folder.

The schemas of the shipped folders, in schemas/, are written from the code as well, in French.

    python tools/docs.py            write the pages that changed
    python tools/docs.py --check    change nothing; name the stale pages, exit 1 if any

French pages are in docs/, the same in English in docs/en/.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ptce_workflow.base.words import LANGUAGES, speaking
from ptce_workflow.process.model.schemas import written_schemas
from tools.pages import (
    answers,
    command_line,
    contest_format,
    ledger,
    performance,
    process,
    reliability,
)
from tools.pages.filling import filled

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {"fr": "docs", "en": "docs/en"}
PAGES: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "answers.md": answers.holes,
    "cli.md": command_line.holes,
    "format.md": contest_format.holes,
    "ledger.md": ledger.holes,
    "performance.md": performance.holes,
    "process.md": process.holes,
    "reliability.md": reliability.holes,
}
"""The function that fills the holes of each page, in a language that is in force."""


def pages() -> dict[str, str]:
    """Each generated page as it should read now, by its path from the root."""
    return {
        f"{FOLDERS[language]}/{name}": page(name, language)
        for language in LANGUAGES
        for name in PAGES
    }


def schemas() -> dict[str, str]:
    """The schemas of the shipped folders as they should read now, by their path from the root."""
    with speaking("fr"):
        return {path: content.decode() for path, content in written_schemas().items()}


def page(name: str, language: str) -> str:
    """One page in one language, as it should read now."""
    with speaking(language):
        return filled(language, name, PAGES[name](language))


def stale(root: Path, expected: dict[str, str]) -> list[str]:
    """The pages that are missing under a root or say something else, sorted."""
    return sorted(
        path
        for path, text in expected.items()
        if not (root / path).is_file() or (root / path).read_bytes() != text.encode()
    )


def write(root: Path, expected: dict[str, str]) -> list[str]:
    """Writes the stale pages and gives their names."""
    changed = stale(root, expected)
    for path in changed:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(expected[path].encode())
    return changed


def main(arguments: list[str]) -> int:
    """Writes the pages, or with `--check` names the stale ones: 1 if there are any."""
    checking = "--check" in arguments
    changed = (stale if checking else write)(ROOT, pages() | schemas())
    for path in changed:
        print(f"{path}: {'stale, run `make docs`' if checking else 'written'}")
    return 1 if checking and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
