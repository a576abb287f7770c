"""`ptce backup`: a copy that misses no line, and takes the place of nothing but an earlier one."""

import errno
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import ptce_workflow.app.retention.backup as backup_module
from ptce_workflow.app.contest import Contest
from tests.cli.lines import run
from tests.cli.posting import english
from tests.servers import ON_SERVER, by_hand

Capture = pytest.CaptureFixture[str]


def lines(file: Path) -> int:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?immutable=1", uri=True)) as database:
        return int(database.execute("SELECT COUNT(*) FROM ledger").fetchone()[0])


def enrol(capsys: Capture, name: str) -> None:
    assert run(capsys, "people", "enrol", name, "--role", "auditor").code == 0


def test_a_copy_misses_no_line(
    contest: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    with Contest.open(contest, actor="bureau") as reader, reader.looking() as tx:
        before = tx.unit.contest(reader.id).head_n
        enrol(capsys, "Ada")
        if not ON_SERVER:
            shutil.copy("ptce.db", "by-hand.db")
            assert lines(Path("by-hand.db")) == before
        ended = english(capsys, "backup", "copy.db")
    assert ended.code == 0, ended.err
    assert f"copy.db: {before + 1} lines" in ended.out
    assert lines(Path("copy.db")) == before + 1
    assert Path("copy.db").stat().st_mode & 0o077 == 0
    assert not list(contest.glob(".*")) + list(contest.glob("copy.db-*"))
    monkeypatch.setenv("PTCE_DATABASE", "copy.db")
    assert run(capsys, "verify").code == 0


def test_a_member_of_the_panel_makes_none(contest: Path, capsys: Capture) -> None:
    """A copy holds the marks of all; whoever looks at everything may make one."""
    for name, role in (("nour", ("jury", "--institution", "dreets")), ("ada", ("auditor",))):
        assert run(capsys, "people", "enrol", name, "--login", name, "--role", *role).code == 0
    refused = english(capsys, "backup", "copy.db", "--as", "nour")
    assert (refused.code, refused.out, Path("copy.db").exists()) == (1, "", False)
    assert "read everything" in refused.err
    assert run(capsys, "backup", "copy.db", "--as", "ada").code == 0


def test_an_earlier_copy_is_replaced_on_a_yes(contest: Path, capsys: Capture) -> None:
    assert run(capsys, "backup", "copy.db").code == 0
    enrol(capsys, "Ada")
    asked = english(capsys, "backup", "copy.db")
    assert asked.code == 2
    assert "--force" in asked.err
    before = lines(Path("copy.db"))
    assert run(capsys, "backup", "copy.db", "--force").code == 0
    assert lines(Path("copy.db")) == before + 1


def test_nothing_else_is_replaced(contest: Path, tmp_path: Path, capsys: Capture) -> None:
    other = str(tmp_path / "other")
    assert run(capsys, "init", other, "--rehearsal").code == 0
    assert run(capsys, "backup", "other.db", "--contest", other).code == 0
    assert run(capsys, "backup", "older.db").code == 0
    enrol(capsys, "Ada")
    assert run(capsys, "backup", "later.db").code == 0
    assert run(capsys, "restore", "older.db", "--yes").code == 0
    with by_hand("strange.db") as strange:
        strange.execute("CREATE TABLE mine (x)")
    Path("text.db").write_text("mine")
    for path in ("other.db", "later.db", "strange.db", "text.db"):
        before = Path(path).read_bytes()
        ended = english(capsys, "backup", path, "--force")
        assert (ended.code, ended.out) == (2, ""), path
        assert "nothing is written over it" in " ".join(ended.err.split())
        assert Path(path).read_bytes() == before


@pytest.mark.parametrize("name", ["", ".", "..", "/", "kept.db"])
def test_a_folder_is_no_file(name: str, contest: Path, capsys: Capture) -> None:
    Path("kept.db").mkdir()
    ended = english(capsys, "backup", name, "--force")
    assert (ended.code, ended.out) == (1, "")
    assert "it is a folder, not a file" in ended.err
    assert not list(Path("kept.db").iterdir())


def test_a_ledger_that_is_not_sound(contest: Path, capsys: Capture) -> None:
    assert run(capsys, "backup", "sound.db").code == 0
    with by_hand(contest) as database:
        database.execute("UPDATE candidature SET state = 'winner'")
    kept = Path("sound.db").read_bytes()
    refused = english(capsys, "backup", "sound.db", "--force")
    assert refused.code == 1
    assert "stays" in refused.err
    assert Path("sound.db").read_bytes() == kept
    ended = english(capsys, "backup", "broken.db")
    assert ended.code == 1
    assert "not sound" in ended.out
    assert lines(Path("broken.db")) == lines(Path("sound.db"))


def test_a_folder_that_is_not_there(contest: Path, capsys: Capture) -> None:
    ended = english(capsys, "backup", "nowhere/copy.db")
    assert ended.code == 1
    assert "nowhere" in ended.err


def test_a_disk_that_is_full(
    contest: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def full(_contest: Contest, target: Path) -> None:
        for ending in ("", "-journal"):
            target.with_name(target.name + ending).touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    monkeypatch.setattr(backup_module, "copied_to", full)
    ended = english(capsys, "backup", "copy.db")
    assert (ended.code, "the disk is full" in ended.err) == (1, True)
    assert not list(contest.glob(".copy*"))
