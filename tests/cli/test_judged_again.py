"""What an auditor asks of the contest that was rehearsed, and finds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ptce_workflow.cli.grammar import load
from tests.cli.lines import run
from tests.cli.shapes import agrees, shape

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def other(demo: Path) -> Path:
    """A copy of the contest's folder with another floor, as the README has it written."""
    beside = shutil.ignore_patterns("ptce*", "received", "papers", "grids", "dossiers", "ami")
    folder = shutil.copytree(demo, demo.parent / "other", ignore=beside)
    config = folder / "config.toml"
    config.write_text(config.read_text("utf-8").replace("value = 1.5", "value = 2.5"), "utf-8")
    return folder


def test_every_decision_holds(demo: Path, capsys: Capture) -> None:
    """Judged again under its own process, nothing differs; the data have the documented keys."""
    assert run(capsys, "replay", "--check", "--lang", "en").code == 0
    data = json.loads(run(capsys, "replay", "--check", "--json").out)
    assert agrees(shape(load("replay").shape), data)
    assert (data["check"]["holds"], data["check"]["differing"]) == (True, [])
    assert sum(data["check"]["judged"].values()) > 100


def test_another_floor_turns_a_collective(other: Path, demo: Path, capsys: Capture) -> None:
    """Whoever waited would have been declined, by the floor: figure, article and place are told."""
    before = (demo / "ptce.db").read_bytes()
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
    assert (demo / "ptce.db").read_bytes() == before


def test_the_folder_in_force_turns_nothing(demo: Path, capsys: Capture) -> None:
    """Every act of the whole rehearsal comes out as it did."""
    ended = run(capsys, "replay", "--what-if", str(demo), "--lang", "en")
    assert "nothing turns" in ended.out
    assert "This folder is the process in force." in ended.out


@pytest.mark.parametrize("options", [("--at", "11/03/2024"), ("--check",)])
def test_one_question_at_a_time(demo: Path, options: tuple[str, ...], capsys: Capture) -> None:
    """Another folder judges every act, whatever the hour."""
    assert run(capsys, "replay", "--what-if", str(demo), *options).code == 2
