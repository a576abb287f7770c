"""The tables of sheets and of sittings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from ptce_workflow.base.words import N_
from ptce_workflow.process.fields import FieldType, FileField, ScoreField
from ptce_workflow.process.fields.scalars import COMMENT_IN, COMMENT_OVER, COMMENT_UNDER, Scale
from ptce_workflow.process.model.base import (
    NOTHING,
    Bool,
    Bound,
    Grounded,
    InstantSource,
    Int,
    Model,
    Name,
    Named,
    Rule,
    Text,
    WholeNumber,
    declare,
    in_hundredths,
)

Role = Literal["desk", "jury", "auditor"]
"""The roles of people; time and the courier act under their own names."""


Rounding = Literal["half_up", "half_even", "down"]


class Institution(Model):
    """A body that sits in panels."""

    label: Text = declare(description=N_("its name, as people read it"))
    names: tuple[Annotated[str, Bound(min_length=2)], ...] = declare(
        default=(),
        description=N_(
            "other names under which it, or a network that it heads, appears in dossiers; "
            "compared without accents or capitals"
        ),
        examples=['["Banque des Territoires", "Caisse des Dépôts"]'],
    )


PANEL_KEYS = (
    *("scale", "rounding", "no_opinion", "comment_in", "comment_under", "comment_over"),
    *("hidden_until", "declares", "discloses", "rectify_until"),
)
"""What a panel says once, and justifies once."""


FROZEN, OWN = "frozen", "own"
"""The words for when marks open: once they are closed for good, or once one's own are in."""


class Order(Grounded):
    """One key by which a panel ranks; ties go to the key of the next rank."""

    rank: Int = declare(description=N_("1 is looked at first"), ge=1)
    key: str = declare(description=N_("what is compared"), examples=['"cra.total"'])
    ascending: Bool = declare(default=False, description=N_("whether the smallest comes first"))


class Sheet(Grounded):
    """A sheet: fields that are filled together, by the same people."""

    label: Text = declare(description=N_("what people read"))
    help: Text | None = declare(default=None, description=N_("a sentence that helps to fill it in"))
    about: Literal["candidature", "contest"] = declare(
        default="candidature",
        description=N_(
            "whether each candidature has one, or the contest: what the rulebook leaves to be "
            "fixed later, `ptce record contest`"
        ),
    )
    by: tuple[Role, ...] = declare(
        default=("desk",),
        description=N_(
            "the roles that may write in it; left out, the desk, and in a panel its members and "
            "the desk"
        ),
        examples=['["jury"]'],
        min_length=1,
    )
    reads: tuple[Role, ...] = declare(
        default=(),
        description=N_(
            "the roles that alone may read it, beside those that write in it, and the auditor; "
            "left out, everyone enrolled. Where the name of a candidature is out of reach, its "
            "reference is shown"
        ),
        examples=['["desk"]'],
    )
    members: tuple[Name, ...] = declare(
        default=(),
        description=N_("the institutions that each fill it once: the sheet is then a panel"),
        examples=['["dreets", "region"]'],
    )
    assigned: str | None = declare(
        default=None,
        description=N_(
            "the `options` field whose answer says which members are asked about a candidature; "
            "without it, or while it is empty, all are"
        ),
        examples=['"review.jurors"'],
    )
    conflicts: tuple[str, ...] = declare(
        default=(),
        description=N_(
            "the text fields, or text columns of a table, in which the names of members are "
            "looked for: a conflict of interest found so is proposed, and a person decides"
        ),
        examples=['["dossier.members.name", "dossier.partners.name"]'],
    )
    shows: tuple[str, ...] = declare(
        default=(),
        description=N_(
            "the fields of other sheets that a grid to fill in shows beside the marks: the dossier "
            "in brief"
        ),
        examples=['["dossier.themes", "dossier.members"]'],
    )
    form: Bool = declare(
        default=True,
        description=N_(
            "whether somebody outside fills it in: `ptce form`; false where the desk alone does"
        ),
    )
    due: InstantSource | None = declare(
        default=None,
        description=N_("until when its form asks to be sent back, where no state closes it"),
        examples=['"date.confirmation"'],
    )
    receipt: Literal["first", "last"] = declare(
        default="first",
        description=N_(
            "which arrival `received.<sheet>` tells, where it was received more than once"
        ),
    )
    stays_complete: Bool = declare(
        default=False,
        description=N_(
            "whether, once complete, it stays so: what it needs is changed, and never taken away"
        ),
    )
    kept_until: InstantSource | None = declare(
        default=None,
        description=N_(
            "until when what may be erased in it is kept: `calendar` tells it before, `doctor` "
            "from then on, and `ptce erase --due` does it. Left out, it is kept with the sheet "
            "that holds the address of the contact, as reasons and mails are"
        ),
        examples=['"date.results + 5 years"'],
    )
    visa: Bool = declare(
        default=False,
        description=N_(
            "whether the archives must agree before anything in it is erased: `ptce erase --visa`"
        ),
    )
    scale: Scale | None = declare(
        default=None,
        description=N_("the marks that may be given, where a criterion has no scale of its own"),
        examples=["{ from = 0, to = 5, step = 0.5 }"],
    )
    rounding: Rounding = declare(
        default="half_up",
        description=N_("which way a mean between two hundredths goes; it is rounded only once"),
    )
    no_opinion: Literal["left_out", "lowest"] = declare(
        default="left_out",
        description=N_(
            "that a member may have no opinion, written `-`, and whether it is then left out of "
            "the mean, or counts as the lowest mark of the scale"
        ),
    )
    comment_in: Name | None = COMMENT_IN
    comment_under: WholeNumber | None = COMMENT_UNDER
    comment_over: WholeNumber | None = COMMENT_OVER
    hidden_until: InstantSource = declare(
        default=FROZEN,
        description=N_(
            "until when a member sees neither the marks of the others nor any figure, rank or "
            "verdict made of them: `frozen`, until they are closed for that candidature; `own`, "
            "until its own are in; or an instant. Who steps aside never sees them; the desk and "
            "the auditor always do"
        ),
        examples=['"own"', '"date.deliberation"'],
    )
    declares: Text | None = declare(
        default=None,
        description=N_(
            "the sentence that a member signs about each candidature before its first mark, "
            "unless it says which links it has: `ptce jury declare`"
        ),
        examples=['"We have no link with this garden."'],
    )
    discloses: Literal["marks", "means"] = declare(
        default="marks",
        description=N_(
            "what a candidature that asks for its marks is given (`ptce document marks`): those of "
            "each institution with its comments, or the means alone; no person is named"
        ),
    )
    rectify_until: InstantSource | None = declare(
        default=None,
        description=N_(
            "until when a mistyped mark may be mended once the marks are closed: `ptce jury score "
            "--rectify`; left out, never. While the instant is not known, it may. What was decided "
            "stands until a sitting that `rectifies` decides again"
        ),
        examples=['"notified + 4 months"'],
    )
    order: Named[Order] = declare(
        default=NOTHING, description=N_("the keys by which the panel ranks, one after the other")
    )
    fields: Named[FieldType] = declare(description=N_("the fields, by name"), min_length=1)

    @property
    def of_contest(self) -> bool:
        """True where its answers are facts of the contest, which every candidature knows."""
        return self.about == "contest"

    @property
    def is_sent(self) -> bool:
        return not (self.of_contest or self.is_panel or self.is_request)

    @property
    def arrives(self) -> bool:
        """True for what can be received: what somebody sends in, or asks."""
        return self.is_sent or self.is_request

    @property
    def has_form(self) -> bool:
        return self.arrives and self.form

    @property
    def questions(self) -> Mapping[str, FieldType]:
        """The fields that a form asks: what is worked out, or is a file, is no question."""
        return {
            name: field
            for name, field in self.fields.items()
            if not (field.is_computed or isinstance(field, FileField))
        }

    @property
    def is_request(self) -> bool:
        return False

    @property
    def is_panel(self) -> bool:
        return bool(self.members)

    @property
    def opens_at(self) -> InstantSource | None:
        """The instant until which marks are closed; None where no hour opens them."""
        return None if self.hidden_until in (FROZEN, OWN) else self.hidden_until

    def required(self, name: str) -> tuple[str, ...]:
        """The qualified names, under its own, of what it cannot be complete without."""
        fields = self.fields.items()
        return tuple(
            f"{name}.{n}" for n, field in fields if field.required and not field.is_computed
        )

    @cached_property
    def _scores(self) -> Mapping[str, ScoreField]:
        fields = self.fields.items()
        return {name: field for name, field in fields if isinstance(field, ScoreField)}

    @cached_property
    def criteria(self) -> tuple[str, ...]:
        return tuple(self._scores)

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The criteria to which a member must say something before its sheet is complete."""
        return tuple(name for name, field in self._scores.items() if field.required)

    @cached_property
    def scales(self) -> Mapping[str, range]:
        return {name: field.scale.marks for name, field in self._scores.items()}

    @cached_property
    def weights(self) -> Mapping[str, int]:
        return {name: in_hundredths(field.weight) for name, field in self._scores.items()}


class Sitting(Grounded):
    """A meeting of a panel that decides on the candidatures it has ranked."""

    label: Text = declare(description=N_("its name, as people read it"))
    panel: Name = declare(description=N_("the panel that sits"), examples=['"cra"'])
    in_: tuple[Name, ...] = declare(
        description=N_("the states of the candidatures that it decides on"),
        examples=['["scored"]'],
        min_length=1,
    )
    rectifies: tuple[Name, ...] = declare(
        default=(),
        description=N_(
            "the states out of which it takes decisions up again, once a mark was rectified: a "
            "transition of each, named as the sitting, leads to `in`, and it is decided anew from "
            "there. Whoever it decides on as before stays as they were"
        ),
        examples=['["selected", "waitlisted", "not_selected"]'],
    )
    decides: tuple[Name, ...] = declare(
        description=N_(
            "the transitions tried for each candidature in rank order, until the rules allow one"
        ),
        examples=['["select", "wait_list", "decline"]'],
        min_length=1,
    )
    reasons: Named[Text] = declare(
        default=NOTHING,
        description=N_(
            "by transition, the reason written down when the panel gives none of its own; "
            "{names} in braces show their value"
        ),
        examples=['{ decline = "Rang {cra.rank}…" }'],
    )
    casting_vote: Bool = declare(
        default=False, description=N_("whether the chair decides when as many are for as against")
    )
    at: str | None = declare(
        default=None,
        description=N_("the date before which nothing is decided, and to which it is called"),
        examples=['"date.deliberation"'],
    )
    when: str | None = declare(
        default=None,
        description=N_(
            "a condition, in CEL, on the candidatures that it decides on, where it is not all"
        ),
        examples=["\"dossier.theme == 'food'\""],
    )
    rules: Named[Rule] = declare(
        default=NOTHING,
        description=N_("the rules asked for each decision it takes, beside those of the decision"),
    )
    same_as: tuple[str, ...] = declare(
        default=(),
        description=N_(
            "transitions, other sittings or single rules whose rules are asked here too: "
            "`sittings.<sitting>`, `sittings.<sitting>.<rule>`"
        ),
        examples=['["eligible.close.quorum"]'],
    )
    unless: tuple[str, ...] = declare(
        default=(),
        description=N_("transitions or rules of which one at least does not hold"),
        examples=['["scored.invite"]'],
    )
    members: tuple[Name, ...] = declare(
        default=(),
        description=N_("the institutions that sit, where they are not those of the panel"),
        examples=['["sgar", "region"]'],
    )
    advises: tuple[Name, ...] = declare(
        default=(),
        description=N_("institutions that are heard and have no voice"),
        examples=['["cress"]'],
    )
    proxies: Int = declare(
        default=0,
        description=N_("how many voices of who is not there one of those present may bear"),
        examples=["1"],
        ge=0,
        le=9,
    )
    dissent: Bool = declare(
        default=False,
        description=N_("whether who sits may have it written that it does not agree, and why"),
    )
    chairs: tuple[Name, ...] = declare(
        default=(),
        description=N_("who chairs: the first of them that is present"),
        examples=['["sgar", "region"]'],
    )

    @property
    def date(self) -> str:
        """The name of the date to which it is called; "" where it has none."""
        return (self.at or "").removeprefix("date.")
