"""The answer of a rule about a candidature; loaded without CEL, which only judging needs."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Answer(StrEnum):
    """The answer of a rule about a candidature."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"


class Verdict(Struct, frozen=True):
    """A rule's answer; `missing` names the facts without which it cannot tell."""

    rule: str
    answer: Answer
    missing: tuple[str, ...] = ()
