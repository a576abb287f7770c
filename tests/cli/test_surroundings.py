"""Finding the contest, the language and who is at work."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.invocation import contest_folder, spoken_language
from ptce_workflow.process.model.folder import LARGEST_FILE_BYTES
from tests.cli.lines import run
from tests.rehearsal import BEGINNING, added, begin, begun, folder, in_earnest, last

__all__ = ["begun", "folder"]

ENGLISH = '[contest]\nlanguage = "en"\n'


@pytest.fixture
def contest(tmp_path: Path) -> Path:
    folder = tmp_path / "contest"
    (folder / "states" / "deep").mkdir(parents=True)
    (folder / "config.toml").write_text(ENGLISH, encoding="utf-8")
    return folder


def test_contest_is_found_upward(contest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(contest / "states" / "deep")
    assert contest_folder(None, {}) == contest
    monkeypatch.chdir(contest.parent)
    assert contest_folder(None, {}) is None


def test_what_is_said_comes_before_what_is_found(
    contest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(contest)
    assert contest_folder("said", {"PTCE_CONTEST": "set"}) == Path("said")
    assert contest_folder(None, {"PTCE_CONTEST": "set"}) == Path("set")
    assert contest_folder(None, {"PTCE_CONTEST": ""}) == contest


def test_a_deleted_working_folder_is_no_contest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert contest_folder(None, {}) is None
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("said", "environ", "expected"),
    [
        ("fr", {"PTCE_LANG": "en"}, "fr"),
        (None, {"PTCE_LANG": "fr"}, "fr"),
        (None, {"PTCE_LANG": "fr_FR.UTF-8"}, "fr"),
        (None, {"PTCE_LANG": "de"}, "en"),
        ("de", {}, "en"),
        (None, {}, "en"),
    ],
)
def test_language_by_rank(
    contest: Path, said: str | None, environ: dict[str, str], expected: str
) -> None:
    """--lang comes first, then PTCE_LANG, then the contest's language."""
    assert spoken_language(said, contest, environ) == expected


def test_language_is_french_at_last() -> None:
    assert spoken_language(None, None, {}) == "fr"


@pytest.mark.parametrize(
    "content",
    [
        b"[contest",
        b"language = 'en'",
        b"contest = 3",
        b"[contest]\nlanguage = 'none at all'",
        b"[contest]\nlanguage = ['en']",
        b"\xff\xfe",
        b"a = " + b"[" * 5000,
        ENGLISH.encode() + b"#" * LARGEST_FILE_BYTES,
    ],
    ids=["cut", "no-table", "no-table-either", "no-tag", "a-list", "bytes", "deep", "huge"],
)
def test_a_faulty_config_gives_no_language(tmp_path: Path, content: bytes) -> None:
    """A config.toml that cannot be read is passed over here, whatever is wrong with it."""
    (tmp_path / "config.toml").write_bytes(content)
    assert spoken_language(None, tmp_path, {}) == "fr"


def test_a_clock_set_before_what_has_happened_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever forgets PTCE_NOW in a rehearsal would date the next line before the last."""
    monkeypatch.setenv("PTCE_ACTOR", "anne")
    monkeypatch.setenv("PTCE_CONTEST", str(folder))
    told = "the ledger goes on to"
    for days, is_told in ((-1, True), (0, False), (1, False)):
        monkeypatch.setenv("PTCE_NOW", (BEGINNING + timedelta(days=days)).isoformat())
        ended = run(capsys, "list", "--lang", "en")
        assert ended.code == 0
        assert (told in " ".join(ended.err.split())) is is_told


def test_a_clock_set_back_and_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = SetClock(datetime.now(UTC) + timedelta(days=30))
    begin(tmp_path / "earnest", ahead, rehearsal=False)
    with in_earnest(tmp_path / "earnest", ahead) as contest:
        ref = added(contest)
        line = last(contest).n
    monkeypatch.setenv("LOGNAME", "anne")
    monkeypatch.setenv("PTCE_CONTEST", str(tmp_path / "earnest"))
    monkeypatch.setenv("PTCE_LANG", "en")
    refused = run(capsys, "people", "enrol", "Nour", "--role", "desk")
    assert refused.code == 1
    assert 'ptce clock --accept --reason "…"' in refused.err
    assert run(capsys, "tick").code == 1
    assert "the ledger goes on to" in " ".join(run(capsys, "why", ref).err.split())
    assert "Set it right" in run(capsys, "clock").out
    assert "stands behind the ledger" in " ".join(run(capsys, "doctor").out.split())
    assert run(capsys, "clock", "--reason", "Elle avançait.").code == 2
    assert run(capsys, "clock", "--accept").code == 2
    accepted = run(capsys, "clock", "--accept", "--reason", "Elle avançait.", "--json")
    assert json.loads(accepted.out)["line"] == line + 1
    assert run(capsys, "clock", "--accept", "--reason", "Encore.").code == 2
    assert run(capsys, "people", "enrol", "Nour", "--role", "desk").code == 0
    assert run(capsys, "verify").code == 0
