"""The shipped contest before the jury: marks, the sitting, the places, the waiting list."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ptce_workflow.base.words import speaking
from ptce_workflow.process.candidature import Candidature, Decided, RuleAnswer, RuleContext
from ptce_workflow.process.explain import explain_rules
from ptce_workflow.process.letters.planning import planner_of
from tests.process.occitanie import (
    CRITERIA,
    INSTITUTIONS,
    PROCESS,
    SITTING,
    decided,
    dossier,
    failing,
    judged,
    marks,
    sitting,
)


@pytest.mark.parametrize(
    ("institutions", "late", "to"),
    [(6, False, "scored"), (5, False, None), (4, True, "scored"), (3, True, None)],
)
def test_scoring_closes_with_every_voice_or_a_quorum_at_the_end(
    institutions: int, late: bool, to: str | None
) -> None:
    end = PROCESS.dates.fixed["scoring_end"]
    now = end if late else end - timedelta(days=1)
    case = dossier("eligible", scores=marks(300, institutions))
    assert judged(case, "close_scoring", now).to == to


@pytest.mark.parametrize(
    ("taken", "to"), [(0, "selected"), (9, "selected"), (10, None), (11, None)]
)
def test_there_are_ten_places_and_no_eleventh(taken: int, to: str | None) -> None:
    case = dossier("scored", scores=marks(300))
    assert decided(case, "select", totals={"taken": taken}).to == to
    waits = decided(case, "wait_list", totals={"taken": taken}).to
    assert waits == ("waitlisted" if to is None else None)


def test_nobody_overtakes_the_waiting_list() -> None:
    case = dossier("scored", scores=marks(300))
    totals = {"taken": 9, "waiting": 1}
    assert failing(decided(case, "select", totals=totals)) == {"nobody_waits"}
    assert decided(case, "wait_list", totals=totals).to == "waitlisted"


def test_no_place_is_given_once_the_sessions_have_begun() -> None:
    begun = PROCESS.dates.fixed["session_1"]
    case = dossier("scored", scores=marks(300))
    assert decided(case, "select", begun - timedelta(seconds=1)).to == "selected"
    assert failing(decided(case, "select", begun)) == {"before_sessions"}
    assert failing(decided(case, "wait_list", begun, totals={"taken": 10})) == {"in_time"}


def test_one_point_too_weak_is_not_made_up_for() -> None:
    weak = {**dict.fromkeys(CRITERIA, 500), "needs": 100}
    case = dossier("scored", scores={"cra": dict.fromkeys(INSTITUTIONS, weak)})
    assert failing(decided(case, "select")) == {"every_point"}


DECISIONS = {"select": {}, "wait_list": {"taken": 10}, "decline": {}}


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize(
    ("held", "rule"),
    [
        pytest.param(sitting(), None, id="everybody"),
        pytest.param(sitting(present=3), None, id="half"),
        pytest.param(sitting(present=2), "quorum", id="less than half"),
        pytest.param(sitting(present=2, members=5), "quorum", id="less than half of five"),
        pytest.param(sitting(present=2, members=4), None, id="half of those who may sit"),
        pytest.param(sitting(present=1, call=2), "quorum", id="second call on the same day"),
        pytest.param(sitting(ayes=3, noes=3), None, id="carried, by the chair"),
        pytest.param(sitting(ayes=2, noes=3, carried=False), "majority", id="against"),
        pytest.param(sitting(notice=4), "notice", id="called too late"),
        pytest.param(None, "nobody sits", id="nobody sits"),
    ],
)
def test_the_jury_decides_in_a_sitting(
    decision: str, held: dict[str, int] | None, rule: str | None
) -> None:
    """Half of those who may sit, unless it is a second call; no voices that prevail against."""
    case = dossier("scored", scores=marks(300))
    outcome = decided(case, decision, totals=DECISIONS[decision], sitting=held)
    if held is None:
        assert failing(outcome) == {"quorum", "majority", "notice"}
    else:
        assert failing(outcome) == ({rule} if rule else set())


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_second_call_needs_no_quorum_from_the_next_day_on(decision: str) -> None:
    """One that follows at once would only go round the first; nobody at all decides nothing."""
    case, held = dossier("scored", scores=marks(300)), sitting(present=1, call=2)
    called = PROCESS.dates.fixed["second_call"]
    totals = DECISIONS[decision]
    assert failing(decided(case, decision, called, totals=totals, sitting=held)) == set()
    # Everyone who sits has stepped aside from it, whoever takes the chair.
    nobody = sitting(present=0, call=2)
    assert failing(decided(case, decision, called, totals=totals, sitting=nobody)) == {"quorum"}
    early = called - timedelta(seconds=1)
    assert failing(decided(case, decision, early, totals=totals, sitting=held)) == {"quorum"}


@pytest.mark.parametrize("decision", DECISIONS)
def test_nothing_is_decided_before_the_day_of_the_sitting(decision: str) -> None:
    case = dossier("scored", scores=marks(300))
    early = PROCESS.dates.fixed["deliberation"] - timedelta(seconds=1)
    outcome = decided(case, decision, early, totals=DECISIONS[decision])
    assert failing(outcome) == {"at"}


def aside(*institutions: str, **changes: Any) -> Candidature:
    """A scored dossier from which institutions have stepped aside since."""
    recused = {"cra": institutions}
    return dossier("scored", scores=marks(300), recused=recused, **changes)


@pytest.mark.parametrize("decision", DECISIONS)
def test_too_few_voices_decide_nothing_for_or_against(decision: str) -> None:
    """Two may step aside, a third one may not without others giving marks first."""
    totals = DECISIONS[decision]
    assert decided(aside("cress", "coorace"), decision, totals=totals).to is not None
    few = aside("cress", "coorace", "region")
    (failed,) = {
        v.rule
        for v in decided(few, decision, totals=totals).verdicts
        if v.answer is not RuleAnswer.HOLDS
    }
    assert failed == "eligible.close_scoring.quorum"
    assert judged(few, "reopen_scoring").to == "eligible"
    assert failing(judged(aside("cress"), "reopen_scoring")) == {"too_few"}


def test_why_tells_that_all_have_stepped_aside() -> None:
    """Nobody is left to judge: the rule says how many there would be, and how many went."""
    case = aside(*INSTITUTIONS)
    edge = PROCESS.edges("scored")["select"]
    moment = RuleContext(SITTING, sitting=sitting(present=0, members=0))
    verdicts = PROCESS.judge(edge, case, moment).verdicts
    with speaking("fr"):
        told = {rule.id: rule for rule in explain_rules(PROCESS, edge, verdicts, case, moment)}
    voices = told["eligible.close_scoring.quorum"]
    assert voices.answer is RuleAnswer.FAILS
    assert voices.observed.count("6") == 1
    assert voices.observed.count("0") == 2
    assert told["sittings.deliberation.quorum"].answer is RuleAnswer.HOLDS


def test_the_waiting_list_moves_when_a_place_falls_free() -> None:
    case = dossier("waitlisted", panels={"cra": {"rank": 11}})
    assert judged(case, "promote", SITTING, totals={"taken": 9}).to == "selected"
    assert judged(case, "promote", SITTING, totals={"taken": 10}).to is None
    end = PROCESS.dates.fixed["waiting_list_end"]
    assert judged(case, "promote", end + timedelta(seconds=1)).to is None
    assert PROCESS.due(case) == {"decline": end}


@pytest.mark.parametrize(
    ("rank", "first", "to"),
    [(11, None, "selected"), (11, 12, "selected"), (11, 11, "selected"), (12, 11, None)],
)
def test_the_waiting_list_moves_in_order(rank: int, first: int | None, to: str | None) -> None:
    """Nobody is called before one that is ranked higher and waits; those at one rank may be."""
    case = dossier("waitlisted", panels={"cra": {"rank": rank}})
    others = {} if first is None else {"first_in.waitlisted.cra": first}
    outcome = judged(case, "promote", SITTING, totals={"taken": 9, **others})
    assert outcome.to == to
    assert failing(outcome) == (set() if to else {"in_order"})


RESULTS = PROCESS.dates.fixed["results"]


@pytest.mark.parametrize(
    ("selected", "until"),
    [
        pytest.param(SITTING, datetime(2024, 4, 19, 16, tzinfo=UTC), id="by the jury"),
        pytest.param(RESULTS, datetime(2024, 4, 19, 16, tzinfo=UTC), id="soon after"),
        pytest.param(
            datetime(2024, 5, 2, 9, tzinfo=UTC), datetime(2024, 5, 6, 16, tzinfo=UTC), id="promoted"
        ),
    ],
)
def test_a_place_is_confirmed_in_time_or_taken_back(selected: datetime, until: datetime) -> None:
    entered, end = {"selected": selected}, PROCESS.dates.fixed["waiting_list_end"]
    unnotified = dossier("selected", entered=entered, decided=Decided("scored.select", selected))
    assert PROCESS.dates.of("confirmation", unnotified) is None
    assert failing(judged(unnotified, "take_back", end)) == {"told", "time_over"}
    silent = unnotified.but(decided=Decided("scored.select", selected, {"selected": selected}))
    assert PROCESS.dates.of("confirmation", silent) == until
    assert until < PROCESS.dates.fixed["waiting_list_end"]
    late = until + timedelta(seconds=1)
    assert failing(judged(silent, "take_back", until)) == {"time_over"}
    assert judged(silent, "take_back", late).to == "withdrawn"
    answers = ({"confirmation.confirmed": answer} for answer in (True, False))
    comes, declines = (silent.but(facts={**silent.facts, **facts}) for facts in answers)
    assert failing(judged(comes, "take_back", late)) == {"not_confirmed"}
    assert judged(declines, "take_back", selected).to == "withdrawn"
    begun = PROCESS.dates.fixed["session_1"]
    assert failing(judged(silent, "take_back", begun)) == {"before_sessions"}


def test_no_decision_is_told_before_the_results() -> None:
    planner = planner_of(PROCESS)
    told: set[str] = set()
    for origin in ("scored", "waitlisted"):
        for edge in PROCESS.edges(origin).values():
            if edge.to in ("selected", "waitlisted", "not_selected"):
                told.update(edge.mails)
    assert len(told) == 6
    case = dossier("selected", entered={"selected": SITTING})
    for name in told:
        assert planner.set_off_at(name, case, SITTING) == RESULTS
        assert planner.set_off_at(name, case, RESULTS + timedelta(days=9)) > RESULTS
