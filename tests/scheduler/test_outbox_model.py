"""Whatever happens, in whatever order: what the server has counted agrees with what is said.

The model is the server, which counts what it takes. The rules are all that a contest, its desk,
its clock, its server and a dying courier can do.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import resume
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.process.letters.message import ENDED, Stage
from tests.courier import LEASE, Post, Watched, all_mails, begun, honest
from tests.rehearsal import BEGINNING, SUBMISSION, english, states
from tests.unruly import Unruly

__all__ = ["begun", "english"]

EFFORT = settings(stateful_step_count=25, suppress_health_check=[HealthCheck.too_slow])


class Killed(Exception):
    """What ends a courier that is killed."""


class Mortal(Contest):
    """A contest whose courier can be killed before one of its next transactions."""

    acts_left: int | None = None

    @contextmanager
    def acting(self, **how: Any) -> Iterator[Transaction]:
        """Begins a transaction, unless it is the one."""
        if self.acts_left is not None:
            if self.acts_left == 0:
                raise Killed
            self.acts_left -= 1
        with super().acting(**how) as tx:
            yield tx


class Outbox(Unruly):
    """A contest in which everything goes wrong in turn."""

    begun: Path

    def __init__(self) -> None:
        super().__init__()
        self.ending = ExitStack()
        self.folder = Path(self.ending.enter_context(tempfile.TemporaryDirectory())) / "contest"
        self.server = self.ending.enter_context(Watched())
        shutil.copytree(self.begun, self.folder)
        clock = SetClock(BEGINNING)
        self.contest = self.ending.enter_context(
            Mortal.open(self.folder, actor="anne", clock=clock)
        )
        self.post = Post(self.contest, clock, self.server)

    @initialize(first=st.sampled_from(["create", "invite"]))
    def begins(self, first: str) -> None:
        self.opens(first)

    @rule(by=st.sampled_from(["create", "invite"]))
    def opens(self, by: str) -> None:
        self.post.opens(by=by)

    @rule(chance=st.randoms(use_true_random=False))
    def withdraws(self, chance: Any) -> None:
        """Withdraws a candidature that still stands."""
        standing = [ref for ref, state in states(self.contest).items() if state == "draft"]
        if standing:
            advance(self.contest, [chance.choice(standing)], "withdraw")

    @rule(minutes=st.sampled_from([-600, -60, 1, 5, 30, 300, 3000]))
    def time_passes(self, minutes: int) -> None:
        """Sets the clock on, or back."""
        moved = self.post.clock.instant + timedelta(minutes=minutes)
        if BEGINNING <= moved < SUBMISSION:
            self.post.clock.instant = moved

    @rule(connections=st.sampled_from([1, 1, 3]), per_minute=st.sampled_from([0, 0, 2]))
    def passes(self, connections: int, per_minute: int) -> None:
        """Makes a pass; what leaves is still of use."""
        before = len(self.server.received)
        self.post.passes(connections=connections, per_minute=per_minute)
        self.judges(before)

    @rule(acts=st.integers(0, 6))
    def dies(self, acts: int) -> None:
        """Makes a pass that a kill ends before one of its transactions."""
        self.contest.acts_left = acts
        before = len(self.server.received)
        with suppress(Killed):
            self.post.passes()
        self.contest.acts_left = None
        self.judges(before)

    def teardown(self) -> None:
        """Has a healthy courier meet a healthy server: everything ends, or waits for a person."""
        with self.ending:
            self.server.behaves()
            resume(self.contest)
            for _ in range(4):
                self.post.goes_on(seconds=LEASE.total_seconds())
                self.post.passes()
            honest(self.contest, self.server.received, again=self.again)
            now = self.post.clock.instant
            left = {found.stage for found in all_mails(self.contest) if found.due < now}
            assert left <= {*ENDED, Stage.FAILED, Stage.UNCERTAIN}


@pytest.mark.parametrize("examples", [10, pytest.param(50, marks=pytest.mark.slow)])
def test_outbox(begun: Path, examples: int) -> None:
    """Nothing leaves too often, too late or unnoticed; in the end everything is told."""
    outbox = type("OutboxHere", (Outbox,), {"begun": begun})
    run_state_machine_as_test(outbox, settings=settings(EFFORT, max_examples=examples))
