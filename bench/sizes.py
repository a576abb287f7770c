"""`python -m bench.sizes` (`make bench-growth`): a contest at ten and a hundred times its size.

Each candidature is opened with a whole dossier, submitted, examined and marked by one seat. A
figure beside a size says by how much more the work grew than the candidatures did: 1 is linear,
and what concerns one candidature alone ought to stay as it was. Filling the largest takes long,
so this is no part of `make bench`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench.measure import Contender, aligned, duration, in_turn, timed
from bench.stage import DESK, SEATS, Stage
from ptce_workflow.app.admin.verify import verify
from ptce_workflow.app.cases.advance import advance
from ptce_workflow.app.cases.explain import why
from ptce_workflow.app.cases.history import history, replay_at
from ptce_workflow.app.cases.overview import overview, show
from ptce_workflow.app.jury.cutoff import ranking
from ptce_workflow.app.post.ahead import forecast
from ptce_workflow.base.words import speaking

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 5
AT_ONCE = 500
T = TypeVar("T")
MEGABYTE = 1_024
"""What the system counts of memory is in kilobytes."""


@dataclass(frozen=True, slots=True)
class Grown:
    """What was measured of a contest of one size: seconds, and the megabytes of two commands."""

    candidatures: int
    lines: int
    seconds: Mapping[str, float]
    megabytes: Mapping[str, float]


def main(sizes: list[int]) -> int:
    """Measures contests of those sizes, and prints what grew with them."""
    print(table(at_each(sizes, "Filling: {size:,} candidatures …", grown)))
    return 0


def at_each(sizes: list[int], doing: str, measure: Callable[[Path, int], T]) -> list[T]:
    """What is measured at each size, in a folder of its own on the disk of the checkout."""
    build = Path(__file__).parents[1] / "build"
    build.mkdir(exist_ok=True)
    found = []
    for size in sizes:
        print(doing.format(size=size), file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(dir=build, prefix="bench-") as place, speaking("en"):
            found.append(measure(Path(place) / "contest", size))
    return found


def grown(folder: Path, size: int) -> Grown:
    """A contest of a size, filled and measured."""
    stage = Stage(folder, mails=False, at_once=AT_ONCE)
    refs = stage.scored(size, seats=SEATS[:1])
    contest = stage.contest
    works: Mapping[str, Callable[[int], object]] = {
        "advance": lambda round_: advance(
            contest, [refs[round_]], "withdraw", reason="It asks so."
        ),
        "why": lambda round_: why(contest, refs[-1 - round_]),
        "show": lambda round_: show(contest, refs[-1 - round_]),
        "history of one": lambda round_: history(contest, refs[size // 2]),
        "list": lambda _round: overview(contest),
        "calendar": lambda _round: forecast(contest),
        "jury rank": lambda _round: ranking(contest),
    }
    for work in works.values():
        work(ROUNDS)
    seconds = dict(in_turn(works, ROUNDS))
    whole: Mapping[str, Contender] = {
        "replay": lambda _round: replay_at(contest),
        "verify": lambda _round: verify(contest),
    }
    seconds |= {name: timed(work, 0) for name, work in whole.items()}
    lines = verify(contest).lines
    contest.close()
    return Grown(size, lines, seconds, {name: memory(folder, name) for name in whole})


def memory(folder: Path, command: str) -> float:
    """The most memory that a command takes, from its start to its end."""
    words = [sys.executable, "-m", "ptce_workflow", "--contest", str(folder), "--as", DESK]
    # The system counts the memory of whoever starts a command as the command's own at first: a
    # small program has to start it.
    starter = [sys.executable, "-c", _START, *words, command]
    told = subprocess.run(starter, check=True, capture_output=True, text=True).stdout
    return int(told) / MEGABYTE


_START = """
import os, subprocess, sys
running = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_pid, status, used = os.wait4(running.pid, 0)
running.returncode = os.waitstatus_to_exitcode(status)
print(used.ru_maxrss)
sys.exit(running.returncode)
"""
"""Starts a command and prints the kilobytes that it took."""


def table(found: list[Grown]) -> str:
    """A row for each kind of work, a column for each size: what it took, and how it grew."""
    first = found[0]
    rows = [("", *(f"{one.candidatures:,}" for one in found))]
    rows.append(("lines", *(f"{one.lines:,}" for one in found)))
    for name in first.seconds:
        rows.append((name, *(_cell(first, one, name) for one in found)))
    for name in first.megabytes:
        rows.append((f"{name}, memory", *(f"{one.megabytes[name]:.0f} MB" for one in found)))
    return aligned(rows)


def _cell(first: Grown, one: Grown, name: str) -> str:
    taken = duration(one.seconds[name])
    if one is first:
        return taken
    growth = one.seconds[name] / first.seconds[name] / (one.candidatures / first.candidatures)
    return f"{taken} ({growth:.2g})"


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or [*SIZES]))
