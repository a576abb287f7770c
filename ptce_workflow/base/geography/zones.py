"""A zone, for all who record or read one: finding one takes the rest of the folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

from ptce_workflow.base.errors import Misuse

VERSION = "COG 2026, Occitanie 2024"
Kind = Literal["commune", "epci", "department", "region"]
KINDS: tuple[Kind, ...] = get_args(Kind)
RECORDED = ("kind", "code", "departments", "regions")
"""What the ledger keeps of a zone; its name is looked up when it is shown."""


class Zone(NamedTuple):
    """A zone of the map, with the departments and regions that it touches, by code."""

    kind: Kind
    code: str
    name: str
    departments: tuple[str, ...]
    regions: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Returns the value that the ledger keeps: see `RECORDED`."""
        kept = (self.kind, self.code, list(self.departments), list(self.regions))
        return dict(zip(RECORDED, kept, strict=True))

    def __str__(self) -> str:
        return f"{self.name} ({self.departments[0]})" if self.kind == "commune" else self.name


class PlaceRefused(Misuse):
    """Words that name no zone, or several; `candidates` are those that they may mean."""

    def __init__(
        self, what: str, why: str = "", mend: str = "", *, candidates: Sequence[Zone] = ()
    ) -> None:
        super().__init__(what, why, mend)
        self.candidates = tuple(candidates)
