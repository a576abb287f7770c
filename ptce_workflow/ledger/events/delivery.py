"""Events of a mail's delivery: sent, failed, uncertain, resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from msgspec import UNSET, UnsetType, field
from msgspec.structs import replace

from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import N_
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import (
    Context,
    Count,
    Entry,
    Hash,
    Instant,
    MessageName,
    Name,
    Natural,
    NotificationName,
    Past,
    Phrase,
    Reason,
    Side,
    Sides,
    Story,
    Violation,
    When,
    Whole,
    describe_reason,
    doc,
    register,
)
from ptce_workflow.ledger.events.facts import Evidence, describe_evidence
from ptce_workflow.ledger.events.mail import AboutMails, of_no_more_use
from ptce_workflow.ledger.state import ContestState
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.letters.message import (
    HAVE_LEFT,
    REWRITTEN,
    MailKey,
    Message,
    Move,
    Stage,
)
from ptce_workflow.process.letters.planning import planner_of
from ptce_workflow.process.model.notification import CONTACT, DESK_LETTER, Notification

MOST_TRIES_IN_DOUBT = 3
"""Whoever has not heard so often whether a mail was taken asks a person, before a mailbox fills."""


def is_sent_again(notification: Notification | None, attempts: int) -> bool:
    harmless = notification is not None and notification.uncertain == "resend"
    return harmless and attempts < MOST_TRIES_IN_DOUBT


Outcome = Literal["sent", "resend", "dropped", "held"]
MOVES: Mapping[Outcome, Move] = {
    "sent": Move.SETTLE,
    "resend": Move.RESEND,
    "dropped": Move.DROP,
    "held": Move.RESTORE,
}
"""The move of a mail, by what a person says of it."""


_ONE = doc(N_("the message"))
_TRIES = doc(N_("how many times it was tried"))
_BYTES = doc(N_("the hash of the mail's bytes"))


class Answered(Side, frozen=True):
    to: Annotated[str | UnsetType, doc(N_("the address to which it went"))] = UNSET
    said: Annotated[str | UnsetType, doc(N_("what the mail server answered"))] = UNSET


class AboutOneMail(AboutMails, frozen=True):
    message: Annotated[MessageName, _ONE]

    def names(self) -> tuple[str, ...]:
        return (self.message,)

    def only(self, name: str) -> Self:
        return self

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        """What a person decides of it; the courier tells the rest, see `Attempted`."""
        yield from clauses.by_desk(ctx)
        yield from self.moves_lawful(ctx)


class Attempted(AboutOneMail, frozen=True):
    """What became of a try: the courier tells it, with what the server answered."""

    private = Answered
    leaves: ClassVar[bool] = True
    """True when it reached a server: then the address is known."""

    attempts: Annotated[Natural, _TRIES]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from clauses.by_courier(ctx)
        message = ctx.before.message(self.message)
        if message is not None and message.due > ctx.latest:
            yield clauses.TOO_EARLY(f"{self.message}: {message.due}")
        side = next(iter(ctx.sides.values()), None)
        unaddressed = self.leaves and isinstance(side, Answered) and side.to is UNSET
        if not ctx.subjects or unaddressed:
            yield clauses.NOT_TOLD(self.message)
        yield from self.moves_lawful(ctx)

    def updated(self, message: Message, at: str, side: Any) -> Message:
        answer, attempts = side if isinstance(side, Answered) else Answered(), self.attempts
        return replace(
            message,
            next_at=at if attempts else message.next_at,
            attempts=attempts,
            said=answer.said or "",
            address=answer.to or message.address,
            sha256=getattr(self, "sha256", message.sha256),
        )

    def answer(self, side: Any) -> Story:
        if isinstance(side, Answered) and isinstance(side.said, str):
            yield Phrase(N_("answer: {said}"), {"said": side.said})


@register
class MessageSent(Attempted, frozen=True):
    kind = "message_sent"
    makes = Move.DELIVER
    tells = N_("the mail server has taken a mail")

    attempts: Annotated[Count, _TRIES]
    notification: Annotated[Name, doc(N_("which mail it is"))]
    sha256: Annotated[Hash, _BYTES]
    attached: Annotated[
        tuple[Hash, ...] | UnsetType,
        doc(N_("the SHA-256 of each attachment, in order; left out where it has none")),
    ] = UNSET

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        return case.counting(self.notification, from_text(line.at)).but(version=line.n)

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from super().validate_new(ctx)
        message = ctx.before.message(self.message)
        if message is None or message.notification != self.notification:
            yield clauses.ANOTHER_MAIL(self.notification)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        """Which mail; a server that takes one says nothing of interest."""
        values = {"message": self.message, "label": NotificationName(self.notification)}
        yield Phrase(N_("mail sent: {message} {label}"), values)


@register
class MessageFailed(Attempted, frozen=True):
    kind = "message_failed"
    makes = Move.REFUSE
    tells = N_("a mail cannot be delivered; a person has to look")
    leaves = False

    code: Annotated[Whole | None, doc(N_("the server's code, or null"))]

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(N_("mail failed: {message}"), {"message": self.message})
        yield from self.answer(side)


@register
class MessageUncertain(Attempted, frozen=True):
    kind = "message_uncertain"
    tells = N_("nobody knows whether the mail server has taken a mail")

    attempts: Annotated[Count, _TRIES]
    resent: Annotated[
        bool, doc(N_("whether it is sent again by itself, under the same Message-ID"))
    ]
    sha256: Annotated[Hash, _BYTES]

    def moves(self) -> Iterator[tuple[str, Move]]:
        yield self.message, Move.DOUBT
        if self.resent:
            yield self.message, Move.RESEND

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from super().validate_new(ctx)
        message = ctx.before.message(self.message)
        if message is not None:
            notification = ctx.process.definition.notifications.get(message.notification)
            if is_sent_again(notification, self.attempts) != self.resent:
                yield clauses.COPIES(self.message)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(N_("mail uncertain: {message}"), {"message": self.message})
        if self.resent:
            yield Phrase(N_("it is sent again"))
        yield from self.answer(side)


def counted_since(
    before: Past, case_id: str | None, notification: str, *, without: str = "", arrived: str = ""
) -> str | None:
    """When a mail was last sent, counting one as come back or another as arrived; or None."""
    if case_id is None:
        return None
    stand = [
        message.sent
        for message in before.messages_of(case_id).values()
        if message.notification == notification
        and message.sent
        and (message.stage == Stage.SENT or message.name == arrived)
        and message.name != without
    ]
    return max(stand, default=None)


@register
class MessageBounced(AboutOneMail, frozen=True):
    """A mail has come back, by a report that the courier read or by a person's word.

    A person alone says that this was an error.
    """

    kind = "message_bounced"
    tells = N_("a mail came back, or a person says that it did arrive after all")
    private = Reason

    back: Annotated[bool, doc(N_("true: it came back; false: it did arrive after all"))]
    notification: Annotated[Name, doc(N_("which mail it is"))]
    since: Annotated[
        Instant | None,
        doc(N_("since when that mail counts as sent to the candidature now; null: it does not")),
    ]
    evidence: Annotated[
        Evidence | UnsetType,
        doc(N_("where a report says so: the SHA-256 and the bytes of the report; else left out")),
    ] = UNSET

    @classmethod
    def of(
        cls, before: Past, message: Message, *, back: bool, evidence: Evidence | UnsetType = UNSET
    ) -> Self:
        kind = message.notification
        named = {"without" if back else "arrived": message.name}
        since = counted_since(before, message.case, kind, **named)
        return cls(message.name, back, kind, since, evidence)

    def moves(self) -> Iterator[tuple[str, Move]]:
        yield self.message, Move.BOUNCE if self.back else Move.UNBOUNCE

    def updated(self, message: Message, at: str, side: Any) -> Message:
        return replace(message, said=side.reason if isinstance(side, Reason) else "")

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        since = None if self.since is None else from_text(self.since)
        return case.counting(self.notification, since).but(version=line.n)

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        if self.evidence is UNSET:
            yield from clauses.by_desk(ctx)
        else:
            yield from clauses.by_courier(ctx)
        yield from self.moves_lawful(ctx)
        is_explained = self.back and self.evidence is UNSET
        if not is_explained and not ctx.subjects:
            yield clauses.REASON(self.message)
        message = ctx.before.message(self.message)
        if message is None or message.case != ctx.case_id:
            return
        expected = type(self).of(ctx.before, message, back=self.back)
        if expected.notification != self.notification:
            yield clauses.ANOTHER_MAIL(self.notification)
        elif expected.since != self.since:
            yield clauses.MAIL_SINCE(f"{expected.since or '–'} ≠ {self.since or '–'}")

    def describe(self, line: Entry[Any], side: Any) -> Story:
        values = {"message": self.message, "label": NotificationName(self.notification)}
        came = N_("mail came back: {message} {label}")
        yield Phrase(came if self.back else N_("mail did arrive: {message} {label}"), values)
        if self.since is not None:
            yield Phrase(N_("it counts as sent on {when}"), {"when": When(self.since)})
        yield from describe_reason(side)
        yield from describe_evidence(self.evidence)


@register
class MessageWritten(AboutOneMail, frozen=True):
    """A letter of the desk to one reader: it is held, and its words follow as those of an edit."""

    kind = "message_written"
    tells = N_("the desk writes a letter of its own to one reader, and reads it before it leaves")

    recipient: Annotated[
        Name, doc(N_("contact, where it is about a candidature; else the pseudonym of a person"))
    ]
    corrects: Annotated[
        MessageName | UnsetType, doc(N_("the mail that left, and that it corrects; else left out"))
    ] = UNSET

    def planned(self, n: int, case_id: str | None, at: str) -> Message:
        key = MailKey(DESK_LETTER, str(n), self.recipient)
        stage = Stage.HELD.value
        return Message(int(self.message[2:]), case_id or "", *key, at, at, stage, held=True)

    def moves(self) -> Iterator[tuple[str, Move]]:
        return iter(())

    def apply_to_mails(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        state.plan(self.planned(line.n, line.case, line.at))

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from clauses.by_desk(ctx)
        expected = f"M-{ctx.before.messages() + 1:03d}"
        if self.message != expected:
            yield clauses.MAIL_NAME(f"{self.message} ≠ {expected}")
        readers = {CONTACT}
        if ctx.case_id is None:
            readers = {person.pseudonym for person in ctx.before.people() if person.active}
        if self.recipient not in readers:
            yield clauses.LETTER_READER(f"{self.message}: {self.recipient}")
        if self.corrects is not UNSET:
            yield from self._correction(ctx, self.corrects)

    def _correction(self, ctx: Context, corrects: str) -> Iterator[Violation]:
        before = ctx.before.message(corrects)
        if before is None:
            yield clauses.NO_MAIL(corrects)
        elif (before.case, before.recipient) != (ctx.case_id, self.recipient):
            yield clauses.OTHER_MAIL(corrects)
        elif before.stage not in HAVE_LEFT:
            yield clauses.CORRECTS(f"{corrects}: {before.stage}")

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(N_("letter written: {message}"), {"message": self.message})
        if self.corrects is not UNSET:
            yield Phrase(N_("it corrects {message}"), {"message": self.corrects})


@register
class MessageEdited(AboutOneMail, frozen=True):
    kind = "message_edited"
    makes = Move.EDIT
    tells = N_("a person has rewritten a mail that is held, for its one reader")
    private = Reason

    words: Annotated[Hash, doc(N_("the SHA-256 of what it says now, calendar entry included"))]

    def updated(self, message: Message, at: str, side: Any) -> Message:
        return replace(message, read=self.words, words=REWRITTEN)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(N_("mail rewritten: {message}"), {"message": self.message})
        yield from describe_reason(side)


@register
class MessageDropped(AboutOneMail, frozen=True):
    kind = "message_dropped"
    makes = Move.DISCARD
    tells = N_("a person has read a mail that is held, and it never leaves")
    private = Reason

    told: Annotated[bool, doc(N_("whether its reader was told otherwise, as the reason says"))]

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from super().validate_new(ctx)
        if not ctx.subjects:
            yield clauses.REASON(self.message)
        message = ctx.before.message(self.message)
        if message is None or self.told or ctx.case_id is None:
            return
        planner, name = planner_of(ctx.process), message.notification
        # A decision that stands no more need not be sent.
        if name in planner.decisions and not planner.is_left(name, ctx.case):
            yield clauses.DECISION_TOLD(self.message)

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(N_("mail dropped: {message}"), {"message": self.message})
        if self.told:
            yield Phrase(N_("its reader was told otherwise"))
        yield from describe_reason(side)


_RESOLVED = {
    "sent": N_("{message} did arrive"),
    "resend": N_("{message} leaves again"),
    "dropped": N_("{message} never leaves"),
    "held": N_("{message} waits to be read again"),
}


@register
class MessageResolved(AboutOneMail, frozen=True):
    kind = "message_resolved"
    tells = N_("a person says what becomes of a mail that failed, expired or is uncertain")
    private = Reason

    as_: Annotated[
        Outcome,
        doc(
            N_(
                "sent: it arrived; resend: it leaves again; dropped: it never will; held: dropped "
                "before, it waits to be read again"
            )
        ),
    ] = field(name="as")

    def moves(self) -> Iterator[tuple[str, Move]]:
        yield self.message, MOVES[self.as_]

    def updated(self, message: Message, at: str, side: Any) -> Message:
        return replace(message, next_at=at) if message.stage == Stage.PLANNED else message

    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        yield from super().validate_new(ctx)
        if self.as_ == "sent" and not ctx.subjects:
            yield clauses.REASON(self.message)
        if MOVES[self.as_] is Move.RESEND:
            yield from of_no_more_use(ctx, self.names())

    def describe(self, line: Entry[Any], side: Any) -> Story:
        yield Phrase(_RESOLVED[self.as_], {"message": self.message})
        yield from describe_reason(side)
