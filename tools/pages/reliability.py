"""The holes of the page on reliability: the figures of the last whole campaign of faults."""

from __future__ import annotations

import json
from typing import Any

from tools.pages.filling import SOURCES

RESULT = SOURCES / "reliability.json"
"""Written by `make faults`."""

_SUMMED = ("tried", "lost", "doubled", "mistaken", "failures")


def holes(language: str) -> dict[str, Any]:
    """The figures, those of acts and those of mails apart; the words are those of the source."""
    result: dict[str, Any] = json.loads(RESULT.read_text("utf-8"))
    rows, on = result["rows"], result["on"]
    return {
        **result,
        "versions": ", ".join(f"{name} {number}" for name, number in on["versions"].items()),
        "acts": [row for row in rows if row["acts"] or row["unsaid"] or not row["tried"]],
        "mails": [row for row in rows if row["mails"] and not row.get("said")],
        "answers": [_answer(row, language) for row in rows if row.get("said")],
        "total": {key: sum(row.get(key, 0) for row in rows) for key in _SUMMED},
        "found": [f"{row['what']} ({row['base']}): {one}" for row in rows for one in row["found"]],
    }


def _answer(row: dict[str, Any], language: str) -> dict[str, Any]:
    """The figures of what a mail server did at a step, and what the program said of it."""
    step, _colon, act = row["what"].partition(": ")
    said = {name: text.replace("|", "\\|") for name, text in row["said"][language].items()}
    return {**row, "step": step, "act": act, "said": said}
