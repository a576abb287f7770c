"""The tables of `config.toml`: institutions, dates, limits, documents, quantities.

`config.toml` says who, when and how many; `sheets/` what is asked; `states/` where one may go
and under which rules; `requests/` what may be asked on the way; `notifications/` who is notified.
`docs/format.md` is written from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from ptce_workflow.base.words import N_
from ptce_workflow.process.fields import FieldType
from ptce_workflow.process.model.base import (
    LANGUAGE_TAG,
    LARGEST,
    NOTHING,
    Bool,
    Bound,
    Grounded,
    InstantSource,
    Int,
    Model,
    Name,
    Named,
    Number,
    Rule,
    Text,
    ZoneCode,
    declare,
)
from ptce_workflow.process.model.folder import state_file
from ptce_workflow.process.model.notification import (
    CONTACT,
    DESK_LETTER,
    LETTER_OF_DESK,
    MailHours,
    Notification,
)
from ptce_workflow.process.model.sheets import Institution, Role, Sheet, Sitting


class Body(Model):
    """Who answers for the contest: `[service]`, and `[organiser]`."""

    name: Text = declare(description=N_("the name"), examples=['"CRESS Occitanie"'])
    person: Text | None = declare(default=None, description=N_("who answers, by function"))
    telephone: str | None = declare(default=None, description=N_("where to call"))
    address: Text | None = declare(default=None, description=N_("where to write"))
    mail: str | None = declare(
        default=None, description=N_("the address to write to"), examples=['"ptce@cress.example"']
    )
    hours: Text | None = declare(default=None, description=N_("when somebody answers"))

    @property
    def unbroken_telephone(self) -> str:
        """Its number, which no line end cuts in two; "" without one."""
        return (self.telephone or "").replace(" ", "\u00a0")


class Organiser(Body):
    """Whose contest it is: `[organiser]`. Papers have its logo and address at their head."""

    logo: Literal["logo.png", "logo.jpg"] | None = declare(
        default=None,
        description=N_("the picture at the head of papers: a file beside config.toml"),
        examples=['"logo.png"'],
    )
    signatory: Text | None = declare(
        default=None,
        description=N_("who signs documents: the name, and in which capacity"),
        examples=['"Camille Roux, directrice"'],
    )
    place: Text | None = declare(default=None, description=N_("where documents are signed"))


class Identity(Model):
    """The name, title, language and zone of the contest."""

    id: Annotated[str, Bound(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)] = declare(
        description=N_("the contest's own name in the ledger; it never changes"),
        examples=['"occitanie-2024"'],
    )
    title: Text = declare(description=N_("what people read"))
    language: Annotated[str, Bound(pattern=LANGUAGE_TAG)] = declare(
        default="fr",
        description=N_("the language that the folder is written in; catalogues have the others"),
    )
    timezone: str = declare(
        description=N_("the zone in which every hour of the folder is said"),
        examples=['"Europe/Paris"'],
    )
    holidays: str | None = declare(
        default=None,
        description=N_("the country whose public holidays are not working days"),
        examples=['"FR"'],
    )
    opens: str | None = declare(
        default=None,
        description=N_(
            "the date from which on something may have arrived, where the call begins before its "
            "ledger does"
        ),
        examples=['"date.opening"'],
    )
    noun: tuple[Text, ...] = declare(
        default=(),
        description=N_("what a candidature is called here: one, and several"),
        examples=['["collectif", "collectifs"]'],
        min_length=2,
        max_length=2,
    )
    name_field: str = declare(
        description=N_("the `text` field that lists print as the candidature's name"),
        examples=['"dossier.name"'],
    )
    known: Literal["ptce"] | None = declare(
        default=None,
        description=N_(
            "a list of structures that comes with the program: `add` tells which of them has a "
            "name close to that of a candidature; a person decides. `ptce`: the clusters (PTCE) "
            "known from public pages, neither official nor complete"
        ),
        examples=['"ptce"'],
    )
    contact_field: str = declare(
        description=N_("the `email` field that holds the address mails go to"),
        examples=['"dossier.contact"'],
    )


class Document(Model):
    """A document about one candidature, printed from what is recorded: `ptce document <name>`."""

    label: Text = declare(description=N_("its title"))
    in_: tuple[Name, ...] = declare(
        description=N_("the states of a candidature in which it may be printed"),
        examples=['["accompanied"]'],
        min_length=1,
    )
    text: Text | None = declare(
        default=None,
        description=N_(
            "what it says first; {names} in braces show their value, blank lines part "
            "paragraphs, a line that begins with “- ” is an item of a list"
        ),
        examples=['"Le collectif {candidature.name}…"'],
    )
    lists: Named[tuple[str, ...]] = declare(
        default=NOTHING,
        description=N_(
            "by the name that stands in braces in `text` and `closing`, an enumeration: each item "
            "is the name of a value, then `if` and a condition; those whose condition holds are "
            "printed, and the document is not where none does"
        ),
        examples=['{ days = ["date.session_1.day if attendance.present_1"] }'],
    )
    prints: tuple[str, ...] = declare(
        default=(),
        description=N_(
            "the sheets, or single fields, whose answers follow; a field named alone is shown "
            "even when it is not known"
        ),
        examples=['["dossier", "attendance.modules"]'],
    )
    rules: str | None = declare(
        default=None,
        description=N_("the transition whose rules follow, each with its answer"),
        examples=['"accompanied.declare_ami_ready"'],
    )
    closing: Text | None = declare(
        default=None, description=N_("what it says last; written as `text` is")
    )
    signed: tuple[Text, ...] = declare(
        default=(),
        description=N_(
            "who signs: a place is left for each; {names} in braces show their value, such as "
            "{organiser.signatory}"
        ),
        examples=['["Pour {organiser.name} : {organiser.signatory}"]'],
    )


def item_of(item: str) -> tuple[str, str]:
    """The name of a value, and the condition under which a list has it; "" without one."""
    name, _if, condition = item.partition(" if ")
    return name.strip(), condition.strip()


class Results(Model):
    """What is published of a contest, and when: `ptce results`."""

    in_: tuple[Name, ...] = declare(
        description=N_("the states of the candidatures that are named"),
        examples=['["selected", "accompanied"]'],
        min_length=1,
    )
    after: InstantSource = declare(
        description=N_("the instant before which nothing is published"), examples=['"date.results"']
    )
    shows: tuple[str, ...] = declare(
        default=(),
        description=N_("the fields published beside the name; without any, the name alone"),
        examples=['["dossier.territory", "dossier.theme"]'],
    )


class Limit(Grounded):
    """A number, or a zone, that the rulebook or the organiser sets; `limit.<name>` in rules."""

    label: Text = declare(description=N_("what it limits"))
    value: Int | Number | None = declare(
        default=None,
        description=N_(
            "the number; written with a point, it is compared with scores: `uint` hundredths in "
            "rules"
        ),
        examples=["10", "2.5"],
        ge=-LARGEST,
        le=LARGEST,
    )
    zone: ZoneCode | None = declare(
        default=None,
        description=N_(
            "instead of a number, a zone by its kind and its official code: "
            "`dossier.territory.inside(limit.<name>)`, `.touches`"
        ),
        examples=['"region 76"'],
    )

    @property
    def number(self) -> int | Decimal:
        """The number; 0 for a zone, which has none."""
        return 0 if self.value is None else self.value

    @property
    def decimal(self) -> bool:
        """True where it is written with a point: it is compared with what has decimals."""
        return isinstance(self.value, Decimal)


class Total(Model):
    """A count or sum over the other candidatures; `total.<name>` in rules."""

    label: Text = declare(description=N_("what is counted"))
    in_: tuple[Name, ...] = declare(
        description=N_("the states in which a candidature counts"),
        examples=['["selected", "accompanied"]'],
        min_length=1,
    )
    of: str | None = declare(
        default=None,
        description=N_(
            "the integer or decimal field that is summed; without it, cases are counted"
        ),
        examples=['"award.amount"'],
    )
    least: str | None = declare(
        default=None,
        description=N_(
            "the recorded figure of a panel whose smallest value is told, instead of a count; "
            "unknown while nobody counts"
        ),
        examples=['"cra.rank"'],
    )
    per: str | None = declare(
        default=None,
        description=N_("the option field by which it is grouped: only the same answer counts"),
        examples=['"dossier.theme"'],
    )

    @property
    def is_kept(self) -> bool:
        """True where it has a counter of its own, rather than adding up those of its states."""
        return not (self.of is None and self.per is None and self.least is None)


Decision = Literal["favourable", "mixed", "adverse"]
"""For whom a transition decides."""

Hour = Literal["entry", "delivery"]
"""Which hour of a mail is that of its arrival."""

START = "start"
ANY = "any"
ENDS = "ends"
SITTINGS = "sittings"
"""The word before the name of a sitting, where rules are named."""
ENTERED = "entered"
"""The word of `on` for every way into a state."""
UNTIL = "until"
"""The word of `open` and `in` before the instant that closes what stands before it."""
AFTER = "after"
"""The word of a request's `in` before the instant from which one may ask in that state."""
CONVENED = "convened"
"""The word of `on` for the call of a sitting."""
CLOSED = "closed"
"""The word of `on` for the end of any sitting."""
ERASED = "erased"
"""The word of `on` for the erasure of what a candidature told."""
RECEIVED = "received"
"""The word of `on` for the receipt of a sheet."""
ASKED = "asked"
"""The word of `on` for a request that is asked."""
OUTCOME = "outcome"
READ = (OUTCOME, "pending", "until", "answer_by", "late")
"""What rules read of a request beside its fields, none of which may be called so."""
ADOPTED = "adopted"
"""The word of `on` for an adoption that moves a date."""
TIME = "scheduler"
"""The role that time has, when it makes a transition by itself."""


class Date(Grounded):
    """An instant of the contest; `date.<name>` in rules."""

    label: Text = declare(description=N_("what happens then"))
    at: InstantSource = declare(
        description=N_("a local day and hour, or an instant counted from another"),
        examples=["2024-03-11T12:00:00", '"date.submission + 3 working days at 18:00"'],
    )
    lasts: str | None = declare(
        default=None, description=N_("how long it lasts"), examples=['"2 hours"']
    )
    place: Text | None = declare(
        default=None,
        description=N_("where it is; its calendar entry says so"),
        examples=['"Hôtel de région, Toulouse"'],
    )
    not_before: str | None = declare(
        default=None,
        description=N_(
            "a date that must not come after it; one that hangs on a candidature waits for it"
        ),
        examples=['"date.opening"'],
    )
    alarm: tuple[Name, ...] = declare(
        default=(),
        description=N_("the states in which the desk is told of it for each, before and after"),
        examples=['["submitted"]'],
    )


class Receipt(Grounded):
    """Which hour of a mail is that of its arrival, who files it, and how long mails are kept."""

    forms: Literal["ask", "open"] = declare(
        default="ask",
        description=N_(
            "`ask`: what arrives in the mailbox waits for a person; `open`: a form of this contest "
            "that its contact sends opens a candidature, or is filed as a version of theirs, when "
            "the mailbox is read; all else waits for a person"
        ),
        examples=['"open"'],
    )
    hour: Hour = declare(
        default="entry",
        description=N_(
            "`entry`: when the server that takes mail from outside began to take it; `delivery`: "
            "when it stood in the mailbox, which is minutes later for a large one"
        ),
        examples=['"entry"'],
    )
    keep_days: Int = declare(
        default=30,
        description=N_(
            "how many days a received mail is kept, with what is attached to it, where it "
            "belongs to no candidature; one that does is kept with the address of its contact, "
            "and a grid that was filed until a candidature that it marks is erased"
        ),
        ge=1,
        le=3650,
    )


class Config(Model):
    """`config.toml`: who, when, how many."""

    contest: Identity = declare(description=N_("which contest this is"))
    organiser: Organiser | None = declare(default=None, description=N_("whose contest it is"))
    service: Body | None = declare(
        default=None, description=N_("who runs it, and answers questions")
    )
    institutions: Named[Institution] = declare(
        default=NOTHING, description=N_("who sits in panels")
    )
    limits: Named[Limit] = declare(
        default=NOTHING, description=N_("every number the rulebook sets")
    )
    dates: Named[Date] = declare(default=NOTHING, description=N_("every instant the rulebook sets"))
    totals: Named[Total] = declare(
        default=NOTHING, description=N_("what is counted over candidatures")
    )
    sittings: Named[Sitting] = declare(
        default=NOTHING, description=N_("the meetings at which panels decide")
    )
    documents: Named[Document] = declare(
        default=NOTHING, description=N_("what is printed about a candidature")
    )
    results: Results | None = declare(default=None, description=N_("what is published, and when"))
    mail: MailHours = declare(
        default=MailHours(opens="09:00", closes="18:00"),
        description=N_("the hours at which reminders leave, and the size of mails"),
    )
    receipt: Receipt = declare(
        default=Receipt(),
        description=N_("which hour of a mail is that of its arrival, and how long mails are kept"),
    )


class Transition(Grounded):
    """A way from one state to another, and what guards it."""

    label: Text = declare(description=N_("what the desk does, in the infinitive"))
    to: Name = declare(description=N_("the state it leads to"), examples=['"eligible"'])
    from_: tuple[Name, ...] = declare(
        default=(),
        description=N_("the states it leaves, in `states/any.toml` only"),
        examples=['["draft", "submitted"]'],
    )
    by: tuple[Role, ...] = declare(
        default=(),
        description=N_(
            "the roles that may make it; left out, the desk, but time alone where there is `at`"
        ),
        examples=['["desk"]'],
    )
    at: InstantSource | None = declare(
        default=None,
        description=N_("the instant at which time makes it by itself"),
        examples=['"date.lapse"'],
    )
    carries: tuple[str, ...] = declare(
        default=(),
        description=N_(
            "in `states/start.toml` only: the sheets, or single fields, that a candidature handed "
            "over by another contest brings along; such a way in takes no other candidature"
        ),
        examples=['["dossier", "review.notes"]'],
    )
    reason: Bool = declare(default=False, description=N_("whether a reason must be given"))
    back: Bool = declare(
        default=False,
        description=N_("whether it leads back, and so is never shown as what comes next"),
    )
    next: Text | None = declare(
        default=None,
        description=N_(
            "that it is what comes next, though it needs a reason, and what `ptce list` calls that "
            "until it is made"
        ),
        examples=['"to be examined"'],
    )
    freezes: Name | None = declare(
        default=None,
        description=N_("the panel whose means are recorded for good"),
        examples=['"cra"'],
    )
    rules: Named[Rule] = declare(
        default=NOTHING, description=N_("the rules, by name; all must hold")
    )
    same_as: tuple[str, ...] = declare(
        default=(),
        description=N_(
            "transitions whose rules hold here too, or single rules: `state.transition`, "
            "`state.transition.rule`"
        ),
        examples=['["draft.submit", "eligible.close.quorum"]'],
    )
    unless: tuple[str, ...] = declare(
        default=(),
        description=N_(
            "transitions or rules of which one at least does not hold; unknown while that is not "
            "settled"
        ),
        examples=['["submitted.declare_eligible"]'],
    )
    asks: tuple[str, ...] = declare(
        default=(),
        description=N_(
            "the fields that are answered in the act: `ptce advance` and the sitting ask for them "
            "before the rules are tried; they may be written where it leaves"
        ),
        examples=['["award.amount"]'],
    )
    in_order: str | None = declare(
        default=None,
        description=N_(
            "`marks`: nobody who stands in the same state ranks better; in a sitting, nobody still "
            "undecided. The name of a panel, where several meet"
        ),
        examples=['"marks"'],
    )
    remedies: str | None = declare(
        default=None,
        description=N_(
            "the text of `texts/` that tells the remedies against what it decides; left out, "
            "`remedies`"
        ),
        examples=['"remedies_appeal"'],
    )
    decision: Decision | None = declare(
        default=None,
        description=N_(
            "that it decides on the candidature, and for whom: a mail tells its contact, and never "
            "lapses unread; a mixed one, such as a place on a waiting list, is contested as an "
            "adverse one is"
        ),
        examples=['"adverse"'],
    )

    @property
    def is_contestable(self) -> bool:
        """True for a decision whose candidature may contest it: adverse or mixed."""
        return self.decision in ("adverse", "mixed")


class End(Model):
    """A state that nothing leaves: those of one folder stand together in `states/ends.toml`."""

    label: Text = declare(description=N_("its name, as people read it"))
    meaning: Text | None = declare(default=None, description=N_("what it means to be there"))
    hands_over: Bool = declare(
        default=False,
        description=N_("whether a candidature that stands there may be handed over to a contest"),
    )
    open: tuple[str, ...] = declare(
        default=(),
        description=N_(
            "the sheets, or single fields, that may be written there; with `until` and an instant, "
            "only what had arrived by then"
        ),
        examples=['["dossier until date.submission", "review.notes"]'],
    )
    must_pass: tuple[Name, ...] = declare(
        default=(),
        description=N_("the states without which nobody arrives there"),
        examples=['["eligible", "scored"]'],
    )

    @cached_property
    def windows(self) -> tuple[tuple[str, str | None], ...]:
        """What `open` says: each sheet or field, and the instant that closes it, if one does."""
        parts = (entry.partition(f" {UNTIL} ") for entry in self.open)
        return tuple((name.strip(), end.strip() if word else None) for name, word, end in parts)

    @cached_property
    def opens(self) -> tuple[str, ...]:
        """The sheets and fields that may be written there, for some time at least."""
        return tuple(dict.fromkeys(name for name, _end in self.windows))


class State(End):
    """`states/<name>.toml`: a place where a candidature may stand."""

    ends: Bool = declare(default=False, description=N_("whether the matter is decided"))
    transitions: Named[Transition] = declare(
        default=NOTHING, description=N_("the ways out, by name")
    )


class RequestAnswer(Transition):
    """An answer to a request: a transition that moves no candidature."""

    inherits: ClassVar[frozenset[str] | None] = frozenset(
        [
            *("source", "choice", "label", "by", "at", "reason", "asks", "rules", "same_as"),
            *("unless", "decision", "remedies"),
        ]
    )
    to: Name = ""
    """Nowhere: the candidature stays where it stands."""


class Request(Sheet):
    """`requests/<name>.toml`: something dated that is asked, and does not move a candidature."""

    inherits: ClassVar[frozenset[str] | None] = frozenset(
        ("source", "choice", "label", "help", "by", "reads")
    )
    in_: tuple[str, ...] = declare(
        description=N_(
            "the states in which it may be asked; with `after` and an instant, from then on, and "
            "with `until` and another, with a term of its own"
        ),
        examples=['["ineligible", "submitted after date.silence until date.silence_appeal"]'],
        min_length=1,
    )
    until: InstantSource | None = declare(
        default=None,
        description=N_(
            "its term, by the hour of its arrival: what comes later is received, and late"
        ),
        examples=['"notified + 2 clear months"'],
    )
    answer_by: InstantSource | None = declare(
        default=None,
        description=N_("until when the desk is to answer: `ptce list` and the digest tell it"),
        examples=['"asked.appeal + 2 months at 18:00"'],
    )
    review: tuple[Literal["evidence", "another"], ...] = declare(
        default=(),
        description=N_(
            "how people answer it: `evidence`, with a file (`--evidence`); `another`, by somebody "
            "else than whoever made the decision contested, or `ptce audit` tells it"
        ),
        examples=['["evidence", "another"]'],
    )
    open: tuple[str, ...] = declare(
        default=(),
        description=N_("the sheets, or single fields, that may be written while it is pending"),
        examples=['["dossier"]'],
    )
    transitions: Named[RequestAnswer] = declare(
        description=N_("the answers that may be given to it, by name"), min_length=1
    )
    fields: Named[FieldType] = declare(
        default=NOTHING, description=N_("what it holds, by name: written while it is pending")
    )

    @property
    def is_request(self) -> bool:
        return True

    @cached_property
    def windows(self) -> Mapping[str, tuple[str | None, InstantSource | None]]:
        """The states in which it may be asked: the instant from which on, and its term there."""
        windows: dict[str, tuple[str | None, InstantSource | None]] = {}
        for entry in self.in_:
            opened, _word, end = entry.partition(f" {UNTIL} ")
            state, _word, start = opened.partition(f" {AFTER} ")
            windows[state.strip()] = start.strip() or None, end.strip() or self.until
        return MappingProxyType(windows)


class Gate(Model):
    """`states/start.toml` (ways in) and `states/any.toml` (ways out of several states)."""

    transitions: Named[Transition] = declare(
        default=NOTHING, description=N_("the transitions, by name")
    )


class Definition(Model):
    """The whole folder, read; what the parts say to one another is checked afterwards."""

    config: Config = declare()
    sheets: Named[Sheet] = declare()
    states: Named[State] = declare()
    start: Gate = declare()
    any: Gate = declare()
    notifications: Named[Notification] = declare()
    ended: tuple[Name, ...] = declare(default=())
    """The states that stand together in `states/ends.toml`."""

    def state_file(self, name: str) -> str:
        return state_file(ENDS if name in self.ended else name)

    @property
    def contact_sheet(self) -> str:
        """The sheet that holds the contact: what people call the dossier."""
        return self.config.contest.contact_field.partition(".")[0]

    @property
    def contacts(self) -> tuple[str, ...]:
        """The addresses and telephone numbers of the dossier, by qualified name."""
        fields = self.sheets[self.contact_sheet].fields.items()
        names = (name for name, field in fields if field.type in ("email", "phone"))
        return tuple(f"{self.contact_sheet}.{name}" for name in names)

    def kept_with(self, sheet: str) -> str:
        """The sheet with which the answers of one are kept: itself, or else the contact's."""
        declared = self.sheets.get(sheet)
        return self.contact_sheet if declared is None or declared.kept_until is None else sheet

    @cached_property
    def requests(self) -> Mapping[str, Request]:
        tables = self.sheets.items()
        return MappingProxyType({name: one for name, one in tables if isinstance(one, Request)})

    @cached_property
    def holders(self) -> Mapping[str, Gate | State | Request]:
        """What has transitions, by name: both gates, the states, the requests."""
        first: dict[str, Gate | State | Request] = {START: self.start, ANY: self.any, **self.states}
        # A request with the name of another is reported by `check`, and left out until then.
        return MappingProxyType({**first, **self.requests, **first})

    def every_transition(self) -> Iterator[Transition]:
        for holder in self.holders.values():
            yield from holder.transitions.values()

    def written_in(self, origin: str, name: str) -> tuple[str, Transition] | None:
        """A transition out of a holder, after what it is written in: that holder, or `any`."""
        for place in (origin, ANY):
            holder = self.holders.get(place)
            if holder is not None and name in holder.transitions:
                return place, holder.transitions[name]
        return None

    def announced(self, sheet: str) -> tuple[str, ...]:
        return self.caused(f"{ASKED if sheet in self.requests else RECEIVED}.{sheet}")

    def calls(self, sitting: str) -> tuple[str, ...]:
        return self.caused(f"{CONVENED}.{sitting}")

    @cached_property
    def mails(self) -> Mapping[str, Notification]:
        """Every kind of mail that an outbox may hold: also the letters of the desk."""
        return {**self.notifications, DESK_LETTER: LETTER_OF_DESK}

    @cached_property
    def chairs(self) -> Mapping[str, int]:
        """The institutions that chair, those of the first sitting first, and their place."""
        names = (name for sitting in self.config.sittings.values() for name in sitting.chairs)
        return {name: place for place, name in enumerate(dict.fromkeys(names))}

    def caused(self, *causes: str) -> tuple[str, ...]:
        """The mails that one of some words of `on` sets off, in the order of the folder."""
        mails = self.notifications.items()
        return tuple(name for name, mail in mails if not {*causes}.isdisjoint(mail.on))

    def called_by(self, mail: str) -> Iterator[tuple[str, ...]]:
        for cause in self.notifications[mail].on:
            root, _dot, name = cause.partition(".")
            sitting = self.config.sittings.get(name) if root == CONVENED else None
            if sitting is not None:
                yield self.seats(sitting)

    def set_off(self, origin: str, transition: str, to: str) -> tuple[str, ...]:
        """The mails that a transition out of a state sets off, in the order of the folder."""
        written = self.written_in(origin, transition)
        holder = ANY if written is None else written[0]
        ways = f"{origin}.{transition}", f"{holder}.{transition}"
        return self.caused(*ways, f"{ENTERED}.{to}")

    def telling(self, decision: str) -> tuple[str, ...]:
        """The mails that tell a decision (`state.transition`): those without a calendar entry."""
        origin, _dot, name = decision.partition(".")
        written = self.written_in(origin, name) if origin in self.holders else None
        mails = () if written is None else self.set_off(origin, name, written[1].to)
        to_contact = tuple(mail for mail in mails if self.notifications[mail].to == CONTACT)
        plain = tuple(mail for mail in to_contact if self.notifications[mail].event is None)
        return plain or to_contact

    def is_decided(self, state: str, transition: str) -> bool:
        return any(self.deciding(state, transition))

    def deciding(self, state: str, transition: str) -> Iterator[str]:
        for name, sitting in self.config.sittings.items():
            rectifies = transition == name and state in sitting.rectifies
            if rectifies or (transition in sitting.decides and state in sitting.in_):
                yield name

    def seats(self, sitting: Sitting) -> tuple[str, ...]:
        """The institutions that sit: those that the sitting names, else those of its panel."""
        sheet = self.sheets.get(sitting.panel)
        return sitting.members or (() if sheet is None else sheet.members)

    def seated(self, panel: str) -> tuple[str, ...]:
        sittings = (sitting for sitting in self.config.sittings.values() if sitting.panel == panel)
        members = (name for sitting in sittings for name in sitting.members)
        return tuple(dict.fromkeys((*self.sheets[panel].members, *members)))

    def field(self, qualified: str) -> FieldType | None:
        sheet_name, _dot, field_name = qualified.partition(".")
        sheet = self.sheets.get(sheet_name)
        return sheet.fields.get(field_name) if sheet is not None else None

    def rule(self, path: str) -> Rule | None:
        holder_name, _dot, rest = path.partition(".")
        transition_name, _dot, rule_name = rest.partition(".")
        holder = self.holders.get(holder_name)
        tables: Mapping[str, Transition | Sitting] = holder.transitions if holder else NOTHING
        asking = (self.config.sittings if holder_name == SITTINGS else tables).get(transition_name)
        return asking.rules.get(rule_name) if asking else None

    @property
    def panels(self) -> tuple[str, ...]:
        return tuple(name for name, sheet in self.sheets.items() if sheet.is_panel)

    def field_names(self) -> list[str]:
        return [f"{name}.{field}" for name, sheet in self.sheets.items() for field in sheet.fields]
