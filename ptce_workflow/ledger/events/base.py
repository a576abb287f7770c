"""The base of every event: its data, its validation, its effect on the state; its line decoded."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from importlib import import_module
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    NoReturn,
    Self,
    TypeVar,
)

from msgspec import (
    UNSET,
    DecodeError,
    Meta,
    Struct,
    StructMeta,
    UnsetType,
    ValidationError,
    to_builtins,
)
from msgspec import json as msgspec_json

from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.words import N_, _
from ptce_workflow.ledger import line as raw
from ptce_workflow.ledger.line import LARGEST_INTEGER, Malformed, are_hashes, canonical
from ptce_workflow.ledger.state import COURIER, Accepted, ContestState, Hours, Key, Meeting, Person
from ptce_workflow.process.candidature import Candidature, RuleContext
from ptce_workflow.process.letters.message import MailKey, Message
from ptce_workflow.process.process import Edge, Outcome, Process


class Past:
    """The contest as the lines before left it, as the law asks of a state.

    `counters` gives the totals of the candidatures, see `ledger.state`; `process_of` a process that
    is archived. `adopted` is the adoption that what happens now follows from, if it follows from
    one: the number of its line, the hash of the process that was in force before.
    """

    adopted: tuple[int, str] | None = None

    def __init__(
        self,
        state: ContestState,
        counters: Callable[[], Mapping[Key, int]],
        process_of: Callable[[str], Process | None],
    ) -> None:
        self.state = state
        self.counters, self.process_of = counters, process_of
        # What is looked up for every line is asked without a step in between.
        self.case, self.every_case = state.cases.get, state.cases.values
        self.message: Callable[[str], Message | None] = state.messages.get
        self.messages_of: Callable[[str | None], Mapping[MailKey, Message]] = state.messages_about
        self.person, self.people = state.people.get, state.people.values
        self.sittings = state.sittings

    @property
    def begun(self) -> str:
        return self.state.hours.first

    @property
    def hours(self) -> Hours:
        return self.state.hours

    @property
    def keys(self) -> Mapping[str, int]:
        return self.state.keys

    @property
    def origin(self) -> str:
        return self.state.origin

    @property
    def meeting(self) -> Meeting | None:
        return self.state.sittings.meeting

    def candidatures(self) -> int:
        return len(self.state.cases)

    def messages(self) -> int:
        return len(self.state.messages)

    def set_off_about(self, case_id: str) -> Mapping[int, tuple[str, ...]]:
        """The mails that the act under way has set off about a candidature, by line."""
        return {}

    def side_rows(self, subject: str) -> Mapping[int, Any]:
        """The lines with a side row about somebody that no line has erased; None: damaged."""
        return {}


CONTEST_SUBJECT = "contest"
"""The subject of side rows about no one in particular: why an adoption, or a clock accepted."""

Whole = Annotated[int, Meta(ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)]
Natural = Annotated[int, Meta(ge=0, le=LARGEST_INTEGER)]
Count = Annotated[int, Meta(ge=1, le=LARGEST_INTEGER)]
Name = Annotated[str, Meta(min_length=1)]
# `$` would let a line feed in, and `\d` the digits of every script.
Hash = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Instant = Annotated[
    str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\Z")
]
Reference = Annotated[str, Meta(pattern=r"\AC-[0-9]{3,}\Z")]
MessageName = Annotated[str, Meta(pattern=r"\AM-[0-9]{3,}\Z")]
Pseudonym = Annotated[str, Meta(pattern=r"\AP-[0-9]{3,}\Z")]

if TYPE_CHECKING:
    Value = Any
else:
    # No decimal number at any depth; what lies deeper than six, no field records.
    Value = None | bool | Whole | str
    for _depth in range(6):
        Value = None | bool | Whole | str | list[Value] | dict[str, Value]


def doc(text: str) -> Meta:
    return Meta(description=text)


class Side(Struct, frozen=True, forbid_unknown_fields=True):
    """The part of a line that may be erased."""


Sides = Mapping[str, Side]
NO_SIDES: Sides = {}


class Clause(Struct, frozen=True):
    says: str

    def __call__(self, why: object = "") -> Violation:
        return Violation(self, str(why))


class Violation(Struct, frozen=True):
    clause: Clause
    why: str


class Phrase(Struct, frozen=True):
    """A sentence not yet said, in any language: a message, its plural by `count`, its values.

    Values are texts and numbers, or what whoever says it words: `StateName` and those after it.
    """

    message: str
    values: Mapping[str, object] = {}
    several: str = ""
    count: int = 1


class Unmet(Struct, frozen=True):
    """The rules that did not hold: what each says, and on what it rests."""

    origin: str
    transition: str
    verdicts: Mapping[str, str]
    totals: Mapping[str, int]


Story = Iterator[Phrase | tuple[Phrase, ...] | Unmet]
"""The sentences that tell an event; those of a tuple stand on one line."""

UNSAID = "–"
"""The sign that stands for a reason where one is asked for and nobody has given any."""


class Reason(Side, frozen=True):
    reason: Annotated[str, doc(N_("why, in words"))]


class _Named(Struct, frozen=True):
    name: str


class StateName(_Named, frozen=True):
    """A state, by what people call it."""


class TransitionName(_Named, frozen=True):
    origin: str = ""


class InstitutionName(_Named, frozen=True):
    """An institution, by what people call it."""


class RoleName(_Named, frozen=True):
    """A role, by what people call it."""


class CandidatureName(Struct, frozen=True):
    id: str


class Listed(Struct, frozen=True):
    items: tuple[object, ...]


class NotificationName(_Named, frozen=True):
    """A mail, by what people call it."""


class SheetName(_Named, frozen=True):
    """A sheet, by what people call it."""


class FieldNames(Struct, frozen=True):
    names: tuple[str, ...]


class AnswerOf(Struct, frozen=True):
    """The answer to a field, by its two parts: what its line holds, and what may be erased."""

    name: str
    line: Any
    private: Any
    removed: bool = False


class When(Struct, frozen=True):
    text: str


def describe_reason(side: Any) -> Story:
    reason = getattr(side, "reason", UNSAID)
    if isinstance(reason, str) and reason != UNSAID:
        yield Phrase(N_("reason: {reason}"), {"reason": reason})


def describe_facts(recorded: Collection[str], removed: tuple[str, ...]) -> Story:
    if recorded:
        yield Phrase(N_("recorded: {labels}"), {"labels": FieldNames(tuple(sorted(recorded)))})
    if removed:
        yield Phrase(N_("withdrawn: {labels}"), {"labels": FieldNames(removed)})


class Context(Struct, gc=False):
    """The surroundings of an event: the act, and the contest before it.

    `memory` is what the law remembers from one line to the next; it is the law's alone.
    """

    before: Past
    process: Process
    case_id: str | None
    at: str
    now: datetime
    actor: str
    person: Person | None
    subjects: Collection[str] = ()
    sides: Sides = {}
    memory: dict[str, object] = {}
    judged: tuple[tuple[str, str], Outcome] | None = None
    loaded_case: Candidature | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        return () if self.person is None else self.person.roles

    @property
    def filing_roles(self) -> tuple[str, ...]:
        """The same; for the courier those of the desk, where the folder has it file forms."""
        is_filing = self.is_courier and self.process.definition.config.receipt.forms == "open"
        return ("desk",) if is_filing else self.roles

    @property
    def is_courier(self) -> bool:
        return self.actor == COURIER.pseudonym

    @property
    def institution(self) -> str:
        return "" if self.person is None else self.person.institution or ""

    @property
    def latest(self) -> str:
        """The latest instant that has come: clocks are set back, and what was due stays due."""
        return max(self.at, self.before.hours.furthest)

    @property
    def case(self) -> Candidature:
        """The candidature before the event. Raises: KeyError where there is none."""
        # A law asks many times, and is asked before the event changes anything.
        if self.loaded_case is None:
            self.loaded_case = self.before.case(self.case_id or "")
            if self.loaded_case is None:
                raise KeyError(self.case_id)
        return self.loaded_case

    def judge(self, edge: Edge, case: Candidature, moment: RuleContext) -> Outcome:
        """The judgement of a way; the rules are asked once, whoever asks again."""
        key = (edge.name, case.id)
        if self.judged is None or self.judged[0] != key:
            self.judged = (key, self.process.judge(edge, case, moment))
        return self.judged[1]


RANKING = "ranking"
"""The key under which the law remembers the places that recorded figures give."""


def figures_change(ctx: Context) -> None:
    """Has places worked out again: by an event after which figures may be others."""
    ctx.memory.pop(RANKING, None)


class _Meta(StructMeta, ABCMeta):
    """Lets an event be a struct and have methods that must be written."""

    # No other class is registered as one: what a line is, is asked several times of each.
    __instancecheck__ = type.__instancecheck__


class Event(Struct, frozen=True, gc=False, forbid_unknown_fields=True, metaclass=_Meta):
    """A kind of line; its fields are the keys of `data`, each with what the page says of it."""

    kind: ClassVar[str]
    tells: ClassVar[str]
    about: ClassVar[Literal["contest", "candidature", "either"]]
    private: ClassVar[type[Side] | None] = None
    opens: ClassVar[bool] = False
    """True for one that is the first of a candidature."""
    follows: ClassVar[bool] = False
    """True for a consequence: it bears the actor and the instant of its cause."""
    by_courier: ClassVar[bool] = False
    """True for one that the courier writes too, of its own accord."""
    decisive: ClassVar[bool] = False
    """True for one after which a checkpoint is made; see `is_decisive`."""
    waits: ClassVar[bool] = False
    """True for one that is not written unless another is, in the same act."""

    @abstractmethod
    def validate_new(self, ctx: Context) -> Iterator[Violation]:
        """Tells each clause that whoever records it would break: who, when, on what."""

    def validate_recorded(self, ctx: Context) -> Iterator[Violation]:
        return self.validate_new(ctx)

    def noted(self) -> Iterator[Violation]:
        return iter(())

    @property
    def is_decisive(self) -> bool:
        return self.decisive

    def fold(self, case: Candidature, line: Entry[Any], side: Any) -> Candidature:
        """The candidature after the event, live or in replay; an opening ignores `case`."""
        return case.but(version=line.n)

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        if line.case is not None:
            side = sides.get(line.case)
            state.cases[line.case] = self.fold(state.cases[line.case], line, side)

    def apply_to_mails(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        """Changes the mails of the state as the event says."""

    @abstractmethod
    def describe(self, line: Entry[Any], side: Any) -> Story:
        """The sentences that tell it."""

    def move(self, before: Candidature | None) -> tuple[str, str] | None:
        """The state left and the transition made, by an event that moves a candidature."""
        return None

    def announces(self, process: Process) -> tuple[str, ...]:
        """The mails that it sets off: those of the transition that it makes, if it makes one."""
        move = self.move(None)
        edge = None if move is None else process.edges(move[0]).get(move[1])
        return () if edge is None else edge.mails

    def owed(self, ctx: Context, accepted: Accepted) -> tuple[str, ...]:
        """The rules that hold by a clock set back and accepted, and by it alone."""
        return ()

    def as_seen(self, process: Process, case: Candidature, institution: str) -> Self | None:
        """The event without what is closed to a reader, who sees `case`, or nothing of it."""
        return self

    def subject(self, ctx: Context) -> str:
        return ctx.case_id or CONTEST_SUBJECT


class AboutCandidature(Event, frozen=True):
    about: ClassVar[Literal["contest", "candidature", "either"]] = "candidature"


V = TypeVar("V")


def without(mapping: Mapping[str, V], names: Collection[str]) -> dict[str, V]:
    return {name: value for name, value in mapping.items() if name not in names}


E = TypeVar("E", bound=Event)


class Entry(
    Struct, Generic[E], frozen=True, gc=False, forbid_unknown_fields=True, rename={"process": "def"}
):
    """One line of the ledger, its data an event; see `ledger.line.Line` for its bytes.

    `by` is who typed for the actor, where another did. Whether `pd` holds hashes, `decode` tells.
    """

    actor: str
    at: str
    case: str | None
    data: E
    process: str
    n: Count
    pd: dict[str, str] | None
    prev: str
    type: str
    by: Pseudonym | UnsetType = UNSET

    def encode(self) -> bytes:
        content = self.plainly()
        if b"\\" in content or b"\x7f" in content or not content.isascii():
            return canonical(to_builtins(self))
        return content

    def plainly(self) -> bytes:
        """Its bytes where no text needs an escape: five times as fast as the canonical writer."""
        return _encoder.encode(self) + b"\n"


def apply(state: ContestState, line: Entry[Any], sides: Sides) -> None:
    """Takes the next line in, with its side rows. Raises: LookupError, ValueError."""
    state.n = line.n
    line.data.apply_to_mails(state, line, sides)
    line.data.apply(state, line, sides)
    state.hours.take(line.at)


def context_of(before: Past, process: Process, line: Entry[Any], sides: Sides) -> Context:
    actor, at = line.actor, from_text(line.at)
    who = actor, before.state.acting(actor), line.pd or (), sides
    return Context(before, process, line.case, line.at, at, *who)


_encoder = msgspec_json.Encoder(order="sorted")
KINDS: dict[str, type[Event]] = {}
"""The kinds of the modules that are loaded; see `kind_of`."""


def register(cls: type[E]) -> type[E]:
    if lacking := sorted(getattr(cls, "__abstractmethods__", ())):
        raise TypeError(f"{cls.__name__} lacks {', '.join(lacking)}")
    KINDS[cls.kind] = cls
    return cls


_SUBJECTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("contest", ("contest_created", "engine_changed", "clock_accepted", "contest_facts_recorded")),
    ("contest", ("person_enrolled", "person_left")),
    ("contest", ("process_adopted", "key_changed")),
    ("transition", ("candidature_opened", "candidature_handed_over")),
    ("facts", ("sheet_received", "note_written", "mail_received")),
    ("facts", ("facts_recorded", "facts_received", "facts_rectified")),
    ("transition", ("facts_carried",)),
    ("panel", ("links_declared", "links_cleared", "scores_given", "scores_rectified")),
    ("panel", ("institution_recused", "recusal_lifted", "rank_recorded")),
    ("sitting", ("sitting_convened", "convocation_recorded", "sitting_opened", "vote_taken")),
    ("sitting", ("deviation_decided", "sitting_closed")),
    ("transition", ("transition_made", "transition_refused")),
    ("mail", ("messages_planned", "messages_cancelled", "messages_released", "messages_expired")),
    ("delivery", ("message_sent", "message_failed", "message_uncertain")),
    ("delivery", ("message_written",)),
    ("delivery", ("message_resolved", "message_bounced", "message_edited", "message_dropped")),
    ("erasure", ("personal_data_erased",)),
)
MODULES: Mapping[str, str] = {kind: name for name, kinds in _SUBJECTS for kind in kinds}
"""The module of each kind of line, in the order of the page that tells of them."""

_UNREADABLE = (ValidationError, DecodeError, RecursionError, ValueError)


def kind_of(name: str) -> type[Event] | None:
    if name not in KINDS and name in MODULES:
        import_module(f"ptce_workflow.ledger.events.{MODULES[name]}")
    return KINDS.get(name)


def decode(content: bytes) -> Entry[Any]:
    """A line, strictly, to every byte. Raises: Malformed."""
    entry = read(content)
    try:
        plain = (
            _comes_back(entry.at)
            and (entry.pd is None or are_hashes(entry.pd))
            and not (b"\\" in content or b"\x7f" in content)
            and entry.plainly() == content
        )
    except ValueError as error:
        raise Malformed(str(error)) from error
    if not plain:
        # What the fast encoder writes otherwise, and what is wrong, is reported by the slow reader.
        raw.decode(content)
    return entry


def read(content: bytes) -> Entry[Any]:
    """A line for what it says; `decode` examines its bytes. Raises: Malformed."""
    try:
        return _decoders(kind_in(content))[0](content)
    except _UNREADABLE as error:
        raise Malformed(str(error)) from error


@lru_cache(maxsize=8)
def _comes_back(at: str) -> bool:
    """True for an instant written as lines write it; the lines of an act share theirs."""
    return to_text(from_text(at)) == at


def read_side(kind: str, text: str) -> Side:
    """Reads, strictly, the erasable part of a line of some kind. Raises: Malformed."""
    try:
        return _decoders(kind.encode())[1](text)
    except _UNREADABLE as error:
        raise Malformed(str(error)) from error


def is_decisive(content: bytes) -> bool:
    """Whether a checkpoint follows the line. Raises: Malformed for a broken decisive line."""
    kind = kind_written(kind_in(content))
    may_be = kind is None or kind.decisive or kind.is_decisive is not Event.is_decisive
    return may_be and bool(read(content).data.is_decisive)


Read = tuple[Entry[Any], Sides]
"""A line, and what is left of its side rows, by subject."""


def read_row(content: bytes, sides: Sequence[tuple[Any, ...]]) -> Read:
    """What a line and its side rows say. Raises: Malformed."""
    try:
        line_of, side_of = _decoders(kind_in(content))
        return line_of(content), {side[1]: side_of(side[-1]) for side in sides}
    except (TypeError, *_UNREADABLE) as error:
        raise Malformed(str(error)) from error


_TYPE = b'"type":"'
"""The last of the sorted keys; what follows it is the kind, and three bytes."""


def kind_in(content: bytes) -> bytes:
    return content[content.rfind(_TYPE) + len(_TYPE) : -3]


def kind_written(name: bytes) -> type[Event] | None:
    """The event of a kind as it is written; None where no line is of this kind."""
    return kind_of(name.decode("ascii", "replace"))


@cache
def _decoders(name: bytes) -> tuple[Callable[[bytes], Entry[Any]], Callable[[str], Side]]:
    kind = kind_written(name)
    if kind is None:
        return _of_no_kind, _without_sides
    line = msgspec_json.Decoder(Entry[kind]).decode  # type: ignore[valid-type]
    return line, msgspec_json.Decoder(kind.private).decode if kind.private else _without_sides


def _of_no_kind(content: bytes) -> NoReturn:
    raw.read(content)
    raise Malformed(_("no line is of this kind"))


def _without_sides(_text: str) -> NoReturn:
    raise Malformed(_("a line of this kind has no side row"))
