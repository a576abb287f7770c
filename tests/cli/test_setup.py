"""Setting a contest up at the keyboard: folders that are checked, contests that begin."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.lines import run
from tests.process.contests import REPOSITORY

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is no contest, in which nobody has said what language to speak."""
    monkeypatch.chdir(tmp_path)
    for name in ("PTCE_LANG", "PTCE_CONTEST", "PTCE_ACTOR", "PTCE_NOW"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def gardens(folder: Path, language: str) -> Path:
    """The smallest contest, in a language."""
    shutil.copytree(REPOSITORY / "contests" / "minimal", folder)
    config = folder / "config.toml"
    text = config.read_text("utf-8")
    config.write_text(text.replace("timezone", f'language = "{language}"\ntimezone', 1), "utf-8")
    return folder


def test_a_folder_is_checked_in_its_language(outside: Path, capsys: Capture) -> None:
    """From outside of it as from inside, unless another language is asked for."""
    gardens(outside / "english", "en")
    gardens(outside / "french", "fr")
    assert "no fault" in run(capsys, "check", "english").out
    assert "aucune faute" in run(capsys, "check", "french").out
    assert "aucune faute" in run(capsys, "check", "english", "--lang", "fr").out
    (outside / "english" / "states" / "ends.toml").unlink()
    assert "faults." in run(capsys, "check", "english").out
    assert "no config.toml" in run(capsys, "check", "english/states", "--lang", "en").err


def test_a_contest_that_begins_here_says_where(
    outside: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full stop behind a dot says nothing; whoever is there already goes nowhere."""
    folder = gardens(outside / "gardens", "en")
    monkeypatch.chdir(folder)
    begun = run(capsys, "--as", "anne", "init", ".", "--lang", "en")
    assert f"has begun in {folder}." in begun.out
    assert "cd " not in begun.err
    assert "ptce check && ptce list" in begun.err


def test_a_contest_elsewhere_is_reached_first(outside: Path, capsys: Capture) -> None:
    """Its folder is named as it was typed."""
    gardens(outside / "gardens", "en")
    begun = run(capsys, "--as", "anne", "init", "gardens", "--lang", "en")
    assert "has begun in gardens." in begun.out
    assert "cd gardens && ptce check && ptce list" in begun.err


def test_nobody_begins_a_contest_under_a_pseudonym(
    outside: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that PTCE_ACTOR keeps from another contest is named as such, with the way out."""
    monkeypatch.setenv("PTCE_ACTOR", "P-001")
    folder = gardens(outside / "gardens", "en")
    ended = run(capsys, "init", "gardens", "--lang", "en")
    assert ended.code == 2
    assert '"P-001" is a pseudonym' in ended.err
    assert "PTCE_ACTOR" in ended.err
    assert not (folder / "ptce.db").exists()
