"""Writes the pages of docs/ from their sources in docs/src, the code and the contest folder.

The schemas of the shipped folders, in schemas/, are written from the code as well, in French.

    python tools/docs.py            write the pages that changed
    python tools/docs.py --force    write also those that somebody has edited
    python tools/docs.py --day      write also the day at the desk, which is played (a minute)
    python tools/docs.py --check    change nothing; name the stale pages, exit 1 if any

French pages are in docs/, the same in English in docs/en/. The index of docs/decisions is written
from the records there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from ptce_workflow.base.words import LANGUAGES, speaking
from ptce_workflow.process.model.reading import written_schemas
from rehearsal.day import SOURCES as DAYS
from tools.pages import (
    answers,
    command_line,
    contest_format,
    decisions,
    ledger,
    performance,
    process,
    reliability,
)
from tools.pages.filling import filled

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = "build/docs.json"
"""Below the root: the hashes of what was written last, by path; git does not track it."""
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
    source = f"docs/src/{language}/{name}"
    with speaking(language):
        return _marked(
            f"{source}, the code and the data", filled(language, name, PAGES[name](language))
        )


def index() -> dict[str, str]:
    """The index of the decision records, by its path from the root."""
    return {"docs/decisions/README.md": _marked("the records beside it", decisions.index())}


def days() -> dict[str, str]:
    """The day at the desk as it plays now, in each language, by its path from the root."""
    play = (sys.executable, "-m", "rehearsal.day")
    # Each in a process of its own: a language and a clock are those of a process.
    plays = {
        language: subprocess.Popen((*play, language), cwd=ROOT, stdout=subprocess.PIPE)
        for language in DAYS
    }
    return {
        f"{FOLDERS[language]}/{Path(DAYS[language]).name}": _marked(
            f"{DAYS[language]}, which it plays", one.communicate()[0].decode()
        )
        for language, one in plays.items()
    }


def everything() -> dict[str, str]:
    """All that this program writes without playing a contest."""
    return pages() | schemas() | index()


def stale(root: Path, expected: Mapping[str, str]) -> list[str]:
    """The pages that are missing under a root or say something else, sorted."""
    return sorted(
        path
        for path, text in expected.items()
        if not (root / path).is_file() or (root / path).read_bytes() != text.encode()
    )


def edited(root: Path, paths: Iterable[str]) -> list[str]:
    """Those that are neither as git has them nor as this program wrote them last."""
    written = _written(root)
    return [
        path
        for path in paths
        if (root / path).is_file()
        and _hash(root, path) != written.get(path)
        and _committed(root, path) not in (None, (root / path).read_bytes())
    ]


def write(root: Path, expected: Mapping[str, str]) -> list[str]:
    """Writes the stale pages and gives their names."""
    changed = stale(root, expected)
    for path in changed:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(expected[path].encode())
    if changed:
        hashes = _written(root) | {path: _hash(root, path) for path in changed}
        (root / WRITTEN).parent.mkdir(exist_ok=True)
        (root / WRITTEN).write_text(json.dumps(hashes, indent=1), "utf-8")
    return changed


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Writes the pages, or with `--check` names the stale ones: 1 if there are any."""
    expected = everything() | (days() if "--day" in arguments else {})
    changed = stale(root, expected)
    if "--check" in arguments:
        for path in changed:
            print(f"{path}: stale, run `make docs`")
        return int(bool(changed))
    by_hand = [] if "--force" in arguments else edited(root, changed)
    for path in by_hand:
        print(
            f"{path}: edited, not written. Edit what its first line names instead; "
            "`python tools/docs.py --force` overwrites the page.",
            file=sys.stderr,
        )
    if not by_hand:
        for path in write(root, expected):
            print(f"{path}: written")
    return int(bool(by_hand))


def _marked(sources: str, text: str) -> str:
    """A page whose first line says what it is made from."""
    return f"<!-- Written by `make docs` from {sources}: edit those, not this page. -->\n\n{text}"


def _committed(root: Path, path: str) -> bytes | None:
    """A file as git has it; None where git has none."""
    shown = subprocess.run(["git", "show", f"HEAD:{path}"], cwd=root, capture_output=True)
    return shown.stdout if shown.returncode == 0 else None


def _hash(root: Path, path: str) -> str:
    return sha256((root / path).read_bytes()).hexdigest()


def _written(root: Path) -> dict[str, str]:
    try:
        return dict(json.loads((root / WRITTEN).read_bytes()))
    except (OSError, ValueError):
        return {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
