"""What an interruption has left beside its place: names and addresses are in it, so it goes."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from ptce_workflow.store.sqlite import told

_RESTORING = ".restore-"
_IN_USE = "in-use"
"""A database that is locked for as long as its folder is in use: no death leaves it locked."""


def left_in(place: Path, name: str) -> tuple[Path, ...]:
    """The folders there whose names are of that form, a regular expression."""
    return tuple(one for one in sorted(place.iterdir()) if re.fullmatch(name, one.name))


def sweep(folders: Iterable[Path]) -> None:
    """Takes folders away, with all that is in them."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def room_beside(database: Path) -> Iterator[Path]:
    """A folder of its own beside a database, for its owner alone; it goes at the end.

    What an earlier one has left goes first.

    *Raises* OSError when it cannot be made; PtceError where the disk has no room for anything.
    """
    sweep(left_by_restores(database))
    place = database.with_name(f"{_RESTORING}{os.urandom(4).hex()}")
    place.mkdir(mode=0o700)
    try:
        with closing(sqlite3.connect(place / _IN_USE, isolation_level=None)) as lock:
            with told(str(database)):
                lock.execute("BEGIN EXCLUSIVE")
            yield place
    finally:
        sweep([place])


def left_by_restores(database: Path | None) -> tuple[Path, ...]:
    """The copies that restores left beside a database when they were killed; none in use."""
    if database is None:
        return ()
    with suppress(OSError):
        found = left_in(database.parent, re.escape(_RESTORING) + "[0-9a-f]{8}")
        return tuple(one for one in found if not _is_in_use(one))
    return ()


def _is_in_use(folder: Path) -> bool:
    """True while a restore works there; an empty one holds nothing, and may be about to."""
    lock = folder / _IN_USE
    if not lock.exists():
        return not any(folder.iterdir())
    try:
        with closing(sqlite3.connect(lock, timeout=0, isolation_level=None)) as driver:
            driver.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        return True
    return False
