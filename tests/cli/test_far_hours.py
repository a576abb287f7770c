"""Bytes that are no text and hours that no calendar holds: refused in words, and read again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.runtime import SetClock
from tests.cli.lines import run
from tests.cli.posting import NOW, english
from tests.servers import by_hand

Capture = pytest.CaptureFixture[str]
NO_TEXT = "\udcff"
BEGINS = datetime(1, 1, 1, tzinfo=UTC)
ENDS = (
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    *("9999-12-31T23:59:59+00:00", "0999-12-31T23:59:59+00:00", "9000-01-01T00:00:00+00:00"),
)


@pytest.mark.parametrize(
    "words",
    [
        *("show {}", "history {}", "why {}", "advance {} submit", "record {} dossier prepared=yes"),
        *("--as {} record C-001 dossier prepared=yes", "--as {} list", "mail list --ref {}"),
        "calendar --ref {}",
    ],
)
def test_what_is_no_text(words: str, contest: Path, capsys: Capture) -> None:
    ended = english(capsys, *words.format(NO_TEXT).split(" "))
    assert ended.code == 2, ended.err
    assert "UTF-8" in ended.err


@pytest.mark.parametrize("hour", ENDS)
def test_hours_that_no_calendar_holds(
    hour: str, contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = ("receive", "C-001", "dossier", "--at", hour)
    for words in (("list", "--at", hour), received):
        ended = english(capsys, *words)
        assert ended.code == 2
        assert "beyond the years" in ended.err
    monkeypatch.setenv("PTCE_NOW", hour)
    for line in ("list", "tick", "record C-001 dossier prepared=yes"):
        ended = english(capsys, *line.split())
        assert ended.code == 2
        assert "beyond the years" in ended.err
    monkeypatch.setenv("PTCE_NOW", NOW)
    assert run(capsys, "verify").code == 0


@pytest.mark.parametrize("end", [datetime(9999, 12, 31, 23, 59, tzinfo=UTC), BEGINS])
def test_a_rehearsal_that_was_there_already(end: datetime, contest: Path, capsys: Capture) -> None:
    clock = SetClock(end)
    with Contest.open(contest, actor="bureau", clock=clock) as opened:
        record(opened, "C-001", {"dossier": {"collective_name": "Larzac"}})
    for line in (
        *("list", "show C-001", "history C-001", "why C-001", "verify", "clock"),
        *("mail list --all", "calendar", "people list", "tick", "jury rank"),
        "record C-001 dossier prepared=no",
    ):
        ended = english(capsys, *line.split())
        assert ended.code == 0, (line, ended.err)


@pytest.mark.parametrize("column", ["due", "next_at"])
def test_an_hour_that_is_none(column: str, contest: Path, capsys: Capture) -> None:
    with by_hand(contest) as database:
        database.execute(f"UPDATE message SET {column} = 'garbage'")
    for line in ("mail list --all", "calendar"):
        ended = english(capsys, *line.split())
        assert ended.code == 1, line
        assert "the database is damaged" in ended.err
    ended = english(capsys, "tick")
    assert "its own" not in ended.err
