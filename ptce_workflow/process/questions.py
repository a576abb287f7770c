"""The model of `sheets/*.toml`: fields that are filled together, by the same people."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from ptce_workflow.process.fields import FieldType, ScoreField
from ptce_workflow.process.marks import Mean, Order
from ptce_workflow.process.model import (
    N_,
    NOTHING,
    Model,
    Name,
    Named,
    Text,
    declare,
    in_hundredths,
)

Role = Literal["desk", "jury", "auditor"]
"""The roles of people; time and the courier act under their own names."""


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
    fields: Named[FieldType] = declare(description=N_("the fields, by name"), min_length=1)

    @property
    def is_panel(self) -> bool:
        """True where each of several members fills this sheet once."""
        return bool(self.members)

    @cached_property
    def criteria(self) -> tuple[str, ...]:
        """The names of the fields that take marks, in the sheet's order."""
        return tuple(name for name, field in self.fields.items() if isinstance(field, ScoreField))

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
        """The weight of each criterion in the mean, in hundredths."""
        fields = self.fields.items()
        weights = {
            name: in_hundredths(field.weight)
            for name, field in fields
            if isinstance(field, ScoreField)
        }
        return MappingProxyType(weights)
