"""The yardstick of an advance: `sqlite3` and nothing else, doing the same reads and writes.

It works on a copy of the contest's own database, so that tables, indices and pages are the same;
WAL and `synchronous=FULL` as ours. It is spared what only a program that must not be wrong has:
the triggers, foreign keys and `secure_delete`. Each advance is one transaction, begun IMMEDIATE,
of statements that `sqlite3` prepares once and keeps. What it writes was worked out beforehand:
they are, byte for byte, the rows that our own advance has just written, and at the end both
databases must hold the same.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

COMPARED = ("ledger", "contest", "candidature", "counter", "due")
"""The tables that an advance writes."""


class Written(NamedTuple):
    """The rows that one advance wrote, for another program to write again."""

    ref: str
    line: tuple[Any, ...]
    head: tuple[Any, ...]
    case: tuple[Any, ...]
    counters: tuple[tuple[Any, ...], ...]


class Bare:
    """A copy of a contest's database, and the statements of an advance."""

    def __init__(self, ours: Path, copy: Path, contest: str) -> None:
        with closing(sqlite3.connect(ours)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        self.contest = contest
        self.ours = _opened(ours)
        self.database = _opened(copy)
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in self.database.execute(triggers).fetchall():
            self.database.execute(f"DROP TRIGGER {name}")

    def written(self, ref: str) -> Written:
        """What our own advance of a candidature, the last act there was, has written."""
        one = self.ours.execute
        columns = "state, since, version, record, id"
        case = f"SELECT {columns} FROM candidature WHERE contest = ? AND ref = ?"
        state, *moved, id_ = one(case, (self.contest, ref)).fetchone()
        head = one("SELECT head_n, head_hash FROM contest WHERE contest = ?", (self.contest,))
        n, hash_ = head.fetchone()
        line = one("SELECT * FROM ledger WHERE contest = ? AND n = ?", (self.contest, n))
        before = self.database.execute(case, (self.contest, ref)).fetchone()
        was, version = before[0], before[2]
        return Written(
            ref,
            line.fetchone(),
            (n, hash_, self.contest),
            (state, *moved, self.contest, id_, version),
            tuple((self.contest, "state", name, by) for name, by in ((state, 1), (was, -1))),
        )

    def advance(self, actor: str, rows: Written) -> None:
        """One advance: four reads and six writes in one transaction."""
        run, contest = self.database.execute, self.contest
        run("BEGIN IMMEDIATE")
        run("SELECT * FROM contest WHERE contest = ?", (contest,)).fetchone()
        person = "SELECT * FROM person WHERE contest = ? AND (pseudonym = ? OR login = ?)"
        run(person, (contest, actor, actor)).fetchone()
        case = "SELECT * FROM candidature WHERE contest = ? AND ref = ?"
        run(case, (contest, rows.ref)).fetchone()
        run("SELECT name, bucket, value FROM counter WHERE contest = ?", (contest,)).fetchall()
        run("INSERT INTO ledger VALUES (?, ?, ?, ?)", rows.line)
        run("UPDATE contest SET head_n = ?, head_hash = ? WHERE contest = ?", rows.head)
        run(
            "UPDATE candidature SET state = ?, since = ?, version = ?, record = ? "
            "WHERE contest = ? AND id = ? AND version = ?",
            rows.case,
        )
        self.database.executemany(
            "INSERT INTO counter VALUES (?, ?, ?, ?) "
            "ON CONFLICT (contest, name, bucket) DO UPDATE SET value = value + excluded.value",
            rows.counters,
        )
        run("DELETE FROM due WHERE contest = ? AND case_id = ?", (contest, rows.case[5]))
        run("COMMIT")

    def same(self) -> bool:
        """Whether both databases hold the same rows."""
        return all(_rows(self.ours, table) == _rows(self.database, table) for table in COMPARED)

    def close(self) -> None:
        """Lets go of both databases."""
        self.ours.close()
        self.database.close()


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL").close()
    database.execute("PRAGMA synchronous=FULL").close()
    return database


def _rows(database: sqlite3.Connection, table: str) -> set[tuple[Any, ...]]:
    return set(database.execute(f"SELECT * FROM {table}").fetchall())
