"""The version of this program, as its ledger lines tell it, and those of its packages."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from functools import cache

VERSION = "0.2.0"
_RECORD = re.compile(r"(?P<name>[A-Za-z0-9_.]+)-(?P<version>[^-]+)\.dist-info")


def release(version: object) -> tuple[int, ...] | None:
    """The numbers of a version, to be compared; None for what is no version of this program."""
    parts = str(version).split(".")
    if not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    return tuple(map(int, parts))


def installed_version(package: str) -> str:
    """Returns the version of a package that is installed.

    *Raises* PackageNotFoundError where it is not.
    """
    known = _recorded().get(re.sub(r"[-_.]+", "_", package).lower())
    if known is None:
        # It reads more than the names of folders, and takes longer to load than an act to do.
        from importlib.metadata import version

        return version(package)
    return known


@cache
def _recorded() -> dict[str, str]:
    """The packages of which a folder bears the name and the version, in the order of the path."""
    found: dict[str, str] = {}
    for place in sys.path:
        with suppress(OSError), os.scandir(place or os.curdir) as entries:
            for entry in entries:
                record = _RECORD.fullmatch(entry.name)
                if record is not None:
                    found.setdefault(record["name"].lower(), record["version"])
    return found
