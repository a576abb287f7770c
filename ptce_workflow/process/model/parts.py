"""The tables of a contest folder as their files have them, before anything is made of them."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

Kind = Literal["config", "state", "gate", "ends", "sheet", "notification"]


class Part(Struct, frozen=True):
    """One table of the folder: of what kind, under which name, from which file."""

    kind: Kind
    name: str
    file: str
    table: dict[str, Any]

    @property
    def place(self) -> str:
        """The dotted name that its keys follow: `states.scored`, or nothing for `config.toml`."""
        places = {
            "config": "",
            "ends": "states",
            "sheet": f"sheets.{self.name}",
            "notification": f"notifications.{self.name}",
        }
        return places.get(self.kind, f"states.{self.name}")
