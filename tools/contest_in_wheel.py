"""Puts the contests of the rulebook into the wheel; hatchling runs this while it builds one.

The contest lies at the root of the repository, where people read it; the two calls that follow it
lie in `contests/`. An installed program finds all of them inside the package instead. An editable
installation gets no copy: it would go stale, and `bundled_contest()` finds the checkout by itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CONTESTS = "ptce_workflow/contests"
SOURCES = {
    "occitanie-2024": "",
    "ami-permanent": "contests/ami-permanent/",
    "aap-national": "contests/aap-national/",
    "blank/fr": "contests/blank/fr/",
    "blank/en": "contests/blank/en/",
}
# What `local.toml` may say, for whoever has no checkout.
LOCAL_EXAMPLE = "local.example.toml"
PARTS = ("config.toml", "states", "sheets")
# A contest that tells nobody anything is legal, and git keeps no empty folder.
OPTIONAL_PARTS = ("requests", "notifications", "texts", "translations")


class ContestInWheel(BuildHookInterface[Any]):
    """Adds the contest folders to what the wheel holds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Names the files to add; a missing part that none may lack stops the build."""
        if version == "editable":
            return
        build_data["force_include"][LOCAL_EXAMPLE] = f"{CONTESTS}/{LOCAL_EXAMPLE}"
        for name, source in SOURCES.items():
            present = [part for part in OPTIONAL_PARTS if Path(self.root, source + part).is_dir()]
            for part in (*PARTS, *present):
                build_data["force_include"][source + part] = f"{CONTESTS}/{name}/{part}"
