"""One durable advance through the library, beside the bare driver and `eventsourcing`; and many.

They take turns, candidature by candidature, each in a database of its own in one place, on SQLite
and on PostgreSQL;
ours judges the rules, appends to the chain and keeps the projections in one transaction. A bulk
advance is one act of 1,000 candidatures, compared with as many acts of one: the same transition
of the same candidatures, moved back in between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from bench.bare import Bare, Written, copied
from bench.measure import Found, Taken, timed
from bench.servers import server
from bench.sourced import Sourced
from bench.stage import DESK, Stage
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.history import steps
from ptce_workflow.ledger.line import decode

SINGLE = 600
BULK = 1_000
BULK_ROUNDS = 5


def figures(folder: Path) -> Found:
    """Single advances beside both yardsticks, and bulk advances beside single ones."""
    folder.mkdir(parents=True)
    with server(folder / "server") as urls:
        return {
            **_single(folder / "single"),
            "psycopg": _on_server(folder / "served", urls),
            "bulk": _bulk(folder / "bulk"),
        }


def _single(folder: Path) -> Found:
    folder.mkdir(parents=True)
    stage = Stage(folder / "contest", mails=False)
    refs = stage.open(SINGLE)
    contest = stage.contest
    sourced = Sourced(folder / "sourced.db")
    with contest.looking() as tx:
        sourced.tell((step.line, step.sides) for step in steps(tx))
    file = stage.folder / "ptce.db"
    bare = Bare(str(file), copied(file, folder / "bare.db"), contest.id)
    others: list[float] = []

    def also(ref: str, rows: Written) -> None:
        line = decode(rows.line[-1])
        others.append(timed(sourced.advance, ref, line.actor, dict(line.data)))

    ours, alone = _beside(stage, refs, bare, also)
    sourced.close()
    other = median(others)
    return {"sqlite3": Taken(ours, alone, SINGLE), "sourced": Taken(ours, other, SINGLE)}


def _on_server(folder: Path, urls: Callable[..., str]) -> Taken:
    url = urls("ours")
    stage = Stage(folder, mails=False, url=url)
    refs = stage.open(SINGLE)
    # A database is copied while nobody is in it.
    stage.contest.close()
    bare = Bare(url, urls("bare", "ours"), stage.contest.id)
    return Taken(*_beside(stage, refs, bare), SINGLE)


def _beside(
    stage: Stage,
    refs: Sequence[str],
    bare: Bare,
    also: Callable[[str, Written], None] | None = None,
) -> tuple[float, float]:
    """The median seconds of an advance, ours and the bare driver's, candidature by candidature."""
    ours, alone = [], []
    for ref in refs:
        ours.append(timed(advance, stage.contest, [ref], "submit"))
        rows = bare.written(ref)
        alone.append(timed(bare.advance, DESK, rows))
        if also is not None:
            also(ref, rows)
        stage.pass_time()
    if not bare.same():
        raise RuntimeError("the yardstick did not write the same rows")
    bare.close()
    return median(ours), median(alone)


def _bulk(folder: Path) -> Taken:
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
    return Taken(median(bulk), median(single), BULK_ROUNDS)
