"""Declarations of links: each institution's, before its first mark, and never after it."""

from __future__ import annotations

import pytest

from ptce_workflow.app.admin.adopt import adopt
from ptce_workflow.app.admin.people import enrol
from ptce_workflow.app.admin.verify import verify
from ptce_workflow.app.cases.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.declarations import declare_links
from ptce_workflow.app.jury.marks import conflicts, recuse, score
from ptce_workflow.app.jury.sitting_run import deliberate
from ptce_workflow.app.jury.sittings import sitting
from ptce_workflow.base.clock import SetClock
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.papers.minutes import minutes_of
from tests.rehearsal import edit, last, lines, move, opened
from tests.voting import MEETING, SEATS, added, agenda, called, clock, english
from tests.voting import contest as silent

__all__ = ["called", "clock", "english", "silent"]

MARKS = {"idea": "3", "method": "3"}


@pytest.fixture
def contest(silent: Contest) -> Contest:
    """A contest whose panel asks for a declaration, opened by its desk."""
    signed = 'declares = "We have no link with it."\nchoice = "a jury without interest"\nmembers ='
    edit(silent, "sheets/cra.toml", "members =", signed)
    adopt(silent, "Chacune déclare ses liens.")
    enrol(silent, "Nour", ["jury"], institution="north", login="nour")
    return silent


def test_before_the_first_mark(contest: Contest, clock: SetClock) -> None:
    """Without a declaration no mark is taken; a juror signs for all that it may mark at once."""
    ref, other = added(contest), added(contest)
    with opened(contest.folder, clock, "nour") as own:
        before = lines(contest)
        with pytest.raises(PtceError, match="declared nothing") as refused:
            score(own, ref, "north", MARKS)
        assert "We have no link with it." in refused.value.why
        assert f"ptce jury declare {ref} --none;" in refused.value.mend
        assert lines(contest) == before
        panel, seat, cases = declare_links(own)
        assert (panel, seat, [case.ref for case in cases]) == ("cra", "north", [ref, other])
        assert last(contest).data == {"institution": "north", "links": False, "sheet": "cra"}
        assert declare_links(own)[2] == ()
        score(own, ref, "north", MARKS)
        with pytest.raises(PtceError, match="marks to C-001 already"):
            declare_links(own, [ref, other], links="Une adhérente.")
        with pytest.raises(PtceError, match="may not speak"):
            declare_links(own, [ref], institution="south")
    assert verify(contest).intact


def test_links(contest: Contest, clock: SetClock) -> None:
    """Links are told beside the line; they are proposed, a person decides, the minutes tell."""
    ref = added(contest)
    declare_links(contest, [ref], links="Membre du bureau.", institution="north")
    assert b"bureau" not in lines(contest)[-1]
    [found] = conflicts(contest)
    assert (found.institution, found.text, found.field) == ("north", "Membre du bureau.", None)
    declare_links(contest, [ref], links="Une voisine.", institution="south")
    with opened(contest.folder, clock, "nour") as own:
        assert [one.institution for one in conflicts(own)] == ["north"]
    declare_links(contest, [ref], institution="south")
    recuse(contest, ref, "north", "Membre du bureau.")
    assert conflicts(contest) == ()
    with pytest.raises(PtceError, match="has stepped aside"):
        declare_links(contest, [ref], institution="north")
    for seat in SEATS[1:]:
        declare_links(contest, institution=seat)
        score(contest, ref, seat, MARKS)
    move(contest, "close_scoring", ref)
    clock.instant = MEETING
    deliberate(contest, agenda(*SEATS[1:]))
    told = str(minutes_of(sitting(contest)).parts)
    assert "We have no link with it." in told
    assert "C-001: Membre du bureau." in told
    assert show(contest, ref).case.declared == {
        "cra": {"north": True, "south": False, "east": False, "west": False}
    }
    assert verify(contest).intact


def test_not_asked_for(silent: Contest) -> None:
    """A panel that asks for no declaration takes none."""
    ref = added(silent)
    for refs in ([ref], []):
        with pytest.raises(Misuse, match="asks for no declaration"):
            declare_links(silent, refs, institution="north")
    score(silent, ref, "north", MARKS)
    with pytest.raises(Misuse, match="who declares"):
        declare_links(silent, [ref])
