"""A note at the keyboard: one command, and what is shown of many."""

import json
from pathlib import Path

import pytest

from tests.cli.lines import run
from tests.cli.posting import do, english
from tests.contests.test_jardins import begun

__all__ = ["begun"]

CALLED = "A appelé : rappelle jeudi."


def test_at_the_keyboard(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is written in one command, shown, and of many the latest are."""
    told = english(capsys, "note", "C-002", CALLED)
    assert told.code == 0
    assert f"P-001: {CALLED}" in " ".join(told.out.split())
    assert f"note: {CALLED}" in " ".join(english(capsys, "history", "C-002").out.split())
    for number in range(5):
        do("note", "C-002", f"Appel {number}.")
    shown = english(capsys, "show", "C-002").out
    assert "Appel 4." in shown
    assert CALLED not in shown
    assert "ptce history C-002" in shown
    data = json.loads(run(capsys, "show", "C-002", "--json").out)
    assert [one["text"] for one in data["notes"]] == [
        CALLED,
        *(f"Appel {number}." for number in range(5)),
    ]
    assert data["notes"][0].keys() == {"text", "actor", "at", "line"}
    do("note", "C-001", f"Ce que dit\nle formulaire : {'mot ' * 200}fin")
    shown = english(capsys, "show", "C-001").out
    assert "Ce que dit · le formulaire" in " ".join(shown.split())
    assert "fin" not in shown
    assert "ptce history C-001" in shown
    assert "fin" in english(capsys, "history", "C-001").out
    assert english(capsys, "note", "C-002", " ").code == 2
    assert english(capsys, "verify").code == 0
