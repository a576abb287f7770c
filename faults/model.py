"""Whatever people, time, mail servers and dying processes do, in whatever order: all of it holds.

The model of the small contest (`tests/app/test_replay.py`) says after each step where every
candidature stands; the mail server counts what it takes; and processes die at named points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from traceback import format_tb
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from faults.acts import OURS
from faults.bases import copied
from faults.stage import LEASE, mailing
from faults.tally import Run, Tally
from ptce_workflow.app.candidatures.advance import AdvanceStep
from ptce_workflow.app.outbox.desk import letter_view, messages, resume
from ptce_workflow.app.retention.erase import erase
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import EXIT_CODE
from ptce_workflow.base.words import speaking
from ptce_workflow.process.letters.message import ENDED, Stage
from ptce_workflow.scheduler.passes import tick
from tests.app.test_replay import TRANSITIONS, Rehearsal, answers
from tests.courier import Watched, all_mails, courier, honest, message_id
from tests.one_pass import Pass
from tests.rehearsal import lines, states
from tests.unruly import Unruly

EXAMPLES, STEPS = 14, 40
IN_A_PASS = (
    *("posting", "posted", "claiming", "claimed", "beginning", "begun"),
    *("before_data", "after_dot", "recording", "recorded", "letting_go", "recovering"),
)
IN_AN_ACT = ("settling", "settled")
OVER = ("declined", "closed", "withdrawn", "lapsed")
BY_TIME = {"draft": "lapsed", "selected": "closed"}


class Campaign(Rehearsal, Unruly):
    """Everything at once."""

    run: Run
    tally: Tally
    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.erased: set[str] = set()
        self.letters_gone: set[str] = set()

    def begun(self, folder: Path) -> Path:
        """A copy of the contest with mails, on the base of the run."""
        self.server = self.ending.enter_context(Watched())
        return self.ending.enter_context(
            copied(self.run.base, self.template, folder, self.server.port)
        )

    def passes(self) -> Sequence[AdvanceStep]:
        """What time does in a pass; mails leave."""
        before = len(self.server.received)
        steps = tick(self.contest, courier(self.server)).steps
        self.judges(before)
        return steps

    def dies(self, words: Sequence[str], point: str) -> int:
        """Has a process type something, and die at a point if it comes by; its exit code."""
        self.run.told.unlink(missing_ok=True)
        one = Pass(
            *(self.contest.folder, 0, self.clock.instant, point),
            words=words,
            told=str(self.run.told),
        )
        code = self.run.couriers.makes(one)
        said = self.run.told.read_text("utf-8")
        assert code in (0, 1, EXIT_CODE), said
        assert OURS not in said, said
        self.tally.tried += code == EXIT_CODE
        return code

    @initialize(given=answers, point=st.sampled_from(IN_A_PASS[:-2]))
    def begins_with_a_death(self, given: dict[str, Any], point: str) -> None:
        """However few examples there are, and whatever rules these leave out."""
        self.courier_dies(point, 1, given)

    @rule(point=st.sampled_from([*IN_A_PASS, *IN_AN_ACT]), passage=st.integers(1, 2), given=answers)
    def courier_dies(self, point: str, passage: int, given: dict[str, Any]) -> None:
        """A pass ends at a point; what it has done by then is what time does, and no more.

        A dossier has just come, so that it has something to do.
        """
        self.add(given)
        before = len(self.server.received)
        self.dies(["tick"], f"{point}:{passage}")
        self.judges(before)
        for ref, state in states(self.contest).items():
            assert state in (self.states[ref], BY_TIME.get(self.states[ref])), ref
            self.states[ref] = state

    @rule(
        numbers=st.lists(st.integers(0, 9), min_size=1, max_size=3),
        transition=st.sampled_from(TRANSITIONS),
        point=st.sampled_from(IN_AN_ACT),
    )
    def desk_dies(self, numbers: list[int], transition: str, point: str) -> None:
        """An act of the desk ends at a point: before it is kept nothing stands, after it all."""
        refs = list(dict.fromkeys(map(self.ref, numbers)))
        before, were = lines(self.contest), [self.states[ref] for ref in refs]
        words = ["advance", *refs, transition, "--reason", "Un motif.", "--yes"]
        code = self.dies(words, point)
        now = states(self.contest)
        are = [now[ref] for ref in refs]
        if code == EXIT_CODE and point == "settling":
            assert lines(self.contest) == before
        assert are == were or len(set(are)) == 1, f"{refs}: from {were} to {are}"
        self.states.update(zip(refs, are, strict=True))

    @precondition(lambda self: self.over())
    @rule(number=st.integers(0, 9))
    def erases(self, number: int) -> None:
        """The desk erases what is held of somebody: no mail about it leaves any more."""
        self.everything_is_honest()
        ref = self.over()[number % len(self.over())]
        about = messages(self.contest, list(Stage), ref=ref)
        if any(one.stage == Stage.DATA for one in about):
            # Its courier died while the server had it: nobody can tell yet whether it has left.
            with pytest.raises(PtceError, match=r"nothing was erased"), speaking("en"):
                erase(self.contest, ref, "Demandé.")
            return
        for one in about:
            content = letter_view(self.contest, one.name).eml if one.attempts else None
            if content is not None:
                self.letters_gone.add(message_id(content))
        erase(self.contest, ref, "Demandé.")
        self.erased.add(ref)
        self.server.received[:] = [
            one for one in self.server.received if message_id(one.content) not in self.letters_gone
        ]

    def over(self) -> list[str]:
        """The candidatures of which all may be erased, and is not yet."""
        return [ref for ref in self.states if self.states[ref] in OVER and ref not in self.erased]

    def everything_is_honest(self) -> None:
        """What the server has counted is what the contest says."""
        left = {message_id(one.content) for one in self.server.received}
        assert not left & self.letters_gone, "a mail left that was erased"
        honest(self.contest, self.server.received, again=self.again)

    @invariant()
    def counted(self) -> None:
        """Counts the steps."""
        self.tally.acts += 1

    def teardown(self) -> None:
        """Has a healthy courier meet a healthy server: everything ends, or waits for a person."""
        try:
            self.server.behaves()
            resume(self.contest)
            for _ in range(4):
                self.clock.instant += LEASE
                self.passes()
            self.everything_is_honest()
            left = {one.stage for one in all_mails(self.contest) if one.due < self.clock.instant}
            assert left <= {*ENDED, Stage.FAILED, Stage.UNCERTAIN}, left
            self.tally.mails += len(self.server.received)
            self.tally.uncertain += len(messages(self.contest, [Stage.UNCERTAIN]))
        finally:
            super().teardown()


def model(run: Run) -> Iterator[Tally]:
    """Runs the machine as often as the share of a run says."""
    tally = run.tally("model")
    given: dict[str, Any] = {"run": run, "tally": tally}
    given["template"] = run.begun(mailing)
    machine = seed(run.chance.randrange(2**32))(type("CampaignHere", (Campaign,), given))
    effort = settings(
        max_examples=run.times(EXAMPLES),
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(machine, settings=effort)
    except Exception as error:
        where = "".join(format_tb(error.__traceback__)[-2:])
        story = "\n".join(getattr(error, "__notes__", ()))
        tally.fails(f"{where}{type(error).__name__}: {error}\n{story}")
    yield tally
