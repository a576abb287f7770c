"""Two sittings of one panel: each has its cut, and parts the ties of those before it."""

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.ranking import standing
from ptce_workflow.app.jury.sittings import sitting
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.editor import template
from ptce_workflow.process.panel import VotedOrder
from ptce_workflow.reports.sittings import minutes_of
from tests.rehearsal import edit, lines
from tests.voting import (
    MEETING,
    SEATS,
    agenda,
    called,
    clock,
    contest,
    english,
    frozen,
    recorded_ranks,
    states,
)

__all__ = ["called", "clock", "contest", "english"]

LATER = """
[sittings.second]
label = "Second meeting"
panel = "cra"
in = ["scored"]
decides = ["select", "wait", "decline"]
when = "dossier.large"
reasons = { decline = "Rank {cra.rank}." }
choice = "the large ones are decided on apart"
"""


@pytest.fixture
def two(contest: Contest, clock: SetClock) -> Contest:
    """A contest of which the small candidatures are decided on first, and the large ones later."""
    field = '[fields]\nlarge = { type = "boolean", label = "Large" }'
    edit(contest, "sheets/dossier.toml", "[fields]", field)
    edit(
        contest,
        "config.toml",
        "casting_vote = true",
        'casting_vote = true\nwhen = "!dossier.large"',
    )
    config = contest.folder / "config.toml"
    config.write_text(config.read_text("utf-8") + LATER, "utf-8")
    edit(contest, "config.toml", 'value = 2, choice = "two', 'value = 3, choice = "two')
    adopt(contest, "Deux séances.")
    return contest


def order(*refs: str) -> VotedOrder:
    """A vote on an order that nobody is against."""
    return VotedOrder(refs, "Le besoin.", SEATS)


def test_ties_at_the_second(two: Contest, clock: SetClock) -> None:
    frozen(two, "4", "4", large=False)
    frozen(two, "4", "4", large=True)
    clock.instant = MEETING
    deliberate(two, agenda(sitting="vote", chair="north"))
    assert recorded_ranks(two) == dict.fromkeys(states(two), 1)
    shown = standing(two, sitting="second")
    assert [[case.ref for case in cases] for _name, cases in shown.torn] == [["C-003", "C-004"]]
    told = template(shown, "second")
    assert 'refs = ["C-003", "C-004"]' in told
    before = lines(two)
    with pytest.raises(PtceError, match="goes through a tie: C-003, C-004"):
        deliberate(two, agenda(sitting="second", chair="north"))
    assert lines(two) == before
    held = deliberate(
        two, agenda(sitting="second", chair="north", orders=[order("C-004", "C-003")])
    )
    assert held.decided
    assert states(two) == {
        **dict.fromkeys(("C-001", "C-002", "C-004"), "selected"),
        "C-003": "waiting",
    }
    # The two of the first sitting share the rank still: who lost the vote comes behind all three.
    assert recorded_ranks(two) == {"C-001": 1, "C-002": 1, "C-004": 1, "C-003": 4}
    text = str(minutes_of(sitting(two)).parts)
    assert "C-004 and C-003: parted by a vote." in text
    assert verify(two).intact


def test_each_parts_its_own(two: Contest, clock: SetClock) -> None:
    edit(two, "config.toml", "value = 3,", "value = 1,")
    adopt(two, "Une place.")
    frozen(two, "4", "4", large=False)
    frozen(two, "4", "4", large=True)
    clock.instant = MEETING
    deliberate(two, agenda(sitting="vote", chair="north", orders=[order("C-002", "C-001")]))
    assert recorded_ranks(two) == {"C-002": 1, "C-001": 2, "C-003": 3, "C-004": 3}
    deliberate(two, agenda(sitting="second", chair="north", orders=[order("C-004", "C-003")]))
    assert recorded_ranks(two) == {"C-002": 1, "C-001": 2, "C-004": 3, "C-003": 4}
    assert verify(two).intact


def test_why_asks_no_rule_of_the_other_sitting(two: Contest) -> None:
    says = 'says = "It is late"\nwhen = "now > date.meeting"\nchoice = "time to read"\n'
    config = two.folder / "config.toml"
    text = config.read_text("utf-8") + f"\n[sittings.second.rules.late]\n{says}"
    config.write_text(text, "utf-8")
    adopt(two, "La seconde est tardive.")
    [small], [large] = frozen(two, "4", large=False), frozen(two, "4", large=True)
    for ref, asked in ((small, False), (large, True)):
        [select] = why(two, ref, "select").edges
        assert any(rule.says == "It is late" for rule in select.rules) is asked
