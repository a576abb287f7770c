"""The yardstick of an advance: the driver and nothing else, doing the same reads and writes.

It works on a copy of the contest's own database, so that tables, indices and pages are the same,
and waits for the disk as ours does: `sqlite3` with WAL and `synchronous=FULL`, `psycopg` on the
same server. It is spared what only a program that must not be wrong has: the triggers, and on
SQLite foreign keys and `secure_delete`. Each advance is one transaction, which takes its turn as
ours does (BEGIN IMMEDIATE; an advisory lock on the contest), of statements that are prepared once
and kept. What it writes was worked out beforehand: they are, byte for byte, the rows that our own
advance has just written, and at the end both databases must hold the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

COMPARED = ("ledger", "contest", "candidature", "counter")
"""The tables that an advance writes."""


class Written(NamedTuple):
    """The rows that one advance wrote, for another program to write again."""

    ref: str
    line: tuple[Any, ...]
    head: tuple[Any, ...]
    case: tuple[Any, ...]
    counters: tuple[tuple[Any, ...], ...]


class Driver:
    """A connection to a file of SQLite's or a database of PostgreSQL's; each statement commits."""

    def __init__(self, place: str) -> None:
        self.on_server = place.startswith("postgresql:")
        self._driver: Any
        if self.on_server:
            import psycopg

            self._driver = psycopg.connect(place, autocommit=True)
        else:
            self._driver = sqlite3.connect(place, isolation_level=None)
            self.run("PRAGMA journal_mode=WAL").close()
            self.run("PRAGMA synchronous=FULL").close()

    def run(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Runs a statement; its cursor."""
        return self._driver.execute(self._worded(statement), values)

    def each(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Runs a statement for each of some rows."""
        self._driver.cursor().executemany(self._worded(statement), rows)

    def close(self) -> None:
        """Lets go of the database."""
        self._driver.close()

    def _worded(self, statement: str) -> str:
        return statement.replace("?", "%s") if self.on_server else statement


def copied(ours: Path, copy: Path) -> str:
    """Copies a file of SQLite's; the place of the copy."""
    with closing(sqlite3.connect(ours)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return str(copy)


class Bare:
    """A copy of a contest's database, and the statements of an advance."""

    def __init__(self, ours: str, copy: str, contest: str) -> None:
        self.contest = contest
        self.ours, self.database = Driver(ours), Driver(copy)
        if self.database.on_server:
            for table in COMPARED:
                self.database.run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            return
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in self.database.run(triggers).fetchall():
            self.database.run(f"DROP TRIGGER {name}")

    def written(self, ref: str) -> Written:
        """What our own advance of a candidature, the last act there was, has written."""
        one = self.ours.run
        columns = "state, since, version, due, content, id"
        case = f"SELECT {columns} FROM candidature WHERE contest = ? AND ref = ?"
        state, *moved, id_ = one(case, (self.contest, ref)).fetchone()
        head = one("SELECT head_n, head_hash FROM contest WHERE contest = ?", (self.contest,))
        n, hash_ = head.fetchone()
        line = one("SELECT * FROM ledger WHERE contest = ? AND n = ?", (self.contest, n))
        before = self.database.run(case, (self.contest, ref)).fetchone()
        was, version = before[0], before[2]
        return Written(
            ref,
            line.fetchone(),
            (n, hash_, self.contest),
            (state, *moved, self.contest, id_, version),
            tuple((self.contest, "state", name, by) for name, by in ((state, 1), (was, -1))),
        )

    def advance(self, actor: str, rows: Written) -> None:
        """One advance: four reads and five writes in one transaction."""
        run, contest = self.database.run, self.contest
        if self.database.on_server:
            run("BEGIN")
            run("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", (contest,))
        else:
            run("BEGIN IMMEDIATE")
        run("SELECT * FROM contest WHERE contest = ?", (contest,)).fetchone()
        person = "SELECT * FROM person WHERE contest = ? AND (pseudonym = ? OR login = ?)"
        run(person, (contest, actor, actor)).fetchone()
        case = "SELECT * FROM candidature WHERE contest = ? AND ref = ?"
        run(case, (contest, rows.ref)).fetchone()
        before = "SELECT line FROM ledger WHERE contest = ? AND n = ?"
        run(before, (contest, rows.head[0] - 1)).fetchone()
        run("INSERT INTO ledger VALUES (?, ?, ?, ?)", rows.line)
        run("UPDATE contest SET head_n = ?, head_hash = ? WHERE contest = ?", rows.head)
        run(
            "UPDATE candidature SET state = ?, since = ?, version = ?, due = ?, "
            "content = ? WHERE contest = ? AND id = ? AND version = ?",
            rows.case,
        )
        self.database.each(
            "INSERT INTO counter VALUES (?, ?, ?, ?) ON CONFLICT (contest, name, bucket) "
            "DO UPDATE SET value = counter.value + excluded.value",
            rows.counters,
        )
        run("COMMIT")

    def same(self) -> bool:
        """Whether both databases hold the same rows."""
        return all(_rows(self.ours, table) == _rows(self.database, table) for table in COMPARED)

    def close(self) -> None:
        """Lets go of both databases."""
        self.ours.close()
        self.database.close()


def _rows(driver: Driver, table: str) -> set[tuple[Any, ...]]:
    return set(driver.run(f"SELECT * FROM {table}").fetchall())
