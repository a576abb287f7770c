"""SQLAlchemy engines, set up so that a transaction begins when and as it should.

Where databases differ, beyond what SQLAlchemy itself evens out, the difference is here, in
`triggers` and in `faults`. PostgreSQL is prepared for and not supported yet: it has its lock,
its snapshots and its triggers; its complaints are not put into words.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from ptce_workflow.base.clock import elapsed_seconds
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _

_PRAGMAS = (
    "journal_mode=WAL",
    # Anything less may lose, with the power, a line that a mail has already quoted.
    "synchronous=FULL",
    "foreign_keys=ON",
    # An erased side row must leave no bytes behind in the file.
    "secure_delete=ON",
)
BUSY_TIMEOUT_MS = 5000
_ASKS_FOR_MS = 20
_UNWRITABLE = ("SQLITE_READONLY", "SQLITE_CANTOPEN")


def address(place: str | Path) -> URL:
    """Where a database is, from the path of a file or from a URL.

    *Raises* Misuse for what is neither, and for a database in memory: it would be gone at once.
    """
    if isinstance(place, Path) or "://" not in place:
        return URL.create("sqlite", database=str(place))
    try:
        url = make_url(place)
    except (ArgumentError, ValueError) as error:
        # Only its beginning is repeated: a password may come later.
        kind = place.partition("://")[0]
        raise Misuse(
            _("{place} is not the address of a database.").format(place=f"{kind}://…"),
            mend=_("Give the path of a file."),
        ) from error
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise Misuse(
            _("{place} names no file.").format(place=place),
            _("A ledger must outlive the command that writes it."),
            _("Give the path of a file."),
        )
    return url


def file_of(url: URL) -> Path | None:
    """The file that a database is; None when it is kept by a server."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def engine(url: URL, busy_timeout_ms: int, *, makes: bool = False) -> Engine:
    """An engine for a database; `makes` lets SQLite make the file.

    *Raises* Misuse when there is no driver for such a database.
    """
    file = file_of(url)
    try:
        if file is None:
            return create_engine(url, poolclass=NullPool)
        return _sqlite(file, busy_timeout_ms, "rwc" if makes else "rw")
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise Misuse(
            _("No driver is installed for the database {place}.").format(
                place=url.render_as_string()
            ),
            str(error),
            _("Give the path of a file: it will be an SQLite database."),
        ) from error


def for_reading(both: Engine) -> Engine:
    """The same engine, whose every transaction is a snapshot and refuses to write."""
    if both.dialect.name == "postgresql":
        return both.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return both.execution_options(write=False)


def for_writing(both: Engine) -> Engine:
    """The same engine, whose every transaction sees what was committed before its turn came."""
    if both.dialect.name == "postgresql":
        # A snapshot would be older than the turn: see `take_turn`.
        return both.execution_options(isolation_level="READ COMMITTED")
    return both.execution_options(write=True)


def take_turn(connection: Connection, contest: str) -> None:
    """Waits until no one else writes to a contest; on SQLite BEGIN IMMEDIATE has done so.

    Elsewhere it is a lock on the contest: `n` must have no gap, so no sequence can give it.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (contest,)
        )


def gather(connection: Connection) -> None:
    """Brings all that was committed into the one file that bears the database's name.

    Closing does so too, but keeps silent when the disk has no room for it.
    """
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()


def connected(file: Path, busy_timeout_ms: int, mode: str) -> sqlite3.Connection:
    """A connection to a file, set up; one that only reads where nothing may be written.

    Even reading keeps files beside a database. Where these cannot be made (a disc, somebody
    else's folder) it is read as it is, provided that no line waits beside it to be brought in.

    *Raises* PtceError when lines do, sqlite3.Error when it cannot be opened.
    """
    # As a URI: a file that has gone meanwhile is not made anew, and no name is misread.
    uri = file.absolute().as_uri()
    try:
        return _prepared(f"{uri}?mode={mode}", busy_timeout_ms)
    except sqlite3.OperationalError as error:
        refused = getattr(error, "sqlite_errorname", "")
        if not refused.startswith(_UNWRITABLE) or not file.is_file():
            raise
        waiting = file.with_name(f"{file.name}-wal")
        if waiting.exists() and waiting.stat().st_size:
            raise _lines_wait(file, waiting) from error
        return _prepared(f"{uri}?mode=ro&immutable=1", busy_timeout_ms)


def _prepared(uri: str, busy_timeout_ms: int) -> sqlite3.Connection:
    # The driver's own transactions begin too late: reads would not be part of them.
    driver = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    try:
        driver.execute(f"PRAGMA busy_timeout={busy_timeout_ms}")
        for pragma in _PRAGMAS:
            driver.execute(f"PRAGMA {pragma}").close()
    except BaseException:
        driver.close()
        raise
    return driver


def begin_writing(driver: sqlite3.Connection, busy_timeout_ms: int) -> None:
    """Begins a transaction that writes, once nobody else does.

    SQLite's own wait asks ever more seldom: whoever came last is served first, and whoever has
    waited longest gives up. Short waits, begun anew time and again, treat all alike.

    *Raises* sqlite3.OperationalError when the turn does not come in time.
    """
    until_s = elapsed_seconds() + busy_timeout_ms / 1000
    driver.execute(f"PRAGMA busy_timeout={min(_ASKS_FOR_MS, busy_timeout_ms)}")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorname.startswith("SQLITE_BUSY")
                if not busy or elapsed_seconds() >= until_s:
                    raise
    finally:
        driver.execute(f"PRAGMA busy_timeout={busy_timeout_ms}")


def _lines_wait(file: Path, waiting: Path) -> PtceError:
    return PtceError(
        _("The database {place} cannot be read where nothing can be written.").format(place=file),
        _("Its last lines wait in {file}, and bringing them in is writing.").format(file=waiting),
        _("Copy both to a place of your own; or have one file made of them: ptce backup FILE"),
    )


def _sqlite(file: Path, busy_timeout_ms: int, mode: str) -> Engine:
    made = create_engine(
        "sqlite://", creator=lambda: connected(file, busy_timeout_ms, mode), poolclass=NullPool
    )

    @event.listens_for(made, "engine_connect")
    def _restrict(connection: Connection) -> None:
        if not connection.get_execution_options().get("write"):
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA query_only=ON").close()

    @event.listens_for(made, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("write")
        driver: Any = connection.connection.driver_connection
        if writes:
            begin_writing(driver, busy_timeout_ms)
        else:
            driver.execute("BEGIN")

    return made
