"""Puts the contest of the rulebook into the wheel; hatchling runs this while it builds one.

The contest lies at the root of the repository, where people read it. An installed program finds
it inside the package instead. An editable installation gets no copy: it would go stale, and
`bundled_contest()` finds the checkout by itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CONTEST = "ptce_workflow/contests/occitanie-2024"
PARTS = ("config.toml", "states", "sheets")
# A contest that tells nobody anything is legal, and git keeps no empty folder.
OPTIONAL_PARTS = ("notifications",)


class ContestInWheel(BuildHookInterface[Any]):
    """Adds the contest folder to what the wheel holds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Names the files to add; a missing part other than notifications stops the build."""
        if version == "editable":
            return
        present = [part for part in OPTIONAL_PARTS if Path(self.root, part).is_dir()]
        for part in (*PARTS, *present):
            build_data["force_include"][part] = f"{CONTEST}/{part}"
