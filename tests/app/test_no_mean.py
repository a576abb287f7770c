"""What nobody has an opinion on, what need not be marked, and two panels open at once."""

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.grid import grid
from ptce_workflow.app.jury.marks import score
from ptce_workflow.app.jury.ranking import standing
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.process.panel import figures_of
from ptce_workflow.scheduler.passes import tick
from tests.grids import fill, take
from tests.grids import workbook as workbook_of
from tests.rehearsal import edit, last, lines, opened
from tests.voting import (
    MEETING,
    SEATS,
    added,
    called,
    clock,
    contest,
    english,
    marked,
    ranks,
    states,
)

__all__ = ["called", "clock", "contest", "english"]

SPOKEN = "cra.voices >= limit.voices"
"""The rule of the folder that closes marks: here every member has answered instead."""
SECOND = """
label = "Second grid"
members = ["north", "town"]

[fields.worth]
type = "score"
scale = { from = 0, to = 5 }
label = "Worth"
choice = "from 0 to 5"

[fields.remark]
type = "text"
label = "Remark"
"""


def free(contest: Contest, key: str = "no_opinion = true") -> None:
    """Has nobody be bound to mark the idea, and marks close once all have answered."""
    scale = 'scale = { from = 0, to = 5, step = 0.5 }\nlabel = "Idea"'
    edit(contest, "sheets/cra.toml", scale, f"{key}\n{scale}")
    edit(contest, "states/submitted.toml", SPOKEN, "cra.answered == cra.expected")
    adopt(contest, "Sans avis.")


def given(contest: Contest, **marks: str) -> str:
    """A candidature to which each seat gives the same; its reference."""
    ref = added(contest)
    for seat in SEATS:
        score(contest, ref, seat, {**marks, "remark": "Vu."})
    return ref


def test_nobody_has_an_opinion(contest: Contest) -> None:
    free(contest)
    ref, other = given(contest, idea="-", method="-"), marked(contest, "3")
    [edge] = (edge for edge in why(contest, ref).edges if edge.name == "close_scoring")
    assert [
        (rule.id, rule.answer, rule.wanting) for rule in edge.rules if rule.answer != "holds"
    ] == [("has_mean", "unknown", ("mean of the panel",))]
    [step] = advance(contest, [ref], "close_scoring")
    assert not step.made
    assert last(contest).data["verdicts"] == {"enough_voices": "holds", "has_mean": "unknown"}
    assert standing(contest).unranked[0].ref == ref
    advance(contest, [other], "close_scoring")
    assert "has_mean" not in last(contest).data["verdicts"]
    assert states(contest) == {ref: "submitted", other: "scored"}
    assert ranks(contest) == {other: 1}
    assert verify(contest).intact


def test_by_time(contest: Contest, clock: SetClock) -> None:
    """Time is stopped as a person is: the refusal is written down once, and the pass goes on."""
    free(contest)
    frozen = 'to = "scored"\nfreezes = "cra"'
    edit(contest, "states/submitted.toml", frozen, f'{frozen}\nat = "date.meeting"')
    adopt(contest, "La clôture vient d’elle-même.")
    bare, full = given(contest, idea="-", method="-"), given(contest, idea="4", method="4")
    clock.instant = MEETING
    for _pass in range(2):
        tick(contest, None)
    assert states(contest) == {bare: "submitted", full: "scored"}
    refused = [line for line in lines(contest) if b'"transition_refused"' in line]
    assert len(refused) == 1
    assert b'"has_mean":"unknown"' in refused[0]
    assert verify(contest).intact


def test_a_criterion_leaves_the_mean(contest: Contest) -> None:
    free(contest)
    ref = given(contest, idea="-", method="4")
    best = given(contest, idea="4", method="4")
    advance(contest, [ref, best], "close_scoring")
    figures = show(contest, ref).case.panels["cra"]
    assert figures == {
        **dict.fromkeys(("method", "total", "plain", "lowest"), 400),
        "spread": 0,
        "voices": 0,
        "expected": 4,
        "recused": 0,
    }
    assert {one.case.ref: one.figures["total"] for one in standing(contest).ranked} == {
        ref: 400,
        best: 400,
    }
    assert verify(contest).intact


def test_not_all_have_answered(contest: Contest) -> None:
    free(contest)
    ref = added(contest)
    score(contest, ref, "north", {"idea": "-", "method": "4"})
    score(contest, ref, "south", {"method": "4"})
    assert standing(contest).unranked[0].ref == ref
    score(contest, ref, "south", {"idea": "-"})
    assert ranks_so_far(contest) == {ref: 1}


def ranks_so_far(contest: Contest) -> dict[str, int]:
    """The ranks that the marks so far give."""
    return {one.case.ref: one.rank for one in standing(contest).ranked}


def test_not_required(contest: Contest) -> None:
    """A criterion that is not required keeps nobody's sheet open, nor the panel's."""
    free(contest, "required = false")
    ref = given(contest, method="3")
    score(contest, ref, "north", {"idea": "5"})
    [step] = advance(contest, [ref], "close_scoring")
    assert step.made
    figures = show(contest, ref).case.panels["cra"]
    assert (figures["idea"], figures["total"], figures["voices"]) == (500, 400, 4)
    other = given(contest, method="2")
    advance(contest, [other], "close_scoring")
    assert show(contest, other).case.panels["cra"]["total"] == 200
    assert verify(contest).intact


def test_weight_zero(contest: Contest) -> None:
    """A criterion without weight counts in no mean but its own, and its marks make none."""
    free(contest, "no_opinion = true\nweight = 0")
    ref, bare = given(contest, idea="5", method="2"), given(contest, idea="5", method="-")
    advance(contest, [ref], "close_scoring")
    figures = show(contest, ref).case.panels["cra"]
    assert (figures["idea"], figures["total"], figures["plain"], figures["lowest"]) == (
        *(500, 200),
        *(200, 200),
    )
    [step] = advance(contest, [bare], "close_scoring")
    assert not step.made
    assert verify(contest).intact


@pytest.fixture
def two(contest: Contest) -> Contest:
    """A contest in which a second panel marks in the state in which the first does."""
    town = '[institutions]\ntown = { label = "Town" }'
    edit(contest, "config.toml", "[institutions]", town)
    (contest.folder / "sheets" / "second.toml").write_text(SECOND, "utf-8")
    edit(contest, "states/submitted.toml", '["dossier", "cra"]', '["dossier", "cra", "second"]')
    adopt(contest, "Deux grilles.")
    return contest


def test_two_panels(two: Contest) -> None:
    """Each is marked: the criteria tell which is meant, or its name; in one alone none is asked."""
    ref = added(two)
    score(two, ref, "north", {"idea": "4", "method": "4"})
    score(two, ref, "north", {"worth": "3"})
    score(two, ref, "town", {"remark": "Bien."})
    with pytest.raises(Misuse, match="which one is meant") as told:
        score(two, ref, "north", {"remark": "Vu."})
    assert "--panel cra|second" in told.value.mend
    score(two, ref, "north", {"remark": "Vu."}, "second")
    with pytest.raises(Misuse, match="is not a panel"):
        score(two, ref, "north", {"idea": "4"}, "secund")
    with pytest.raises(Misuse, match="does not sit"):
        score(two, ref, "town", {"idea": "4"}, "cra")
    assert show(two, ref).case.scores == {
        "cra": {"north": {"idea": 400, "method": 400}},
        "second": {"north": {"worth": 300}, "town": {}},
    }
    advance(two, [marked(two, "3")], "close_scoring")
    with pytest.raises(PtceError, match="no mark can be given"):
        score(two, "C-002", "north", {"worth": "3"}, "second")
    assert verify(two).intact


def test_a_grid_each(two: Contest) -> None:
    """An institution of both gets the grid of the one that it names, and hands it in."""
    ref = added(two)
    with pytest.raises(Misuse, match="sits in several panels"):
        grid(two, "north")
    for panel, cells in (("cra", {"E7": 4, "F7": 3}), ("second", {"E7": 5})):
        file = workbook_of(two, "north", f"{panel}.xlsx", panel)
        assert len(take(two, fill(file, cells)).changed) == 1
    assert show(two, ref).case.scores == {
        "cra": {"north": {"idea": 400, "method": 300}},
        "second": {"north": {"worth": 500}},
    }
    assert verify(two).intact


REVIEW = """
label = "Review"
reads = ["desk"]

[fields.jurors]
type = "options"
label = "Who judges"
required = false
options.north = "North"
options.south = "South"
"""


def test_how_many_are_asked(contest: Contest, clock: SetClock) -> None:
    """A juror who may not read who judges a candidature counts as many as the desk does."""
    (contest.folder / "sheets" / "review.toml").write_text(REVIEW, "utf-8")
    edit(contest, "sheets/cra.toml", "members =", 'assigned = "review.jurors"\nmembers =')
    edit(contest, "states/submitted.toml", '["dossier", "cra"]', '["dossier", "cra", "review"]')
    adopt(contest, "Deux juges.")
    enrol(contest, "Nour", ["jury"], institution="north", login="nour")
    ref, other = added(contest), added(contest)
    record(contest, ref, {"review": {"jurors": ["north", "south"]}})
    with opened(contest.folder, clock, "nour") as own:
        for one, expected in ((ref, 2), (other, 4)):
            case, sheet = show(own, one).case, own.process.definition.sheets["cra"]
            assert "review.jurors" not in case.facts
            assert figures_of("cra", sheet, case)["expected"] == expected
            found = show(contest, one).case
            assert figures_of("cra", sheet, found)["expected"] == expected
