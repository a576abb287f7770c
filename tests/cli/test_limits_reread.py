"""A limit that the decisions of a held sitting read: its change is named, asked about, audited."""

import json
from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.main import main
from tests.rehearsal import edit, types
from tests.voting import MEETING, agenda, called, clock, contest, english, frozen

__all__ = ["called", "clock", "contest", "english"]


@pytest.fixture
def folder(contest: Contest, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two have the places, the third waits; then somebody asks for one place more."""
    monkeypatch.setenv("PTCE_ACTOR", "anne")
    monkeypatch.setenv("PTCE_NOW", MEETING.isoformat())
    frozen(contest, "5", "4", "3", "0.5")
    clock.instant = MEETING
    deliberate(contest, agenda(chair="north"))
    return contest.folder


def test_it_is_named_and_asked(
    contest: Contest, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which sitting read it, and who could move now; without an answer nothing is adopted."""
    edit(contest, "config.toml", '"Places", value = 2', '"Places", value = 3')
    before, asked = types(contest), ["adopt", "--contest", str(folder), "--reason", "Called."]
    said = "Places: 2 → 3; the decisions of the sitting “Deliberation” read 2"
    assert main(["adopt", "--contest", str(folder), "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert said in told
    assert "could move now: C-003 (Give the place)" in told
    assert main(asked) == 2
    assert said in capsys.readouterr().out
    assert types(contest) == before
    assert main([*asked, "--yes"]) == 0
    capsys.readouterr()
    # It stops nothing; whoever audits reads of it first.
    assert main(["advance", "C-003", "promote", "--contest", str(folder), "--yes"]) == 0
    capsys.readouterr()
    assert main(["audit", "--contest", str(folder)]) == 0
    first, second = capsys.readouterr().out.split("\n2. ", 1)
    assert said in " ".join(first.split())
    assert said not in " ".join(second.split())
    assert main(["audit", "--contest", str(folder), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)["sections"][0]["rows"][0]
    assert (row["kind"], row["text"]) == ("limit", said)
    assert verify(contest).intact


def test_other_limits_are_nobodys_business(
    contest: Contest, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that no decision of the sitting reads, or words alone, is adopted as ever."""
    edit(contest, "config.toml", 'label = "Places"', 'label = "Seats"')
    assert main(["adopt", "--contest", str(folder), "--reason", "Words."]) == 0
    assert main(["audit", "--contest", str(folder)]) == 0
    assert "read 2" not in capsys.readouterr().out


def test_before_the_sitting_nothing_was_read(
    contest: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit may change without a question as long as nothing was decided by it."""
    monkeypatch.setenv("PTCE_ACTOR", "anne")
    frozen(contest, "5")
    edit(contest, "config.toml", '"Places", value = 2', '"Places", value = 3')
    assert main(["adopt", "--contest", str(contest.folder), "--reason", "More."]) == 0
