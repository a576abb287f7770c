"""The models of what is counted and bounded: limits, and totals over candidatures."""

from __future__ import annotations

from decimal import Decimal

from ptce_workflow.base.words import N_
from ptce_workflow.process.model.shared import (
    LARGEST,
    Grounded,
    Int,
    Model,
    Name,
    Number,
    Text,
    ZoneCode,
    declare,
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
