"""What was done by mistake in the shipped contest is undone for a week, and hurts nobody else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ptce_workflow.process.candidature import Decided
from tests.process.occitanie import PROCESS, dossier, failing, judged

LEFT = datetime(2024, 4, 17, 9, tzinfo=UTC)
"""A Wednesday after the results; the term ends a week later, at 18:00 in Paris."""
LAST = datetime(2024, 4, 24, 16, tzinfo=UTC)
EARLY = datetime(2024, 3, 6, 9, tzinfo=UTC)
PATH = ("draft", "submitted", "eligible", "scored")
BACK = {
    "draft": ("back_to_draft", EARLY),
    "submitted": ("back_to_examination", EARLY),
    "eligible": ("back_to_examination", EARLY),
    "scored": ("back_to_jury", datetime(2024, 4, 8, 9, tzinfo=UTC)),
    "waitlisted": ("back_to_waiting_list", LEFT),
    "selected": ("back_to_place", LEFT),
    "accompanied": ("back_to_place", LEFT),
}


def left(state: str, at: datetime, out: str = "withdrawn") -> Any:
    """A candidature that left the contest from a state."""
    after = {"waitlisted": (), "selected": (), "accompanied": ("selected",)}
    been = PATH[: PATH.index(state)] if state in PATH else (*PATH, *after[state])
    entered = {one: at - timedelta(days=1) for one in (*been, state)}
    told = Decided("scored.select", at - timedelta(days=1), {"selected": at - timedelta(days=1)})
    place = told if "selected" in entered else None
    return dossier(out, entered={**entered, out: at}, decided=place)


@pytest.mark.parametrize("state", BACK)
def test_a_mistaken_withdrawal_leads_back_to_where_it_was(state: str) -> None:
    edge, at = BACK[state]
    case = left(state, at)
    soon = at + timedelta(hours=2)
    assert [name for name in PROCESS.edges("withdrawn") if judged(case, name, soon).to] == [edge]
    back = PROCESS.way_back(case)
    assert back is not None
    assert back.name == edge


def test_a_place_is_given_back_for_a_week_unless_another_has_it() -> None:
    """Until the last hour of the fifth working day; never an eleventh place."""
    case = left("selected", LEFT)
    assert judged(case, "back_to_place", LAST, totals={"taken": 9}).to == "selected"
    late = judged(case, "back_to_place", LAST + timedelta(seconds=1), totals={"taken": 9})
    assert failing(late) == {"soon"}
    unnotified = case.but(decided=Decided("selected.take_back", LEFT))
    for now in (LAST, LAST + timedelta(days=30)):
        waits = PROCESS.dates.fixed["session_1"] - timedelta(days=1)
        given = judged(unnotified, "back_to_place", min(now, waits), totals={"taken": 9})
        assert given.to == "selected", "nobody loses a term that they know nothing of"
    taken = judged(case, "back_to_place", LEFT + timedelta(hours=1), totals={"taken": 10})
    assert failing(taken) == {"place_free"}


@pytest.mark.parametrize("state", ["submitted", "eligible", "scored"])
def test_a_direct_invitation_that_was_not_agreed_to_is_undone(state: str) -> None:
    edge = BACK[state][0]
    at = datetime(2024, 4, 8, 9, tzinfo=UTC)
    case = left(state, at, "invited_directly")
    assert judged(case, edge, at + timedelta(hours=1)).to == edge.removeprefix("back_to_").replace(
        "jury", "scored"
    ).replace("examination", "submitted")
    met = judged(case, edge, PROCESS.dates.fixed["deliberation"])
    assert failing(met) == {"before_sitting"}


def test_a_candidature_opened_by_mistake_is_set_aside_with_a_reason_and_no_mail() -> None:
    assert {state for state in PROCESS.states if "discard" in PROCESS.edges(state)} == {"draft"}
    edge = PROCESS.edges("draft")["discard"]
    assert (edge.to, edge.transition.reason, edge.mails) == ("discarded", True, ())
    assert judged(dossier("draft", received={}), "discard").to == "discarded"
