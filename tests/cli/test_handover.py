"""Handing over at the keyboard: what is typed, what is told, and where it is found again."""

import json
from pathlib import Path

import pytest

from ptce_workflow.app.locations import MODELS
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import speaking
from ptce_workflow.cli.grammar import load
from ptce_workflow.office.page import Paragraph
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.reports.candidatures import came_along
from tests import handing
from tests.cli.lines import Run, run
from tests.cli.shapes import agrees, shape
from tests.handing import ready
from tests.rehearsal import BEGINNING, added, opened

begun, folder = handing.begun, handing.folder
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def pair(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both contests, their desk at the keyboard of the one that hands over."""
    with opened(folder / "giver", SetClock(BEGINNING)) as contest:
        ready(contest)
        added(contest, name="Le Moulin")
    monkeypatch.chdir(folder / "giver")
    monkeypatch.setenv("PTCE_ACTOR", "anne")
    monkeypatch.setenv("PTCE_NOW", BEGINNING.isoformat())
    return folder


def english(capsys: Capture, *words: str) -> Run:
    return run(capsys, *words, "--lang", "en")


def test_figures_of_there_are_told_by_their_labels(folder: Path) -> None:
    figures = {"cra": {"idea": 350, "rank": 2, "tied": 1, "total": 350, "vote": 1}}
    case = Candidature(
        "0", "C-001", "draft", BEGINNING, 1, origin={"contest": "x", "figures": figures}
    )
    with opened(folder / "taker", SetClock(BEGINNING)) as contest, speaking("en"):
        (told,) = came_along(contest.process, case)
    assert isinstance(told, Paragraph)
    assert told.text == "Figures there: cra (idea: 3.50, rank: 2, mean of the panel: 3.50)"


def test_a_hand_over_is_told_and_found_again(pair: Path, capsys: Capture) -> None:
    ended = english(capsys, "hand-over", "C-001", "--to", "../taker")
    assert ended.code == 0, ended.err
    assert "C-001 Les Jardins is taken over by the contest Small contest, as C-001" in ended.out
    assert "6 facts are carried." in ended.out
    assert "· Letter, Tuesday 20 February 2024 at 10:00, line 5 of small-2024, SHA-256" in ended.out
    assert "Founded on: it is of type text there, of type date here" in ended.out
    here, there = (
        english(capsys, "history", "C-001", "--contest", str(pair / name)).out
        for name in ("giver", "taker")
    )
    assert "handed over to next-2024, where it is C-001" in here
    assert "handed over by small-2024, where it is C-001" in there
    shown = english(capsys, "show", "C-001", "--contest", "../taker").out
    assert "Handed over by small-2024, where it is C-001" in shown
    again = english(capsys, "hand-over", "C-001", "--to", "../taker")
    assert again.code == 0
    assert "was taken over already" in again.out


def test_what_stays_behind_stands_on_lines_of_its_own(pair: Path, capsys: Capture) -> None:
    process = pair / "taker" / "states" / "start.toml"
    process.write_text(
        process.read_text("utf-8").replace('carries = ["dossier"]', 'carries = ["dossier.name"]')
    )
    taker = ("--contest", "../taker")
    assert english(capsys, "adopt", "--reason", "x", *taker).code == 0
    ended = english(capsys, "hand-over", "C-001", "--to", "../taker", "--dry-run")
    assert ended.code == 0, ended.err
    _before, _told, after = ended.out.partition("it is asked there anew (")
    count, _told, names = after.partition("):\n")
    assert [line[:4] for line in names.splitlines()[: int(count)]] == ["    "] * int(count)
    assert "    Theme\n" in names


def test_who_is_not_enrolled_there_is_told_where(pair: Path, capsys: Capture) -> None:
    enrolled = ("people", "enrol", "Bo", "--role", "desk", "--login", "bo")
    assert english(capsys, *enrolled).code == 0
    ended = english(capsys, "hand-over", "C-001", "--to", "../taker", "--as", "bo")
    assert ended.code == 1
    told = " ".join(ended.err.split())
    assert "--role desk --login bo --contest ../taker" in told
    assert "PTCE_ACTOR" in told


def test_the_link_is_verified(pair: Path, capsys: Capture) -> None:
    none = english(capsys, "verify", "--against", "../taker")
    assert "no hand-over links the two ledgers" in none.out
    english(capsys, "hand-over", "C-001", "--to", "../taker")
    assert "ledgers" not in english(capsys, "verify").out
    ended = english(capsys, "verify", "--against", "../taker")
    assert ended.code == 0
    assert "1 hand-over told alike by both ledgers" in ended.out
    nowhere = english(capsys, "verify", "--against", "../nowhere")
    assert nowhere.code == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hand-over", ("hand-over", "C-001", "--to", "../taker", "--dry-run")),
        ("hand-over", ("hand-over", "C-001", "--to", "../taker")),
        ("verify", ("verify", "--against", "../taker")),
    ],
)
def test_data_has_the_documented_keys(
    name: str, words: tuple[str, ...], pair: Path, capsys: Capture
) -> None:
    """What `--help` tells is what is written."""
    data = json.loads(run(capsys, *words, "--json").out)
    documented = load(name).shape
    assert agrees(shape(documented), data), data


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("C-002", "--to", "../taker"), 1, "it is not handed over from there"),
        (("C-009", "--to", "../taker"), 2, "No candidature bears the reference C-009"),
        (("C-001", "--to", "../nowhere"), 2, "is no contest's folder"),
        (("C-001", "--to", ".."), 2, "`ptce init .. --model"),
        (("C-001", "--to", "."), 2, "takes no candidature over in this way"),
        (("C-001",), 2, "--to"),
    ],
)
def test_what_cannot_be_handed_over(
    words: tuple[str, ...], code: int, told: str, pair: Path, capsys: Capture
) -> None:
    ended = english(capsys, "hand-over", *words)
    assert ended.code == code
    assert told in " ".join(ended.err.split())
    assert "Traceback" not in ended.err


@pytest.mark.long
@pytest.mark.parametrize("model", MODELS)
def test_a_contest_begins_from_each_model(
    model: str, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copied, checked, begun; and never over another."""
    monkeypatch.setenv("PTCE_ACTOR", "anne")
    place = str(tmp_path / "new")
    assert english(capsys, "init", place, "--model", model, "--yes").code == 0
    assert english(capsys, "check", place).code == 0
    ended = english(capsys, "init", place, "--model", model, "--yes")
    assert ended.code == 1
    # The folder alone is left: a database on a server stays with the name.
    moved = (tmp_path / "new").rename(tmp_path / "moved")
    (moved / "ptce.db").unlink(missing_ok=True)
    ended = english(capsys, "init", str(moved), "--model", model, "--yes")
    assert ended.code == 2
    assert "holds a contest already" in ended.err


def test_a_model_that_does_not_exist(tmp_path: Path, capsys: Capture) -> None:
    ended = english(capsys, "init", str(tmp_path / "new"), "--model", "ami")
    assert ended.code == 2
    assert "Accepted: occitanie-2024, ami-permanent, aap-national." in " ".join(ended.err.split())
    assert not (tmp_path / "new").exists()
