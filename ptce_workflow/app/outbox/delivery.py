"""Delivery of messages, one transaction a step: queue, claim, doubt, outcome.

A message is claimed under a lease, then marked `data` just before its bytes leave, then `sent`
once the server has taken them. Whoever dies in between leaves a message that is queued again, or
one of which nobody knows whether it arrived; never one that is wrongly called sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from itertools import chain
from pathlib import Path

from msgspec import UNSET, Struct
from msgspec.structs import replace

from ptce_workflow.app.checkpoints import ENCLOSED, last_checkpoint
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.attachments import named_in, whole_mail
from ptce_workflow.app.outbox.desk import look_again, rewrite
from ptce_workflow.app.outbox.letters import Letters, dated_of, letter_of
from ptce_workflow.app.outbox.plan import (
    CONTEST,
    Mailing,
    called_by,
    case_of,
    lines_telling,
    was_uncertain,
)
from ptce_workflow.app.outbox.waiting import (
    NEVER_SO_LONG,
    SILENCE,
    WHENEVER,
    expired_lately,
    is_paused,
    silences,
    were_too_late,
)
from ptce_workflow.app.projections import due_of
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.runtime import failpoint
from ptce_workflow.base.words import _, own_language, speaking
from ptce_workflow.ledger.checkpoint import SignedNote
from ptce_workflow.ledger.events.delivery import (
    Answered,
    MessageFailed,
    MessageSent,
    MessageUncertain,
    is_sent_again,
)
from ptce_workflow.ledger.events.mail import MessagesExpired
from ptce_workflow.ledger.line import line_instant
from ptce_workflow.ledger.state import COURIER, TOLERANCE
from ptce_workflow.mail.dialogue import AnswerKind, ServerAnswer
from ptce_workflow.mail.message import (
    CalendarEntry,
    Enclosed,
    Mailbox,
    MailHeading,
    compose,
    invitation,
    message_id,
    without_files,
    wrapped,
)
from ptce_workflow.mail.settings import MailSettings
from ptce_workflow.process.letters.message import LEAVING, Message, Move, Stage
from ptce_workflow.process.letters.planning import event_of, planner_of, takes_back
from ptce_workflow.process.model.notification import CONTACT, DESK_LETTER
from ptce_workflow.store.connections import Ahead
from ptce_workflow.store.database import Repository
from ptce_workflow.store.rows import PauseRow

_FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=4)
"""Between two tries of one mail."""

_PAUSES = {
    # A server that is down is asked again at no cost, and is back before anybody tells.
    AnswerKind.DOWN: (timedelta(minutes=1), timedelta(minutes=15)),
    # What a person has to mend takes longer, and a password tried too often locks an account.
    AnswerKind.LOCKED: (timedelta(minutes=15), timedelta(hours=4)),
    # Each pause that does not help leaves one more mail in doubt.
    AnswerKind.UNKNOWN: (timedelta(minutes=1), timedelta(hours=4)),
}
"""How long no mail leaves after an answer: the first time, and at most; doubled in between."""
_MOST_DOUBLINGS = 10
_OFFERED = (Stage.CLAIMED, Stage.DATA)

BEGINS_WITHIN = timedelta(minutes=1)
"""How long after its claim a message may begin to leave; later it is given back."""


class ClaimedMessage(Struct, frozen=True):
    """A message that this courier has claimed, its bytes, and the process in force by then.

    Without bytes where those that are kept are not those that were written. `envelope_id` is the
    mail and the number of this sending, as the server repeats it in a report.
    """

    number: int
    case_id: str
    address: str
    content: bytes
    process: str
    envelope_id: str


class Delivery(Struct, frozen=True):
    message: ClaimedMessage
    answer: ServerAnswer


def step(
    contest: Contest, worker: str, done: Sequence[Delivery], ready: Sequence[ClaimedMessage]
) -> tuple[tuple[Delivery, ...], tuple[ClaimedMessage, ...]]:
    """Records what became of messages, and marks others as leaving; those that still may.

    A refusal of one message that turns out to be one of all is returned as such.
    """
    if not done and not ready:
        return (), ()
    sent = [one.message for one in done]
    ahead: list[Ahead] = [("message", contest.id, one.number) for one in (*sent, *ready)]
    ahead += _telling(contest.id, ready)
    if done:
        ahead += [("pause", contest.id), *candidatures_of(contest.id, sent)]
    with contest.acting(by=COURIER, happened=bool(done), ahead=ahead) as tx:
        outcomes = tuple(_record(tx, worker, delivery) for delivery in done)
        begun = []
        goes_on = tx.now - contest.clock.now() <= TOLERANCE
        for message in ready:
            row = tx.unit.message(tx.contest, message.number)
            if not row or not goes_on or row.lease_until <= to_text(tx.now):
                continue
            if not _as_recorded(contest, tx, [row]):
                continue
            if (row.stage, row.worker) == (Stage.CLAIMED, worker):
                row = Mailing.of(tx).move(
                    row, Move.BEGIN, worker=worker, lease_until=row.lease_until
                )
            # Marked now; or by an earlier try, that was kept though its connection broke.
            if row.stage == Stage.DATA and row.worker == worker:
                begun.append(message)
        tx.flush()
        failpoint("recording" if done else "beginning")
    failpoint("recorded" if done else "begun")
    return outcomes, tuple(begun)


def _as_recorded(contest: Contest, tx: Transaction, rows: Iterable[Message]) -> list[Message]:
    """Those of some rows that are as their lines tell them.

    The others are left alone: no line is written of them, and no byte leaves.
    """
    trusted, latest = list[Message](), to_text(tx.now)
    for row in rows:
        column = Mailing.of(tx).difference(row)
        if not column and row.stage != Stage.HELD and row.due > latest:
            # Where the clock was set back since it was queued, the ledger goes on to later.
            latest = max(line_instant(line.line) for line in tx.unit.lines(tx.contest))
            column = "stage" if row.due > latest else ""
        if column:
            contest.left_alone[row.name] = column
        else:
            trusted.append(row)
    return trusted


def left_alone(contest: Contest) -> dict[str, str]:
    """The mails that are due and are left alone: by name, the column not as the lines tell it."""
    contest.left_alone.clear()
    with contest.looking(counts=True) as tx:
        for stage in LEAVING:
            until = WHENEVER if stage == Stage.QUEUED else to_text(tx.now)
            due = tx.unit.messages_due(tx.contest, stage, until, _MOST_LOOKED_AT)
            _as_recorded(contest, tx, due)
    return dict(contest.left_alone)


def still_of_use(tx: Transaction, row: Message) -> bool:
    """True while a message may still leave; if not, it is cancelled or expires here."""
    process, mailing = tx.process, Mailing.of(tx)
    if takes_back(row.occurrence) or row.notification == DESK_LETTER:
        return True
    notification = process.definition.notifications.get(row.notification)
    if notification is None:
        mailing.cancel(row.case_id, [row], "process")
        return False
    # The update of an entry tells calendars what no reminder does: it is never overtaken by one.
    if notification.at and not row.sequence and _is_overtaken(tx, row):
        mailing.tell(row, MessagesExpired((row.name,), "overtaken"))
    elif _expiry(tx, row) <= tx.now:
        mailing.tell(row, MessagesExpired((row.name,), "late"))
    elif why := mailing.moot(row, tx.now):
        mailing.cancel(row.case_id, [row], why)
    else:
        return True
    return False


def candidatures_of(contest: str, messages: Iterable[Message | ClaimedMessage]) -> Iterator[Ahead]:
    ids = dict.fromkeys(message.case_id for message in messages)
    return (("candidature_by_id", contest, id_) for id_ in ids if id_ != CONTEST)


def expire_unread(contest: Contest) -> None:
    """Has held messages expire that an instant makes of no more use: nobody has read them."""
    with contest.looking(counts=True) as tx:
        if not any(_over_unread(tx)):
            return
    with contest.acting(by=COURIER) as tx:
        for row in _as_recorded(contest, tx, _over_unread(tx)):
            Mailing.of(tx).tell(row, MessagesExpired((row.name,), "late"))
        tx.flush()


def expired_from(contest: Contest, began: datetime) -> tuple[str, ...]:
    with contest.database.reading() as repo:
        since = to_text(began - timedelta(microseconds=1))
        rows = repo.messages_since(contest.id, Stage.EXPIRED, since)
        return tuple(row.name for row in were_too_late(rows))


def _expiry(tx: Transaction, row: Message) -> datetime:
    """The instant from which a message is of no more use; of a convocation, that of the sitting."""
    called = called_by(tx, row)
    if called is not None:
        return from_text(called.at)
    notification = tx.process.definition.notifications[row.notification]
    return planner_of(tx.process).expiry(notification, due_of(row), case_of(tx, row))


def _over_unread(tx: Transaction) -> Iterator[Message]:
    definition = tx.process.definition
    calls = (mail for sitting in definition.config.sittings for mail in definition.calls(sitting))
    names = [(name,) for name in dict.fromkeys((*planner_of(tx.process).expiring_unread, *calls))]
    if names:
        for row in tx.unit.messages_telling(tx.contest, Stage.HELD, WHENEVER, names):
            if _expiry(tx, row) <= tx.now:
                yield row


def refuse(tx: Transaction, row: Message, answer: ServerAnswer) -> None:
    """Writes down that a message cannot be delivered: a person has to look."""
    event = MessageFailed(row.name, row.attempts, answer.code)
    Mailing.of(tx).tell(row, event, _answer_side(row, answer))


def doubt(tx: Transaction, row: Message, answer: ServerAnswer) -> None:
    """Nobody knows: it is sent again where another copy does no harm, else a person says."""
    notification = tx.process.definition.notifications.get(row.notification)
    resent = is_sent_again(notification, row.attempts)
    event = MessageUncertain(row.name, row.attempts, resent, row.sha256)
    later = {"next_at": _next_try(tx, row)} if resent else {}
    Mailing.of(tx).tell(row, event, _answer_side(row, answer), **later)


def _record(tx: Transaction, worker: str, delivery: Delivery) -> Delivery:
    row, answer = tx.unit.message(tx.contest, delivery.message.number), delivery.answer
    if row is None or row.worker != worker:
        # The lease ran out, and what became of it has been told already.
        return delivery
    mailing, now = Mailing.of(tx), to_text(tx.now)
    if answer.of_all and _refuses_all(tx, row, answer):
        answer = replace(answer, kind=AnswerKind.LOCKED)
    match answer.kind:
        case AnswerKind.ACCEPTED:
            files = tx.unit.attachments_of(tx.contest, row.number)
            attached = tuple(one.sha256 for one in files) or UNSET
            event = MessageSent(row.name, row.attempts, row.notification, row.sha256, attached)
            mailing.tell(row, event, _answer_side(row, answer))
            if tx.unit.pause(tx.contest) is not None:
                tx.unit.put_pause(tx.contest, None)
        case AnswerKind.LATER:
            later = {"next_at": _next_try(tx, row), "said": answer.text}
            _come_back(tx, mailing.move(row, Move.DEFER, **later), delivery.message)
        case AnswerKind.UNKNOWN:
            doubt(tx, row, answer)
            _pause(tx, row, answer)
        case AnswerKind.DOWN | AnswerKind.LOCKED:
            # Last of those that wait: were it the one that the server hangs up on, it would keep
            # all of them waiting.
            waits = mailing.move(row, Move.UNCLAIM, attempts=row.attempts - 1, next_at=now)
            _come_back(tx, waits, delivery.message)
            _pause(tx, row, answer)
        case _:
            refuse(tx, row, answer)
            if answer.of_all:
                before = tx.unit.pause(tx.contest) or PauseRow(now, 0, "", "", 0)
                after = before._replace(refusal=answer.refusal, refusal_of=row.number)
                tx.unit.put_pause(tx.contest, after)
    return replace(delivery, answer=answer)


def _refuses_all(tx: Transaction, row: Message, answer: ServerAnswer) -> bool:
    """True where a server that accepted nothing since refused another recipient in these words.

    Once it has refused two, whatever it says of a message before it accepts one is said of all.
    """
    before = tx.unit.pause(tx.contest)
    if before is None or not before.refusal_of:
        return before is not None and bool(before.refusal)
    other = tx.unit.message(tx.contest, before.refusal_of)
    is_another = other is not None and other.address != row.address
    return is_another and before.refusal == answer.refusal


def _come_back(tx: Transaction, row: Message, message: ClaimedMessage) -> None:
    """Has a mail that was just leaving while a process was adopted say what that process says."""
    if tx.process.hash != message.process and not was_uncertain(tx, row):
        rewrite(tx, row)
        look_again(tx, row)


def _next_try(tx: Transaction, row: Message) -> str:
    wait = min(_FIRST_WAIT * 2 ** min(row.attempts - 1, _MOST_DOUBLINGS), LONGEST_WAIT)
    return to_text(tx.now + wait)


def _pause(tx: Transaction, row: Message, answer: ServerAnswer) -> None:
    """Stops all mail for a while: longer each time, and for long only when a person has to act."""
    before = tx.unit.pause(tx.contest)
    pauses = 1 if before is None else before.pauses + (not is_paused(before, tx.now))
    first, longest = _PAUSES[answer.kind]
    length = min(first * 2 ** min(pauses - 1, _MOST_DOUBLINGS), longest)
    until = to_text(tx.now + length)
    refusal, of = answer.refusal, 0
    if before is not None and not refusal:
        refusal, of = before.refusal, before.refusal_of
    # Nobody's address: an erasure does not look there.
    why = answer.text.replace(row.address, "…") if row.address else answer.text
    tx.unit.put_pause(tx.contest, PauseRow(until, pauses, why, refusal, of))


def _is_overtaken(tx: Transaction, row: Message) -> bool:
    """True when a later reminder of the same kind, to the same person, is due as well."""
    now = to_text(tx.now)
    return any(
        other.notification == row.notification
        and other.recipient == row.recipient
        and row.due < other.due <= now
        and other.stage in (*LEAVING, Stage.SENT, Stage.UNCERTAIN)
        and not Mailing.of(tx).difference(other)
        for other in tx.unit.messages_of(tx.contest, row.case_id)
    )


def _answer_side(row: Message, answer: ServerAnswer) -> Answered | None:
    if not (row.address or answer.text):
        return None
    return Answered(row.address or UNSET, answer.text or UNSET)


_MOST_LOOKED_AT = 1_000
_Due = Callable[[str, str, str, int], list[Message]]


def instants_ahead(contest: Contest, began: datetime, *, mails: bool) -> list[str]:
    """When there is next something to do, and what was due by `began`."""
    own, now, latest = contest.id, to_text(began), to_text(began + NEVER_SO_LONG)
    asked = [
        *_earliest(own, Stage.PLANNED, Stage.QUEUED, Stage.RETRY),
        *(("messages_at", own, stage) for stage in _OFFERED),
        ("next_due", own),
        ("pause", own),
    ]
    with contest.database.reading(asked) as repo:
        planned, queued, put_off = (repo.messages_due(*one) for _name, *one in asked[:3])
        offered = [row for at in _OFFERED for row in repo.messages_at(own, at)]
        due, pause = repo.next_due(own), repo.pause(own)

    def bounded(at: str) -> str:
        # A later one was given by a clock that was set back since, and counts no more.
        return at if at < latest else now

    # What is queued may leave once no pause is on, whatever the clock said when it was queued.
    opening = now if pause is None else bounded(pause.paused_until)
    ahead = [] if due is None else [due]
    ahead += [bounded(row.lease_until) for row in offered]
    ahead += [max(opening, bounded(row.next_at)) for row in put_off]
    if mails:
        ahead += [*(row.next_at for row in planned), *(opening for _row in queued)]
    return ahead


def _earliest(contest: str, *stages: Stage) -> Iterator[Ahead]:
    return (("messages_due", contest, stage, WHENEVER, 1) for stage in stages)


def recover(contest: Contest) -> None:
    """Takes back a dead courier's claims: queued again, or in doubt where it had begun."""
    now = contest.clock.now()
    stages = (Stage.CLAIMED, Stage.DATA, Stage.RETRY)
    asked = [*_earliest(contest.id, *stages)]
    with contest.database.reading(asked) as repo:
        # Counting would take longer the more mails are planned, and this is done at every pass.
        claimed, offered, put_off = (repo.messages_due(*one) for _name, *one in asked)
    stalled = any(row.next_at > to_text(now + NEVER_SO_LONG) for row in put_off)
    if not claimed and not offered and not stalled:
        return
    with contest.acting(by=COURIER) as tx:
        rows = (row for at in _OFFERED for row in tx.unit.messages_at(tx.contest, at))
        # A lease of another time was given by a clock that was set back since.
        latest = to_text(now + NEVER_SO_LONG)
        over = [row for row in rows if not to_text(now) < row.lease_until <= latest]
        for row in _as_recorded(contest, tx, over):
            if row.stage == Stage.CLAIMED:
                Mailing.of(tx).move(row, Move.UNCLAIM)
            else:
                doubt(tx, row, ServerAnswer(AnswerKind.UNKNOWN, None, ""))
        for row in tx.unit.messages_at(tx.contest, Stage.RETRY) if stalled else ():
            Mailing.of(tx).change(row, replace(row, next_at=to_text(now)))
        tx.flush()
        failpoint("recovering")


def claim(
    contest: Contest, settings: MailSettings, worker: str, most: int
) -> tuple[ClaimedMessage, ...]:
    """Claims messages that are to leave now, unless they are of no more use.

    None while the courier is paused, and no more than the rate allows to all couriers together.
    The lease outlasts what one message may take, so that what begins in its first minute also ends.
    """
    while _may_claim(contest, settings):
        with contest.acting(by=COURIER) as tx:
            now, messages = tx.now, []
            lease = to_text(now + BEGINS_WITHIN + timedelta(seconds=settings.lease_s))
            allowed = min(most, _to_claim(tx.unit, tx.contest, settings, now))
            rows = _waiting(tx.unit.messages_to_claim, contest, now, allowed)
            mails = (("mail", tx.contest, row.number) for row in rows)
            asked = candidatures_of(tx.contest, rows), _telling(tx.contest, rows)
            tx.unit.ask_ahead(chain(mails, *asked))
            for row in _as_recorded(contest, tx, rows):
                content = whole_mail(tx.unit, tx.contest, row.number).content
                if Mailing.of(tx).is_doubtful(row):
                    rewrite(tx, row)
                elif still_of_use(tx, row):
                    attempts = row.attempts + 1
                    Mailing.of(tx).move(
                        row, Move.CLAIM, worker=worker, lease_until=lease, attempts=attempts
                    )
                    whole = content is not None and sha256(content).hexdigest() == row.sha256
                    mime = content if content and whole else b""
                    whom = row.number, row.case_id, row.address
                    sending = f"{row.name}.{attempts}"
                    messages.append(ClaimedMessage(*whom, mime, tx.process.hash, sending))
            tx.flush()
            failpoint("claiming")
        if messages:
            failpoint("claimed")
            return tuple(messages)
    return ()


def release_lease(contest: Contest, worker: str, messages: Iterable[ClaimedMessage]) -> None:
    """Gives back messages that were claimed and will not be sent now; no attempt is charged."""
    with contest.acting(by=COURIER, happened=True) as tx:
        for message in messages:
            row = tx.unit.message(tx.contest, message.number)
            if row is not None and (row.stage, row.worker) == (Stage.CLAIMED, worker):
                Mailing.of(tx).move(row, Move.UNCLAIM, attempts=row.attempts - 1)
        tx.flush()
        failpoint("letting_go")


def _may_claim(contest: Contest, settings: MailSettings) -> bool:
    now = contest.clock.now()
    asked = ("pause", contest.id), *_earliest(contest.id, Stage.QUEUED)
    with contest.database.reading(asked) as repo:
        allowed = _to_claim(repo, contest.id, settings, now)
        return bool(allowed and _waiting(repo.messages_due, contest, now, 1))


def _to_claim(repo: Repository, contest: str, settings: MailSettings, now: datetime) -> int:
    allowed, pause = _allowance(repo, contest, settings, now), repo.pause(contest)
    if allowed and pause is not None and pause.pauses:
        # After a pause one message, of whichever courier, tries whether the server accepts any.
        return 0 if any(repo.messages_at(contest, at) for at in _OFFERED) else 1
    return allowed


def _allowance(repo: Repository, contest: str, settings: MailSettings, now: datetime) -> int:
    """Returns the number of messages that may leave now; what couriers hold counts as left."""
    if is_paused(repo.pause(contest), now):
        return 0
    if not settings.rates:
        return settings.connections * settings.per_connection
    since = to_text(now - max(span for _most, span in settings.rates))
    # What was sent later than now was sent by a clock that has been set back since.
    rows = repo.messages_since(contest, Stage.SENT, since)
    sent = [row.next_at for row in rows if row.next_at <= to_text(now)]
    left = (most - sum(at > to_text(now - span) for at in sent) for most, span in settings.rates)
    leaving = sum(len(repo.messages_at(contest, at)) for at in _OFFERED)
    return max(0, min(left) - leaving)


def _waiting(due: _Due, contest: Contest, now: datetime, most: int) -> list[Message]:
    """The messages in the queue that come next, without those that are left alone."""
    rows = _not_left_alone(due, contest, Stage.QUEUED, WHENEVER, most)
    rows += _not_left_alone(due, contest, Stage.RETRY, to_text(now), most)
    return sorted(rows, key=lambda row: (row.next_at, row.number))[:most]


def _not_left_alone(
    due: _Due, contest: Contest, stage: Stage, until: str, most: int
) -> list[Message]:
    rows = due(contest.id, stage, until, most + len(contest.left_alone))
    return [row for row in rows if row.name not in contest.left_alone][:most]


def is_news(contest: Contest, began: datetime) -> bool:
    """True where the pass that began then ended a silence, or found mails too late."""
    before = began - timedelta(microseconds=1)
    with contest.looking(counts=True) as tx:
        if is_paused(tx.unit.pause(tx.contest), tx.now):
            return False
        # What was of no use when it was set off is not news of the server, nor of passes.
        if any(_expiry(tx, row) > due_of(row) for row in expired_lately(tx, before)):
            return True
        # Counted first: the mails of a week are many, and this is asked at every pass.
        hours = (to_text(began - SILENCE), to_text(before))
        sent = {tx.unit.count_due(tx.contest, Stage.SENT, hour) for hour in hours}
        return len(sent) == 1 and any(until >= began for _since, until in silences(tx))


def plan_digest(contest: Contest) -> None:
    """Has the desk read a digest now, whatever the hour of the daily one."""
    with contest.acting(by=COURIER) as tx:
        Mailing.of(tx).plan_digest()
        tx.flush()


# Writers wait for their turn while letters are written, so it is given back often.
_AT_ONCE = 5
# What waits until its address is corrected is looked at again after so long.
_LOOK_AGAIN_AFTER = timedelta(minutes=15)


def post_due(contest: Contest, settings: MailSettings, stopping: Callable[[], bool]) -> int:
    """Queues every message whose hour has come; how many.

    One that is of no more use, has been overtaken by a later one of its kind or has nothing to
    say does not leave; one that cannot be written is left to a person.
    """
    queued = 0
    while not stopping():
        with contest.database.reading() as repo:
            until = to_text(contest.clock.now())
            if not _not_left_alone(repo.messages_due, contest, Stage.PLANNED, until, 1):
                break
        with contest.acting(by=COURIER) as tx:
            desk = _Writer(tx, settings, contest.folder)
            now = to_text(tx.now)
            due = tx.unit.messages_due
            rows = _not_left_alone(due, contest, Stage.PLANNED, now, _AT_ONCE)
            asked = candidatures_of(tx.contest, rows), _causes(tx.contest, rows)
            tx.unit.ask_ahead(chain(*asked, _telling(tx.contest, rows)))
            for row in _as_recorded(contest, tx, rows):
                queued += desk.post(row)
            desk.put_mails()
            tx.flush()
            failpoint("posting")
        failpoint("posted")
    return queued


def _telling(contest: str, rows: Sequence[Message | ClaimedMessage]) -> Iterator[Ahead]:
    for about in dict.fromkeys(row.case_id for row in rows):
        yield ("lines_about", contest, about) if about else ("lines_about_none", contest)


def _causes(contest: str, rows: Sequence[Message]) -> Iterator[Ahead]:
    """What letters ask in any case: the lines that set them off, what else a contact was told."""
    for row in rows:
        if row.recipient == CONTACT:
            yield "messages_of", contest, row.case_id
        if row.occurrence.isdecimal():
            yield "bytes_of_line", contest, int(row.occurrence)
            yield "side", contest, int(row.occurrence), row.case_id


def _mail_key(contest: str, row: Message, sequence: int) -> str:
    return "\n".join((contest, row.case_id, *row.key, str(sequence)))


def identifiers_of(tx: Transaction) -> dict[str, int]:
    """The number of each mail by its Message-IDs, as `local_part` gives them."""
    return {
        local_part(message_id(_mail_key(tx.contest, row, sequence), "ptce.invalid")): row.number
        for row in tx.unit.messages(tx.contest)
        for sequence in range(row.sequence + 1)
    }


def local_part(identifier: str) -> str:
    """What of a Message-ID stays the same where another domain sends."""
    return identifier.strip("<>").partition("@")[0]


_LEFT = (b'"type":"message_sent"', b'"type":"message_uncertain"')


def sendings(tx: Transaction, row: Message) -> int:
    """How often a message was handed to a server, as its lines tell."""
    lines, named = lines_telling(tx.unit, tx.contest, row.case_id), f'"{row.name}"'.encode()
    return sum(named in one.line and any(kind in one.line for kind in _LEFT) for one in lines)


class _Writer:
    def __init__(self, tx: Transaction, settings: MailSettings, folder: Path) -> None:
        self._act = tx
        self._settings = settings
        self._folder = folder
        self._letters = Letters(tx)
        self._contents: dict[int, bytes] = {}

    def post(self, row: Message) -> bool:
        act = self._act
        notification = act.process.definition.notifications.get(row.notification)
        if notification is not None and notification.recurs is not None and not row.words:
            Mailing.of(act).plan_following(row.notification)
        if not still_of_use(act, row):
            return False
        if Mailing.of(act).is_doubtful(row):
            again = to_text(act.now + _LOOK_AGAIN_AFTER)
            Mailing.of(act).change(row, replace(row, next_at=again))
            return False
        if notification is None or takes_back(row.occurrence):
            return self._write(row)
        planner, case = planner_of(act.process), case_of(act, row)
        opening = planner.may_leave_at(notification, due_of(row), act.now, case)
        if opening > act.now:
            Mailing.of(act).change(row, replace(row, next_at=to_text(opening)))
            return False
        if not row.words and self._letters.says_nothing(row):
            Mailing.of(act).cancel(row.case_id, [row], "empty")
            return False
        return self._write(row)

    def _write(self, row: Message) -> bool:
        act = self._act
        if row.sha256 and act.unit.mail(act.contest, row.number) is not None:
            # Sent again, it is the very same mail.
            Mailing.of(act).move(row, Move.QUEUE, next_at=to_text(act.now))
            return True
        name, address = self._letters.address(row)
        if not address:
            refuse(act, row, ServerAnswer(AnswerKind.UNFIT, None, _("No address is known.")))
            return False
        addressed = replace(row, address=address)
        try:
            with speaking(act.process.language):
                words = self._letters.words(row)
            content = self._mime(row, words, Mailbox(name, address))
            most = act.process.definition.config.mail.largest_bytes
            if len(content) > most:
                text = _("The mail has {count} bytes; the folder lets none leave of over {most}.")
                raise PtceError(text.format(count=len(content), most=most))
        # Whatever goes wrong in one mail, the others leave.
        except Exception as error:
            reason = str(error).replace("\n  ", " ")
            refuse(act, addressed, ServerAnswer(AnswerKind.UNFIT, None, reason))
            return False
        self._contents[row.number] = without_files(content)
        Mailing.of(act).move(
            row,
            Move.QUEUE,
            address=address,
            next_at=to_text(act.now),
            sha256=hashlib.sha256(content).hexdigest(),
            words=words,
        )
        return True

    def put_mails(self) -> None:
        for number, content in self._contents.items():
            self._act.unit.put_mail(self._act.contest, number, content)

    def _after_what_was_off(self, row: Message, event: str) -> int:
        """The sequence by which a calendar takes an entry that was taken back from it before."""
        rows = self._act.unit.messages_of(self._act.contest, row.case_id)
        off = [
            one.sequence
            for one in rows
            if one.recipient == row.recipient
            and takes_back(one.occurrence)
            and event_of(self._act.process, one.notification, one.occurrence) == event
        ]
        return max(off, default=-1) + 1

    def _mime(self, row: Message, words: str, recipient: Mailbox) -> bytes:
        settings, act, letter = self._settings, self._act, letter_of(words)
        about, sender = (act.contest, row.case_id), settings.sender
        named = message_id(_mail_key(act.contest, row, row.sequence), sender.domain)
        # What is about the contest goes with its own kind: the digests, the calls.
        thread = message_id(f"{act.contest}\n{row.case_id or row.notification}", sender.domain)
        spoken, line = letter.language, self._letters.line_of(row)
        reply_to = settings.reply_to
        heading = MailHeading(sender, recipient, named, act.now, reply_to, spoken, line, thread)
        dated = dated_of(words)
        enclosed = None if row.recipient == CONTACT else self._checkpoint(letter.language)
        files = self._files(row, words)
        if dated is None:
            return compose(letter, heading, enclosed=enclosed, attachments=files)
        event, moved = event_of(act.process, row.notification, row.occurrence) or "", 0
        if called := called_by(act, row):
            # One entry for each call, which moves with its hour.
            event, moved = f"{called.sitting} {called.call}", called.moved
        key = "\n".join((*about, event, row.recipient))
        entry = CalendarEntry(
            # It must outlive a change of sender: an update would make a second entry.
            f"{hashlib.sha256(key.encode()).hexdigest()[:32]}@{act.contest}",
            *(dated.title, dated.begins, dated.ends, act.now, letter.text, dated.place),
            sequence=row.sequence or moved or self._after_what_was_off(row, event),
            organizer=sender,
            attendee=recipient,
            cancelled=takes_back(row.occurrence),
        )
        return compose(letter, heading, invitation(entry), enclosed, files)

    def _files(self, row: Message, words: str) -> list[tuple[str, bytes]]:
        """The files that the words of a mail name. Raises: PtceError for one that is gone."""
        written = (one for some in Mailing.of(self._act).files.values() for one in some)
        contents, files = {one.sha256: one.content for one in written}, []
        for one in named_in(words):
            content = contents.get(one.sha256) or self._act.unit.document(one.sha256)
            if content is None:
                raise PtceError(_("The attachment {name} is gone.").format(name=one.name))
            files.append((one.name, content))
        return files

    def _checkpoint(self, language: str) -> Enclosed | None:
        """The last checkpoint, for those who take part to keep; None where there is none yet."""
        if self._note is None:
            return None
        size = self._note.checkpoint.size
        with speaking(own_language(language)):
            text = _(
                "Please keep this mail. These lines are the signed state of the contest’s ledger "
                "up to line {n}: with them, anyone can show later whether what comes before has "
                "been rewritten. The same is in the file attached."
            ).format(n=size)
        content = self._note.encode()
        told = f"{wrapped(text)}\n\n{content.decode()}"
        return Enclosed(told, f"{ENCLOSED}{size:09d}.txt", content)

    @cached_property
    def _note(self) -> SignedNote | None:
        return last_checkpoint(self._folder)
