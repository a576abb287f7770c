"""Connections that are kept open between transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from ptce_workflow.base.errors import PtceError


class Connection(Protocol):
    """A connection to a database, of whatever kind."""

    driver: Any

    def begin(self) -> None:
        """Begins a transaction."""

    def commit(self) -> None:
        """Keeps what the transaction has written."""

    def rollback(self) -> None:
        """Forgets what the transaction has written."""

    def close(self) -> None:
        """Lets go of it."""


class Connections:
    """Connections of one kind, lent one at a time; as many are made as are in use at once."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._idle: list[Connection] = []

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """A transaction of the driver's: committed at the end, rolled back by any exception."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        sound = False
        try:
            connection.begin()
            try:
                yield connection.driver
            except BaseException:
                connection.rollback()
                raise
            connection.commit()
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
