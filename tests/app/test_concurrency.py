"""Several people at once: each act sees the one before it, and no place is given twice."""

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.people import enrol
from ptce_workflow.base.runtime import SetClock
from tests.app.other_person import OtherPerson, together
from tests.rehearsal import SUBMISSION, added, edit, last, lines, scored, states, types

pytestmark = pytest.mark.served


@pytest.mark.both
def test_two_people_and_one_candidature(contest: Contest) -> None:
    ref = added(contest)
    enrol(contest, "Bo", ["desk"], login="bo")
    before = len(lines(contest))
    told = together([OtherPerson(contest, actor, "submit", [ref]) for actor in ("anne", "bo")])
    assert sorted(len(one["moved"]) for one in told) == [0, 1]
    winner = last(contest).actor
    assert winner == ("P-001" if told[0]["moved"] else "P-002")
    [answer] = [one["answers"][ref] for one in told if one["answers"]]
    for part in (winner, "20", "2024", str(before + 1), "ptce why"):
        assert part in answer
    assert len(lines(contest)) == before + 1
    assert states(contest) == {ref: "submitted"}
    assert verify(contest).intact


@pytest.mark.long
def test_four_people_and_the_last_places(contest: Contest) -> None:
    """Four people select from every side at once: two places, and never a third."""
    refs = [scored(contest, amount="100") for _ in range(6)]
    orders = [refs, refs[::-1], refs[3:] + refs[:3], refs[1::2] + refs[::2]]
    told = together([OtherPerson(contest, "anne", "select", order) for order in orders])
    moved = [ref for one in told for ref in one["moved"]]
    assert len(moved) == len(set(moved)) == 2
    taken = {ref for ref, state in states(contest).items() if state == "selected"}
    assert taken == set(moved)
    refusals = sum(one["answers"][ref] == "refused" for one in told for ref in one["answers"])
    assert types(contest).count("transition_refused") == refusals
    assert verify(contest).intact


@pytest.mark.both
def test_adopted_meanwhile(contest: Contest, clock: SetClock) -> None:
    """Whoever opened the contest before a rule changed is stopped, not judged by the old one."""
    ref = added(contest)
    with OtherPerson(contest, "anne", "submit", [ref]) as other:
        other.get_ready()
        edit(contest, "config.toml", "at = 2024-03-11T12:00:00", "at = 2024-02-12T12:00:00")
        adopt(contest, "Une clôture avancée.")
        clock.instant = SUBMISSION
        before = lines(contest)
        other.go()
        told = other.told()
    assert told["moved"] == []
    assert "ptce adopt" in told["answers"][ref]
    assert lines(contest) == before
