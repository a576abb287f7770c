"""Writes the pages of docs/ that tell what the code and the contest folder say.

    python tools/docs.py            write the pages that changed
    python tools/docs.py --check    change nothing; name the stale pages, exit 1 if any

French pages are in docs/, the same in English in docs/en/.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ptce_workflow.base.words import LANGUAGES, speaking
from ptce_workflow.cli.reference import cli_page
from ptce_workflow.desk.place import read_folder
from ptce_workflow.ledger.reference import ledger_page
from ptce_workflow.process.format_page import format_page
from ptce_workflow.process.process import Process
from ptce_workflow.process.reference import process_page

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {"fr": "docs", "en": "docs/en"}


def pages() -> dict[str, str]:
    """What each generated page should say now, by its path from the root of the repository."""
    process = Process.load(read_folder(ROOT))
    written: dict[str, str] = {}
    for language in LANGUAGES:
        folder = FOLDERS[language]
        with speaking(language):
            written[f"{folder}/cli.md"] = cli_page(language)
            written[f"{folder}/process.md"] = process_page(process, language)
            written[f"{folder}/format.md"] = format_page()
            written[f"{folder}/ledger.md"] = ledger_page()
    return written


def stale(root: Path, expected: dict[str, str]) -> list[str]:
    """The pages that are missing under a root or say something else, sorted."""
    return sorted(
        page
        for page, text in expected.items()
        if not (root / page).is_file() or (root / page).read_bytes() != text.encode()
    )


def write(root: Path, expected: dict[str, str]) -> list[str]:
    """Writes the stale pages and gives their names."""
    changed = stale(root, expected)
    for page in changed:
        (root / page).parent.mkdir(parents=True, exist_ok=True)
        (root / page).write_bytes(expected[page].encode())
    return changed


def main(arguments: list[str]) -> int:
    """Writes the pages, or with `--check` says whether they are up to date."""
    checking = "--check" in arguments
    changed = (stale if checking else write)(ROOT, pages())
    for page in changed:
        print(f"{page}: {'stale, run `make docs`' if checking else 'written'}")
    return 1 if checking and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
