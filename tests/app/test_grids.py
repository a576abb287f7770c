"""Grids taken back: what they record, what they leave, and what stands in their way."""

import shutil
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.grid import grid
from ptce_workflow.app.jury.marks import recuse, score
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.events.panel import Comments
from ptce_workflow.process.forms import ReturnRefused
from tests.cases import thinned
from tests.grids import explained, fill, several, take, workbook
from tests.rehearsal import lines, move, opened, types


def refused(contest: Contest, file: Path, **options: Any) -> list[str]:
    """Hands back a grid that must be refused, whole; what is told of it."""
    before = lines(contest)
    with pytest.raises(ReturnRefused) as told:
        take(contest, file, **options)
    assert lines(contest) == before
    return [str(fault) for fault in told.value.faults]


def test_filled_in(contest: Contest) -> None:
    """Each candidature that has marks gets one line; the others none."""
    refs = several(contest)
    file = fill(workbook(contest), {"E7": 3.5, "F7": 4, "G7": "Clair.", "F9": 0})
    before = len(lines(contest))
    taken = take(contest, file)
    assert types(contest)[before:] == ["scores_given"] * 2
    given = [show(contest, ref).case.scores.get("cra", {}).get("north") for ref in refs]
    assert given == [{"idea": 350, "method": 400}, None, {"method": 0}]
    assert history(contest, refs[0])[-1].side == Comments({"remark": "Clair."})
    assert [(row.case.ref, len(row.changes), row.lacking) for row in taken.rows] == [
        (refs[0], 3, 0),
        (refs[1], 0, 2),
        (refs[2], 1, 1),
    ]
    assert verify(contest).intact


def test_twice(contest: Contest) -> None:
    """The same grid once more changes nothing, and no line says otherwise."""
    several(contest)
    file = fill(workbook(contest), {"E7": 3.5, "G8": "Clair."})
    take(contest, file)
    before = lines(contest)
    again = take(contest, file)
    assert (again.changed, sum(row.same for row in again.rows)) == ((), 2)
    assert lines(contest) == before


def test_twice_after_the_close(contest: Contest) -> None:
    """What is recorded already takes nothing, even where no mark may be given any longer."""
    ref, _other = several(contest, 2)
    file = fill(workbook(contest), {"E7": 4, "F7": 4, "E8": 2})
    take(contest, file)
    score(contest, ref, "south", {"idea": 4, "method": 4})
    move(contest, "close_scoring", ref)
    assert take(contest, file).changed == ()
    told = refused(contest, fill(file, {"E7": 5}))
    assert len(told) == 1
    assert told[0].startswith(f"row 7 ({ref}): ")
    assert "no mark can be given" in told[0]


def test_what_is_empty_takes_nothing_back(contest: Contest) -> None:
    (ref,) = several(contest, 1)
    score(contest, ref, "north", {"idea": 3, "remark": "Clair."})
    file = fill(workbook(contest), {"E7": None, "G7": None, "F7": 2})
    (row,) = take(contest, file).rows
    assert (row.silent, row.lacking) == (2, 0)
    assert show(contest, ref).case.scores["cra"]["north"] == {"idea": 300, "method": 200}


def test_what_stands_there_already(contest: Contest) -> None:
    explained(contest)
    (ref,) = several(contest, 1)
    score(contest, ref, "north", {"idea": "-", "method": 2.5, "remark": "Clair."})
    file = workbook(contest)
    assert take(contest, file).changed == ()
    (row,) = take(contest, fill(file, {"E7": 3, "F7": 4})).changed
    assert [tuple(change) for change in row.changes] == [
        ("idea", "E7", None, 300, False),
        ("method", "F7", 250, 400, False),
    ]


@pytest.mark.parametrize("word", ["no opinion", "-", "–", "NO OPINION"])
def test_no_opinion(word: str, contest: Contest) -> None:
    """Who has no opinion says so in words or with a dash, where the panel allows it."""
    explained(contest)
    (ref,) = several(contest, 1)
    take(contest, fill(workbook(contest), {"E7": word}))
    assert show(contest, ref).case.scores["cra"]["north"] == {"idea": None}


def test_no_opinion_where_one_is_asked(contest: Contest) -> None:
    several(contest, 1)
    (told,) = refused(contest, fill(workbook(contest), {"E7": "-"}))
    assert told.startswith("E7 (C-001): Idea")


def test_a_mark_without_its_comment(contest: Contest) -> None:
    explained(contest)
    _first, second = several(contest, 2)
    score(contest, second, "north", {"remark": "Faible."})
    file = fill(workbook(contest), {"E7": 1, "E8": 1, "G8": None})
    (told,) = refused(contest, file)
    assert told.startswith("G7 (C-001): ")
    assert "must be explained" in told
    take(contest, fill(file, {"G7": "Trop court."}))
    assert verify(contest).intact


@pytest.mark.parametrize(
    "mark",
    thinned([5.5, -1, 3.25, "abc", "3,7", True, 1e30, date(2024, 5, 3), time(3, 30)], 3),
    ids=str,
)
def test_off_the_scale(mark: Any, contest: Contest) -> None:
    """A mark that the scale does not have names its cell; none of the grid is taken."""
    several(contest)
    (told,) = refused(contest, fill(workbook(contest), {"E7": 3, "F8": mark}))
    assert told.startswith("F8 (C-002): Method")


def test_everything_at_once(contest: Contest) -> None:
    """All that is wrong is told in one go, row by row."""
    refs = several(contest, 4)
    move(contest, "withdraw", refs[3])
    file = workbook(contest)
    score(contest, refs[0], "south", {"idea": 1})
    book = load_workbook(file)
    sheet = book.worksheets[0]
    sheet["E7"], sheet["F7"], sheet["E8"] = 9, "x", 2
    sheet["B8"] = "C-099"
    sheet["B9"] = refs[0]
    book.save(file)
    told = [line.split(": ", 1)[0] for line in refused(contest, file)]
    assert told == ["row 8 (C-099)", "row 9 (C-001)", "E7 (C-001)", "F7 (C-001)"]


def test_a_row_that_was_moved(contest: Contest) -> None:
    several(contest)
    file = fill(workbook(contest), {"B7": "C-002", "B8": "C-001", "E7": 3, "E8": 4})
    told = refused(contest, file)
    assert [line.split(":")[0] for line in told] == ["row 7 (C-002)", "row 8 (C-001)"]
    assert all("was not written for" in line for line in told)


def test_whole_rows_may_be_sorted(contest: Contest) -> None:
    refs = several(contest)
    file = fill(workbook(contest), {"E7": 1, "E9": 5})
    book = load_workbook(file)
    sheet = book.worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet["A7:G9"]]
    for number, values in enumerate(reversed(rows), 7):
        for column, value in enumerate(values, 1):
            sheet.cell(number, column).value = value
    book.save(file)
    take(contest, file)
    assert show(contest, refs[0]).case.scores["cra"]["north"] == {"idea": 100}
    assert show(contest, refs[2]).case.scores["cra"]["north"] == {"idea": 500}


def test_rows_of_two_institutions(contest: Contest) -> None:
    several(contest)
    own = fill(workbook(contest), {"E7": 3})
    other = load_workbook(workbook(contest, "south", "south.xlsx")).worksheets[0]
    book = load_workbook(own)
    for column in range(1, 8):
        book.worksheets[0].cell(8, column).value = other.cell(8, column).value
    book.worksheets[0]["E8"] = 5
    book.save(own)
    (told,) = refused(contest, own)
    assert told.startswith('row 8 (C-002): This row comes from the grid of "south".')


def test_another_institution(contest: Contest) -> None:
    """A grid is that of the institution it was written for, whoever names another."""
    several(contest)
    file = fill(workbook(contest), {"E7": 3})
    before = lines(contest)
    with pytest.raises(Misuse, match='the grid of "north", not of "south"'):
        take(contest, file, institution="south")
    assert lines(contest) == before
    take(contest, file, institution="north")


def test_who_may_hand_it_in(contest: Contest, clock: SetClock) -> None:
    enrol(contest, "Noa", ["jury"], institution="north", login="noa")
    enrol(contest, "Sam", ["auditor"], login="sam")
    several(contest)
    own = fill(workbook(contest), {"E7": 3})
    other = fill(workbook(contest, "south", "south.xlsx"), {"E7": 3})
    before = lines(contest)
    with opened(contest.folder, clock, "noa") as noa, pytest.raises(PtceError, match="not speak"):
        take(noa, other)
    with opened(contest.folder, clock, "sam") as sam:
        with pytest.raises(PtceError, match="not speak"):
            take(sam, own)
        with pytest.raises(PtceError, match="not speak"):
            take(sam, own, dry_run=True)
    assert lines(contest) == before
    with opened(contest.folder, clock, "noa") as noa:
        assert grid(noa).stamp["institution"] == "north"
        take(noa, own)


def test_who_steps_aside(contest: Contest) -> None:
    """A recused institution is asked no more; a mark in a grid written before is refused."""
    refs = several(contest)
    file = fill(workbook(contest), {"E7": 3, "E8": 3})
    recuse(contest, refs[1], "north", "Membre du collectif.")
    assert [row.ref for row in grid(contest, "north").rows] == [refs[0], refs[2]]
    (told,) = refused(contest, file)
    assert told.startswith("row 8 (C-002): ")
    assert "stepped aside" in told


def test_only_those_that_are_open(contest: Contest) -> None:
    refs = several(contest, 2)
    for institution in ("north", "south"):
        score(contest, refs[0], institution, {"idea": 4, "method": 4})
    move(contest, "close_scoring", refs[0])
    assert [row.ref for row in grid(contest, "south").rows] == [refs[1]]


def test_of_another_contest(contest: Contest, begun: Path, tmp_path: Path) -> None:
    """A rehearsal of the same rulebook has other candidatures behind the same references."""
    several(contest)
    folder = shutil.copytree(begun, tmp_path / "other")
    with opened(folder, SetClock(contest.clock.now())) as other:
        several(other)
        told = refused(other, fill(workbook(contest), {"E7": 3}))
    assert all("was not written for" in line for line in told)


def test_marks_given_meanwhile(contest: Contest) -> None:
    """What somebody agreed to is what is recorded, or nothing is."""
    (ref,) = several(contest, 1)
    file = fill(workbook(contest), {"E7": 3, "F7": 3})
    shown = take(contest, file, dry_run=True)
    score(contest, ref, "north", {"idea": 3})
    before = lines(contest)
    with pytest.raises(PtceError, match="meanwhile"):
        take(contest, file, shown=shown)
    assert lines(contest) == before
    take(contest, file, shown=take(contest, file, dry_run=True))
    assert show(contest, ref).case.scores["cra"]["north"] == {"idea": 300, "method": 300}


def test_an_unknown_institution(contest: Contest) -> None:
    """Nobody's grid is not written; the nearest name is proposed."""
    with pytest.raises(Misuse, match='"nort" sits in no panel') as told:
        grid(contest, "nort")
    assert "north" in told.value.mend
    with pytest.raises(Misuse, match="not said whose grid"):
        grid(contest)
    with pytest.raises(Misuse, match='"crab" is not a panel'):
        grid(contest, "north", "crab")
