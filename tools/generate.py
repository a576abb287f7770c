"""Writes the modules of the program that are worked out from what is declared elsewhere.

    python tools/generate.py            write the modules that changed
    python tools/generate.py --check    change nothing; name the stale ones, exit 1 if any

What takes long to load is asked here, once, so that no command has to load it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from babel import Locale

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("fr", "en")
_SPOKEN = '''"""The names of days and months, and the marks of numbers, as the CLDR has them.

Written by tools/generate.py from Babel's copy of it; not to be edited.
"""

from typing import NamedTuple


class Usage(NamedTuple):
    """A language's days, from Monday, its months, from January, and the marks of its numbers."""

    days: tuple[str, ...]
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    decimal: str
    thousands: str


'''


def spoken() -> str:
    """`base/cldr.py`: what is said of days, months and numbers in each language."""
    usages = []
    for language in LANGUAGES:
        locale = Locale(language)
        days, months = locale.days["format"]["wide"], locale.months["format"]
        marks = locale.number_symbols["latn"]
        usages.append(
            f"{language!r}: Usage("
            f"days={tuple(days[day] for day in range(7))!r},"
            f"months={tuple(months['wide'][month] for month in range(1, 13))!r},"
            f"short_months={tuple(months['abbreviated'][month] for month in range(1, 13))!r},"
            f"decimal={marks['decimal']!a}, thousands={marks['group']!a})"
        )
    return f"{_SPOKEN}USAGES = {{{', '.join(usages)}}}\n"


def modules() -> dict[str, str]:
    """What each generated module should say now, by its path from the root of the repository."""
    written = {"ptce_workflow/base/cldr.py": spoken()}
    return {path: _formatted(path, text) for path, text in written.items()}


def stale() -> dict[str, str]:
    """The modules that are missing or say something else, with what they should say."""
    return {
        path: text
        for path, text in modules().items()
        if not (ROOT / path).is_file() or (ROOT / path).read_text("utf-8") != text
    }


def main(arguments: list[str]) -> int:
    """Writes the stale modules, or with `--check` names them."""
    checking = "--check" in arguments
    changed = stale()
    for path, text in changed.items():
        print(f"stale: {path}" if checking else f"written: {path}")
        if not checking:
            (ROOT / path).write_text(text, encoding="utf-8")
    return int(checking and bool(changed))


def _formatted(path: str, text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", path, "-"]
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=True)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
