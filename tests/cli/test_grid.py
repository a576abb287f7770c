"""`ptce jury grid`: writing a grid, taking one back, and what a person is told meanwhile."""

import io
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.marks import score
from ptce_workflow.app.people import enrol
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.terminal import Output
from tests.cli.lines import Run, run
from tests.grids import several, table, workbook
from tests.rehearsal import begun, clock, folder, lines

__all__ = ["begun", "clock", "folder"]

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def small(
    folder: Path, clock: SetClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Contest:
    """The small contest with three candidatures to mark, its desk at the keyboard beside it."""
    contest = Contest.open(folder, actor="anne", clock=clock)
    several(contest)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PTCE_CONTEST", str(folder))
    monkeypatch.setenv("PTCE_ACTOR", "anne")
    monkeypatch.setenv("PTCE_NOW", clock.now().isoformat())
    return contest


def grid(capsys: Capture, *words: str) -> Run:
    """Runs `ptce jury grid` in English."""
    return run(capsys, "jury", "grid", *words, "--lang", "en")


def filled(file: Path, **cells: float | str) -> Path:
    book = load_workbook(file)
    for cell, value in cells.items():
        book.worksheets[0][cell] = value
    book.save(file)
    return file


def test_out_and_in(small: Contest, capsys: Capture) -> None:
    """Written for an institution, filled in, taken: what changes is told, then recorded."""
    ended = grid(capsys, "--institution", "north", "-o", "north.xlsx")
    assert (ended.code, "3 candidatures" in ended.out) == (0, True), ended.err
    assert "ptce jury grid --import north.xlsx" in ended.err
    filled(Path("north.xlsx"), E7=3.5, F7=4, G7="Clair.", E8=2)
    before = len(lines(small))
    ended = grid(capsys, "--import", "north.xlsx", "--yes")
    assert ended.code == 0, ended.err
    assert "2 new marks" in ended.out
    assert "Recorded for 2 candidatures" in ended.out
    assert "3 marks are still to come" in ended.out
    assert len(lines(small)) == before + 2
    again = grid(capsys, "--import", "north.xlsx")
    assert (again.code, "Nothing changes" in again.out) == (0, True)
    assert len(lines(small)) == before + 2
    assert verify(small).intact


def test_what_was_before_and_after(small: Contest, capsys: Capture) -> None:
    score(small, "C-001", "north", {"idea": 3, "remark": "Court."})
    file = filled(workbook(small), E7=4.5, G7="Clair.")
    ended = grid(capsys, "--import", str(file), "--yes")
    assert "Idea: 3.00 → 4.50" in ended.out
    assert "Remark: Court. → Clair." in ended.out


def test_nobody_says_yes(small: Contest, capsys: Capture) -> None:
    """Where nobody can answer, what changes is shown and nothing is recorded."""
    file = filled(workbook(small), E7=3)
    before = lines(small)
    ended = grid(capsys, "--import", str(file))
    assert ended.code == 2
    assert "1 new mark" in ended.out
    assert "--yes" in ended.err
    assert lines(small) == before


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("", 1)])
def test_a_person_is_asked(
    answer: str, code: int, small: Contest, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = filled(workbook(small), E7=3)
    before = lines(small)
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    monkeypatch.setattr(Output, "is_terminal", staticmethod(lambda stream: True))
    ended = grid(capsys, "--import", str(file))
    assert (ended.code, len(lines(small)) - len(before)) == (code, 1 - code), ended.err
    assert "Record this for 1 candidature?" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("-o", "a.xlsx", "--import", "b.xlsx"),
        ("--institution", "north", "-o", "grid.ods"),
        ("--institution", "north", "-o", "grid"),
        ("--institution", "nort", "-o", "grid.xlsx"),
        ("-o", "grid.xlsx"),
        ("--institution", "north", "--panel", "jury", "-o", "grid.xlsx"),
        ("--import", "nowhere.xlsx"),
        ("--import", "text.xlsx"),
        ("--import", "empty.csv"),
        ("--import", "."),
    ],
)
def test_misused(words: tuple[str, ...], small: Contest, capsys: Capture) -> None:
    """What makes no sense is told in words, and nothing is written."""
    Path("text.xlsx").write_text("no workbook")
    Path("empty.csv").write_text("")
    before = lines(small)
    ended = grid(capsys, *words)
    assert (ended.code, ended.out) == (2, ""), ended
    assert "Traceback" not in ended.err
    assert "its own" not in ended.err
    assert lines(small) == before
    assert not Path("grid.xlsx").exists()


def test_no_folder_to_write_in(small: Contest, capsys: Capture) -> None:
    ended = grid(capsys, "--institution", "north", "-o", "nowhere/grid.xlsx")
    assert (ended.code, "nowhere/grid.xlsx" in ended.err) == (1, True)


def test_every_fault_at_once(small: Contest, capsys: Capture) -> None:
    file = filled(workbook(small), E7=9, F8="x", E9=3)
    before = lines(small)
    ended = grid(capsys, "--import", str(file), "--yes")
    assert ended.code == 2
    told = [line.strip() for line in ended.err.splitlines()]
    assert told[0] == "Refused: grid.xlsx: 2 faults; nothing was recorded."
    assert told[1].startswith("E7 (C-001)")
    assert told[2].startswith("F8 (C-002)")
    assert lines(small) == before


def test_as_data(small: Contest, capsys: Capture) -> None:
    """`--json`: marks in hundredths, what stood there before."""
    score(small, "C-002", "north", {"idea": 3})
    file = filled(workbook(small), E7=3.5, E8=4)
    ended = grid(capsys, "--import", str(file), "--yes", "--json")
    assert json.loads(ended.out) == {
        "file": str(file),
        "institution": "north",
        "panel": "cra",
        "rows": 3,
        "recorded": 2,
        "changes": [
            {
                "ref": "C-001",
                "field": "idea",
                "cell": "E7",
                "is_new": True,
                "old": None,
                "new": 350,
            },
            {
                "ref": "C-002",
                "field": "idea",
                "cell": "E8",
                "is_new": False,
                "old": 300,
                "new": 400,
            },
        ],
        "left": [],
    }


def test_as_a_table(small: Contest, capsys: Capture) -> None:
    """A grid in CSV goes the same way."""
    file = table(small)
    rows = file.read_bytes().decode("utf-8-sig").split("\r\n")
    assert rows[2].endswith(";;;")
    rows[2] = f"{rows[2][:-3]};4;3,5;Clair."
    file.write_text("\r\n".join(rows), "utf-8")
    ended = grid(capsys, "--import", str(file), "--yes")
    assert ended.code == 0, ended.err
    assert "2 new marks" in ended.out
    assert "Remark: – → Clair." in ended.out


def test_a_juror_needs_not_say_whose(
    small: Contest, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(small, "Noa", ["jury"], institution="north", login="noa")
    monkeypatch.setenv("PTCE_ACTOR", "noa")
    assert grid(capsys, "-o", "own.xlsx").code == 0
    filled(Path("own.xlsx"), E7=3)
    assert grid(capsys, "--import", "own.xlsx", "--yes").code == 0
    other = filled(workbook(small, "south", "south.xlsx"), E7=3)
    ended = grid(capsys, "--import", str(other), "--yes")
    assert (ended.code, "not speak" in ended.err) == (1, True)
