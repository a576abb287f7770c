"""What time does: at its hour, once, and whoever else is at work."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.overview import overview
from ptce_workflow.app.candidatures.record import receive, record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.scheduler.passes import PassResult, tick
from tests.rehearsal import (
    BEGINNING,
    LAPSE,
    added,
    attack,
    edit,
    last,
    lines,
    move,
    opened,
    scored,
    states,
    submitted,
    types,
)

pytestmark = [pytest.mark.served, pytest.mark.both]

SECOND = timedelta(microseconds=1)


def test_nothing_due(contest: Contest) -> None:
    """With nothing due, nothing is written."""
    added(contest)
    before = lines(contest)
    assert tick(contest) == PassResult((), next_due=LAPSE)
    assert lines(contest) == before


def test_at_its_hour(contest: Contest, clock: SetClock) -> None:
    """Before its hour nothing happens; at its very instant it does."""
    ref = added(contest)
    clock.instant = LAPSE - SECOND
    assert tick(contest).steps == ()
    assert states(contest) == {ref: "draft"}
    clock.instant = LAPSE
    [step] = tick(contest).steps
    assert step.made
    assert states(contest) == {ref: "lapsed"}
    assert last(contest).actor == "scheduler"
    assert last(contest).at == "2024-03-14T17:00:00.000000Z"
    assert verify(contest).intact


def test_late(contest: Contest, clock: SetClock) -> None:
    """After a long stop, what was due is still made; the line bears the instant of the act."""
    added(contest)
    clock.instant = LAPSE + timedelta(days=400)
    assert len(tick(contest).steps) == 1
    assert last(contest).at == "2025-04-18T17:00:00.000000Z"


def test_again(contest: Contest, clock: SetClock) -> None:
    """A second pass at the same instant has nothing left to do."""
    added(contest)
    scored(contest)
    clock.instant = LAPSE
    assert len(tick(contest).steps) == 1
    before = lines(contest)
    assert tick(contest).steps == ()
    assert lines(contest) == before


def test_refused_once(contest: Contest, clock: SetClock) -> None:
    """A rule in the way is written down once for each due instant, however often time passes."""
    ref = added(contest, urgent=True)
    clock.instant = LAPSE
    [step] = tick(contest).steps
    assert not step.made
    line = last(contest)
    assert line.type == "transition_refused"
    assert line.data["due"] == "2024-03-14T17:00:00.000000Z"
    assert line.data["verdicts"] == {"nothing_urgent": "fails"}
    before = lines(contest)
    for days in (0, 1, 30):
        clock.instant = LAPSE + timedelta(days=days)
        assert tick(contest).steps == ()
    assert lines(contest) == before
    assert overview(contest).briefs[0].next_date is None
    record(contest, ref, {"dossier": {"urgent": False}})
    assert tick(contest).steps == ()
    move(contest, "lapse", ref)
    assert verify(contest).intact


def test_refused_again_after_a_detour(contest: Contest, clock: SetClock) -> None:
    ref = added(contest, urgent=True)
    clock.instant = LAPSE
    tick(contest)
    receive(contest, ref, "dossier", at=BEGINNING, evidence=Evidence("0" * 64, 1))
    move(contest, "submit", ref)
    move(contest, "give_back", ref, reason="Une pièce manque.")
    assert [step.made for step in tick(contest).steps] == [False]
    assert tick(contest).steps == ()
    assert verify(contest).intact


def test_anchored(contest: Contest, clock: SetClock) -> None:
    """An instant counted from a state is due that long after the candidature entered it."""
    ref = scored(contest)
    move(contest, "select", ref)
    clock.instant = BEGINNING + timedelta(days=30) - SECOND
    assert tick(contest).steps == ()
    clock.instant += SECOND
    assert [step.after.state for step in tick(contest).steps] == ["closed"]


def test_in_the_order_of_time(contest: Contest, clock: SetClock) -> None:
    late = scored(contest)
    draft = added(contest)
    clock.instant = LAPSE - timedelta(days=1)
    move(contest, "select", late)
    clock.instant = LAPSE + timedelta(days=60)
    assert [step.before.ref for step in tick(contest).steps] == [draft, late]


def test_one_after_the_other(contest: Contest, clock: SetClock) -> None:
    edit(contest, "states/lapsed.toml", "ends = true\n", "")
    path = contest.folder / "states" / "lapsed.toml"
    path.write_text(
        path.read_text("utf-8") + '\n[transitions.forget]\nlabel = "Forget"\nto = "withdrawn"\n'
        'at = "entered.lapsed"\nchoice = "at once"\n',
        "utf-8",
    )
    adopt(contest, "Rien ne traîne.")
    ref = added(contest)
    clock.instant = LAPSE
    assert [step.after.state for step in tick(contest).steps] == ["lapsed", "withdrawn"]
    assert tick(contest).steps == ()
    assert states(contest) == {ref: "withdrawn"}
    assert verify(contest).intact


def test_to_and_fro(contest: Contest, clock: SetClock) -> None:
    """Two states that hand a candidature to one another by time do not keep a pass for ever."""
    path = contest.folder / "states" / "lapsed.toml"
    path.write_text(
        path.read_text("utf-8") + '\n[transitions.again]\nlabel = "Again"\nto = "draft"\n'
        'at = "date.lapse"\nchoice = "at once"\n',
        "utf-8",
    )
    adopt(contest, "Un va-et-vient.")
    added(contest)
    clock.instant = LAPSE
    assert [step.after.state for step in tick(contest).steps] == ["lapsed", "draft"]
    assert verify(contest).intact


def test_reason_is_for_people(contest: Contest, clock: SetClock) -> None:
    edit(contest, "states/draft.toml", 'at = "date.lapse"\n', 'at = "date.lapse"\nreason = true\n')
    adopt(contest, "Un motif.")
    added(contest)
    clock.instant = LAPSE
    assert [step.made for step in tick(contest).steps] == [True]
    assert verify(contest).intact


class Interrupted(Contest):
    """A contest in which someone else acts once, just before the first act of a pass."""

    @contextmanager
    def acting(self, **how: Any) -> Iterator[Transaction]:
        """Lets the other one go first."""
        if states(self)["C-002"] == "draft":
            with opened(self.folder, SetClock(LAPSE)) as other:
                advance(other, ["C-002"], "withdraw")
        with super().acting(**how) as tx:
            yield tx


def test_by_hand_meanwhile(contest: Contest, clock: SetClock) -> None:
    """A candidature that moved after the pass looked is left where it is."""
    refs = [added(contest), added(contest), added(contest)]
    clock.instant = LAPSE
    with Interrupted.open(contest.folder, actor="anne", clock=clock) as interrupted:
        steps = tick(interrupted).steps
    assert [step.before.ref for step in steps] == [refs[0], refs[2]]
    assert states(contest) == dict(zip(refs, ("lapsed", "withdrawn", "lapsed"), strict=True))
    assert verify(contest).intact


def test_folder_that_differs(contest: Contest, clock: SetClock) -> None:
    """A folder under repair stops the desk, never time; it judges by the process in force."""
    ref = added(contest)
    (contest.folder / "states" / "lapsed.toml").write_text("[", "utf-8")
    clock.instant = LAPSE
    with opened(contest.folder, clock) as again:
        assert len(tick(again).steps) == 1
        assert verify(again).intact
    assert states(contest) == {ref: "lapsed"}


def test_nobody_acts(contest: Contest, clock: SetClock) -> None:
    """A pass needs nobody at the keyboard."""
    added(contest)
    clock.instant = LAPSE
    with opened(contest.folder, clock, "") as unattended:
        assert len(tick(unattended).steps) == 1


def test_process_archived(contest: Contest, clock: SetClock) -> None:
    """Time is not stopped by another engine either: it says so and goes on."""
    added(contest)
    with attack(contest) as database:
        database.execute("UPDATE contest SET content = '{}'")
    clock.instant = LAPSE
    tick(contest)
    assert types(contest)[-2:] == ["engine_changed", "transition_made"]


def test_two_passes_at_once(contest: Contest, clock: SetClock) -> None:
    for _ in range(6):
        added(contest)
        added(contest, urgent=True)
        submitted(contest)
    clock.instant = LAPSE
    barrier = Barrier(2)
    found: list[PassResult] = []

    def run() -> None:
        with opened(contest.folder, SetClock(LAPSE), "") as own:
            barrier.wait()
            found.append(tick(own))

    before = len(lines(contest))
    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    steps = [step for ticked in found for step in ticked.steps]
    assert len(found) == 2
    assert len(steps) == 12
    assert len({step.before.ref for step in steps}) == 12
    assert len(lines(contest)) == before + 12
    assert verify(contest).intact
