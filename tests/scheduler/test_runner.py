"""Running unattended: passes go on whatever happens, and end when they are asked to."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from threading import Barrier, Event, Lock, Thread
from typing import Any

import pytest
from freezegun import freeze_time
from msgspec.structs import replace

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.checkpoints import checkpoint_files
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import KEY_FILE, OutputFile, beside_database
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock, elapsed_seconds
from ptce_workflow.base.words import _
from ptce_workflow.mail.settings import MailSettings
from ptce_workflow.scheduler.passes import DeliveryCounts, PassResult, tick
from ptce_workflow.scheduler.runner import (
    MOST_BROKEN,
    Log,
    Open,
    Passes,
    Runner,
    RunOptions,
    Stop,
    Tick,
    asked_by_signals,
    run,
    run_until,
)
from tests.rehearsal import BEGINNING, LAPSE, added, lines, opened, states, submitted

PATIENCE_S = 10.0
HOUR_S = 3600.0
OFTEN = RunOptions(every_s=0.01)
NOTHING = PassResult(())
NEVER_ENDING = """
import sys
from pathlib import Path
from threading import Event
from ptce_workflow.app.contest import Contest
from ptce_workflow.scheduler.runner import RunOptions, run

def tick(session, settings, *, stopping):
    print('{"event": "begun"}', flush=True)
    Event().wait()

contests = {"": lambda: (Contest.open(Path(sys.argv[1])), None)}
run(contests, RunOptions(log_json=True), sys.stdout, tick=tick)
"""


class Lines(io.StringIO):
    """A log whose lines somebody may wait for."""

    def __init__(self) -> None:
        super().__init__()
        self._fresh: Queue[str] = Queue()

    def write(self, text: str) -> int:
        """Takes a line, and hands it to whoever waits."""
        self._fresh.put(text)
        return super().write(text)

    def wait_for(self, event: str) -> dict[str, Any]:
        while True:
            line: dict[str, Any] = json.loads(self._fresh.get(timeout=PATIENCE_S))
            if line["event"] == event:
                return line


@dataclass
class HistoryEntry:
    """A tick that answers with what it was told to, one answer a pass, then stops the run.

    An answer that is an exception is raised; one that can be called is called.
    """

    answers: list[PassResult | Exception | Callable[[Contest], PassResult]]
    stop: Stop = field(default_factory=Stop)
    contests: list[Contest] = field(default_factory=list)

    def __call__(
        self, contest: Contest, settings: MailSettings | None, *, stopping: Callable[[], bool]
    ) -> PassResult:
        self.contests.append(contest)
        answer = self.answers.pop(0) if self.answers else NOTHING
        if not self.answers:
            self.stop.ask()
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            assert isinstance(contest, Contest)
            return answer(contest)
        return answer


def entry_table(stream: io.StringIO) -> list[dict[str, Any]]:
    """What a JSON log says, line by line."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def events(stream: io.StringIO) -> list[str]:
    """What a JSON log tells of, but for what depends on how long a pass took."""
    told = [line["event"] for line in entry_table(stream)]
    return [event for event in told if event != "stopping"]


def made(contest: Contest, tick: HistoryEntry, options: RunOptions = OFTEN) -> tuple[int, Lines]:
    """Runs until the tick has told all that it had to; the exit code, and the JSON log."""
    stream = Lines()
    options = RunOptions(options.every_s, options.health_file, log_json=True)
    code = run_until(tick.stop, alone(contest), options, stream=stream, tick=tick)
    return code, stream


def anew(contest: Contest) -> Open:
    """Opens the same contest again, at the same hour, without a mail server."""
    return lambda: (Contest.open(contest.folder, actor="anne", clock=contest.clock), None)


def alone(contest: Contest) -> dict[str, Open]:
    """The contests of a run that has one."""
    return {"": anew(contest)}


# What a pass leaves behind.


def monitored(health: Path) -> RunOptions:
    """Passes close together, and their health in a file."""
    return RunOptions(0.01, OutputFile(health, ".json"))


def test_a_pass_is_told_and_its_health_written(contest: Contest, tmp_path: Path) -> None:
    """A pass that did something is one line, and the file says how things stand since the start."""
    health = tmp_path / "health.json"
    sent = PassResult((), 2, DeliveryCounts(sent=2, retried=1))
    code, stream = made(contest, HistoryEntry([sent, NOTHING, sent]), monitored(health))
    assert code == 0
    assert events(stream) == ["start", "tick", "tick", "stop"]
    told = entry_table(stream)
    assert (told[1]["sent"], told[1]["retried"], told[1]["made"]) == (2, 1, 0)
    assert told[1]["said"] == "2 messages sent, 1 message put off by its server"
    assert told[-1]["sent"] == 4
    standing = json.loads(health.read_text("utf-8"))
    keys = ["at", "sent", "waiting", "held", "uncertain", "failed", "paused", "trouble"]
    assert list(standing) == keys
    assert standing["sent"] == 4
    assert list(tmp_path.glob(".health*")) == []


def test_plain_lines(contest: Contest) -> None:
    """People read sentences with the machine's time; a pass speaks the language of the run."""
    said: list[str] = []
    stream = io.StringIO()

    def speak(_contest: Contest) -> PassResult:
        said.append(_("Interrupted."))
        return NOTHING

    told = HistoryEntry([speak])
    assert run_until(told.stop, alone(contest), OFTEN, stream=stream, tick=told) == 0
    assert said == ["Interrupted."]
    told_plainly = stream.getvalue().splitlines()
    assert contest.id in told_plainly[0]
    for line in told_plainly:
        at = datetime.fromisoformat(line.split(" ", 1)[0])
        assert at.tzinfo is not None


def test_nothing_done_is_not_told(contest: Contest) -> None:
    _code, stream = made(contest, HistoryEntry([NOTHING] * 5))
    assert events(stream) == ["start", "stop"]


def test_lines_say_nothing_to_a_terminal() -> None:
    stream = io.StringIO()
    Log(stream).tell("failed", "Refusé.\n  550 \x1b[2J\u202eno\r\u2028x")
    assert stream.getvalue().partition(" ")[2] == "Refusé.\n    550 [2Jno\n  x\n"


def test_a_log_that_nobody_takes(contest: Contest) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    told = HistoryEntry([NOTHING, NOTHING])
    assert run_until(told.stop, alone(contest), OFTEN, stream=Gone(), tick=told) == 0
    assert len(told.contests) == 2


def test_health_that_cannot_be_written(contest: Contest, tmp_path: Path) -> None:
    health = tmp_path / "gone" / "health.json"
    code, stream = made(contest, HistoryEntry([NOTHING, NOTHING]), monitored(health))
    assert code == 0
    assert events(stream) == ["start", "health", "health", "stop"]


def test_a_health_file_is_whole_or_the_last_one(contest: Contest, tmp_path: Path) -> None:
    health = tmp_path / "health.json"
    reader: list[str] = []

    def look(_contest: Contest) -> PassResult:
        reader.append(health.read_text("utf-8"))
        return NOTHING

    made(contest, HistoryEntry([NOTHING, look, look]), monitored(health))
    assert all(json.loads(text)["sent"] == 0 for text in reader)
    assert len(reader) == 2


# What goes wrong in a pass.


def test_what_is_refused_is_tried_again(contest: Contest, tmp_path: Path) -> None:
    health = tmp_path / "health.json"
    full = PtceError("There is no room left.", "The disk is full.", "Make room.")
    code, stream = made(contest, HistoryEntry([full] * (MOST_BROKEN + 2)), monitored(health))
    assert code == 0
    failed = [line for line in entry_table(stream) if line["event"] == "failed"]
    assert len(failed) == MOST_BROKEN + 2
    assert [failed[0][key] for key in ("what", "why", "mend")] == [full.what, full.why, full.mend]
    assert not health.exists()


def test_opened_again_after_a_failure(contest: Contest) -> None:
    told = HistoryEntry([NOTHING, NOTHING, PtceError("Busy."), NOTHING, ValueError("odd"), NOTHING])
    made(contest, told)
    first, second, third, fourth, fifth, sixth = map(id, told.contests)
    assert first == second == third
    assert fourth == fifth
    assert len({first, fourth, sixth}) == 3


def test_a_contest_that_cannot_be_opened_for_a_while(contest: Contest) -> None:
    told = HistoryEntry([NOTHING, ValueError("away"), NOTHING])
    openings = iter([anew(contest), anew(contest), _away, _away, anew(contest)])
    stream = Lines()
    options = RunOptions(0.01, log_json=True)
    code = run_until(told.stop, {"": lambda: next(openings)()}, options, stream=stream, tick=told)
    assert code == 0
    assert events(stream) == ["start", "broken", "failed", "failed", "again", "stop"]


def _away() -> tuple[Contest, None]:
    raise PtceError("The database cannot be opened.")


def test_no_contest_to_begin_with() -> None:
    stream = io.StringIO()
    with pytest.raises(PtceError, match="cannot be opened"):
        run({"": _away}, OFTEN, stream)
    assert stream.getvalue() == ""


def test_one_contest_of_several_that_fails(contest: Contest, tmp_path: Path) -> None:
    health = tmp_path / "health.json"
    told, stream = HistoryEntry([NOTHING, NOTHING, ZeroDivisionError("odd"), NOTHING]), Lines()
    options = RunOptions(0.01, OutputFile(health, ".json"), log_json=True)
    contests = {"sound": anew(contest), "gone": _away}
    assert run_until(told.stop, contests, options, stream=stream, tick=told) == 0
    assert len(told.contests) == 4
    wrong = [line for line in entry_table(stream) if line["event"] in ("failed", "broken")]
    about = {(line["event"], line["contest"], line["said"].split(":")[0]) for line in wrong}
    assert about == {("failed", "gone", "gone"), ("broken", "sound", "sound")}
    standing = json.loads(health.read_text("utf-8"))
    gone, sound = standing["contests"]["gone"], standing["contests"]["sound"]
    assert "cannot be opened" in gone["failure"]
    assert sound["failure"] == ""
    assert standing["at"] == gone["at"] < sound["at"]
    oldest = datetime.fromisoformat(standing["at"]).timestamp()
    assert abs(health.stat().st_mtime - oldest) < 0.001


def test_a_contest_that_comes_twice(contest: Contest) -> None:
    """A copy beside the folder it was copied from is refused: its mails would leave again."""
    with pytest.raises(Misuse, match="a second time"):
        run({"one": anew(contest), "copy": anew(contest)}, OFTEN, io.StringIO())


def test_a_storm_of_exceptions_ends_the_run(contest: Contest) -> None:
    told = HistoryEntry([ZeroDivisionError("odd")] * (MOST_BROKEN + 5))
    code, stream = made(contest, told)
    assert code == 1
    broken = [line for line in entry_table(stream) if line["event"] == "broken"]
    assert [line["in_a_row"] for line in broken] == list(range(1, MOST_BROKEN + 1))
    assert "ZeroDivisionError: odd" in broken[0]["traceback"]
    assert events(stream)[-2:] == ["worn_out", "stop"]
    assert len(told.contests) == MOST_BROKEN


def test_a_storm_that_passes(contest: Contest) -> None:
    nine: list[Any] = [ZeroDivisionError("odd")] * (MOST_BROKEN - 1)
    code, _stream = made(
        contest, HistoryEntry([*nine, NOTHING, *nine, PtceError("Busy."), *nine, NOTHING])
    )
    assert code == 0


def test_a_traceback_in_plain_lines(contest: Contest) -> None:
    stream = io.StringIO()
    told = HistoryEntry([ZeroDivisionError("odd"), NOTHING])
    run_until(told.stop, alone(contest), OFTEN, stream=stream, tick=told)
    text = stream.getvalue()
    assert "\n  Traceback (most recent call last):\n    File " in text
    assert "\n  ZeroDivisionError: odd\n" in text


# Whoever waits.


@dataclass
class Watch:
    """A runner on a clock of the machine that goes on only as it waits, and its log."""

    contest: Contest
    tick: Tick
    under_way: bool = False
    stream: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        log = Log(self.stream, as_json=True)
        self.stop = Stop()
        contests: dict[str, Open] = {"": lambda: (self.contest, None)}
        self.runner = Runner(contests, RunOptions(), log, stopping=self.stop, tick=self.tick)

    def for_seconds(self, seconds: float) -> int:
        """Waits for that long; the exit code."""
        with freeze_time(BEGINNING) as clock:
            self.runner.log.last_s = began_s = elapsed_seconds()
            if self.under_way:
                self.runner.began_s = began_s

            def wait(step_s: float) -> bool:
                clock.tick(step_s)
                return elapsed_seconds() >= began_s + seconds

            return self.runner.watch(wait)

    def events(self) -> list[str]:
        """What the log tells of, in order."""
        return [line["event"] for line in entry_table(self.stream)]


def test_a_long_pass_is_left_to_work(contest: Contest) -> None:
    watch = Watch(contest, HistoryEntry([]), under_way=True)
    assert watch.for_seconds(2 * HOUR_S + 10) == 0
    assert watch.events() == ["long", "long"]
    assert entry_table(watch.stream)[0]["minutes"] == 60


def test_once_an_hour_when_idle(contest: Contest) -> None:
    watch = Watch(contest, HistoryEntry([]))
    assert watch.for_seconds(3 * HOUR_S + 10) == 0
    assert watch.events() == ["idle"] * 3


# Passes as jobs.


def until(holds: Callable[[], bool]) -> None:
    """Waits for the scheduler's thread to have done something."""
    step_s = 0.005
    for _number in range(round(PATIENCE_S / step_s)):
        if holds():
            return
        # By no clock of the process: a test may have stopped it.
        Event().wait(step_s)
    pytest.fail("The thread has not done it.")


@contextmanager
def running(
    contest: Contest, tick: Tick, *names: str, stream: io.StringIO | None = None
) -> Iterator[Runner]:
    contests = {name: anew(contest) for name in names or ("",)}
    log, stop = Log(stream or io.StringIO(), as_json=True), Stop()
    runner = Runner(contests, RunOptions(3600.0), log, stopping=stop, tick=tick)
    runner.start()
    try:
        yield runner
    finally:
        stop.ask()
        runner.stop()


def test_passes_are_made_one_at_a_time(contest: Contest) -> None:
    told: Queue[str] = Queue()

    def slow(_contest: Contest, *_words: Any, **_named: Any) -> PassResult:
        told.put("begun")
        if started.wait(PATIENCE_S) and first.acquire(blocking=False):
            until(lambda: all(runner.next_run(name) is None for name in names))
        told.put("ended")
        return NOTHING

    names, first, started = ("one", "other"), Lock(), Event()
    with running(contest, slow, *names) as runner:
        started.set()
        assert [told.get(timeout=PATIENCE_S) for _number in range(4)] == ["begun", "ended"] * 2
    assert told.empty()


@pytest.mark.parametrize(("due_s", "wait_s"), [(None, 3600.0), (7200.0, 3600.0), (60.0, 60.0)])
def test_the_next_run(contest: Contest, due_s: float | None, wait_s: float) -> None:
    """It comes when something is due, at the latest after the interval, whatever was missed."""
    began = Event()

    def pass_(contest: Contest, *_words: Any, **_named: Any) -> PassResult:
        # A machine that wakes in 1970, and then learns the year.
        machine.move_to(BEGINNING)
        began.set()
        due = None if due_s is None else contest.clock.now() + timedelta(seconds=due_s)
        return PassResult((), next_due=due)

    with freeze_time("1970-01-01") as machine, running(contest, pass_) as runner:
        assert began.wait(PATIENCE_S)
        until(lambda: runner.next_run("") == BEGINNING + timedelta(seconds=wait_s))


def test_a_clock_set_back(contest: Contest) -> None:
    told, stream = Queue[datetime](), io.StringIO()

    def pass_(*_words: Any, **_named: Any) -> PassResult:
        told.put(datetime.now(UTC))
        return NOTHING

    ahead = BEGINNING + timedelta(days=366)
    with freeze_time(ahead) as machine, running(contest, pass_, stream=stream) as runner:
        assert told.get(timeout=PATIENCE_S) == ahead
        until(lambda: runner.next_run("") is not None)
        runner.check_clock()
        assert told.empty()
        machine.move_to(BEGINNING)
        runner.check_clock()
        assert told.get(timeout=PATIENCE_S) == BEGINNING
        until(lambda: runner.next_run("") == BEGINNING + timedelta(hours=1))
        assert [line["event"] for line in entry_table(stream)] == ["late"]
    assert told.empty()


def test_systemd_learns_that_passes_are_made(
    contest: Contest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(place))
        systemd.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(place))
        made(contest, HistoryEntry([NOTHING]))
        assert systemd.recv(100) == b"WATCHDOG=1"
    place.unlink()
    assert made(contest, HistoryEntry([NOTHING]))[0] == 0


@pytest.mark.parametrize("every_s", [0.0, -1.0, 3601.0, float("nan"), float("inf")])
def test_a_time_between_passes_that_makes_no_sense(every_s: float) -> None:
    with pytest.raises(Misuse, match="3600"):
        RunOptions(every_s)


def test_a_pass_tells_when_the_next_has_something_to_do(contest: Contest, clock: SetClock) -> None:
    stop = Stop()

    def passes(tick: Tick) -> Passes:
        return Passes(anew(contest), Log(io.StringIO()), stopping=stop, tick=tick)

    assert passes(tick).make() is None
    added(contest)
    clock.instant = LAPSE - timedelta(minutes=2)
    assert passes(tick).make() == 120.0
    assert passes(HistoryEntry([PtceError("Busy.")])).make() is None


def test_a_checkpoint_that_cannot_be_made_is_told_once(contest: Contest, clock: SetClock) -> None:
    key, aside = contest.folder / KEY_FILE, contest.folder / "aside"
    stream = io.StringIO()
    passes = Passes(anew(contest), Log(stream), stopping=Stop(), tick=tick)
    for count in (1, 2):
        key.rename(aside)
        added(contest)
        clock.instant += timedelta(days=2)
        passes.make()
        passes.make()
        assert stream.getvalue().count("the key that signs is not in") == count
        aside.rename(key)
        passes.make()
        assert len(checkpoint_files(beside_database(contest.folder))) == count
    passes.close()


def test_a_transition_is_made_when_it_is_due(contest: Contest, clock: SetClock) -> None:
    ref = added(contest)
    clock.instant = LAPSE - timedelta(milliseconds=200)
    stop = Stop()

    def once_due(
        contest: Contest, settings: MailSettings | None, *, stopping: Callable[[], bool]
    ) -> PassResult:
        ticked = tick(contest, settings, stopping=stopping)
        clock.instant = LAPSE
        if ticked.steps:
            stop.ask()
        return replace(ticked, next_due=LAPSE + timedelta(milliseconds=200))

    options = RunOptions(every_s=3600.0)
    assert run_until(stop, alone(contest), options, stream=io.StringIO(), tick=once_due) == 0
    assert states(contest) == {ref: "lapsed"}


# Signals.


@contextmanager
def started(command: list[str], **environ: str) -> Iterator[subprocess.Popen[str]]:
    """A process, begun; whatever happens it is gone in the end."""
    with subprocess.Popen(
        command,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def patient() -> Iterator[None]:
    """Listens to every signal, under `nohup` too; puts the handlers back whatever happens."""
    kinds = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    former = {kind: signal.getsignal(kind) for kind in kinds}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        yield
    finally:
        for kind, handler in former.items():
            signal.signal(kind, handler)


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_while_a_pass_is_under_way(contest: Contest, kind: signal.Signals) -> None:
    stream = Lines()
    seen: list[bool] = []

    def slow(
        contest: Contest, settings: MailSettings | None, *, stopping: Callable[[], bool]
    ) -> PassResult:
        seen.append(stopping())
        os.kill(os.getpid(), kind)
        stream.wait_for("stopping")
        seen.append(stopping())
        return PassResult((), 1, DeliveryCounts(sent=1))

    options = RunOptions(every_s=3600.0, log_json=True)
    with patient():
        former = signal.getsignal(kind)
        assert run(alone(contest), options, stream, tick=slow) == 0
        assert signal.getsignal(kind) is former
    assert seen == [False, True]
    told = entry_table(stream)
    assert [line["event"] for line in told] == ["start", "stopping", "tick", "stop"]
    assert told[-1]["sent"] == 1


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGTERM")
def test_a_second_signal_ends_at_once(contest: Contest) -> None:
    """Whoever cannot wait for the end of a round asks twice: nothing is tidied up any more."""
    command = [sys.executable, "-c", NEVER_ENDING, str(contest.folder)]
    with started(command) as process:
        assert process.stdout is not None
        for event in ("start", "begun", "stopping"):
            assert json.loads(process.stdout.readline())["event"] == event
            if event != "start":
                process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=PATIENCE_S)[0] == ""
    assert process.returncode == -signal.SIGTERM


def test_a_terminal_that_closes(contest: Contest) -> None:
    """It may say so twice, and is heard once; under `nohup` it is not heard at all."""
    with patient():
        stop = Stop()
        with asked_by_signals(stop):
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGHUP)
            assert stop()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        stop = Stop()
        with asked_by_signals(stop):
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stop()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_no_pass_after_the_wish_to_end(contest: Contest) -> None:
    told = HistoryEntry([NOTHING])
    watch = Watch(contest, told)
    watch.stop.ask()
    watch.runner.make("")
    assert told.contests == []


def test_no_pass_once_worn_out(contest: Contest) -> None:
    told = HistoryEntry([ZeroDivisionError("odd")] * (MOST_BROKEN + 1))
    watch = Watch(contest, told)
    for _number in range(MOST_BROKEN + 1):
        watch.runner.make("")
    assert len(told.contests) == MOST_BROKEN


# The real thing.


def test_two_runs_at_once(contest: Contest, clock: SetClock) -> None:
    for _number in range(6):
        added(contest)
        submitted(contest)
    clock.instant = LAPSE
    before = len(lines(contest))
    barrier = Barrier(2)
    found: list[PassResult] = []

    def one_run() -> None:
        stop = Stop()

        def once(
            contest: Contest, settings: MailSettings | None, *, stopping: Callable[[], bool]
        ) -> PassResult:
            barrier.wait(PATIENCE_S)
            found.append(tick(contest, settings, stopping=stopping))
            stop.ask()
            return found[-1]

        run_until(stop, alone(contest), RunOptions(), stream=io.StringIO(), tick=once)

    threads = [Thread(target=one_run) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    refs = [step.before.ref for ticked in found for step in ticked.steps]
    assert len(found) == 2
    assert len(refs) == len(set(refs)) == 6
    assert sorted(states(contest).values()) == ["lapsed"] * 6 + ["submitted"] * 6
    assert len(lines(contest)) == before + 6
    assert verify(contest).intact


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGTERM")
def test_ptce_run_ends_well_on_sigterm(contest: Contest, tmp_path: Path) -> None:
    """`ptce run` does what is due, writes its health, and ends with 0 when it is told to.

    It finds the contest in the folder that it is named: an export of it is none.
    """
    ref = added(contest)
    health = tmp_path / "health.json"
    export = tmp_path / "export"
    export.mkdir()
    for name in ("config.toml", "MANIFEST", "ledger.jsonl"):
        (export / name).touch()
    words = ["run", str(contest.folder.parent), "--every", "3600", "--log", "json"]
    command = [sys.executable, "-m", "ptce_workflow", *words, "--health-file", str(health)]
    with started(command, PTCE_NOW=LAPSE.isoformat(), PTCE_LANG="en") as process:
        assert process.stdout is not None
        told = [json.loads(process.stdout.readline()) for _number in range(2)]
        process.send_signal(signal.SIGTERM)
        rest, complaints = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert complaints == ""
    assert [line["event"] for line in told] == ["start", "tick"]
    assert told[1]["made"] == 1
    assert json.loads(rest.splitlines()[-1])["event"] == "stop"
    assert json.loads(health.read_text("utf-8"))["sent"] == 0
    with opened(contest.folder, SetClock(LAPSE)) as again:
        assert states(again) == {ref: "lapsed"}
        assert verify(again).intact
