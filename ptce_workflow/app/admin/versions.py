"""The versions that verdicts depend on, beside the process and the facts, for the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import TZPATH

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.geography.zones import VERSION as GEOGRAPHY
from ptce_workflow.base.version import VERSION, installed_version, release
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.contest import EngineChanged

if TYPE_CHECKING:
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.store.rows import ContestRow


@cache
def engine_versions() -> dict[str, str]:
    """The versions that an `engine_changed` line records."""
    return {
        "cel": installed_version("cel-expr-python"),
        "geography": GEOGRAPHY,
        "holidays": installed_version("holidays"),
        "ptce_workflow": VERSION,
        "tzdata": _zone_tables(),
    }


def version(package: str) -> str:
    """The version of a package that is installed."""
    # Imported here for start-up time: only acts ask, and it brings the whole of email.
    from importlib.metadata import version as installed

    return installed(package)


def note_versions(act: Transaction, row: ContestRow) -> None:
    """Writes an `engine_changed` line when the versions are not those that the ledger tells.

    *Raises* PtceError in a program older than the one that wrote last: what a newer law lets it
    write, an older one would judge otherwise.
    """
    text = _present()
    if text != row.versions:
        _not_older(row)
        act.append(EngineChanged(engine_versions()))
        act.keep_versions(text)


def versions_text(versions: Mapping[str, str]) -> str:
    """Versions as they are kept beside the ledger, to be compared in one step."""
    return json.dumps(dict(versions), sort_keys=True)


def _not_older(row: ContestRow) -> None:
    wrote = dict(json.loads(row.versions or "{}")).get("ptce_workflow", "")
    if (release(wrote) or ()) > (release(VERSION) or ()):
        raise PtceError(
            _("This program is version {own}; version {other} wrote in the ledger.").format(
                own=VERSION, other=wrote
            ),
            _("An older program does not know what a newer one has written, nor by which law."),
            _("Install version {other} or a later one.").format(other=wrote),
        )


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
    return installed_version("tzdata")
