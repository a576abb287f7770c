"""Time does not run backwards in earnest, unless the desk has said so in a line of its own."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

import ptce_workflow.app.preconditions as preconditions
from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest, accept_clock
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.line import decode
from ptce_workflow.scheduler.passes import tick
from ptce_workflow.scheduler.runner import MOST_BROKEN, Log, Passes, Stop
from tests import courier
from tests.courier import Post, Watched
from tests.rehearsal import (
    BEGINNING,
    LAPSE,
    SUBMISSION,
    added,
    attack,
    begin,
    forge,
    in_earnest,
    last,
    lines,
    move,
    remark,
    told,
    types,
)

LATE = SUBMISSION + timedelta(hours=2)
IN_TIME = SUBMISSION - timedelta(days=3)
BACK = "the ledger goes on to"


@pytest.fixture
def clock() -> SetClock:
    """The machine's clock, two hours after the deadline."""
    return SetClock(LATE)


@pytest.fixture
def earnest(tmp_path: Path, clock: SetClock) -> Iterator[Contest]:
    """A contest that is no rehearsal, in which a draft was opened after the deadline."""
    begin(tmp_path / "earnest", SetClock(BEGINNING), rehearsal=False)
    with in_earnest(tmp_path / "earnest", clock) as contest:
        added(contest)
        yield contest


def remarks(contest: Contest) -> list[tuple[int, str]]:
    """What verifying remarks upon: line and what, in order."""
    return [(one.line, one.what) for one in verify(contest).remarks]


def test_a_late_dossier_stays_late(earnest: Contest, clock: SetClock) -> None:
    before = lines(earnest)
    clock.instant = IN_TIME
    with pytest.raises(PtceError, match=BACK) as refused:
        advance(earnest, ["C-001"], "submit")
    assert "8 March 2024" in refused.value.what
    assert "11 March 2024" in refused.value.what
    assert "ptce clock --accept" in refused.value.mend
    assert lines(earnest) == before
    clock.instant = LATE
    assert verify(earnest).intact


def test_every_act_obeys(earnest: Contest, clock: SetClock) -> None:
    """People, their adoptions and time itself are refused alike while the clock stands back."""
    remark(earnest)
    before = lines(earnest)
    clock.instant = IN_TIME
    with pytest.raises(PtceError, match=BACK):
        adopt(earnest, "Une remarque.")
    with pytest.raises(PtceError, match=BACK):
        tick(earnest)
    assert lines(earnest) == before


def test_machines_a_second_apart(earnest: Contest, clock: SetClock) -> None:
    clock.instant = LATE - timedelta(seconds=1)
    with in_earnest(earnest.folder, clock) as other:
        assert added(other) == "C-002"
    assert last(earnest).at == to_text(LATE)
    clock.instant = LATE + timedelta(seconds=1)
    record(earnest, "C-002", {"dossier": {"amount": "12"}})
    assert last(earnest).at == to_text(clock.instant)
    clock.instant -= timedelta(minutes=5)
    record(earnest, "C-002", {"dossier": {"amount": "13"}})
    clock.instant -= timedelta(seconds=1)
    with pytest.raises(PtceError, match=BACK):
        record(earnest, "C-002", {"dossier": {"amount": "14"}})
    clock.instant = LATE + timedelta(hours=1)
    report = verify(earnest)
    assert report.intact
    assert not report.remarks


def test_a_clock_a_year_ahead_once(earnest: Contest, clock: SetClock) -> None:
    clock.instant = IN_TIME + timedelta(days=365)
    enrol(earnest, "Nour", ["jury"], institution="north")
    clock.instant = LATE + timedelta(hours=1)
    assert told(earnest) == [(len(lines(earnest)), "The line is dated later than now.")]
    with pytest.raises(PtceError, match=BACK):
        added(earnest)
    accepted = accept_clock(earnest, "L’horloge avançait d’un an.")
    line = last(earnest)
    assert (line.type, line.n) == ("clock_accepted", accepted.line)
    assert line.data == {"stood": to_text(IN_TIME + timedelta(days=365))}
    assert line.at == to_text(clock.instant)
    clock.instant += timedelta(minutes=1)
    assert added(earnest) == "C-002"
    assert last(earnest).at == to_text(clock.instant)
    clock.instant = LAPSE
    assert [step.made for step in tick(earnest).steps] == [True, True]
    report = verify(earnest)
    assert report.intact
    assert not report.remarks


def test_a_clock_is_accepted_by_another_engine(earnest: Contest, clock: SetClock) -> None:
    clock.instant = IN_TIME + timedelta(days=365)
    enrol(earnest, "Nour", ["jury"], institution="north")
    clock.instant = LATE + timedelta(hours=1)
    with attack(earnest) as database:
        database.execute("UPDATE contest SET content = '{}'")
    accept_clock(earnest, "L’horloge avançait d’un an.")
    assert types(earnest)[-2:] == ["clock_accepted", "engine_changed"]


def test_what_an_accepted_clock_makes_timely_is_named(earnest: Contest, clock: SetClock) -> None:
    """The desk may accept a false hour: `why` and `verify` name what is timely by it alone."""
    clock.instant = IN_TIME
    assert why(earnest, "C-001", "submit").edges[0].owed == ()
    line = accept_clock(earnest, "Elle est juste.").line
    clock.instant += timedelta(minutes=1)
    explanation = why(earnest, "C-001")
    assert explanation.clock is not None
    assert (explanation.clock.n, explanation.clock.furthest) == (line, to_text(LATE))
    assert {edge.name: edge.owed for edge in explanation.edges}["submit"] == ("on_time",)
    move(earnest, "submit", "C-001")
    report = verify(earnest)
    assert report.intact
    [named] = report.remarks
    assert named.line == last(earnest).n
    assert f"Line {line} " in named.what
    assert named.why.endswith("on_time.")
    clock.instant = LATE + timedelta(minutes=1)
    assert why(earnest, "C-001").clock is None


def test_only_what_stands_back_is_accepted(earnest: Contest, clock: SetClock) -> None:
    with pytest.raises(Misuse, match="nothing to accept"):
        accept_clock(earnest, "Pour rien.")
    enrol(earnest, "Sam", ["auditor"], login="sam")
    clock.instant = IN_TIME
    with pytest.raises(Misuse, match="without a reason"):
        accept_clock(earnest, " ")
    with (
        in_earnest(earnest.folder, clock, "sam") as other,
        pytest.raises(PtceError, match="Only the desk"),
    ):
        accept_clock(other, "Elle est juste.")
    assert "clock_accepted" not in types(earnest)


def test_a_rehearsal_goes_where_its_clock_is_set(contest: Contest, clock: SetClock) -> None:
    """Nothing is refused there; `verify` remarks upon the line that goes back."""
    clock.instant = LATE
    added(contest)
    clock.instant = IN_TIME
    enrol(contest, "Nour", ["jury"], institution="north")
    assert verify(contest).intact
    assert remarks(contest) == [(last(contest).n, "The line is dated before the one above.")]
    clock.instant -= timedelta(seconds=1)
    assert accept_clock(contest, "On recommence.").line == last(contest).n
    assert len(remarks(contest)) == 1


def test_a_forged_line_that_goes_back(earnest: Contest) -> None:
    forged = [decode(line) for line in lines(earnest)]
    forged[-1] = replace(forged[-1], at=to_text(from_text(forged[-2].at) - timedelta(seconds=1)))
    with attack(earnest) as database:
        forge(database, forged)
    assert (len(forged), "The line is dated before the one above.") in told(earnest)


@pytest.mark.parametrize(
    ("data", "actor", "what"),
    [
        ({"stood": to_text(SUBMISSION)}, "P-001", "The clock did not stand there."),
        ({}, "P-002", "Only the desk may do this."),
        ({}, "P-001", "A clock is not accepted without a reason."),
    ],
)
def test_a_forged_acceptance(
    earnest: Contest, clock: SetClock, data: dict[str, str], actor: str, what: str
) -> None:
    """The line that accepts a clock obeys the law that its writer obeys."""
    clock.instant = IN_TIME
    n = accept_clock(earnest, "Elle est juste.").line
    forged = [decode(line) for line in lines(earnest)]
    line = forged[-1]
    pd = None if what.endswith("reason.") else line.pd
    forged[-1] = replace(line, data={**line.data, **data}, actor=actor, pd=pd)
    with attack(earnest) as database:
        forge(database, forged)
    assert (n, what) in told(earnest)


@pytest.mark.parametrize("stood", ["soon", "2024-13-45T10:00:00.000000Z", "", None, 7])
def test_an_acceptance_that_tells_no_instant(
    earnest: Contest, clock: SetClock, stood: object
) -> None:
    clock.instant = IN_TIME
    n = accept_clock(earnest, "Elle est juste.").line
    forged = [decode(line) for line in lines(earnest)]
    forged[-1] = replace(forged[-1], data={"stood": stood})
    with attack(earnest) as database:
        forge(database, forged)
    with pytest.raises(PtceError, match=f"Line {n} of the ledger"):
        why(earnest, "C-001")
    assert n in {line for line, _ in told(earnest)}


@pytest.mark.parametrize(
    ("version", "what"),
    [
        ("0.1.9", "The version of the program goes back."),
        ("99.0", "The line was written by a later version of the program."),
        ("new", "The line tells no version of the program."),
    ],
)
def test_a_forged_version(earnest: Contest, version: str, what: str) -> None:
    """The version of the program neither sinks nor leaps."""
    forged = [decode(line) for line in lines(earnest)]
    again = replace(forged[1], data={"versions": {"ptce_workflow": version}}, actor="P-001")
    with attack(earnest) as database:
        forge(database, [*forged, replace(again, at=forged[-1].at)])
    assert (len(forged) + 1, what) in told(earnest)


def test_an_older_program_does_not_write(earnest: Contest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preconditions, "VERSION", "0.1.9")
    older = {**preconditions.engine_versions(), "ptce_workflow": "0.1.9"}
    monkeypatch.setattr(preconditions, "engine_versions", lambda: older)
    with pytest.raises(PtceError, match=r"version 0\.1\.9; version 0\.2"):
        added(earnest)


def test_a_mail_that_has_left_is_recorded(tmp_path: Path) -> None:
    clock = SetClock(BEGINNING)
    courier.begin(tmp_path / "post", clock, rehearsal=False)
    with Watched() as server, in_earnest(tmp_path / "post", clock) as contest:
        post = Post(contest, clock, server, {"connections": 1})
        clock.instant += timedelta(hours=1)
        first, second = post.opens(2)
        server.while_at("content", lambda: post.goes_on(days=-1))
        assert post.passes().sent == 1
        assert [post.stage(first), len(post.taken)] == ["sent", 1]
        with pytest.raises(PtceError, match=BACK):
            post.passes()
        assert len(post.taken) == 1
        post.goes_on(days=1, hours=1)
        post.passes()
        assert [post.stage(second), len(post.taken)] == ["sent", 2]
        assert verify(contest).faults == ()
        assert not verify(contest).remarks


def test_a_run_goes_on_trying(earnest: Contest, clock: SetClock) -> None:
    stream = io.StringIO()
    stop = Stop()

    def opened() -> tuple[Contest, None]:
        contest = Contest.open(earnest.folder, actor="anne")
        contest.clock = clock
        return contest, None

    passes = Passes(opened, Log(stream), stopping=stop, tick=tick)
    before = lines(earnest)
    clock.instant = IN_TIME
    for _pass in range(MOST_BROKEN + 1):
        passes.make()
    assert not passes.are_worn_out
    assert BACK in stream.getvalue()
    assert lines(earnest) == before
    clock.instant = LAPSE
    passes.make()
    passes.close()
    assert types(earnest)[-1] == "transition_made"
