"""`ptce tick` beside others: whoever is kept from writing has nothing to tell."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from tests.cli.lines import run
from tests.cli.posting import english

Capture = pytest.CaptureFixture[str]
pytestmark = pytest.mark.sqlite("holds the lock of the file")
LAPSE = "2024-03-20T09:00:00+01:00"


@pytest.fixture
def kept_from_writing(contest: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two drafts are about to lapse, and somebody else writes for longer than anyone waits."""
    monkeypatch.setenv("PTCE_NOW", LAPSE)
    hours = count(step=3600)
    monkeypatch.setattr("ptce_workflow.store.sqlite.elapsed_seconds", lambda: next(hours))
    with closing(sqlite3.connect("ptce.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield contest


def test_a_busy_pass_is_no_fault(kept_from_writing: Path, capsys: Capture) -> None:
    """Cron mails what is on the error stream, and what ends badly: neither is the case."""
    ended = english(capsys, "tick")
    assert (ended.code, ended.err) == (0, "")
    assert "the next pass" in ended.out
    told = json.loads(run(capsys, "tick", "--json").out)
    assert (told["busy"], told["transitions"]) == (True, [])


def test_people_are_told_that_nothing_was_done(kept_from_writing: Path, capsys: Capture) -> None:
    """Whoever typed an act has to type it again."""
    ended = english(capsys, "advance", "C-001", "submit")
    assert ended.code == 1
    assert "busy; nothing was written" in ended.err


def test_the_next_pass_does_it(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was left is not lost."""
    monkeypatch.setenv("PTCE_NOW", LAPSE)
    told = json.loads(run(capsys, "tick", "--json").out)
    assert (told["busy"], len(told["transitions"])) == (False, 2)
