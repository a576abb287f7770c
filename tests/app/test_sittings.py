"""What a sitting was, told from the ledger alone; and who rewrites it is found out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import recuse
from ptce_workflow.app.jury.sittings import sitting, sittings
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.line import digest
from ptce_workflow.process.panel import Deviation, VotedOrder
from tests.ledger.forger import Forger
from tests.rehearsal import lines, move, opened
from tests.servers import copied
from tests.voting import MEETING, SCORING, added, agenda, called, english, marked

__all__ = ["called", "english"]


@pytest.fixture(scope="module")
def met(called: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A contest whose panel met in vain, then parted a tie, departed from the ranking, decided."""
    clock = SetClock(SCORING)
    with copied(called, tmp_path_factory.mktemp("met") / "contest") as folder:
        with opened(folder, clock) as contest:
            _meet(contest, clock)
        yield folder


@pytest.fixture
def held(met: Path, tmp_path: Path) -> Iterator[Contest]:
    """That contest, opened by its desk at the hour of the meeting."""
    with copied(met, tmp_path / "held") as folder, opened(folder, SetClock(MEETING)) as contest:
        yield contest


def _meet(contest: Contest, clock: SetClock) -> None:
    refs = [marked(contest, mark, idea=idea) for mark, idea in (("5", "5"), ("3", "4"), ("4", "2"))]
    refs += [marked(contest, mark) for mark in ("2", "2", "0.5")]
    recuse(contest, refs[0], "west", "Adhérente.")
    recuse(contest, refs[1], "west", "Erreur.")
    recuse(contest, refs[1], "west", "Une autre.", lift=True)
    move(contest, "close_scoring", *refs)
    clock.instant = MEETING
    deliberate(contest, agenda("north"))
    move(contest, "withdraw", refs[1])
    deliberate(
        contest,
        agenda(
            "north",
            "south",
            "east",
            chair="north",
            orders=[VotedOrder(["C-005", "C-004"], "Plus mûr.", ["north", "south"], ["east"])],
            deviations=[Deviation("C-003", "wait", "Déjà aidé.", ["north", "south"])],
        ),
    )
    assert verify(contest).intact


def test_listed(held: Contest) -> None:
    """Each sitting with its lines, its call, and the hash of the line that closed it."""
    first, second = sittings(held)
    assert (first.number, first.call, first.present, first.chair) == (1, 1, ("north",), None)
    assert (first.decided, second.decided) == (0, 5)
    assert (second.call, second.chair) == (2, "north")
    for one in (first, second):
        assert one.hash == digest(lines(held)[one.closed - 1])
        assert one.at == MEETING
        assert one.line < one.closed


def test_told(held: Contest) -> None:
    """Ranks, what parted them, votes by name, decisions with their rules, who stepped aside."""
    told = sitting(held)
    assert told.held == sittings(held)[1]
    assert [(one.case.ref, one.figures["rank"]) for one in told.judged] == [
        ("C-001", 1),
        ("C-003", 3),
        ("C-005", 4),
        ("C-004", 5),
        ("C-006", 6),
    ]
    assert [(one.case.ref, one.case.state) for one in told.absent] == [("C-002", "withdrawn")]
    assert [(one.case.ref, one.institution, one.reason) for one in told.recusals] == [
        ("C-001", "west", "Adhérente.")
    ]
    order, deviation = told.votes
    assert (order.refs, order.transition, order.carried) == (("C-005", "C-004"), None, True)
    assert (order.ayes, order.noes, order.abstained) == (("north", "south"), ("east",), ())
    assert (deviation.refs, deviation.abstained) == (("C-003",), ("east",))
    decisions = {one.case.ref: one for one in told.judged}
    assert [one.case.ref for one in told.judged if one.departs] == ["C-003"]
    assert decisions["C-003"].instead == "select"
    assert decisions["C-004"].parted_by == "vote"
    declined = decisions["C-006"].decision
    assert declined is not None
    assert (declined.edge.name, declined.reason) == ("decline", "Rank 6.")
    selected = decisions["C-001"].decision
    assert selected is not None
    assert [rule.id for rule in selected.rules] == list(selected.edge.rules)
    by_id = {rule.id: rule for rule in selected.rules}
    assert by_id["place_left"].says == "A place is left (0 of 2)"
    assert by_id["quorum"].observed == "call: 2, members: 3, present: 3"
    assert by_id["quorum"].ground == "choice of the organiser: half is enough"


def test_what_comes_later_changes_nothing(held: Contest) -> None:
    before = sitting(held, 2)
    move(held, "withdraw", "C-001")
    added(held)
    again = sitting(held, 2)
    assert again.held == before.held
    assert [(one.case.ref, one.case.state) for one in again.judged] == [
        (one.case.ref, one.case.state) for one in before.judged
    ]
    assert again.votes == before.votes


def test_in_vain(held: Contest) -> None:
    """A sitting that decided nothing tells every rule that stood in the way."""
    told = sitting(held, 1)
    assert all(one.decision is None for one in told.judged)
    assert {tried.edge.name for one in told.judged for tried in one.tries} == {
        "select",
        "wait",
        "decline",
    }
    failed = {
        rule.id
        for one in told.judged
        for tried in one.tries
        for rule in tried.rules
        if rule.answer == "fails"
    }
    assert "quorum" in failed


def test_none(contest: Contest) -> None:
    """Where nobody sat there is nothing to tell."""
    assert sittings(contest) == ()
    with pytest.raises(Misuse, match="No sitting"):
        sitting(contest)


@pytest.mark.parametrize("number", [0, 3, -1, 99])
def test_unknown_number(held: Contest, number: int) -> None:
    """A number that no sitting has is refused, not answered with another one."""
    with pytest.raises(Misuse, match=f"no sitting {number}; there are 2"):
        sitting(held, number)


# Someone who owns the file, and writes the whole ledger anew with every hash in its place.


class Rewritten(Forger):
    """The ledger of the two sittings in the hands of a forger."""

    def find(self, kind: str, ref: str | None = None) -> int:
        """The number of the last line of a kind, about a candidature if one is named."""
        ids = {
            line.data["ref"]: line.case for line in self.lines if line.type == "candidature_opened"
        }
        return max(
            n
            for n, line in enumerate(self.lines, 1)
            if line.type == kind and (ref is None or line.case == ids[ref])
        )


@pytest.fixture
def rewritten(held: Contest) -> Rewritten:
    """The ledger, to be forged."""
    return Rewritten(held)


def test_the_same_again(rewritten: Rewritten) -> None:
    """Written again as it was, it is intact: what is found below is the forgery."""
    assert rewritten.told() == []


@pytest.mark.parametrize(
    ("kind", "ref", "data", "told"),
    [
        ("rank_recorded", "C-006", {"rank": 1}, "The rank is not the one"),
        ("rank_recorded", "C-004", {"vote": 1}, "The rank is not the one"),
        ("rank_recorded", "C-004", {"parted_by": "total"}, "The rank is not the one"),
        ("vote_taken", None, {"carried": False}, "The vote was not counted so"),
        ("vote_taken", None, {"casting": True}, "The vote was not counted so"),
        ("vote_taken", None, {"ayes": ["north"], "noes": ["south"]}, "The vote was not counted so"),
        ("vote_taken", None, {"ayes": ["north", "west"]}, "The voices are not those"),
        ("vote_taken", None, {"abstained": []}, "The voices are not those"),
        ("vote_taken", None, {"aside": ["east"]}, "Others stepped aside from the vote"),
        ("vote_taken", None, {"about": "fate"}, "does not hold what its kind holds"),
        ("sitting_opened", None, {"present": ["north", "south"]}, "The voices are not those"),
        ("sitting_opened", None, {"present": ["sud"]}, "does not sit in the panel"),
        ("sitting_opened", None, {"chair": "west"}, "Who chairs was not present"),
        ("sitting_opened", None, {"call": 1}, "not called so often"),
        ("sitting_opened", None, {"sitting": "ball"}, "no such sitting"),
        ("deviation_decided", "C-003", {"transition": "select"}, "No vote that was carried"),
        ("institution_recused", "C-001", {"institution": "east"}, ""),
        ("scores_given", "C-003", {"scores": {"idea": 500, "method": 500}}, "panel"),
    ],
)
def test_forged(
    rewritten: Rewritten, kind: str, ref: str | None, data: dict[str, Any], told: str
) -> None:
    """Whoever changes a rank, a vote, who was there, or a mark, and chains it again, is told."""
    rewritten.data(rewritten.find(kind, ref), **data)
    found = rewritten.told()
    assert any(told in what for _line, what in found), found


def test_a_decision_that_no_sitting_made(rewritten: Rewritten) -> None:
    """A decision after the sitting closed, made to look like one of it, is told."""
    n = rewritten.find("transition_made", "C-006")
    closed = rewritten.find("sitting_closed")
    moved = rewritten.lines.pop(n - 1)
    rewritten.lines.insert(closed - 1, replace(moved))
    assert rewritten.told() != []


def test_a_sitting_that_never_closed(rewritten: Rewritten) -> None:
    rewritten.lines.append(replace(rewritten.line(rewritten.find("sitting_opened"))))
    rewritten.lines.append(replace(rewritten.line(rewritten.find("sitting_opened"))))
    assert any("Another meeting was under way" in what for _line, what in rewritten.told())
