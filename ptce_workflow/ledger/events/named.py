"""What a story names beside states, fields and hours: roles, candidatures, several at once."""

from __future__ import annotations

from msgspec import Struct


class RoleName(Struct, frozen=True):
    """A role, by what people call it."""

    name: str


class CandidatureName(Struct, frozen=True):
    """A candidature by its id, told by its reference."""

    id: str


class Listed(Struct, frozen=True):
    """Several of one kind, one after the other; a dash where there are none."""

    items: tuple[object, ...]
