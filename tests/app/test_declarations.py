"""Declarations of links: each institution's, before its first mark, and never after it."""

from typing import Any

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import conflicts, declare_links, recuse, score
from ptce_workflow.app.jury.sittings import sitting
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.office.page import Table
from ptce_workflow.process.panel import Deviation
from ptce_workflow.reports.sittings import minutes_of
from ptce_workflow.reports.telling import entry_telling
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
    with pytest.raises(PtceError, match='"south" has declared links'):
        declare_links(contest, [ref], institution="south")
    cleared(contest, ref, "south", "west", "Un autre quartier.")
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
    by_seat = tables(contest)
    assert by_seat["North"][1:] == ("0", "C-001: links: Membre du bureau.", "the desk (P-001): 1")
    assert by_seat["South"][2] == (
        "C-001: links: Une voisine.\nwithout influence, finds West, which presides"
    )
    assert by_seat["East"][1:] == ("1", "–", "the desk (P-001): 1")
    assert show(contest, ref).case.declared == {
        "cra": {"north": True, "south": "west", "east": False, "west": False}
    }
    assert verify(contest).intact


def cleared(contest: Contest, ref: str, institution: str, presides: str, reason: str) -> None:
    """Records that declared links have no influence."""
    declare_links(contest, [ref], presides=presides, institution=institution, reason=reason)


def rows(contest: Contest) -> list[tuple[str, ...]]:
    """The rows of the tables in the minutes of the last sitting."""
    parts = minutes_of(sitting(contest)).parts
    return [tuple(map(str, row)) for one in parts if isinstance(one, Table) for row in one.rows]


def tables(contest: Contest) -> dict[str, tuple[str, ...]]:
    """Those of the declarations, by institution."""
    return {row[0]: row for row in rows(contest) if row[0] in ("North", "South", "East", "West")}


def test_declared_links_stop(contest: Contest, clock: SetClock) -> None:
    """Neither a mark nor a vote, until whoever presides finds no influence, or it steps aside."""
    ref = added(contest)
    declare_links(contest, [ref], links="Une adhérente.", institution="north")
    for seat in SEATS[1:]:
        declare_links(contest, institution=seat)
        score(contest, ref, seat, MARKS)
    with pytest.raises(PtceError, match='"north" has declared links') as refused:
        score(contest, ref, "north", MARKS)
    assert "--no-influence" in refused.value.mend
    move(contest, "close_scoring", ref)
    clock.instant = MEETING
    vote = Deviation(ref, "wait", "Plus tard.", ("north", "south"), ("east",))
    before = lines(contest)
    with pytest.raises(Misuse, match="has declared links with C-001: it has no voice"):
        deliberate(contest, agenda(deviations=[vote]))
    assert lines(contest) == before
    cleared(contest, ref, "north", "south", "Il y a dix ans.")
    assert b"dix ans" not in lines(contest)[-1]
    assert conflicts(contest) == ()
    deliberate(contest, agenda(deviations=[vote]))
    assert "finds South, which presides" in str(story_of(contest, ref))
    assert verify(contest).intact


def story_of(contest: Contest, ref: str) -> list[str]:
    """What the history of a candidature tells, sentence by sentence."""
    known: dict[str, Any] = {}
    return [
        said
        for one in history(contest, ref)
        for said in entry_telling(one, show(contest, ref).case, known)()
    ]


def test_who_may_find_so(contest: Contest, clock: SetClock) -> None:
    ref = added(contest)
    declare_links(contest, [ref], links="Une adhérente.", institution="north")
    before = lines(contest)
    for presides, reason, problem in (
        ("north", "Rien.", "Who presides sits in the panel"),
        ("nobody", "Rien.", "Who presides sits in the panel"),
        ("south", "", "Say why"),
    ):
        with pytest.raises(PtceError, match=problem):
            cleared(contest, ref, "north", presides, reason)
    with pytest.raises(PtceError, match="No declared links wait"):
        cleared(contest, ref, "east", "south", "Rien.")
    with (
        opened(contest.folder, clock, "nour") as own,
        pytest.raises(PtceError, match="Only the desk"),
    ):
        cleared(own, ref, "north", "south", "Rien.")
    assert lines(contest) == before
    cleared(contest, ref, "north", "south", "Il y a dix ans.")
    with pytest.raises(PtceError, match="No declared links wait"):
        cleared(contest, ref, "north", "south", "Il y a dix ans.")
    score(contest, ref, "north", MARKS)
    assert verify(contest).intact


def test_named_in_the_dossier(contest: Contest, clock: SetClock) -> None:
    ref = added(contest, partners=[{"name": "L’Union du Sud"}])
    other = added(contest)
    before = lines(contest)
    for refs in ([], [ref], [ref, other]):
        with pytest.raises(Misuse, match='"south" is named in C-001') as refused:
            declare_links(contest, refs, institution="south")
        assert "jury declare C-001 --none" in refused.value.mend
    assert lines(contest) == before
    declare_links(contest, [ref], reason="Un homonyme.", institution="south")
    assert declare_links(contest, institution="south")[2][0].ref == other
    assert b"homonyme" not in b"".join(lines(contest))
    with opened(contest.folder, clock, "nour") as own:
        declare_links(own)
    for seat in ("east", "west"):
        declare_links(contest, institution=seat)
    for seat in SEATS:
        score(contest, ref, seat, MARKS)
    recuse(contest, ref, "east", "Une voisine.")
    recuse(contest, ref, "nour", "Un ami.")
    move(contest, "close_scoring", ref)
    clock.instant = MEETING
    deliberate(contest, agenda())
    found = tables(contest)
    assert found["South"][1:] == (
        *("1", "C-001: no link, though it is named: Un homonyme."),
        "the desk (P-001): 1",
    )
    assert found["North"][3] == "the institution (P-002): 1"
    aside = [row for row in rows(contest) if row[0] == ref and len(row) == 5]
    assert [row[2:4] for row in aside] == [
        ("East", "2 marks, withdrawn\nno link, signed"),
        ("P-002, of North", "–"),
    ]
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
