"""A mail server that takes every message and keeps none, in a process of its own.

It prints its port, then serves until its standard input ends; it then says how many messages it
took and how many different ones, by their Message-ID.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

HOST = "127.0.0.1"
_MESSAGE_ID = re.compile(rb"^Message-ID: (.*?)\r$", re.MULTILINE | re.IGNORECASE)


@dataclass
class Sink:
    """The server as its client knows it; the counts are told once it has ended."""

    port: int
    taken: int = 0
    different: int = 0


@contextmanager
def sink() -> Iterator[Sink]:
    """A server, from `with` to the end of its block."""
    program = subprocess.Popen(
        [sys.executable, "-m", "bench.sink"],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stdin is not None
        assert program.stdout is not None
        there = Sink(int(program.stdout.readline()))
        try:
            yield there
        finally:
            program.stdin.close()
            there.taken, there.different = map(int, program.stdout.readline().split())


class _Taker:
    def __init__(self) -> None:
        self.taken = 0
        self.names: set[bytes] = set()

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        """Takes the message."""
        self.taken += 1
        self.names |= set(_MESSAGE_ID.findall(envelope.original_content))
        return "250 2.0.0 taken"


async def _serve() -> None:
    taker, loop = _Taker(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(taker, hostname="sink.example"), HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(taker.taken, len(taker.names), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve())
