"""A forged meeting: every decision allowed by itself, and not what the ranking and votes gave.

Someone who owns the file writes the whole ledger anew, every hash in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ptce_workflow.base.clock import SetClock
from ptce_workflow.desk.contest import Contest
from ptce_workflow.ledger import events
from ptce_workflow.process.agenda import Deviation, Order
from tests.ledger.forger import Forger
from tests.rehearsal import move
from tests.voting import MEETING, SEATS, agenda, called, clock, contest, english, frozen, marked

__all__ = ["called", "clock", "contest", "english"]

ASTRAY = "The decision is not the one that the ranking, the votes and the rules give."
ORDER = Order(("C-003", "C-002"), "Le plus mûr.", ("north", "south", "east"), ("west",))
UP = Deviation("C-004", "select", "Seule de sa vallée.", SEATS)
DECISION, VOTE = events.TRANSITION_MADE, events.VOTE_TAKEN


class Clerk(Forger):
    """A forger of the last meeting."""

    @property
    def opening(self) -> int:
        """The number of the line that opened the last meeting."""
        return self.last(events.SITTING_OPENED)

    def last(self, kind: str) -> int:
        """The number of the last line of a kind."""
        return max(n for n, line in enumerate(self.lines, 1) if line.type == kind)

    def all_of(self, kind: str) -> list[int]:
        """The numbers of the lines of a kind in the last meeting."""
        return [n for n in range(self.opening, len(self.lines) + 1) if self.line(n).type == kind]

    def swap(self, one: int, other: int) -> None:
        """Has two lines change places."""
        self.lines[one - 1], self.lines[other - 1] = self.line(other), self.line(one)

    def says(self) -> set[str]:
        """What verifying finds, whatever the line."""
        return {what for _n, what in self.told()}


@pytest.fixture
def four(contest: Contest, clock: SetClock) -> list[str]:
    """Four candidatures for two places, the second and the third sharing a rank."""
    refs = frozen(contest, "5", "3", "3", "2.5")
    clock.instant = MEETING
    return refs


@pytest.fixture
def held(contest: Contest, four: list[str]) -> Clerk:
    """A meeting that parted the tie, and let the last one in by a vote."""
    assert contest.deliberate(agenda(orders=[ORDER], deviations=[UP])).decided
    return Clerk(contest)


def test_the_same_again(held: Clerk) -> None:
    """Written again as it was, it is intact: what is found below is the forgery."""
    assert held.told() == []


def test_another_order_of_the_same_decisions(contest: Contest, clock: SetClock) -> None:
    """Asked in another order the rules cut elsewhere, though each decision is allowed."""
    frozen(contest, "5", "4", "3")
    clock.instant = MEETING
    contest.deliberate(agenda())
    forger = Clerk(contest)
    first, _second, third = forger.all_of(DECISION)
    best, last = forger.line(first).case, forger.line(third).case
    forger.change(first, case=last)
    forger.change(third, case=best)
    assert ASTRAY in forger.says()


def test_a_decision_swapped(held: Clerk) -> None:
    """Even two that got the same are told: the second is asked once the first is in."""
    fixed, first, *_others = held.all_of(DECISION)
    held.swap(fixed, first)
    assert ASTRAY in held.says()


def test_a_decision_left_out(held: Clerk) -> None:
    """A candidature that the meeting passed over is told."""
    del held.lines[held.all_of(DECISION)[-1] - 1]
    assert "The meeting left candidatures undecided." in held.says()


def drop_reason(held: Clerk, n: int) -> None:
    """Lets a vote stand without a reason."""
    held.change(n, pd=None)


def two_on_one(held: Clerk, n: int) -> None:
    """Has a vote taken twice."""
    held.lines.insert(n - 1, held.line(n))


def after_all(held: Clerk, n: int) -> None:
    """Moves a vote behind the decisions."""
    vote = held.lines.pop(n - 1)
    held.lines.insert(held.last(events.SITTING_CLOSED) - 1, vote)


def not_decided_there(held: Clerk, n: int) -> None:
    """Has them vote on what is no matter of the meeting."""
    held.data(n, transition="withdraw")


def on_half_a_tie(held: Clerk, n: int) -> None:
    """Has them vote on one of those that share a rank, without the other."""
    held.data(n, cases=held.line(n).data["cases"][:1])


def of_nobody(held: Clerk, n: int) -> None:
    """Has nobody vote."""
    held.data(n, ayes=[], noes=[], abstained=[*SEATS], carried=False)


@pytest.mark.parametrize(
    ("which", "forged", "told"),
    [
        (0, drop_reason, "A vote needs a reason, and none was given."),
        (1, drop_reason, "A vote needs a reason, and none was given."),
        (0, two_on_one, "A candidature was voted on more than once."),
        (1, two_on_one, "A candidature was voted on more than once."),
        (1, after_all, "A vote was taken when decisions were made already."),
        (1, not_decided_there, "The meeting does not decide that."),
        (
            0,
            on_half_a_tie,
            "The vote on an order is not on all those that share one rank.",
        ),
        (1, of_nobody, "Nobody has voted."),
    ],
)
def test_votes(held: Clerk, which: int, forged: Callable[[Clerk, int], None], told: str) -> None:
    """A vote without a reason, taken twice, too late, by nobody, or on something else is told."""
    forged(held, held.all_of(VOTE)[which])
    assert told in held.says()


def test_a_vote_on_what_had_left(contest: Contest, four: list[str]) -> None:
    """Nobody votes on a candidature that is not before the meeting."""
    move(contest, "withdraw", four[3])
    contest.deliberate(agenda(orders=[ORDER]))
    forger = Clerk(contest)
    gone = next(line.case for line in forger.lines if line.data.get("ref") == four[3])
    forger.data(forger.last(VOTE), cases=[gone])
    assert "The vote is on what was not before the meeting." in forger.says()


def test_what_the_ranking_would_have_given(held: Clerk) -> None:
    """The minutes say from what a vote departed: a lie there is told."""
    held.data(held.last(events.DEVIATION_DECIDED), instead="decline")
    assert "The ranking would have given another decision." in held.says()


def test_present_twice(held: Clerk) -> None:
    """One institution that is there twice would make a quorum by itself."""
    held.data(held.opening, present=[*SEATS, "north"])
    assert "Each institution present counts once." in held.says()


def test_a_meeting_in_vain_made_up(contest: Contest, four: list[str]) -> None:
    """An empty meeting would make the next one a second call, which needs no quorum."""
    assert not contest.deliberate(agenda("north")).decided
    forger = Clerk(contest)
    assert forger.told() == []
    for n in reversed(forger.all_of(events.TRANSITION_REFUSED)):
        del forger.lines[n - 1]
    assert "Nothing shows that the meeting was in vain." in forger.says()


def test_ranks_that_were_never_recorded(contest: Contest, four: list[str]) -> None:
    """Figures without the ranks that follow from them are told when a meeting follows them."""
    contest.recuse(four[3], "north", "Liée.")
    contest.deliberate(agenda(orders=[ORDER]))
    forger = Clerk(contest)
    for n in range(forger.opening - 1, 0, -1):
        if forger.line(n).type == events.RANK_RECORDED:
            del forger.lines[n - 1]
    assert "The meeting was about what had no rank." in forger.says()


def test_ranks_of_other_figures(contest: Contest, clock: SetClock) -> None:
    """A ranking that was not brought up to date is told when a meeting follows it."""
    first = marked(contest, "2", seats=SEATS[1:])
    contest.score(first, "north", {"idea": "5", "method": "5"})
    second = marked(contest, "2.5")
    move(contest, "close_scoring", first, second)
    contest.recuse(first, "north", "Liée.")
    clock.instant = MEETING
    contest.deliberate(agenda())
    forger = Clerk(contest)
    assert forger.told() == []
    recused = forger.line(n := forger.last(events.INSTITUTION_RECUSED))
    of_others = [k for k in range(n, forger.opening) if forger.line(k).case != recused.case]
    assert [forger.line(k).type for k in of_others] == [events.RANK_RECORDED]
    del forger.lines[of_others[0] - 1]
    told = "The ranks that the meeting followed are not those that the figures give."
    assert told in forger.says()


def test_a_recusal_without_a_ground(contest: Contest, four: list[str]) -> None:
    """Who steps aside says why."""
    contest.recuse(four[0], "north", "Liée.")
    forger = Clerk(contest)
    forger.change(forger.last(events.INSTITUTION_RECUSED), pd=None)
    assert "Whoever steps aside says why, and no reason was given." in forger.says()


def test_a_recusal_when_all_is_decided(contest: Contest, four: list[str]) -> None:
    """Nobody steps aside from what is decided."""
    contest.recuse(four[3], "north", "Liée.")
    move(contest, "withdraw", four[3])
    forger = Clerk(contest)
    forger.swap(forger.last(events.INSTITUTION_RECUSED), forger.last(DECISION))
    assert "Nobody steps aside from what is decided." in forger.says()


def test_the_line_that_is_not_replaced(held: Clerk) -> None:
    """A second meeting that opens within the first is told, and nothing fails."""
    held.lines.insert(held.opening, replace(held.line(held.opening)))
    assert "The line cannot be replayed." in held.says()
