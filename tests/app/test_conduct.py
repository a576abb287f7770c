"""A forged meeting: every decision allowed by itself, and not what the ranking and votes gave.

Someone who owns the file writes the whole ledger anew, every hash in its place.
"""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import recuse
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.process.panel import Deviation, VotedOrder
from tests.ledger.forger import Forger
from tests.rehearsal import move
from tests.voting import MEETING, SEATS, agenda, called, clock, contest, english, frozen

__all__ = ["called", "clock", "contest", "english"]

ASTRAY = "The decision is not the one that the ranking, the votes and the rules give."
ORDER = VotedOrder(("C-003", "C-002"), "Le plus mûr.", ("north", "south", "east"), ("west",))
UP = Deviation("C-004", "select", "Seule de sa vallée.", SEATS)
DECISION, VOTE = "transition_made", "vote_taken"


class Clerk(Forger):
    """A forger of the last meeting."""

    @property
    def opening(self) -> int:
        """The number of the line that opened the last meeting."""
        return self.last("sitting_opened")

    def last(self, kind: str) -> int:
        """The number of the last line of a kind."""
        return max(n for n, line in enumerate(self.lines, 1) if line.type == kind)

    def all_of(self, kind: str) -> list[int]:
        """The numbers of the lines of a kind in the last meeting."""
        return [n for n in range(self.opening, len(self.lines) + 1) if self.line(n).type == kind]

    def swap(self, one: int, other: int) -> None:
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
    assert deliberate(contest, agenda(orders=[ORDER], deviations=[UP])).decided
    return Clerk(contest)


def test_the_same_again(held: Clerk) -> None:
    """Written again as it was, it is intact: what is found below is the forgery."""
    assert held.told() == []


def test_another_order_of_the_same_decisions(contest: Contest, clock: SetClock) -> None:
    """Asked in another order the rules cut elsewhere, though each decision is allowed."""
    frozen(contest, "5", "4", "3")
    clock.instant = MEETING
    deliberate(contest, agenda())
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
    del held.lines[held.all_of(DECISION)[-1] - 1]
    assert "The meeting left candidatures undecided." in held.says()


def drop_reason(held: Clerk, n: int) -> None:
    """Lets a vote stand without a reason."""
    held.change(n, pd=None)


def two_on_one(held: Clerk, n: int) -> None:
    held.lines.insert(n - 1, held.line(n))


def after_all(held: Clerk, n: int) -> None:
    vote = held.lines.pop(n - 1)
    held.lines.insert(held.last("sitting_closed") - 1, vote)


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
        (0, on_half_a_tie, "The vote on an order is not on all those that share one rank."),
        (1, of_nobody, "Nobody has voted."),
    ],
)
def test_votes(held: Clerk, which: int, forged: Callable[[Clerk, int], None], told: str) -> None:
    """A vote without a reason, taken twice, too late, by nobody, or on something else is told."""
    forged(held, held.all_of(VOTE)[which])
    assert told in held.says()


def test_a_vote_on_what_had_left(contest: Contest, four: list[str]) -> None:
    move(contest, "withdraw", four[3])
    deliberate(contest, agenda(orders=[ORDER]))
    forger = Clerk(contest)
    gone = next(line.case for line in forger.lines if line.data.get("ref") == four[3])
    forger.data(forger.last(VOTE), cases=[gone])
    assert "The vote is on what was not before the meeting." in forger.says()


def test_what_the_ranking_would_have_given(held: Clerk) -> None:
    held.data(held.last("deviation_decided"), instead="decline")
    assert "The ranking would have given another decision." in held.says()


def test_present_twice(held: Clerk) -> None:
    """One institution that is there twice would make a quorum by itself."""
    held.data(held.opening, present=[*SEATS, "north"])
    assert "Each institution present counts once." in held.says()


def test_a_meeting_in_vain_made_up(contest: Contest, four: list[str]) -> None:
    """An empty meeting would make the next one a second call, which needs no quorum."""
    assert not deliberate(contest, agenda("north")).decided
    forger = Clerk(contest)
    assert forger.told() == []
    for n in reversed(forger.all_of("transition_refused")):
        del forger.lines[n - 1]
    assert "Nothing shows that the meeting was in vain." in forger.says()


def test_ranks_that_were_never_recorded(held: Clerk) -> None:
    del held.lines[held.all_of("rank_recorded")[1] - 1]
    assert "The meeting did not record the rank of all." in held.says()


def test_ranks_after_decisions(held: Clerk) -> None:
    """Ranks that are recorded afterwards cannot be those that the meeting followed."""
    held.swap(held.all_of("rank_recorded")[-1], held.all_of(DECISION)[0])
    assert "A rank was recorded when decisions were made already." in held.says()


def test_a_rank_outside_a_meeting(held: Clerk) -> None:
    rank = held.lines.pop(held.all_of("rank_recorded")[0] - 1)
    held.lines.insert(held.opening - 1, rank)
    assert "Ranks are recorded by a sitting of their panel alone." in held.says()


def test_a_rank_written_again(held: Clerk) -> None:
    n = held.all_of("rank_recorded")[0]
    held.lines.insert(n, held.line(n))
    assert "The rank was recorded for good before." in held.says()


def test_a_rank_of_other_figures(held: Clerk) -> None:
    first, second, *_others = held.all_of("rank_recorded")
    one, other = held.line(first).case, held.line(second).case
    held.change(first, case=other)
    held.change(second, case=one)
    assert "The rank is not the one that the figures give." in held.says()


def test_a_meeting_before_the_close(held: Clerk) -> None:
    close = max(
        n for n in range(1, held.opening) if held.line(n).data.get("transition") == "close_scoring"
    )
    held.data(close, panels={})
    assert "The meeting was about what had no rank." in held.says()


def test_a_meeting_in_vain_that_ranks(contest: Contest, four: list[str]) -> None:
    deliberate(contest, agenda("north"))
    forger = Clerk(contest)
    assert forger.told() == []
    assert not forger.all_of("rank_recorded")
    place = {"sheet": "cra", "rank": 1, "tied": 1, "parted_by": None, "vote": None}
    refusal = forger.line(forger.all_of("transition_refused")[0])
    best = show(contest, four[0]).case.id
    line = replace(refusal, type="rank_recorded", case=best, data=place)
    forger.lines.insert(forger.opening, line)
    assert "A meeting in vain records no rank." in forger.says()


def test_a_recusal_without_a_ground(contest: Contest, four: list[str]) -> None:
    recuse(contest, four[0], "north", "Liée.")
    forger = Clerk(contest)
    forger.change(forger.last("institution_recused"), pd=None)
    assert "Whoever steps aside says why, and no reason was given." in forger.says()


def test_a_recusal_when_all_is_decided(contest: Contest, four: list[str]) -> None:
    recuse(contest, four[3], "north", "Liée.")
    move(contest, "withdraw", four[3])
    forger = Clerk(contest)
    forger.swap(forger.last("institution_recused"), forger.last(DECISION))
    assert "Nobody steps aside from what is decided." in forger.says()


def test_the_line_that_is_not_replaced(held: Clerk) -> None:
    held.lines.insert(held.opening, replace(held.line(held.opening)))
    assert "Another meeting was under way." in held.says()
