"""Whatever the marks, the recusals and the votes: what a ranking and a sitting never do."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.ranking import rank
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import speaking
from ptce_workflow.process.candidature import Candidature, Scores
from ptce_workflow.process.panel import Agenda, Deviation, VotedOrder
from ptce_workflow.process.process import Process
from tests.rehearsal import move, opened
from tests.voting import MEETING, SCORING, SEATS, VOTE, called, clock, english, frozen, states

__all__ = ["called", "clock", "english"]

FILES = {
    path.relative_to(VOTE).as_posix(): path.read_bytes() for path in sorted(VOTE.rglob("*.toml"))
}
PROCESS = Process.load(FILES)
MARK = st.integers(0, 10).map(lambda steps: 50 * steps)
GIVEN = st.fixed_dictionaries({"idea": MARK, "method": st.none() | MARK})
SCORES = st.dictionaries(st.sampled_from(SEATS), GIVEN, min_size=1)
ASIDE = st.lists(st.sampled_from(SEATS), unique=True, max_size=2).map(lambda aside: sorted(aside))
FEW = settings(max_examples=25, deadline=None)


def case(number: int, scores: Scores, aside: list[str]) -> Candidature:
    """A candidature with its marks, still before its panel."""
    id_, ref = f"id-{number}", f"C-{number:03d}"
    recused = {"cra": tuple(aside)} if aside else {}
    return Candidature(
        id_, ref, "submitted", SCORING, number, scores={"cra": scores}, recused=recused
    )


CASES = st.lists(st.tuples(SCORES, ASIDE), min_size=2, max_size=6).map(
    lambda found: [case(n, scores, aside) for n, (scores, aside) in enumerate(found, 1)]
)


def ranks(cases: list[Candidature]) -> dict[str, int]:
    """The ranks that marks come to, by reference."""
    return {one.case.ref: one.rank for one in rank(PROCESS, "cra", cases)}


@given(CASES, st.randoms())
def test_the_order_of_entry_changes_nothing(cases: list[Candidature], chance: object) -> None:
    """Candidatures, institutions and marks may come in any order."""
    shuffled = [
        one.but(
            scores={
                "cra": {
                    seat: dict(reversed(list(marks.items())))
                    for seat, marks in reversed(list(one.scores["cra"].items()))
                }
            }
        )
        for one in reversed(cases)
    ]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert ranks(shuffled) == ranks(cases)
    assert [one.case.ref for one in rank(PROCESS, "cra", shuffled)] == [
        one.case.ref for one in rank(PROCESS, "cra", cases)
    ]


@given(CASES, st.data())
def test_a_recusal_raises_nobody_else_unless_the_mean_falls(
    cases: list[Candidature], data: st.DataObject
) -> None:
    chosen = data.draw(st.sampled_from(cases))
    left = [seat for seat in SEATS if seat not in chosen.recused.get("cra", ())]
    aside = sorted({*chosen.recused.get("cra", ()), data.draw(st.sampled_from(left))})
    after = [one.but(recused={"cra": tuple(aside)}) if one is chosen else one for one in cases]
    ranked_before = {one.case.ref: one for one in rank(PROCESS, "cra", cases)}
    ranked_after = {one.case.ref: one for one in rank(PROCESS, "cra", after)}
    if chosen.ref not in ranked_before:
        # Without a mean it had no rank before, and has none once one more steps aside.
        assert chosen.ref not in ranked_after
    last = len(cases) + 1
    own_before = ranked_before[chosen.ref].rank if chosen.ref in ranked_before else last
    own_after = ranked_after[chosen.ref].rank if chosen.ref in ranked_after else last
    assert ranked_before.keys() - {chosen.ref} == ranked_after.keys() - {chosen.ref}
    for one in cases:
        if one is chosen or one.ref not in ranked_before:
            continue
        before, now = ranked_before[one.ref], ranked_after[one.ref]
        assert before.figures == now.figures
        if now.rank < before.rank:
            assert before.rank - now.rank == 1
            assert own_before < before.rank
            assert own_after >= now.rank
            lost = ranked_after[chosen.ref].figures if chosen.ref in ranked_after else {}
            assert (lost.get("total", -1), lost.get("idea", -1)) <= (
                ranked_before[chosen.ref].figures.get("total", -1),
                ranked_before[chosen.ref].figures.get("idea", 501),
            )


@pytest.fixture(scope="module")
def ready(called: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contest]:
    """A contest before its sitting: eight candidatures, two ties, one that is below the floor."""
    folder = shutil.copytree(called, tmp_path_factory.mktemp("ready") / "contest")
    clock = SetClock(SCORING)
    with speaking("en"), opened(folder, clock) as contest:
        frozen(contest, "5", "4", "4", "3", "3", "3", "2", "0.5")
        clock.instant = MEETING
        yield contest


REFS = [f"C-{number:03d}" for number in range(1, 9)]
VOICES = st.lists(st.sampled_from(SEATS), unique=True, max_size=4)
DEVIATIONS = st.dictionaries(
    st.sampled_from(REFS),
    st.tuples(st.sampled_from(["select", "wait", "decline"]), VOICES, VOICES),
    max_size=4,
)


@FEW
@given(
    DEVIATIONS,
    st.permutations(["C-002", "C-003"]),
    st.permutations(["C-004", "C-005", "C-006"]),
    st.sampled_from([None, *SEATS]),
)
def test_places_are_never_exceeded(
    ready: Contest,
    deviations: dict[str, tuple[str, list[str], list[str]]],
    first: list[str],
    second: list[str],
    chair: str | None,
) -> None:
    asked = Agenda(
        SEATS,
        chair=chair,
        orders=[
            VotedOrder(first, "Voté.", SEATS),
            VotedOrder(second, "Voté.", SEATS[:3], SEATS[3:]),
        ],
        deviations=[
            Deviation(ref, edge, "Voté.", ayes, [seat for seat in noes if seat not in ayes])
            for ref, (edge, ayes, noes) in deviations.items()
            if ayes or noes
        ],
    )
    try:
        held = deliberate(ready, asked, dry_run=True)
    except PtceError:
        # The rules do not allow what was voted: then nothing is decided on anybody.
        assert set(states(ready).values()) == {"scored"}
        return
    made = dict(held.outcome)
    assert held.decided == all(made.values())
    if held.decided:
        assert list(made.values()).count("select") <= 2
        assert made["C-008"] == "decline"
        assert list(made) == ["C-001", *first, *second, "C-007", "C-008"]
    fixed = {
        ballot.about.ref
        for ballot in held.ballots
        if isinstance(ballot.about, Deviation) and ballot.carried
    }
    free = [edge for ref, edge in made.items() if ref not in fixed]
    # Beside what is voted, the decisions follow the ranking.
    assert free == sorted(free, key=["select", "wait", "decline"].index)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.sampled_from(REFS), min_size=4, max_size=10))
def test_the_waiting_list_moves_in_order(
    ready: Contest, tmp_path_factory: pytest.TempPathFactory, acts: list[str]
) -> None:
    folder = shutil.copytree(ready.folder, tmp_path_factory.mktemp("moves") / "contest")
    with opened(folder, SetClock(MEETING + timedelta(days=1))) as contest:
        orders = [VotedOrder(["C-002", "C-003"], "V.", SEATS), VotedOrder(REFS[3:6], "V.", SEATS)]
        deliberate(contest, Agenda(SEATS, orders=orders))
        for ref in acts:
            now = states(contest)
            if now[ref] == "selected":
                move(contest, "withdraw", ref)
            elif now[ref] == "waiting":
                waiting = [one for one in REFS if now[one] == "waiting"]
                free = list(now.values()).count("selected") < 2
                [step] = advance(contest, [ref], "promote")
                assert step.made == (free and ref == waiting[0])
            assert list(states(contest).values()).count("selected") <= 2
        assert verify(contest).intact
