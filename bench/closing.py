"""How many lines a ledger of 200 candidatures holds once their scoring was closed one by one.

What is counted depends on no machine: a rank that moves with every closing would make the ledger
grow with the square of the candidatures.
"""

from __future__ import annotations

from pathlib import Path

from bench.measure import Found, Taken
from bench.stage import Stage
from ptce_workflow.app.audit.verify import verify

CANDIDATURES = 200


def figures(folder: Path) -> Found:
    """The lines that closing adds, and all that there are."""
    stage = Stage(folder, mails=False)
    refs = stage.scored(CANDIDATURES)
    before = verify(stage.contest).lines
    for ref in refs:
        stage.move([ref], "close_scoring")
    lines = verify(stage.contest).lines
    each = (lines - before) / CANDIDATURES
    return {"each": Taken(each), "lines": Taken(lines)}
