"""Two contests in one database of a server: each is served as if it were alone there."""

import hashlib
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.overview import overview
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.app.retention.erase import erase
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.scheduler.passes import tick
from ptce_workflow.store.database import Database
from tests.cli.lines import run
from tests.rehearsal import BEGINNING, LAPSE, SMALL, added, edit, english, lines, move, opened
from tests.servers import bare_database, by_hand, drop, fresh_database, waits
from tests.servers import run as run_sql

pytestmark = pytest.mark.served

__all__ = ["english"]

NAMES = ("first", "second")
LETTER = b"Une lettre."


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a database of a server, which every contest folder names."""
    url = fresh_database()
    monkeypatch.setenv("PTCE_DATABASE", url)
    yield url
    drop(url)


@contextmanager
def one(folder: Path, actor: str = "anne") -> Iterator[Contest]:
    """A contest of that folder's name, begun there, and opened."""
    shutil.copytree(SMALL, folder)
    config = folder / "config.toml"
    text = config.read_text("utf-8").replace('id = "small-2024"', f'id = "{folder.name}"')
    config.write_text(text, "utf-8")
    create(folder, login=actor, rehearsal=True, clock=SetClock(BEGINNING))
    with opened(folder, SetClock(BEGINNING), actor) as contest:
        yield contest


@pytest.fixture
def two(url: str, tmp_path: Path) -> Iterator[list[Contest]]:
    """Two contests, begun in one database."""
    with one(tmp_path / NAMES[0]) as first, one(tmp_path / NAMES[1]) as second:
        assert (first.id, second.id) == NAMES
        yield [first, second]


def test_each_heeds_its_own(two: list[Contest]) -> None:
    first, second = two
    draft = added(first)
    assert overview(second).briefs == ()
    with first.database.writing(first.id):
        # Somebody writes in the first one all the while: the second is not held up.
        added(second, name="Le Moulin")
        second.clock = SetClock(LAPSE)
        assert [step.after.ref for step in tick(second).steps if step.made] == ["C-001"]
    assert [brief.state for brief in overview(first).briefs] == ["draft"]
    assert draft == "C-001"
    assert verify(first).intact
    assert verify(second).intact


def test_a_file_that_both_were_handed(two: list[Contest]) -> None:
    sha256 = hashlib.sha256(LETTER).hexdigest()
    for contest in two:
        move(contest, "withdraw", added(contest, letter={"name": "lettre.txt", "content": LETTER}))
    kept = []
    for contest in two:
        erase(contest, "C-001", "Demandé.")
        with contest.database.reading() as repo:
            kept.append(repo.document(sha256) is not None)
        assert all(verify(one).intact for one in two)
    assert kept == [True, False]


def test_a_file_that_one_is_handed_as_the_other_lets_it_go(url: str) -> None:
    names = hashlib.sha256(LETTER).hexdigest()
    with closing(Database.open(url)) as first, closing(Database.open(url)) as second:

        def handed() -> None:
            with second.writing("second") as repo:
                repo.add_document(LETTER)

        with first.writing("first") as repo:
            repo.add_document(LETTER)
        with ThreadPoolExecutor(1) as elsewhere:
            with first.writing("first") as repo:
                repo.hold(names)
                done = elsewhere.submit(handed)
                while not waits(url):
                    assert not done.done()
                repo.remove_document(names)
            done.result()
        with first.reading() as repo:
            assert repo.document(names) == LETTER


@pytest.mark.usefixtures("english")
def test_a_rulebook_that_is_gone_is_a_fault(
    url: str, two: list[Contest], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever verifies is looked up by their name: that needs it, and must not end it all."""
    run_sql(url, f"UPDATE contest SET process = '{'a' * 64}' WHERE contest = 'first'")
    told = run(capsys, "verify", "--as", "anne", "--contest", str(two[0].folder))
    assert told.code == 1
    assert "the process in force" in told.out


def test_one_begins_twice(url: str, two: list[Contest], tmp_path: Path) -> None:
    """A contest of that name is there already; a folder that has not begun is not the other's."""
    shutil.copytree(two[0].folder, tmp_path / "again")
    with pytest.raises(PtceError, match=r"holds the contest .* already"):
        create(tmp_path / "again", login="bo", rehearsal=True, clock=SetClock(BEGINNING))
    edit(two[0], "config.toml", 'id = "first"', 'id = "third"')
    with pytest.raises(PtceError, match="no ledger yet"):
        Contest.open(two[0].folder)
    run_sql(url, "UPDATE contest SET contest = 'other' WHERE contest = 'second'")
    with pytest.raises(PtceError, match="no longer knows the contest second") as refused:
        Contest.open(two[1].folder)
    assert "init" not in str(refused.value)


@pytest.mark.long
def test_a_backup_and_the_way_back(
    two: list[Contest],
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second = two
    monkeypatch.setenv("PTCE_ACTOR", "anne")
    monkeypatch.setenv("PTCE_NOW", BEGINNING.isoformat())
    here = ("--contest", str(first.folder))
    added(first)
    copy = tmp_path / "copy.db"
    told = run(capsys, "backup", str(copy), *here, "--lang", "en")
    assert told.code == 0
    assert "verified" in told.out
    before = lines(first)
    with by_hand(copy) as file:
        assert [*file.execute("SELECT contest FROM contest")] == [("first",)]
        assert [line for (line,) in file.execute("SELECT line FROM ledger ORDER BY n")] == before
    added(first, name="Le Moulin")
    added(second)
    others = lines(second)
    told = run(capsys, "restore", str(copy), *here, "--yes", "--lang", "en")
    assert told.code == 0, told.err
    assert "would be lost" in told.out
    assert lines(first) == before
    assert lines(second) == others
    assert all(verify(contest).intact for contest in two)
    assert len([*first.folder.glob("ptce.before-*.db")]) == 1
    # Its guards are in place again.
    added(first, name="La Halle")
    assert first.database.altered() == []
    for damage in (
        "UPDATE contest SET head_n = 1, head_hash = 'f' WHERE contest = 'first'",
        "DELETE FROM contest WHERE contest = 'first'",
    ):
        run_sql(url, damage)
        assert run(capsys, "restore", str(copy), *here, "--yes").code == 0, damage
        assert lines(first) == before
    # Whatever there was was put aside.
    assert len([*first.folder.glob("ptce.before-*.db")]) == 3
    assert first.database.altered() == []
    new = bare_database()
    monkeypatch.setenv("PTCE_DATABASE", new)
    refused = run(capsys, "restore", str(copy), *here, "--yes", "--lang", "en")
    assert (refused.code, "goes on in postgresql" in refused.err) == (1, True), refused.err
    run_sql(url, "DELETE FROM contest WHERE contest = 'first'")
    assert run(capsys, "restore", str(copy), *here, "--yes").code == 0
    with opened(first.folder, SetClock(BEGINNING)) as there:
        assert lines(there) == before
    drop(new)
