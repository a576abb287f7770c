"""Mails: planned as the process says, cancelled, released, and what became of each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from msgspec.structs import replace

from ptce_workflow.base.words import N_, nN_
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import (
    CONTEST_SUBJECT,
    Breach,
    Context,
    Entry,
    Event,
    Hash,
    MessageName,
    NotificationName,
    Reason,
    Say,
    Sides,
    Story,
    When,
    doc,
    enter,
    reason_told,
)
from ptce_workflow.ledger.events.planned import Planned, Plans
from ptce_workflow.ledger.events.usefulness import (
    is_late,
    is_of_use,
    is_overtaken,
    of_no_more_use,
)
from ptce_workflow.ledger.state import COURIER, ContestState
from ptce_workflow.process.letters.message import Message
from ptce_workflow.process.letters.outbox import Move, NotAllowed, Stage, after, recorded_after
from ptce_workflow.process.letters.planning import planner_of, takes_back

# More mails than these are told by their names alone.
_MOST_PLANNED = 3

_SEVERAL = doc(N_("the messages"))

Why = Literal["state", "undone", "condition", "process", "recipient", "empty", "words", "sitting"]
"""Why a mail is cancelled."""


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
        return CONTEST_SUBJECT if message is None else message.recipient

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        """Moves each mail, and counts as a change of the candidature."""
        side = next(iter(sides.values()), None)
        for name, move in self.moves():
            message = state.messages[name]
            state.messages[name] = self.moved(message, move, line.at, side, recorded_after)
        Event.apply(self, state, line, sides)

    def moved(
        self,
        message: Message,
        move: Move,
        at: str,
        side: Any,
        after: Callable[[Stage, Move], Stage] = after,
    ) -> Message:
        """A mail after a move that the event makes at an instant.

        *Raises* NotAllowed when a mail at that stage cannot make it.
        """
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
        return self.kept(replace(message, stage=stage, due=due, sent=sent), at, side)

    def kept(self, message: Message, at: str, side: Any) -> Message:
        """A mail that has moved, with what else the event says of it."""
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
                    before = seen.get(name, Stage(message.stage))
                    seen[name] = recorded_after(before, move)
                except NotAllowed as refused:
                    yield law.MAIL_MOVE(f"{name}: {refused}")


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
        plans = Plans(ctx)
        for planned in self.messages:
            known = ctx.process.definition.notifications.get(planned.notification)
            if known is None:
                # Whoever was invited by a mail that is no more is told that the date is off.
                if takes_back(planned.occurrence) and ctx.before.adopted:
                    yield from plans.judge(planned, None)
                else:
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
                after(Stage(known.stage), Move.PLAN)
            state.plan(planned.mail(line.case))
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


_CANCELLED = {
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
                "state: it was left; undone: the decision was, before anybody was told; condition: "
                "no longer holds; process: it changed; recipient: gone; empty: nothing to tell; "
                "words: they changed since they were released; sitting: it was "
                "called anew"
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
            moved = early and planner_of(ctx.process).is_set_by_sending(message.notification)
            if early and not moved:
                yield law.TOO_EARLY(f"{message.name}: {message.due}")
            asked = (
                self.why in ("state", "undone")
                and ctx.case_id is not None
                and (moved or not by_courier)
            )
            if asked and is_of_use(ctx, message):
                yield law.OF_USE(message.name)

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Their names, and why."""
        one, several = nN_("mail cancelled: {names}", "mails cancelled: {names}")
        yield Say(one, {"names": ", ".join(self.messages)}, several, len(self.messages))
        yield Say(_CANCELLED[self.why])


@enter
class MessagesReleased(AboutMails, frozen=True):
    """Mails that a person has read and lets leave, in those words."""

    kind = "messages_released"
    tells = N_("a person has read mails that were held, and lets them leave")
    private = Reason

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

    def kept(self, message: Message, at: str, side: Any) -> Message:
        """A mail with the words that it is to say, looked at at its hour."""
        return replace(message, read=self.words[message.name], next_at=message.due)

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of anyone but the desk, of mails not held, and of other words than were edited."""
        yield from law.by_desk(ctx)
        if not self.words:
            yield law.NOTHING()
        yield from self.moves_lawful(ctx)
        for message in filter(None, map(ctx.before.message, self.words)):
            if message.read not in ("", self.words[message.name]):
                yield law.EDITED(message.name)
        yield from of_no_more_use(ctx, self.words)

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Their names."""
        one, several = nN_("mail released: {names}", "mails released: {names}")
        yield Say(one, {"names": ", ".join(self.words)}, several, len(self.words))
        yield from reason_told(side)


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

    def kept(self, message: Message, at: str, side: Any) -> Message:
        """A mail with the instant at which it was of no more use; one overtaken keeps its hour."""
        return replace(message, next_at=at if self.why == "late" else message.due)

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of mails that could still leave."""
        yield from by_courier_alone(ctx)
        yield from self.may_several(ctx)
        for name in self.messages:
            message = ctx.before.message(name)
            if message is not None and message.case == ctx.case_id:
                over = is_late if self.why == "late" else is_overtaken
                if not over(ctx, message):
                    yield law.OF_USE(name)

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Their names."""
        one, several = nN_("mail expired: {names}", "mails expired: {names}")
        yield Say(one, {"names": ", ".join(self.messages)}, several, len(self.messages))
