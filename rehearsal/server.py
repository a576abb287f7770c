"""The mail server of the rehearsal: a real one, on this machine, that keeps what it is given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP

from rehearsal.serving import HOST, Served

REFUSAL = "550 5.1.1 No such mailbox here"


@dataclass(frozen=True, slots=True)
class Received:
    """A mail that the server took: to whom, and its bytes as they came."""

    address: str
    content: bytes


class Server(Served):
    """Takes mail from `with` to the end of its block, on a port that the machine chooses.

    Whoever writes to an address in `refused` is told that there is no such mailbox.
    """

    def __init__(self, refused: Collection[str] = ()) -> None:
        super().__init__()
        self.received: list[Received] = []
        self._refused = frozenset(refused)

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[asyncio.Server]:
        loop = asyncio.get_running_loop()
        async with await loop.create_server(self._dialogue, HOST, self.port) as server:
            yield server

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
