"""The panel: who may speak for whom, what may be said, and how it ranks."""

from typing import Any

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.record import FactsRefused, rectify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.marks import score
from ptce_workflow.app.jury.ranking import ranking
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.events.panel import Comments
from tests.app.test_receipt import PROOF
from tests.rehearsal import added, edit, last, lines, move, opened, scored, submitted


def test_marks(contest: Contest) -> None:
    """Marks stand in the line in hundredths; a comment stands beside it."""
    ref = submitted(contest)
    case = score(contest, ref, "north", {"idea": "3.5", "method": 4, "remark": "Clair."})
    assert last(contest).data == {
        "sheet": "cra",
        "institution": "north",
        "scores": {"idea": 350, "method": 400},
    }
    assert b"Clair" not in lines(contest)[-1]
    assert history(contest, ref)[-1].side == Comments({"remark": "Clair."})
    assert case.scores == {"cra": {"north": {"idea": 350, "method": 400}}}
    assert verify(contest).intact


def test_changed(contest: Contest) -> None:
    """A mark given again replaces the former; the others stay."""
    ref = submitted(contest)
    score(contest, ref, "north", {"idea": "3", "method": "4"})
    case = score(contest, ref, "north", {"idea": "5"})
    assert case.scores == {"cra": {"north": {"idea": 500, "method": 400}}}


@pytest.mark.parametrize(
    ("marks", "told"),
    [
        ({"idea": "4.25"}, "Idea"),
        ({"idea": "5.5"}, "Idea"),
        ({"idea": "-1"}, "Idea"),
        ({"idea": "abc"}, "Idea"),
        ({"idea": True}, "Idea"),
        ({"charm": "4"}, "charm"),
        ({"total": "4"}, "total"),
    ],
)
def test_off_the_scale(contest: Contest, marks: dict[str, Any], told: str) -> None:
    """A mark that the scale does not have, or on what is no criterion, is refused with the rest."""
    ref = submitted(contest)
    before = lines(contest)
    with pytest.raises(FactsRefused, match=told):
        score(contest, ref, "north", {"method": "4", **marks})
    assert lines(contest) == before


def test_no_mark(contest: Contest) -> None:
    """Nothing said is a mistake, not a mark."""
    ref = submitted(contest)
    with pytest.raises(Misuse, match="No mark"):
        score(contest, ref, "north", {})


def test_closed(contest: Contest) -> None:
    """Marks are given while the panel is open: neither before nor after."""
    for ref in (added(contest), scored(contest)):
        before = lines(contest)
        with pytest.raises(PtceError, match="no mark can be given"):
            score(contest, ref, "north", {"idea": "4"})
        assert lines(contest) == before


def test_stranger(contest: Contest) -> None:
    """An institution that does not sit in the panel gives no mark."""
    ref = submitted(contest)
    with pytest.raises(Misuse, match='"nort" does not sit') as told:
        score(contest, ref, "nort", {"idea": "4"})
    assert "north" in told.value.mend


def test_who_speaks_for_whom(contest: Contest, clock: SetClock) -> None:
    ref = submitted(contest)
    enrol(contest, "Noa", ["jury"], institution="north", login="noa")
    enrol(contest, "Sam", ["auditor"], login="sam")
    with opened(contest.folder, clock, "noa") as noa:
        score(noa, ref, "north", {"idea": "4"})
        before = lines(contest)
        with pytest.raises(PtceError, match="may not speak"):
            score(noa, ref, "south", {"idea": "4"})
    with (
        opened(contest.folder, clock, "sam") as sam,
        pytest.raises(PtceError, match="may not speak"),
    ):
        score(sam, ref, "south", {"idea": "4"})
    assert lines(contest) == before
    score(contest, ref, "south", {"idea": "4"})
    assert verify(contest).intact


def test_frozen(contest: Contest) -> None:
    """The close records means of exact arithmetic, rounded once and half up."""
    ref = submitted(contest)
    score(contest, ref, "north", {"idea": "4.5", "method": "3"})
    assert not advance(contest, [ref], "close_scoring")[0].made
    score(contest, ref, "south", {"idea": "5", "method": "3"})
    move(contest, "close_scoring", ref)
    frozen = last(contest)
    figures = {
        "idea": 475,
        "method": 300,
        "total": 388,
        "plain": 388,
        "lowest": 300,
        "spread": 25,
        "voices": 2,
        "expected": 2,
        "recused": 0,
    }
    assert frozen.data["panels"] == {"cra": figures}
    assert show(contest, ref).case.panels == {"cra": figures}


def test_given_back_and_marked_anew(contest: Contest) -> None:
    """A candidature that returns to the panel keeps its marks, and may be given others."""
    ref = submitted(contest)
    score(contest, ref, "north", {"idea": "2", "method": "2"})
    move(contest, "give_back", ref, reason="Une pièce manque.")
    move(contest, "submit", ref)
    case = score(contest, ref, "north", {"idea": "4"})
    assert case.scores == {"cra": {"north": {"idea": 400, "method": 200}}}
    assert verify(contest).intact


def test_rank(contest: Contest) -> None:
    """Best first; what no key separates shares a rank; who has no mark is not ranked."""
    marks = ("3", "5", "3", "4")
    refs = [scored(contest, mark=mark) for mark in marks]
    submitted(contest)
    name, ranked = ranking(contest)
    assert name == "cra"
    assert [(one.rank, one.case.ref) for one in ranked] == [
        (1, refs[1]),
        (2, refs[3]),
        (3, refs[0]),
        (3, refs[2]),
    ]
    assert ranked[0].figures["total"] == 500


def test_rank_by_a_second_key(contest: Contest) -> None:
    """Where the first key does not separate, the next one does; smallest first if it says so."""
    path = contest.folder / "sheets" / "cra.toml"
    path.write_text(
        path.read_text("utf-8")
        + '\n[order.method]\nrank = 2\nkey = "cra.method"\nascending = true\n'
        'choice = "the simplest"\n',
        "utf-8",
    )
    adopt(contest, "Un départage.")
    refs = []
    for idea, method in (("4", "2"), ("2", "4"), ("3", "3")):
        ref = submitted(contest)
        for institution in ("north", "south"):
            score(contest, ref, institution, {"idea": idea, "method": method})
        refs.append(ref)
    assert [one.case.ref for one in ranking(contest, "cra")[1]] == [refs[0], refs[2], refs[1]]


@pytest.mark.parametrize("panel", ["dossier", "jury", ""])
def test_no_such_panel(contest: Contest, panel: str) -> None:
    """Only a panel ranks."""
    with pytest.raises(Misuse, match="not a panel"):
        ranking(contest, panel)


def test_places_by_theme(contest: Contest) -> None:
    """A sum kept by theme stops the purse of one theme, not of the other."""
    edit(contest, "config.toml", "value = 2,", "value = 9,")
    adopt(contest, "Des places.")
    refs = [scored(contest, theme=theme, amount="600") for theme in ("food", "food", "care")]
    move(contest, "select", refs[0])
    [step] = advance(contest, [refs[1]], "select")
    assert not step.made
    assert last(contest).data["totals"] == {"taken": 1, "granted": 60000}
    move(contest, "select", refs[2])
    # What is mended counts as mended from then on.
    less = {"dossier": {"amount": "300"}}
    rectify(contest, refs[0], less, reason="A slip.", evidence=PROOF)
    assert verify(contest).intact
    move(contest, "select", refs[1])
    assert last(contest).data["totals"] == {"taken": 2, "granted": 30000}
