"""The way from a program to a server of databases: cut, stalled, and whole again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from rehearsal.serving import HOST, Served

_PIECE = 65_536


class Link(Served):
    """A port of this machine behind which the socket of a server is, from `with` to its end."""

    def __init__(self, socket: str) -> None:
        super().__init__()
        self._socket = socket
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_cut = False

    def __exit__(self, *raised: object) -> None:
        self.mend()
        super().__exit__(*raised)

    def cut(self) -> None:
        """Ends every connection, and every later one as it begins."""
        self._is_cut = True
        self._do(self._abort)

    def stall(self) -> None:
        """Lets nothing through; whoever waits is told nothing."""
        self._do(self._flowing.clear)

    def mend(self) -> None:
        """Lets everything through again."""
        self._is_cut = False
        self._do(self._flowing.set)

    def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[asyncio.Server]:
        self._flowing = asyncio.Event()
        self._flowing.set()
        server = await asyncio.start_server(self._join, HOST, self.port)
        yield server
        server.close()
        self._abort()
        while self._writers:
            await asyncio.sleep(0)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        self._writers.add(writer)
        with suppress(OSError):
            behind, there = await asyncio.open_unix_connection(self._socket)
            self._writers.add(there)
            await asyncio.gather(self._pump(reader, there), self._pump(behind, writer))
            self._writers.discard(there)
        self._writers.discard(writer)
        writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                await self._flowing.wait()
                writer.write(piece)
                await writer.drain()
        # Whoever is at the other end is told, even where this one was cut.
        writer.transport.abort()
