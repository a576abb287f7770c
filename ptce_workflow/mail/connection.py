"""Messages, one after the other, on a connection that is replaced when it has served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ptce_workflow.base.words import _
from ptce_workflow.mail.address import is_address
from ptce_workflow.mail.answer import AnswerKind, ServerAnswer, refused_unasked
from ptce_workflow.mail.dialogue import SmtpDialogue, Trouble
from ptce_workflow.mail.settings import MailSettings


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
        if self._session is not None and not self._is_of_use(self._session):
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

    def _is_of_use(self, session: SmtpDialogue) -> bool:
        return session.is_alive and self._served < self._settings.per_connection

    async def _offer(self, envelope: Envelope) -> ServerAnswer:
        if self._session is None:
            self._session, self._served = SmtpDialogue(self._settings), 0
            await self._session.open()
        largest = self._session.largest_bytes
        if largest is not None and envelope.size > largest:
            return refused_unasked(
                _("The message has {size} bytes; the server takes {largest} at most.").format(
                    size=envelope.size, largest=largest
                )
            )
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
