"""The dialogue with the mail server: a connection that serves many messages, and a trial of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.text import one_line
from ptce_workflow.base.words import _
from ptce_workflow.mail.answer import (
    LONGEST_SAID,
    AnswerKind,
    ServerAnswer,
    SmtpStep,
    answered,
    classify,
    spellings,
    tls_error,
    without,
)
from ptce_workflow.mail.compose import is_address
from ptce_workflow.mail.settings import MailSettings

_START_INPUT = 354
_GOODBYE_S = 5.0
_LEADING_DOT = re.compile(rb"(?m)^\.")
_LONE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
STEPS = (
    *(SmtpStep.CONNECT, SmtpStep.TLS, SmtpStep.AUTH),
    *(SmtpStep.SENDER, SmtpStep.RECIPIENT),
)
"""The steps of a trial, in their order."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The sender and the recipient, as servers see them, and the size of the message in bytes.

    *Raises* ValueError for an address that is not plain ASCII or could hold a second command.
    """

    sender: str
    recipient: str
    size: int

    def __post_init__(self) -> None:
        for address in (self.sender, self.recipient):
            if not is_address(address):
                raise ValueError(f"not an address: {address!r}")


class Trouble(Exception):
    """A step that failed: its answer, and which it was. The dialogue is over."""

    def __init__(self, answer: ServerAnswer, stage: SmtpStep) -> None:
        super().__init__(answer.said)
        self.answer = answer
        self.stage = stage


class SmtpDialogue:
    """A dialogue, of use until the first step that fails; every step may raise `Trouble`.

    It lives within one event loop, and takes one step at a time.
    """

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._stage = SmtpStep.CONNECT
        self._welcome = False
        self._unsaid: tuple[str, ...] = ()
        # The client forgets its transport when it closes it, which may not end it.
        self._transport: asyncio.WriteTransport | None = None
        self._client = SMTP(
            hostname=settings.host,
            port=settings.port,
            # Asking the machine for its full name asks the network, for as long as it likes.
            local_hostname=settings.sender.domain,
            timeout=settings.command_timeout_s,
            use_tls=settings.security == "tls",
            # Asked for by `secure`, so that its failures are told apart; never left to chance.
            start_tls=False,
            cert_bundle=settings.ca_file,
        )

    @property
    def is_alive(self) -> bool:
        """True while the server can be spoken to, as far as is known."""
        return self._client.is_connected

    @property
    def largest_bytes(self) -> int | None:
        """The size beyond which the server takes no message; None where it tells none."""
        told = self._client.esmtp_extensions.get("size", "")
        return int(told) if told.isascii() and told.isdigit() and int(told) else None

    async def open(self) -> None:
        """Connects, encrypts and signs in, all within `opening_s`."""
        try:
            async with asyncio.timeout(self._settings.opening_s):
                await self.connect()
                await self.secure()
                await self.sign_in()
        except TimeoutError as error:
            self.drop()
            raise Trouble(classify(error, self._stage), self._stage) from error

    async def connect(self) -> str:
        """Connects and waits for the greeting; what the server said.

        With implicit TLS the encryption comes first: when it fails, that is the `TLS` stage.
        """
        with self._at(SmtpStep.CONNECT):
            greeting = await self._client.connect(timeout=self._settings.connect_timeout_s)
            await self._greet()
            return greeting.message

    async def secure(self) -> str:
        """Encrypts what follows, if it is not yet and the settings ask for it.

        A server that does not offer it gets nothing more: somebody may have struck the offer out
        on the way, to read the password.
        """
        if self._settings.security != "starttls":
            return ""
        with self._at(SmtpStep.TLS):
            if not self._client.supports_extension("starttls"):
                raise PtceError(
                    _("The server does not offer encryption (STARTTLS)."),
                    _("Nothing was sent to it."),
                )
            ready = await self._client.starttls()
            await self._greet()
            return ready.message

    async def sign_in(self) -> str:
        """Signs in, if the settings name a user, by one method and once.

        A wrong password tried three ways counts three times where accounts are locked for it.
        """
        user = self._settings.user
        if user is None:
            return ""
        with self._at(SmtpStep.AUTH):
            if self._client.get_transport_info("sslcontext") is None:
                raise PtceError(_("Without encryption nobody signs in."))
            word = await secret(self._settings)
            self._unsaid = spellings(user, word)
            # The one method for what the settings hold: a token is no password, nor the other way.
            methods, client = self._client.server_auth_methods, self._client
            ways = {"plain": client.auth_plain, "login": client.auth_login}
            if self._settings.token_command is not None:
                ways = {"xoauth2": client.auth_xoauth2}
            for method, way in ways.items():
                if method in methods:
                    return without((await way(user, word)).message, self._unsaid)
            raise PtceError(
                _("The server offers no way to sign in that fits the settings."),
                _("It offers: {methods}.").format(methods=", ".join(methods) or "-"),
            )

    async def mail(self, sender: str, *, size_bytes: int | None = None) -> str:
        """Names the sender, and the size to a server that asks for it."""
        announces = size_bytes is not None and self._client.supports_extension("size")
        options = [f"SIZE={size_bytes}"] if announces else []
        with self._at(SmtpStep.SENDER):
            return (await self._client.mail(sender, options=options)).message

    async def rcpt(self, recipient: str) -> ServerAnswer:
        """Names the one recipient."""
        with self._at(SmtpStep.RECIPIENT):
            code, message = await self._client.rcpt(recipient)
            self._welcome = True
            return answered(AnswerKind.ACCEPTED, code, message)

    async def data(self, mime: bytes) -> ServerAnswer:
        """Hands the message over; until the server has asked for it, nothing is in doubt.

        The message goes as it is: seven bits, CRLF. aiosmtplib's own `data` would not tell a
        connection lost before the server asked from one lost after the final dot.
        """
        with self._at(SmtpStep.DATA):
            if not mime.isascii() or _LONE_LINE_END.search(mime) or not mime.endswith(b"\r\n"):
                raise ValueError("a message is sent in ASCII, in lines that end with CRLF")
            ready = await self._client.execute_command(b"DATA")
            if ready.code != _START_INPUT:
                raise SMTPDataError(ready.code, ready.message)
            protocol = self._client.protocol
            if protocol is None:
                raise SMTPServerDisconnected("lost before the message was written")
            # Either writes or raises; what it has written may arrive.
            protocol.write(_LEADING_DOT.sub(b"..", mime) + b".\r\n")
        with self._at(SmtpStep.CONTENT):
            code, message = await protocol.read_response(timeout=self._settings.data_timeout_s)
            if not 200 <= code < 300:
                raise SMTPDataError(code, message)
            return answered(AnswerKind.ACCEPTED, code, message)

    async def reset(self) -> None:
        """Takes back the sender and the recipient that were named."""
        with self._at(SmtpStep.SENDER):
            await self._client.rset()

    async def leave(self) -> None:
        """Says goodbye to a server that still listens, and hangs up."""
        if self.is_alive:
            with contextlib.suppress(SMTPException, OSError):
                await self._client.quit(timeout=min(_GOODBYE_S, self._settings.command_timeout_s))
        self.drop()
        # The socket is closed at the loop's next turn.
        await asyncio.sleep(0)

    def drop(self) -> None:
        """Hangs up at once: neither what is unsent nor the farewell of TLS is waited for."""
        self._client.close()
        if self._transport is not None:
            self._transport.abort()

    async def _greet(self) -> None:
        transport = self._client.transport
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport
        try:
            await self._client.ehlo()
        except SMTPResponseException:
            if not self.is_alive or self._settings.security == "starttls":
                raise
            await self._client.helo()

    @contextlib.contextmanager
    def _at(self, stage: SmtpStep) -> Iterator[None]:
        self._stage = stage
        try:
            yield
        except Exception as error:
            answer = classify(error, stage, welcome=self._welcome)
            answer = replace(answer, said=without(answer.said, self._unsaid))
            # Where the server refused in good order, it still listens: `leave` says goodbye.
            if answer.code is None:
                self.drop()
            behind_tls = stage is SmtpStep.CONNECT and tls_error(error) is not None
            raise Trouble(answer, SmtpStep.TLS if behind_tls else stage) from error
        except BaseException:
            self.drop()
            raise


class SmtpConnection:
    """A way to the mail server, opened when there is something to offer.

    `offer`, then `deliver` or `withdraw`, then the next. It lives within one event loop and serves
    one message at a time. After any error the next message gets a fresh connection.

    `offer` and `deliver` answer, whatever happens; only a cancelled task raises CancelledError. A
    caller cancelled inside `deliver` knows as little as after `UNKNOWN`, and must record that.
    """

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._session: SmtpDialogue | None = None
        self._served = 0
        self._offered = False

    async def offer(self, envelope: Envelope) -> ServerAnswer:
        """Asks whether the server takes a message from this sender to this recipient.

        An old connection that turns out closed (servers close what is idle, or has served enough)
        says nothing of the server: one fresh attempt follows.
        """
        if self._offered:
            await self.withdraw()
        old = self._session
        if old and not (old.is_alive and self._served < self._settings.per_connection):
            await self.close()
        is_old = self._session is not None
        answer = await self._guarded(lambda: self._offer(envelope))
        if is_old and answer.kind is AnswerKind.DOWN:
            answer = await self._guarded(lambda: self._offer(envelope))
        self._offered = answer.kind is AnswerKind.ACCEPTED
        return answer

    async def deliver(self, mime: bytes) -> ServerAnswer:
        """Hands over the message whose offer was accepted.

        `UNKNOWN` alone leaves doubt; `DOWN` means here that the connection was lost before the
        server asked for the message, so that nothing of it has left.

        *Raises* RuntimeError when no offer was accepted: an error of the caller.
        """
        session = self._session
        if session is None or not self._offered:
            raise RuntimeError("deliver() comes after an accepted offer()")
        self._offered = False
        self._served += 1
        return await self._guarded(lambda: session.data(mime))

    async def withdraw(self) -> None:
        """Takes back an offer; without one, nothing happens."""
        session, self._offered = self._session, False
        if session is None:
            return
        try:
            await session.reset()
        except Trouble:
            await self.close()
        except BaseException:
            self._session = None
            raise

    async def close(self) -> None:
        """Says goodbye; the next offer opens anew."""
        session, self._session, self._offered, self._served = self._session, None, False, 0
        if session is not None:
            await session.leave()

    async def _offer(self, envelope: Envelope) -> ServerAnswer:
        if self._session is None:
            self._session, self._served = SmtpDialogue(self._settings), 0
            await self._session.open()
        largest = self._session.largest_bytes
        if largest is not None and envelope.size > largest:
            said = _("The message has {size} bytes; the server takes {largest} at most.").format(
                size=envelope.size, largest=largest
            )
            return answered(AnswerKind.REFUSED, None, said)
        await self._session.mail(envelope.sender, size_bytes=envelope.size)
        return await self._session.rcpt(envelope.recipient)

    async def _guarded(self, step: Callable[[], Awaitable[ServerAnswer]]) -> ServerAnswer:
        """The answer of a step; a connection on which one failed is left."""
        try:
            return await step()
        except Trouble as trouble:
            answer = trouble.answer
        except BaseException:
            self._session, self._offered = None, False
            raise
        await self.close()
        return answer


ProbeOutcome = Literal["ok", "failed", "skipped", "remark"]
"""How a step of the trial ended; skipped: not asked for, or one before it failed.

A remark: the server refuses this recipient, or puts it off, and others may be taken.
"""


@dataclass(frozen=True, slots=True)
class Probed:
    """A step, how it went and what the server said to it, on one line."""

    step: str
    outcome: ProbeOutcome
    said: str = ""


async def probe(settings: MailSettings, recipient: str) -> tuple[Probed, ...]:
    """Connects, encrypts, signs in, names the sender and a recipient, then takes them back.

    No mail is sent.

    *Shape* one result for each of `STEPS`; after one that failed, all are skipped.
    """
    session = SmtpDialogue(settings)
    wanted: dict[SmtpStep, Callable[[], Awaitable[str]]] = {SmtpStep.CONNECT: session.connect}
    if settings.security != "none":
        wanted[SmtpStep.TLS] = session.secure
    if settings.user is not None:
        wanted[SmtpStep.AUTH] = session.sign_in
    wanted[SmtpStep.SENDER] = lambda: session.mail(settings.sender.address)

    async def named() -> str:
        return (await session.rcpt(recipient)).said

    wanted[SmtpStep.RECIPIENT] = named
    told: dict[SmtpStep, Probed] = {}
    stage = SmtpStep.CONNECT
    try:
        async with asyncio.timeout(settings.opening_s + settings.command_timeout_s):
            for stage, ask in wanted.items():
                said = one_line(await ask(), at_most=LONGEST_SAID)
                told[stage] = Probed(stage, "ok", said)
            await session.reset()
    except Trouble as trouble:
        # With implicit TLS the first step holds the second: it connected, if that is what failed.
        if trouble.stage is SmtpStep.TLS:
            told.setdefault(SmtpStep.CONNECT, Probed(SmtpStep.CONNECT, "ok"))
        told[trouble.stage] = Probed(trouble.stage, _outcome(trouble), trouble.answer.said)
    except TimeoutError as error:
        session.drop()
        told[stage] = Probed(stage, "failed", classify(error, stage).said)
    finally:
        await session.leave()
    return tuple(told.get(step) or Probed(step, "skipped") for step in STEPS)


def _outcome(trouble: Trouble) -> ProbeOutcome:
    alone = (AnswerKind.REFUSED, AnswerKind.LATER)
    of_recipient = trouble.stage is SmtpStep.RECIPIENT and trouble.answer.kind in alone
    return "remark" if of_recipient else "failed"


async def secret(settings: MailSettings) -> str:
    """Returns the password, or the token that the command of the settings prints; kept nowhere.

    *Raises* PtceError when there is none to be had; what a command printed is never told.
    """
    if settings.token_command is not None:
        return await _printed(settings.token_command, settings.command_timeout_s)
    if (name := settings.password_file) is None:
        variable = settings.password_env or ""
        if value := os.environ.get(variable):
            return value
        raise PtceError(
            _("The environment variable {name} holds no password.").format(name=variable),
            mend=_("Set it where the program is started."),
        )
    try:
        text = Path(name).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PtceError(
            _("The password file {file} cannot be read.").format(file=name), reason
        ) from error
    # The line end is the editor's; blanks may be the password's.
    if password := text.rstrip("\r\n"):
        return password
    raise PtceError(_("The password file {file} is empty.").format(file=name))


async def _printed(command: tuple[str, ...], timeout_s: float) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        raise PtceError(
            _("The command {name} that should print a token cannot be run.").format(
                name=command[0]
            ),
            error.strerror or "",
        ) from error
    try:
        printed, _nothing = await asyncio.wait_for(process.communicate(), timeout_s)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    token = printed.decode("ascii", "replace").strip()
    if process.returncode == 0 and token and token.isascii() and token.isprintable():
        return token
    raise PtceError(
        _("The command {name} printed no token.").format(name=command[0]),
        _("It ended with code {code}.").format(code=process.returncode),
    )
