"""What every definition model shares: frozen, strict about keys, immutable to the leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt
from pydantic import StringConstraints as _Constraints
from pydantic.types import Strict

from ptce_workflow.base.words import language


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "mark, translate later"
    """Marks a message for the catalogue; it is translated where it is shown."""
    return message


class Model(BaseModel):
    """A table of the contest folder: no unknown key, no change after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


_Phrase = Annotated[str, _Constraints(strip_whitespace=True, min_length=1)]


class Text(Model):
    """A phrase in every language that the contest speaks."""

    fr: _Phrase = Field(description=N_("in French"))
    en: _Phrase = Field(description=N_("in English"))

    def __str__(self) -> str:
        return self.in_(language())

    def in_(self, language: str) -> str:
        """The phrase in one language (`fr` or `en`)."""
        return self.en if language == "en" else self.fr


def _freeze(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(value))


LARGEST = 1_000_000_000_000
"""No number of a folder lies beyond, so that sums of hundredths stay within 64 bits."""

T = TypeVar("T")
Name = Annotated[str, _Constraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Named = Annotated[Mapping[Name, T], AfterValidator(_freeze)]
Bool = StrictBool
Int = StrictInt
Number = Annotated[Decimal, Field(strict=True)]
LocalDatetime = Annotated[datetime, Strict()]
InstantSource = LocalDatetime | Annotated[date, Strict()] | str
"""What may stand after `at`; `process.instant` reads it."""


def by_type(union: Any) -> dict[str, type[Model]]:
    """The models that their `type` tells apart, by what it says."""
    models = get_args(get_args(union)[0])
    return {get_args(model.model_fields["type"].annotation)[0]: model for model in models}


def in_hundredths(number: Decimal | int) -> int:
    """A number that may have decimals, as rules and the ledger hold it."""
    return int(Decimal(number).scaleb(2))


def nothing() -> Mapping[str, Any]:
    """An empty table, for one that was left out."""
    return MappingProxyType({})


class Grounded(Model):
    """Something the rulebook says, or the organiser chose: one of the two is always named."""

    source: Text | None = Field(
        None,
        description=N_(
            "where the rulebook says so: section and paragraph, counted between blank lines"
        ),
        examples=['{ fr = "Jury du concours, 6e point", en = "Jury, 6th point" }'],
    )
    choice: Text | None = Field(
        None,
        description=N_("why the organiser decided so, where the rulebook is silent"),
        examples=['{ fr = "quatre voix sur six suffisent", en = "four voices of six are enough" }'],
    )

    @property
    def grounded(self) -> bool:
        """Whether a source or a choice is given."""
        return self.source is not None or self.choice is not None


class Question(Grounded):
    """What every field has, whatever its type."""

    label: Text = Field(description=N_("what people read"))
    help: Text | None = Field(None, description=N_("a sentence that helps to answer"))
    required: Bool = Field(False, description=N_("whether the sheet is incomplete without it"))

    @property
    def is_computed(self) -> bool:
        """Whether it is worked out from others, and never typed in."""
        return False
