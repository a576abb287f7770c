"""The answers of a mail server, in seven kinds: the whole table stands here."""

from __future__ import annotations

import os
import re
import ssl
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from aiosmtplib import (
    SMTPConnectError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.text import one_line
from ptce_workflow.base.words import _

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
_ADDRESS = re.compile(r"<[^>]*>|\S+@\S+")
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
    """No server to talk to: the queue waits, no attempt is counted."""
    LOCKED = "locked"
    """The server does not let us in, or we do not trust it: the queue waits for a person."""
    UNKNOWN = "unknown"
    """The message left, and no answer came: it may have arrived."""
    UNFIT = "unfit"
    """Something in this message cannot be sent; the others can."""


class SmtpStep(StrEnum):
    """The step of the dialogue at which something was answered."""

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


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """The words of the server, or of what kept it from speaking.

    *Shape* `code` is None where no server spoke; `said` is one line; see `answered`.
    """

    kind: AnswerKind
    code: int | None
    said: str

    @property
    def told(self) -> str:
        """The code and the words, as a person reads them."""
        return self.said if self.code is None else f"{self.code} {self.said}".rstrip()


def answered(kind: AnswerKind, code: int | None, said: str) -> ServerAnswer:
    """An answer, and its words on one line of at most 300 characters."""
    return ServerAnswer(kind, code, one_line(said, at_most=LONGEST_SAID))


def spellings(user: str, word: str) -> tuple[str, ...]:
    """A password or a token, and the forms in which it goes to a server that may repeat it."""
    told = (word, f"\0{user}\0{word}", f"user={user}\x01auth=Bearer {word}\x01\x01")
    return word, *(b64encode(text.encode()).decode() for text in told)


def without(said: str, unsaid: Sequence[str]) -> str:
    """What a server said, less what nobody is to read in a log."""
    for text in unsaid:
        said = said.replace(text, "…")
    return said


def classify(error: Exception, stage: SmtpStep, *, welcome: bool = False) -> ServerAnswer:
    """Returns the answer that an error at a step amounts to.

    `welcome` is whether the server has taken another recipient in this dialogue: it lets us in.

    *Source* RFC 5321 section 4.2.1 (replies), RFC 3463 (their second number), RFC 4954 (AUTH).
    """
    reply = _reply(error)
    code, words = (reply.code, reply.message) if reply else (None, "")
    if code is not None and 400 <= code < 600:
        kind = _kind_of_reply(code, words, stage, welcome=welcome)
    elif stage is SmtpStep.CONTENT:
        kind, code = AnswerKind.UNKNOWN, None
    else:
        kind, code = _kind_of_failure(error, stage), None
    said = words if code is not None else _told(error)
    return answered(kind, code, said)


def _reply(error: Exception) -> SMTPResponseException | None:
    # The error about all recipients has no code: it stands with each of them.
    if isinstance(error, SMTPRecipientsRefused):
        return error.recipients[0] if error.recipients else None
    return error if isinstance(error, SMTPResponseException) else None


def _kind_of_reply(code: int, words: str, stage: SmtpStep, *, welcome: bool) -> AnswerKind:
    found = _ENHANCED.match(words)
    status = found[1] if found else ""
    if code in _SIGN_IN or status in _OF_THE_SENDER or _SEND_AS_DENIED in words:
        return AnswerKind.LOCKED
    if code < 500:
        # 421 says goodbye to all; as an answer to the message itself, it is about the message.
        down = stage in _OPENING or (code == 421 and stage is not SmtpStep.CONTENT)
        return AnswerKind.DOWN if down else AnswerKind.LATER
    if stage in (SmtpStep.TLS, SmtpStep.AUTH):
        return AnswerKind.LOCKED
    if stage is SmtpStep.CONNECT:
        return AnswerKind.LOCKED if status.startswith("5.7.") else AnswerKind.DOWN
    if stage is SmtpStep.SENDER:
        is_large = code == _TOO_LARGE or status in _OF_THE_SIZE
        return AnswerKind.REFUSED if is_large else AnswerKind.LOCKED
    refuses_us = stage is SmtpStep.RECIPIENT and _is_about_us(words, status, welcome=welcome)
    return AnswerKind.LOCKED if refuses_us else AnswerKind.REFUSED


def _is_about_us(words: str, status: str, *, welcome: bool) -> bool:
    """Tells a refusal of the client, or of its sender, from one of the recipient.

    A server that has let us in may still relay to nobody but its own.
    """
    if status in _OF_THE_RECIPIENT or (status and not status.startswith(_OF_NO_MAILBOX)):
        return False
    # An address may hold any word.
    said = _ADDRESS.sub("", words)
    return bool(_RELAY.search(said) or (not welcome and _US.search(said)))


def _kind_of_failure(error: Exception, stage: SmtpStep) -> AnswerKind:
    tls = tls_error(error)
    if tls is not None and not isinstance(tls, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return AnswerKind.LOCKED
    lost = (tls is not None) or isinstance(
        # A reply that is none (code -1), or that nobody asked for: this is no mail server's talk.
        error,
        SMTPResponseException | ConnectionError | TimeoutError,
    )
    if lost:
        return AnswerKind.DOWN
    return AnswerKind.LOCKED if stage in _OPENING else AnswerKind.UNFIT


def tls_error(error: Exception) -> ssl.SSLError | None:
    """The failure of the encryption that lies behind an error; None when there is none."""
    for one in (error, error.__cause__):
        if isinstance(one, ssl.SSLError):
            return one
    return None


def _told(error: Exception) -> str:
    """Returns in words what happened when no server spoke."""
    # From the narrowest cause to the widest: the library wraps the one that a person can mend.
    tls = tls_error(error)
    if isinstance(tls, ssl.SSLCertVerificationError):
        return _("The server's certificate is not accepted: {reason}.").format(
            reason=tls.verify_message.rstrip(".")
        )
    if tls is not None:
        return _("No encrypted connection came about: {reason}.").format(
            reason=getattr(tls, "reason", None) or tls
        )
    if isinstance(error, PtceError):
        return " ".join(str(error).split())
    if isinstance(error, TimeoutError):
        return _("The server did not answer in time.")
    if isinstance(error, SMTPServerDisconnected) or isinstance(
        error.__cause__, SMTPServerDisconnected
    ):
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
