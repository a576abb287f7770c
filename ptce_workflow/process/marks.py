"""The models of what a panel makes of marks: how they become means, how means rank."""

from __future__ import annotations

from typing import Literal

from ptce_workflow.process.model import N_, Bool, Grounded, Int, declare

Rounding = Literal["half_up", "half_even", "down"]


class Mean(Grounded):
    """The way from marks to means; without this table, means are rounded once, half up."""

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
