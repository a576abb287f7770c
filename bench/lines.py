"""`python -m bench.lines` (part of `make bench-growth`): a ledger of up to a million lines.

Every candidature has a hundred lines, written by the product's own acts, hundreds in a
transaction: it is opened with a whole dossier, submitted, and an office writes its examination
down over and over. So a longer ledger has more candidatures, of the same history each: what is
told is the time of a line, which ought not to grow, and the memory of the two commands that read
it all. One more act is timed at both ends.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.measure import aligned, duration, in_turn, timed
from bench.sizes import at_each, memory
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
AT_ONCE = 500
BOUND_TO_GROW = ("append", "verify, a line")
"""What a longer ledger may not slow down: the first against the shortest, a line against 10,000."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was measured of a ledger: its lines, seconds, and the megabytes of two commands."""

    lines: int
    seconds: Mapping[str, float]
    megabytes: Mapping[str, float]


def main(sizes: list[int]) -> int:
    """Measures ledgers of about those numbers of lines, and prints what grew."""
    print(table(at_each(sizes, "Writing: {size:,} lines …", measured)))
    return 0


def measured(folder: Path, size: int) -> Read:
    """A ledger of about so many lines, written and measured."""
    stage = Stage(folder, mails=False, at_once=AT_ONCE)
    refs = stage.open(max(1, size // LINES_EACH))
    stage.move(refs, "submit")
    for time in range(LINES_EACH - LINES_BEFORE):
        _examine(stage, refs, time)
    contest = stage.contest
    seconds = {"append": _append(stage, refs)}
    lines = verify(contest).lines
    sourced = Sourced(folder.with_name("sourced.db"))
    with contest.reading() as (unit, _process):
        sourced.tell(entries(unit, contest.id))
    contest.close()
    contest = stage.opened()
    seconds |= {
        "verify, a line": timed(verify, contest) / lines,
        "replay, a line": timed(replay_at, contest) / lines,
        "eventsourcing, an event": timed(sourced.replay) / sourced.events,
    }
    sourced.close()
    contest.close()
    return Read(lines, seconds, {name: memory(stage.folder, name) for name in ("verify", "replay")})


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


def table(found: list[Read]) -> str:
    """A row for each figure, a column for each size; beside the last, its bound."""
    first = next((one for one in found if one.lines >= 9_000), found[0])
    rows = [("", *(f"{one.lines:,} lines" for one in found), "target")]
    for name in found[0].seconds:
        base = found[0] if name == "append" else first
        grown = found[-1].seconds[name] / base.seconds[name]
        bound = f"{grown:.2f} × {base.lines:,} lines, ≤ 1.2" if name in BOUND_TO_GROW else ""
        rows.append((name, *(duration(one.seconds[name]) for one in found), bound))
    rates = [
        one.seconds["eventsourcing, an event"] / one.seconds["replay, a line"] for one in found
    ]
    rows.append(("replay, rate / eventsourcing", *(f"{rate:.2f}" for rate in rates), "≥ 3.5"))
    for name in found[0].megabytes:
        bound = "≤ 300 MB" if name == "verify" else ""
        rows.append((f"{name}, memory", *(f"{one.megabytes[name]:.0f} MB" for one in found), bound))
    return aligned(rows)


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or [*SIZES]))
