"""Databases to try the store on, and rows to put in them.

The suite runs on every entry of `PLACES`; a further database is one more entry.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.store.database import Database
from ptce_workflow.store.rows import ContestRow
from ptce_workflow.store.sqlite import SqliteFile
from tests.servers import by_hand, fresh_database

CONTEST = "small-2024"
FIRST = "0" * 64
PLACES: dict[str, Callable[[Path], str | Path]] = {
    "sqlite": lambda folder: folder / "ptce.db",
    "postgresql": lambda _folder: fresh_database(),
}


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Where a database may be made, one after the other of every kind."""
    return PLACES[request.param](tmp_path)


@pytest.fixture
def database(place: str | Path) -> Iterator[Database]:
    """A database that holds a contest and nothing else."""
    with closing(Database.create(place)) as database:
        with database.writing(CONTEST) as repo:
            repo.add_contest(ContestRow(CONTEST, "f" * 64, True, "{}", 0, FIRST, "", ""))
        yield database


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of an SQLite database that holds a contest of three lines, closed."""
    file = tmp_path / "ptce.db"
    with closing(Database.create(file)) as database:
        fill(database)
    return file


def fill(database: Database) -> None:
    """Puts a contest of three lines in a database without any."""
    with database.writing(CONTEST) as repo:
        repo.add_contest(ContestRow(CONTEST, "f" * 64, False, "{}", 0, FIRST, "", ""))
        repo.append_lines([line(n) for n in (1, 2, 3)])
        repo.set_head(CONTEST, 3, f"{3:064x}")
        repo.add_sides([side(2)])
        repo.archive_process("f" * 64, {"config.toml": b"[contest]\n"})


def narrow(database: Database, pages: int) -> None:
    """Has the file of a database take no more than some pages more than it has."""
    assert database.file is not None
    with by_hand(database.file, autocommit=True) as connection:
        held = connection.execute("PRAGMA page_count").fetchone()[0]
    assert isinstance(database.base, SqliteFile)
    database.base.pragmas = (*database.base.pragmas, f"max_page_count={held + pages}")


def line(n: int, *, contest: str = CONTEST, content: bytes = b"{}\n") -> dict[str, Any]:
    """The columns of a line; its `prev` says only which line comes before."""
    return {"contest": contest, "n": n, "prev": f"{n - 1:064x}", "line": content}


def side(n: int, subject: str = "case-1", *, data: str = "{}") -> dict[str, Any]:
    return {"contest": CONTEST, "n": n, "subject": subject, "salt": "a" * 64, "data": data}


def candidature(number: int, **changed: Any) -> dict[str, Any]:
    row = {
        "contest": CONTEST,
        "id": f"case-{number}",
        "ref": f"C-{number:03d}",
        "state": "draft",
        "since": "2024-02-20T09:00:00.000000Z",
        "version": number,
        "name": "Les Jardins",
        "due": "",
        "content": "[]",
        "private": "{}",
    }
    return {**row, **changed}


def person(pseudonym: str, **changed: Any) -> dict[str, Any]:
    row = {
        "contest": CONTEST,
        "pseudonym": pseudonym,
        "roles": '["desk"]',
        "institution": None,
        "login": None,
        "private": "{}",
        "active": True,
    }
    return {**row, **changed}
