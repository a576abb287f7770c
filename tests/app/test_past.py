"""Why a candidature was decided as it was: told as the contest stood then, whatever came since."""

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.record import receive
from ptce_workflow.app.candidatures.why import EdgeView, PastMove, past
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.outbox.desk import letter_view, messages
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.process.panel import Deviation, VotedOrder
from tests.rehearsal import edit, move
from tests.voting import (
    MEETING,
    SEATS,
    agenda,
    called,
    clock,
    contest,
    english,
    frozen,
    marked,
    moved_up,
)

__all__ = ["called", "clock", "contest", "english", "moved_up"]


@pytest.fixture
def decided(moved_up: Contest) -> Contest:
    """All is decided; then all of it has changed."""
    edit(moved_up, "config.toml", 'value = 2, choice = "two', 'value = 9, choice = "two')
    adopt(moved_up, "More places.")
    return moved_up


def decision(contest: Contest, ref: str, transition: str) -> PastMove:
    """The act that made a transition."""
    return next(one for one in past(contest, ref).acts if one.edge.name == transition)


def against(edge: EdgeView) -> dict[str, str]:
    """The rules that stood in the way of a transition, each with what was seen."""
    return {rule.says: rule.observed for rule in edge.rules if rule.answer != "holds"}


def test_who_decided_and_what_was_closed(decided: Contest) -> None:
    act = decision(decided, "C-003", "wait")
    assert act.sitting is not None
    assert (act.sitting.call, act.sitting.present, act.sitting.chair) == (1, SEATS, "north")
    assert [one.name for one in act.better] == ["select"]
    assert against(act.better[0]) == {"A place is left (2 of 2)": ""}
    assert (act.ranked["cra"], act.case.panels["cra"]["rank"]) == (4, 3)
    declined = decision(decided, "C-004", "decline")
    assert declined.reason == "Rank 4."
    assert [(one.name, one.allowed) for one in declined.better] == [
        ("select", False),
        ("wait", False),
    ]
    assert against(declined.better[1]) == {"The mean reaches 1.00": "0.50"}


def test_an_act_without_a_sitting(decided: Contest) -> None:
    act = decision(decided, "C-003", "promote")
    assert (act.sitting, act.better, act.made) == (None, (), True)
    assert act.roles == ("desk",)
    assert {rule.says for rule in act.edge.rules} == {
        "A place is left (1 of 2)",
        "Nobody waits at a better rank",
    }
    assert [one.edge.name for one in past(decided, "C-001").acts] == [
        "create",
        "close_scoring",
        "select",
        "withdraw",
    ]


def test_a_vote_that_departs_from_the_ranking(contest: Contest, clock: SetClock) -> None:
    """What the ranking would have given is told, and that it was possible."""
    frozen(contest, "5", "4")
    clock.instant = MEETING
    voted = Deviation("C-002", "wait", "Not ripe.", ("north", "south", "east"), ("west",))
    deliberate(contest, agenda(deviations=(voted,)))
    act = decision(contest, "C-002", "wait")
    assert act.sitting is not None
    assert (act.sitting.departs, act.sitting.instead) == (True, "select")
    assert act.sitting.vote is not None
    assert act.sitting.vote.noes == ("west",)
    assert [(one.name, one.allowed) for one in act.better] == [("select", True)]


def test_of_nobody(contest: Contest) -> None:
    """A reference that does not exist is told as everywhere."""
    with pytest.raises(Misuse, match="C-009"):
        past(contest, "C-009")


DECLINED = """+++
label = "Declined"
on = "scored.decline"
held = true
+++
# {{ candidature.ref }}: declined

Rank {{ transition.rank }} of {{ transition.ranked }}, mean {{ transition.mean }}.

{% for rule in transition.failed %}
- {{ rule.says }}: {{ rule.observed }} ({{ rule.ground }})
{% endfor %}

> {{ transition.reason }}
"""


def test_the_refused_are_told_why(contest: Contest, clock: SetClock) -> None:
    """The mail has rank and mean, the rule that stopped it with the weakest point, and the words.

    They are those of the decision, whatever has changed when the mail is read.
    """
    (contest.folder / "notifications").mkdir()
    (contest.folder / "notifications" / "declined.md").write_text(DECLINED, "utf-8")
    edit(contest, "states/scored.toml", "cra.total >= limit.floor", "cra.lowest >= limit.floor")
    adopt(contest, "A mail for who is declined.")
    frozen(contest, "5", "4", "3")
    move(contest, "close_scoring", marked(contest, "4", idea="0.5"))
    clock.instant = MEETING
    deliberate(contest, agenda(reasons={"C-004": "The idea is not ripe."}))
    move(contest, "withdraw", "C-001")
    move(contest, "promote", "C-003")
    edit(contest, "config.toml", "value = 1.0", "value = 2.0")
    adopt(contest, "A higher floor.")
    text = letter_view(contest, "M-001").letter.text
    assert "Rank 4 of 4, mean 2.25." in text
    assert "The mean reaches 1.00: 0.50 (Idea) (choice of the organiser: a floor)" in text
    assert "A place is left" not in text
    assert "The idea is not ripe." in text


WAITING = """+++
label = "On the list"
on = "scored.wait"
held = true
+++
# {{ candidature.ref }}: on the list

Rank {{ transition.rank }}{% if transition.tied %}, shared by {{ transition.tied }}{% endif %}.
{% if transition.parted %}A vote parted it from others.{% endif %}

{% if transition.voted %}
The panel voted so.
{% elif transition.departs %}
The panel voted otherwise for another.
{% endif %}
"""
APPEAL = """
label = "Appeal"
in = ["waiting"]
until = "notified + 2 months"
choice = "so that errors are mended"

[fields]
grounds = { type = "text", label = "Grounds", required = false }

[transitions]
granted = { label = "Grant" }
"""


def listing(contest: Contest) -> None:
    """Has a place on the list be a mixed decision, told by a mail with its texts."""
    for name, text in (
        ("notifications/waiting.md", WAITING),
        ("texts/ranking.md", "Ranks are worked out.\n"),
        ("texts/remedies.md", "Contest it.\n"),
        ("requests/appeal.toml", APPEAL),
    ):
        (contest.folder / name).parent.mkdir(exist_ok=True)
        (contest.folder / name).write_text(text, "utf-8")
    edit(contest, "states/scored.toml", 'to = "waiting"', 'to = "waiting"\ndecision = "mixed"')
    adopt(contest, "A mail for who waits.")


def test_a_place_on_a_list_is_contested(contest: Contest, clock: SetClock) -> None:
    """A mixed decision is told with remedies and how ranks come; it may be appealed."""
    listing(contest)
    frozen(contest, "5", "4", "3")
    clock.instant = MEETING
    deliberate(contest, agenda())
    text = letter_view(contest, "M-001").letter.text
    assert "Rank 3." in text
    assert "Contest it." in text
    assert "Ranks are worked out." in text
    assert receive(contest, "C-003", "appeal").sheet == "appeal"
    assert decision(contest, "C-003", "wait").case.state == "scored"
    assert verify(contest).intact


def test_a_shared_rank_and_a_departure_are_told(contest: Contest, clock: SetClock) -> None:
    listing(contest)
    frozen(contest, "5", "4", "4.5", "3", "3")
    clock.instant = MEETING
    voted = Deviation("C-001", "wait", "Not ripe.", ("north", "south", "east"), ("west",))
    deliberate(contest, agenda(deviations=(voted,)))
    told = {one.ref: letter_view(contest, one.name).letter.text for one in messages(contest)}
    assert "Rank 1." in told["C-001"]
    assert "The panel voted so." in told["C-001"]
    for ref in ("C-004", "C-005"):
        assert "Rank 4, shared by 2." in told[ref]
        assert "The panel voted otherwise for another." in told[ref]
    assert verify(contest).intact


def test_a_vote_that_parts_a_tie_is_told(contest: Contest, clock: SetClock) -> None:
    listing(contest)
    frozen(contest, "5", "3", "3", "2")
    clock.instant = MEETING
    order = VotedOrder(("C-003", "C-002"), "Riper.", ("north", "south", "east"), ("west",))
    deliberate(contest, agenda(orders=(order,)))
    told = {one.ref: letter_view(contest, one.name).letter.text for one in messages(contest)}
    assert "Rank 3." in told["C-002"]
    assert "A vote parted it from others." in told["C-002"]
    assert "A vote parted" not in told["C-004"]
    assert verify(contest).intact
