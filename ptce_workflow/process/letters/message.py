"""A mail of the outbox: its key, its stage and the moves between stages.

    planned → queued → claimed → data → sent

What was sent may come back: a person says so, or a report that the courier reads. What was given up
then is undelivered. A message that a person reads first is held, then planned again once released.
One that waits since another came back from its address stays planned, and is released as well.
`claimed` and `data` are the courier's own: the ledger does not tell of them, nor of `queued` and
`retry`.
"""

# Without `from __future__ import annotations`: the types of the columns are read from the class.

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from hashlib import sha256
from types import SimpleNamespace
from typing import NamedTuple, Self

from msgspec import Struct
from msgspec.structs import replace
from transitions import Machine, MachineError

from ptce_workflow.base.words import N_, _


class Stage(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    QUEUED = "queued"
    CLAIMED = "claimed"
    DATA = "data"
    RETRY = "retry"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    UNDELIVERED = "undelivered"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"
    DROPPED = "dropped"
    EXPIRED = "expired"


class Move(StrEnum):
    PLAN = "plan"
    EDIT = "edit"
    DISCARD = "discard"
    RESTORE = "restore"
    RELEASE = "release"
    QUEUE = "queue"
    UNQUEUE = "unqueue"
    CLAIM = "claim"
    UNCLAIM = "unclaim"
    BEGIN = "begin"
    DELIVER = "deliver"
    DEFER = "defer"
    REFUSE = "refuse"
    DOUBT = "doubt"
    CANCEL = "cancel"
    EXPIRE = "expire"
    RESEND = "resend"
    SETTLE = "settle"
    BOUNCE = "bounce"
    UNBOUNCE = "unbounce"
    DROP = "drop"


class _About(Struct, frozen=True):
    """The properties of a stage, beside the moves out of it.

    `stops` where a message can still be stopped, `leaves` where it leaves without anybody, `asks`
    where a person has to look at it, `answered` where people read what the server said, `ends`
    where nothing more happens to it. What the courier does `meanwhile` is not in the ledger.
    """

    label: str
    stops: bool = False
    leaves: bool = False
    asks: bool = False
    answered: bool = False
    ends: bool = False
    meanwhile: bool = False


_ABOUT: Mapping[Stage, _About] = {
    Stage.PLANNED: _About(N_("planned"), stops=True, leaves=True),
    Stage.HELD: _About(N_("held for review"), stops=True, asks=True),
    Stage.QUEUED: _About(N_("in the queue"), stops=True, leaves=True, meanwhile=True),
    Stage.RETRY: _About(
        N_("to be tried again"), stops=True, leaves=True, answered=True, meanwhile=True
    ),
    Stage.CLAIMED: _About(N_("about to leave"), stops=True, leaves=True, meanwhile=True),
    Stage.DATA: _About(N_("leaving"), leaves=True, meanwhile=True),
    Stage.SENT: _About(N_("sent"), ends=True),
    Stage.UNCERTAIN: _About(N_("uncertain"), asks=True, answered=True),
    Stage.FAILED: _About(N_("failed"), asks=True, answered=True),
    Stage.BOUNCED: _About(N_("came back"), asks=True, answered=True),
    Stage.UNDELIVERED: _About(N_("undelivered"), answered=True, ends=True),
    Stage.CANCELLED: _About(N_("cancelled"), ends=True),
    Stage.DROPPED: _About(N_("dropped"), ends=True),
    Stage.EXPIRED: _About(N_("expired"), ends=True),
}

PENDING = tuple(stage for stage, about in _ABOUT.items() if about.stops)
"""The stages before a message has left, in which it can be stopped."""

RETURNED = (Stage.BOUNCED, Stage.UNDELIVERED)
"""The stages of a mail that came back: its address is doubtful."""

_MOVES: tuple[tuple[Move, tuple[Stage, ...], Stage], ...] = (
    # Plans change back as well: a candidature may come again to where a reminder is of use.
    (Move.PLAN, (Stage.CANCELLED,), Stage.PLANNED),
    (Move.EDIT, (Stage.HELD,), Stage.HELD),
    (Move.RELEASE, (Stage.HELD, Stage.PLANNED), Stage.PLANNED),
    # Not cancelled: what a person has dropped, nothing that happens plans again.
    (Move.DISCARD, (Stage.HELD,), Stage.DROPPED),
    (Move.RESTORE, (Stage.DROPPED,), Stage.HELD),
    (Move.QUEUE, (Stage.PLANNED,), Stage.QUEUED),
    (Move.UNQUEUE, (Stage.QUEUED, Stage.RETRY), Stage.PLANNED),
    (Move.CLAIM, (Stage.QUEUED, Stage.RETRY), Stage.CLAIMED),
    (Move.UNCLAIM, (Stage.CLAIMED, Stage.DATA), Stage.QUEUED),
    (Move.BEGIN, (Stage.CLAIMED,), Stage.DATA),
    (Move.DELIVER, (Stage.DATA,), Stage.SENT),
    (Move.DEFER, (Stage.CLAIMED, Stage.DATA), Stage.RETRY),
    (Move.REFUSE, (Stage.PLANNED, Stage.CLAIMED, Stage.DATA), Stage.FAILED),
    (Move.DOUBT, (Stage.DATA,), Stage.UNCERTAIN),
    (Move.CANCEL, PENDING, Stage.CANCELLED),
    (Move.EXPIRE, PENDING, Stage.EXPIRED),
    (Move.RESEND, (Stage.UNCERTAIN, Stage.FAILED, *RETURNED, Stage.EXPIRED), Stage.PLANNED),
    (Move.SETTLE, (Stage.UNCERTAIN,), Stage.SENT),
    (Move.BOUNCE, (Stage.SENT, Stage.UNCERTAIN), Stage.BOUNCED),
    (Move.UNBOUNCE, RETURNED, Stage.SENT),
    (Move.DROP, (Stage.UNCERTAIN, Stage.FAILED), Stage.CANCELLED),
    (Move.DROP, (Stage.BOUNCED,), Stage.UNDELIVERED),
)

LEAVING = tuple(stage for stage, about in _ABOUT.items() if about.leaves)
"""The stages from which a message leaves without anybody."""

ASKING = tuple(stage for stage, about in _ABOUT.items() if about.asks)
"""The stages in which a person has to look at a message: held, in doubt, failed, come back."""

HAVE_LEFT = (Stage.SENT, *RETURNED, Stage.UNCERTAIN)
"""The stages in which the ledger tells the hash of the bytes that left, or may have."""

ANSWERED = tuple(stage for stage, about in _ABOUT.items() if about.answered)
"""The stages in which people read what the server said."""

ENDED = tuple(stage for stage, about in _ABOUT.items() if about.ends)
"""The stages in which nothing more happens by itself, and nobody has to look."""


class NotAllowed(ValueError):
    """A move that a message at that stage cannot make."""


def label_of(stage: Stage) -> str:
    return _(_ABOUT[stage].label)


@cache
def after(stage: Stage, move: Move) -> Stage:
    """Raises: NotAllowed when a message at that stage cannot make the move."""
    mail = SimpleNamespace(stage=stage)
    try:
        _machine().events[move].trigger(mail)
    except MachineError as refused:
        raise NotAllowed(f"{stage}: {move}") from refused
    return Stage(mail.stage)


def may(stage: Stage) -> tuple[Move, ...]:
    return tuple(map(Move, _machine().get_triggers(stage)))


def recorded_after(stage: Stage, move: Move) -> Stage:
    """The recorded stage after a move. Raises: NotAllowed when it cannot be made."""
    # One line stands for all steps between planned and sent.
    if move in (Move.DELIVER, Move.DOUBT) and stage == Stage.PLANNED:
        stage = Stage.DATA
    return after(stage, move)


@cache
def _machine() -> Machine:
    return Machine(
        model=None,
        model_attribute="stage",
        states=Stage,
        initial=None,
        auto_transitions=False,
        transitions=[
            {"trigger": move.value, "source": list(origins), "dest": to}
            for move, origins, to in _MOVES
        ],
    )


def words_hash(words: str) -> str:
    return sha256(words.encode()).hexdigest()


class MailKey(NamedTuple):
    notification: str
    occurrence: str
    recipient: str


class Message(Struct, frozen=True, gc=False, array_like=True):
    """A mail, by the columns of its row; the table says more of them.

    The ledger tells all but the steps of the courier (`worker`, `lease_until`, an hour that it
    gave) and the `words` themselves.
    """

    number: int
    case_id: str
    notification: str
    occurrence: str
    recipient: str
    due: str
    next_at: str
    stage: str
    held: bool
    sequence: int = 0
    attempts: int = 0
    worker: str = ""
    lease_until: str = ""
    words: str = ""
    address: str = ""
    sha256: str = ""
    said: str = ""
    read: str = ""
    sent: str = ""
    erased: bool = False

    @property
    def name(self) -> str:
        return f"M-{self.number:03d}"

    @property
    def case(self) -> str | None:
        return self.case_id or None

    @property
    def key(self) -> MailKey:
        return MailKey(self.notification, self.occurrence, self.recipient)

    def as_recorded(self) -> Self:
        """The mail at the stage of the ledger. Raises: ValueError for an unknown stage."""
        is_planned = _ABOUT[Stage(self.stage)].meanwhile
        return replace(self, stage=Stage.PLANNED.value) if is_planned else self

    def without_words(self) -> Self:
        return replace(self, words="", address="", said="", erased=True)

    def as_it_left(self, recorded: Self) -> Self:
        """A row with what the lines tell of a mail that left: when, where to, how often tried."""
        told = ("next_at", "attempts", "said", "address", "sha256")
        return replace(self, **{name: getattr(recorded, name) for name in told})

    def with_letter(self, today: Self, instant: str) -> Self:
        """A past mail with today's words, if they are the same, and the courier's hour."""
        next_at, words = self.next_at, self.words
        # What is planned gets another hour only once its own has come.
        waits = self.stage == Stage.PLANNED and self.due > instant
        if not waits and today.stage == self.stage and not today.difference(self):
            next_at = today.next_at
        is_same = self.sha256 and today.sha256 == self.sha256
        if is_same or (self.read and words_hash(today.words) == self.read):
            words = today.words
        return replace(self, next_at=next_at, words=words)

    def difference(self, recorded: Self) -> str:
        """The first column of a row that is not as the ledger tells it; "" where all are."""
        try:
            row = self.as_recorded()
        except ValueError:
            return "stage"
        names = _RECORDED + _RECORDED_AT.get(recorded.stage, ())
        # The courier puts off what is due, and never has it leave earlier.
        early = self.stage == Stage.PLANNED and self.next_at < recorded.due
        return next(
            (field for field in names if getattr(row, field) != getattr(recorded, field)),
            "next_at" if early else "",
        )


_RECORDED = (
    *("case_id", "notification", "occurrence", "recipient", "due", "stage", "held", "sequence"),
    *("read", "sent", "erased"),
)
_RECORDED_AT: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((Stage.HELD.value, Stage.DROPPED.value, Stage.EXPIRED.value), ("next_at",)),
    **dict.fromkeys(map(str, HAVE_LEFT), ("next_at", "attempts")),
}
"""What the ledger tells besides of a mail that came so far: before, the courier has set it."""

REWRITTEN = '{"rewritten":{"source":"","instead":""}}'
"""The words of a mail of which the ledger tells that a person has rewritten it, and no more."""
