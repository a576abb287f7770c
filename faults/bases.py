"""The two kinds of database that a contest is kept in, as the campaign makes and copies them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from ptce_workflow.app.locations import LOCAL_FILE, database_url
from rehearsal.serving import HOST
from tests import servers
from tests.one_pass import SENDER


class Base(Protocol):
    """Where contests are kept."""

    name: str

    def fresh(self) -> str:
        """The address of a new database; "" for one that stands in the folder of the contest."""

    def copy(self, folder: Path) -> str:
        """The address of a copy of the database that a contest is in, which nobody has open."""

    def drop(self, url: str) -> None:
        """Does away with a copy."""


class Sqlite:
    """A file in the folder of the contest."""

    name = "SQLite"

    def fresh(self) -> str:
        """It is made beside the rules."""
        return ""

    def copy(self, folder: Path) -> str:
        """It is copied with the folder."""
        return ""

    def drop(self, url: str) -> None:
        """It has gone with the folder."""


class Postgresql:
    """A database of the server of the tests, which acknowledges nothing before it is in its log.

    That its log is on the disk as well is not waited for: no power is cut.
    """

    name = "PostgreSQL"

    def __init__(self, tables: str = "") -> None:
        """Copies are made among `tables`, a tablespace, where one is named."""
        self._tables = tables
        settings = "ALTER SYSTEM SET synchronous_commit = on", "SELECT pg_reload_conf()"
        servers.run(servers.server(), *settings)

    def fresh(self) -> str:
        """One with our tables, and nothing in them."""
        return servers.fresh_database()

    def copy(self, folder: Path) -> str:
        """One made of the other's files."""
        url = servers.clone_database(str(database_url(folder)))
        if self._tables:
            moves = f"ALTER DATABASE {servers.name_of(url)} SET TABLESPACE {self._tables}"
            servers.run(servers.server(), moves)
        return url

    def drop(self, url: str) -> None:
        """Whoever has it open."""
        servers.drop(url)


@contextmanager
def on_disk(place: Path) -> Iterator[Postgresql]:
    """Databases of the server whose tables are in a folder, as long as they are needed."""
    with servers.by_hand(servers.server()) as connection:
        [data] = connection.execute("SHOW data_directory").fetchone()
    place.mkdir()
    shutil.chown(place, Path(data).owner())
    servers.run(servers.server(), f"CREATE TABLESPACE small LOCATION '{place}'")
    try:
        yield Postgresql("small")
    finally:
        servers.run(servers.server(), "DROP TABLESPACE small")


def settle(folder: Path, url: str, port: int = 0, host: str = HOST) -> None:
    """Writes down what a machine knows: where the database is, and the mail server if any."""
    told = f'[database]\nurl = "{url}"\n' if url else ""
    if port:
        told += f'[mail]\nhost = "{host}"\nport = {port}\nsecurity = "none"\n'
        told += f'sender = "{SENDER}"\nper_minute = 0\nfor_real = true\n'
    file = folder / LOCAL_FILE
    file.write_text(told, "utf-8")
    file.chmod(0o600)


@contextmanager
def copied(base: Base, folder: Path, target: Path, port: int = 0) -> Iterator[Path]:
    """A copy of a contest that nobody has open, its database included, as long as it is needed."""
    shutil.copytree(folder, target)
    url = base.copy(folder)
    settle(target, url, port)
    try:
        yield target
    finally:
        shutil.rmtree(target)
        base.drop(url)


@contextmanager
def other_kind(base: Base, place: Path) -> Iterator[str]:
    """The address of a database of the other kind, which is made where it is written in."""
    if base.name == Postgresql.name:
        yield str(place / "ptce.db")
        shutil.rmtree(place)
        return
    url = servers.bare_database()
    yield url
    servers.drop(url)


def begun(base: Base, folder: Path, begin: Callable[[Path], object]) -> Path:
    """The folder of a contest that is begun there, in a new database."""
    url = base.fresh()
    if not url:
        begin(folder)
        return folder
    # The folder is laid out and begun in one: there is no moment to write the address in it.
    os.environ["PTCE_DATABASE"] = url
    try:
        begin(folder)
    finally:
        del os.environ["PTCE_DATABASE"]
    settle(folder, url)
    return folder
