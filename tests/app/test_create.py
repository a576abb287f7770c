"""Beginning a contest: all of it stands there afterwards, or nothing of it."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.base.errors import FolderFaults, Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.line import FIRST_PREV, decode
from tests.rehearsal import BEGINNING, SMALL, added, lines, opened, types


def test_first_lines(contest: Contest) -> None:
    """The ledger begins with the contest, the engine and the first person."""
    assert types(contest) == ["contest_created", "engine_changed", "person_enrolled"]
    first = decode(lines(contest)[0])
    assert (first.n, first.prev, first.actor) == (1, FIRST_PREV, "init")
    assert first.data["contest"] == "small-2024"
    assert first.data["rehearsal"] is True
    assert len(first.data["origin"]) == 64
    assert verify(contest).intact


def test_no_two_begin_alike(tmp_path: Path, clock: SetClock) -> None:
    begun = []
    for name in ("one", "other"):
        folder = shutil.copytree(SMALL, tmp_path / name)
        create(folder, login="anne", rehearsal=True, clock=clock)
        with opened(folder, clock) as contest:
            begun.append(lines(contest)[0])
    assert begun[0] != begun[1]


@pytest.mark.long
def test_model(tmp_path: Path, clock: SetClock) -> None:
    """A new folder receives the contest of the rulebook, which can be opened at once."""
    created = create(tmp_path / "new", login="anne", rehearsal=True, clock=clock)
    assert created.copied
    assert created.rehearsal
    assert {path.name for path in (tmp_path / "new").iterdir()} >= {
        "config.toml",
        "states",
        "sheets",
    }
    with opened(tmp_path / "new", clock) as contest:
        assert contest.id == "occitanie-2024"
        assert verify(contest).intact


def test_folder_that_holds_something_else(tmp_path: Path, clock: SetClock) -> None:
    (tmp_path / "photo.jpg").touch()
    with pytest.raises(Misuse, match="not empty"):
        create(tmp_path, login="anne", clock=clock)
    assert [path.name for path in tmp_path.iterdir()] == ["photo.jpg"]


def test_begun_already(contest: Contest, clock: SetClock) -> None:
    """A contest begins once."""
    before = lines(contest)
    with pytest.raises(PtceError, match="already"):
        create(contest.folder, login="zoe", rehearsal=True, clock=clock)
    assert lines(contest) == before


def test_folder_with_faults(tmp_path: Path, clock: SetClock) -> None:
    """A folder with faults begins nothing, and leaves no database behind."""
    folder = shutil.copytree(SMALL, tmp_path / "contest")
    (folder / "states" / "draft.toml").write_text("[", "utf-8")
    with pytest.raises(FolderFaults) as told:
        create(folder, login="anne", clock=clock)
    assert told.value.findings[0].file == "states/draft.toml"
    assert not list(folder.glob("ptce.db*"))


def test_nothing_left_of_a_failure(tmp_path: Path) -> None:
    folder = shutil.copytree(SMALL, tmp_path / "contest")

    class Broken(SetClock):
        def now(self) -> datetime:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        create(folder, login="anne", rehearsal=True, clock=Broken(BEGINNING))
    assert not list(folder.glob("ptce.db*"))
    with pytest.raises(PtceError, match="no ledger yet"):
        Contest.open(folder)
    create(folder, login="anne", rehearsal=True, clock=SetClock(BEGINNING))
    with opened(folder, SetClock(BEGINNING)) as contest:
        assert verify(contest).intact


@pytest.mark.sqlite("on a server the second waits: tests/store/test_server.py")
def test_two_begin_at_once(tmp_path: Path, clock: SetClock) -> None:
    folder = shutil.copytree(SMALL, tmp_path / "contest")

    class Overtaken(SetClock):
        def now(self) -> datetime:
            if not (folder / "ptce.db").exists():
                create(folder, login="bo", rehearsal=True, clock=clock)
            return super().now()

    with pytest.raises(PtceError, match="begun already"):
        create(folder, login="anne", rehearsal=True, clock=Overtaken(BEGINNING))
    with opened(folder, clock, "bo") as contest:
        added(contest)
        assert verify(contest).intact
    assert [path.name for path in folder.glob("ptce.db*")] == ["ptce.db"]


def test_clock_set_by_hand(tmp_path: Path, clock: SetClock) -> None:
    """Only a rehearsal has a clock that may be set: elsewhere it would backdate the ledger."""
    folder = shutil.copytree(SMALL, tmp_path / "contest")
    create(folder, login="anne")
    with pytest.raises(PtceError, match="clock cannot be set"):
        Contest.open(folder, clock=clock)
    with Contest.open(folder, actor="anne") as contest:
        added(contest)


# Where the database is.


def test_database_named_by_the_surroundings(
    tmp_path: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(SMALL, tmp_path / "contest")
    monkeypatch.setenv("PTCE_DATABASE", str(tmp_path / "elsewhere.db"))
    create(folder, login="anne", rehearsal=True, clock=clock)
    assert (tmp_path / "elsewhere.db").is_file()
    assert not (folder / "ptce.db").exists()
    with opened(folder, clock) as contest:
        added(contest)


@pytest.mark.sqlite("names a file")
def test_database_named_by_local_toml(tmp_path: Path, clock: SetClock) -> None:
    """`local.toml` says it too, seen from the folder, and is no part of the process."""
    folder = shutil.copytree(SMALL, tmp_path / "contest")
    plain = create(folder, login="anne", rehearsal=True, clock=clock).process.hash
    (folder / "ptce.db").unlink()
    (folder / "local.toml").write_text('[database]\nurl = "ledger.db"\n', "utf-8")
    assert create(folder, login="anne", rehearsal=True, clock=clock).process.hash == plain
    assert (folder / "ledger.db").is_file()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[database", "cannot be read"),
        ("[databse]\nurl = 'x'\n", '"databse" is not a known key'),
        ("[database]\nurll = 'x'\n", '"database.urll" is not a known key'),
        ("[database]\nurl = 7\n", '"database.url" names no database'),
        ("database = 'x'\n", '"database" is not written as a table'),
    ],
)
def test_local_toml_with_faults(contest: Contest, text: str, told: str) -> None:
    """What `local.toml` says wrong is told with its key."""
    (contest.folder / "local.toml").write_text(text, "utf-8")
    with pytest.raises(Misuse, match=told):
        Contest.open(contest.folder)


def test_no_contest_here(tmp_path: Path) -> None:
    """A folder without a contest says so."""
    with pytest.raises(PtceError, match="no ledger yet"):
        Contest.open(tmp_path)
