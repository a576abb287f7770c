"""The version of this program, as its ledger lines tell it."""

from __future__ import annotations

VERSION = "0.2.0"


def release(version: object) -> tuple[int, ...] | None:
    """The numbers of a version, to be compared; None for what is no version of this program."""
    parts = str(version).split(".")
    if not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    return tuple(map(int, parts))
