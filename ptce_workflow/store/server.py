"""A database of a server, by SQLAlchemy's engine.

PostgreSQL is prepared for and not supported yet: it has its lock, its snapshots and its triggers;
its complaints are not put into words.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.engine import Connection as Altering
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.store.connections import Connection
from ptce_workflow.store.statements import texts


def address(place: str) -> URL:
    """The address of a database, read from a URL.

    *Raises* Misuse for what is none, and for a database in memory: it would be gone at once.
    """
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


class Server:
    """A database kept by a server.

    *Raises* Misuse when there is no driver for it.
    """

    file = None
    mark = "%({name})s"

    def __init__(self, url: URL) -> None:
        self.waits: Callable[[], None] = lambda: None
        try:
            self._engine = create_engine(url, poolclass=NullPool)
        except (NoSuchModuleError, ModuleNotFoundError) as error:
            raise Misuse(
                _("No driver is installed for the database {place}.").format(
                    place=url.render_as_string()
                ),
                str(error),
                _("Give the path of a file: it will be an SQLite database."),
            ) from error
        self.texts = texts(self._engine.dialect)

    def reader(self) -> Connection:
        """A connection whose every transaction is a snapshot and refuses to write."""
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        return _ServerConnection(self._engine.execution_options(**options))

    def writer(self) -> Connection:
        """A connection whose every transaction sees what was committed before its turn came."""
        # A snapshot would be older than the turn: see `take_turn`.
        return _ServerConnection(self._engine.execution_options(isolation_level="READ COMMITTED"))

    def take_turn(self, driver: Any, contest: str) -> None:
        """Waits until no one else writes to a contest.

        It is a lock on the contest: `n` must have no gap, so no sequence can give it.
        """
        driver.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (contest,))

    def altering(self) -> AbstractContextManager[Altering]:
        """A transaction in which tables are made or changed."""
        return self._engine.begin()

    def gather(self) -> None:
        """Nothing has to be done: a server keeps its files itself."""

    def scrub(self) -> bool:
        """Nothing can be done from here: a server lets go of old bytes by rules of its own."""
        return True


class _ServerConnection:
    """A connection of an engine, and its driver's."""

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect()
        self.driver: Any = self._connection.connection.driver_connection

    def begin(self) -> None:
        self._connection.begin()

    def commit(self) -> None:
        self._connection.commit()

    def rollback(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()
