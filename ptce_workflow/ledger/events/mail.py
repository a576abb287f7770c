"""Mails: planned as the process says, cancelled, released, and what became of each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.base.encoding import from_text, to_text
from ptce_workflow.base.words import N_, nN_
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import (
    CONTEST_SUBJECT,
    Breach,
    Context,
    Entry,
    Event,
    Hash,
    Instant,
    MessageName,
    Name,
    Natural,
    NotificationName,
    Say,
    Sides,
    Story,
    When,
    doc,
    enter,
)
from ptce_workflow.ledger.state import COURIER, ContestState, Message, told_after
from ptce_workflow.process.letters.definition import Notification
from ptce_workflow.process.letters.outbox import Move, NotAllowed, Stage, after
from ptce_workflow.process.letters.planning import Slot, planner_of
from ptce_workflow.process.letters.recipients import Addressee

# More mails than these are told by their names alone.
_MOST_PLANNED = 3

_SEVERAL = doc(N_("the messages"))

Why = Literal["state", "condition", "process", "recipient", "empty", "words"]
"""Why a mail is cancelled."""


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
    def slot(self) -> Slot:
        """The slot that tells it from the others about the same candidature."""
        return Slot(self.notification, self.occurrence, self.recipient)


class AboutMails(Event, frozen=True):
    """An event that tells of mails about one candidature, or about the contest."""

    about: ClassVar[Literal["contest", "candidature", "either"]] = "either"

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The mails that it tells of."""

    @abstractmethod
    def only(self, name: str) -> Self:
        """The event as far as it tells of one of them."""

    def moves(self) -> Iterator[tuple[str, Move]]:
        """Each mail that was planned before, by name, with the move that it makes."""
        return iter(())

    def subject(self, ctx: Context) -> str:
        """The subject of its side row: what was said to someone enrolled is theirs."""
        if ctx.case_id is not None:
            return ctx.case_id
        message = ctx.before.message(self.names()[0])
        return CONTEST_SUBJECT if message is None else message.slot.recipient

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        """Moves each mail, and counts as a change of the candidature."""
        for name, move in self.moves():
            message = state.messages[name]
            # Once released or sent again, it is as if it had been meant for that hour.
            late = move in (Move.RELEASE, Move.RESEND)
            due = max(message.due, line.at) if late else message.due
            stage = told_after(message.stage, move)
            state.messages[name] = self.kept(replace(message, stage=stage, due=due))
        Event.apply(self, state, line, sides)

    def kept(self, message: Message) -> Message:
        """A mail with what else the event says of it."""
        return message

    def moves_lawful(self, ctx: Context) -> Iterator[Breach]:
        """Tells of each mail that there is not, that is another's, or that cannot move so."""
        seen: dict[str, Stage] = {}
        for name, move in self.moves():
            message = ctx.before.message(name)
            if message is None:
                yield law.NO_MAIL(name)
            elif message.case != ctx.case_id:
                yield law.OTHER_MAIL(name)
            else:
                try:
                    seen[name] = told_after(seen.get(name, message.stage), move)
                except NotAllowed as refused:
                    yield law.NOT_PENDING(f"{name}: {refused}")


@enter
class MessagesPlanned(AboutMails, frozen=True):
    """Mails that follow from what happens, in the transaction that makes it so."""

    kind = "messages_planned"
    tells = N_("mails are to leave at their hour")
    follows = True
    by_courier = True

    messages: Annotated[
        tuple[Planned, ...],
        doc(N_("for each: message, notification, occurrence, recipient, due, held, sequence")),
    ]

    def names(self) -> tuple[str, ...]:
        """The mails that are planned."""
        return tuple(planned.message for planned in self.messages)

    def only(self, name: str) -> Self:
        """The plan of one of them."""
        return type(self)(tuple(one for one in self.messages if one.message == name))

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells each mail that the planner, asked again, would not plan so."""
        if not self.messages:
            yield law.NOTHING()
        plans = _Plans(ctx)
        for planned in self.messages:
            known = ctx.process.definition.notifications.get(planned.notification)
            if known is None:
                yield law.NO_NOTIFICATION(planned.notification)
            elif (known.about == "contest") != (ctx.case_id is None):
                yield law.MAIL_ABOUT(planned.message)
            else:
                yield from plans.judge(planned, known)

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        """Plans each mail; one that was cancelled, again under its name."""
        for planned in self.messages:
            known = state.messages.get(planned.message)
            if known is not None:
                after(known.stage, Move.PLAN)
            state.plan(
                Message(
                    planned.message,
                    line.case,
                    planned.slot,
                    planned.due,
                    planned.held,
                    planned.sequence,
                    Stage.HELD if planned.held else Stage.PLANNED,
                )
            )
        Event.apply(self, state, line, sides)

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Each mail with its hour, or their names where there are many."""
        if len(self.messages) > _MOST_PLANNED:
            one, several = nN_("{count} mail planned: {names}", "{count} mails planned: {names}")
            count = len(self.messages)
            yield Say(one, {"count": count, "names": ", ".join(self.names())}, several, count)
            return
        for planned in self.messages:
            yield Say(
                N_("mail planned: {message} {label}, {when}"),
                {
                    "message": planned.message,
                    "label": NotificationName(planned.notification),
                    "when": When(planned.due),
                },
            )


class _Plans:
    """The mails that the planner, asked again, plans at a line that plans."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._case = None if ctx.case_id is None else ctx.case
        self._planner = planner_of(ctx.process)
        self._people = tuple(_addressees(ctx)) if self._planner.writes_to_people else ()
        self._wanted: Mapping[Slot, Any] | None = None
        self._known = dict(ctx.before.messages_of(ctx.case_id))
        self._next = ctx.before.messages() + 1

    def judge(self, planned: Planned, known: Notification) -> Iterator[Breach]:
        """Tells what of a planned mail is not as it would be planned."""
        name, slot = planned.message, planned.slot
        if planned.held != known.held:
            yield law.MAIL_HELD(name)
        if planned.recipient not in known.recipients.about(self._case).among(self._people):
            yield law.MAIL_READER(f"{name}: {planned.recipient}")
        before = self._known.get(slot)
        if before is None:
            if name != f"M-{self._next:03d}":
                yield law.MAIL_NAME(f"{name} ≠ M-{self._next:03d}")
            self._next += 1
        elif before.stage is not Stage.CANCELLED:
            yield law.MAIL_TWICE(f"{name}, {before.name}")
        elif name != before.name:
            yield law.MAIL_NAME(f"{name} ≠ {before.name}")
        # By itself the courier plans the next of what leaves daily, what counts from a mail that
        # has left, and anew what it has in hand.
        own = known.daily or self._planner.is_set_by_sending(planned.notification)
        if self._ctx.actor == COURIER.pseudonym and before is None and not own:
            yield law.NO_CAUSE(name)
        if before is None or planned.due != before.due or planned.sequence != before.sequence:
            yield from self._hour(planned, known, again=before is not None)
        stage = Stage.HELD if planned.held else Stage.PLANNED
        self._known[slot] = Message(
            name, self._ctx.case_id, slot, planned.due, planned.held, planned.sequence, stage
        )

    def _hour(self, planned: Planned, known: Notification, *, again: bool) -> Iterator[Breach]:
        """Tells of a mail that nothing asks for, or asks for at another hour."""
        if planned.sequence:
            yield from self._entry(planned, known)
            return
        expected = self._reminders().get(planned.slot)
        if expected is None:
            expected = self._set_off(planned, again=again)
        if expected is None:
            yield law.MAIL_UNASKED(f"{planned.message}: {planned.notification}")
        elif to_text(expected) != planned.due:
            yield law.MAIL_HOUR(f"{planned.message}: {to_text(expected)} ≠ {planned.due}")

    def _reminders(self) -> Mapping[Slot, Any]:
        if self._wanted is None:
            if self._case is None:
                self._wanted = self._planner.contest_wide(self._ctx.now, self._people)
            else:
                self._wanted = self._planner.reminders(self._case, self._people)
        return self._wanted

    def _set_off(self, planned: Planned, *, again: bool) -> Any:
        """When a mail leaves that a line of this very act sets off, or set off before."""
        if self._case is None or not planned.occurrence.isdecimal():
            return None
        mails = self._ctx.before.set_off_about(self._case.id).get(int(planned.occurrence), ())
        if not again and planned.notification not in mails:
            return None
        return self._planner.set_off_at(planned.notification, self._case, self._ctx.now)

    def _entry(self, planned: Planned, known: Notification) -> Iterator[Breach]:
        """The update of a calendar entry: only by an adoption, the next one, at once."""
        before = [
            message.sequence
            for slot, message in self._known.items()
            if (slot.notification, slot.recipient) == (planned.notification, planned.recipient)
        ]
        occurrence = f"{known.event} {planned.sequence}"
        if not self._ctx.before.adopting or not before:
            yield law.MAIL_UNASKED(f"{planned.message}: {planned.notification}")
        elif planned.occurrence != occurrence or planned.sequence != max(before) + 1:
            yield law.MAIL_ENTRY(f"{planned.message}: {planned.occurrence}")
        elif planned.due != self._ctx.at:
            yield law.MAIL_HOUR(f"{planned.message}: {self._ctx.at} ≠ {planned.due}")


def _addressees(ctx: Context) -> Iterator[Addressee]:
    """Those to whom mails could be written; whose address was erased may have had one."""
    for one in ctx.before.people():
        if one.active and (not one.private or one.private.get("email")):
            yield Addressee(one.pseudonym, one.roles, one.institution)


_CANCELLED = {
    "state": N_("the candidature has left the state in which it was of use"),
    "condition": N_("its condition no longer holds"),
    "process": N_("the process has changed"),
    "recipient": N_("its reader has left, or has no address"),
    "empty": N_("there was nothing to tell"),
    "words": N_("what it says has changed since it was released"),
}


class Several(AboutMails, frozen=True):
    """An event that makes the same of several mails."""

    messages: Annotated[tuple[MessageName, ...], _SEVERAL]

    def names(self) -> tuple[str, ...]:
        """The mails that it tells of."""
        return self.messages

    def only(self, name: str) -> Self:
        """The event as far as it tells of one of them."""
        return replace(self, messages=(name,))

    def may_several(self, ctx: Context) -> Iterator[Breach]:
        """Tells of mails named twice, or none at all, and of moves that cannot be."""
        if not self.messages or len({*self.messages}) < len(self.messages):
            yield law.NOTHING(", ".join(self.messages))
        yield from self.moves_lawful(ctx)


@enter
class MessagesCancelled(Several, frozen=True):
    """Mails that are of no use any more, by what has happened or by how they stand."""

    kind = "messages_cancelled"
    tells = N_("mails will not leave")
    follows = True
    by_courier = True

    why: Annotated[
        Why,
        doc(
            N_(
                "state: it was left; condition: no longer holds; process: it changed; recipient: "
                "gone; empty: nothing to tell; words: they changed since they were released"
            )
        ),
    ]

    def moves(self) -> Iterator[tuple[str, Move]]:
        """Each of them is cancelled."""
        return ((name, Move.CANCEL) for name in self.messages)

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of mails that could not be stopped, or were still of use."""
        yield from self.may_several(ctx)
        by_courier = ctx.actor == COURIER.pseudonym
        for message in filter(None, map(ctx.before.message, self.messages)):
            early = by_courier and message.due > ctx.latest
            # A mail that it has sent moves the hour of what counts from that mail.
            moved = early and planner_of(ctx.process).is_set_by_sending(message.slot.notification)
            if early and not moved:
                yield law.TOO_EARLY(f"{message.name}: {message.due}")
            asked = self.why == "state" and ctx.case_id is not None and (moved or not by_courier)
            if asked and _is_of_use(ctx, message):
                yield law.OF_USE(message.name)

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Their names, and why."""
        one, several = nN_("mail cancelled: {names}", "mails cancelled: {names}")
        yield Say(one, {"names": ", ".join(self.messages)}, several, len(self.messages))
        yield Say(_CANCELLED[self.why])


def _is_of_use(ctx: Context, message: Message) -> bool:
    """Tells a mail that the planner, asked again, would leave as it is planned."""
    case, planner = ctx.case, planner_of(ctx.process)
    notification = ctx.process.definition.notifications.get(message.slot.notification)
    if notification is None or (notification.in_ and case.state not in notification.in_):
        return False
    people = tuple(_addressees(ctx))
    if message.slot.recipient not in notification.recipients.about(case).among(people):
        return False
    if notification.at and not message.sequence:
        due = planner.reminders(case, people).get(message.slot)
        return due is not None and to_text(due) == message.due
    if message.slot.occurrence.isdecimal() and message.held == notification.held:
        due = planner.set_off_at(message.slot.notification, case, ctx.now)
        return max(to_text(due), message.due) <= ctx.at or to_text(due) == message.due
    return False


@enter
class MessagesReleased(AboutMails, frozen=True):
    """Mails that a person has read and lets leave, in those words."""

    kind = "messages_released"
    tells = N_("a person has read mails that were held, and lets them leave")

    words: Annotated[
        Mapping[MessageName, Hash],
        doc(N_("the SHA-256 of what was read, calendar entry included, by message")),
    ]

    def names(self) -> tuple[str, ...]:
        """The mails that are released."""
        return tuple(self.words)

    def only(self, name: str) -> Self:
        """The release of one of them."""
        return type(self)({name: self.words[name]})

    def moves(self) -> Iterator[tuple[str, Move]]:
        """Each of them is released."""
        return ((name, Move.RELEASE) for name in self.words)

    def kept(self, message: Message) -> Message:
        """A mail with the words that it is to say."""
        return replace(message, words=self.words[message.name])

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of anyone but the desk, of mails not held, and of other words than were edited."""
        if "desk" not in ctx.roles:
            yield law.DESK(ctx.actor)
        if not self.words:
            yield law.NOTHING()
        yield from self.moves_lawful(ctx)
        for message in filter(None, map(ctx.before.message, self.words)):
            if message.words not in ("", self.words[message.name]):
                yield law.EDITED(message.name)

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Their names."""
        one, several = nN_("mail released: {names}", "mails released: {names}")
        yield Say(one, {"names": ", ".join(self.words)}, several, len(self.words))


def by_courier_alone(ctx: Context) -> Iterator[Breach]:
    """Tells of anyone but the courier."""
    if ctx.actor != COURIER.pseudonym:
        yield law.COURIER(ctx.actor)


@enter
class MessagesExpired(Several, frozen=True):
    """Mails that did not leave in time."""

    kind = "messages_expired"
    tells = N_("mails that could not leave in time, and never will")

    why: Annotated[
        Literal["late", "overtaken"],
        doc(N_("late: no more use; overtaken: a later one of its kind leaves")),
    ]

    def moves(self) -> Iterator[tuple[str, Move]]:
        """Each of them expires."""
        return ((name, Move.EXPIRE) for name in self.messages)

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of mails that could still leave."""
        yield from by_courier_alone(ctx)
        yield from self.may_several(ctx)
        for name in self.messages:
            message = ctx.before.message(name)
            if message is not None and message.case == ctx.case_id:
                over = _is_late if self.why == "late" else _is_overtaken
                if not over(ctx, message):
                    yield law.OF_USE(name)

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Their names."""
        one, several = nN_("mail expired: {names}", "mails expired: {names}")
        yield Say(one, {"names": ", ".join(self.messages)}, several, len(self.messages))


def _is_late(ctx: Context, message: Message) -> bool:
    """Tells a mail that is of no more use by the hour of the line."""
    notification = ctx.process.definition.notifications.get(message.slot.notification)
    if notification is None:
        return False
    case = None if ctx.case_id is None else ctx.case
    due = from_text(message.due)
    return planner_of(ctx.process).expiry(notification, due, case) <= from_text(ctx.latest)


def _is_overtaken(ctx: Context, message: Message) -> bool:
    """Tells a reminder of which a later one is due as well."""
    notification = ctx.process.definition.notifications.get(message.slot.notification)
    if notification is None or not notification.at or message.sequence:
        return False
    return any(
        (slot.notification, slot.recipient) == (message.slot.notification, message.slot.recipient)
        and message.due < other.due <= ctx.latest
        and other.stage in (Stage.PLANNED, Stage.SENT, Stage.UNCERTAIN)
        for slot, other in ctx.before.messages_of(ctx.case_id).items()
    )
