"""The runner: passes over several contests, their jobs and their health."""

from __future__ import annotations

import json
import logging
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from random import sample
from typing import TYPE_CHECKING, Any, TextIO

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from ptce_workflow.base.errors import Busy, Misuse, PtceError, refusal_of
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.runtime import Clock, SystemClock, elapsed_seconds
from ptce_workflow.base.words import _, n_
from ptce_workflow.scheduler.passes import Log, Open, Passes, RunStatus, Tick, tick

if TYPE_CHECKING:
    from types import FrameType

    from ptce_workflow.app.locations import OutputFile


class Rounds:
    """The rounds of one run, over contests that have each a name; a single one needs none.

    What goes wrong with one contest stops no other.
    """

    def __init__(
        self,
        contests: Mapping[str, Open],
        log: Log,
        *,
        stopping: Callable[[], bool],
        tick: Tick,
        health_file: OutputFile | None = None,
        seconds: Callable[[], float] = elapsed_seconds,
    ) -> None:
        self._passes = {
            name: Passes(contest, log, stopping=stopping, tick=tick, name=name)
            for name, contest in contests.items()
        }
        self._log = log
        self._stopping = stopping
        self._health_file = health_file
        self._seconds = seconds
        self.began_s: float | None = None
        self.ended_s = seconds()

    @property
    def are_worn_out(self) -> bool:
        """True once so many passes failed over each that only a fresh start may help."""
        return all(passes.are_worn_out for passes in self._passes.values())

    @property
    def status(self) -> RunStatus:
        """How things stand with all contests together."""
        each = [passes.status for passes in self._passes.values()]
        paused = "; ".join(dict.fromkeys(filter(None, (one.paused for one in each))))
        names = [field.name for field in fields(RunStatus) if field.name != "paused"]
        counts: dict[str, Any] = {name: sum(getattr(one, name) for one in each) for name in names}
        return RunStatus(**counts, paused=paused)

    def make(self) -> float | None:
        """Makes one round; returns after how many seconds another has something to do, if known."""
        if self._stopping() or self.are_worn_out:
            return None
        self.began_s = self._seconds()
        try:
            # In no order: several runs over the same contests would else meet at each of them.
            each = sample(list(self._passes.values()), len(self._passes))
            due_s = [due_s for passes in each if (due_s := passes.make()) is not None]
        finally:
            self.ended_s = self._seconds()
            self.began_s = None
        if not all(passes.trouble for passes in each):
            self._write_health()
        return min(due_s, default=None)

    def close(self) -> None:
        """Lets go of the contests; the next round opens them again."""
        for passes in self._passes.values():
            passes.close()

    def _write_health(self) -> None:
        """Writes how things stand; the file is as old as the oldest of what it tells."""
        if self._health_file is None:
            return
        oldest = min(passes.done_at for passes in self._passes.values())
        told = {"at": to_text(oldest), **asdict(self.status)}
        if len(self._passes) > 1:
            told["contests"] = {
                name: {"at": to_text(one.done_at), "trouble": one.trouble, **asdict(one.status)}
                for name, one in self._passes.items()
            }
        try:
            self._health_file.write((json.dumps(told) + "\n").encode())
            os.utime(self._health_file.path, (oldest.timestamp(), oldest.timestamp()))
        except OSError as error:
            text = _("{file}: {reason}.").format(
                file=self._health_file.path, reason=refusal_of(error)
            )
            self._log.tell("health", text)


STOPPED, WORN_OUT = 0, 1
"""How a run ends: asked to, or in the hope that whoever started it starts it again."""

_JOB = "pass"
_SHORTEST_S = 0.1
_LATE = 3
_MOST_NUDGES = 3
_STEP_S = 1.0
_QUIET_S = 3600.0
_LONGEST_S = 3600.0


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of a run: seconds between passes, a file for a monitor, lines for programs.

    Raises: Misuse for a time between passes that makes no sense.
    """

    every_s: float = 30.0
    health_file: OutputFile | None = None
    log_json: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.every_s <= _LONGEST_S:
            raise Misuse(
                _("A pass every {seconds} s is not possible.").format(seconds=f"{self.every_s:g}"),
                _("It is more than 0 and at most {most}.").format(most=f"{_LONGEST_S:g}"),
            )


class Stop:
    """The wish that a run end; a signal's handler, or any thread, may have it.

    A queue rather than an event: a handler that interrupts whoever waits for an event may wait
    for the very lock that they hold.
    """

    def __init__(self) -> None:
        self._asked = False
        self._word: SimpleQueue[None] = SimpleQueue()

    def __call__(self) -> bool:
        """True once the run is to end."""
        return self._asked

    def ask(self) -> None:
        """Wishes it."""
        self._asked = True
        self._word.put(None)

    def wait(self, seconds: float) -> bool:
        """Waits for the wish, no longer than that; whether it was made."""
        with suppress(Empty):
            self._word.get(timeout=seconds)
        return self._asked


class Ticker:
    """APScheduler: runs a job at once, then again and again, in a thread, never twice at once.

    The job gives after how many seconds there is next something to do, or None: it is run again
    then, and at the latest when the interval is over. What APScheduler is not trusted with, and
    why: `docs/decisions/0130-woken-at-the-next-due-instant.md`.
    """

    def __init__(
        self, job: Callable[[], float | None], every_s: float, *, clock: Clock | None = None
    ) -> None:
        self._job = job
        self._every_s = every_s
        self._clock = clock or SystemClock()
        self._executor = ThreadPoolExecutor(max_workers=1)
        # A run that is skipped because the last one goes on is nothing to complain of.
        silent = logging.Logger("ptce.ticker")
        silent.addHandler(logging.NullHandler())
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": self._executor},
            # Two, of which one waits for the thread: a run that comes just as the last one ends
            # would else be dropped, and nobody would ask for another.
            job_defaults={"max_instances": 2, "misfire_grace_time": None},
            logger=silent,
        )
        # A new thread speaks no language yet.
        self._context = copy_context()
        self._run_in(0.0)

    def start(self) -> None:
        """Begins."""
        self._scheduler.start()

    def nudge(self) -> None:
        """Has a run made now, or after the one under way, whatever the clock was set to."""
        self._run_in(0.0)

    @property
    def next_run(self) -> datetime | None:
        """The hour of the next run, by the machine's clock; None while one is under way."""
        job = self._scheduler.get_job(_JOB)
        return None if job is None else job.next_run_time

    def stop(self) -> None:
        """Takes no other run, and waits for the end of those under way."""
        # In this order: as it shuts down it holds a lock that a run asks for at its end, and
        # stumbles over a job that is just due.
        self._executor.shutdown(wait=True)
        self._scheduler.remove_all_jobs()
        self._scheduler.shutdown(wait=False)

    def _run(self) -> None:
        wait_s = self._every_s
        try:
            due_s = self._context.run(self._job)
            if due_s is not None:
                wait_s = min(wait_s, max(due_s, _SHORTEST_S))
        finally:
            self._run_in(wait_s)

    def _run_in(self, seconds: float) -> None:
        at = self._clock.now() + timedelta(seconds=seconds)
        self._scheduler.add_job(self._run, "date", run_date=at, id=_JOB, replace_existing=True)


class Watchdog:
    """Waits while passes are made: sees that they are, and that somebody is told."""

    def __init__(
        self,
        rounds: Rounds,
        nudge: Callable[[], None],
        log: Log,
        *,
        every_s: float,
        seconds: Callable[[], float] = elapsed_seconds,
    ) -> None:
        self._rounds = rounds
        self._ask = nudge
        self._log = log
        self._late_s = _LATE * every_s
        self._step_s = min(every_s, _STEP_S)
        self._seconds = seconds
        self._nudges = 0

    def watch(self, wait: Callable[[float], bool]) -> int:
        """Waits, in steps, until the run is to end; its exit code."""
        while not wait(self._step_s):
            if self._rounds.are_worn_out:
                text = _("Too many passes failed, one after another: a fresh start is needed.")
                self._log.tell("worn_out", text)
                return WORN_OUT
            if self._is_late():
                if self._nudges == _MOST_NUDGES:
                    text = _("Passes are no longer made: a fresh start is needed.")
                    self._log.tell("stalled", text)
                    return WORN_OUT
                self._nudges += 1
                since = round(self._seconds() - self._rounds.ended_s)
                text = _("No pass was made for {seconds} s: one is asked for.")
                self._log.tell("late", text.format(seconds=since), seconds=since)
                self._ask()
            self._break_silence()
        return STOPPED

    def _is_late(self) -> bool:
        """True when it is long since a pass ended or was asked for, and none is under way.

        Told by a clock that nobody sets: APScheduler waits for an hour of the other one, and
        waits on when that is set back.
        """
        if self._rounds.began_s is not None:
            return False
        since = self._seconds() - self._rounds.ended_s
        if since <= self._late_s:
            self._nudges = 0
        return since > self._late_s * (self._nudges + 1)

    def _break_silence(self) -> None:
        now_s = self._seconds()
        if now_s - self._log.last_s < _QUIET_S:
            return
        began_s = self._rounds.began_s
        if began_s is not None:
            text = _("A pass has been under way for {minutes} minutes.")
            minutes = round((now_s - began_s) / 60)
            self._log.tell("long", text.format(minutes=minutes), minutes=minutes)
        else:
            status = self._rounds.status
            text = "; ".join(filter(None, (_("Nothing new for an hour"), status.told())))
            self._log.tell("idle", text, waiting=status.waiting, held=status.held)


def run(
    contests: Mapping[str, Open], options: RunOptions, stream: TextIO, *, tick: Tick = tick
) -> int:
    """Makes round after round until a signal asks it to end, and gives 0; 1 when worn out.

    The log tells of each contest by its name; a single one needs none.

    Raises: PtceError when none of the contests can be opened to begin with.
    """
    stop = Stop()
    with asked_by_signals(stop):
        return run_until(stop, contests, options, stream=stream, tick=tick)


def run_until(
    stop: Stop,
    contests: Mapping[str, Open],
    options: RunOptions,
    *,
    stream: TextIO,
    tick: Tick = tick,
) -> int:
    """Makes round after round until `stop` is asked for; see `run`."""
    log = Log(stream, options.log_json)
    rounds = Rounds(contests, log, stopping=stop, tick=tick, health_file=options.health_file)
    ticker = Ticker(rounds.make, options.every_s)
    _tell_start(log, contests, options)
    ticker.start()
    try:
        code = Watchdog(rounds, ticker.nudge, log, every_s=options.every_s).watch(stop.wait)
    finally:
        stop.ask()
        if rounds.began_s is not None:
            log.tell("stopping", _("Stopping: the pass under way ends its round first."))
        ticker.stop()
        rounds.close()
    log.tell("stop", _("Stopped."), sent=rounds.status.sent)
    return code


def _tell_start(log: Log, contests: Mapping[str, Open], options: RunOptions) -> None:
    """Tells over which contests passes will be made.

    Whoever names one that is not there, or cannot be written, learns it now, not in a log. Of
    several, each round tells what stands in the way of one, and the others go on.

    Raises: PtceError when none can be opened, Misuse for one that comes twice: a copy of its
    folder would send its mails again.
    """
    found, refused = list[tuple[str, bool]](), list[PtceError]()
    for open_contest in contests.values():
        try:
            contest, settings = open_contest()
            with contest:
                found.append((contest.id, settings is not None))
                with suppress(Busy), contest.database.writing(contest.id):
                    pass
        except PtceError as error:
            refused.append(error)
    if len(refused) == len(contests):
        raise refused[0]
    ids = [name for name, _has_mail in found]
    if twice := {name for name in ids if ids.count(name) > 1}:
        what = _("Two folders hold the contest {contest}.").format(contest=min(twice))
        why = _("From a copy its mails would leave a second time.")
        raise Misuse(what, why, _("Name the folders one by one, without the copy: ptce run DIR …"))
    text = n_(
        "Contest {contest}: a pass every {seconds} s.",
        "Contests {contest}: a pass over each every {seconds} s.",
        len(contests),
    ).format(contest=", ".join(ids), seconds=f"{options.every_s:g}")
    silent = [name for name, has_mail in found if not has_mail]
    if silent == ids:
        text = " ".join((text, _("No mail server is configured: messages wait.")))
    elif silent:
        waits = _("No mail server is configured for {contest}: messages wait.")
        text = " ".join((text, waits.format(contest=", ".join(silent))))
    log.tell("start", text, contest=", ".join(ids), every_s=options.every_s, mail=not silent)


@contextmanager
def asked_by_signals(stop: Stop) -> Iterator[None]:
    """Takes SIGTERM, SIGINT and SIGHUP as the wish to end, inside the block, in the main thread.

    The first one only: a second ends the program there and then. What it was sending is found
    uncertain at the next start, as after a power cut. A terminal that closes may say so twice,
    and is heard once; `nohup` has it not heard at all.
    """
    kinds = [signal.SIGTERM, signal.SIGINT]
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:
        kinds.append(hangup)

    def ask(_number: int, _frame: FrameType | None) -> None:
        for kind in kinds:
            signal.signal(kind, signal.SIG_IGN if kind == hangup else signal.SIG_DFL)
        stop.ask()

    former = {kind: signal.signal(kind, ask) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in former.items():
            signal.signal(kind, signal.SIG_DFL if handler is None else handler)
