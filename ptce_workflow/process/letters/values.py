"""Letters, and what they are told of: plain facts, in no language yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ptce_workflow.process.explain import RuleTold
from ptce_workflow.process.letters.changes import ChangeTold
from ptce_workflow.process.model.shared import Text
from ptce_workflow.process.rules.case import Case, Moment


@dataclass(frozen=True, slots=True)
class Recipient:
    """The reader of a letter; `institution` by its name in `config.toml`, "" for none."""

    name: str
    institution: str = ""


@dataclass(frozen=True, slots=True)
class JudgedTold:
    """How a transition was judged at its line, in the letter's language.

    `stopped` are the rules that did not hold: of what `unless` asks, else of what would have been
    better. `rank` is the place by the marks of a panel, among `ranked`, `tied` how many share it,
    `mean` the total in hundredths; None while they are not recorded. `parted` says that a vote
    parted it from others of the same rank, `departs` that the sitting departed from the ranking by
    a vote, `voted` that it did so for this candidature.
    `former_rank` and `former_mean` are what the sitting found that decided again.
    """

    stopped: tuple[RuleTold, ...] = ()
    rank: int | None = None
    ranked: int = 0
    tied: int = 1
    mean: int | None = None
    parted: bool = False
    departs: bool = False
    voted: bool = False
    former_rank: int | None = None
    former_mean: int | None = None


@dataclass(frozen=True, slots=True)
class TransitionTold:
    """The transition that set a letter off, as it was made, and its line in the ledger.

    `judged` tells how, to a letter that asks; `by_time` that nobody made it.
    """

    name: str
    from_: str
    to: str
    at: datetime
    line: int
    hash: str
    reason: str = ""
    judged: Callable[[], JudgedTold] = JudgedTold
    by_time: bool = False


@dataclass(frozen=True, slots=True)
class ReceiptTold:
    """The receipt that set a letter off: of which sheet, when, its line, the hash of its proof."""

    sheet: str
    at: datetime
    line: int
    hash: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class CaseTold:
    """A candidature in a list; `name` is "" where it was erased."""

    ref: str
    name: str


@dataclass(frozen=True, slots=True)
class DateTold:
    """A date ahead."""

    label: Text
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageTold:
    """A message in a list: `M-012`, what it is about, of which candidature, to whom."""

    id: str
    label: Text
    ref: str
    to: str


@dataclass(frozen=True, slots=True)
class DecisionTold:
    """A decision that its mail, `id`, has not told for some `days`; in the letter's language.

    It `waits` for nothing but its hour, or asks for a person.
    """

    id: str
    ref: str
    name: str
    label: str
    days: int
    why: str
    waits: bool = False


@dataclass(frozen=True, slots=True)
class AlarmTold:
    """A deadline of the desk for a candidature, ahead or passed."""

    ref: str
    name: str
    label: Text
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptTold:
    """Answers of a sheet that are kept too long, and of how many candidatures."""

    label: Text
    count: int


@dataclass(frozen=True, slots=True)
class WaitingTold:
    """A candidature that waits; `todo` is in the letter's language already."""

    ref: str
    name: str
    state: Text
    todo: str


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest that the desk reads in the morning; `paused` is why no mail leaves, or "".

    `stopped` tells what waits for a yes after a long stop, or "".

    `failed` holds what came back too. `nobody` are the institutions without an address. Texts that
    are no `Text` are in the letter's language already.
    """

    dates: tuple[DateTold, ...] = ()
    held: tuple[MessageTold, ...] = ()
    uncertain: tuple[MessageTold, ...] = ()
    failed: tuple[MessageTold, ...] = ()
    waiting: tuple[WaitingTold, ...] = ()
    nobody: tuple[Text, ...] = ()
    paused: str = ""
    decisions: tuple[DecisionTold, ...] = ()
    alarms: tuple[AlarmTold, ...] = ()
    kept: tuple[KeptTold, ...] = ()
    stopped: str = ""

    @property
    def is_empty(self) -> bool:
        """True where nothing asks for the desk: the dates ahead alone do not."""
        decisions = [one for one in self.decisions if not one.waits]
        mails = (self.held, self.uncertain, self.failed, decisions)
        lists = (*mails, self.waiting, self.nobody, self.alarms, self.kept)
        return not (any(lists) or self.paused or self.stopped)


@dataclass(frozen=True, slots=True)
class ConvocationTold:
    """The call of a sitting: when and where it meets, in how many days from now.

    `moved` says that its reader was sent the same call before, for another hour or place. `cases`
    are the candidatures that it is to decide on, or that its panel still marks.
    """

    sitting: str
    call: int
    at: datetime
    ends: datetime
    place: str
    notice: int
    moved: bool = False
    cases: tuple[CaseTold, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """All that a letter may tell.

    `case` is None for one about the contest. `transition`, `receipt` and `convocation` are what set
    it off, if anything did; `missing` the candidatures whose sheet the recipient's institution has
    not given; `changes` are the dates that an adoption moves, in a mail that tells of one. `update`
    says that the date of a calendar entry sent before has moved, `first` that nothing was written
    to this reader before.
    """

    recipient: Recipient
    moment: Moment
    case: Case | None = None
    transition: TransitionTold | None = None
    missing: tuple[CaseTold, ...] = ()
    digest: Digest | None = None
    update: bool = False
    first: bool = False
    receipt: ReceiptTold | None = None
    changes: tuple[ChangeTold, ...] = ()
    convocation: ConvocationTold | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """The calendar entry that goes with a letter; without a length it ends as it begins."""

    title: str
    begins: datetime
    ends: datetime
    place: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's subject, its text and the same in HTML, in one language."""

    subject: str
    text: str
    html: str
    language: str
