"""An export is read by every command that only looks, as the contest is; nothing is written."""

import json
from pathlib import Path

import pytest

from tests.cases import thinned
from tests.chronicle import GIVER, giver, lived
from tests.cli.lines import run
from tests.cli.posting import english
from tests.test_audit import bytes_of, exported

__all__ = ["giver", "lived"]

Capture = pytest.CaptureFixture[str]
LOOK = {
    "list": "list",
    "show": "show C-001",
    "why": "why C-002",
    "past": "why C-002 --past",
    "history": "history C-003",
    "as of": "show C-001 --at 01/03/2024",
    "rank": "jury rank",
    "people": "people list",
    "replay": "replay --check",
    "audit": "audit",
    "diff": "diff --from 01/03/2024",
}
WRITE = {
    "advance": "advance C-001 withdraw --yes",
    "enrol": "people enrol Ada --role auditor",
    "tick": "tick",
    "clock": "clock --accept --reason Juste.",
    "convene": "convene",
    "backup": "backup copy.db",
    "export": "export again",
    "adopt": "adopt --reason Mieux.",
}


@pytest.fixture(scope="session")
def shelf(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export in a folder in which nothing can be written."""
    folder = exported(lived / GIVER, tmp_path_factory.mktemp("shelf") / "export")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return folder


@pytest.fixture(autouse=True)
def _that_day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PTCE_NOW", "2024-04-13T10:00:00+02:00")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", thinned(LOOK.values(), 3), ids=LOOK)
def test_it_tells_the_same(command: str, giver: Path, shelf: Path, capsys: Capture) -> None:
    words = (*command.split(), "--json", "--contest")
    live = run(capsys, *words, str(giver), "--as", "anne")
    read = run(capsys, *words, str(shelf), "--as", "nobody")
    assert (live.code, read.code) == (0, 0), read.err
    assert json.loads(read.out) == json.loads(live.out)


def test_it_tells_every_mail(giver: Path, shelf: Path, capsys: Capture) -> None:
    words = ("mail", "list", "--all", "--json", "--contest")
    live, read = (
        json.loads(run(capsys, *words, str(folder), "--as", "anne").out)
        for folder in (giver, shelf)
    )
    courier = {"queued": "planned", "retry": "planned"}
    told = {one["message"]: courier.get(one["stage"], one["stage"]) for one in live}
    assert {one["message"]: one["stage"] for one in read} == told


@pytest.mark.parametrize("command", WRITE.values(), ids=WRITE)
def test_nothing_is_recorded(command: str, shelf: Path, capsys: Capture, tmp_path: Path) -> None:
    """Whatever would act is refused, and neither the export nor a copy of it is written."""
    before = bytes_of(shelf)
    refused = english(capsys, *command.split(), "--contest", str(shelf))
    assert (refused.code in (1, 2), refused.out) == (True, ""), refused.out
    assert "export" in refused.err
    assert bytes_of(shelf) == before
    assert not list(tmp_path.iterdir())


def test_it_is_verified_where_it_is(shelf: Path, capsys: Capture) -> None:
    """`ptce verify` in an export, or of one, is the same; a damaged one says what to type."""
    assert "each file is what" in english(capsys, "verify", "--contest", str(shelf)).out


def test_nothing_is_missing_there(shelf: Path, capsys: Capture) -> None:
    ended = english(capsys, "doctor", "--contest", str(shelf), "--as", "nobody")
    assert (ended.code, "an export sends no mail" in ended.out) == (0, True)
    assert "Mail can leave" not in ended.out
    doctor = ended.out
    assert "an export is a copy" in " ".join(doctor.split())
    assert "a server keeps the database" not in doctor
    assert "No checkpoint is made" not in doctor
    assert "mail server" not in english(capsys, "mail", "list", "--contest", str(shelf)).out


def test_one_that_is_damaged(giver: Path, tmp_path: Path, capsys: Capture) -> None:
    """It cannot be read, says so, and can be verified."""
    folder = exported(giver, tmp_path / "export")
    (folder / "ledger.jsonl").write_bytes(b"")
    refused = english(capsys, "list", "--contest", str(folder))
    assert (refused.code, "ptce verify" in refused.err) == (1, True)
    assert "ledger is empty" in english(capsys, "verify", "--contest", str(folder)).out
