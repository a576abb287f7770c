"""The dialogue with a mail server, and its answers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal

from aiosmtplib import (
    SMTP,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)
from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _, one_line
from ptce_workflow.mail.message import Mailbox, MailHeading, compose, is_address, message_id
from ptce_workflow.mail.settings import MailSettings
from ptce_workflow.mail.sign_in import secret, spellings, without
from ptce_workflow.process.process import Process

LONGEST_SAID = 300
_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
# Sign in first, sign in better, or not like this: RFC 4954 section 6.
_SIGN_IN = frozenset({432, 530, 534, 535, 538})
# The sender is one for all messages: what is wrong with it is not the message's fault.
# RFC 3463 and RFC 7505 (5.1.x), RFC 4954 (5.7.8 to 5.7.11), RFC 7372 (5.7.23 to 5.7.27); the others
# are what Exchange says of one who may not send, or to whom it does not relay.
_OF_THE_SENDER = frozenset(
    {"5.1.7", "5.1.8", "5.7.8", "5.7.9", "5.7.11", "5.7.23", "5.7.25", "5.7.26", "5.7.27"}
    | {"5.7.54", "5.7.57", "5.7.60", "5.7.64"}
)
_SEND_AS_DENIED = "SendAsDenied"
# MAIL names the sender and the size: only the size is the message's own.
_OF_THE_SIZE = frozenset({"5.2.3", "5.3.4"})
_TOO_LARGE = 552
# Most servers keep what they have against the client and the sender until RCPT, and many give it
# no status of its own: there the words have to tell it from a refusal of the recipient.
_OF_NO_MAILBOX = ("5.0.", "5.1.0", "5.5.", "5.7.")
# Who may write to that mailbox, or to that list, is the recipient's own rule.
_OF_THE_RECIPIENT = frozenset(
    {"5.7.2", "5.7.124", "5.7.129", "5.7.133", "5.7.134", "5.7.135", "5.7.136"}
)
# Of whom there is no such address, whichever step it is said at.
_OF_THE_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
# What Exchange says of the recipient that it has found, or not: RST is a restriction of theirs.
_RESOLVER = "RESOLVER."
# At RCPT: the address, the mailbox, the way there or the content, of one recipient (RFC 3463).
_OF_ONE_MAILBOX = ("5.1.", "5.2.", "5.3.", "5.6.")
_NO_MAILBOX = re.compile(
    r"\b(?:unknown|no such|invalid|not found|does not exist|doesn't exist|unrout|mailbox)",
    re.IGNORECASE,
)
# What asks all of us for less, unless it is about one mailbox, which has 4.1 and 4.2.
_THROTTLE = re.compile(
    r"\btoo (?:many|much|fast)|\brate\b|limit|exceed|throttl|concurren|quota|\bbusy\b",
    re.IGNORECASE,
)
_FULL_MAILBOX = re.compile(r"\b(?:mailbox|over ?quota|recipient)\b", re.IGNORECASE)
_ADDRESS = re.compile(r"<[^>]*>|\S+@\S+")
_VARIABLE = re.compile(r"<[^>]*>|\S*[@\d]\S*")
_RELAY = re.compile(r"\b(?:relay|rcpthosts)", re.IGNORECASE)
_US = re.compile(
    r"\b(?:sender|authenticat|auth\b|log(?:ged)? ?in\b|sign in\b|client host\b|helo\b|ehlo\b)",
    re.IGNORECASE,
)


class AnswerKind(StrEnum):
    """The meaning of an answer for the message and for the queue.

    Only UNKNOWN leaves doubt: with every kind but ACCEPTED and UNKNOWN the message has certainly
    not been taken, whichever step it was at.
    """

    ACCEPTED = "accepted"
    LATER = "later"
    """Not this message now: try again after a while."""
    REFUSED = "refused"
    """Not this message, ever."""
    DOWN = "down"
    """No server to talk to, or it asks all of us for less: the queue waits, no try is counted."""
    LOCKED = "locked"
    """The server does not let us in, or we do not trust it: the queue waits for a person."""
    UNKNOWN = "unknown"
    """The message left, and no answer came: it may have arrived."""
    UNFIT = "unfit"
    """Something in this message cannot be sent; the others can."""


class SmtpStep(StrEnum):
    CONNECT = "connect"
    TLS = "tls"
    AUTH = "auth"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    """DATA was asked for; nothing of the message has left."""
    CONTENT = "content"
    """The message is on its way, up to the answer to its final dot."""


_OPENING = frozenset({SmtpStep.CONNECT, SmtpStep.TLS, SmtpStep.AUTH})


class ServerAnswer(Struct, frozen=True):
    """The words of the server, or of what kept it from speaking.

    Shape: `code` is None where no server spoke; `said` is one line; see `answered`. `of_all` where
    a refusal may be of all messages, and not of this one or its recipient.
    """

    kind: AnswerKind
    code: int | None
    said: str
    of_all: bool = False

    @property
    def refusal(self) -> str:
        """The words of a refusal that may be of all, without addresses and numbers; or ""."""
        words = " ".join(_VARIABLE.sub(" ", self.said).casefold().split())
        return f"{self.code} {_status(self.said)} {words}" if self.of_all else ""

    @property
    def text(self) -> str:
        return self.said if self.code is None else f"{self.code} {self.said}".rstrip()


def answered(kind: AnswerKind, code: int | None, text: str) -> ServerAnswer:
    """An answer, and its words on one line of at most 300 characters."""
    return ServerAnswer(kind, code, one_line(text, at_most=LONGEST_SAID))


def classify(
    error: Exception, stage: SmtpStep, *, welcome: bool = False, secrets: Sequence[str] = ()
) -> ServerAnswer:
    """Returns the answer that an error at a step amounts to, without the secrets that it repeats.

    `welcome` is whether the server has taken another recipient in this dialogue: it lets us in.

    Source: RFC 5321 section 4.2.1 (replies), RFC 3463 (their second number), RFC 4954 (AUTH).
    """
    reply = _reply(error)
    code, words = (reply.code, reply.message) if reply else (None, "")
    if code is not None and 400 <= code < 600:
        kind = _kind_of_reply(code, words, stage, welcome=welcome)
    elif stage is SmtpStep.CONTENT:
        kind, code = AnswerKind.UNKNOWN, None
    else:
        kind, code = _kind_of_failure(error, stage), None
    # Before they are cut: of a secret that is cut, the beginning would stay.
    text = without(words if code is not None else _failure_text(error), secrets)
    of_all = kind is AnswerKind.REFUSED and _may_be_of_all(words, stage)
    return replace(answered(kind, code, text), of_all=of_all)


def _reply(error: Exception) -> SMTPResponseException | None:
    # The error about all recipients has no code: it stands with each of them.
    if isinstance(error, SMTPRecipientsRefused):
        return error.recipients[0] if error.recipients else None
    return error if isinstance(error, SMTPResponseException) else None


def _kind_of_reply(code: int, words: str, stage: SmtpStep, *, welcome: bool) -> AnswerKind:
    status = _status(words)
    # 432 is either a password that has to change, or Exchange that has too much to do (4.3.2).
    is_sign_in = code in _SIGN_IN and not status.startswith("4.3.")
    if is_sign_in or status in _OF_THE_SENDER or _SEND_AS_DENIED in words:
        return AnswerKind.LOCKED
    if code < 500:
        is_down = stage in (*_OPENING, SmtpStep.SENDER) or code in (421, 432)
        of_all = is_down or _is_throttle(words, status)
        return AnswerKind.DOWN if of_all else AnswerKind.LATER
    if stage in (SmtpStep.TLS, SmtpStep.AUTH):
        return AnswerKind.LOCKED
    if stage is SmtpStep.CONNECT:
        return AnswerKind.LOCKED if status.startswith("5.7.") else AnswerKind.DOWN
    if stage is SmtpStep.SENDER:
        is_large = code == _TOO_LARGE or status in _OF_THE_SIZE
        return AnswerKind.REFUSED if is_large else AnswerKind.LOCKED
    refuses_us = stage is SmtpStep.RECIPIENT and _is_about_us(words, status, welcome=welcome)
    return AnswerKind.LOCKED if refuses_us else AnswerKind.REFUSED


def _status(words: str) -> str:
    match = _ENHANCED.match(words)
    return match[1] if match else ""


def _is_throttle(words: str, status: str) -> bool:
    """Whether a server that puts a message off asks all of us for less."""
    of_one = status.startswith(("4.1.", "4.2.")) or (not status and _FULL_MAILBOX.search(words))
    return not of_one and _THROTTLE.search(_ADDRESS.sub("", words)) is not None


def _may_be_of_all(words: str, stage: SmtpStep) -> bool:
    """Whether a refusal could be of all messages: it is, once another is refused so."""
    status = _status(words)
    if status in _OF_THE_RECIPIENT | _OF_THE_ADDRESS or _RESOLVER in words:
        return False
    if stage is SmtpStep.RECIPIENT:
        of_one = status.startswith(_OF_ONE_MAILBOX) if status else _NO_MAILBOX.search(words)
        return not of_one
    return stage in (SmtpStep.DATA, SmtpStep.CONTENT)


def _is_about_us(words: str, status: str, *, welcome: bool) -> bool:
    """Whether a refusal is of the client or sender, not of the recipient."""
    of_the_recipient = status in _OF_THE_RECIPIENT or _RESOLVER in words
    if of_the_recipient or (status and not status.startswith(_OF_NO_MAILBOX)):
        return False
    # An address may hold any word.
    without_addresses = _ADDRESS.sub("", words)
    return bool(_RELAY.search(without_addresses) or (not welcome and _US.search(without_addresses)))


def _kind_of_failure(error: Exception, stage: SmtpStep) -> AnswerKind:
    tls = tls_error(error)
    if tls is not None and not isinstance(tls, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return AnswerKind.LOCKED
    # A reply that is none (code -1), or that nobody asked for: this is no mail server's talk.
    lost = SMTPResponseException | ConnectionError | TimeoutError
    if tls is not None or isinstance(error, lost):
        return AnswerKind.DOWN
    return AnswerKind.LOCKED if stage in _OPENING else AnswerKind.UNFIT


def tls_error(error: Exception) -> ssl.SSLError | None:
    """The failure of the encryption that lies behind an error; None when there is none."""
    for one in (error, error.__cause__):
        if isinstance(one, ssl.SSLError):
            return one
    return None


def _failure_text(error: Exception) -> str:
    # From the narrowest cause to the widest: the library wraps the one that a person can mend.
    tls = tls_error(error)
    if isinstance(tls, ssl.SSLCertVerificationError):
        text = _("The server's certificate is not accepted: {reason}.")
        return text.format(reason=tls.verify_message.rstrip("."))
    if tls is not None:
        text = _("No encrypted connection came about: {reason}.")
        return text.format(reason=getattr(tls, "reason", None) or tls)
    if isinstance(error, PtceError):
        return " ".join(str(error).split())
    if isinstance(error, TimeoutError):
        return _("The server did not answer in time.")
    if any(isinstance(one, SMTPServerDisconnected) for one in (error, error.__cause__)):
        return _("The connection was lost.")
    if isinstance(error, SMTPConnectError):
        reason = _reason(error.__cause__) or str(error)
        return _("No connection came about: {reason}.").format(reason=reason.rstrip("."))
    if isinstance(error, SMTPResponseException):
        return _("The server's answer cannot be understood: {answer}").format(answer=error.message)
    return f"{type(error).__name__}: {error}"


def _reason(cause: BaseException | None) -> str:
    """Returns the words of the operating system, without the addresses that asyncio adds."""
    if not isinstance(cause, OSError):
        return ""
    number = cause.errno or 0
    return os.strerror(number) if number > 0 else cause.strerror or ""


_START_INPUT = 354
_GOODBYE_S = 5.0
_LEADING_DOT = re.compile(rb"(?m)^\.")
_LONE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
STEPS = (*(SmtpStep.CONNECT, SmtpStep.TLS, SmtpStep.AUTH), *(SmtpStep.SENDER, SmtpStep.RECIPIENT))
"""The steps of a trial, in their order."""


class Envelope(Struct, frozen=True):
    """The sender and the recipient, as servers see them, and the size of the message in bytes.

    `name` is what a report repeats (RFC 3461, ENVID), "" for none.
    Raises: ValueError for an address that is not plain ASCII or could hold a second command.
    """

    sender: str
    recipient: str
    size: int
    name: str = ""

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
        self._secrets: tuple[str, ...] = ()
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
        return self._client.is_connected

    @property
    def largest_bytes(self) -> int | None:
        """The size beyond which the server takes no message; None where it tells none."""
        size = self._client.esmtp_extensions.get("size", "")
        return int(size) if size.isascii() and size.isdigit() and int(size) else None

    async def open(self) -> None:
        try:
            async with asyncio.timeout(self._settings.opening_s):
                await self.connect()
                await self.secure()
                await self.sign_in()
        except TimeoutError as error:
            self.drop()
            raise Trouble(classify(error, self._stage), self._stage) from error

    async def connect(self) -> str:
        """Connects, encrypted first with implicit TLS, and reads the greeting."""
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
                what = _("The server does not offer encryption (STARTTLS).")
                raise PtceError(what, _("Nothing was sent to it."))
            ready = await self._client.starttls()
            await self._greet()
            return ready.message

    async def sign_in(self) -> str:
        """Signs in once, by one method: three would lock an account."""
        user = self._settings.user
        if user is None:
            return ""
        with self._at(SmtpStep.AUTH):
            if self._client.get_transport_info("sslcontext") is None:
                raise PtceError(_("Without encryption nobody signs in."))
            word = await secret(self._settings)
            self._secrets = spellings(user, word)
            # The one method for what the settings hold: a token is no password, nor the other way.
            methods, client = self._client.server_auth_methods, self._client
            edges = {"plain": client.auth_plain, "login": client.auth_login}
            if self._settings.has_token:
                edges = {"xoauth2": client.auth_xoauth2}
            for method, edge in edges.items():
                if method in methods:
                    return without((await edge(user, word)).message, self._secrets)
            why = _("It offers: {methods}.").format(methods=", ".join(methods) or "-")
            raise PtceError(_("The server offers no way to sign in that fits the settings."), why)

    async def mail(self, sender: str, *, size_bytes: int | None = None, name: str = "") -> str:
        announces = size_bytes is not None and self._client.supports_extension("size")
        options = [f"SIZE={size_bytes}"] if announces else []
        if name and self._client.supports_extension("dsn"):
            options += ["RET=HDRS", f"ENVID={name}"]
        with self._at(SmtpStep.SENDER):
            return (await self._client.mail(sender, options=options)).message

    async def rcpt(self, recipient: str) -> ServerAnswer:
        reports = self._client.supports_extension("dsn")
        options = ["NOTIFY=FAILURE,DELAY"] if reports else []
        with self._at(SmtpStep.RECIPIENT):
            code, message = await self._client.rcpt(recipient, options=options)
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
        with self._at(SmtpStep.SENDER):
            await self._client.rset()

    async def leave(self) -> None:
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
            answer = classify(error, stage, welcome=self._welcome, secrets=self._secrets)
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
        if is_old and answer.kind is AnswerKind.DOWN and answer.code in (None, 421):
            answer = await self._guarded(lambda: self._offer(envelope))
        self._offered = answer.kind is AnswerKind.ACCEPTED
        return answer

    async def deliver(self, mime: bytes) -> ServerAnswer:
        """Hands over the message whose offer was accepted.

        `UNKNOWN` alone leaves doubt; after `DOWN` the connection was lost before the server asked
        for the message, so that nothing of it has left, or the server said that it took nothing.

        Raises: RuntimeError when no offer was accepted: an error of the caller.
        """
        session = self._session
        if session is None or not self._offered:
            raise RuntimeError("deliver() comes after an accepted offer()")
        self._offered = False
        self._served += 1
        return await self._guarded(lambda: session.data(mime))

    async def withdraw(self) -> None:
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
        session, self._session, self._offered, self._served = self._session, None, False, 0
        if session is not None:
            await session.leave()

    async def _offer(self, envelope: Envelope) -> ServerAnswer:
        if self._session is None:
            self._session, self._served = SmtpDialogue(self._settings), 0
            await self._session.open()
        largest = self._session.largest_bytes
        if largest is not None and envelope.size > largest:
            text = _("The message has {size} bytes; the server takes {largest} at most.")
            text = text.format(size=envelope.size, largest=largest)
            return answered(AnswerKind.REFUSED, None, text)
        await self._session.mail(envelope.sender, size_bytes=envelope.size, name=envelope.name)
        return await self._session.rcpt(envelope.recipient)

    async def _guarded(self, step: Callable[[], Awaitable[ServerAnswer]]) -> ServerAnswer:
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


class Probed(Struct, frozen=True):
    """A step, how it went and what the server said to it, on one line."""

    step: str
    outcome: ProbeOutcome
    said: str = ""


async def probe(
    settings: MailSettings, recipient: str, promised_bytes: int = 0
) -> tuple[Probed, ...]:
    """A result for each of `STEPS` of a dialogue; nothing is sent.

    The step of the sender fails where the server takes no mail of the size that is promised.
    """
    session = SmtpDialogue(settings)
    wanted: dict[SmtpStep, Callable[[], Awaitable[str]]] = {SmtpStep.CONNECT: session.connect}
    if settings.security != "none":
        wanted[SmtpStep.TLS] = session.secure
    if settings.user is not None:
        wanted[SmtpStep.AUTH] = session.sign_in

    async def from_sender() -> str:
        largest = session.largest_bytes
        if largest is not None and largest < promised_bytes:
            text = _(
                "the server takes mails of {largest} bytes at most, and the folder promises "
                "{promised}: write a smaller `largest` under [mail] of config.toml, or have the "
                "server take more"
            ).format(largest=largest, promised=promised_bytes)
            raise Trouble(answered(AnswerKind.LOCKED, None, text), SmtpStep.SENDER)
        return await session.mail(settings.sender.address)

    wanted[SmtpStep.SENDER] = from_sender

    async def named() -> str:
        return (await session.rcpt(recipient)).said

    wanted[SmtpStep.RECIPIENT] = named
    results: dict[SmtpStep, Probed] = {}
    stage = SmtpStep.CONNECT
    try:
        async with asyncio.timeout(settings.opening_s + settings.command_timeout_s):
            for stage, ask in wanted.items():
                text = one_line(await ask(), at_most=LONGEST_SAID)
                results[stage] = Probed(stage, "ok", text)
            await session.reset()
    except Trouble as trouble:
        # With implicit TLS the first step holds the second: it connected, if that is what failed.
        if trouble.stage is SmtpStep.TLS:
            results.setdefault(SmtpStep.CONNECT, Probed(SmtpStep.CONNECT, "ok"))
        alone = trouble.answer.kind in (AnswerKind.REFUSED, AnswerKind.LATER)
        of_recipient = trouble.stage is SmtpStep.RECIPIENT and alone
        outcome: ProbeOutcome = "remark" if of_recipient else "failed"
        results[trouble.stage] = Probed(trouble.stage, outcome, trouble.answer.text)
    except TimeoutError as error:
        session.drop()
        results[stage] = Probed(stage, "failed", classify(error, stage).said)
    finally:
        await session.leave()
    return tuple(results.get(step) or Probed(step, "skipped") for step in STEPS)


# After any other answer, the next mail would meet the same.
_ABOUT_ONE_MAIL = (AnswerKind.ACCEPTED, AnswerKind.REFUSED, AnswerKind.LATER, AnswerKind.UNFIT)


class TrialMail(Struct):
    notification: str
    subject: str
    content: bytes
    answer: ServerAnswer | None = None

    @property
    def is_sent(self) -> bool:
        return self.answer is not None and self.answer.kind is AnswerKind.ACCEPTED


def trial_mails(
    process: Process, names: Sequence[str], settings: MailSettings, reader: Mailbox, at: datetime
) -> Iterator[TrialMail]:
    """One mail for each of some notifications, or for all. Raises: TemplateFault."""
    # Imported here: a pass sends no samples.
    from ptce_workflow.process.check.letters import sample_letters

    mark = _("[TRIAL]")
    for name, rendered in sample_letters(process, names):
        marked = replace(rendered, subject=f"{mark} {rendered.subject}")
        named = message_id(os.urandom(16).hex(), settings.sender.domain)
        by, spoken = (settings.sender, reader), (settings.reply_to, rendered.language)
        content = compose(marked, MailHeading(*by, named, at, *spoken, trial=name))
        yield TrialMail(name, marked.subject, content)


async def send_trials(mails: Sequence[TrialMail], settings: MailSettings, reader: Mailbox) -> None:
    """Sends them one by one, no faster than the settings say, as long as the server takes mail."""
    connection, sender = SmtpConnection(settings), settings.sender.address
    for mail in mails:
        answer = await connection.offer(Envelope(sender, reader.address, len(mail.content)))
        if answer.kind is AnswerKind.ACCEPTED:
            answer = await connection.deliver(mail.content)
        mail.answer = answer
        if answer.kind not in _ABOUT_ONE_MAIL:
            break
        if settings.per_minute and mail is not mails[-1]:
            await asyncio.sleep(60 / settings.per_minute)
    await connection.close()
