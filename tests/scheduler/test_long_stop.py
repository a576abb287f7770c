"""After seven days without a pass, time decides against nobody before somebody says yes."""

import io
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.app.people import enrol
from ptce_workflow.base.runtime import SetClock, SystemClock
from ptce_workflow.scheduler.passes import PassResult, tick
from ptce_workflow.scheduler.runner import RunOptions, Stop, run_until
from tests.cli.lines import run
from tests.courier import courier, write_notification
from tests.mailing import body_of
from tests.rehearsal import BEGINNING, LAPSE, SMALL, added, in_earnest, opened
from tests.servers import ON_SERVER, keep_on_server
from tests.smtp import Server

WEEK, SECOND = timedelta(days=7), timedelta(seconds=1)


DIGEST = 'to = "desk"\nabout = "contest"\ndaily = "08:30"\nany_hour = true\nexpires = "9 hours"\n'


def made(folder: Path, clock: SetClock, *, rehearsal: bool, adverse: bool = True) -> Path:
    """Begins the small contest, in which time decides against drafts."""
    shutil.copytree(SMALL, folder)
    if ON_SERVER:
        keep_on_server(folder)
    draft, due = folder / "states" / "draft.toml", 'at = "date.lapse"'
    decides = f'{due}\ndecision = "adverse"' if adverse else due
    draft.write_text(draft.read_text("utf-8").replace(due, decides), "utf-8")
    write_notification(
        folder,
        "digest",
        DIGEST,
        "# Today\n\n{% for task in digest.tasks %}{{ task.things | join }}{% endfor %}\n",
    )
    write_notification(
        folder, "lapsed", 'on = "draft.lapse"\nheld = true\n', "# Closed\n\nWords.\n"
    )
    create(folder, login="anne", rehearsal=rehearsal, clock=clock)
    return folder


@pytest.fixture
def earnest(tmp_path: Path, clock: SetClock) -> Iterator[Contest]:
    """A contest held in earnest, with a draft; its ledger stays intact whatever happens."""
    folder = made(tmp_path / "earnest", clock, rehearsal=False)
    with in_earnest(folder, clock) as contest:
        added(contest)
        yield contest
        assert verify(contest).intact


def state(contest: Contest) -> str:
    """Where the draft stands by now."""
    return show(contest, "C-001").case.state


def test_nobody_is_decided_against(earnest: Contest, clock: SetClock) -> None:
    tick(earnest)
    clock.instant = LAPSE
    for _pass in range(2):
        stopped = tick(earnest).stopped
        assert stopped is not None
        assert (stopped.since, stopped.refs) == (BEGINNING, ("C-001",))
        assert state(earnest) == "draft"
    assert tick(earnest, sure=True).stopped is None
    assert state(earnest) == "lapsed"
    clock.instant += WEEK
    assert tick(earnest).stopped is None


@pytest.mark.parametrize("late", [False, True])
def test_to_the_second(earnest: Contest, clock: SetClock, *, late: bool) -> None:
    """Seven days are no long stop yet; a second more is one."""
    clock.instant = LAPSE - WEEK - SECOND * late
    tick(earnest)
    clock.instant = LAPSE
    assert (tick(earnest).stopped is not None, state(earnest)) == (
        (True, "draft") if late else (False, "lapsed")
    )


def test_without_any_pass_the_first_line_counts(earnest: Contest, clock: SetClock) -> None:
    """A contest that began long ago and never made a pass has stopped as well."""
    clock.instant = LAPSE
    stopped = tick(earnest).stopped
    assert stopped is not None
    assert "20 February 2024" in stopped.what


def test_where_nothing_waits_a_long_stop_is_over(earnest: Contest, clock: SetClock) -> None:
    clock.instant = LAPSE - SECOND
    assert tick(earnest).stopped is None
    clock.instant = LAPSE
    tick(earnest)
    assert state(earnest) == "lapsed"


def test_what_decides_nothing_goes_on(tmp_path: Path, clock: SetClock) -> None:
    """A timed transition that is no decision is made, however long the stop."""
    folder = made(tmp_path / "plain", clock, rehearsal=False, adverse=False)
    with in_earnest(folder, clock) as contest:
        added(contest)
        clock.instant = LAPSE
        assert tick(contest).stopped is None
        assert state(contest) == "lapsed"


def test_a_rehearsal_jumps(tmp_path: Path, clock: SetClock) -> None:
    """Its clock goes from hour to hour: that is no stop."""
    with opened(made(tmp_path / "rehearsal", clock, rehearsal=True), clock) as contest:
        added(contest)
        clock.instant = LAPSE
        assert tick(contest).stopped is None
        assert state(contest) == "lapsed"


def test_the_digest_says_so(earnest: Contest, clock: SetClock) -> None:
    with Server() as server:
        enrol(earnest, "Anne", ["desk"], login="anne", email="anne@contest.example")
        clock.instant = LAPSE
        tick(earnest, courier(server))
        clock.instant = LAPSE.replace(day=15, hour=8)
        tick(earnest, courier(server))
        said = [body_of(one) for one in server.received if one.subject == "Today"]
        assert "After a stop of over 7 days, from Tuesday 20 February 2024" in " ".join(
            said[-1].split()
        )
        assert "C-001" in said[-1]


def test_at_the_keyboard(
    earnest: Contest,
    clock: SetClock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`ptce tick` and `ptce doctor` say it and end with 1; `ptce tick --yes` has it decided."""
    monkeypatch.chdir(earnest.folder)
    monkeypatch.setattr("ptce_workflow.cli.invocation.login_name", lambda: "anne")
    told = run(capsys, "tick", "--lang", "en")
    assert (told.code, "1 decision waits: C-001" in told.err) == (1, True)
    assert "Nothing was due" not in told.out
    data = json.loads(run(capsys, "tick", "--json").out)
    assert data["stopped"] == {"since": "2024-02-20T09:00:00.000000Z", "refs": ["C-001"]}
    doctor = run(capsys, "doctor", "--lang", "en")
    assert (doctor.code, "ptce tick --yes" in doctor.out) == (1, True)
    assert run(capsys, "tick", "--yes").code == 0
    told = run(capsys, "doctor", "--json")
    steps = {one["step"]: one["outcome"] for one in json.loads(told.out)["steps"]}
    assert steps["passes"] == "ok"
    clock.instant = SystemClock().now()


def test_a_run_says_it_once(earnest: Contest, clock: SetClock) -> None:
    """`ptce run` tells it in its log, and goes on."""
    stream, stop = io.StringIO(), Stop()
    clock.instant = LAPSE
    passes = 0

    def opens() -> tuple[Contest, None]:
        contest = Contest.open(earnest.folder, actor="anne")
        contest.clock = clock
        return contest, None

    def thrice(*words: Any, **named: Any) -> PassResult:
        nonlocal passes
        passes += 1
        if passes == 3:
            stop.ask()
        return tick(*words, **named)

    run_until(stop, {"": opens}, RunOptions(0.01, None, True), stream=stream, tick=thrice)
    said = [line for line in stream.getvalue().splitlines() if "C-001" in line]
    assert len(said) == 1


def test_a_clock_a_year_ahead(earnest: Contest, clock: SetClock) -> None:
    """It decides against nobody: once it is right again the draft is where it was."""
    tick(earnest)
    right = clock.instant
    clock.instant += timedelta(days=365)
    stopped = tick(earnest).stopped
    assert stopped is not None
    assert stopped.refs == ("C-001",)
    assert state(earnest) == "draft"
    clock.instant = right + timedelta(minutes=1)
    assert tick(earnest).stopped is None
    assert state(earnest) == "draft"
