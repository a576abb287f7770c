"""A held letter at the keyboard: rewritten in an editor or from a file, dropped, shown whole."""

import json
import stat
from pathlib import Path

import pytest

import ptce_workflow.cli.editor as editor
from tests.cli.lines import run
from tests.cli.posting import do, english
from tests.contests.test_jardins import begun

__all__ = ["begun"]

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def held(begun: Path, capsys: Capture) -> str:
    """The mail of a decision that waits to be read."""
    do("advance", "C-002", "refuse", "--reason", "trop peu de personnes", "--yes")
    (one,) = json.loads(run(capsys, "mail", "list", "--state", "held", "--json").out)
    return str(one["message"])


def shown(capsys: Capture, name: str) -> dict[str, object]:
    """A mail as data."""
    told: dict[str, object] = json.loads(run(capsys, "mail", "show", name, "--json").out)
    return told


def test_as_it_was(begun: Path, held: str, capsys: Capture) -> None:
    """Its Markdown, given back unchanged, is the very same letter, and nothing is written."""
    before = shown(capsys, held)
    draft = run(capsys, "mail", "edit", held, "--draft").out
    subject = str(before["subject"]).removeprefix("[RÉPÉTITION] ")
    assert draft.startswith(f"# {subject}\n")
    assert "Bonjour" in str(before["text"])
    assert "Bonjour" not in draft
    file = begun.parent / "letter.md"
    file.write_text(draft, "utf-8")
    ended = english(capsys, "mail", "edit", held, "--from", str(file))
    assert (ended.code, ended.err.strip()) == (1, "Nothing was changed.")
    file.write_text(f"{draft}\n", "utf-8")
    assert shown(capsys, held) == before


def test_from_a_file(begun: Path, held: str, capsys: Capture) -> None:
    """A sentence more: text and page have it, greeting, signature and remedies stay."""
    before = shown(capsys, held)
    file = begun.parent / "letter.md"
    more = "Revenez **l’an prochain**."
    file.write_text(f"{run(capsys, 'mail', 'edit', held, '--draft').out}\n{more}\n", "utf-8")
    ended = english(capsys, "mail", "edit", held, "--from", str(file), "--reason", "un mot")
    assert ended.code == 0
    assert "Revenez l’an prochain." in ended.out
    assert f"ptce mail release {held}" in ended.err
    now = shown(capsys, held)
    assert (before["rewritten"], now["rewritten"]) == (False, True)
    assert now["subject"] == before["subject"]
    assert str(now["text"]).replace("Revenez l’an prochain.\n\n", "") == before["text"]
    assert "<strong>l’an prochain</strong>" in str(now["html"])
    assert "held for review, rewritten" in " ".join(english(capsys, "mail", "list").out.split())
    assert f"mail rewritten: {held}" in english(capsys, "mail", "show", held).out
    released = english(capsys, "mail", "release", held, "--yes")
    assert "Revenez l’an prochain." in released.out
    assert english(capsys, "verify").code == 0


def test_released_letters_are_shown_whole(held: str, capsys: Capture) -> None:
    asked = english(capsys, "mail", "release", held)
    assert asked.code == 2
    told = " ".join(asked.out.split())
    assert " ".join(str(shown(capsys, held)["text"]).split()) in told


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editor, "must_be_here", lambda *_asked: None)


def use_editor(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Has an editor do something to its file."""
    file = folder / "editor"
    file.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("VISUAL", f"{file} --wait")


def test_in_an_editor(
    here: None, begun: Path, held: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the person has changed is what the mail says; the file is gone."""
    monkeypatch.setenv("TMPDIR", str(begun.parent))
    monkeypatch.setattr("tempfile.tempdir", None)
    use_editor(begun.parent, monkeypatch, 'printf "\\nRevenez.\\n" >> "$2"')
    assert english(capsys, "mail", "edit", held).code == 0
    assert "Revenez." in str(shown(capsys, held)["text"])
    assert list(begun.parent.glob("ptce-*")) == []


@pytest.mark.parametrize(
    ("script", "said", "kept"),
    [
        ('printf "no subject" > "$2"', "0 headings", 1),
        ("exit 3", "ended with code 3", 0),
        ("exit 0", "Nothing was changed", 0),
    ],
)
def test_an_editor_in_vain(
    script: str,
    said: str,
    kept: int,
    here: None,
    begun: Path,
    held: str,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TMPDIR", str(begun.parent))
    monkeypatch.setattr("tempfile.tempdir", None)
    use_editor(begun.parent, monkeypatch, script)
    before = shown(capsys, held)
    ended = english(capsys, "mail", "edit", held)
    assert ended.code == 1
    assert said in ended.err
    assert len(list(begun.parent.glob("ptce-*/*.md"))) == kept
    assert shown(capsys, held) == before


def test_nobody_writes_in_an_editor(
    held: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert english(capsys, "mail", "edit", held).code == 2
    monkeypatch.setattr(editor, "must_be_here", lambda *_asked: None)
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    ended = english(capsys, "mail", "edit", held)
    assert ended.code == 2
    assert "--from" in ended.err
    monkeypatch.setenv("EDITOR", "/nowhere/editor")
    assert english(capsys, "mail", "edit", held).code == 1
    monkeypatch.setenv("EDITOR", '"')
    assert english(capsys, "mail", "edit", held).code == 2


def test_a_decision_is_dropped_when_it_was_told(held: str, capsys: Capture) -> None:
    """Never without a reason, and never so that nobody would know; it can be taken back."""
    assert english(capsys, "mail", "drop", held, "--told").code == 2
    refused = english(capsys, "mail", "drop", held, "--reason", "no")
    assert refused.code == 1
    assert "--told" in refused.err
    done = english(capsys, "mail", "drop", held, "--told", "--reason", "registered letter")
    assert (done.code, "dropped" in done.out) == (0, True)
    assert json.loads(run(capsys, "show", "C-002", "--json").out)["untold"] == []
    told = english(capsys, "mail", "show", held).out
    assert "its reader was told otherwise" in told
    assert "reason: registered letter" in told
    assert "held for review" in english(capsys, "mail", "resolve", held, "--resend").out
    assert english(capsys, "verify").code == 0
