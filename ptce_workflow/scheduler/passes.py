"""A pass over a contest: all that is due by time, checkpoints, the courier of its mails."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from ptce_workflow.app.candidatures.advance import AdvanceRequest, AdvanceStep, refuse, step
from ptce_workflow.app.checkpoints import GoneBack, last_checkpoint, make
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import mailbox_settings, receipt_settings, watch_url
from ptce_workflow.app.outbox import delivery
from ptce_workflow.app.outbox.delivery import (
    BEGINS_WITHIN,
    ClaimedMessage,
    Delivery,
    claim,
    expire_unread,
    expired_from,
    instants_ahead,
    is_news,
    plan_digest,
    post_due,
    recover,
    release_lease,
)
from ptce_workflow.app.outbox.plan import untrusted
from ptce_workflow.app.pieces import erase_over
from ptce_workflow.app.preconditions import LongStop, long_since, long_stop
from ptce_workflow.app.projections import case_of, contest_content, due_ahead, instant_in
from ptce_workflow.app.refusals import UNREADABLE
from ptce_workflow.app.retention.held import finish
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import Busy, InDoubt, Lost, PtceError, retry_when_busy
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.runtime import failpoint, never
from ptce_workflow.base.words import _, one_line
from ptce_workflow.ledger.events.base import is_decisive
from ptce_workflow.ledger.line import digest, line_instant
from ptce_workflow.ledger.state import SCHEDULER
from ptce_workflow.mail.dialogue import AnswerKind, Envelope, ServerAnswer, SmtpConnection
from ptce_workflow.mail.settings import MailSettings

if TYPE_CHECKING:
    from ptce_workflow.app.locations import OutputFile
    from ptce_workflow.app.mailbox import MailView
    from ptce_workflow.app.outbox.waiting import Waiting

EVERY = timedelta(days=1)
_MAILBOX_EVERY = timedelta(minutes=5)
"""Between two readings of a mailbox in one run: providers do not like to be asked oftener."""


def is_checkpoint_due(contest: Contest) -> bool:
    """True when there are new lines, and a day has gone by, or a date, or something was decided.

    What an act could not do, since its file could not be written, is made up for so. So it is, to
    be told by the one that is made, where the ledger does not go on from the last one.
    """
    before = last_checkpoint(contest.folder)
    if before is None:
        return True
    size, signed = before.checkpoint.size, before.checkpoint.hash
    with contest.database.reading() as repo:
        row = repo.contest(contest.id)
        if size == (head := row.head_n):
            return signed != row.head_hash
        try:
            line = repo.line(contest.id, size)
            if digest(line) != signed:
                return True
            then = from_text(line_instant(line))
            now, dates = contest.clock.now(), contest.in_force(repo).dates.fixed.values()
            if now - then >= EVERY or any(then < date <= now for date in dates):
                return True
            # Up to there an earlier pass has found nothing; an older copy may have come since.
            since = max(size, contest.undecided) if contest.undecided <= head else size
            rows = repo.lines_after(contest.id, since)
            decides = any(is_decisive(row.line) for row in rows)
            if not decides:
                contest.undecided = head
            return decides
        except UNREADABLE:
            return True


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


class DeliveryCounts(Struct):
    """The messages of one pass, counted by their end; `stopped` when the server took no more."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    uncertain: int = 0
    stopped: bool = False

    def count(self, deliveries: Sequence[Delivery]) -> None:
        for one in deliveries:
            end = _COUNTED.get(one.answer.kind)
            # One answer that is lost is enough: another would leave another mail in doubt.
            self.stopped |= end in (None, "uncertain")
            if end is not None:
                setattr(self, end, getattr(self, end) + 1)


class _Courier(Struct):
    """Sends what is to leave now, as many as the rate allows; any number of couriers may run."""

    contest: Contest
    settings: MailSettings
    stopping: Callable[[], bool]
    delivered: DeliveryCounts
    worker: str = field(default_factory=lambda: os.urandom(8).hex())
    connections: list[SmtpConnection] = []
    until: datetime = datetime.min.replace(tzinfo=UTC)
    """A round that begins later could outlast the lease."""
    beside: int = 1
    """One message tries whether the server accepts any, before others leave beside it."""

    async def deliver(self) -> None:
        settings = self.settings
        self.connections = [SmtpConnection(settings) for _ in range(settings.connections)]
        most = len(self.connections) * _ROUNDS_CLAIMED
        try:
            while not self.stopping() and not self.delivered.stopped:
                self.until = self.contest.clock.now() + BEGINS_WITHIN
                messages = claim(self.contest, self.settings, self.worker, most)
                if not messages:
                    break
                await self._send(messages)
        finally:
            await asyncio.gather(*(connection.close() for connection in self.connections))

    async def _send(self, messages: Sequence[ClaimedMessage]) -> None:
        """Sends a round at a time; one transaction records it and marks the next as leaving."""
        done, waiting = list[Delivery](), list(messages)
        while waiting and not (self.stopping() or self.delivered.stopped):
            if self.contest.clock.now() >= self.until:
                break
            offered, waiting = waiting[: self.beside], waiting[self.beside :]
            answers = await asyncio.gather(*map(self._offer, self.connections, offered))
            ready = [one.message for one in answers if one.answer.kind is AnswerKind.ACCEPTED]
            refused = [one for one in answers if one.answer.kind is not AnswerKind.ACCEPTED]
            begun = self._step([*done, *refused], ready)
            done = await self._deliver_those(begun, offered)
            accepted = [one.answer.kind is AnswerKind.ACCEPTED for one in done]
            if any(accepted):
                self.beside = len(self.connections)
            if not all(accepted):
                # Whether any more may leave is known once these are recorded.
                self._step(done, ())
                done = []
        self._step(done, ())
        if waiting:
            release_lease(self.contest, self.worker, waiting)

    def _step(
        self, done: Sequence[Delivery], ready: Sequence[ClaimedMessage]
    ) -> tuple[ClaimedMessage, ...]:
        """Records and counts the server's answers, again where the database breaks off."""
        outcomes, begun = retry_when_busy(
            lambda: delivery.step(self.contest, self.worker, done, ready),
            lambda error: isinstance(error, Lost | InDoubt),
        )
        self.delivered.count(outcomes)
        return begun

    async def _offer(self, connection: SmtpConnection, message: ClaimedMessage) -> Delivery:
        try:
            if not message.content:
                raise ValueError(_("The bytes kept are not those that were written."))
            sender, size = self.settings.sender.address, len(message.content)
            # The address was one when the message was written: somebody may have changed it since.
            recipient = (self.contest.rehearsal and self.settings.kept_home) or message.address
            envelope = Envelope(sender, recipient, size, message.envelope_id)
        except ValueError as error:
            return Delivery(message, ServerAnswer(AnswerKind.UNFIT, None, str(error)))
        return Delivery(message, await connection.offer(envelope))

    async def _deliver_those(
        self, begun: Sequence[ClaimedMessage], offered: Sequence[ClaimedMessage]
    ) -> list[Delivery]:
        """Hands over what may leave, each on the connection that it was offered on."""
        failpoint("before_data")
        if self.contest.clock.now() >= self.until + timedelta(seconds=self.settings.lease_s):
            # Asleep since: their lease is over, and they may be another's by now.
            return [Delivery(one, ServerAnswer(AnswerKind.LATER, None, "")) for one in begun]
        lanes = dict(zip((one.number for one in offered), self.connections, strict=False))
        leaving = [lanes.pop(message.number) for message in begun]
        await asyncio.gather(*(connection.withdraw() for connection in lanes.values()))
        answers = await asyncio.gather(
            *(lane.deliver(one.content) for lane, one in zip(leaving, begun, strict=True))
        )
        failpoint("after_dot")
        return list(map(Delivery, begun, answers))


Due = tuple[str, str, datetime]
"""What time is to make: the candidature's reference, the transition, the instant."""


class PassResult(Struct, frozen=True):
    """The deeds of a pass: the transitions that were due, made or refused, in the order of time.

    `mail` is None where no mail server is set; `expired` are the names of the mails that were found
    to be of no more use; `next_due` is when there is next something to do, as far as anybody knows
    by now. `gone_back` is why no mail leaves where the ledger lacks lines that were signed, or "";
    `stopped` what waits for a yes after a long stop; `left_alone` the mails with which nothing is
    done, since their rows are not as the ledger tells them. `read` are the mails that came in, and
    `mailbox` is why a mailbox could not be read, or "".
    """

    steps: tuple[AdvanceStep, ...]
    queued: int = 0
    mail: DeliveryCounts | None = None
    next_due: datetime | None = None
    expired: tuple[str, ...] = ()
    gone_back: str = ""
    stopped: LongStop | None = None
    left_alone: tuple[str, ...] = ()
    read: tuple[MailView, ...] = ()
    mailbox: str = ""

    def trouble(self, waiting: Waiting) -> tuple[str, ...]:
        """The kinds of what a person has to mend, after the pass, or ()."""
        kinds = ("gone_back", "left_alone", "stopped", "mailbox")
        return (*(kind for kind in kinds if getattr(self, kind)), *waiting.trouble)


class RunStatus(Struct, frozen=True):
    """The mails sent since the run began, those that are late, and those that ask for a person.

    `paused` is why no mail leaves at present, or empty; `trouble` the kinds of what is to mend.
    """

    sent: int = 0
    waiting: int = 0
    held: int = 0
    uncertain: int = 0
    failed: int = 0
    paused: str = ""
    trouble: tuple[str, ...] = ()

    def after(self, done: PassResult, mail: Waiting) -> RunStatus:
        sent = self.sent + (done.mail.sent if done.mail else 0)
        paused, trouble = done.gone_back or mail.paused, done.trouble(mail)
        asks = mail.held, mail.uncertain, mail.failed + mail.bounced
        return RunStatus(sent, mail.late, *asks, paused, trouble)


def write_health(file: OutputFile, at: datetime, health: Mapping[str, Any]) -> None:
    """Writes how things stand in a file, which is as old as what it tells. Raises: OSError."""
    file.write((json.dumps({"at": to_text(at), **health}) + "\n").encode())
    os.utime(file.path, (at.timestamp(), at.timestamp()))


_KEEP_BACK = frozenset({"gone_back", "paused", "left_alone"})


def call_watch(contest: Contest, trouble: Sequence[str]) -> None:
    """Calls the address of `[watch]` after a pass, unless mail is kept back; a failure is told.

    What else is in trouble the digest tells; of this, and of passes that are not made, no mail can.
    """
    if contest.rehearsal or not _KEEP_BACK.isdisjoint(trouble):
        return
    try:
        if (url := watch_url(contest.folder)) is not None:
            # Imported here for start-up time: few contests have one. The settings let https alone
            # through, or this machine.
            from urllib.request import urlopen

            urlopen(url, timeout=10).close()  # noqa: S310
    except PtceError as error:
        contest.complain(error)
    except Exception as error:
        what = _("The address under [watch] in local.toml could not be told of the pass.")
        why = one_line(str(getattr(error, "reason", "") or error), at_most=300)
        contest.complain(PtceError(what, why))


def tick(
    contest: Contest,
    settings: MailSettings | None = None,
    *,
    stopping: Callable[[], bool] = never,
    sure: bool = False,
) -> PassResult:
    """Makes every timed transition that is due by now, then sends the mails whose hour has come.

    Without a mail server, mails wait. Any number of passes may run at once, and a pass may be
    interrupted anywhere: each step is a transaction of its own, which looks again at what is due.
    After a long stop time decides against nobody, unless somebody is `sure`.

    Raises: PtceError, and does nothing, while the clock stands behind what has happened, and under
    a login to which the rights set on a server leave no pass.
    """
    contest.check_pass()
    began = contest.clock.now()
    contest.left_alone.clear()
    # Before time decides: no term runs from a mail that came back.
    read, unread = _read_mailboxes(contest, began, stopping)
    before = expired_from(contest, began)
    ahead = instants_ahead(contest, began, mails=settings is not None)
    is_due = any(at <= to_text(began) for at in ahead)
    steps = _make_due_transitions(contest, stopping, sure=sure) if is_due else ()
    queued, mail = 0, None
    # Before mails leave: they take it along.
    gone_back = _checkpoint(contest)
    if gone_back:
        # Whether one has left already may be among what is missing.
        settings = None
    if is_due:
        recover(contest)
    expire_unread(contest)
    if settings is not None:
        mail = DeliveryCounts()
        queued = _send_due(contest, settings, stopping, began, mail) if is_due else 0
    if is_due:
        ahead = instants_ahead(contest, began, mails=settings is not None)
    erase_over(contest)
    # What was erased while somebody read the database left bytes behind.
    finish(contest)
    if contest.left_alone:
        contest.complain(untrusted(contest.left_alone))
    stopped = _end(contest, began, sure=sure)
    # What was due before and is so still, a queue longer than the rate allows say, is not awaited.
    next_due = min((at for at in ahead if at > to_text(began)), default=None)
    return PassResult(
        steps,
        queued,
        mail,
        None if next_due is None else instant_in(next_due, "message", next_due),
        tuple(name for name in expired_from(contest, began) if name not in before),
        gone_back,
        stopped,
        tuple(sorted(contest.left_alone)),
        read,
        unread,
    )


def _send_due(
    contest: Contest,
    settings: MailSettings,
    stopping: Callable[[], bool],
    began: datetime,
    mail: DeliveryCounts,
) -> int:
    """Sends what is due, and a digest where that is news; how many were queued, beside `mail`."""
    queued = post_due(contest, settings, stopping)
    asyncio.run(_Courier(contest, settings, stopping, mail).deliver())
    if not mail.stopped and is_news(contest, began):
        plan_digest(contest)
        queued += post_due(contest, settings, stopping)
        asyncio.run(_Courier(contest, settings, stopping, mail).deliver())
    return queued


def _read_mailboxes(
    contest: Contest, began: datetime, stopping: Callable[[], bool]
) -> tuple[tuple[MailView, ...], str]:
    """The new mails of the mailboxes that local.toml names, and why one cannot be read, or ""."""
    mails: list[MailView] = []
    last, why = contest.mailbox_read, ""
    if contest.rehearsal or (last is not None and last <= began < last + _MAILBOX_EVERY):
        return (), ""
    try:
        mailboxes = mailbox_settings(contest.folder)
        receipt = receipt_settings(contest.folder) if mailboxes else None
    except PtceError as error:
        contest.complain(error)
        return (), error.what
    for settings in mailboxes:
        # Imported here for start-up time: few contests have a mailbox.
        from ptce_workflow.app.mailbox import read_server

        contest.mailbox_read = began
        try:
            mails.extend(read_server(contest, settings, receipt, stopping))
        except PtceError as error:
            contest.complain(error)
            why = error.what
    if mails:
        from ptce_workflow.app.mailbox import tells_decision

        if tells_decision(contest, mails):
            plan_digest(contest)
    return tuple(mails), why


def _end(contest: Contest, began: datetime, *, sure: bool) -> LongStop | None:
    """Keeps when the pass was made, unless decisions wait after a long stop."""
    with contest.looking(counts=True) as tx:
        stopped = None if sure else long_stop(tx)
    if stopped is not None:
        contest.complain(stopped)
    elif not contest.rehearsal:
        with suppress(Busy), contest.database.writing(contest.id) as repo:
            repo.set_passed(contest.id, to_text(began))
    return stopped


def _checkpoint(contest: Contest) -> str:
    """Makes a due checkpoint; why not, where the ledger does not go on, or ""."""
    try:
        if is_checkpoint_due(contest):
            make(contest)
    except PtceError as error:
        contest.complain(error)
        return error.what if isinstance(error, GoneBack) else ""
    return ""


def _make_due_transitions(
    contest: Contest, stopping: Callable[[], bool], *, sure: bool
) -> tuple[AdvanceStep, ...]:
    """Makes timed transitions that are due; a refusal is written once."""
    with contest.database.reading() as repo:
        waits = not sure and long_since(repo, contest.id, contest.clock.now()) is not None
    steps, seen = list[AdvanceStep](), set[Due]()
    while fresh := [due for due in _due(contest) if due not in seen]:
        for due in contest.watch(fresh, _("Doing what is due"), len(fresh)):
            if stopping():
                return tuple(steps)
            # Two states may hand a candidature to and fro: each instant has its turn once.
            seen.add(due)
            with contest.acting(by=SCHEDULER) as tx:
                done = _make(tx, *due)
                decides = done is not None and done.made and done.edge.transition.is_contestable
                if done is None or (waits and decides):
                    tx.discard()
                else:
                    tx.flush()
                    steps.append(done)
    return tuple(steps)


def _due(contest: Contest) -> list[Due]:
    now, dues = contest.clock.now(), list[Due]()
    with contest.database.reading() as repo:
        process = contest.in_force(repo)
        facts = contest_content(repo.contest(contest.id)).facts
        for row in repo.due_until(contest.id, to_text(now)):
            case = case_of(row, process).but(contest=facts)
            ahead = due_ahead(process, case).items()
            dues += ((case.ref, name, at) for name, at in ahead if at <= now)
    return sorted(dues, key=lambda due: (due[2], *due[:2]))


def _make(tx: Transaction, ref: str, transition: str, due: datetime) -> AdvanceStep | None:
    (case,) = tx.load([ref])
    ahead = tx.process.due(case)
    if ahead.get(transition) != due or case.tried.get(transition) == due:
        return None
    request = AdvanceRequest(transition, due=due)
    asked = step(tx, case, request)
    if asked.made:
        return asked
    # Of several that time was to make at one hour, the one that the rules let through is made, and
    # nothing is told of the others.
    rivals = (AdvanceRequest(name, due=at) for name, at in ahead.items() if at == due)
    steps = (step(tx, case, rival) for rival in rivals if rival != request)
    return next((one for one in steps if one.made), None) or refuse(tx, asked, request)
