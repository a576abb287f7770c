"""The rows of the outbox as far as the ledger tells them: how each mail stood after a line.

What the courier does between two lines (in the queue, about to leave, to be tried again) is in
none of them: such a mail is planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.app.post.plan import message_of, name_of, number_of, words_hash
from ptce_workflow.ledger.events.base import Entry, Reason, Sides
from ptce_workflow.ledger.events.delivery import (
    Answered,
    MessageBounced,
    MessageEdited,
    MessageFailed,
    MessageResolved,
    MessageSent,
    MessageUncertain,
)
from ptce_workflow.ledger.events.mail import (
    AboutMails,
    MessagesExpired,
    MessagesPlanned,
    MessagesReleased,
)
from ptce_workflow.ledger.packed import Packed
from ptce_workflow.process.letters.outbox import Stage
from ptce_workflow.store.rows import MessageRow

if TYPE_CHECKING:
    from ptce_workflow.ledger.state import ContestState, Message

_REWRITTEN = '{"rewritten":{"source":"","instead":""}}'
"""The words of a mail of which the ledger tells that a person has rewritten it, and no more."""


class _Fate(Struct, frozen=True, array_like=True):
    """What lines tell of a mail beside its stage; `next_at` is empty while that is its hour."""

    next_at: str = ""
    attempts: int = 0
    said: str = ""
    address: str = ""
    rewritten: bool = False


class Outbox:
    """Takes in the lines that tell of mails, each just after the state of the contest."""

    def __init__(self) -> None:
        self._fates: Packed[_Fate] = Packed(_Fate)

    def take(self, line: Entry[Any], sides: Sides, state: ContestState) -> None:
        """Takes the next line in."""
        event = line.data
        if isinstance(event, AboutMails):
            side = next(iter(sides.values()), None)
            for name in event.names():
                was = self._fates.get(name, _Fate())
                self._fates[name] = _after(was, event, line.at, side, state.messages[name])

    def rows(
        self, state: ContestState, today: Iterable[MessageRow], at: str
    ) -> Iterator[MessageRow]:
        """The row of each mail as of an instant, of those that have one today.

        Of a ledger beside which nothing is kept, of all: nobody knows what they say.
        """
        row = None
        for row in today:
            message = state.messages.get(name_of(row))
            if message is not None:
                yield self._row(message, row, at)
        if row is None:
            for message in state.messages.values():
                yield self._row(message, _untold(message), at)

    def _row(self, message: Message, kept: MessageRow, at: str) -> MessageRow:
        """The row of a mail as of an instant; `kept` is the one of today.

        Its letter, and an hour that the courier gave it, are in no line: they are those of today
        where it has not changed since.
        """
        fate = self._fates.get(message.name, _Fate())
        next_at, words = fate.next_at or message.due, _REWRITTEN if fate.rewritten else ""
        # What is planned gets another hour only once its own has come.
        may_wait = message.stage is not Stage.PLANNED or message.due <= at
        if may_wait and is_as_told(kept, message) and kept.stage == message.stage:
            next_at = kept.next_at
        left = message.sha256 and kept.sha256 == message.sha256
        if left or (message.words and words_hash(kept.words) == message.words):
            words = kept.words
        return kept._replace(
            due=message.due,
            next_at=next_at,
            stage=str(message.stage),
            held=message.held,
            sequence=message.sequence,
            attempts=fate.attempts,
            worker="",
            lease_until="",
            words=words,
            address=fate.address,
            sha256=message.sha256,
            said=fate.said,
        )


def _untold(message: Message) -> MessageRow:
    """A row that tells a message as the ledger does, and nothing else of it."""
    return MessageRow(
        number=number_of(message.name),
        case_id=message.case or "",
        **message.slot._asdict(),
        due=message.due,
        next_at="",
        stage="",
        held=False,
        sequence=0,
        attempts=0,
        worker="",
        lease_until="",
        words="",
        address="",
        sha256="",
        said="",
    )


def is_as_told(row: MessageRow, message: Message) -> bool:
    """True for a row that says the same of a message as the ledger does.

    The courier's own steps apart, and the hashes of what was read and of what left.
    """
    try:
        kept = message_of(row)
    except ValueError:
        return False
    same = {name: getattr(message, name) for name in ("sha256", "words", "sent", "erased")}
    return replace(kept, **same) == message


def _after(was: _Fate, event: AboutMails, at: str, side: Any, message: Message) -> _Fate:
    """What is told of a mail after a line; `message` is as the line has left it."""
    match event:
        case MessagesPlanned():
            return _Fate()
        case MessagesExpired(why="late"):
            return replace(was, next_at=at)
        case MessagesReleased() | MessagesExpired():
            return replace(was, next_at=message.due)
        case MessageEdited():
            return replace(was, rewritten=True)
        case MessageResolved() if message.stage is Stage.PLANNED:
            return replace(was, next_at=at)
        case MessageBounced():
            return replace(was, said=side.reason if isinstance(side, Reason) else "")
        case MessageSent() | MessageFailed() | MessageUncertain():
            answer = side if isinstance(side, Answered) else Answered()
            return replace(
                was,
                next_at=at if event.attempts else was.next_at,
                attempts=event.attempts,
                said=answer.said or "",
                address=answer.to or was.address,
            )
    return was
