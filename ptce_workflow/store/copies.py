"""Copies of an SQLite database: what is in the file, and what still waits beside it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from ptce_workflow.store.sqlite import connected


def copy(file: Path, target: Path) -> None:
    """Copies a database as of its last commit to a new file, for its owner alone, on the disk.

    Writers are not held up: the copy is read as any reader does.

    *Raises* OSError or sqlite3.Error when it cannot be made, FileExistsError when it is there.
    """
    target.touch(0o600, exist_ok=False)
    with (
        closing(connected(file)) as source,
        closing(sqlite3.connect(target)) as copied,
    ):
        source.backup(copied)
    with target.open("rb+") as stream:
        os.fsync(stream.fileno())


def heads(file: Path) -> dict[str, tuple[int, str]]:
    """The number and the hash of the last line of each contest in a copy.

    *Shape* empty for a file that is no copy, and for one that somebody is writing to. It is
    read without being touched: opening it as a ledger would change a database that is none.
    """
    if file.with_name(f"{file.name}-wal").exists():
        return {}
    try:
        with closing(
            sqlite3.connect(f"{file.absolute().as_uri()}?immutable=1", uri=True)
        ) as copied:
            rows = copied.execute("SELECT contest, head_n, head_hash FROM contest").fetchall()
    except sqlite3.Error:
        return {}
    return {contest: (n, hash_) for contest, n, hash_ in rows}
