"""`ptce restore`: a backup in the ledger's place, and nothing that is lost in silence."""

import json
import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

import ptce_workflow.app.retention.backup as leftovers
import ptce_workflow.app.retention.restore as restoring
from ptce_workflow.app.checkpoints import make
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import database_url
from ptce_workflow.app.retention.backup import room_beside
from ptce_workflow.base.errors import Busy
from ptce_workflow.base.runtime import EXIT_CODE
from ptce_workflow.store.database import Database
from tests.cli.lines import run
from tests.cli.posting import english, typed_until
from tests.cli.test_backup import enrol, lines
from tests.cli.test_database import named
from tests.one_pass import Couriers
from tests.servers import ON_SERVER, bare_database, by_hand, drop, held, hide_in_index

pytestmark = pytest.mark.served

Capture = pytest.CaptureFixture[str]


def heads(place: Path) -> tuple[int, str]:
    with by_hand(place) as database:
        (found,) = database.execute("SELECT head_n, head_hash FROM contest").fetchall()
        return found[0], found[1]


def refused(capsys: Capture, *line: str) -> str:
    """What stands in the way of a restore, which changes nothing."""
    before, there = held(Path()), sorted(Path().iterdir())
    ended = english(capsys, "restore", *line)
    assert (ended.code != 0, ended.out) == (True, ""), ended.out
    assert (held(Path()), sorted(Path().iterdir())) == (before, there)
    return " ".join(ended.err.split())


def test_what_would_be_lost_is_shown_first(contest: Path, capsys: Capture) -> None:
    assert run(capsys, "backup", "copy.db").code == 0
    enrol(capsys, "Ada")
    before = heads(contest)
    asked = english(capsys, "restore", "copy.db")
    assert (asked.code, "--yes" in asked.err, heads(contest)) == (2, True, before)
    assert "1 line of the ledger is not in the backup, and would be lost" in asked.out
    assert "a person may act from here on" in asked.out
    done = english(capsys, "restore", "copy.db", "--yes")
    assert (done.code, done.err) == (0, "")
    assert heads(contest) == heads(Path("copy.db"))
    assert "Ada" not in run(capsys, "people", "list").out
    assert run(capsys, "verify").code == 0
    (aside,) = contest.glob("ptce.before-*.db")
    assert heads(aside) == before
    assert aside.stat().st_mode & 0o077 == 0
    assert not list(contest.glob(".restore-*"))
    enrol(capsys, "Eve")
    back = english(capsys, "restore", str(aside), "--yes")
    assert back.code == 0
    assert "After line" in back.out
    assert heads(contest) == before


def test_what_is_open_goes_on_with_it(contest: Path, capsys: Capture) -> None:
    assert run(capsys, "backup", "copy.db").code == 0
    enrol(capsys, "Ada")
    with Contest.open(contest, actor="bureau") as other:
        with other.looking() as tx:
            assert tx.unit.contest(other.id).head_n == lines(Path("copy.db")) + 1
        assert run(capsys, "restore", "copy.db", "--yes").code == 0
        with other.looking() as tx:
            assert tx.unit.contest(other.id).head_n == lines(Path("copy.db"))
    enrol(capsys, "Eve")
    assert run(capsys, "verify").code == 0


@pytest.mark.parametrize("line", ["restore copy.db --yes", "backup other.db"])
def test_a_disk_without_any_room(
    line: str, contest: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    assert run(capsys, "backup", "copy.db").code == 0
    there = sorted(contest.iterdir())

    class Full(sqlite3.Connection):
        def execute(self, *_words: object) -> sqlite3.Cursor:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"
            raise error

    connect = partial(sqlite3.connect, factory=Full)
    monkeypatch.setattr(leftovers, "sqlite3", SimpleNamespace(connect=connect))
    ended = english(capsys, *line.split())
    assert (ended.code, "no room left" in ended.err) == (1, True), ended.err
    assert sorted(contest.iterdir()) == there


def test_a_disk_without_room_is_not_that_of_the_backup(
    contest: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    assert run(capsys, "backup", "copy.db").code == 0

    def full(*_files: Path) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorname = "SQLITE_FULL"
        raise error

    monkeypatch.setattr(restoring, "copy", full)
    said = refused(capsys, "copy.db", "--yes")
    assert "no room left for the database" in said
    assert ("ptce.db;" in said, "copy.db" in said) == (True, False)


def test_nobody_writes_between_the_copy_and_the_restore(
    contest: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """What is committed then would be in neither file: a writer waits, and is told to try again."""
    assert run(capsys, "backup", "copy.db").code == 0
    enrol(capsys, "Ada")
    tried: list[Path] = []

    def copied_to(former: Contest, file: Path) -> None:
        leftovers.copied_to(former, file)
        with (
            closing(Database(database_url(contest), busy_timeout_ms=20)) as other,
            pytest.raises(Busy),
            other.writing(former.id),
        ):
            tried.append(file)
        tried.append(file)

    monkeypatch.setattr(restoring, "copied_to", copied_to)
    assert run(capsys, "restore", "copy.db", "--yes").code == 0
    [file] = tried
    assert heads(file)[0] == heads(contest)[0] + 1
    assert run(capsys, "verify").code == 0


@pytest.mark.sqlite("a server is asked by pg_amcheck, which belongs to whoever keeps it")
def test_a_damaged_index_is_named_wherever_it_matters(contest: Path, capsys: Capture) -> None:
    """By `verify`, `doctor`, `backup` and `restore`, with what makes it again."""
    assert run(capsys, "backup", "copy.db").code == 0
    for file in ("ptce.db", "copy.db"):
        hide_in_index(Path(file), "ledger_case", "n <> 2")
    assert "is not sound: ptce verify" in english(capsys, "backup", "other.db").out
    for line in ("verify", "doctor"):
        ended = english(capsys, line)
        said = " ".join((ended.out + ended.err).split())
        assert ended.code == 1, line
        assert "missing from index ledger_case" in said
        assert "ptce.db REINDEX" in said
    assert "copy.db REINDEX" in refused(capsys, "copy.db", "--yes")
    for file in ("ptce.db", "copy.db"):
        with by_hand(file) as database:
            database.execute("REINDEX")
    assert run(capsys, "verify").code == 0
    assert run(capsys, "restore", "copy.db", "--yes").code == 0


@pytest.mark.sqlite("damages the file; on a server: tests/cli/test_several_in_one.py")
@pytest.mark.parametrize("damage", ["gone", "no database"])
def test_a_ledger_that_cannot_be_read(damage: str, contest: Path, capsys: Capture) -> None:
    assert run(capsys, "backup", "copy.db").code == 0
    for name in ("ptce.db-wal", "ptce.db-shm"):
        Path(name).unlink(missing_ok=True)
    if damage == "gone":
        Path("ptce.db").unlink()
    else:
        Path("ptce.db").write_bytes(b"x" * 10_000)
    assert english(capsys, "restore", "copy.db").code == 2
    done = english(capsys, "restore", "copy.db", "--yes")
    assert done.code == 0, done.err
    assert ("cannot be read" in done.out) == (damage != "gone")
    assert run(capsys, "verify").code == 0
    assert Path("ptce.db").stat().st_mode & 0o077 == 0
    aside = [file.read_bytes() for file in contest.glob("ptce.before-*")]
    assert aside == ([] if damage == "gone" else [b"x" * 10_000])


def test_nothing_else_is_restored(contest: Path, tmp_path: Path, capsys: Capture) -> None:
    Path("text.db").write_text("mine")
    assert "is not a database" in refused(capsys, "text.db")
    assert "no backup nowhere.db" in refused(capsys, "nowhere.db")
    if not ON_SERVER:
        assert "is the ledger itself" in refused(capsys, "ptce.db")
    again = tmp_path / "again"
    shutil.copytree(contest, again, ignore=shutil.ignore_patterns("ptce*", "checkpoints"))
    assert run(capsys, "init", str(again), "--rehearsal").code == 0
    assert run(capsys, "backup", "again.db", "--contest", str(again)).code == 0
    assert "another ledger of this contest" in refused(capsys, "again.db")
    other = tmp_path / "other"
    assert run(capsys, "init", str(other), "--model", "ami-permanent", "--rehearsal").code == 0
    assert run(capsys, "backup", "other.db", "--contest", str(other)).code == 0
    assert "a backup of another contest" in refused(capsys, "other.db")
    assert run(capsys, "backup", "version.db").code == 0
    with by_hand("version.db") as database:
        database.execute("UPDATE schema_version SET version = 'other'")
    said = "Another version of this program made the database version.db."
    assert said in refused(capsys, "version.db")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE candidature SET state = 'winner'",
        "DELETE FROM side",
        "UPDATE contest SET head_n = head_n - 1",
    ],
)
def test_a_backup_that_is_not_sound(change: str, contest: Path, capsys: Capture) -> None:
    assert run(capsys, "backup", "broken.db").code == 0
    with by_hand("broken.db") as database:
        database.execute(change)
    assert "is not sound" in refused(capsys, "broken.db", "--yes")


def test_what_was_erased_stays_so(contest: Path, capsys: Capture) -> None:
    assert run(capsys, "backup", "copy.db").code == 0
    nour = ("--role", "auditor", "--email", "nour.lazrak@collectif.example")
    assert run(capsys, "people", "enrol", "Nour Lazrak", *nour).code == 0
    assert run(capsys, "backup", "named.db").code == 0
    assert b"Lazrak" in Path("named.db").read_bytes()
    assert run(capsys, "people", "leave", "P-003").code == 0
    erased = english(capsys, "erase", "P-003", "--reason", "asked", "--yes")
    assert erased.code == 0
    # Every copy that the program made and that holds it is named; the first one does not.
    delete = f"To delete them: rm {contest / 'named.db'}"
    assert delete in " ".join(erased.out.split())
    assert delete in " ".join(english(capsys, "doctor").out.split())
    assert "Lazrak" not in repr(held(contest))
    done = english(capsys, "restore", "named.db", "--yes")
    assert done.code == 0, done.out + done.err
    assert "1 erasure was made since" in done.out
    assert "1 erasure was made again" in done.out
    # The same backup once more: the list tells the erasure twice by now, and it is made once.
    done = english(capsys, "restore", "named.db", "--yes")
    assert done.code == 0, done.out + done.err
    assert "1 erasure was made again" in done.out
    assert run(capsys, "verify").code == 0
    assert "Lazrak" not in repr(held(contest))
    assert not [file for file in contest.glob("ptce*") if b"Lazrak" in file.read_bytes()]
    assert "Lazrak" not in run(capsys, "people", "list").out
    Path("named.db").unlink()
    assert "To delete them" not in english(capsys, "doctor").out


ERASE = ("erase", "P-003", "--reason", "asked", "--yes")


def killed_while_erasing(point: str, contest: Path, couriers: Couriers, capsys: Capture) -> bool:
    """Kills somebody who erases a person at a point; whether the ledger tells of it."""
    assert run(capsys, "people", "enrol", "Nour Lazrak", "--role", "auditor").code == 0
    assert run(capsys, "people", "leave", "P-003").code == 0
    before = heads(contest)
    assert couriers.makes(typed_until(point, contest, *ERASE)) == EXIT_CODE
    return heads(contest) != before


@pytest.mark.long
def test_an_erasure_that_is_killed(contest: Path, couriers: Couriers, capsys: Capture) -> None:
    """Between what is announced and the commit: nothing is erased, nobody is accused."""
    assert not killed_while_erasing("announced", contest, couriers, capsys)
    verified = english(capsys, "verify")
    assert verified.code == 0
    for said in (verified.out, english(capsys, "doctor").out):
        assert "interrupted before it was done: nothing was erased." in " ".join(said.split())
        assert 'Type it again: ptce erase P-003 --reason "…"' in " ".join(said.split())
    assert run(capsys, *ERASE).code == 0
    assert "interrupted" not in english(capsys, "verify").out
    assert len(Path("ptce.erased").read_bytes().splitlines()) == 1
    assert not Path("ptce.erasing").exists()


def test_an_erasure_that_is_killed_once_done(
    contest: Path, couriers: Couriers, capsys: Capture
) -> None:
    """Between the commit and the list: it stands, and whoever comes next lists it."""
    assert killed_while_erasing("settled", contest, couriers, capsys)
    assert not Path("ptce.erased").exists()
    verified = english(capsys, "verify")
    assert verified.code == 0
    assert not [word for word in ("lacks", "interrupted") if word in verified.out]
    english(capsys, "doctor")
    assert len(Path("ptce.erased").read_bytes().splitlines()) == 1
    assert not Path("ptce.erasing").exists()
    assert "lacks" not in english(capsys, "verify").out


def test_only_the_desk_restores(contest: Path, capsys: Capture) -> None:
    """Not even whoever may make backups; on a server, whoever owns the tables does too."""
    assert run(capsys, "people", "enrol", "ada", "--login", "ada", "--role", "auditor").code == 0
    assert run(capsys, "backup", "copy.db", "--as", "ada").code == 0
    assert "Only the desk" in refused(capsys, "copy.db", "--yes", "--as", "ada")
    if not ON_SERVER:
        assert "nobody" in refused(capsys, "copy.db", "--yes", "--as", "nobody")


def test_a_backup_is_only_read(
    contest: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    assert run(capsys, "backup", "copy.db").code == 0
    with monkeypatch.context() as there:
        there.setenv("PTCE_DATABASE", "copy.db")
        assert english(capsys, "verify").code == 0
        ended = english(capsys, "people", "leave", "P-002")
        assert (ended.code, "nothing is written here" in ended.err) == (1, True), ended.err
    assert run(capsys, "restore", "copy.db", "--yes").code == 0
    enrol(capsys, "Ada")
    (aside,) = contest.glob("ptce.before-*.db")
    monkeypatch.setenv("PTCE_DATABASE", str(aside))
    assert run(capsys, "people", "leave", "P-002").code == 1


@pytest.mark.long
def test_a_server_takes_no_contest_that_goes_on_elsewhere(
    contest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    here, url = database_url(contest), bare_database()
    assert run(capsys, "backup", "copy.db").code == 0
    monkeypatch.setenv("PTCE_DATABASE", url)
    refused = english(capsys, "restore", "copy.db", "--yes")
    assert (refused.code, f"goes on in {named(here)}" in " ".join(refused.err.split())) == (1, True)
    with by_hand(here) as database:
        database.execute("UPDATE contest SET moved_to = 'lost.db'")
    refused = english(capsys, "restore", "copy.db", "--yes")
    assert (refused.code, "goes on in lost.db" in " ".join(refused.err.split())) == (1, True)
    with by_hand(here) as database:
        database.execute("UPDATE contest SET moved_to = ?", (named(url),))
    done = english(capsys, "restore", "copy.db", "--yes")
    assert done.code == 0, done.err
    monkeypatch.delenv("PTCE_DATABASE")
    # By another way a lost one comes there too: into a file, and from there.
    monkeypatch.setenv("PTCE_DATABASE", str(tmp_path / "again.db"))
    assert english(capsys, "restore", "copy.db", "--yes").code == 0
    enrol(capsys, "Ada")
    assert run(capsys, "verify").code == 0
    drop(url)


def test_checkpoints_come_and_go_with_it(contest: Path, capsys: Capture) -> None:
    with Contest.open(contest, actor="bureau") as open_:
        early = make(open_)
    assert early is not None
    assert run(capsys, "backup", "copy.db").code == 0
    assert early.note.encode().decode() in Path("copy.db.checkpoints").read_text("utf-8")
    enrol(capsys, "Ada")
    with Contest.open(contest, actor="bureau") as open_:
        late = make(open_)
    assert late is not None
    early.file.unlink()
    done = english(capsys, "restore", "copy.db", "--yes")
    assert done.code == 0, done.out
    (aside,) = Path("checkpoints").glob("before-*")
    assert "checkpoints of lines that are gone" in done.out
    assert [file.name for file in aside.iterdir()] == [late.file.name]
    assert [file.name for file in Path("checkpoints").glob("*.txt")] == [early.file.name]
    assert run(capsys, "verify").code == 0
    held = english(capsys, "verify", "--checkpoint", str(aside / late.file.name))
    assert held.code == 1, held.out


def test_doctor_says_when_the_last_was(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is known of; then when, and what came since; one that is old, or of no such ledger."""

    def step() -> tuple[str, str]:
        told = json.loads(run(capsys, "doctor", "--json", "--lang", "en").out)["steps"]
        (found,) = (one for one in told if one["step"] == "backup")
        return found["outcome"], found["said"]

    outcome, said = step()
    assert (outcome, "ptce backup FILE" in said) == ("skipped" if ON_SERVER else "remark", True)
    assert run(capsys, "backup", "copy.db").code == 0
    outcome, said = step()
    assert (outcome, "since" in said, str(contest / "copy.db") in said) == ("ok", False, True)
    enrol(capsys, "Ada")
    assert step()[1].endswith("1 line since")
    monkeypatch.setenv("PTCE_NOW", "2024-12-01T09:00:00+01:00")
    assert step()[0] == "remark"
    assert run(capsys, "backup", "later.db").code == 0
    assert run(capsys, "restore", "copy.db", "--yes").code == 0
    assert "not of this ledger" in step()[1]


@pytest.mark.parametrize(
    ("killed", "next_one"),
    [
        ("restoring restore copy.db", "restore copy.db --yes"),
        ("restoring restore copy.db", "backup later.db"),
        ("copied backup other.db", "backup later.db"),
    ],
)
def test_one_that_is_killed(
    killed: str, next_one: str, contest: Path, couriers: Couriers, capsys: Capture
) -> None:
    assert run(capsys, "backup", "copy.db").code == 0
    point, command, file = killed.split()
    dying = typed_until(point, contest, command, str(contest / file))
    assert couriers.makes(dying) == EXIT_CODE
    (left,) = contest.glob(".restore-*")
    assert left.name in english(capsys, "doctor").out
    with room_beside(contest / "other.db") as at_work:
        assert not left.exists()
        left.mkdir()
        (left / "ptce.db").touch()
        assert run(capsys, *next_one.split()).code == 0
        assert list(contest.glob(".restore-*")) == [at_work]
    assert not list(contest.glob(".restore-*"))
