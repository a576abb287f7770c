"""`ptce tick` beside others: whoever is kept from writing has nothing to tell."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from ptce_workflow.app.contest import Contest
from ptce_workflow.store.database import Database
from tests.cli.lines import run
from tests.cli.posting import english, use_server
from tests.servers import by_hand
from tests.smtp import Server

Capture = pytest.CaptureFixture[str]
LAPSE = "2024-03-20T09:00:00+01:00"


@pytest.fixture
def kept_from_writing(contest: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two drafts are about to lapse, and somebody else writes for longer than anyone waits."""
    monkeypatch.setenv("PTCE_NOW", LAPSE)
    with Contest.open(contest) as other, other.database.writing(other.id):
        monkeypatch.setattr(Database, "open", partial(Database.open, busy_timeout_ms=20))
        yield contest


def test_a_busy_pass_is_no_fault(kept_from_writing: Path, capsys: Capture) -> None:
    ended = english(capsys, "tick")
    assert (ended.code, ended.err) == (0, "")
    assert "the next pass" in ended.out
    told = json.loads(run(capsys, "tick", "--json").out)
    assert (told["busy"], told["transitions"]) == (True, [])


def test_people_are_told_that_nothing_was_done(kept_from_writing: Path, capsys: Capture) -> None:
    ended = english(capsys, "advance", "C-001", "submit")
    assert ended.code == 1
    assert "busy; nothing was written" in ended.err


def test_the_next_pass_does_it(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTCE_NOW", LAPSE)
    told = json.loads(run(capsys, "tick", "--json").out)
    assert (told["busy"], len(told["transitions"])) == (False, 2)


@pytest.mark.served
def test_a_mail_that_is_not_as_the_ledger_tells_it(contest: Path, capsys: Capture) -> None:
    with by_hand(contest) as database:
        database.execute("UPDATE message SET recipient = 'P-001' WHERE stage = 'planned'")
    with Server() as server:
        use_server(contest, server)
        ended = english(capsys, "tick")
        told = json.loads(run(capsys, "tick", "--json").out)
        doctor = english(capsys, "doctor")
    assert (ended.code, doctor.code) == (1, 1)
    assert server.received == []
    assert "mails are due" not in ended.out + ended.err
    assert told["left_alone"]
    for name in told["left_alone"]:
        assert f"{name} (recipient)" in ended.err
        assert f"{name} (recipient)" in doctor.out
