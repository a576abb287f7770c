"""How many lines a ledger of 200 candidatures holds once their scoring was closed one by one.

What is counted depends on no machine: a rank that moves with every closing would make the ledger
grow with the square of the candidatures.
"""

from __future__ import annotations

from pathlib import Path

from bench.measure import Count
from bench.stage import Stage
from ptce_workflow.app.admin.verify import verify

CANDIDATURES = 200
LINES_EACH, LINES_IN_ALL = 3, 3_000


def figures(folder: Path) -> list[Count]:
    """The lines that closing adds, and all that there are."""
    stage = Stage(folder, mails=False)
    refs = stage.scored(CANDIDATURES)
    before = verify(stage.contest).lines
    for ref in refs:
        stage.move([ref], "close_scoring")
    lines = verify(stage.contest).lines
    each = (lines - before) / CANDIDATURES
    return [
        Count(f"lines a candidature, {CANDIDATURES} closed one by one", each, LINES_EACH),
        Count("lines of that ledger in all", lines, LINES_IN_ALL),
    ]
