"""The models of `sheets/*.toml`: what is asked, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from ptce_workflow.base.gazetteer import KINDS, Kind
from ptce_workflow.process.model import (
    LARGEST,
    N_,
    Bool,
    Grounded,
    Int,
    Model,
    Name,
    Named,
    Number,
    Text,
    in_hundredths,
    nothing,
)

Role = Literal["desk", "jury", "auditor"]
"""What people may be; time and the courier act under their own names."""

WholeNumber = Int | Number


class Question(Grounded):
    """What every field has, whatever its type."""

    label: Text = Field(description=N_("what people read"))
    help: Text | None = Field(None, description=N_("a sentence that helps to answer"))
    required: Bool = Field(False, description=N_("whether the sheet is incomplete without it"))

    @property
    def is_computed(self) -> bool:
        """Whether it is worked out from others, and never typed in."""
        return False


class Computable(Question):
    """A field that may be worked out from others instead of typed in."""

    computed: str | None = Field(
        None,
        description=N_("a CEL expression over other facts of the ledger; never typed in"),
        examples=['"dossier.members.filter(m, m.ess).size()"'],
    )

    @property
    def is_computed(self) -> bool:
        """Whether it is worked out from others, and never typed in."""
        return self.computed is not None


class Erasable(Question):
    """A field whose answers may be erased one day: they stand outside the ledger's lines."""


class TextField(Erasable):
    """One line of text; erasable, so no rule reads it."""

    type: Literal["text"]
    max_length: Int = Field(200, description=N_("characters at most"), ge=1, le=100_000)


class LongTextField(Erasable):
    """Several lines of text; erasable, so no rule reads it."""

    type: Literal["long_text"]
    max_length: Int = Field(10_000, description=N_("characters at most"), ge=1, le=100_000)


class IntegerField(Computable):
    """A whole number; `int` in rules."""

    type: Literal["integer"]
    min: Int | None = Field(None, description=N_("the smallest accepted"), ge=-LARGEST, le=LARGEST)
    max: Int | None = Field(None, description=N_("the largest accepted"), ge=-LARGEST, le=LARGEST)


class DecimalField(Computable):
    """A number of one or two decimals, never negative; `uint` hundredths in rules."""

    type: Literal["decimal"]
    places: Int = Field(2, description=N_("digits after the comma"), ge=1, le=2)
    min: WholeNumber | None = Field(None, description=N_("the smallest accepted"), ge=0, le=LARGEST)
    max: WholeNumber | None = Field(None, description=N_("the largest accepted"), ge=0, le=LARGEST)


class BooleanField(Computable):
    """Yes or no; `bool` in rules."""

    type: Literal["boolean"]


class DateField(Question):
    """A day; in rules, the instant at which it begins in the contest's zone."""

    type: Literal["date"]


class DatetimeField(Question):
    """A day and an hour in the contest's zone; `timestamp` in rules."""

    type: Literal["datetime"]


class OptionField(Question):
    """One of several answers; the option's name, a `string`, in rules."""

    type: Literal["option"]
    options: Named[Text] = Field(description=N_("the answers, by name"), min_length=1)


class OptionsField(Question):
    """Some of several answers; `list(string)` in rules."""

    type: Literal["options"]
    options: Named[Text] = Field(description=N_("the answers, by name"), min_length=1)


class EmailField(Erasable):
    """An e-mail address; erasable."""

    type: Literal["email"]


class PhoneField(Erasable):
    """A telephone number; erasable."""

    type: Literal["phone"]


class UrlField(Erasable):
    """A web address; erasable."""

    type: Literal["url"]


class SirenField(Erasable):
    """The nine digits of a French legal unit, key checked; erasable."""

    type: Literal["siren"]


class SiretField(Erasable):
    """The fourteen digits of a French establishment, key checked; erasable."""

    type: Literal["siret"]


class TerritoryField(Question):
    """Communes, EPCI, departments or regions; rows of kind, code, departments, regions."""

    type: Literal["territory"]
    kinds: tuple[Kind, ...] = Field(
        KINDS,
        description=N_("the kinds of zone accepted"),
        min_length=1,
    )


class FileField(Erasable):
    """A document, kept in the database; erasable."""

    type: Literal["file"]
    max_mb: Int = Field(10, description=N_("megabytes at most"), ge=1, le=100)


class Scale(Model):
    """From the lowest mark to the highest, by steps."""

    from_: WholeNumber = Field(alias="from", description=N_("the lowest mark"), ge=0, le=1000)
    to: WholeNumber = Field(description=N_("the highest mark"), ge=0, le=1000)
    step: WholeNumber = Field(
        Decimal(1), description=N_("the distance between marks"), gt=0, le=1000
    )

    @property
    def marks(self) -> range:
        """Every mark that may be given, in hundredths."""
        low, high, step = map(in_hundredths, (self.from_, self.to, self.step))
        return range(low, high + 1, step)


class ScoreField(Question):
    """A mark given by a member of the panel; `uint` hundredths in rules."""

    type: Literal["score"]
    scale: Scale = Field(
        description=N_("the marks that may be given"), examples=["{ from = 0, to = 5, step = 0.5 }"]
    )


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
    Field(discriminator="type"),
]


class TableField(Question):
    """Rows of typed columns; rules see the columns that are not erasable."""

    type: Literal["table"]
    columns: Named[Column] = Field(description=N_("the columns, by name"), min_length=1)
    min_rows: Int = Field(0, description=N_("rows at least"), ge=0, le=500)
    max_rows: Int = Field(200, description=N_("rows at most"), ge=1, le=500)


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
    Field(discriminator="type"),
]


class Order(Grounded):
    """One key by which a panel ranks; ties go to the key of the next rank."""

    rank: Int = Field(description=N_("1 is looked at first"), ge=1)
    key: str = Field(description=N_("what is compared"), examples=['"cra.total"'])
    ascending: Bool = Field(False, description=N_("whether the smallest comes first"))


class Sheet(Model):
    """A sheet: fields that are filled together, by the same people."""

    label: Text = Field(description=N_("what people read"))
    help: Text | None = Field(None, description=N_("a sentence that helps to fill it in"))
    by: tuple[Role, ...] = Field(
        description=N_("the roles that may write in it"), examples=['["desk"]'], min_length=1
    )
    members: tuple[Name, ...] = Field(
        (),
        description=N_("the institutions that each fill it once: the sheet is then a panel"),
        examples=['["dreets", "region"]'],
    )
    order: Named[Order] = Field(
        default_factory=nothing,
        description=N_("the keys by which the panel ranks, one after the other"),
    )
    fields: Named[AnyField] = Field(description=N_("the fields, by name"), min_length=1)

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
