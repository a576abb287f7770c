"""A mail to one recipient: the same struct for its row, for the ledger and for who reads either."""

# Without `from __future__ import annotations`: the types of the columns are read from the class.

from hashlib import sha256
from typing import NamedTuple, Self

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.process.letters.outbox import Stage, recorded_stage


def words_hash(words: str) -> str:
    """The hash that names the words of a letter, its calendar entry included, for any reader."""
    return sha256(words.encode()).hexdigest()


class MailKey(NamedTuple):
    """The identity of a mail among all about the same candidature, or the contest."""

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
        """Its name, as people type it: `M-012`."""
        return f"M-{self.number:03d}"

    @property
    def case(self) -> str | None:
        """The candidature that it is about; None for the contest."""
        return self.case_id or None

    @property
    def key(self) -> MailKey:
        """What tells it from the others about the same candidature."""
        return MailKey(self.notification, self.occurrence, self.recipient)

    def as_recorded(self) -> Self:
        """The mail at the stage that the ledger tells.

        *Raises* ValueError for a stage that there is not.
        """
        stage = recorded_stage(Stage(self.stage)).value
        return self if stage == self.stage else replace(self, stage=stage)

    def without_words(self) -> Self:
        """The mail once its words and its address are erased."""
        return replace(self, words="", address="", said="", erased=True)

    def with_letter(self, today: Self, instant: str) -> Self:
        """The mail as of an instant, with what no line tells, taken from its row of today.

        That is its words, where they are still the same, and an hour that the courier gave it.
        """
        next_at, words = self.next_at, self.words
        # What is planned gets another hour only once its own has come.
        waits = self.stage == Stage.PLANNED and self.due > instant
        if not waits and today.stage == self.stage and not today.difference(self):
            next_at = today.next_at
        left = self.sha256 and today.sha256 == self.sha256
        if left or (self.read and words_hash(today.words) == self.read):
            words = today.words
        return replace(self, next_at=next_at, words=words)

    def difference(self, recorded: Self) -> str:
        """The first column of a row that is not as the ledger tells it; "" where all are."""
        try:
            row = self.as_recorded()
        except ValueError:
            return "stage"
        names = _RECORDED + _RECORDED_AT.get(recorded.stage, ())
        return next((one for one in names if getattr(row, one) != getattr(recorded, one)), "")


_RECORDED = (
    *("case_id", "notification", "occurrence", "recipient", "due", "stage", "held", "sequence"),
    *("read", "sent", "erased"),
)
_RECORDED_AT = {
    Stage.SENT.value: ("next_at", "attempts"),
    Stage.BOUNCED.value: ("next_at", "attempts"),
    Stage.EXPIRED.value: ("next_at",),
}
"""What the ledger tells besides of a mail that came so far: before, the courier has set it."""

REWRITTEN = '{"rewritten":{"source":"","instead":""}}'
"""The words of a mail of which the ledger tells that a person has rewritten it, and no more."""
