"""A server of one's own, in a thread with a loop of its own, from `with` to its end."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Self

HOST = "127.0.0.1"
_SOON_S = 20.0


class Served(ABC):
    """What listens at a port of this machine; `port` 0 takes one that is free."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self._ready = threading.Event()

    @abstractmethod
    def _listening(self) -> AbstractAsyncContextManager[asyncio.Server]:
        """Listens at the port, in the loop, and lets go of everything at the end."""

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        if not self._ready.wait(_SOON_S):
            raise TimeoutError(f"{type(self).__name__} does not start")
        return self

    def __exit__(self, *_raised: object) -> None:
        self._do(self._stopped.set)
        self._thread.join(_SOON_S)
        if self._thread.is_alive():
            raise TimeoutError(f"{type(self).__name__} does not stop")

    def _do(self, deed: Callable[[], object]) -> None:
        """Has something done in the loop."""
        self._loop.call_soon_threadsafe(deed)

    async def _serve(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        async with self._listening() as server:
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._stopped.wait()
