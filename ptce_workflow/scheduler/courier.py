"""The courier: claims queued mails, sends them, records the outcome."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.delivery import ClaimedMessage, Delivery, claim, release_lease, step
from ptce_workflow.base.errors import InDoubt, Lost, retry_when_busy
from ptce_workflow.base.runtime import failpoint
from ptce_workflow.base.words import _
from ptce_workflow.mail.dialogue import AnswerKind, Envelope, ServerAnswer, SmtpConnection
from ptce_workflow.mail.settings import MailSettings

# Claimed together in one transaction; what is not sent in the end is given back.
_ROUNDS_CLAIMED = 10
_COUNTED = {
    AnswerKind.ACCEPTED: "sent",
    AnswerKind.LATER: "retried",
    AnswerKind.UNKNOWN: "uncertain",
    AnswerKind.REFUSED: "failed",
    AnswerKind.UNFIT: "failed",
}
"""As what a message is counted; with every other answer the server takes no more."""


@dataclass(slots=True)
class Delivered:
    """The messages of one pass, counted by their end; `stopped` when the server took no more."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    uncertain: int = 0
    stopped: bool = False

    def count(self, deliveries: Sequence[Delivery]) -> None:
        """Takes what became of some messages into account."""
        for delivery in deliveries:
            end = _COUNTED.get(delivery.answer.kind)
            if end is None:
                self.stopped = True
            else:
                setattr(self, end, getattr(self, end) + 1)


def deliver(contest: Contest, settings: MailSettings, stopping: Callable[[], bool]) -> Delivered:
    """Sends what is to leave now, as many as the rate allows; any number of couriers may run."""
    return asyncio.run(_Courier(contest, settings, stopping).deliver())


class _Courier:
    """One pass of one courier, with its connections."""

    def __init__(
        self, contest: Contest, settings: MailSettings, stopping: Callable[[], bool]
    ) -> None:
        self._session = contest
        self._settings = settings
        self._stopping = stopping
        self._worker = os.urandom(8).hex()
        self._delivered = Delivered()
        self._connections = [SmtpConnection(settings) for _ in range(settings.connections)]
        # A round that begins later could outlast the lease.
        self._own = timedelta(seconds=settings.lease_s)
        self._until = contest.clock.now()

    async def deliver(self) -> Delivered:
        """Claims and sends until nothing is left, the rate is reached, or the server is gone."""
        most = len(self._connections) * _ROUNDS_CLAIMED
        try:
            while not self._stopping() and not self._delivered.stopped:
                self._until = self._session.clock.now() + self._own
                messages = claim(self._session, self._settings, self._worker, most)
                if not messages:
                    break
                await self._send(messages)
        finally:
            await asyncio.gather(*(connection.close() for connection in self._connections))
        return self._delivered

    async def _send(self, messages: Sequence[ClaimedMessage]) -> None:
        """Sends messages, a round at a time.

        One transaction records what became of a round and marks the next one as leaving.
        """
        size, done = len(self._connections), list[Delivery]()
        waiting = list(messages)
        while waiting and self._goes_on():
            offered, waiting = waiting[:size], waiting[size:]
            answers = await asyncio.gather(*map(self._offer, self._connections, offered))
            refused = [one for one in answers if one.answer.kind is not AnswerKind.ACCEPTED]
            ready = [one.message for one in answers if one.answer.kind is AnswerKind.ACCEPTED]
            begun = self._step([*done, *refused], ready)
            self._delivered.count(refused)
            done = await self._deliver_those(begun, offered)
            self._delivered.count(done)
        self._step(done, ())
        if waiting:
            release_lease(self._session, self._worker, waiting)

    def _step(
        self, done: Sequence[Delivery], ready: Sequence[ClaimedMessage]
    ) -> tuple[ClaimedMessage, ...]:
        """Records what the server has said, however often the database breaks off meanwhile.

        What was kept already is not written again, and nothing that is ready has left.
        """
        return retry_when_busy(
            lambda: step(self._session, self._worker, done, ready),
            lambda error: isinstance(error, Lost | InDoubt),
        )

    def _goes_on(self) -> bool:
        """True while another round of what was claimed may begin."""
        is_late = self._session.clock.now() >= self._until
        return not (is_late or self._stopping() or self._delivered.stopped)

    async def _offer(self, connection: SmtpConnection, message: ClaimedMessage) -> Delivery:
        try:
            if not message.content:
                raise ValueError(_("The bytes kept are not those that were written."))
            sender, size = self._settings.sender.address, len(message.content)
            # The address was one when the message was written: somebody may have changed it since.
            recipient = (self._session.rehearsal and self._settings.kept_home) or message.address
            envelope = Envelope(sender, recipient, size)
        except ValueError as error:
            return Delivery(message, ServerAnswer(AnswerKind.UNFIT, None, str(error)))
        return Delivery(message, await connection.offer(envelope))

    async def _deliver_those(
        self, begun: Sequence[ClaimedMessage], offered: Sequence[ClaimedMessage]
    ) -> list[Delivery]:
        """Hands over what may leave, each on the connection that it was offered on."""
        failpoint("before_data")
        if self._session.clock.now() >= self._until + self._own:
            # Asleep since: their lease is over, and they may be another's by now.
            return [Delivery(one, ServerAnswer(AnswerKind.LATER, None, "")) for one in begun]
        lanes = dict(zip((one.number for one in offered), self._connections, strict=False))
        leaving = [lanes.pop(message.number) for message in begun]
        await asyncio.gather(*(connection.withdraw() for connection in lanes.values()))
        answers = await asyncio.gather(
            *(lane.deliver(one.content) for lane, one in zip(leaving, begun, strict=True))
        )
        failpoint("after_dot")
        return list(map(Delivery, begun, answers))
