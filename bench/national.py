"""A national load: eighteen contests on one PostgreSQL, with all that works on them at once.

Four schedulers, each `ptce run` over all eighteen folders, and fifty people of the desks in eight
processes, each with a contest, a login and candidatures of its own, who submit them and send them
back without a pause for one minute. Everybody waits for the disk. Then the schedulers are asked to
end, what is still due is sent, and all is counted: each act that was called done against the lines
of its ledger, each ledger by `verify`, each mail against those that the mail server took.

Beside it, without schedulers: as many acts of one process on one contest, and of four processes on
a contest each; how many cores these keep busy, the server's work for them included; and how much
more two processes that only compute do than one, which is the most that any could.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import Any

from bench.mail import settings
from bench.measure import Found, Taken, timed
from bench.servers import server
from bench.sink import HOST, Sink, sink
from bench.stage import DESK, Stage
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import DEFAULT, LOCAL_FILE, bundled_contest, read_folder
from ptce_workflow.app.people import enrol
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.line import decode
from ptce_workflow.scheduler.passes import tick

CONTESTS, SCHEDULERS, ACTORS, PROCESSES = 18, 4, 50, 8
EACH = 40
"""The candidatures of an actor: each goes there and back some ten times in a minute."""
THERE, BACK = "submit", "return_for_completion"
MINUTE_S = 60.0
EVERY_S = 1
"""Mails leave within a second of the act, as where people wait for their receipt."""
ACTS, ROUNDS = 150, 5
COMPUTED = 1_500_000
_PATIENCE_S = 120
_FORK = get_context("fork")
_STARTS: list[Any] = []
"""Of a process that was forked: what it waits at until all others are ready."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody of a desk: the folder of their contest, their login, their candidatures."""

    folder: Path
    login: str
    refs: Sequence[str]


Act = tuple[str, str]
"""The contest and the reference of what somebody acted on."""


@dataclass
class Done:
    """What actors did: acts that were called done, what each took, errors, how long it lasted."""

    acts: Counter[Act]
    seconds: list[float]
    errors: list[str]
    lasted_s: float


def figures(folder: Path) -> Found:
    """The minute, and four processes beside one."""
    folder.mkdir(parents=True)
    with server(folder / "server") as urls, sink() as mails:
        actors, clock = _begun(folder / "contests", urls("national"), mails)
        found = _minute(folder, actors, clock, mails)
        found |= _across(actors, clock)
    # Each that a ledger calls sent was taken once, and no other.
    sent = found["mails"].ours
    found["doubled"] = Taken(mails.taken - mails.different + abs(mails.different - sent))
    return found


def _begun(folder: Path, url: str, mails: Sink) -> tuple[list[Actor], SetClock]:
    """The contests, in folders that stand in one, and who acts in them."""
    actors = []
    for number in range(CONTESTS):
        place = folder / f"region-{number + 1:02}"
        _laid_out(place)
        stage = Stage(place, url=url)
        with stage.contest as contest, (stage.folder / LOCAL_FILE).open("a") as local:
            local.write(
                f'\n[mail]\nhost = "{HOST}"\nport = {mails.port}\nsecurity = "none"\n'
                "for_real = true\n"
                'sender = "Concours <concours@cress.example>"\nper_minute = 0\n'
            )
            for person in range(number, ACTORS, CONTESTS):
                enrol(contest, f"Actor {person}", ["desk"], login=f"actor-{person}")
                actors.append(Actor(stage.folder, f"actor-{person}", stage.open(EACH)))
    # One hour for everyone: nobody's clock stands behind another's lines.
    return actors, stage.clock


def _laid_out(folder: Path) -> None:
    """Lays the bundled contest out under the name of the folder."""
    for name, content in read_folder(bundled_contest()).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(
            content.replace(f'"{DEFAULT}"'.encode(), f'"{folder.name}"'.encode())
        )


def _minute(
    folder: Path, actors: Sequence[Actor], clock: SetClock, mails: Sink
) -> dict[str, Taken]:
    places = sorted({actor.folder for actor in actors})
    with _schedulers(folder, places[0].parent, clock):
        done = _together([actors[n::PROCESSES] for n in range(PROCESSES)], clock, MINUTE_S)
    lost = sent = 0
    for place in places:
        with Contest.open(place, actor=DESK, clock=clock) as contest:
            tick(contest, settings(mails.port, 1))
            told = Counter({key: n for key, n in done.acts.items() if key[0] == contest.id})
            made, left = _written(contest)
            lost += sum(((told - made) + (made - told)).values())
            sent += left
    for error in sorted(set(done.errors))[:5]:
        print(error, file=sys.stderr)
    cuts = quantiles(done.seconds, n=100)
    return {
        "rate": Taken(len(done.seconds) / MINUTE_S),
        "p50": Taken(cuts[49]),
        "p95": Taken(cuts[94]),
        "p99": Taken(cuts[98], cuts[49]),
        "errors": Taken(len(done.errors)),
        "lost": Taken(lost),
        "mails": Taken(sent),
    }


def _written(contest: Contest) -> tuple[Counter[Act], int]:
    """The acts that the ledger of a contest tells, and how many mails.

    *Raises* RuntimeError when the ledger does not verify.
    """
    report = verify(contest)
    if not report.intact:
        raise RuntimeError(f"{contest.id}: {report.faults[0]}")
    made, sent = Counter[Act](), 0
    with contest.database.reading() as repo:
        refs = {row.id: row.ref for row in repo.every_candidature(contest.id)}
        for row in repo.lines(contest.id):
            line = decode(row.line)
            moved = line.type == "transition_made" and line.data["transition"]
            if line.case and moved in (THERE, BACK):
                made[contest.id, refs[line.case]] += 1
            sent += line.type == "message_sent"
    return made, sent


@contextmanager
def _schedulers(folder: Path, contests: Path, clock: SetClock) -> Iterator[None]:
    """Schedulers, from `with` to the end of its block, once each has begun."""
    words = ["run", str(contests), "--every", f"{EVERY_S}", "--log", "json"]
    command = [sys.executable, "-m", "ptce_workflow", *words]
    environ = {**os.environ, "PTCE_NOW": clock.now().isoformat(), "PTCE_ACTOR": DESK}
    logs = [folder / f"run-{number}.log" for number in range(SCHEDULERS)]
    with ExitStack() as ending:
        running = []
        for log in logs:
            stream = ending.enter_context(log.open("wb"))
            process = subprocess.Popen(command, env=environ, stdout=stream, stderr=stream)
            ending.callback(process.kill)
            running.append(process)
        until = perf_counter() + _PATIENCE_S
        while not all(log.stat().st_size for log in logs) and perf_counter() < until:
            sleep(0.1)
        yield
        for process in running:
            process.send_signal(signal.SIGTERM)
        if codes := [code for process in running if (code := process.wait(_PATIENCE_S))]:
            raise RuntimeError(f"schedulers ended with {codes}: {logs[0].read_text()[-1000:]}")


def _together(
    shares: Sequence[Sequence[Actor]], clock: SetClock, seconds: float, acts: int = sys.maxsize
) -> Done:
    """What processes did that began at once, each with some actors: so long, or so many acts."""
    start = _FORK.Barrier(len(shares), timeout=_PATIENCE_S)
    work = partial(_at_work, clock=clock, seconds=seconds, acts=acts)
    with ProcessPoolExecutor(len(shares), _FORK, _STARTS.append, (start,)) as processes:
        done = list(processes.map(work, shares, timeout=_PATIENCE_S + seconds))
    return Done(
        sum((one.acts for one in done), Counter()),
        [taken for one in done for taken in one.seconds],
        [error for one in done for error in one.errors],
        max(one.lasted_s for one in done),
    )


def _at_work(actors: Sequence[Actor], *, clock: SetClock, seconds: float, acts: int) -> Done:
    """What actors of this process do in turn, each with the next of their candidatures."""
    done = Done(Counter(), [], [], 0.0)
    with ExitStack() as leaving:
        desks = []
        for actor in actors:
            opened = Contest.open(actor.folder, actor=actor.login, clock=clock)
            contest = leaving.enter_context(opened)
            # What an act needs is in memory by now, as where somebody works all day.
            drafts = [show(contest, ref).case.state == "draft" for ref in actor.refs]
            desks.append((contest, [*map(list, zip(actor.refs, drafts, strict=True))]))
        _STARTS[-1].wait()
        began = perf_counter()
        for number in range(acts):
            contest, turns = desks[number % len(desks)]
            before = perf_counter()
            if before - began > seconds:
                break
            _act(contest, turns[number // len(desks) % len(turns)], done)
            done.seconds.append(perf_counter() - before)
        done.lasted_s = perf_counter() - began
    return done


def _act(contest: Contest, turn: list[Any], done: Done) -> None:
    """Submits a candidature, or gives it back; `turn` is its reference, and which of the two."""
    ref, there = turn
    try:
        [step] = advance(
            contest, [ref], THERE if there else BACK, reason=None if there else "once more"
        )
    except Exception as error:
        done.errors.append(f"{type(error).__name__}: {error}")
        return
    if step.made:
        turn[1] = not there
        done.acts[contest.id, ref] += 1
    else:
        done.errors.append(f"refused: {step.outcome}")


def _across(actors: Sequence[Actor], clock: SetClock) -> dict[str, Taken]:
    """One process with one contest, and four with a contest each; the time of an act in each."""
    taken: dict[int, list[float]] = {1: [], 4: []}
    busy: dict[int, list[float]] = {1: [], 4: []}
    for _round in range(ROUNDS):
        for processes, found in taken.items():
            shares = [[one] for one in actors[::3][:processes]]
            before, began = _worked_s(), perf_counter()
            done = _together(shares, clock, MINUTE_S, ACTS)
            busy[processes].append((_worked_s() - before) / (perf_counter() - began))
            found.append(done.lasted_s / (processes * ACTS))
    return {
        "busy_one": Taken(median(busy[1]), runs=ROUNDS),
        "busy_four": Taken(median(busy[4]), runs=ROUNDS),
        "computing": Taken(_two_at_once(), runs=ROUNDS),
        "four": Taken(median(taken[4]), median(taken[1]), ROUNDS),
    }


def _two_at_once() -> float:
    """How much more two processes compute than one alone: two cores may be one, shared."""
    taken: dict[int, list[float]] = {1: [], 2: []}
    with ProcessPoolExecutor(2, _FORK) as pool:
        list(pool.map(_compute, range(2)))
        for _round in range(ROUNDS):
            for processes, found in taken.items():
                found.append(timed(lambda many: list(pool.map(_compute, range(many))), processes))
    return 2 * median(taken[1]) / median(taken[2])


def _compute(_number: int) -> None:
    """Some tenths of a second in which nobody waits for anything."""
    held = {}
    for number in range(COMPUTED):
        held[number % 4_096] = (number, str(number))


def _worked_s() -> float:
    """The seconds that all cores have worked so far, whatever for; Linux counts them."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    # The fourth and fifth are those in which a core had nothing to do, or waited for a disk.
    return (sum(ticks[:3]) + sum(ticks[5:8])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    from bench.__main__ import main

    sys.exit(main(["national"]))
