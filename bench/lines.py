"""`python -m bench.lines` (part of `make bench-growth`): a ledger of up to a million lines.

Every candidature has a hundred lines, written by the product's own acts, hundreds in a
transaction: it is opened with a whole dossier, submitted, and an office writes its examination
down over and over. So a longer ledger has more candidatures, of the same history each: what is
told is the time of a line, which ought not to grow, and the memory of the two commands that read
it all. One more act is timed at both ends.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.measure import in_turn
from bench.sizes import at_each, memory, told
from bench.sourced import Sourced
from bench.stage import Stage
from ptce_workflow.app.admin.verify import verify
from ptce_workflow.app.cases.history import entries, replay_at
from ptce_workflow.app.cases.record import Raw, record, write_facts

SIZES = (1_000, 10_000, 1_000_000)
LINES_EACH = 100
LINES_BEFORE = 4
"""Opened, received and twice moved: what a candidature has before it is examined."""

ROUNDS = 25
READ = 5
AT_ONCE = 500


def main(sizes: list[int]) -> int:
    """Measures ledgers of about those numbers of lines, and prints what grew."""
    with at_each(sizes, "Writing: {size:,} lines …", measured) as read:
        told("lines", {"lines": {"SQLite": read}}, sizes, SIZES)
    return 0


def measured(folder: Path, size: int) -> dict[str, float]:
    """A ledger of about so many lines, written and measured."""
    stage = Stage(folder, mails=False, at_once=AT_ONCE)
    refs = stage.open(max(1, size // LINES_EACH))
    stage.move(refs, "submit")
    for time in range(LINES_EACH - LINES_BEFORE):
        _examine(stage, refs, time)
    contest = stage.contest
    append = _append(stage, refs)
    lines = verify(contest).lines
    sourced = Sourced(folder.with_name(f"{size}.db"))
    with contest.reading() as (unit, _process):
        sourced.tell(entries(unit, contest.id))
    contest.close()
    contest = stage.opened()
    taken = in_turn(
        {
            "verify": lambda _round: verify(contest),
            "replay": lambda _round: replay_at(contest),
            "sourced": lambda _round: sourced.replay(),
        },
        READ,
    )
    sourced.close()
    contest.close()
    replay, alone = taken["replay"] / lines, taken["sourced"] / sourced.events
    return {
        "append": append,
        "verify": taken["verify"] / lines,
        "replay": replay,
        "sourced": alone,
        "rate": alone / replay,
        **{f"{name}_memory": memory(stage.folder, name) for name in ("verify", "replay")},
    }


def _examine(stage: Stage, refs: list[str], time: int) -> None:
    """Writes one more line about each candidature."""
    for start in range(0, len(refs), AT_ONCE):
        with stage.contest.acting() as act:
            for case in act.load(refs[start : start + AT_ONCE]):
                write_facts(act, case, _examination(time))
            act.commit()
        stage.pass_time()


def _append(stage: Stage, refs: list[str]) -> float:
    """The seconds of one act that appends one line, durably."""

    def record_once(round_: int) -> None:
        record(stage.contest, refs[round_ % len(refs)], _examination(LINES_EACH + round_))

    record_once(ROUNDS)
    return in_turn({"append": record_once}, ROUNDS)["append"]


def _examination(time: int) -> Raw:
    return {"review": {"exists_already": bool(time % 2), "notes": f"Read again, {time}."}}


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or [*SIZES]))
