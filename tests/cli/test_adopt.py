"""An adoption at the keyboard: what it would change is told before, in words and as data."""

import json
from pathlib import Path

import pytest

from ptce_workflow.base.runtime import SetClock
from tests import mailing
from tests.cli.lines import run
from tests.mailing import pass_at
from tests.rehearsal import BEGINNING, added, edit, opened
from tests.smtp import Server

begun, folder, server = mailing.begun, mailing.folder, mailing.server
Capture = pytest.CaptureFixture[str]
MOVED = {"at = 2024-03-11T12:00:00": "at = 2024-02-19T12:00:00", "2024-03-06T14": "2024-03-07T14"}


@pytest.fixture
def changed(folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A contest in which fourteen were written to, and two dates move in its folder since."""
    clock = SetClock(BEGINNING)
    with opened(folder, clock) as contest:
        for number in range(14):
            added(contest, name=f"Numéro {number}")
        pass_at(contest, server, "2024-02-20T10:00")
        for old, new in MOVED.items():
            edit(contest, "config.toml", old, new)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PTCE_ACTOR", "anne")
    monkeypatch.setenv("PTCE_NOW", "2024-02-20T12:00:00+01:00")
    return folder


@pytest.mark.long
def test_what_would_follow_is_told(changed: Path, capsys: Capture) -> None:
    told = run(capsys, "adopt", "--dry-run", "--lang", "en")
    text = " ".join(told.out.split())
    assert told.code == 0
    assert "date.submission: 2024-03-11 12:00 → 2024-02-19 12:00" in text
    assert "Verdicts that turn:" in text
    assert "possible → refused · on_time · C-001, C-002" in text
    assert "C-012 and 2 more" in text
    assert "Mails that move:" in text
    assert "Visit · 14 new entries" in text
    assert "28 no more" in text
    assert "Told the old date already: Meeting · Visit · C-001, C-002" in text
    assert "Nothing was changed." in text
    french = run(capsys, "adopt", "--lang", "fr").out
    assert "Verdicts qui changent\u00a0:" in french
    assert "C-012 et 2 autres" in french


def test_data_has_all_of_it(changed: Path, capsys: Capture) -> None:
    found = json.loads(run(capsys, "adopt", "--dry-run", "--json").out)
    assert found["changes"] is True
    assert (found["words_alone"], found["held"]) == (False, [])
    assert {
        "date": "meeting",
        "before": "2024-03-06T13:00:00Z",
        "after": "2024-03-07T13:00:00Z",
    } in [
        {key: value.replace(".000000", "") for key, value in one.items()} for one in found["moved"]
    ]
    assert [one["ref"] for one in found["verdicts"]] == [f"C-{n:03}" for n in range(1, 15)]
    assert found["verdicts"][0] == {
        "ref": "C-001",
        "state": "draft",
        "transition": "submit",
        "before": "allowed",
        "after": "refused",
        "rules": ["on_time"],
    }
    meeting = {one["notification"]: one for one in found["mails"]}["visit"]
    assert (meeting["updates"], meeting["first"]) == (14, None)
    (told,) = (one for one in found["told"] if one["notification"] == "visit")
    assert told["date"] == "meeting"
    assert len(told["to"]) == 14


def test_without_a_change_there_is_nothing_to_tell(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PTCE_ACTOR", "anne")
    monkeypatch.setenv("PTCE_NOW", "2024-02-20T12:00:00+01:00")
    found = json.loads(run(capsys, "adopt", "--json").out)
    assert found["before"] == found["after"]
    assert [found[name] for name in ("changes", "moved", "verdicts", "mails", "told")] == [
        False, [], [], [], [],
    ]  # fmt: skip


def test_a_date_that_is_over_is_asked_about(
    changed: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTCE_NOW", "2024-03-12T12:00:00+01:00")
    config = changed / "config.toml"
    text = config.read_text().replace("at = 2024-02-19T12:00:00", "at = 2024-03-13T12:00:00")
    config.write_text(text)
    asked = run(capsys, "adopt", "--reason", "deux jours de plus", "--lang", "en")
    said = " ".join(f"{asked.out} {asked.err}".split())
    assert asked.code == 2
    assert "Deadline was Monday 11 March 2024 at 12:00; it would be Wednesday 13 March" in said
    assert "refused → possible · on_time · C-001, C-002" in said
    assert "Adopt it all the same?" in said
    assert run(capsys, "adopt", "--dry-run", "--json").code == 0
    assert run(capsys, "adopt", "--reason", "deux jours de plus", "--yes").code == 0
    assert run(capsys, "verify").code == 0
