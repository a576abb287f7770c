"""A PostgreSQL server of one's own, on the disk of the checkout, as durable as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from rehearsal.postgresql import Postgres


@contextmanager
def server(folder: Path) -> Iterator[Callable[..., str]]:
    """A server, from `with` to the end of its block; it makes databases and gives their URLs.

    *Shape* of what is made: a name, and the name of the one that it is a copy of, if any.
    *Raises* RuntimeError where it would not wait for the disk.
    """
    with closing(Postgres(folder, durable=True)) as running:
        yield running.create
