"""What of the erasable part of a ledger a page shows: all of it, what is public, nothing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec.structs import replace

from ptce_workflow.ledger.events.base import UNSAID, Side, Sides
from ptce_workflow.ledger.events.facts import Facts, Mended


class NameChoice(StrEnum):
    """The choice of whoever makes a page."""

    ALL = "all"
    PUBLIC = "public"
    NONE = "none"


def let_through(sides: Sides, names: NameChoice, name_field: str) -> Sides:
    """The side rows of a line as far as they are shown; public is the collective's name."""
    if names is NameChoice.ALL or not sides:
        return sides
    if names is NameChoice.NONE:
        return {}
    found = ((subject, _public(side, name_field)) for subject, side in sides.items())
    return {subject: side for subject, side in found if side is not None}


def _public(side: Side, name_field: str) -> Side | None:
    if not isinstance(side, Facts) or name_field not in side.facts:
        return None
    seen = replace(side, facts=_only(side.facts, name_field))
    if isinstance(seen, Mended):
        return replace(seen, before=_only(seen.before, name_field), reason=UNSAID)
    return seen


def _only(facts: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {name: facts[name]} if name in facts else {}


def is_whole(side: Side, names: NameChoice, name_field: str) -> bool:
    """True for a side row of which nothing is left out: anyone can check it against its line."""
    if names is NameChoice.PUBLIC:
        return _public(side, name_field) == side
    return names is NameChoice.ALL
