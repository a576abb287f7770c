"""What the desk has to do next, where a panel has to meet first."""

from ptce_workflow.app.candidatures.why import todo
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.runtime import SetClock
from tests.voting import MEETING, called, clock, contest, frozen

__all__ = ["called", "clock", "contest"]


def test_a_candidature_that_waits_for_the_panel_says_so(contest: Contest, clock: SetClock) -> None:
    [ref] = frozen(contest, "4")
    assert todo(contest, [ref]) == {ref: "not before 9 Apr"}
    clock.instant = MEETING
    assert todo(contest, [ref]) == {ref: "to be decided in a sitting"}
