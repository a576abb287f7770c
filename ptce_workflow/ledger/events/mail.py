"""Events of mails planned, cancelled and released, and whether a mail is still of use."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.words import N_, nN_
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import (
    CONTEST_SUBJECT,
    Context,
    Entry,
    Event,
    Hash,
    Instant,
    MessageName,
    Name,
    Natural,
    NotificationName,
    Phrase,
    Reason,
    Sides,
    Story,
    Violation,
    When,
    describe_reason,
    doc,
    register,
)
from ptce_workflow.ledger.state import COURIER, ContestState, Person
from ptce_workflow.process.dates import is_replaced, is_undone
from ptce_workflow.process.letters.message import (
    MailKey,
    Message,
    Move,
    NotAllowed,
    Stage,
    after,
    recorded_after,
)
from ptce_workflow.process.letters.planning import (
    changes,
    entry_occurrence,
    entry_turns,
    event_of,
    planner_of,
    takes_back,
)
from ptce_workflow.process.model.notification import Addressee, Notification
from ptce_workflow.process.process import Process


def addressees(process: Process, people: Iterable[Person]) -> Iterator[Addressee]:
    """Those to whom mails could be written; whose address was erased may have had one."""
    chairs = process.definition.chairs
    for person in people:
        if person.active and (not person.private or person.private.get("email")):
            place, is_sure = chairs.get(person.institution or ""), bool(person.private)
            yield Addressee(person.pseudonym, person.roles, person.institution, place, is_sure)


def is_of_use(ctx: Context, message: Message) -> bool:
    """Tells a mail that the planner, asked again, would leave as it is planned."""
    case, planner, name = ctx.case, planner_of(ctx.process), message.notification
    definition, occurrence = ctx.process.definition, message.occurrence
    notification = definition.notifications.get(name)
    if notification is None or is_undone(definition, case, name, occurrence):
        return False
    by_time = bool(notification.at) and not message.sequence
    if not (by_time or occurrence.isdecimal()):
        return False
    people = tuple(addressees(ctx.process, ctx.before.people()))
    wanted = planner.reminders(case, people) if by_time else {}
    reached = message.recipient in notification.recipients.about(case).among(people)
    set_off = ctx.before.set_off_about(case.id).items()
    again = any(name in mails and str(line) != occurrence for line, mails in set_off)
    still = planner.still(message, case, wanted, ctx.now, reached=reached, again=again)
    return still is message


def of_no_more_use(ctx: Context, names: Iterable[str]) -> Iterator[Violation]:
    """Mails that are let leave and would only expire; a replaced decision needs a reason."""
    case = None if ctx.case_id is None else ctx.case
    for message in filter(None, map(ctx.before.message, names)):
        notification = ctx.process.definition.notifications.get(message.notification)
        if notification is not None and message.case == ctx.case_id:
            due = from_text(message.due)
            expired = planner_of(ctx.process).expired(notification, due, ctx.now, case)
            hour = _hour_of_call(ctx, message)
            if hour is not None and hour <= max(due, ctx.now):
                expired = hour
            if expired is not None:
                yield clauses.EXPIRED(f"{message.name}: {to_text(expired)}")
            tells = message.notification in planner_of(ctx.process).decisions
            line = message.occurrence if tells and not ctx.subjects else ""
            if line.isdecimal() and is_replaced(ctx.process.definition, case, int(line)):
                yield clauses.REPLACED(message.name)


def _hour_of_call(ctx: Context, message: Message) -> datetime | None:
    """The hour of the sitting to which a mail calls, until which it is of use; else None."""
    hour = ctx.before.sittings.hours.get(message.occurrence)
    return None if hour is None or message.case is not None else from_text(hour)


def is_late(ctx: Context, message: Message) -> bool:
    hour = _hour_of_call(ctx, message)
    if hour is not None:
        return hour <= from_text(ctx.latest)
    notification = ctx.process.definition.notifications.get(message.notification)
    if notification is None:
        return False
    planner = planner_of(ctx.process)
    if message.stage == Stage.HELD and message.notification not in planner.expiring_unread:
        # A length of time counts from its release.
        return False
    case = None if ctx.case_id is None else ctx.case
    due = from_text(message.due)
    return planner.expiry(notification, due, case) <= from_text(ctx.latest)


def is_overtaken(ctx: Context, message: Message) -> bool:
    notification = ctx.process.definition.notifications.get(message.notification)
    if notification is None or not notification.at or message.sequence:
        return False
    return any(
        (earlier.notification, earlier.recipient) == (message.notification, message.recipient)
        and message.due < earlier.due <= ctx.latest
        and earlier.stage in (Stage.PLANNED, Stage.SENT, Stage.UNCERTAIN)
        for earlier in ctx.before.messages_of(ctx.case_id).values()
    )


class Planned(Struct, frozen=True, forbid_unknown_fields=True):
    due: Instant
    held: bool
    message: MessageName
    notification: Name
    occurrence: Name
    recipient: Name
    sequence: Natural

    @property
    def key(self) -> MailKey:
        return MailKey(self.notification, self.occurrence, self.recipient)

    def mail(self, case_id: str | None) -> Message:
        number, stage = int(self.message[2:]), Stage.HELD if self.held else Stage.PLANNED
        hours = self.due, self.due, stage.value
        return Message(number, case_id or "", *self.key, *hours, self.held, self.sequence)


class Plans:
    """The mails that the planner, asked again, plans at a line that plans."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._case = None if ctx.case_id is None else ctx.case
        self._planner = planner_of(ctx.process)
        is_asked = self._planner.writes_to_people
        people = ctx.before.people() if is_asked else ()
        self._people = tuple(addressees(ctx.process, people))
        self._wanted: dict[MailKey, Any] | None = None
        self._known = dict(ctx.before.messages_of(ctx.case_id))
        self._next = ctx.before.messages() + 1

    def judge(self, planned: Planned, notification: Notification | None) -> Iterator[Violation]:
        """What is not as it would be planned; no `notification`: an entry is taken back."""
        name, key, off = planned.message, planned.key, takes_back(planned.occurrence)
        if planned.held != (notification is not None and notification.held and not off):
            yield clauses.MAIL_HELD(name)
        if notification is not None and not off:
            readers = self._planner.readers(planned.notification, self._case, self._people)
            if planned.recipient not in readers:
                yield clauses.MAIL_READER(f"{name}: {planned.recipient}")
        before = self._known.get(key)
        if before is None:
            if name != f"M-{self._next:03d}":
                yield clauses.MAIL_NAME(f"{name} ≠ M-{self._next:03d}")
            self._next += 1
        elif before.stage != Stage.CANCELLED:
            yield clauses.MAIL_TWICE(f"{name}, {before.name}")
        elif name != before.name:
            yield clauses.MAIL_NAME(f"{name} ≠ {before.name}")
        # By itself the courier plans the next of what recurs, what counts from a mail that
        # has left, anew what it has in hand, and what follows from a form that it files.
        recurs = notification is not None and notification.recurs is not None
        files = self._case is not None and "desk" in self._ctx.filing_roles
        own = recurs or files or self._planner.is_set_by_sending(planned.notification)
        if self._ctx.actor == COURIER.pseudonym and before is None and not own:
            yield clauses.NO_CAUSE(name)
        if before is None or planned.due != before.due or planned.sequence != before.sequence:
            yield from self._hour(planned, again=before is not None)
        self._known[key] = planned.mail(self._ctx.case_id)

    def _hour(self, planned: Planned, *, again: bool) -> Iterator[Violation]:
        if planned.sequence:
            yield from self._entry(planned)
            return
        if self._wanted is None:
            if self._case is None:
                self._wanted = self._planner.contest_wide(self._ctx.now, self._people)
                if self._ctx.actor == COURIER.pseudonym:
                    self._wanted |= self._planner.digests(self._ctx.now, self._people)
            else:
                self._wanted = self._planner.reminders(self._case, self._people)
        expected = self._wanted.get(planned.key)
        if expected is None:
            expected = self._set_off(planned, again=again)
        if expected is None:
            yield clauses.MAIL_UNASKED(f"{planned.message}: {planned.notification}")
        elif to_text(expected) != planned.due:
            yield clauses.MAIL_HOUR(f"{planned.message}: {to_text(expected)} ≠ {planned.due}")

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

    def _entry(self, planned: Planned) -> Iterator[Violation]:
        """Tells of the update of a calendar entry that is not the next one, or has no cause."""
        name, off = planned.notification, takes_back(planned.occurrence)
        had = [
            (message.stage != Stage.CANCELLED, message.sequence, message.occurrence)
            for message in self._known.values()
            if (message.notification, message.recipient) == (name, planned.recipient)
        ]
        if not had:
            yield clauses.MAIL_UNASKED(f"{planned.message}: {name}")
            return
        # What was cancelled never reached anybody: its number alone is taken.
        sequence, last = max(key[1] for key in had), max(had)[2]
        event = self._event_of_entry(planned, last, off=off)
        if event is None:
            yield clauses.MAIL_UNASKED(f"{planned.message}: {name}")
        elif (planned.occurrence, planned.sequence) != (
            entry_occurrence(event, planned.sequence, off=off),
            sequence + 1,
        ):
            yield clauses.MAIL_ENTRY(f"{planned.message}: {planned.occurrence}")
        elif planned.due != self._ctx.at:
            yield clauses.MAIL_HOUR(f"{planned.message}: {self._ctx.at} ≠ {planned.due}")

    def _event_of_entry(self, planned: Planned, last: str, *, off: bool) -> str | None:
        """The date of an entry that an adoption or a move updates; or None."""
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


# More mails than these are shown by their names alone.
_MOST_PLANNED = 3

Why = Literal["state", "undone", "condition", "process", "recipient", "empty", "words", "sitting"]
"""Why a mail is cancelled."""


class AboutMails(Event, frozen=True):
    about: ClassVar[Literal["contest", "candidature", "either"]] = "either"
    makes: ClassVar[Move]
    says: ClassVar[tuple[str, str]]
    """The sentence that tells it, of one mail and of several."""

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The mails that it tells of."""

    @abstractmethod
    def only(self, name: str) -> Self:
        """The event as far as it tells of one of them."""

    def moves(self) -> Iterator[tuple[str, Move]]:
        """Each mail that was planned before, by name, with the move that it makes."""
        return ((name, self.makes) for name in self.names())

    def subject(self, ctx: Context) -> str:
        """The subject of its side row: what was said to someone enrolled is theirs."""
        if ctx.case_id is not None:
            return ctx.case_id
        message = ctx.before.message(self.names()[0])
        return CONTEST_SUBJECT if message is None else message.recipient

    def apply_to_mails(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        side = next(iter(sides.values()), None)
        for name, move in self.moves():
            message = state.messages[name]
            state.messages[name] = self.moved(message, move, line.at, side, recorded_after)

    def moved(
        self,
        message: Message,
        move: Move,
        at: str,
        side: Any,
        after: Callable[[Stage, Move], Stage] = after,
    ) -> Message:
        """A mail after a move. Raises: NotAllowed when it cannot make it at that stage."""
        due, sent = message.due, message.sent
        if move in (Move.RELEASE, Move.RESEND):
            # It is as if it had been meant for that hour.
            due = max(due, at)
        elif move in (Move.DELIVER, Move.SETTLE):
            # Of one that nobody was sure of, a person's word is the first that tells.
            sent = at
        elif move is Move.UNBOUNCE:
            sent = sent or at
        stage = after(Stage(message.stage), move).value
        return self.updated(replace(message, stage=stage, due=due, sent=sent), at, side)

    def updated(self, message: Message, at: str, side: Any) -> Message:
        return message

    def describe(self, line: Entry[Any], side: Any) -> Story:
        names = self.names()
        yield Phrase(self.says[0], {"names": ", ".join(names)}, self.says[1], len(names))
        yield from describe_reason(side)

    def moves_lawful(self, ctx: Context) -> Iterator[Violation]:
        """Tells of each mail that there is not, that is another's, or that cannot move so."""
        seen: dict[str, Stage] = {}
        for name, move in self.moves():
            message = ctx.before.message(name)
            if message is None:
                yield clauses.NO_MAIL(name)
            elif message.case != ctx.case_id:
                yield clauses.OTHER_MAIL(name)
            else:
                try:
                    before = seen.get(name, Stage(message.stage))
                    seen[name] = recorded_after(before, move)
                except NotAllowed as refused:
                    yield clauses.MAIL_MOVE(f"{name}: {refused}")


@register
class MessagesPlanned(AboutMails, frozen=True):
    kind = "messages_planned"
    tells = N_("mails are to leave at their hour")
    follows = True
    by_courier = True

    messages: Annotated[
        tuple[Planned, ...],
        doc(N_("for each: message, notification, occurrence, recipient, due, held, sequence")),
    ]

    def names(self) -> tuple[str, ...]:
        return tuple(planned.message for planned in self.messages)

    def moves(self) -> Iterator[tuple[str, Move]]:
        return iter(())

    def only(self, name: str) -> Self:
        return type(self)(tuple(message for message in self.messages if message.message == name))

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        if not self.messages:
            yield clauses.NOTHING()
        plans = Plans(ctx)
        for planned in self.messages:
            notification = ctx.process.definition.notifications.get(planned.notification)
            if notification is None:
                # Whoever was invited by a mail that is no more learns that the date is off.
                if takes_back(planned.occurrence) and ctx.before.adopted:
                    yield from plans.judge(planned, None)
                else:
                    yield clauses.NO_NOTIFICATION(planned.notification)
            elif (notification.about == "contest") != (ctx.case_id is None):
                yield clauses.MAIL_ABOUT(planned.message)
            else:
                yield from plans.judge(planned, notification)

    def apply_to_mails(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        for planned in self.messages:
            message = state.messages.get(planned.message)
            if message is not None:
                after(Stage(message.stage), Move.PLAN)
            state.plan(planned.mail(line.case))

    def describe(self, line: Entry[Any], side: Any) -> Story:
        if len(self.messages) > _MOST_PLANNED:
            singular, plural = nN_(
                "{count} mail planned: {names}", "{count} mails planned: {names}"
            )
            count = len(self.messages)
            values = {"count": count, "names": ", ".join(self.names())}
            yield Phrase(singular, values, plural, count)
            return
        for planned in self.messages:
            values = {
                "message": planned.message,
                "label": NotificationName(planned.notification),
                "when": When(planned.due),
            }
            yield Phrase(N_("mail planned: {message} {label}, {when}"), values)


CANCELLED_BECAUSE: Mapping[Why, str] = {
    "state": N_("the candidature has left the state in which it was of use"),
    "undone": N_("its decision was undone before anybody was told of it"),
    "condition": N_("its condition no longer holds"),
    "process": N_("the process has changed"),
    "recipient": N_("its reader has left, or has no address"),
    "empty": N_("there was nothing to tell"),
    "words": N_("what it says has changed since it was released"),
    "sitting": N_("the sitting was called anew since"),
}


class Several(AboutMails, frozen=True):
    messages: Annotated[tuple[MessageName, ...], doc(N_("the messages"))]

    def names(self) -> tuple[str, ...]:
        return self.messages

    def only(self, name: str) -> Self:
        return replace(self, messages=(name,))

    def may_several(self, ctx: Context) -> Iterator[Violation]:
        if not self.messages or len({*self.messages}) < len(self.messages):
            yield clauses.NOTHING(", ".join(self.messages))
        yield from self.moves_lawful(ctx)


@register
class MessagesCancelled(Several, frozen=True):
    kind = "messages_cancelled"
    tells = N_("mails will not leave")
    says = nN_("mail cancelled: {names}", "mails cancelled: {names}")
    makes = Move.CANCEL
    follows = True
    by_courier = True

    why: Annotated[
        Why,
        doc(
            N_(
                "state: it was left; undone: the decision was, before anybody was told; condition: "
                "no longer holds; process: it changed; recipient: gone; empty: nothing to tell; "
                "words: they changed since they were released; sitting: it was "
                "called anew"
            )
        ),
    ]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from self.may_several(ctx)
        by_courier = ctx.actor == COURIER.pseudonym
        for message in filter(None, map(ctx.before.message, self.messages)):
            early = by_courier and message.due > ctx.latest
            # A mail that it has sent moves the hour of what counts from that mail.
            moved = early and planner_of(ctx.process).is_set_by_sending(message.notification)
            if early and not moved:
                yield clauses.TOO_EARLY(f"{message.name}: {message.due}")
            is_asked = (
                self.why in ("state", "undone")
                and ctx.case_id is not None
                and (moved or not by_courier)
            )
            if is_asked and is_of_use(ctx, message):
                yield clauses.OF_USE(message.name)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield from super().describe(line, side)
        yield Phrase(CANCELLED_BECAUSE[self.why])


@register
class MessagesReleased(AboutMails, frozen=True):
    kind = "messages_released"
    tells = N_("a person has read mails that waited for it, and lets them leave")
    says = nN_("mail released: {names}", "mails released: {names}")
    makes = Move.RELEASE
    private = Reason

    words: Annotated[
        Mapping[MessageName, Hash],
        doc(N_("the SHA-256 of what was read, calendar entry included, by message")),
    ]

    def names(self) -> tuple[str, ...]:
        return tuple(self.words)

    def only(self, name: str) -> Self:
        return type(self)({name: self.words[name]})

    def updated(self, message: Message, at: str, side: Any) -> Message:
        # Whoever releases one that nobody had to read first has read it.
        read = self.words[message.name]
        return replace(message, read=read, next_at=message.due, held=True)

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from clauses.by_desk(ctx)
        if not self.words:
            yield clauses.NOTHING()
        yield from self.moves_lawful(ctx)
        for message in filter(None, map(ctx.before.message, self.words)):
            if message.read not in ("", self.words[message.name]):
                yield clauses.EDITED(message.name)
        yield from of_no_more_use(ctx, self.words)


@register
class MessagesExpired(Several, frozen=True):
    kind = "messages_expired"
    tells = N_("mails that could not leave in time, and never will")
    says = nN_("mail expired: {names}", "mails expired: {names}")
    makes = Move.EXPIRE

    why: Annotated[
        Literal["late", "overtaken"],
        doc(N_("late: no more use; overtaken: a later one of its kind leaves")),
    ]

    def updated(self, message: Message, at: str, side: Any) -> Message:
        """A mail with the instant at which it was of no more use; one overtaken keeps its hour."""
        return replace(message, next_at=at if self.why == "late" else message.due)

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from clauses.by_courier(ctx)
        yield from self.may_several(ctx)
        for name in self.messages:
            message = ctx.before.message(name)
            if message is not None and message.case == ctx.case_id:
                over = is_late if self.why == "late" else is_overtaken
                if not over(ctx, message):
                    yield clauses.OF_USE(name)
