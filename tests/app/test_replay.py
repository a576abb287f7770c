"""Whatever people do, in whatever order: the ledger is intact, and replays to what is kept."""

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import AdvanceStep, add, advance
from ptce_workflow.app.candidatures.overview import overview, show
from ptce_workflow.app.candidatures.record import receive, record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.marks import score
from ptce_workflow.app.people import enrol, leave, list_people
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.ledger.line import decode
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.scheduler.passes import tick
from tests.rehearsal import BEGINNING, LAPSE, begin, dossier, edit, lines
from tests.replaying import replayed

PROOF = Evidence("0" * 64, 1)
FAR = datetime(2100, 1, 1, tzinfo=UTC)
PURSE = 100_000
TRANSITIONS = (
    *("submit", "lapse", "give_back", "close_scoring", "select", "decline"),
    *("close", "reopen", "withdraw"),
)
answers = st.fixed_dictionaries(
    {},
    optional={
        "amount": st.sampled_from(["0", "250.25", "400", "900", None]),
        "theme": st.sampled_from(["food", "care", None]),
        "urgent": st.sampled_from([True, False, None]),
        "name": st.sampled_from(["Le Puits", "L’Étang", None]),
        "founded": st.sampled_from(["1999-12-31", None]),
        "members": st.sampled_from([[{"name": "Un", "voices": 1}], [{"name": "Deux"}], None]),
    },
)
marks = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(["0", "2.5", "4.5", "5"]) for name in ("idea", "method")}
)


@cache
def template() -> Path:
    """A contest that has just begun, made once."""
    folder = Path(tempfile.mkdtemp()) / "contest"
    begin(folder, SetClock(BEGINNING))
    return folder


class Rehearsal(RuleBasedStateMachine):
    """People at work in the small contest, beside a model of what must come of it."""

    def __init__(self) -> None:
        super().__init__()
        self.ending = ExitStack()
        place = Path(self.ending.enter_context(tempfile.TemporaryDirectory()))
        self.clock = SetClock(BEGINNING)
        folder = self.begun(place / "contest")
        self.contest = self.ending.enter_context(
            Contest.open(folder, actor="anne", clock=self.clock)
        )
        self.states: dict[str, str] = {}
        self.places = 2
        self.adoptions = 0
        self.written = lines(self.contest)

    def teardown(self) -> None:
        """Lets go of the contest and of its folder."""
        self.ending.close()

    def begun(self, folder: Path) -> Path:
        """The folder of a contest that has just begun, which is its own."""
        return shutil.copytree(template(), folder)

    def passes(self) -> Sequence[AdvanceStep]:
        return tick(self.contest).steps

    def case(self, ref: str) -> Candidature:
        """A candidature as it is kept."""
        return show(self.contest, ref).case

    def ref(self, number: int) -> str:
        """One of the candidatures that there are."""
        return sorted(self.states)[number % len(self.states)]

    @initialize(given=st.lists(answers, min_size=4, max_size=4))
    def start(self, given: list[dict[str, Any]]) -> None:
        """Some dossiers have come; most of those that can have gone on to the panel."""
        for one in given:
            self.add(one)
        for number in range(3):
            self.bring_to_the_panel(number, "600")

    @rule(given=answers)
    def add(self, given: dict[str, Any]) -> None:
        case = add(self.contest, dossier(**given))
        assert case.ref == f"C-{len(self.states) + 1:03d}"
        self.states[case.ref] = "draft"

    @rule(number=st.integers(0, 9), given=answers)
    def record(self, number: int, given: dict[str, Any]) -> None:
        """The desk writes facts down, where they may be written."""
        ref = self.ref(number)
        try:
            record(self.contest, ref, {"dossier": given})
        except PtceError:
            assert self.states[ref] != "draft"
        else:
            assert self.states[ref] == "draft" or not given

    @rule(
        numbers=st.lists(st.integers(0, 9), min_size=1, max_size=3),
        transition=st.sampled_from(TRANSITIONS),
        reason=st.sampled_from([None, "Un motif."]),
    )
    def advance(self, numbers: list[int], transition: str, reason: str | None) -> None:
        """The desk moves candidatures: all of them, or none and each refusal written down."""
        self.move(list(dict.fromkeys(map(self.ref, numbers))), transition, reason)

    def move(self, refs: list[str], transition: str, reason: str | None) -> None:
        """Moves candidatures, and says what must have come of it."""
        before = len(lines(self.contest))
        try:
            steps = advance(self.contest, refs, transition, reason=reason)
        except PtceError:
            assert len(lines(self.contest)) == before
            return
        moves = [decode(line).type for line in lines(self.contest)[before:]]
        if all(step.made for step in steps):
            self.states.update({step.before.ref: step.edge.to for step in steps})
            assert moves.count("transition_made") == len(refs)
        else:
            assert moves == ["transition_refused"] * sum(not step.made for step in steps)
        for step in steps:
            # Mails that it sets off or stops are lines of their own, after it.
            case = self.case(step.after.ref)
            assert replace(step.after, version=case.version) == case

    @rule(number=st.integers(0, 9), institution=st.sampled_from(["north", "south"]), given=marks)
    def score(self, number: int, institution: str, given: dict[str, str]) -> None:
        """An institution gives marks, where it may."""
        ref = self.ref(number)
        try:
            score(self.contest, ref, institution, given)
        except PtceError:
            assert self.states[ref] != "submitted" or not given
        else:
            assert self.states[ref] == "submitted"

    @rule(number=st.integers(0, 9), amount=st.sampled_from(["300", "600"]))
    def bring_to_the_panel(self, number: int, amount: str) -> None:
        """A draft takes the short way to where places are given, if it still may."""
        ref = self.ref(number)
        if self.states[ref] != "draft":
            return
        record(self.contest, ref, dossier(amount=amount))
        receive(self.contest, ref, "dossier", at=min(BEGINNING, self.clock.instant), evidence=PROOF)
        if advance(self.contest, [ref], "submit")[0].made:
            for institution in ("north", "south"):
                score(self.contest, ref, institution, {"idea": "4", "method": "3.5"})
            assert advance(self.contest, [ref], "close_scoring")[0].made
            self.states[ref] = "scored"

    @rule(hours=st.sampled_from([-2, 1, 30, 24 * 24, 24 * 31]))
    def wait(self, hours: int) -> None:
        """Time passes, or the clock is set back a little: never before the contest began."""
        self.clock.instant = max(BEGINNING, self.clock.instant + timedelta(hours=hours))

    @rule()
    def tick(self) -> None:
        """Time does what is due, and nothing the second time."""
        steps = self.passes()
        self.states.update({step.before.ref: step.edge.to for step in steps if step.made})
        assert self.passes() == ()
        if self.clock.instant >= LAPSE:
            drafts = [ref for ref, state in self.states.items() if state == "draft"]
            assert all(self.case(ref).tried for ref in drafts)

    @precondition(lambda self: self.adoptions < 3)
    @rule(wider=st.booleans())
    def adopt(self, wider: bool) -> None:
        """The desk adopts a rule that changes, or a remark."""
        self.adoptions += 1
        if wider:
            edit(
                self.contest,
                "config.toml",
                f"value = {self.places},",
                f"value = {self.places + 1},",
            )
            self.places += 1
        else:
            path = self.contest.folder / "config.toml"
            path.write_bytes(path.read_bytes() + b"# Une remarque.\n")
        adopt(self.contest, "Un motif.")

    @rule(login=st.sampled_from(["bo", "lou"]), role=st.sampled_from(["desk", "auditor", None]))
    def people(self, login: str, role: str | None) -> None:
        """Someone comes, takes another role, or leaves if they are there."""
        there = {one.private.get("login") for one in list_people(self.contest) if one.active}
        if role is not None:
            enrol(self.contest, login.title(), [role], login=login)
        elif login in there:
            leave(self.contest, login)

    @precondition(lambda self: "scored" in self.states.values())
    @rule(take=st.integers(1, 3))
    def select(self, take: int) -> None:
        """Places are given, to several at once."""
        ready = sorted(ref for ref, state in self.states.items() if state == "scored")
        self.move(ready[:take], "select", None)

    @invariant()
    def intact(self) -> None:
        """Nothing is wrong with the ledger, nor with anything kept beside it."""
        assert verify(self.contest).faults == ()

    @invariant()
    def append_only(self) -> None:
        """What was written stays as it was written."""
        now = lines(self.contest)
        assert now[: len(self.written)] == self.written
        self.written = now

    @invariant()
    def replay_equals_live(self) -> None:
        """The ledger replays to what is kept, and what is kept is what the model says."""
        cases = replayed(self.contest, FAR)
        assert {ref: case.state for ref, case in cases.items()} == self.states
        assert all(self.case(ref) == case for ref, case in cases.items())
        briefs = {brief.ref: brief.state for brief in overview(self.contest).briefs}
        assert briefs == self.states

    @invariant()
    def caps(self) -> None:
        """No more are selected than there are places, and no purse gives more than it holds."""
        cases = [self.case(ref) for ref in self.states]
        assert sum(case.state == "selected" for case in cases) <= self.places
        for theme in ("food", "care"):
            given = [
                case.facts["dossier.amount"]
                for case in cases
                if case.state in ("selected", "closed") and case.facts["dossier.theme"] == theme
            ]
            assert sum(given) <= PURSE

    @invariant()
    def must_pass(self) -> None:
        """Nobody is selected who was not submitted and scored before."""
        for ref, state in self.states.items():
            if state in ("selected", "closed"):
                assert {"submitted", "scored"} <= self.case(ref).entered.keys()


Rehearsal.TestCase.settings = settings(max_examples=4, stateful_step_count=25, deadline=None)
TestRehearsal = pytest.mark.long(Rehearsal.TestCase)
