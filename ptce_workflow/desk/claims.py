"""Which messages a courier may take, and what is taken back from one that died."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from ptce_workflow.base.failpoint import passing
from ptce_workflow.base.instants import to_text
from ptce_workflow.desk.act import Act
from ptce_workflow.desk.mailing import Mailing
from ptce_workflow.desk.outbox import Parcel, doubt, still_of_use
from ptce_workflow.desk.session import Session
from ptce_workflow.desk.waiting import NEVER_SO_LONG, is_paused
from ptce_workflow.ledger.state import COURIER
from ptce_workflow.mail.answer import Answer, Kind
from ptce_workflow.process.notifications.outbox import Move, Stage
from ptce_workflow.store.rows import MessageRow

if TYPE_CHECKING:
    from ptce_workflow.mail.settings import MailSettings
    from ptce_workflow.store.unit import Unit

# What is queued may leave, whatever the clock said when it was queued.
_WHENEVER = "9999"


def recover(session: Session) -> None:
    """Takes back what a courier that died, or hangs, had claimed.

    What it had not begun to send is queued again. Of the rest nobody knows whether it arrived.
    """
    now = session.clock.now()
    stages = (Stage.CLAIMED, Stage.DATA, Stage.RETRY)
    with session.database.reading() as unit:
        # Counting would take longer the more mails are planned, and this is done at every pass.
        claimed, offered, put_off = (
            unit.messages_due(session.id, stage, _WHENEVER, 1) for stage in stages
        )
    stalled = any(row.next_at > to_text(now + NEVER_SO_LONG) for row in put_off)
    if not claimed and not offered and not stalled:
        return
    with session.acting(by=COURIER) as act:
        for row in _leases_over(act, Stage.CLAIMED, now):
            Mailing.of(act).move(row, Move.LET_GO)
        for row in _leases_over(act, Stage.DATA, now):
            doubt(act, row, Answer(Kind.UNKNOWN, None, ""))
        for row in act.unit.messages_at(act.contest, Stage.RETRY) if stalled else ():
            Mailing.of(act).change(row, row._replace(next_at=to_text(now)))
        act.settle()
        passing("recovering")


def claim(session: Session, settings: MailSettings, worker: str, most: int) -> tuple[Parcel, ...]:
    """Claims messages that are to leave now, unless they are of no more use.

    None while the courier is paused, and no more than the rate allows to all couriers together.
    The lease is twice what one message may take, so that what begins in its first half also ends.
    """
    while _may_claim(session, settings):
        with session.acting(by=COURIER) as act:
            now, parcels = act.now, []
            lease = to_text(now + timedelta(seconds=2 * settings.lease_s))
            allowed = min(most, _allowance(act.unit, act.contest, settings, now))
            for row in _waiting(act.unit, act.contest, now, allowed):
                content = act.unit.mail(act.contest, row.number)
                if still_of_use(act, row):
                    attempts = row.attempts + 1
                    Mailing.of(act).move(
                        row, Move.CLAIM, worker=worker, lease_until=lease, attempts=attempts
                    )
                    whole = content is not None and sha256(content).hexdigest() == row.sha256
                    kept = content if content and whole else b""
                    parcels.append(Parcel(row.number, row.address, kept, act.process.hash))
            act.settle()
            passing("claiming")
        if parcels:
            passing("claimed")
            return tuple(parcels)
    return ()


def let_go(session: Session, worker: str, parcels: Iterable[Parcel]) -> None:
    """Gives back parcels that were claimed and will not be sent now; no attempt is charged."""
    with session.acting(by=COURIER, happened=True) as act:
        for parcel in parcels:
            row = act.unit.message(act.contest, parcel.number)
            if row is not None and row.stage == Stage.CLAIMED and row.worker == worker:
                Mailing.of(act).move(row, Move.LET_GO, attempts=row.attempts - 1)
        act.settle()
        passing("letting_go")


def _may_claim(session: Session, settings: MailSettings) -> bool:
    """Whether it is worth waiting for one's turn to write."""
    now = session.clock.now()
    with session.database.reading() as unit:
        allowed = _allowance(unit, session.id, settings, now)
        return bool(allowed and _waiting(unit, session.id, now, 1))


def _allowance(unit: Unit, contest: str, settings: MailSettings, now: datetime) -> int:
    """How many messages may leave now; what couriers hold counts as if it had left."""
    if is_paused(unit.pause(contest), now):
        return 0
    if not settings.per_minute:
        return settings.connections * settings.per_connection
    # What was sent later than now was sent by a clock that has been set back since.
    sent = unit.sent_since(contest, Stage.SENT, to_text(now - timedelta(minutes=1)))
    sent -= unit.sent_since(contest, Stage.SENT, to_text(now))
    leaving = sum(len(unit.messages_at(contest, at)) for at in (Stage.CLAIMED, Stage.DATA))
    return max(0, settings.per_minute - sent - leaving)


def _waiting(unit: Unit, contest: str, now: datetime, most: int) -> list[MessageRow]:
    found = unit.messages_due(contest, Stage.QUEUED, _WHENEVER, most)
    found += unit.messages_due(contest, Stage.RETRY, to_text(now), most)
    return sorted(found, key=lambda row: (row.next_at, row.number))[:most]


def _leases_over(act: Act, stage: Stage, now: datetime) -> list[MessageRow]:
    over = act.unit.leases_over(act.contest, stage, to_text(now))
    from_another_time = act.unit.leases_after(act.contest, stage, to_text(now + NEVER_SO_LONG))
    return [*over, *from_another_time]
