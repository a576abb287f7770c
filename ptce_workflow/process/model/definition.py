"""The models of a contest folder, one per table: the authority on keys and types.

`config.toml` says who, when and how many; `sheets/` what is asked; `states/` where one may go
and under which rules; `requests/` what may be asked on the way; `notifications/` who is told.
`docs/format.md` is written from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar, Literal

from ptce_workflow.base.words import N_
from ptce_workflow.process.fields import FieldType
from ptce_workflow.process.letters.definition import MailHours, Notification
from ptce_workflow.process.letters.recipients import CONTACT
from ptce_workflow.process.model.bodies import Body, Identity, Institution
from ptce_workflow.process.model.documents import Document, Results
from ptce_workflow.process.model.folder import (
    state_file,
)
from ptce_workflow.process.model.quantities import Limit, Total
from ptce_workflow.process.model.shared import (
    NOTHING,
    Bool,
    Grounded,
    InstantSource,
    Model,
    Name,
    Named,
    Rule,
    Text,
    declare,
)
from ptce_workflow.process.model.sheets import Role, Sheet
from ptce_workflow.process.model.sitting import Sitting

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
    """Which hour of a mail is that of its arrival."""

    hour: Hour = declare(
        default="entry",
        description=N_(
            "`entry`: when the server that takes mail from outside began to take it; `delivery`: "
            "when it stood in the mailbox, which is minutes later for a large one"
        ),
        examples=['"entry"'],
    )


class Config(Model):
    """`config.toml`: who, when, how many."""

    contest: Identity = declare(description=N_("which contest this is"))
    organiser: Body | None = declare(default=None, description=N_("whose contest it is"))
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
        description=N_("the hours at which reminders leave"),
    )
    receipt: Receipt = declare(
        default=Receipt(), description=N_("which hour of a mail is that of its arrival")
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
        """True: it is asked, and answered."""
        return True

    @cached_property
    def windows(self) -> Mapping[str, tuple[str | None, InstantSource | None]]:
        """The states in which it may be asked: the instant from which on, and its term there."""
        found: dict[str, tuple[str | None, InstantSource | None]] = {}
        for entry in self.in_:
            opened, _word, end = entry.partition(f" {UNTIL} ")
            state, _word, start = opened.partition(f" {AFTER} ")
            found[state.strip()] = start.strip() or None, end.strip() or self.until
        return MappingProxyType(found)


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
        """The file of a state, or of `start` or `any`."""
        return state_file(ENDS if name in self.ended else name)

    @property
    def contact_sheet(self) -> str:
        """The sheet that holds the contact: what people call the dossier."""
        return self.config.contest.contact_field.partition(".")[0]

    def kept_with(self, sheet: str) -> str:
        """The sheet with which the answers of one are kept: itself, or else the contact's."""
        known = self.sheets.get(sheet)
        return self.contact_sheet if known is None or known.kept_until is None else sheet

    @cached_property
    def requests(self) -> Mapping[str, Request]:
        """The sheets that are asked and answered, in the order of the folder."""
        asked = {name: one for name, one in self.sheets.items() if isinstance(one, Request)}
        return MappingProxyType(asked)

    @cached_property
    def holders(self) -> Mapping[str, Gate | State | Request]:
        """What has transitions, by name: both gates, the states, the requests."""
        first: dict[str, Gate | State | Request]
        first = {START: self.start, ANY: self.any, **self.states}
        # A request that takes the name of another is told by `check`, and stands back until then.
        return MappingProxyType({**first, **self.requests, **first})

    def every_transition(self) -> Iterator[Transition]:
        """Every transition as it is written, once."""
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
        """The mails that a receipt of a sheet sets off, in the order of the folder."""
        return self._caused({f"{ASKED if sheet in self.requests else RECEIVED}.{sheet}"})

    def calls(self, sitting: str) -> tuple[str, ...]:
        """The mails by which a sitting is called, in the order of the folder."""
        return self._caused({f"{CONVENED}.{sitting}"})

    def _caused(self, causes: Set[str]) -> tuple[str, ...]:
        mails = self.notifications.items()
        return tuple(name for name, mail in mails if not causes.isdisjoint(mail.on))

    def called_by(self, mail: str) -> Iterator[tuple[str, ...]]:
        """The institutions of each sitting that a mail calls."""
        for cause in self.notifications[mail].on:
            root, _dot, name = cause.partition(".")
            sitting = self.config.sittings.get(name) if root == CONVENED else None
            if sitting is not None:
                yield self.seats(sitting)

    def set_off(self, origin: str, transition: str, to: str) -> tuple[str, ...]:
        """The mails that a transition out of a state sets off, in the order of the folder."""
        found = self.written_in(origin, transition)
        holder = ANY if found is None else found[0]
        causes = {f"{origin}.{transition}", f"{holder}.{transition}", f"{ENTERED}.{to}"}
        return self._caused(causes)

    def telling(self, decision: str) -> tuple[str, ...]:
        """The mails that tell a decision (`state.transition`) to its contact.

        What it sets off with a calendar entry invites to a date, and tells nothing of it.
        """
        origin, _dot, name = decision.partition(".")
        found = self.written_in(origin, name) if origin in self.holders else None
        mails = () if found is None else self.set_off(origin, name, found[1].to)
        to_contact = tuple(mail for mail in mails if self.notifications[mail].to == CONTACT)
        plain = tuple(mail for mail in to_contact if self.notifications[mail].event is None)
        return plain or to_contact

    def is_decided(self, state: str, transition: str) -> bool:
        """True where a sitting decides on a transition out of a state."""
        return any(self.deciding(state, transition))

    def deciding(self, state: str, transition: str) -> Iterator[str]:
        """The sittings that decide on a transition out of a state."""
        for name, one in self.config.sittings.items():
            if (transition in one.decides and state in one.in_) or (
                transition == name and state in one.rectifies
            ):
                yield name

    def seats(self, sitting: Sitting) -> tuple[str, ...]:
        """The institutions that sit: those that the sitting names, else those of its panel."""
        sheet = self.sheets.get(sitting.panel)
        return sitting.members or (() if sheet is None else sheet.members)

    def seated(self, panel: str) -> tuple[str, ...]:
        """The institutions that mark in a panel, or sit for it."""
        sittings = (one for one in self.config.sittings.values() if one.panel == panel)
        sitting = (name for one in sittings for name in one.members)
        return tuple(dict.fromkeys((*self.sheets[panel].members, *sitting)))

    def field(self, qualified: str) -> FieldType | None:
        """The field behind `sheet.field`, or None."""
        sheet_name, _dot, field_name = qualified.partition(".")
        sheet = self.sheets.get(sheet_name)
        return sheet.fields.get(field_name) if sheet is not None else None

    def rule(self, path: str) -> Rule | None:
        """The rule behind `state.transition.rule` or `sittings.sitting.rule`, or None."""
        holder_name, _dot, rest = path.partition(".")
        transition_name, _dot, rule_name = rest.partition(".")
        if holder_name == SITTINGS:
            sitting = self.config.sittings.get(transition_name)
            return sitting.rules.get(rule_name) if sitting else None
        holder = self.holders.get(holder_name)
        transition = holder.transitions.get(transition_name) if holder else None
        return transition.rules.get(rule_name) if transition else None

    @property
    def panels(self) -> tuple[str, ...]:
        """The names of the sheets that are panels, in the order of the folder."""
        return tuple(name for name, sheet in self.sheets.items() if sheet.is_panel)

    def field_names(self) -> list[str]:
        """Every `sheet.field`, in the order of the folder."""
        return [f"{name}.{field}" for name, sheet in self.sheets.items() for field in sheet.fields]
