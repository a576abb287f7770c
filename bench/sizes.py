"""`python -m bench.sizes` (`make bench-growth`): a contest at ten and a hundred times its size.

Each candidature is opened with a whole dossier, submitted, examined and marked by one seat, in a
file of SQLite's; the same rows are then copied to a PostgreSQL server. The contests of all sizes
are there at once and take turns, so that what else the machine does slows all of them down alike.
Filling the largest takes long, so this is no part of `make bench`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import psycopg

from bench import figures
from bench.mail import settings
from bench.measure import Contender, in_turn
from bench.servers import server
from bench.stage import DESK, SEATS, Stage
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import overview, show
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.ranking import ranking
from ptce_workflow.app.locations import LOCAL_FILE
from ptce_workflow.app.outbox.waiting import forecast
from ptce_workflow.app.retention.backup import copy_contest
from ptce_workflow.base.words import speaking
from ptce_workflow.scheduler.passes import tick
from ptce_workflow.store.database import Database

SIZES = (1_000, 10_000, 100_000)
MANY, FEW = 25, 3
"""How often what concerns one candidature is done, and what reads them all."""
IN_A_ROW = 10
"""What reads them all does so up to this often in a row, until it has read as many as the largest.

A machine shared with others changes its speed from one second to the next: the median of a few
short times is how fast it can be, that of long ones how fast it is.
"""
AT_ONCE = 500
MEGABYTE = 1_024
"""What the system counts of memory is in kilobytes."""
T = TypeVar("T")
BySize = Mapping[int, Mapping[str, float]]
Work = Callable[[Contest, list[str], int], object]
Filled = Mapping[int, tuple[Contest, list[str]]]

ONE: Mapping[str, Work] = {
    "advance": lambda contest, refs, n: advance(
        contest, [refs[n]], "withdraw", reason="It asks so."
    ),
    "why": lambda contest, refs, n: why(contest, refs[-1 - n]),
    "show": lambda contest, refs, n: show(contest, refs[-1 - n]),
    "history": lambda contest, refs, n: history(contest, refs[len(refs) // 4 + n]),
    # Nothing is due, so that nobody speaks to the server.
    "tick": lambda contest, _refs, _n: tick(contest, settings(1, 1)),
}
EVERY: Mapping[str, Work] = {
    "list": lambda contest, _refs, _n: overview(contest),
    "calendar": lambda contest, _refs, _n: forecast(contest),
    "rank": lambda contest, _refs, _n: ranking(contest),
    "verify": lambda contest, _refs, _n: verify(contest),
}


def main(sizes: list[int]) -> int:
    """Measures contests of those sizes, and prints what grew with them."""
    with at_each(sizes, "Filling: {size:,} candidatures …", _filled) as filled:
        found = {"SQLite": measured(filled)}
        folder = next(iter(filled.values()))[0].folder.parent
        with server(folder / "server") as urls:
            found["PostgreSQL"] = measured(
                {
                    # Those that were withdrawn in the file are so in the copy.
                    size: (
                        _copied(contest, folder / f"{size}-served", urls(f"c{size}")),
                        refs[MANY + 1 :],
                    )
                    for size, (contest, refs) in filled.items()
                }
            )
    told("sizes", {"sizes": found}, sizes, SIZES)
    return 0


@contextmanager
def at_each(sizes: list[int], doing: str, make: Callable[[Path, int], T]) -> Iterator[dict[int, T]]:
    """What is made at each size, in a folder of its own on the disk of the checkout."""
    build = Path(__file__).parents[1] / "build"
    build.mkdir(exist_ok=True)
    made = {}
    with tempfile.TemporaryDirectory(dir=build, prefix="bench-") as place, speaking("en"):
        for size in sizes:
            print(doing.format(size=size), file=sys.stderr, flush=True)
            made[size] = make(Path(place) / f"{size}", size)
        yield made


def told(
    section: str,
    found: Mapping[str, Mapping[str, BySize]],
    sizes: list[int],
    whole: Sequence[int],
) -> None:
    """Prints what grew; keeps it for the page, if all the sizes were measured."""
    if sizes == [*whole]:
        figures.kept(section, found)
    for part, by_database in found.items():
        for database, by_size in by_database.items():
            print(f"\n{database}\n{figures.growth_table(part, by_size)}")


def _filled(folder: Path, size: int) -> tuple[Contest, list[str]]:
    """A contest of a size."""
    stage = Stage(folder, mails=False, at_once=AT_ONCE)
    refs = stage.scored(size, seats=SEATS[:1])
    return stage.contest, refs


def _copied(contest: Contest, folder: Path, url: str) -> Contest:
    """The same contest, kept by a server."""
    print(f"Copying: {folder.name} …", file=sys.stderr, flush=True)
    shutil.copytree(contest.folder, folder, ignore=shutil.ignore_patterns("ptce.db*"))
    (folder / LOCAL_FILE).write_text(f'[database]\nurl = "{url}"\n', "utf-8")
    with closing(Database.ready(url)) as target:
        copy_contest(contest.database, contest.id, target)
    # Once, as a server does that has stood for an hour: it would do so while it is measured.
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return Contest.open(folder, actor=DESK, clock=contest.clock)


def measured(filled: Filled) -> dict[int, dict[str, float]]:
    """The median seconds of each kind of work, and the megabytes of `verify`, by size."""
    seconds: dict[int, dict[str, float]] = {size: {} for size in filled}
    in_a_row = {size: min(IN_A_ROW, max(filled) // size) for size in filled}
    for works, rounds, times in ((ONE, MANY, dict.fromkeys(filled, 1)), (EVERY, FEW, in_a_row)):
        for name, work in works.items():
            print(f"Measuring: {name} …", file=sys.stderr, flush=True)
            for one in filled.values():
                work(*one, 0)
            contenders = {str(size): _on(work, *filled[size], times[size]) for size in filled}
            for of_size, taken in in_turn(contenders, rounds).items():
                seconds[int(of_size)][name] = taken / times[int(of_size)]
    for size, (contest, _refs) in filled.items():
        contest.close()
        seconds[size]["verify_memory"] = memory(contest.folder, "verify")
    return seconds


def _on(work: Work, contest: Contest, refs: list[str], times: int) -> Contender:
    """Does a kind of work so many times in a row, in a round about a candidature of its own."""
    return lambda round_: [work(contest, refs, round_ + 1) for _time in range(times)]


def memory(folder: Path, command: str) -> float:
    """The most memory that a command takes, from its start to its end, in megabytes."""
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


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or [*SIZES]))
