"""The panel's sheet changes once its scores are closed: ranks follow the rule, marks do not."""

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import score
from ptce_workflow.app.jury.ranking import ranking
from ptce_workflow.app.jury.sittings import sitting
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from tests.rehearsal import edit, lines, move
from tests.voting import (
    MEETING,
    SEATS,
    agenda,
    called,
    clock,
    contest,
    english,
    marked,
    ranks,
    states,
)

__all__ = ["called", "clock", "contest", "english"]

ALL = '"north", "south", "east", "west"]'


@pytest.fixture
def three(contest: Contest) -> list[str]:
    """Three candidatures in the order of their totals; by the idea alone it is the contrary."""
    refs = [marked(contest, mark, idea=idea) for mark, idea in (("5", "2"), ("4", "2.5"))]
    refs.append(marked(contest, "2", idea="3"))
    move(contest, "close_scoring", *refs)
    return refs


def by_the_idea(contest: Contest) -> None:
    """Ranks by the idea first."""
    edit(contest, "sheets/cra.toml", 'rank = 1, key = "cra.total"', 'rank = 3, key = "cra.total"')
    adopt(contest, "L’idée d’abord.")


def test_another_order_is_the_order_of_the_sitting(
    contest: Contest, three: list[str], clock: SetClock
) -> None:
    """What `jury rank` shows, what is recorded and what the sitting follows are one."""
    assert ranks(contest) == dict(zip(three, (1, 2, 3), strict=True))
    by_the_idea(contest)
    assert ranks(contest) == dict(zip(three, (3, 2, 1), strict=True))
    assert [one.case.ref for one in ranking(contest)[1]] == three[::-1]
    clock.instant = MEETING
    held = deliberate(contest, agenda())
    assert [one.case.ref for one in held.decisions] == three[::-1]
    assert states(contest)[three[0]] == "waiting"
    assert verify(contest).intact


def test_the_same_order_renumbers_nobody(contest: Contest, three: list[str]) -> None:
    move(contest, "withdraw", three[0])
    edit(
        contest, "config.toml", 'value = 2, choice = "two places', 'value = 3, choice = "two places'
    )
    before = len(lines(contest))
    adopt(contest, "Une place de plus.")
    assert not any(b'"rank_recorded"' in line for line in lines(contest)[before:])
    assert ranks(contest) == dict(zip(three, (1, 2, 3), strict=True))


@pytest.mark.parametrize(
    ("old", "new"),
    [(ALL, '"north", "south", "east"]'), ('label = "Idea"\n', 'label = "Idea"\nweight = 3\n')],
)
def test_closed_scores_stay_what_they_are(
    contest: Contest, three: list[str], old: str, new: str
) -> None:
    """A member or a weight that changes between the scoring and the sitting is refused.

    Else a recusal would figure one candidature by the new rule, among others by the old one.
    """
    score(contest, marked(contest, "3"), "north", {"idea": "1"})
    move(contest, "withdraw", three[1])
    edit(contest, "sheets/cra.toml", old, new)
    before = lines(contest)
    with pytest.raises(PtceError, match="does not fit what is recorded") as refused:
        adopt(contest, "Après coup.")
    assert three[0] in refused.value.why
    assert three[1] not in refused.value.why
    assert lines(contest) == before


def test_once_decided_the_panel_may_change(
    contest: Contest, three: list[str], clock: SetClock
) -> None:
    """When the sitting has decided, a member may leave; the figures are as they were."""
    clock.instant = MEETING
    deliberate(contest, agenda())
    figures = show(contest, three[0]).case.panels
    edit(contest, "sheets/cra.toml", ALL, '"north", "south", "east"]')
    adopt(contest, "L’ouest est parti.")
    assert show(contest, three[0]).case.panels == figures
    assert sitting(contest).held.present == SEATS
    assert verify(contest).intact


def test_another_word_changes_no_figure(contest: Contest, three: list[str]) -> None:
    """What is only said otherwise is adopted at any time."""
    edit(contest, "sheets/cra.toml", 'label = "Idea"', 'label = "The idea"')
    adopt(contest, "Un article de plus.")
    assert verify(contest).intact
