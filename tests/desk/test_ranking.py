"""Where candidatures stand, and where the rules would cut: shown to all, recorded by nobody."""

from __future__ import annotations

import pytest

from ptce_workflow.base.clock import SetClock
from ptce_workflow.base.errors import Misuse
from ptce_workflow.desk.contest import Contest
from ptce_workflow.desk.standing import Standing
from tests.rehearsal import edit, lines, move, opened
from tests.voting import (
    MEETING,
    added,
    agenda,
    called,
    clock,
    contest,
    english,
    frozen,
    marked,
)

__all__ = ["called", "clock", "contest", "english"]


def outcomes(standing: Standing) -> dict[str, str]:
    """Where each stands or would be put, by reference, in rank order."""
    return {one.case.ref: standing.outcomes.get(one.case.id, "") for one in standing.ranked}


def test_before_the_close(contest: Contest) -> None:
    """While marks are given the ranking is provisional, and there is no cut."""
    low, high = marked(contest, "2"), marked(contest, "4")
    added(contest)
    standing = contest.standing()
    assert [(one.rank, one.case.ref) for one in standing.ranked] == [(1, high), (2, low)]
    assert not standing.frozen
    assert standing.cut is None
    assert outcomes(standing) == {high: "", low: ""}


def test_the_cut_ahead(contest: Contest) -> None:
    """Before the meeting, the cut is that of the first date that lets the rules decide."""
    refs = frozen(contest, "5", "4", "2", "0.5")
    before = lines(contest)
    standing = contest.standing()
    assert standing.frozen
    assert standing.cut is not None
    assert (standing.cut.last_in.case.ref, standing.cut.first_out.case.ref) == (refs[1], refs[2])
    assert f"{standing.cut.at}" == "2024-04-09 12:00:00+00:00"
    assert not standing.cut.close
    assert list(outcomes(standing).values()) == ["selected", "selected", "waiting", "declined"]
    assert lines(contest) == before


def test_whoever_looks(contest: Contest, clock: SetClock) -> None:
    """Looking needs no role, and shows the same to everybody."""
    frozen(contest, "5", "4", "2")
    with opened(contest.folder, clock, "nobody") as looking:
        assert outcomes(looking.standing()) == outcomes(contest.standing())


def test_a_close_call(contest: Contest) -> None:
    """Less than half a step apart is close; half a step is not."""
    frozen(contest, "5", "3")
    ref = added(contest)
    for seat, mark in (("north", "3"), ("south", "3"), ("east", "2.5"), ("west", "2.5")):
        contest.score(ref, seat, {"idea": mark, "method": mark})
    move(contest, "close_scoring", ref)
    cut = contest.standing().cut
    assert cut is not None
    assert (cut.difference, cut.close) == (25, False)
    contest.recuse(ref, "west", "Liée.")
    cut = contest.standing().cut
    assert cut is not None
    assert (cut.difference, cut.close) == (17, True)


def test_a_tie_across_the_cut(contest: Contest) -> None:
    """A cut that goes through a tie names those whom the panel has to part."""
    refs = frozen(contest, "5", "3", "3")
    standing = contest.standing()
    [(transition, cases)] = standing.torn
    assert transition == "select"
    assert [case.ref for case in cases] == refs[1:]
    assert standing.cut is None
    assert outcomes(standing) == {refs[0]: "selected", refs[1]: "", refs[2]: ""}


def test_once_decided(contest: Contest, clock: SetClock) -> None:
    """Afterwards the cut is where it was made, and who left since is passed over."""
    refs = frozen(contest, "5", "4", "2", "1")
    clock.instant = MEETING
    contest.deliberate(agenda())
    move(contest, "withdraw", refs[1])
    standing = contest.standing()
    assert outcomes(standing) == dict(
        zip(refs, ["selected", "withdrawn", "waiting", "waiting"], strict=True)
    )
    assert standing.cut is not None
    assert standing.cut.at is None
    assert standing.cut.first_out.case.ref == refs[2]


def test_some_are_still_open(contest: Contest) -> None:
    """Figures that are recorded stay; the others follow from the marks so far."""
    [closed] = frozen(contest, "3")
    still = marked(contest, "4", seats=("north",))
    standing = contest.standing()
    assert [(one.case.ref, one.frozen) for one in standing.ranked] == [
        (still, False),
        (closed, True),
    ]
    assert not standing.frozen


def test_a_contest_without_candidatures(contest: Contest) -> None:
    """Nothing is ranked, and nothing breaks."""
    standing = contest.standing()
    assert standing.ranked == ()
    assert standing.cut is None
    with pytest.raises(Misuse, match="not a panel"):
        contest.standing("dossier")


def test_nobody_can_have_the_first_decision(contest: Contest) -> None:
    """The outcome is that of the meeting, which declines all; there is nothing to cut."""
    refs = frozen(contest, "0.5", "0")
    standing = contest.standing()
    assert outcomes(standing) == dict.fromkeys(refs, "declined")
    assert standing.cut is None


def test_nothing_can_be_decided_ever(contest: Contest) -> None:
    """Where no date lets the rules decide, nobody has an outcome, and there is no cut."""
    frozen(contest, "5", "4")
    edit(contest, "states/scored.toml", "now >= date.meeting", "total.taken > 99")
    contest.adopt("Never.")
    standing = contest.standing()
    assert standing.cut is None
    assert set(standing.outcomes.values()) == set()
