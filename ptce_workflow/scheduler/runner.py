"""A run: passes over several contests as jobs, the log, the health file, the end."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from itertools import chain
from queue import Empty, SimpleQueue
from random import sample
from threading import Lock
from typing import TYPE_CHECKING, Any, TextIO

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from msgspec import Struct, field
from msgspec.structs import asdict, fields

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.waiting import waiting
from ptce_workflow.base.errors import Busy, Misuse, Outdated, PtceError, refusal_of
from ptce_workflow.base.notation import to_text
from ptce_workflow.base.runtime import SystemClock, elapsed_seconds
from ptce_workflow.base.words import _, n_, nN_, one_line
from ptce_workflow.mail.settings import MailSettings
from ptce_workflow.scheduler.passes import PassResult, RunStatus, call_watch, tick, write_health

if TYPE_CHECKING:
    from types import FrameType

    from ptce_workflow.app.locations import OutputFile


_LONGEST_LINE = 2000
MOST_BROKEN = 10
"""After so many unexpected failures in a row a fresh start is worth more than another try."""


Tick = Callable[..., PassResult]
"""One pass of everything that is due, as `tick` makes it."""

Open = Callable[[], tuple[Contest, MailSettings | None]]
"""Opens a contest that passes are made over, and reads by which server its mails leave."""

_DEEDS = {
    "made": nN_("{count} transition made", "{count} transitions made"),
    "refused": nN_("{count} transition refused", "{count} transitions refused"),
    "queued": nN_("{count} message queued", "{count} messages queued"),
    "sent": nN_("{count} message sent", "{count} messages sent"),
    "retried": nN_(
        "{count} message put off by its server", "{count} messages put off by their server"
    ),
    "failed": nN_("{count} message refused", "{count} messages refused"),
    "uncertain": nN_(
        "{count} message that nobody knows to have arrived",
        "{count} messages that nobody knows to have arrived",
    ),
    "expired": nN_("{count} message came too late", "{count} messages came too late"),
    "received": nN_("{count} mail was received", "{count} mails were received"),
}
_LEFT = {
    "waiting": nN_("{count} message waits", "{count} messages wait"),
    "held": nN_("{count} message is held", "{count} messages are held"),
    "uncertain": nN_("{count} message is uncertain", "{count} messages are uncertain"),
    "failed": nN_("{count} message failed", "{count} messages failed"),
}


def _counted(counts: Mapping[str, Any], phrases: Mapping[str, tuple[str, str]]) -> str:
    return ", ".join(
        n_(*phrase, counts[name]).format(count=counts[name])
        for name, phrase in phrases.items()
        if counts.get(name)
    )


class Log(Struct):
    """The lines of a run; plain ones go on indented, JSON ones have `at`, `event` and `said`.

    Lines bear the machine's time, in a rehearsal too: they are about the program.
    """

    stream: TextIO
    as_json: bool = False
    last_s: float = 0.0
    _turn: Lock = field(default_factory=Lock)

    def tell(self, event: str, text: str, **facts: Any) -> None:
        """Writes a line, `facts` for programs; a lost log stops nothing."""
        at = to_text(SystemClock().now())
        if self.as_json:
            line = json.dumps({"at": at, "event": event, "said": text, **facts})
        else:
            line = "\n  ".join(filter(None, map(_printable, f"{at} {text}".splitlines())))
        with self._turn, suppress(OSError, ValueError):
            self.last_s = elapsed_seconds()
            self.stream.write(f"{line}\n")
            self.stream.flush()


def _printable(line: str) -> str:
    """The line without what a terminal would obey, its indentation kept."""
    bare = line.lstrip(" ")
    return " " * (len(line) - len(bare)) + one_line(bare, at_most=_LONGEST_LINE)


def summary(status: RunStatus) -> str:
    """Returns the mails to send or to look at, as part of a line; empty when there are none."""
    pause = _("no mail leaves: {why}").format(why=status.paused) if status.paused else ""
    return "; ".join(filter(None, (_counted(asdict(status), _LEFT), pause)))


class Passes(Struct):
    """The passes over one contest.

    It stays open from one pass to the next, and is opened anew after a failure. Nothing that goes
    wrong in a pass leaves it: the next one tries again. One of several contests has a `name`, by
    which the log tells of it.
    """

    open_contest: Open
    log: Log
    stopping: Callable[[], bool]
    tick: Tick
    name: str = ""
    status: RunStatus = RunStatus()
    failure: str = ""
    done_at: datetime = field(default_factory=lambda: SystemClock().now())
    _opened: tuple[Contest, MailSettings | None] | None = None
    _complaints: tuple[str, str] = ("", "")
    _broken: int = 0

    @property
    def are_worn_out(self) -> bool:
        """True once so many failed, one after another, that the next would fail as well."""
        return self._broken >= MOST_BROKEN

    def make(self) -> float | None:
        """Makes one pass; returns after how many seconds another has something to do, if known.

        `failure` tells why it failed, or is empty; `done_at` is when one ended well, or when they
        began.
        """
        if self.stopping():
            return None
        try:
            due_s = self._make()
        except PtceError as error:
            # Whoever starts the program again starts the one that was installed meanwhile.
            self._broken = MOST_BROKEN if isinstance(error, Outdated) else 0
            self.failure = str(error)
            self.tell("failed", str(error), what=error.what, why=error.why, mend=error.mend)
        except Exception:
            self.failure = _("A pass failed; the fault is the program's own.")
            in_a_row = self._broken + 1
            trace = traceback.format_exc()
            text = self.failure if self.log.as_json else f"{self.failure}\n{trace}"
            self.tell("broken", text, traceback=trace, in_a_row=in_a_row)
            # Counted once it is told: the thread that watches ends the log when it is the last.
            self._broken = in_a_row
        else:
            if self.failure:
                self.tell("again", _("A pass was made again."), after=self.failure)
            self._broken, self.failure, self.done_at = 0, "", SystemClock().now()
            return due_s
        return None

    def tell(self, event: str, text: str, **facts: Any) -> None:
        if self.name:
            text, facts = f"{self.name}: {text}", {"contest": self.name, **facts}
        self.log.tell(event, text, **facts)

    def close(self) -> None:
        """Lets go of the contest; the next pass opens it again."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened[0].close()

    def _make(self) -> float | None:
        with ExitStack() as unless_done:
            unless_done.callback(self.close)
            if self._opened is None:
                self._opened = self.open_contest()
                self._opened[0].complain = self._complain
            contest, settings = self._opened
            self._complaints = ("", self._complaints[0])
            ticked = self.tick(contest, settings, stopping=self.stopping)
            before, self.status = self.status, self.status.after(ticked, waiting(contest))
            call_watch(contest, self.status.trouble)
            # By the contest's clock: a rehearsal's is not the machine's.
            now, due = contest.clock.now(), ticked.next_due
            unless_done.pop_all()
        moves = sum(step.made for step in ticked.steps)
        did = {"made": moves, "refused": len(ticked.steps) - moves, "queued": ticked.queued}
        for end in ("sent", "retried", "failed", "uncertain"):
            did[end] = getattr(ticked.mail, end, 0)
        did |= {"expired": len(ticked.expired), "received": len(ticked.read)}
        if any(did.values()) or before.paused != self.status.paused:
            again = _("mail leaves again") if before.paused and not self.status.paused else ""
            # What left the queue at once is told as sent alone.
            counts = did | ({"queued": 0} if did["sent"] else {})
            text = "; ".join(filter(None, (_counted(counts, _DEEDS), again, summary(self.status))))
            facts = {name: getattr(self.status, name) for name in ("waiting", "held", "paused")}
            self.tell("tick", text, **did, **facts)
        return (due - now).total_seconds() if due is not None else None

    def _complain(self, error: PtceError) -> None:
        """Tells what could not be done beside the pass, unless the one before told the same."""
        _now, before = self._complaints
        self._complaints = (str(error), before)
        if str(error) != before:
            self.tell("failed", str(error), what=error.what, why=error.why, mend=error.mend)


STOPPED, WORN_OUT = 0, 1
"""How a run ends: asked to, or in the hope that whoever started it starts it again."""

_JOB = "pass "
_SHORTEST_S = 0.1
_STEP_S = 1.0
_QUIET_S = 3600.0
_LONGEST_S = 3600.0


class RunOptions(Struct, frozen=True):
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
        return self._asked

    def ask(self) -> None:
        self._asked = True
        self._word.put(None)

    def wait(self, seconds: float) -> bool:
        with suppress(Empty):
            self._word.get(timeout=seconds)
        return self._asked


def notify(state: str) -> None:
    """Sends a word to systemd where it has started the program, as sd_notify(3) does."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        place = f"\0{address[1:]}" if address.startswith("@") else address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(state.encode(), place)


class Runner:
    """Makes passes over contests, each a job of APScheduler, one after another in one thread.

    Each contest has a name; a single one needs none. What goes wrong with one stops no other. A job
    is renewed after its pass, for when there is next something to do, and at the latest for the end
    of the interval. What APScheduler is not trusted with, and why:
    `docs/decisions/0130-woken-at-the-next-due-instant.md`.
    """

    def __init__(
        self,
        contests: Mapping[str, Open],
        options: RunOptions,
        log: Log,
        *,
        stopping: Callable[[], bool],
        tick: Tick = tick,
    ) -> None:
        self._options = options
        self.log = log
        self._stopping = stopping
        self._passes = {
            name: Passes(contest, log, stopping=self._is_stopping, tick=tick, name=name)
            for name, contest in contests.items()
        }
        self.began_s: float | None = None
        # A new thread speaks no language yet.
        self._context = copy_context()
        self._executor = ThreadPoolExecutor(max_workers=1)
        # A run that is skipped because the last one goes on is nothing to complain of.
        silent = logging.Logger("ptce.scheduler")
        silent.addHandler(logging.NullHandler())
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": self._executor},
            # Two, of which one waits for the thread: a run that comes just as the last one ends
            # would else be dropped, and nobody would ask for another.
            job_defaults={"max_instances": 2, "misfire_grace_time": None},
            logger=silent,
        )

    @property
    def are_worn_out(self) -> bool:
        """True once so many passes failed over each that only a fresh start may help."""
        return all(passes.are_worn_out for passes in self._passes.values())

    @property
    def status(self) -> RunStatus:
        each = [passes.status for passes in self._passes.values()]
        paused = "; ".join(dict.fromkeys(filter(None, (one.paused for one in each))))
        trouble = tuple(dict.fromkeys(chain.from_iterable(one.trouble for one in each)))
        names = [column.name for column in fields(RunStatus) if column.type is int]
        counts: dict[str, Any] = {name: sum(getattr(one, name) for one in each) for name in names}
        return RunStatus(**counts, paused=paused, trouble=trouble)

    def start(self) -> None:
        # In no order: several runs over the same contests would else meet at each of them.
        for name in sample(list(self._passes), len(self._passes)):
            self._run_in(name, 0.0)
        self._scheduler.start()

    def watch(self, wait: Callable[[float], bool]) -> int:
        while not wait(min(self._options.every_s, _STEP_S)):
            if self.are_worn_out:
                text = _("Too many passes failed, one after another: a fresh start is needed.")
                self.log.tell("worn_out", text)
                return WORN_OUT
            self.check_clock()
            self._break_silence()
        return STOPPED

    def stop(self) -> None:
        """Makes no other pass, waits for the end of the one under way, and closes the contests."""
        # In this order: as it shuts down it holds a lock that a pass asks for at its end, and
        # stumbles over a job that is just due.
        self._executor.shutdown(wait=True)
        self._scheduler.remove_all_jobs()
        self._scheduler.shutdown(wait=False)
        for passes in self._passes.values():
            passes.close()

    def make(self, name: str) -> None:
        wait_s = self._options.every_s
        try:
            if not self._stopping() and not self.are_worn_out:
                self.began_s = elapsed_seconds()
                due_s = self._passes[name].make()
                if due_s is not None:
                    wait_s = min(wait_s, max(due_s, _SHORTEST_S))
                self._write_health()
        finally:
            self.began_s = None
            self._run_in(name, wait_s)

    def check_clock(self) -> None:
        """Has passes made now whose hour is farther off than any: the clock was set back."""
        latest = SystemClock().now() + timedelta(seconds=2 * self._options.every_s)
        for name in self._passes:
            at = self.next_run(name)
            if at is not None and at > latest:
                self.log.tell("late", _("The clock was set back: a pass is made now."))
                self._run_in(name, 0.0)

    def next_run(self, name: str) -> datetime | None:
        """The hour of the next pass over a contest; None while one is under way."""
        job = self._scheduler.get_job(_JOB + name)
        return None if job is None else job.trigger.run_date

    def _run_in(self, name: str, seconds: float) -> None:
        at = SystemClock().now() + timedelta(seconds=seconds)
        self._scheduler.add_job(
            self._context.run,
            "date",
            args=(self.make, name),
            run_date=at,
            id=_JOB + name,
            replace_existing=True,
        )

    def _is_stopping(self) -> bool:
        """True once the run is to end. A pass asks before each of its steps: it is alive."""
        notify("WATCHDOG=1")
        return self._stopping()

    def _write_health(self) -> None:
        """Writes how things stand; the file is as old as the oldest of what it tells.

        Where no contest had a pass that went well, nothing is new.
        """
        each = self._passes
        if self._options.health_file is None or all(one.failure for one in each.values()):
            return
        oldest = min(passes.done_at for passes in each.values())
        health = asdict(self.status)
        if len(each) > 1:
            health["contests"] = {
                name: {"at": to_text(one.done_at), "failure": one.failure, **asdict(one.status)}
                for name, one in each.items()
            }
        file = self._options.health_file
        try:
            write_health(file, oldest, health)
        except OSError as error:
            text = _("{file}: {reason}.").format(file=file.path, reason=refusal_of(error))
            self.log.tell("health", text)

    def _break_silence(self) -> None:
        now_s, began_s = elapsed_seconds(), self.began_s
        if now_s - self.log.last_s < _QUIET_S:
            return
        if began_s is not None:
            text = _("A pass has been under way for {minutes} minutes.")
            minutes = round((now_s - began_s) / 60)
            self.log.tell("long", text.format(minutes=minutes), minutes=minutes)
        else:
            status = self.status
            text = "; ".join(filter(None, (_("Nothing new for an hour"), summary(status))))
            self.log.tell("idle", text, waiting=status.waiting, held=status.held)


def run(
    contests: Mapping[str, Open], options: RunOptions, stream: TextIO, *, tick: Tick = tick
) -> int:
    """Makes round after round until a signal asks it to end, and gives 0; 1 when worn out.

    The log tells of each contest by its name; a single one needs none. Raises: PtceError.
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
    log = Log(stream, options.log_json)
    runner = Runner(contests, options, log, stopping=stop, tick=tick)
    _tell_start(log, contests, options)
    runner.start()
    try:
        code = runner.watch(stop.wait)
    finally:
        stop.ask()
        if runner.began_s is not None:
            log.tell("stopping", _("Stopping: the pass under way ends its round first."))
        runner.stop()
    log.tell("stop", _("Stopped."), sent=runner.status.sent)
    return code


def _tell_start(log: Log, contests: Mapping[str, Open], options: RunOptions) -> None:
    """Tells over which contests passes will be made.

    Whoever names one that is not there, or cannot be written, learns it now, not in a log. Of
    several, each round tells what stands in the way of one, and the others go on.

    Raises: PtceError when none can be opened, Misuse for one that comes twice: a copy of its
    folder would send its mails again.
    """
    opened, refused = list[tuple[str, bool]](), list[PtceError]()
    for open_contest in contests.values():
        try:
            contest, settings = open_contest()
            with contest:
                opened.append((contest.id, settings is not None))
                with suppress(Busy), contest.database.writing(contest.id):
                    pass
        except PtceError as error:
            refused.append(error)
    if len(refused) == len(contests):
        raise refused[0]
    ids = [name for name, _has_mail in opened]
    if twice := {name for name in ids if ids.count(name) > 1}:
        what = _("Two folders hold the contest {contest}.").format(contest=min(twice))
        why = _("From a copy its mails would leave a second time.")
        raise Misuse(what, why, _("Name the folders one by one, without the copy: ptce run DIR …"))
    text = n_(
        "Contest {contest}: a pass every {seconds} s.",
        "Contests {contest}: a pass over each every {seconds} s.",
        len(contests),
    ).format(contest=", ".join(ids), seconds=f"{options.every_s:g}")
    silent = [name for name, has_mail in opened if not has_mail]
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
