"""What an auditor asks of the contest that was rehearsed, and finds."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ptce_workflow.app.audit.compare import Differing, Recheck, RuleDiffering
from ptce_workflow.base.words import speaking
from ptce_workflow.cli.grammar import load
from ptce_workflow.office.formats import to_html
from ptce_workflow.office.page import tables
from ptce_workflow.reports.history import check_report
from tests.cli.lines import run
from tests.cli.shapes import agrees, shape
from tests.servers import held

pytestmark = pytest.mark.rehearsed

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def other(demo: Path) -> Path:
    """A copy of the contest's folder with another floor, as the README has it written."""
    beside = shutil.ignore_patterns("ptce*", "received", "papers", "grids", "dossiers", "ami")
    folder = shutil.copytree(demo, demo.parent / "other", ignore=beside)
    config = folder / "config.toml"
    config.write_text(config.read_text("utf-8").replace("value = 1.5", "value = 2.5"), "utf-8")
    return folder


@pytest.mark.long
def test_every_decision_holds(demo: Path, capsys: Capture) -> None:
    """Judged again under its own process, nothing differs; the data have the documented keys."""
    assert run(capsys, "replay", "--check", "--lang", "en").code == 0
    data = json.loads(run(capsys, "replay", "--check", "--json").out)
    assert agrees(shape(load("replay").shape), data)
    assert (data["check"]["holds"], data["check"]["differing"]) == (True, [])
    assert sum(data["check"]["judged"].values()) > 100


def test_a_rule_that_answers_otherwise_is_told_with_both_answers() -> None:
    rule = RuleDiffering("draft.submit.complete", "It is complete", "§2", "fails", "holds")
    differing = Differing(9, "transition_made", "C-001", "submit", (), (rule,))
    with speaking("en"):
        report = check_report(Recheck(9, {}, (differing,), 0), Path(), datetime.now(UTC))
    cells = [cell for table in tables(report) for row in table.rows for cell in row]
    assert any("✗, found ✓: It is complete" in cell for cell in cells), cells


@pytest.mark.long
def test_another_floor_turns_a_collective(other: Path, demo: Path, capsys: Capture) -> None:
    """Whoever waited would have been declined, by the floor: figure, article and place are told."""
    before = held(demo)
    ended = run(capsys, "replay", "--what-if", str(other), "--lang", "en")
    assert (ended.code, ended.err) == (0, "")
    assert "1 turns" in ended.out
    assert "1.92" in ended.out
    data = json.loads(run(capsys, "replay", "--what-if", str(other), "--json").out)
    assert agrees(shape(load("replay").shape), data)
    (turn,) = data["what_if"]["turns"]
    assert (turn["to"], turn["instead"], turn["totals"]) == (
        "waitlisted",
        "decline",
        {"waiting": -1},
    )
    assert [rule["id"] for rule in turn["rules"]] == ["scored.select.every_point"]
    assert run(capsys, "replay", "--what-if", str(other), "-o", "if.html").code == 0
    assert turn["ref"] in Path("if.html").read_text("utf-8")
    assert run(capsys, "replay", "--what-if", str(other), "-o", "if.csv").code == 0
    assert held(demo) == before


@pytest.mark.long
def test_a_key_is_set_without_another_folder(other: Path, demo: Path, capsys: Capture) -> None:
    """The answer is that of a copy in which the key was changed; nothing is written."""
    before = held(demo)
    words = ("replay", "--what-if", "--set", "limit.floor=2.5")
    told, of_copy = (
        json.loads(run(capsys, *typed, "--json").out)["what_if"]
        for typed in (words, ("replay", "--what-if", str(other)))
    )
    assert told["turns"]
    assert {**told, "other": ""} == {**of_copy, "other": ""}
    whole, decimals = (
        json.loads(run(capsys, *words[:-1], f"limit.floor={value}", "--json").out)["what_if"]
        for value in ("2", "2.0")
    )
    assert whole == decimals
    printed = run(capsys, *words, "--set", "dates.submission=2024-03-11T11:00:00", "--lang", "en")
    assert "1.92" in printed.out
    assert "11 Mar 2024 at 11:00" in printed.out or "11 March 2024 at 11:00" in printed.out
    assert held(demo) == before


def test_what_cannot_be_set(demo: Path, capsys: Capture) -> None:
    for words, expected in (
        (("--what-if", "--set", "limit.flor=2"), "limits.floor"),
        (("--what-if", "--set", "limit.floor=high"), "cannot be"),
        (("--what-if", "--set", "limit.floor=1", "--set", "limit.floor=2"), "given twice"),
        (("--set", "limit.floor=2"), "--what-if"),
        (("--check", "--set", "limit.floor=2"), "--what-if"),
    ):
        ended = run(capsys, "replay", *words, "--lang", "en")
        assert (ended.code, expected in ended.err) == (2, True), ended.err


@pytest.mark.long
@pytest.mark.parametrize(
    ("day", "how"),
    [
        # Reopened on the 19th, as it was: closed a day later, it is followed to its place.
        (12, [("C-009", "moved"), ("C-016", "later"), ("C-018", "moved")]),
        # Reopened before time would have closed it: nobody knows what would have followed.
        pytest.param(
            *(18, [("C-009", "later"), ("C-016", "later"), ("C-018", "moved")]),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_time_at_another_hour(
    day: int, how: list[tuple[str, str]], other: Path, demo: Path, capsys: Capture
) -> None:
    """What time does later ends nothing, unless something is recorded in between."""
    own = (demo / "config.toml").read_text("utf-8")
    (other / "config.toml").write_text(
        own.replace("2024-03-11T12:00:00", f"2024-03-{day}T12:00:00"), "utf-8"
    )
    told = json.loads(run(capsys, "replay", "--what-if", str(other), "--json").out)["what_if"]
    by_time = [(one["ref"], one["how"]) for one in told["turns"] if one["due"]]
    assert by_time == how
    printed = run(capsys, "replay", "--what-if", str(other), "--lang", "en").out
    assert "instead of 14 Mar 18:00" in " ".join(printed.split())
    assert f"{day + 3} Mar 18:00" in " ".join(printed.split())
    # No instant as the ledger writes it.
    assert "T17:00" not in printed
    through = [one["ref"] for one in told["turns"] if one["since"] == ["C-009"]]
    assert through == (["C-011"] if how[0][1] == "later" else [])


@pytest.mark.long
def test_the_folder_in_force_turns_nothing(demo: Path, capsys: Capture) -> None:
    ended = run(capsys, "replay", "--what-if", str(demo), "--lang", "en")
    assert "nothing turns" in ended.out
    assert "This folder is the process in force." in ended.out


def test_one_question_at_a_time(begun: Path, capsys: Capture) -> None:
    assert run(capsys, "replay", "--what-if", str(begun), "--check").code == 2
    ended = run(capsys, "replay", "--lang", "en")
    assert ended.code == 2
    for edge in ("--html", "--check", "--what-if", "ptce list --at"):
        assert edge in ended.err


def test_a_decision_that_differs_is_told_with_its_rule(tmp_path: Path) -> None:
    rule = RuleDiffering("floor", "The mean is 1.50 at least", "Jury, §3", "holds", "fails")
    one = Differing(7, "transition_made", "C-001", "select", (), (rule,))
    check = Recheck(9, {"transition_made": 1}, (one,), 0)
    with speaking("en"):
        page = to_html(check_report(check, tmp_path, datetime(2024, 9, 4, tzinfo=UTC)))
    assert "recorded ✓, found ✗: The mean is 1.50 at least" in page
    assert "Jury, §3" in page
