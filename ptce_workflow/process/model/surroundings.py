"""Names that rules read in every contest, each declared once: its type, value, label and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cel_expr_python import cel
from msgspec import Struct

from ptce_workflow.base.words import N_
from ptce_workflow.process.rules.case import Case, Moment

if TYPE_CHECKING:
    from cel_expr_python.cel import Type


Read = Callable[[Case, Moment], Any]

ORIGIN = "origin"
"""The name in rules of the contest that handed a candidature over."""

STATE = "state"
NOTICE = "sitting.notice"
CARRIED = "sitting.carried"
"""What rules read of a sitting: the days of its notice; whether no vote went against it."""

_KINDS = cel.Type


class Known(Struct, frozen=True):
    """A name that rules read; `read` gives None while its value is not known.

    `told` is what the page on the format says of it, `label` what people call it beside a value,
    where the name itself would not do.
    """

    type: Type
    read: Read
    told: str
    label: str = ""


def _sitting(name: str) -> Read:
    return lambda _case, moment: None if moment.sitting is None else moment.sitting.get(name)


def _of_origin(name: str) -> Read:
    return lambda case, _moment: None if case.origin is None else case.origin[name]


SURROUNDINGS: Mapping[str, Known] = {
    "now": Known(_KINDS.TIMESTAMP, lambda _case, moment: moment.now, N_("the instant of the act")),
    STATE: Known(
        _KINDS.STRING,
        lambda case, _moment: case.state,
        N_("the name of the state in which the candidature stands"),
        N_("state"),
    ),
    "actor.roles": Known(
        _KINDS.List(_KINDS.STRING),
        lambda _case, moment: list(moment.roles),
        N_("the roles of whoever acts"),
    ),
    "actor.institution": Known(
        _KINDS.STRING,
        lambda _case, moment: moment.institution,
        N_("their institution, or an empty text"),
    ),
    f"given.{ORIGIN}": Known(
        _KINDS.BOOL,
        lambda case, _moment: case.origin is not None,
        N_("whether another contest handed the candidature over"),
        N_("handed over by a contest"),
    ),
    f"{ORIGIN}.contest": Known(
        _KINDS.STRING,
        _of_origin("contest"),
        N_("the id of the contest that handed it over"),
        N_("contest of origin"),
    ),
    f"{ORIGIN}.ref": Known(
        _KINDS.STRING,
        _of_origin("ref"),
        N_("the candidature's reference there"),
        N_("reference in the contest of origin"),
    ),
    f"{ORIGIN}.state": Known(
        _KINDS.STRING,
        _of_origin("state"),
        N_("the name of the state in which it stood there"),
        N_("state in the contest of origin"),
    ),
    "handed_over": Known(
        _KINDS.BOOL,
        lambda case, _moment: bool(case.handed_over),
        N_("whether it was handed over to another contest since"),
        N_("handed over to a contest"),
    ),
    "sitting.present": Known(
        _KINDS.INT, _sitting("present"), N_("how many are there, at a sitting"), N_("present")
    ),
    "sitting.members": Known(
        _KINDS.INT,
        _sitting("members"),
        N_("how many members count for the candidature, at a sitting"),
        N_("members"),
    ),
    "sitting.call": Known(
        _KINDS.INT,
        _sitting("call"),
        N_("1 at the first call of the sitting, 2 at the next"),
        N_("call"),
    ),
    "sitting.ayes": Known(
        _KINDS.INT,
        _sitting("ayes"),
        N_("the voices for, in a vote on this very decision; none without a vote"),
        N_("for"),
    ),
    "sitting.noes": Known(
        _KINDS.INT,
        _sitting("noes"),
        N_("the voices against, in a vote on this very decision; none without a vote"),
        N_("against"),
    ),
    NOTICE: Known(
        _KINDS.INT,
        _sitting("notice"),
        N_(
            "the calendar days from that on which the last convocation of this call left, or was "
            "recorded by hand, to that of the opening: the smallest of those of the institutions "
            "that were reached, 0 where none was; not known where nobody called the sitting"
        ),
        N_("days of notice"),
    ),
    "sitting.unreached": Known(
        _KINDS.INT,
        _sitting("unreached"),
        N_("how many institutions sit and were not reached; not known where no mail calls them"),
        N_("institutions not reached"),
    ),
    CARRIED: Known(
        _KINDS.BOOL,
        _sitting("carried"),
        N_("no vote was taken on this very decision, or it passed, by the chair's voice too"),
        N_("carried"),
    ),
}
"""Every such name, in the order in which the page on the format tells them."""

SITTING = tuple(
    name.removeprefix("sitting.") for name in SURROUNDINGS if name.startswith("sitting.")
)
"""The values of a meeting of the panel that rules read, under `sitting`."""
