"""Reads the derived files of this folder."""

from __future__ import annotations

import csv
from pathlib import Path


def text(name: str) -> str:
    """The rows of a file, without its header."""
    # Not through importlib.resources, which takes longer to import than any file to read.
    whole = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return whole[whole.index("\n") + 1 :]


def rows(name: str) -> list[list[str]]:
    """The rows of a file as lists of columns, without its header."""
    return list(csv.reader(text(name).splitlines()))
