"""The mails that a person reads before they leave: held again once they say something else.

The ledger names the words that were released: they leave, or nobody has read what does. What is
recorded of a candidature after a release does not count, for its reader knew what they released;
a process that is adopted, or a mail that is tried again, asks for a new look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import structs

from ptce_workflow.app.post.plan import Mailing
from ptce_workflow.app.post.render import Letters, rewritten_of
from ptce_workflow.app.projections import due_of
from ptce_workflow.base.errors import PtceError
from ptce_workflow.ledger.events.codec import read
from ptce_workflow.process.letters.message import words_hash
from ptce_workflow.process.letters.outbox import PENDING, Move, Stage
from ptce_workflow.process.letters.planning import takes_back

if TYPE_CHECKING:
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.process.letters.message import Message


def says_now(letters: Letters, row: Message) -> str:
    """The words of a message if it were written now, or "" where its letter cannot be written."""
    try:
        return letters.words(structs.replace(row, words=""))
    except PtceError:
        return ""


def says_the_same(letters: Letters, row: Message) -> bool:
    """True where what was read, or rewritten, stands for what the message would say now."""
    now, rewritten = says_now(letters, row), rewritten_of(row.words)
    return now == row.words if rewritten is None else words_hash(now) == rewritten.instead


def said_of_released(act: Transaction) -> dict[int, str]:
    """The present words of the messages that were released and have not left, by number."""
    letters = Letters(act)
    return {row.number: says_now(letters, row) for row in _pending(act) if row.held and row.words}


def hold_what_changed(act: Transaction, said: Mapping[int, str]) -> tuple[str, ...]:
    """Has read again what an adoption makes say something else, or what waits for a reader now.

    *Shape* `said` is what `said_of_released` gave under the process before; the names of those
    that wait for a reader again.
    """
    letters, held = Letters(act), []
    for before in _pending(act):
        row = Mailing.of(act).as_changed(before)
        if _is_unread(act, letters, row, said):
            row = read_again(act, row)
        if row.stage == Stage.HELD:
            held.append(row.name)
    return tuple(held)


def _is_unread(act: Transaction, letters: Letters, row: Message, said: Mapping[int, str]) -> bool:
    """True when a message is about to leave in words that nobody has read, and somebody should."""
    notification = act.process.definition.notifications.get(row.notification)
    # Bytes that are kept although the process has changed may have arrived: they stay as they are.
    if notification is None or row.stage != Stage.PLANNED or row.sha256:
        return False
    if takes_back(row.occurrence):
        return False
    if not row.held:
        return notification.held
    return says_now(letters, row) not in (row.words, said.get(row.number))


def look_again(act: Transaction, row: Message) -> None:
    """Has read again what is planned, unless nobody reads it or the words released are its words.

    *Shape* `row` as it was when its words were kept, whatever this act has made of it since.
    """
    notification = act.process.definition.notifications.get(row.notification)
    if notification is None or takes_back(row.occurrence):
        return
    if not (row.held or notification.held):
        return
    if not (row.held and row.words and says_the_same(Letters(act), row)):
        read_again(act, Mailing.of(act).as_changed(row))


def read_again(act: Transaction, row: Message) -> Message:
    """Plans a message anew, at its hour; its row, held for a reader if the process says so."""
    mailing = Mailing.of(act)
    mailing.cancel(row.case_id, [row], "words" if row.held else "process")
    mailing.plan(row.case_id, {row.key: due_of(row)}, [row], sequence=row.sequence)
    return mailing.as_changed(row)


def _pending(act: Transaction) -> Iterator[Message]:
    """The messages that have not left, as they stood when the act began."""
    for stage in PENDING:
        if stage is not Stage.HELD:
            yield from act.unit.messages_at(act.contest, stage)


_QUEUED = (Stage.QUEUED, Stage.RETRY, Stage.CLAIMED)
_DOUBT = b'"type":"message_uncertain"'


def doubted(act: Transaction) -> frozenset[str]:
    """The names of the messages of which nobody knew, once at least, whether they arrived."""
    if not act.unit.last_message(act.contest):
        return frozenset()
    # Only the ledger remembers; a search of its bytes finds the few lines that are worth reading.
    return frozenset(
        str(read(row.line).data.message)
        for _n, row, _sides in act.unit.entries(act.contest)
        if row is not None and _DOUBT in row.line
    )


def rewrite_queued(act: Transaction) -> frozenset[str]:
    """Has what waits in the queue written anew: the process has changed what it would say.

    What may have arrived leaves as the very same mail; the names of those messages.
    """
    in_doubt = doubted(act)
    for stage in _QUEUED:
        for row in act.unit.messages_at(act.contest, stage):
            if row.name not in in_doubt:
                if stage is Stage.CLAIMED:
                    row = Mailing.of(act).move(row, Move.LET_GO, attempts=row.attempts - 1)
                rewrite(act, row)
    return in_doubt


def rewrite(act: Transaction, row: Message) -> None:
    """Has a message that waits in the queue written anew, in the words of the process in force."""
    kept = row.words if row.held else ""
    Mailing.of(act).move(row, Move.UNQUEUE, words=kept, sha256="")
