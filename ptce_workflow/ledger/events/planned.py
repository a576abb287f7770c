"""A mail that is planned, judged by the planner that is asked again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from ptce_workflow.base.encoding import to_text
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import (
    Breach,
    Context,
    Instant,
    MessageName,
    Name,
    Natural,
)
from ptce_workflow.ledger.events.usefulness import addressees
from ptce_workflow.ledger.state import COURIER
from ptce_workflow.process.letters.changes import changes
from ptce_workflow.process.letters.definition import Notification
from ptce_workflow.process.letters.message import MailKey, Message
from ptce_workflow.process.letters.outbox import Stage
from ptce_workflow.process.letters.planning import (
    entry_occurrence,
    entry_turns,
    event_of,
    planner_of,
    takes_back,
)


class Planned(Struct, frozen=True, forbid_unknown_fields=True):
    """A mail that is to leave at its hour."""

    due: Instant
    held: bool
    message: MessageName
    notification: Name
    occurrence: Name
    recipient: Name
    sequence: Natural

    @property
    def key(self) -> MailKey:
        """What tells it from the others about the same candidature."""
        return MailKey(self.notification, self.occurrence, self.recipient)

    def mail(self, case_id: str | None) -> Message:
        """The mail, as it is planned about a candidature or the contest."""
        number, stage = int(self.message[2:]), Stage.HELD if self.held else Stage.PLANNED
        hours = self.due, self.due, stage.value
        return Message(number, case_id or "", *self.key, *hours, self.held, self.sequence)


class Plans:
    """The mails that the planner, asked again, plans at a line that plans."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._case = None if ctx.case_id is None else ctx.case
        self._planner = planner_of(ctx.process)
        self._people = tuple(addressees(ctx)) if self._planner.writes_to_people else ()
        self._wanted: Mapping[MailKey, Any] | None = None
        self._known = dict(ctx.before.messages_of(ctx.case_id))
        self._next = ctx.before.messages() + 1

    def judge(self, planned: Planned, known: Notification | None) -> Iterator[Breach]:
        """Tells what of a planned mail is not as it would be planned.

        `known` is None for one that takes back an entry of a mail which is no more.
        """
        name, key, off = planned.message, planned.key, takes_back(planned.occurrence)
        if planned.held != (known is not None and known.held and not off):
            yield law.MAIL_HELD(name)
        if known is not None and not off and planned.recipient not in self._readers(planned):
            yield law.MAIL_READER(f"{name}: {planned.recipient}")
        before = self._known.get(key)
        if before is None:
            if name != f"M-{self._next:03d}":
                yield law.MAIL_NAME(f"{name} ≠ M-{self._next:03d}")
            self._next += 1
        elif before.stage != Stage.CANCELLED:
            yield law.MAIL_TWICE(f"{name}, {before.name}")
        elif name != before.name:
            yield law.MAIL_NAME(f"{name} ≠ {before.name}")
        # By itself the courier plans the next of what leaves daily, what counts from a mail that
        # has left, and anew what it has in hand.
        daily = known is not None and known.daily is not None
        own = daily or self._planner.is_set_by_sending(planned.notification)
        if self._ctx.actor == COURIER.pseudonym and before is None and not own:
            yield law.NO_CAUSE(name)
        if before is None or planned.due != before.due or planned.sequence != before.sequence:
            yield from self._hour(planned, again=before is not None)
        self._known[key] = planned.mail(self._ctx.case_id)

    def _readers(self, planned: Planned) -> Iterable[str]:
        return self._planner.readers(planned.notification, self._case, self._people)

    def _hour(self, planned: Planned, *, again: bool) -> Iterator[Breach]:
        """Tells of a mail that nothing asks for, or asks for at another hour."""
        if planned.sequence:
            yield from self._entry(planned)
            return
        expected = self._reminders().get(planned.key)
        if expected is None:
            expected = self._set_off(planned, again=again)
        if expected is None:
            yield law.MAIL_UNASKED(f"{planned.message}: {planned.notification}")
        elif to_text(expected) != planned.due:
            yield law.MAIL_HOUR(f"{planned.message}: {to_text(expected)} ≠ {planned.due}")

    def _reminders(self) -> Mapping[MailKey, Any]:
        if self._wanted is None:
            if self._case is None:
                self._wanted = self._planner.contest_wide(self._ctx.now, self._people)
            else:
                self._wanted = self._planner.reminders(self._case, self._people)
        return self._wanted

    def _set_off(self, planned: Planned, *, again: bool) -> Any:
        """When a mail leaves that a line of this very act sets off, or set off before."""
        if not planned.occurrence.isdecimal():
            return None
        adopted = self._ctx.before.adopted
        if adopted is not None and int(planned.occurrence) == adopted[0]:
            return self._announced(planned, adopted[1])
        set_off = self._ctx.before.set_off_about(self._ctx.case_id or "")
        mails = set_off.get(int(planned.occurrence), ())
        if not again and planned.notification not in mails:
            return None
        return self._planner.set_off_at(planned.notification, self._case, self._ctx.now)

    def _announced(self, planned: Planned, hash_: str) -> Any:
        """When a mail leaves that tells of the dates which the adoption under way has moved."""
        before, now, name = self._ctx.before.process_of(hash_), self._ctx.now, planned.notification
        if before is None or name not in self._planner.on_adoption:
            return None
        if not changes(before, self._ctx.process, now, name):
            return None
        people = self._people
        return self._planner.announced(name, self._case, now, people).get(planned.recipient)

    def _entry(self, planned: Planned) -> Iterator[Breach]:
        """Tells of the update of a calendar entry that is not the next one, or has no cause."""
        name, off = planned.notification, takes_back(planned.occurrence)
        had = [
            (message.stage != Stage.CANCELLED, message.sequence, message.occurrence)
            for message in self._known.values()
            if (message.notification, message.recipient) == (name, planned.recipient)
        ]
        if not had:
            yield law.MAIL_UNASKED(f"{planned.message}: {name}")
            return
        # What was cancelled never reached anybody: its number alone is taken.
        sequence, last = max(one[1] for one in had), max(had)[2]
        event = self._event_of_entry(planned, last, off=off)
        if event is None:
            yield law.MAIL_UNASKED(f"{planned.message}: {name}")
        elif (planned.occurrence, planned.sequence) != (
            entry_occurrence(event, planned.sequence, off=off),
            sequence + 1,
        ):
            yield law.MAIL_ENTRY(f"{planned.message}: {planned.occurrence}")
        elif planned.due != self._ctx.at:
            yield law.MAIL_HOUR(f"{planned.message}: {self._ctx.at} ≠ {planned.due}")

    def _event_of_entry(self, planned: Planned, last: str, *, off: bool) -> str | None:
        """The date of an entry that is to be updated, or taken back; None where nothing asks so.

        An adoption updates what moves, and takes back what is no more; a candidature is freed of
        what it leaves, and invited once more where it comes back.
        """
        name, adopted = planned.notification, self._ctx.before.adopted
        if adopted is not None:
            was = self._ctx.before.process_of(adopted[1])
            if was is None or name not in was.definition.notifications:
                return None
            if not off:
                entry = self._planner.entry(name, self._case)
                return None if entry is None else entry.event
            turn = entry_turns(was, self._ctx.process, name, self._case)
            return turn[0] if turn is not None and turn[1] else None
        event = event_of(self._ctx.process, name, last)
        if event is None or self._case is None or takes_back(last) == off:
            return None
        invited = self._planner.invites(event, self._case.state)
        return event if invited is (not off) else None
