"""Verifying and replaying a ledger of some 12,000 lines: 1,000 candidatures, opened to scored.

`verify` does all that it does for a user: bytes, chain, side rows, every act judged again, every
projection rebuilt and compared. Its yardstick reads the lines alone: SELECT, SHA-256 and
`json.loads` for each, nothing compared with anything. Replaying gives the state of every
candidature from the first line on, with both programs from an equal number of events that say
the same; `eventsourcing` rebuilds each aggregate from its repository, as it does for a user.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from bench.measure import Found, Taken, in_turn
from bench.sourced import Sourced
from bench.stage import Stage
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.history import steps
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.ledger.state import ContestState

CANDIDATURES = 1_000
ROUNDS = 5


def figures(folder: Path) -> Found:
    """`verify` and replay, a line at a time."""
    folder.mkdir()
    stage = Stage(folder / "contest", mails=False)
    stage.play(CANDIDATURES)
    contest = stage.contest
    report = verify(contest)
    if not report.intact:
        raise RuntimeError(str(report.faults[:3]))
    sourced = Sourced(folder / "sourced.db")
    with contest.looking() as tx:
        sourced.tell((step.line, step.sides) for step in steps(tx))
    database = stage.folder / "ptce.db"
    taken = in_turn(
        {
            "verify": lambda _round: verify(contest),
            "bare": lambda _round: _bare(database),
            "replay": lambda _round: _replayed(contest),
            "sourced": lambda _round: sourced.replay(),
        },
        ROUNDS,
    )
    sourced.close()
    lines, events = report.lines, sourced.events
    return {
        "verify": Taken(taken["verify"] / lines, taken["bare"] / lines, ROUNDS),
        "replay": Taken(taken["replay"] / lines, taken["sourced"] / events, ROUNDS),
    }


def _replayed(contest: Contest) -> None:
    with contest.looking() as tx, nothing_to_collect():
        for _step in steps(tx, state=ContestState()):
            pass


def _bare(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        for (line,) in connection.execute("SELECT line FROM ledger ORDER BY n"):
            sha256(line).hexdigest()
            json.loads(line)
