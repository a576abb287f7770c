"""Values of a story that whoever tells it words: in the reader's language, by the process."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Struct

from ptce_workflow.base.words import N_
from ptce_workflow.ledger.events.base import Say, Side, Story, doc

UNSAID = "–"
"""The sign that stands for a reason where one is asked for and nobody has given any."""


class Reason(Side, frozen=True):
    """Why, in words."""

    reason: Annotated[str, doc(N_("why, in words"))]


class StateName(Struct, frozen=True):
    """A state, by what people call it."""

    name: str


class TransitionName(Struct, frozen=True):
    """A transition, by what people call it; from one state where it is named."""

    name: str
    origin: str = ""


class InstitutionName(Struct, frozen=True):
    """An institution, by what people call it."""

    name: str


class NotificationName(Struct, frozen=True):
    """A mail, by what people call it."""

    name: str


class FieldNames(Struct, frozen=True):
    """Fields, by what people call them; many are told by how many there are."""

    names: tuple[str, ...]


class When(Struct, frozen=True):
    """An instant, in the contest's zone."""

    text: str


def reason_told(side: Any) -> Story:
    """The reason written beside an event, if there is one."""
    reason = getattr(side, "reason", UNSAID)
    if isinstance(reason, str) and reason != UNSAID:
        yield Say(N_("reason: {reason}"), {"reason": reason})
