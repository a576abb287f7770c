"""The holes of the page on reliability: the figures of the last whole campaign of faults."""

from __future__ import annotations

import json
from typing import Any

from tools.pages.filling import SOURCES

RESULT = SOURCES / "reliability.json"
"""Written by `make faults`."""

_SUMMED = ("tried", "lost", "doubled", "failures")


def holes(language: str) -> dict[str, Any]:
    """The figures, those of acts and those of mails apart; the words are those of the source."""
    result: dict[str, Any] = json.loads(RESULT.read_text("utf-8"))
    rows, on = result["rows"], result["on"]
    return {
        **result,
        "versions": ", ".join(f"{name} {number}" for name, number in on["versions"].items()),
        "acts": [row for row in rows if row["acts"] or row["unsaid"] or not row["tried"]],
        "mails": [row for row in rows if row["mails"]],
        "total": {key: sum(row[key] for row in rows) for key in _SUMMED},
        "found": [f"{row['what']} ({row['base']}): {one}" for row in rows for one in row["found"]],
    }
