"""A mail server for the tests: a real one, in a thread, that misbehaves when told to.

    with Server() as server:
        server.then("RCPT", "450 4.2.0 later")     # the next RCPT only
        server.always("content", Misbehaviour.KEEP_AND_DROP)  # every message: taken, never answered
        ...                                          # speak to server.host, server.port
        assert server.received == []

Steps: `greeting`, `EHLO`, `STARTTLS`, `AUTH`, `MAIL`, `RCPT`, `DATA` (the command), `content` (the
message up to its final dot), `RSET`, `QUIT`. An act is a reply, sent instead of the usual one, or
one of `Misbehaviour`.
"""

from __future__ import annotations

import asyncio
import email
import re
import ssl
import threading
from base64 import b64decode
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from enum import Enum
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from rehearsal.serving import HOST, Served

_SOON_S = 20
_DSN = re.compile(r" ((?:RET|ENVID|NOTIFY)=\S+)")


class Misbehaviour(Enum):
    """What a server can do instead of answering."""

    USUAL = "what it would do anyway"
    """For `then`, where a later time is meant."""
    DROP = "hang up"
    """At `content`: after the first line of the message."""
    KEEP_AND_DROP = "take the message, then hang up"
    """At `content` only."""
    HANG = "say nothing"
    """Until `let_go`, or until the client has gone; at `content` the message has been taken."""


@dataclass(frozen=True)
class Received:
    """A message that the server took: its envelope, and its bytes as they came."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The message as a mail program reads it."""
        parsed = email.message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def subject(self) -> str:
        """The subject, without the mark of a rehearsal."""
        subject = str(self.message["Subject"])
        return subject.removeprefix("[RÉPÉTITION] ").removeprefix("[REHEARSAL] ")


class Server(Served):
    """The server, from `with` to the end of its block; `received` and `heard` are in order."""

    host = HOST

    def __init__(
        self,
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        password: tuple[str, str] | None = None,
        token: tuple[str, str] | None = None,
        size_limit: int | None = 33_554_432,
        dsn: bool = False,
    ) -> None:
        """With `tls` it offers STARTTLS, or speaks TLS at once if `implicit`.

        With `dsn` it offers reports of delivery, and keeps what it was asked in `asked`.
        With `password` or `token`, as a pair with the user's name, it takes mail from them only.
        """
        super().__init__(port)
        self.tls = tls
        self.implicit = implicit
        self.password = password
        self.token = token
        self.size_limit = size_limit
        self.dsn = dsn
        self.asked: list[str] = []
        self.received: list[Received] = []
        self.heard: list[str] = []
        self.connections = 0
        self._next: defaultdict[str, deque[str | Misbehaviour]] = defaultdict(deque)
        self._always: dict[str, str | Misbehaviour] = {}
        self._open: set[asyncio.Transport] = set()
        self._hearing = threading.Condition()

    def then(self, step: str, *acts: str | Misbehaviour) -> None:
        """What to do the next times at a step, in order; afterwards as usual."""
        self._next[step].extend(acts)

    def always(self, step: str, act: str | Misbehaviour) -> None:
        """What to do every time at a step."""
        self._always[step] = act

    def let_go(self) -> None:
        """Ends every silence, and every later one."""
        self._do(self._released.set)

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[asyncio.Server]:
        self._released = asyncio.Event()
        self._listener = await asyncio.get_running_loop().create_server(
            lambda: _Dialogue(self), HOST, self.port, ssl=self.tls if self.implicit else None
        )
        yield self._listener
        self._listener.close()
        for transport in self._open:
            transport.abort()
        await asyncio.sleep(0)

    def wait_until_heard(self, step: str) -> None:
        """Lasts until a step has been reached once; for a thread of its own."""
        with self._hearing:
            assert self._hearing.wait_for(lambda: step in self.heard, _SOON_S), step

    def hear(self, step: str) -> None:
        """Notes that a step has been reached; `content` when all of it has been read."""
        with self._hearing:
            self.heard.append(step)
            self._hearing.notify_all()

    def act_at(self, step: str) -> str | Misbehaviour | None:
        """What the test has said to do at this step, this time."""
        waiting = self._next[step]
        return waiting.popleft() if waiting else self._always.get(step)

    def listen_no_more(self) -> None:
        """Refuses every later connection, as a machine does whose server has stopped."""
        self._listener.close()

    async def silence(self) -> None:
        """Lasts until the test or the client ends it."""
        await self._released.wait()

    def opened(self, transport: asyncio.Transport) -> None:
        """Counts a connection, and keeps it to be closed."""
        self.connections += 1
        self._open.add(transport)

    def closed(self, transport: asyncio.Transport) -> None:
        """Forgets a connection that has ended."""
        self._open.discard(transport)

    # What aiosmtpd asks of a handler.

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offers reports of delivery, if asked to."""
        session.host_name = hostname
        return [*responses[:1], *(["250-DSN"] if self.dsn else []), *responses[1:]]

    async def handle_DATA(self, server: _Dialogue, session: Any, envelope: Any) -> str:  # noqa: N802
        """Takes the message, unless the test has said otherwise."""
        act = server.at_content
        if isinstance(act, str):
            self.hear("content")
            return act
        self.received.append(
            Received(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.original_content)
        )
        self.hear("content")
        if act is Misbehaviour.KEEP_AND_DROP:
            await server.hang_up()
        if act is Misbehaviour.HANG:
            await self.silence()
        return f"250 2.0.0 taken as {len(self.received)}"

    async def auth_XOAUTH2(self, server: _Dialogue, words: list[str]) -> AuthResult:  # noqa: N802
        """Lets in who brings the token."""
        assert self.token is not None
        user, token = self.token
        if b64decode(words[1]) == f"user={user}\x01auth=Bearer {token}\x01\x01".encode():
            return AuthResult(success=True)
        await server.challenge_auth('{"status":"400"}')
        return AuthResult(success=False, handled=False)

    def lets_in(self, given: LoginPassword) -> bool:
        """Whether name and password are those of this server."""
        return self.password == (given.login.decode(), given.password.decode())


class _Dialogue(SMTP):
    """aiosmtpd's dialogue, which looks at every step whether the test has said otherwise."""

    def __init__(self, server: Server) -> None:
        other = ["PLAIN", "LOGIN"] if server.token else ["XOAUTH2"]
        super().__init__(
            server,
            hostname="mail.example",
            ident="test",
            data_size_limit=server.size_limit,
            tls_context=None if server.implicit else server.tls,
            auth_require_tls=not server.implicit,
            auth_exclude_mechanism=other,
            authenticator=self._authenticated,
            loop=asyncio.get_running_loop(),
        )
        self.sink = server
        self.at_content: str | Misbehaviour | None = None
        self._greeted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Counts the connection, but not what STARTTLS makes of it."""
        if self.transport is None:
            self._bare = cast(asyncio.Transport, transport)
            self.sink.opened(self._bare)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.sink.closed(self._bare)
        super().connection_lost(error)

    async def push(self, status: Any) -> None:
        """Writes a reply; the first one is the greeting."""
        if not self._greeted:
            self._greeted = True
            status = await self._instead("greeting") or status
            if status[:1] in "45":
                await super().push(status)
                await self.hang_up()
        await super().push(status)

    async def hang_up(self) -> None:
        """Closes the connection; what happens after it is nobody's business."""
        assert self.transport is not None
        cast(asyncio.Transport, self.transport).close()
        await asyncio.get_running_loop().create_future()

    async def _instead(self, step: str) -> str | None:
        """The reply that the test wants at a step, if any; silences and ends happen here."""
        self.sink.hear(step)
        act = self.sink.act_at(step)
        assert act is not Misbehaviour.KEEP_AND_DROP, "only at content"
        if act is Misbehaviour.DROP:
            await self.hang_up()
        if act is Misbehaviour.HANG:
            await self.sink.silence()
        return act if isinstance(act, str) else None

    async def _meet(self, step: str, usual: Callable[[str], Awaitable[None]], arg: str) -> None:
        reply = await self._instead(step)
        if reply is None:
            await usual(arg)
            return
        await self.push(reply)
        if reply.startswith("421"):
            await self.hang_up()

    def _authenticated(
        self, server: Any, session: Any, envelope: Any, mechanism: str, given: Any
    ) -> AuthResult:
        return AuthResult(success=self.sink.lets_in(given), handled=False)

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802
        await self._meet("EHLO", super().smtp_EHLO, hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        await self._meet("STARTTLS", super().smtp_STARTTLS, arg)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        """Lets in, or not."""
        await self._meet("AUTH", super().smtp_AUTH, arg)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        """Takes the sender, from those who were let in."""
        closed = self.sink.password or self.sink.token
        assert self.session is not None
        if closed and not self.session.authenticated:
            self.sink.hear("MAIL")
            await self.push("530 5.7.0 Authentication required")
        else:
            await self._meet("MAIL", super().smtp_MAIL, self._without_dsn(arg or ""))

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        await self._meet("RCPT", super().smtp_RCPT, self._without_dsn(arg or ""))

    def _without_dsn(self, arg: str) -> str:
        if not self.sink.dsn:
            return arg
        self.sink.asked += _DSN.findall(arg)
        return _DSN.sub("", arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        reply = await self._instead("DATA")
        if reply is not None:
            await self.push(reply)
            if reply.startswith("421"):
                await self.hang_up()
            return
        self.at_content = self.sink.act_at("content")
        if self.at_content is Misbehaviour.DROP:
            await self.push("354 go on")
            await self._reader.readline()
            self.sink.hear("content")
            await self.hang_up()
        await super().smtp_DATA(arg)

    async def smtp_RSET(self, arg: str) -> None:  # noqa: N802
        await self._meet("RSET", super().smtp_RSET, arg)

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802
        await self._meet("QUIT", super().smtp_QUIT, arg)
