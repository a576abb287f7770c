"""The answer of a rule about a candidature; loaded without CEL, which only judging needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """The answer of a rule about a candidature."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's answer; `missing` names the facts without which it cannot tell."""

    rule: str
    answer: Answer
    missing: tuple[str, ...] = ()
