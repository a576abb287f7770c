"""What verdicts depend on beside the process and the facts: versions, for the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import TZPATH

from ptce_workflow.base.gazetteer import VERSION as GEOGRAPHY
from ptce_workflow.ledger import events

if TYPE_CHECKING:
    from ptce_workflow.desk.act import Act
    from ptce_workflow.store.rows import ContestRow


@cache
def engine_versions() -> dict[str, str]:
    """The versions that an `engine_changed` line records."""
    return {
        "cel": version("cel-expr-python"),
        "geography": GEOGRAPHY,
        "holidays": version("holidays"),
        "ptce_workflow": version("ptce-workflow"),
        "tzdata": _zone_tables(),
    }


def note_versions(act: Act, row: ContestRow) -> None:
    """Writes an `engine_changed` line when the versions are not those that the ledger tells."""
    text = _present()
    if text != row.versions:
        act.append(events.ENGINE_CHANGED, {"versions": engine_versions()})
        act.keep_versions(text)


def versions_text(versions: Mapping[str, str]) -> str:
    """Versions as they are kept beside the ledger, to be compared in one step."""
    return json.dumps(dict(versions), sort_keys=True)


@cache
def _present() -> str:
    return versions_text(engine_versions())


def _zone_tables() -> str:
    """The release of the zone tables that `zoneinfo` reads: the system's first, else our own."""
    for folder in TZPATH:
        for name, prefix in (("+VERSION", ""), ("tzdata.zi", "# version ")):
            path = Path(folder) / name
            if path.is_file():
                with path.open(encoding="utf-8") as stream:
                    return stream.readline().removeprefix(prefix).strip()
        if Path(folder, "Europe", "Paris").is_file():
            return "system"
    return version("tzdata")
