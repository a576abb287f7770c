"""Putting messages whose hour has come into the queue: their words and bytes, written for good."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from pathlib import Path

from msgspec.structs import replace

from ptce_workflow.app.checkpoints import last_kept
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.post.delivery import candidatures_of, refuse, still_of_use
from ptce_workflow.app.post.plan import Mailing, called_by, case_of
from ptce_workflow.app.post.render import Letters, dated_of, letter_of
from ptce_workflow.app.projections import due_of, instant_in
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.runtime import reach
from ptce_workflow.base.words import _, own_language, speaking
from ptce_workflow.ledger.checkpoint import SignedNote
from ptce_workflow.ledger.state import COURIER
from ptce_workflow.mail.answer import AnswerKind, ServerAnswer
from ptce_workflow.mail.compose import (
    CalendarEntry,
    Enclosed,
    Mailbox,
    MailHeading,
    compose,
    invitation,
    message_id,
)
from ptce_workflow.mail.settings import MailSettings
from ptce_workflow.process.letters.message import Message
from ptce_workflow.process.letters.outbox import Move, Stage
from ptce_workflow.process.letters.planning import event_of, planner_of, takes_back
from ptce_workflow.process.letters.recipients import CONTACT
from ptce_workflow.store.connections import Ahead
from ptce_workflow.store.unit import Unit

ENCLOSED = "checkpoint-"
"""How the name of the file of a checkpoint begins that goes with a mail."""

# Writers wait for their turn while letters are written, so it is given back often.
_AT_ONCE = 5


def post_due(session: Contest, settings: MailSettings, stopping: Callable[[], bool]) -> int:
    """Queues every message whose hour has come; how many.

    One that is of no more use, has been overtaken by a later one of its kind or has nothing to
    say does not leave; one that cannot be written is left to a person.
    """
    queued = 0
    while not stopping() and _some_due(session):
        with session.acting(by=COURIER) as act:
            desk = _Desk(act, settings, session.folder)
            now = to_text(act.now)
            rows = act.unit.messages_due(act.contest, Stage.PLANNED, now, _AT_ONCE)
            asked = candidatures_of(act.contest, rows), _causes(act.contest, rows)
            act.unit.ask_ahead(chain.from_iterable(asked))
            for row in rows:
                queued += desk.post(row)
            desk.put_mails()
            act.commit()
            reach("posting")
        reach("posted")
    return queued


def _some_due(session: Contest) -> bool:
    now = to_text(session.clock.now())
    with session.database.reading() as unit:
        return bool(unit.messages_due(session.id, Stage.PLANNED, now, 1))


def _causes(contest: str, rows: Sequence[Message]) -> Iterator[Ahead]:
    """What letters ask in any case: the lines that set them off, what else a contact was told."""
    for row in rows:
        if row.recipient == CONTACT:
            yield "messages_of", contest, row.case_id
        if row.occurrence.isdecimal():
            yield "bytes_of_line", contest, int(row.occurrence)
            yield "side", contest, int(row.occurrence), row.case_id


class _Desk:
    """Writes the messages of one transaction."""

    def __init__(self, act: Transaction, settings: MailSettings, folder: Path) -> None:
        self._act = act
        self._settings = settings
        self._folder = folder
        self._letters = Letters(act)
        self._contents: dict[int, bytes] = {}

    def post(self, row: Message) -> bool:
        """Queues a message, or says why not."""
        act = self._act
        notification = act.process.definition.notifications.get(row.notification)
        if notification is not None and notification.daily is not None and not row.words:
            Mailing.of(act).plan_following(row.notification)
        if not still_of_use(act, row):
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
        # Whatever goes wrong in one mail, the others leave.
        except Exception as error:
            told = str(error).replace("\n  ", " ")
            refuse(act, addressed, ServerAnswer(AnswerKind.UNFIT, None, told))
            return False
        self._contents[row.number] = content
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
        """Keeps the bytes of those that it has queued, once all of them are written."""
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
        key = "\n".join((*about, *row.key, str(row.sequence)))
        named = message_id(key, sender.domain)
        spoken, line = letter.language, self._letters.line_of(row)
        reply_to = settings.reply_to
        heading = MailHeading(sender, recipient, named, act.now, reply_to, spoken, line)
        dated = dated_of(words)
        enclosed = None if row.recipient == CONTACT else self._checkpoint(letter.language)
        if dated is None:
            return compose(letter, heading, enclosed=enclosed)
        event, moved = event_of(act.process, row.notification, row.occurrence) or "", 0
        if called := called_by(act, row):
            # One entry for each call, which moves with its hour.
            event, moved = f"{called.sitting} {called.call}", called.moved
        key = "\n".join((*about, event, row.recipient))
        entry = CalendarEntry(
            # It must outlive a change of sender: an update would make a second entry.
            f"{hashlib.sha256(key.encode()).hexdigest()[:32]}@{act.contest}",
            row.sequence or moved or self._after_what_was_off(row, event),
            dated.title,
            dated.begins,
            dated.ends,
            letter.text,
            sender,
            recipient,
            act.now,
            takes_back(row.occurrence),
            dated.place,
        )
        return compose(letter, heading, invitation(entry), enclosed)

    def _checkpoint(self, language: str) -> Enclosed | None:
        """The last checkpoint, for those who take part to keep; None where there is none yet."""
        if self._note is None:
            return None
        size = self._note.checkpoint.size
        with speaking(own_language(language)):
            told = _(
                "Please keep this mail. These lines are the signed state of the contest’s ledger "
                "up to line {n}: with them, anyone can show later whether what comes before has "
                "been rewritten. The same is in the file attached."
            ).format(n=size)
        content = self._note.encode()
        return Enclosed(f"{told}\n\n{content.decode()}", f"{ENCLOSED}{size:09d}.txt", content)

    @cached_property
    def _note(self) -> SignedNote | None:
        return last_kept(self._folder)


_FILE = re.compile(rb'filename="%s([0-9]{9,})\.txt"' % ENCLOSED.encode())


@dataclass(frozen=True, slots=True)
class Outside:
    """A checkpoint that left: its line, the mail, to whom, and when; `lines` the ledger has now."""

    size: int
    message: str
    recipient: str
    at: datetime
    lines: int


def last_outside(contest: Contest) -> Outside | None:
    """The last checkpoint that a server has taken with a mail; None where none has left."""
    with contest.looking(counts=True) as act:
        return last_sent(act.unit, act.contest, act.n)


def last_sent(unit: Unit, contest: str, lines: int) -> Outside | None:
    """The same, in a transaction."""
    for row in reversed(unit.messages_at(contest, Stage.SENT)):
        if row.recipient == CONTACT:
            continue
        found = _FILE.search(unit.mail(contest, row.number) or b"")
        if found is not None:
            at = instant_in(row.next_at, "message", row.number)
            return Outside(int(found[1]), row.name, row.recipient, at, lines)
    return None
