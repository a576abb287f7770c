"""A mistyped mark is mended after the close: in daylight, and what was decided stands."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import rectify_marks, recuse, score
from ptce_workflow.app.jury.ranking import standing
from ptce_workflow.app.jury.sittings import sitting
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.main import main
from ptce_workflow.exports.documents import disclosed, marks_of
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.reports.ranking import rectified_means, remarks
from ptce_workflow.reports.sittings import minutes_of
from tests.ledger.forger import Forger
from tests.papers.test_minutes import text_of
from tests.rehearsal import edit, types
from tests.voting import MEETING, agenda, called, clock, contest, english, frozen, marked, states

__all__ = ["called", "clock", "contest", "english"]

PROOF = Evidence("a" * 64, 12)
UNTIL = 'rectify_until = "entered.selected + 4 months"\nchoice = "a slip is mended"\n'
pytestmark = pytest.mark.usefixtures("mending")


@pytest.fixture
def mending(contest: Contest) -> None:
    """Its panel has marks mended, until four months after somebody was selected."""
    edit(contest, "sheets/cra.toml", 'label = "Grid"\n', f'label = "Grid"\n{UNTIL}')
    adopt(contest, "Slips are mended.")


@pytest.fixture
def decided(contest: Contest, mending: None, clock: SetClock) -> list[str]:
    """Two have the places, the third waits, the fourth was declined."""
    refs = frozen(contest, "4", "3", "2", "0.5")
    clock.instant = MEETING
    deliberate(contest, agenda(chair="north"))
    return refs


def mend(contest: Contest, ref: str, seat: str = "north", **marks: Any) -> None:
    rectify_marks(contest, ref, seat, marks, reason="Typed 2 for 5.", evidence=PROOF)


def test_what_was_decided_stands(contest: Contest, decided: list[str]) -> None:
    before, third = states(contest), decided[2]
    mend(contest, third, idea="5", method="5")
    assert states(contest) == before
    case = show(contest, third).case
    assert (case.panels["cra"]["total"], case.panels["cra"]["rank"]) == (200, 3)
    assert case.scores["cra"]["north"] == {"idea": 500, "method": 500}
    told = list(rectified_means(contest.process, "cra", case))
    assert told[0] == "mean of the panel: 2.00 at the sitting, 2.75 with the marks rectified"
    one = next(one for one in show(contest, third).rectified if one.name == "cra.idea@north")
    assert (one.label, one.before, one.after) == ("Idea (North)", "2.00", "5.00")
    rule = next(one for one in why(contest, third).edges[0].rules if one.id == "in_order")
    assert rule.rectified == ("cra.idea@north", "cra.method@north")
    assert verify(contest).intact


def test_the_minutes_and_the_paper_of_marks_tell_both(contest: Contest, decided: list[str]) -> None:
    """The figure of the sitting, and the one that is rectified; the reason may be erased."""
    first = text_of(minutes_of(sitting(contest)))
    mend(contest, decided[2], idea="5")
    told = text_of(minutes_of(sitting(contest)))
    both = "mean of the panel: 2.00 at the sitting, 2.38 with the marks rectified"
    assert told.startswith(first[: first.index("How to check")])
    assert "Marks rectified since the sitting" in told
    assert f"C-003: {both}" in told
    assert "2.00 → 5.00" in told
    marks = text_of(marks_of(disclosed(contest, decided[2])))
    assert "2.00" in marks
    assert both in marks
    assert "Idea, Tuesday 9 April 2024" in marks
    assert f"C-003: {both}" in list(remarks(standing(contest)))


def test_before_the_sitting_it_counts_at_once(contest: Contest) -> None:
    first, second = frozen(contest, "3", "2")
    mend(contest, second, idea="5", method="5")
    case = show(contest, second).case
    assert case.panels["cra"]["total"] == 275
    assert not list(rectified_means(contest.process, "cra", case))
    with pytest.raises(PtceError, match="no mark can be given"):
        score(contest, first, "north", {"idea": "5"})
    assert verify(contest).intact


def test_the_term_is_over(contest: Contest, decided: list[str], clock: SetClock) -> None:
    clock.instant = MEETING.replace(month=8)
    mend(contest, decided[0], idea="4.5")
    clock.instant += timedelta(seconds=1)
    with pytest.raises(PtceError, match="could be mended until"):
        mend(contest, decided[0], idea="5")
    # Who never came there has no term that runs.
    mend(contest, decided[2], idea="4.5")
    assert verify(contest).intact


def test_what_is_not_mended(contest: Contest, decided: list[str]) -> None:
    """Open marks, marks never given, those of who stepped aside; the same again is no line."""
    ref = marked(contest, "3", seats=("north", "south"))
    for about, seat, marks, says in (
        (ref, "north", {"idea": "4"}, "can still be written"),
        (decided[0], "town", {"idea": "4"}, "sits in no panel"),
        (decided[0], "north", {"idea": "9"}, "is not a mark of the scale"),
        (decided[0], "north", {"ide": "4"}, 'There is no criterion "ide"'),
    ):
        with pytest.raises(PtceError, match=says):
            mend(contest, about, seat, **marks)
    with pytest.raises(PtceError) as open_:
        mend(contest, ref, idea="4")
    assert open_.value.mend == "Leave out: --rectify, --reason, --evidence"
    mend(contest, decided[0], idea="4.5")
    before = types(contest)
    mend(contest, decided[0], idea="4.5")
    assert types(contest) == before
    recuse(contest, decided[0], "north", "It is a partner.")
    with pytest.raises(PtceError, match="has stepped aside"):
        mend(contest, decided[0], idea="4")


def test_a_panel_that_says_nothing_mends_nothing(contest: Contest) -> None:
    (ref,) = frozen(contest, "3")
    edit(contest, "sheets/cra.toml", UNTIL, "")
    adopt(contest, "No more.")
    with pytest.raises(PtceError, match="no mark mended"):
        mend(contest, ref, idea="4")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"before": {"idea": 100}}, "The line does not tell what stood there before."),
        ({"scores": {"idea": 510}}, "The mark is not on the scale."),
        ({"panels": {"cra": {}}}, "The panel's figures are not those of its marks."),
    ],
)
def test_a_forger_who_mends_is_found(
    contest: Contest, decided: list[str], data: dict[str, Any], says: str
) -> None:
    mend(contest, decided[2], idea="5")
    forger = Forger(contest)
    n = max(n for n, line in enumerate(forger.lines, 1) if line.type == "scores_rectified")
    kept = forger.line(n)
    forger.data(n, **data)
    assert (n, says) in forger.told()
    forger.lines[n - 1] = replace(kept, pd=None)
    assert (n, "This needs a reason, and none was given.") in forger.told()


def test_as_it_is_typed(
    contest: Contest, decided: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof = tmp_path / "grid.pdf"
    proof.write_text("5", "utf-8")
    asked = ["jury", "score", decided[2], "north", "idea=5", "--contest", str(contest.folder)]
    asked += ["--as", "anne"]
    assert main([*asked, "--rectify"]) == 2
    assert main([*asked, "--evidence", str(proof)]) == 2
    assert main([*asked, "--rectify", "--reason", "Typed 2.", "--evidence", str(proof)]) == 0
    told = capsys.readouterr().out
    assert "Idea (North): rectified on" in told
    assert "2.00 → 5.00 (Typed 2." in told
    assert "mean of the panel: 2.00 at the sitting, 2.38 with the marks rectified" in told
    assert main(["audit", "--contest", str(contest.folder), "--as", "anne"]) == 0
    assert "mark of North rectified: Idea: 2.00 → 5.00" in capsys.readouterr().out
    assert verify(contest).intact
