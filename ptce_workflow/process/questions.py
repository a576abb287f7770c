"""The models of `sheets/*.toml`: what is asked, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Literal

from ptce_workflow.base.gazetteer import KINDS, Kind
from ptce_workflow.process.marks import Mean, Order, ScoreField
from ptce_workflow.process.model import (
    LARGEST,
    N_,
    NOTHING,
    Bound,
    Int,
    Model,
    Name,
    Named,
    Question,
    Text,
    WholeNumber,
    declare,
    in_hundredths,
)

Role = Literal["desk", "jury", "auditor"]
"""What people may be; time and the courier act under their own names."""


class Computable(Question):
    """A field that may be worked out from others instead of typed in."""

    computed: str | None = declare(
        default=None,
        description=N_("a CEL expression over other facts of the ledger; never typed in"),
        examples=['"dossier.members.filter(m, m.ess).size()"'],
    )

    @property
    def is_computed(self) -> bool:
        """Whether it is worked out from others, and never typed in."""
        return self.computed is not None


class SignedFor(Question):
    """A question that the sign-in sheet of a date may ask."""

    sign_in: Name | None = declare(
        default=None,
        description=N_("the date of `config.toml` whose sign-in sheet asks for it"),
        examples=['"session_1"'],
    )


class Erasable(Question):
    """A field whose answers may be erased one day: they stand outside the ledger's lines."""


class TextField(SignedFor, Erasable):
    """One line of text; erasable, so no rule reads it."""

    type: Literal["text"] = declare()
    max_length: Int = declare(default=200, description=N_("characters at most"), ge=1, le=100_000)


class LongTextField(SignedFor, Erasable):
    """Several lines of text; erasable, so no rule reads it."""

    type: Literal["long_text"] = declare()
    max_length: Int = declare(
        default=10_000, description=N_("characters at most"), ge=1, le=100_000
    )


class IntegerField(Computable):
    """A whole number; `int` in rules."""

    type: Literal["integer"] = declare()
    min: Int | None = declare(
        default=None, description=N_("the smallest accepted"), ge=-LARGEST, le=LARGEST
    )
    max: Int | None = declare(
        default=None, description=N_("the largest accepted"), ge=-LARGEST, le=LARGEST
    )


class DecimalField(Computable):
    """A number of one or two decimals, never negative; `uint` hundredths in rules."""

    type: Literal["decimal"] = declare()
    places: Int = declare(default=2, description=N_("digits after the comma"), ge=1, le=2)
    min: WholeNumber | None = declare(
        default=None, description=N_("the smallest accepted"), ge=0, le=LARGEST
    )
    max: WholeNumber | None = declare(
        default=None, description=N_("the largest accepted"), ge=0, le=LARGEST
    )


class BooleanField(Computable):
    """Yes or no; `bool` in rules."""

    type: Literal["boolean"] = declare()


class DateField(Question):
    """A day; in rules, the instant at which it begins in the contest's zone."""

    type: Literal["date"] = declare()


class DatetimeField(Question):
    """A day and an hour in the contest's zone; `timestamp` in rules."""

    type: Literal["datetime"] = declare()


class OptionField(SignedFor):
    """One of several answers; the option's name, a `string`, in rules."""

    type: Literal["option"] = declare()
    options: Named[Text] = declare(description=N_("the answers, by name"), min_length=1)


class OptionsField(Question):
    """Some of several answers; `list(string)` in rules."""

    type: Literal["options"] = declare()
    options: Named[Text] = declare(description=N_("the answers, by name"), min_length=1)


class EmailField(Erasable):
    """An e-mail address; erasable."""

    type: Literal["email"] = declare()


class PhoneField(Erasable):
    """A telephone number; erasable."""

    type: Literal["phone"] = declare()


class UrlField(Erasable):
    """A web address; erasable."""

    type: Literal["url"] = declare()


class SirenField(Erasable):
    """The nine digits of a French legal unit, key checked; erasable."""

    type: Literal["siren"] = declare()


class SiretField(Erasable):
    """The fourteen digits of a French establishment, key checked; erasable."""

    type: Literal["siret"] = declare()


class TerritoryField(Question):
    """Communes, EPCI, departments or regions; rows of kind, code, departments, regions."""

    type: Literal["territory"] = declare()
    kinds: tuple[Kind, ...] = declare(
        default=KINDS,
        description=N_("the kinds of zone accepted"),
        min_length=1,
    )


class FileField(Erasable):
    """A document, kept in the database; erasable."""

    type: Literal["file"] = declare()
    max_mb: Int = declare(default=10, description=N_("megabytes at most"), ge=1, le=100)


Column = Annotated[
    TextField
    | LongTextField
    | IntegerField
    | DecimalField
    | BooleanField
    | DateField
    | OptionField
    | EmailField
    | PhoneField
    | UrlField
    | SirenField
    | SiretField,
    Bound(discriminator="type"),
]


class TableField(Question):
    """Rows of typed columns; rules see the columns that are not erasable."""

    type: Literal["table"] = declare()
    columns: Named[Column] = declare(description=N_("the columns, by name"), min_length=1)
    min_rows: Int = declare(default=0, description=N_("rows at least"), ge=0, le=500)
    max_rows: Int = declare(default=200, description=N_("rows at most"), ge=1, le=500)
    roster: str | None = declare(
        default=None,
        description=N_(
            "the text column of another table whose entries are the rows of a sign-in sheet; the "
            "column of the same name takes them here"
        ),
        examples=['"dossier.members.name"'],
    )


AnyField = Annotated[
    TextField
    | LongTextField
    | IntegerField
    | DecimalField
    | BooleanField
    | DateField
    | DatetimeField
    | OptionField
    | OptionsField
    | EmailField
    | PhoneField
    | UrlField
    | SirenField
    | SiretField
    | TerritoryField
    | TableField
    | FileField
    | ScoreField,
    Bound(discriminator="type"),
]


class Sheet(Model):
    """A sheet: fields that are filled together, by the same people."""

    label: Text = declare(description=N_("what people read"))
    help: Text | None = declare(default=None, description=N_("a sentence that helps to fill it in"))
    by: tuple[Role, ...] = declare(
        description=N_("the roles that may write in it"), examples=['["desk"]'], min_length=1
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
    mean: Mean = declare(default=Mean(), description=N_("how marks become means"))
    order: Named[Order] = declare(
        default=NOTHING,
        description=N_("the keys by which the panel ranks, one after the other"),
    )
    fields: Named[AnyField] = declare(description=N_("the fields, by name"), min_length=1)

    @property
    def is_panel(self) -> bool:
        """Whether each of several members fills this sheet once."""
        return bool(self.members)

    @cached_property
    def criteria(self) -> tuple[str, ...]:
        """The names of the fields that take marks, in the sheet's order."""
        return tuple(name for name, field in self.fields.items() if field.type == "score")

    @cached_property
    def scales(self) -> Mapping[str, range]:
        """The marks that each criterion takes, in hundredths."""
        fields = self.fields.items()
        scales = {
            name: field.scale.marks for name, field in fields if isinstance(field, ScoreField)
        }
        return MappingProxyType(scales)

    @cached_property
    def weights(self) -> Mapping[str, int]:
        """What each criterion weighs in the mean, in hundredths."""
        fields = self.fields.items()
        weights = {
            name: in_hundredths(field.weight)
            for name, field in fields
            if isinstance(field, ScoreField)
        }
        return MappingProxyType(weights)
