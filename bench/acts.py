"""One durable advance through the library, beside bare `sqlite3` and `eventsourcing`; and many.

The three take turns, candidature by candidature, each in a database of its own in one folder;
ours judges the rules, appends to the chain and keeps the projections in one transaction. A bulk
advance is one act of 1,000 candidatures, compared with as many acts of one: the same transition
of the same candidatures, moved back in between.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

from bench.bare import Bare
from bench.measure import Figure, timed
from bench.sourced import Sourced
from bench.stage import DESK, Stage
from ptce_workflow.app.cases.advance import advance
from ptce_workflow.app.cases.history import entries
from ptce_workflow.ledger.line import decode

SINGLE = 600
BULK = 1_000
BULK_ROUNDS = 3


def figures(folder: Path) -> list[Figure]:
    """Single advances beside both yardsticks, and bulk advances beside single ones."""
    return [*_single(folder / "single"), *_bulk(folder / "bulk")]


def _single(folder: Path) -> list[Figure]:
    folder.mkdir(parents=True)
    stage = Stage(folder / "contest", mails=False)
    refs = stage.open(SINGLE)
    contest = stage.contest
    sourced = Sourced(folder / "sourced.db")
    with contest.reading() as (unit, _process):
        sourced.tell(entries(unit, contest.id))
    bare = Bare(stage.folder / "ptce.db", folder / "bare.db", contest.id)
    taken: dict[str, list[float]] = {"ours": [], "bare": [], "sourced": []}
    for ref in refs:
        taken["ours"].append(timed(advance, contest, [ref], "submit"))
        rows = bare.written(ref)
        line = decode(rows.line[-1])
        taken["bare"].append(timed(bare.advance, DESK, rows))
        taken["sourced"].append(timed(sourced.advance, ref, line.actor, dict(line.data)))
        stage.pass_time()
    if not bare.same():
        raise RuntimeError("the yardstick did not write the same rows")
    bare.close()
    sourced.close()
    ours, alone, other = (median(taken[name]) for name in ("ours", "bare", "sourced"))
    return [
        Figure("one advance, rate / bare sqlite3", ours, alone, 0.5, faster=True),
        Figure("one advance, rate / eventsourcing", ours, other, 1, faster=True),
    ]


def _bulk(folder: Path) -> list[Figure]:
    stage = Stage(folder, mails=False)
    refs = stage.open(BULK)
    contest = stage.contest
    bulk: list[float] = []
    single: list[float] = []
    for _round in range(BULK_ROUNDS):
        bulk.append(timed(advance, contest, refs, "submit") / BULK)
        stage.pass_time()
        advance(contest, refs, "return_for_completion", reason="once more")
        stage.pass_time()
        # The whole round, as of the bulk: a short act alone may miss what else the machine does.
        single.append(sum(timed(advance, contest, [ref], "submit") for ref in refs) / BULK)
        advance(contest, refs, "return_for_completion", reason="once more")
        stage.pass_time()
    return [
        Figure(
            f"advance of {BULK:,} at once, rate / one by one",
            median(bulk),
            median(single),
            3,
            faster=True,
        )
    ]
