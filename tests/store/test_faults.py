"""What can go wrong with a file or a disk is told in plain words, and nothing is half-written."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.store.database import Database
from tests.nobody import as_nobody
from tests.servers import by_hand
from tests.store.places import CONTEST, line, narrow


def _append(database: Database, n: int, content: bytes = b"{}\n") -> None:
    with database.writing(CONTEST) as repo:
        repo.append_lines([line(n, content=content)])


def _intact(file: Path, lines: int) -> None:
    with by_hand(file, autocommit=True) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT COUNT(*) FROM ledger").fetchone() == (lines,)


@pytest.fixture
def shelf(file: Path) -> Iterator[Path]:
    """The database in a folder that everyone may enter."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shelf = Path(file.rename(folder / file.name))
        shelf.chmod(0o644)
        folder.chmod(0o755)
        yield shelf
        folder.chmod(0o755)


def test_a_locked_database_is_told_and_written_later(file: Path) -> None:
    with (
        closing(Database.open(file, busy_timeout_ms=20)) as database,
        by_hand(file, autocommit=True) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(PtceError, match="busy; nothing was written") as refusal:
            _append(database, 4)
        with database.reading() as repo:
            assert len(repo.contests()) == 1
        other.execute("ROLLBACK")
        _append(database, 4)
    assert refusal.value.exit_code == 1
    assert refusal.value.mend
    _intact(file, 4)


def _append_fourth(database: Database) -> None:
    _append(database, 4)


def _scrub(database: Database) -> None:
    assert database.scrub()


@pytest.mark.parametrize("act", [_append_fourth, _scrub])
def test_whoever_waits_asks_until_their_time_is_over(
    file: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[Database], None]
) -> None:
    """However often others came first: the turn comes once they are done, as their clock says.

    What overwrites erased bytes waits for it as an act does. Whoever waits for more than a second
    is told so, once.
    """
    with closing(Database.open(file)) as database, by_hand(file, autocommit=True) as other:
        other.execute("BEGIN IMMEDIATE")
        seconds, told = [0.0, 0.9, 1.1, 28.0, 29.9], list[float]()

        def elapsed() -> float:
            if len(seconds) == 1:
                other.execute("ROLLBACK")
            return seconds.pop(0)

        database.base.waits = lambda: told.append(seconds[0])
        monkeypatch.setattr("ptce_workflow.store.sqlite.elapsed_seconds", elapsed)
        act(database)
        assert seconds == []
        assert told == [28.0]
    _intact(file, 4 if act is _append_fourth else 3)


def test_whoever_waits_may_give_up(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ctrl_c() -> None:
        raise KeyboardInterrupt

    with closing(Database.open(file)) as database, by_hand(file, autocommit=True) as other:
        other.execute("BEGIN IMMEDIATE")
        database.base.waits = ctrl_c
        seconds = iter(range(0, 60, 2))
        monkeypatch.setattr(
            "ptce_workflow.store.sqlite.elapsed_seconds", lambda: float(next(seconds))
        )
        with pytest.raises(KeyboardInterrupt):
            _append(database, 4)
        other.execute("ROLLBACK")
        _append(database, 4)
    _intact(file, 4)


def test_a_file_for_reading_only_is_told(shelf: Path) -> None:
    """Whoever may not write is told so, and reads on."""
    shelf.chmod(0o444)
    # Readers keep their place in files beside it, which the one who may write has made.
    shelf.parent.chmod(0o777)
    with as_nobody(), closing(Database.open(shelf)) as database:
        with pytest.raises(PtceError, match="cannot be written") as refusal:
            _append(database, 4)
        with database.reading() as repo:
            assert len(repo.contests()) == 1
    assert refusal.value.exit_code == 1
    _intact(shelf, 3)


def test_a_folder_for_reading_only_is_read(shelf: Path) -> None:
    shelf.parent.chmod(0o555)
    with as_nobody():
        with closing(Database.open(shelf)) as database:
            with database.reading() as repo:
                assert len(list(repo.entries(CONTEST))) == 3
            with pytest.raises(PtceError, match="cannot be written"):
                _append(database, 4)
        with pytest.raises(PtceError, match="cannot be opened"):
            Database.create(shelf.with_name("other.db"))
    assert [path.name for path in shelf.parent.iterdir()] == [shelf.name]


def test_lines_that_wait_beside_a_file_for_reading_only(shelf: Path) -> None:
    """Reading the one file without what waits in the other would pass over the last lines."""
    with closing(Database.open(shelf)) as database:
        _append(database, 4)
        beside = {end: shelf.with_name(shelf.name + end).read_bytes() for end in ("", "-wal")}
    for end, content in beside.items():
        shelf.with_name(shelf.name + end).write_bytes(content)
    shelf.parent.chmod(0o555)
    with as_nobody(), pytest.raises(PtceError, match="cannot be read") as refusal:
        Database.open(shelf)
    assert f"{shelf}-wal" in refusal.value.why
    assert "ptce backup" in refusal.value.mend


def test_a_full_disk_is_told_and_leaves_the_file_sound(file: Path) -> None:
    with closing(Database(file)) as database:
        narrow(database, 4)
        with pytest.raises(PtceError, match="no room left") as refusal:
            _append(database, 4, b"x" * 200_000)
        _append(database, 4)
    assert refusal.value.exit_code == 1
    _intact(file, 4)


def test_a_create_that_fails_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database half made would stand in the way of the next try."""

    def fail(*_arguments: object, **_named: object) -> None:
        raise OSError("no more")

    monkeypatch.setattr("ptce_workflow.store.database.make", fail)
    with pytest.raises(OSError, match="no more"):
        Database.create(tmp_path / "ptce.db")
    assert list(tmp_path.iterdir()) == []


def test_creating_does_not_touch_what_is_there(file: Path) -> None:
    """A second `create` refuses, whatever holds tables there."""
    with pytest.raises(PtceError, match="is there already"):
        Database.create(file)
    _intact(file, 3)


def test_creating_completes_a_file_without_tables(tmp_path: Path) -> None:
    """What a `kill -9` in the middle of `create` leaves behind is no obstacle."""
    file = tmp_path / "ptce.db"
    file.touch()
    Database.create(file).close()
    Database.open(file).close()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"dossier;nom;montant\n" * 400, "is not a database, or is damaged"),
        (b"", "is not the database of a contest"),
    ],
)
def test_a_file_that_is_no_database_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "ptce.db"
    file.write_bytes(content)
    with pytest.raises(PtceError, match=told):
        Database.open(file)
    if content:
        assert file.read_bytes() == content


def test_the_database_of_another_program_is_told(tmp_path: Path) -> None:
    file = tmp_path / "mails.db"
    with by_hand(file, autocommit=True) as other:
        other.execute("CREATE TABLE mail (subject TEXT)")
    with pytest.raises(PtceError, match="is not the database of a contest"):
        Database.open(file)
    with pytest.raises(PtceError, match="is there already"):
        Database.create(file)
    with by_hand(file, autocommit=True) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("mail",)]


def test_damaged_pages_are_told(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(PtceError, match="is not a database, or is damaged"):
        Database.open(file)


def test_text_that_is_none_is_told(file: Path) -> None:
    """A name that cannot be decoded is damage; a line that was made text is still its bytes."""
    with by_hand(file, autocommit=True) as other:
        other.execute("DROP TRIGGER ledger_no_update")
        other.execute("DROP TRIGGER process_file_no_update")
        other.execute("UPDATE ledger SET line = CAST(x'7bff7d0a' AS TEXT) WHERE n = 2")
        other.execute("UPDATE process_file SET content = CAST(x'ff0a' AS TEXT)")
        other.execute("UPDATE contest SET content = CAST(x'ff' AS TEXT)")
    with closing(Database.open(file)) as database:
        with database.reading() as repo:
            assert repo.line(CONTEST, 2) == b"{\xff}\n"
            assert repo.process_files("f" * 64) == {"config.toml": b"\xff\n"}
            assert [row.line for _n, row, _sides in repo.entries(CONTEST) if row is not None] == [
                b"{}\n",
                b"{\xff}\n",
                b"{}\n",
            ]
        with pytest.raises(PtceError, match="damaged"), database.reading() as repo:
            repo.contests()


@pytest.mark.parametrize("kind", [Path, str, "sqlite:///{}".format])
def test_a_file_that_is_not_there_is_told_and_not_made(tmp_path: Path, kind: Any) -> None:
    file = tmp_path / "ptce.db"
    with pytest.raises(PtceError, match="does not exist") as refusal:
        Database.open(kind(str(file)))
    assert f"ptce init {tmp_path}" in refusal.value.mend
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_goes_away_is_not_made_anew(file: Path) -> None:
    """An empty ledger in its place would say that there never was another."""
    with closing(Database.open(file)) as database:
        database.close()
        file.unlink()
        with pytest.raises(PtceError, match="cannot be opened"):
            _append(database, 4)
    assert not file.exists()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("postgresql://desk:secret@db.example:wrong/ptce", "is not the address of a database"),
        ("nothing+known://db.example/ptce", "No driver is installed"),
    ],
)
def test_an_address_that_makes_no_sense_is_misuse(url: str, told: str) -> None:
    """Exit code 2, and a password is never repeated."""
    with pytest.raises(Misuse, match=told) as refusal:
        Database.open(url)
    assert "secret" not in str(refusal.value)


def test_any_name_of_a_file_will_do(tmp_path: Path) -> None:
    folder = tmp_path / "Appel à projets 100 % #1?"
    folder.mkdir()
    file = folder / "a&b=c;d%20.db"
    Database.create(file).close()
    Database.open(file).close()
    assert [path.name for path in folder.iterdir()] == [file.name]
