"""Counts what the contest folders hold, beside what they may: `python tools/measures.py`.

A line is one that is neither blank nor a comment, of the tables and of what stands before a mail;
bytes and files are those of the folder but for translations and texts.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from ptce_workflow.app.locations import read_folder
from ptce_workflow.process.markdown import page_of
from ptce_workflow.process.model.folder import Files

REPOSITORY = Path(__file__).resolve().parents[1]


class Measure(NamedTuple):
    """How much a contest folder holds."""

    lines: int
    bytes: int
    files: int


BOUNDS = {
    # Two of its mails carry the checkpoint to outside witnesses, three go with what letters attach:
    # minutes, marks to confirm, copies to delete.
    ".": Measure(1_350, 116_000, 44),
    "contests/ami-permanent": Measure(420, 48_000, 23),
    "contests/aap-national": Measure(640, 72_000, 34),
}
"""What folders may hold at most: notification files, of all their files."""
CONTESTS = (".", "contests/ami-permanent", "contests/aap-national", "contests/minimal")


def measured(files: Files) -> Measure:
    """The measure of a folder; its files are those of its mails."""
    own = {name: content.decode() for name, content in files.items() if _is_counted(name)}
    keys = [page_of(text).keys if name.endswith(".md") else text for name, text in own.items()]
    lines = (line.strip() for text in keys for line in text.split("\n"))
    return Measure(
        sum(bool(line) and not line.startswith("#") for line in lines),
        sum(len(text.encode()) for text in own.values()),
        sum(name.startswith("notifications/") for name in own),
    )


def _is_counted(name: str) -> bool:
    """False for texts, and for what is in another language than the folder's."""
    last = name.rpartition("/")[2]
    is_translation = name.startswith("notifications/") and last.count(".") > 1
    return not name.startswith(("texts/", "translations/")) and not (
        is_translation and last.endswith(".md")
    )


def main() -> int:
    """Prints a line for each contest; 1 where one holds more than it may."""
    exceeded = False
    print(f"{'folder':<24}{'lines':>8}{'bytes':>10}{'mails':>8}")
    for place in CONTESTS:
        found = measured(read_folder(REPOSITORY / place))
        bound = BOUNDS.get(place)
        over = bound is not None and any(a > b for a, b in zip(found, bound, strict=True))
        exceeded |= over
        print(f"{place:<24}{found.lines:>8}{found.bytes:>10}{found.files:>8}")
        if bound is not None:
            words = "exceeded" if over else "held"
            print(f"{'  at most':<24}{bound.lines:>8}{bound.bytes:>10}{bound.files:>8}  {words}")
    return int(exceeded)


if __name__ == "__main__":
    sys.exit(main())
