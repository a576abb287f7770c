"""The mail server of the rehearsal: a real one, on this machine, that keeps what it is given."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP

HOST = "127.0.0.1"
REFUSAL = "550 5.1.1 No such mailbox here"
_SOON_S = 20.0


@dataclass(frozen=True, slots=True)
class Received:
    """A mail that the server took: to whom, and its bytes as they came."""

    address: str
    content: bytes


class Server:
    """Takes mail from `with` to the end of its block, on a port that the machine chooses.

    Whoever writes to an address in `refused` is told that there is no such mailbox.
    """

    def __init__(self, refused: Collection[str] = ()) -> None:
        self.port = 0
        self.received: list[Received] = []
        self._refused = frozenset(refused)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        if not self._ready.wait(_SOON_S):
            raise TimeoutError("the mail server of the rehearsal does not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(_SOON_S)

    async def _serve(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(self._dialogue, HOST, self.port)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        async with server:
            await self._stopped.wait()

    def _dialogue(self) -> SMTP:
        return SMTP(self, hostname="mail.example", ident="rehearsal", loop=self._loop)

    # What aiosmtpd asks of a handler.

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Takes mail for anybody but those who are refused."""
        if address in self._refused:
            return REFUSAL
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keeps a mail, once for each of its recipients."""
        self.received += [
            Received(address, envelope.original_content) for address in envelope.rcpt_tos
        ]
        return f"250 2.0.0 taken as {len(self.received)}"
