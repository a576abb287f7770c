"""Connections that are kept open between transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from ptce_workflow.base.errors import PtceError


class Connections:
    """Connections of one engine, lent one at a time; as many are made as are in use at once.

    SQLAlchemy's own pool makes a new `Connection` each time, which takes longer than a dozen
    statements.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[Connection] = []

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction: committed at the end, rolled back by any exception."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._engine.connect()
        sound = False
        try:
            with connection.begin():
                yield connection
            sound = True
        except PtceError:
            # A refusal of ours says nothing against the connection.
            sound = True
            raise
        finally:
            if sound:
                self._idle.append(connection)
            else:
                connection.close()

    def close(self) -> None:
        """Closes those that are not lent."""
        while self._idle:
            self._idle.pop().close()
