"""A PostgreSQL of the tests' own, and databases in it.

One server a process of the tests, on a socket alone, begun where the first is asked for and gone
at the end. It writes nothing to the disk in time: what a power cut does is tried elsewhere.
"""

import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from ptce_workflow.app.locations import LOCAL_FILE, database_url
from ptce_workflow.store.database import Database
from rehearsal.postgresql import Postgres

ON_SERVER = os.environ.get("TEST_DATABASE") == "postgresql"
"""Whether the whole suite is run on a server; see `make test-slow`."""

_EMPTY = "ptce_empty"
_numbers = count()


@cache
def _started() -> Postgres:
    return Postgres(Path(tempfile.mkdtemp(prefix="ptce-pg-")), durable=False)


def server() -> str:
    """The address of the server's own database, of a role that may do everything."""
    return _started().url


def restart(mode: str) -> None:
    """Has the server stop, `fast` or `immediate` as a crash is, and start again as it was."""
    stop(mode)
    start()


def stop(mode: str) -> None:
    """Has the server stop, and with it every connection: `fast`, or `immediate` as a crash is."""
    _started().stop(mode)


def kill() -> None:
    """Has the server end as in a crash, if it runs, even where its files can be written no more."""
    _started().kill()


def start(address: str = "") -> None:
    """Has a server that has stopped start again, at its socket, and at an address if one is given.

    Who comes by that address from a network of 256 is let in.
    """
    _started().start(address)


def data() -> Path:
    """The folder in which the server keeps its files."""
    return _started().folder


def socket() -> str:
    """The socket at which the server listens."""
    return str(_started().socket)


def follower(of: Postgres | None = None) -> Postgres:
    """A server that follows another, ours unless told, and only reads until it is promoted."""
    folder = Path(tempfile.mkdtemp(prefix="ptce-pg-"))
    return Postgres(folder, durable=False, follows=of or _started())


@contextmanager
def pair(*, synchronous: bool) -> Iterator[list[Postgres]]:
    """A copy of our server as it stands now, and another that follows it.

    Where they are synchronous, nobody is told that anything was kept before both have it.
    """
    with closing(follower()) as first:
        first.promote()
        if synchronous:
            first.keeper.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            first.keeper.execute("SELECT pg_reload_conf()")
        with closing(follower(first)) as second:
            yield [first, second]


@contextmanager
def standby(url: str) -> Iterator[str]:
    """A server that follows ours, and only reads; the address of a database there."""
    with closing(follower()) as other:
        yield url.replace(str(_started().socket.parent), str(other.socket.parent))


def fresh_database() -> str:
    """The address of a database that holds our tables and nothing else."""
    return _made(_template())


def bare_database() -> str:
    """The address of a database without any table."""
    return _made("template1")


def clone_database(url: str) -> str:
    """The address of a database that holds what another one does, which nobody has open."""
    return _made(name_of(url))


def drop(url: str) -> None:
    """Does away with a database, whoever has it open, if nobody has yet."""
    _started().keeper.execute(f"DROP DATABASE IF EXISTS {name_of(url)} WITH (FORCE)")


def name_of(url: str) -> str:
    """The name of a database, by its address."""
    return urlsplit(url).path.removeprefix("/")


def end_all(url: str) -> None:
    """Ends every connection to a database, as whoever keeps a server may."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with by_hand(url, autocommit=True) as server:
        server.execute(f"SELECT pg_terminate_backend(pid) {others}")
        # Told to wait, the server looks again a tenth of a second later.
        while server.execute(f"SELECT count(*) {others}").fetchone()[0]:
            pass


def keep_on_server(folder: Path) -> None:
    """Has the database of a contest folder, which is not made yet, be one of the server."""
    url = fresh_database()
    (folder / LOCAL_FILE).write_text(f'[database]\nurl = "{url}"\n', "utf-8")


@contextmanager
def copied(folder: Path, target: Path) -> Iterator[Path]:
    """A copy of a contest folder, with a database of its own where a server keeps it."""
    shutil.copytree(folder, target)
    local = target / LOCAL_FILE
    url = database_url(target) if local.exists() else target
    if not isinstance(url, str):
        yield target
        return
    own = clone_database(url)
    local.write_text(local.read_text("utf-8").replace(url, own), "utf-8")
    yield target
    drop(own)


def kept(folder: Path) -> Callable[[], object]:
    """Keeps the database of a contest as it is; what puts it back, once nobody has it open."""
    place = database_url(folder)
    if isinstance(place, Path):
        return partial(place.write_bytes, place.read_bytes())
    whole = name_of(clone_database(place))

    def put_back() -> None:
        drop(place)
        _made(whole, name_of(place))

    return put_back


class Typed:
    """A connection that takes SQL as SQLite's driver does: marks are ?, bytes are x'00'."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def execute(self, statement: str, values: Sequence[object] = ()) -> Any:
        statement = re.sub("x'([0-9a-f]*)'", r"'\\x\1'::bytea", statement)
        return self.connection.execute(statement.replace("?", "%s"), values or None)


@contextmanager
def by_hand(place: str | Path, *, autocommit: bool = False) -> Iterator[Any]:
    """A database in the hands of whoever types SQL; committed at the end, or each at once.

    It is that of an address, a file, or the folder of a contest.
    """
    if Path(place).is_dir():
        place = database_url(Path(place))
    if "://" in str(place):
        # Imported here, as the tables are: a command that a test starts needs neither.
        import psycopg

        with psycopg.connect(str(place), autocommit=autocommit) as connection:
            yield Typed(connection)
    else:
        level: Literal["DEFERRED"] | None = None if autocommit else "DEFERRED"
        with closing(sqlite3.connect(place, isolation_level=level)) as file, file:
            yield file


@contextmanager
def unguarded(place: str | Path) -> Iterator[Any]:
    """The same in the hands of whoever owns it: no trigger stands in the way, and each stays."""
    with by_hand(place) as database:
        if isinstance(database, Typed):
            database.execute("SET session_replication_role = replica")
            yield database
            return
        triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        found = database.execute(triggers).fetchall()
        for name, _sql in found:
            database.execute(f"DROP TRIGGER {name}")
        yield database
        for _name, sql in found:
            database.execute(sql)


def hide_in_index(file: Path, index: str, but: str) -> None:
    """Makes an index of a file leave rows out, and puts back the text by which it was made."""
    with by_hand(file, autocommit=True) as database:
        named = (index,)
        (text,) = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", named).fetchone()
        database.execute(f"DROP INDEX {index}")
        database.execute(f"{text} AND {but}" if " WHERE " in text else f"{text} WHERE {but}")
        database.execute("PRAGMA writable_schema = ON")
        database.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (text, *named))


def waits(url: str) -> bool:
    with by_hand(url) as server:
        found = server.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database "
            "WHERE NOT granted AND datname = current_database()"
        )
        return bool(found.fetchone()[0])


def run(url: str, *statements: str) -> None:
    """Runs statements by hand, each committed at once."""
    with by_hand(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def held(place: str | Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of a database, but for where its contests have moved to."""
    from ptce_workflow.store.tables import Stored

    found = {}
    with by_hand(place) as database:
        for table in Stored.metadata.sorted_tables:
            columns = ", ".join(column.name for column in table.c if column.name != "moved_to")
            found[table.name] = database.execute(f"SELECT {columns} FROM {table.name}").fetchall()
    # SQLite has no booleans.
    plain = {name: [tuple(map(_plain, row)) for row in rows] for name, rows in found.items()}
    return {name: sorted(rows, key=repr) for name, rows in plain.items()}


def _plain(value: object) -> object:
    return int(value) if isinstance(value, bool) else value


@cache
def _template() -> str:
    url = _made("template1", _EMPTY)
    with closing(Database.create(url)):
        pass
    return _EMPTY


def _made(template: str, name: str | None = None) -> str:
    return _started().create(name or f"ptce_{next(_numbers)}", template)
