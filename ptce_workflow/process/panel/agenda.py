"""The agenda of a panel that meets: who is there, and what is voted beside the ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Deviation:
    """A decision voted otherwise than the ranking would have it; `reason` is for the minutes."""

    ref: str
    transition: str
    reason: str
    ayes: Sequence[str] = ()
    noes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class VotedOrder:
    """The voted order of candidatures that share a rank."""

    refs: Sequence[str]
    reason: str
    ayes: Sequence[str] = ()
    noes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Agenda:
    """The members present, the chair, and what is voted on beside the ranking.

    `sitting` names the meeting of config.toml (the only one, when it is left out). `reasons` are
    the panel's own words for its decisions, by reference; the others get those of the folder.
    """

    present: Sequence[str]
    sitting: str | None = None
    chair: str | None = None
    deviations: Sequence[Deviation] = ()
    orders: Sequence[VotedOrder] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
