"""The shipped contest up to the jury: what is received, and who is eligible."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ptce_workflow.process.candidature import Decided
from ptce_workflow.process.fields import TableField
from tests.process.occitanie import (
    ELSEWHERE,
    FACTS,
    GIVEN,
    NOON,
    PROCESS,
    ZONE,
    dossier,
    failing,
    judged,
)


@pytest.mark.parametrize(
    ("received", "to"),
    [
        (NOON, "submitted"),
        (NOON - timedelta(seconds=1), "submitted"),
        (NOON + timedelta(seconds=1), None),
        (NOON + timedelta(microseconds=1), None),
    ],
)
def test_noon_is_in_time_and_a_second_later_is_not(received: datetime, to: str | None) -> None:
    case = dossier("draft", received={"dossier": (received,)})
    assert judged(case, "submit", NOON + timedelta(days=1)).to == to


@pytest.mark.parametrize("missing", sorted(GIVEN))
def test_a_dossier_that_lacks_anything_required_is_not_complete(missing: str) -> None:
    case = dossier("draft", given=GIVEN - {missing}, facts={missing: None})
    assert failing(judged(case, "submit")) == {"complete"}


def test_a_dossier_goes_back_before_the_deadline_only() -> None:
    case = dossier("submitted")
    assert judged(case, "return_for_completion", NOON - timedelta(seconds=1)).to == "draft"
    assert judged(case, "return_for_completion", NOON).to is None


ASTRIDE = {**ZONE, "kind": "epci", "regions": ["75", "76"]}


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        pytest.param({}, None, id="eligible"),
        pytest.param({"dossier.territory": [ELSEWHERE]}, "in_region", id="elsewhere"),
        pytest.param({"dossier.territory": [ZONE, ELSEWHERE]}, "in_region", id="partly elsewhere"),
        pytest.param({"dossier.territory": [ASTRIDE]}, "in_region", id="astride two regions"),
        pytest.param({"dossier.members": FACTS["dossier.members"][:1]}, "collective", id="alone"),
        pytest.param(
            {"dossier.members": [{"kind": "enterprise", "ess": False}] * 2}, "ess", id="no ESS"
        ),
        pytest.param({"review.exists_already": False}, "exists", id="does not exist yet"),
        pytest.param({"review.already_ptce": True}, "not_structured", id="already a PTCE"),
        pytest.param({"review.already_ptce": None}, "not_structured", id="not examined"),
    ],
)
def test_who_is_eligible(facts: dict[str, Any], rule: str | None) -> None:
    """Each condition of the rulebook stands in the way alone, and of nobody else."""
    outcome = judged(dossier("submitted", facts=facts), "declare_eligible")
    assert failing(outcome) == ({rule} if rule else set())
    assert outcome.to == (None if rule else "eligible")


def test_nobody_is_declared_ineligible_without_grounds() -> None:
    """A dossier that every rule allows cannot be set aside."""
    assert judged(dossier("submitted"), "declare_ineligible").to is None
    outside = dossier("submitted", facts={"dossier.territory": [ELSEWHERE]})
    assert judged(outside, "declare_ineligible").to == "ineligible"


HOURS = {name: PROCESS.dates.fixed[name] for name in ("lapse", "late_filing")}
IN_TIME, TOO_LATE = ({"dossier": (NOON + timedelta(minutes=by),)} for by in (-1, 7))


@pytest.mark.parametrize(
    ("changes", "made"),
    [
        pytest.param({"received": IN_TIME}, "submit", id="complete and in time"),
        pytest.param({"received": TOO_LATE}, "lapse_late", id="late"),
        pytest.param(
            {
                "received": IN_TIME,
                "given": GIVEN - {"dossier.gaps"},
                "facts": {"dossier.gaps": None},
            },
            "lapse_incomplete",
            id="incomplete",
        ),
        pytest.param(
            {"received": TOO_LATE, "given": frozenset()}, "lapse_late", id="late and incomplete"
        ),
        pytest.param({"received": {}}, "lapse", id="nothing came"),
    ],
)
def test_time_makes_one_end_of_each_draft(changes: dict[str, Any], made: str) -> None:
    """Submitted, late, incomplete, never sent: three working days after noon, one of them alone."""
    case = dossier("draft", **changes)
    timed = PROCESS.due(case)
    assert timed == dict.fromkeys(
        ("submit", "lapse_late", "lapse_incomplete", "lapse"), HOURS["lapse"]
    )
    assert [name for name in timed if judged(case, name, HOURS["lapse"]).to] == [made]


@pytest.mark.parametrize("state", ["late", "incomplete", "lapsed"])
def test_what_came_in_time_and_went_astray_is_taken_up_for_a_while(state: str) -> None:
    soon = HOURS["lapse"] + timedelta(days=1)
    found = dossier(state, received=IN_TIME)
    assert judged(found, "file_late", soon).to == "submitted"
    assert failing(judged(dossier(state, received=TOO_LATE), "file_late", soon)) == {"on_time"}
    last = HOURS["late_filing"] + timedelta(seconds=1)
    assert judged(found, "file_late", last).to == "submitted", "nobody was told of its end"
    edge = {"late": "lapse_late", "incomplete": "lapse_incomplete", "lapsed": "lapse"}[state]
    # A week from the mail, Easter Monday left out, and never less than everybody has.
    week_later = datetime(2024, 4, 2, 16, tzinfo=UTC)
    for told, at in ((soon, HOURS["late_filing"]), (last, week_later)):
        known = found.but(decided=Decided(f"draft.{edge}", soon, {state: told}))
        assert judged(known, "file_late", at).to == "submitted"
        assert failing(judged(known, "file_late", at + timedelta(seconds=1))) == {"in_time"}
    met = judged(found, "file_late", PROCESS.dates.fixed["deliberation"])
    assert failing(met) == {"before_sitting"}


@pytest.mark.parametrize(
    ("state", "back", "closed"),
    [("ineligible", "submitted", "deliberation"), ("not_selected", "scored", "session_1")],
)
def test_nobody_reopens_without_an_appeal_that_was_granted(
    state: str, back: str, closed: str
) -> None:
    case = dossier(state, received={"appeal": (NOON,)})
    before = PROCESS.dates.fixed[closed] - timedelta(seconds=1)
    assert failing(judged(case, "reopen", before)) == {"granted"}
    assert failing(judged(case.answered("appeal", "rejected"), "reopen", before)) == {"granted"}
    granted = case.answered("appeal", "granted")
    assert judged(granted, "reopen", before).to == back
    assert judged(granted, "reopen", PROCESS.dates.fixed[closed]).to is None
    assert all(edge.reason for edge in PROCESS.definition.requests["appeal"].transitions.values())


def test_every_decision_against_a_collective_can_be_appealed_against() -> None:
    """Where a decision leads that may be contested, an appeal may be received."""
    edges = (edge for edge in PROCESS.every_edge() if edge.to and edge.transition.is_contestable)
    against = {edge.to for edge in edges}
    windows = PROCESS.definition.requests["appeal"].windows
    assert against == {state for state, (since, _until) in windows.items() if since is None}
    silent = {state for state, (since, _until) in windows.items() if since == "date.silence"}
    assert silent == set(PROCESS.definition.config.dates["silence"].alarm)


@pytest.mark.parametrize("state", ["submitted", "eligible", "scored"])
def test_a_collective_that_is_ready_may_be_invited_directly(state: str) -> None:
    ready = {"review.ready_for_ami": True, "review.accepts_invitation": True}
    case = dossier(state, facts=ready)
    assert judged(case, "invite_directly", totals={"taken": 10}).to == "invited_directly"
    for name in ready:
        unwilling = dossier(state, facts={**ready, name: False})
        assert judged(unwilling, "invite_directly").to is None
    alone = dossier(state, facts={**ready, "dossier.members": FACTS["dossier.members"][:1]})
    assert failing(judged(alone, "invite_directly")) == {"collective"}
    assert "invited_directly" not in PROCESS.definition.config.totals["taken"].in_


def test_a_structure_counts_once_and_a_letter_is_no_condition() -> None:
    fields = PROCESS.definition.sheets["dossier"].fields
    members = fields["members"]
    assert isinstance(members, TableField)
    assert members.unique == ("name", "siret")
    assert "dossier.project" in GIVEN
    assert "dossier.letters" not in GIVEN
