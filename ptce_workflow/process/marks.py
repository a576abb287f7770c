"""The models of what a panel gives: marks on a scale, how they become means, how means rank."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Literal

from ptce_workflow.process.model import (
    N_,
    Bool,
    Grounded,
    Int,
    Model,
    Name,
    Question,
    WholeNumber,
    declare,
    in_hundredths,
)

Rounding = Literal["half_up", "half_even", "down"]

NO_OPINION = "-"
"""What is typed, or read from a grid, instead of a mark by a member that has no opinion."""


class Scale(Model):
    """From the lowest mark to the highest, by steps."""

    from_: WholeNumber = declare(description=N_("the lowest mark"), ge=0, le=1000)
    to: WholeNumber = declare(description=N_("the highest mark"), ge=0, le=1000)
    step: WholeNumber = declare(
        default=Decimal(1), description=N_("the distance between marks"), gt=0, le=1000
    )

    @cached_property
    def marks(self) -> range:
        """Every mark that may be given, in hundredths."""
        low, high, step = map(in_hundredths, (self.from_, self.to, self.step))
        return range(low, high + 1, step)


class ScoreField(Question):
    """A mark given by a member of the panel; `uint` hundredths in rules."""

    type: Literal["score"] = declare()
    scale: Scale = declare(
        description=N_("the marks that may be given"), examples=["{ from = 0, to = 5, step = 0.5 }"]
    )
    weight: WholeNumber = declare(
        default=Decimal(1),
        description=N_("what it weighs in the panel's total, beside the other criteria"),
        ge=0,
        le=1000,
    )
    no_opinion: Bool = declare(
        default=False,
        description=N_("whether a member may say that it has no opinion, written `-`"),
    )
    comment_in: Name | None = declare(
        default=None,
        description=N_("the field of the panel in which a mark is explained"),
        examples=['"comment"'],
    )
    comment_under: WholeNumber | None = declare(
        default=None, description=N_("a mark below it must be explained"), ge=0, le=1000
    )
    comment_over: WholeNumber | None = declare(
        default=None, description=N_("a mark above it must be explained"), ge=0, le=1000
    )

    def wants_comment(self, mark: int) -> bool:
        """Whether a mark, in hundredths, must be explained in `comment_in`."""
        under, over = self._explained
        return (under is not None and mark < under) or (over is not None and mark > over)

    @cached_property
    def _explained(self) -> tuple[int | None, int | None]:
        """The marks below and above which marks are explained, in hundredths."""
        under, over = self.comment_under, self.comment_over
        return (
            None if under is None else in_hundredths(under),
            None if over is None else in_hundredths(over),
        )


class Mean(Grounded):
    """How marks become means; without this table, means are rounded once, half up."""

    rounding: Rounding = declare(
        default="half_up",
        description=N_("which way a mean between two hundredths goes; it is rounded only once"),
    )
    no_opinion: Literal["left_out", "lowest"] = declare(
        default="left_out",
        description=N_(
            "whether a member without an opinion is left out of the mean, or counts as the "
            "lowest mark of the scale"
        ),
    )


class Order(Grounded):
    """One key by which a panel ranks; ties go to the key of the next rank."""

    rank: Int = declare(description=N_("1 is looked at first"), ge=1)
    key: str = declare(description=N_("what is compared"), examples=['"cra.total"'])
    ascending: Bool = declare(default=False, description=N_("whether the smallest comes first"))
