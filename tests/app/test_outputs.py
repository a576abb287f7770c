"""Files that commands write: whole or not at all, and in the place of nothing else."""

import os
from pathlib import Path

import pytest

from ptce_workflow.app.locations import OutputFile, output_file
from ptce_workflow.base.errors import Misuse

DOCUMENTS = (".docx", ".html")


@pytest.mark.parametrize("name", ["minutes.pdf", "minutes", ".", "..", ".docx"])
def test_a_form_that_nobody_writes(name: str, tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"\.docx, \.html"):
        output_file(tmp_path, Path(name), DOCUMENTS)


def test_the_form_is_the_ending(tmp_path: Path) -> None:
    assert output_file(tmp_path, Path("notes.v2/Minutes.DOCX"), DOCUMENTS).form == ".docx"


@pytest.mark.parametrize(
    ("name", "begins", "fits"),
    [
        ("a.ics", b"BEGIN:VCALENDAR\r\n", True),
        ("a.ics", b"", True),
        ("a.ics", b"SQLite format 3\x00", False),
        ("a.html", b"\n<!DOCTYPE html>", True),
        ("a.html", b"<html lang=fr>", True),
        ("a.html", b"PK\x03\x04", False),
        ("a.xlsx", b"PK\x03\x04", True),
        ("a.docx", b"my notes", False),
        ("a.csv", "\ufeffréf;note\n".encode(), True),
        ("a.csv", b"SQLite format 3\x00", False),
        ("a.json", b'{"at": ""}\n', True),
        ("a.json", b"[contest]\n"[1:], False),
    ],
)
def test_what_is_there_is_of_the_same_form(
    name: str, begins: bytes, fits: bool, tmp_path: Path
) -> None:
    """A file whose bytes begin otherwise stays as it is, whatever its name says."""
    file = tmp_path / name
    file.write_bytes(begins)
    forms = (file.suffix,)
    if fits:
        assert output_file(tmp_path, file, forms) == OutputFile(file, file.suffix)
    else:
        with pytest.raises(Misuse, match=r"a\."):
            output_file(tmp_path, file, forms)
    assert file.read_bytes() == begins


@pytest.mark.sqlite("some of them are SQLite's")
@pytest.mark.parametrize(
    "name",
    [
        *("ptce.db", "ptce.db-wal", "ptce.db-shm", "ptce.db-journal"),
        *("config.toml", "local.toml", "states/draft.toml", "states/new.toml"),
        *("sheets/../config.toml", "notifications/deep/new.json", "secret", "~/secret"),
    ],
)
def test_the_contest_s_own_files(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, home = tmp_path / "contest", tmp_path / "home"
    (folder / "states").mkdir(parents=True)
    (folder / "sheets").mkdir()
    (folder / "notifications").mkdir()
    (folder / "config.toml").touch()
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    password = "~/secret" if name.startswith("~") else "secret"
    (folder / "local.toml").write_text(f'[mail]\npassword_file = "{password}"\n', "utf-8")
    own = folder / Path(name).expanduser()
    link = tmp_path / "link.json"
    link.symlink_to(own)
    for path in (own, link):
        with pytest.raises(Misuse, match=str(path)):
            output_file(folder, path, (".json",), any_name=True)


def test_a_database_named_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = tmp_path / "kept" / "ledger.json"
    database.parent.mkdir()
    database.write_bytes(b"{}")
    other = tmp_path / "other.json"
    other.hardlink_to(database)
    monkeypatch.setenv("PTCE_DATABASE", f"sqlite:///{database}")
    for path in (database, other):
        with pytest.raises(Misuse, match=str(path)):
            output_file(tmp_path, path, (".json",))


@pytest.mark.parametrize(
    "name", ["ptce.db-wal", "ptce.db-journal", "local.toml", "states/new.toml", "sheets/deep/a"]
)
def test_the_files_of_another_contest(name: str, tmp_path: Path) -> None:
    """What would be read there, or taken for a part of the ledger there, is not written either."""
    other = tmp_path / "other"
    (other / "states").mkdir(parents=True)
    (other / "config.toml").write_text('[contest]\nid = "other"\n', "utf-8")
    with pytest.raises(Misuse, match=name):
        output_file(tmp_path / "contest", other / name, (".db",), any_name=True)
    copy = output_file(tmp_path / "contest", other / "copy", (".db",), any_name=True)
    assert copy.path == other / "copy"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    wanted = tmp_path / "nowhere" / "grid.xlsx"
    with pytest.raises(FileNotFoundError) as refused:
        OutputFile(wanted, ".xlsx").write(b"new")
    assert refused.value.filename == str(wanted)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_replaced_stays(tmp_path: Path) -> None:
    folder = tmp_path / "grid.xlsx"
    folder.mkdir()
    with pytest.raises(IsADirectoryError):
        OutputFile(folder, ".xlsx").write(b"new")
    assert list(tmp_path.iterdir()) == [folder]


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        OutputFile(pipe, ".csv").write(b"new")
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such permissions")
@pytest.mark.parametrize(("name", "mode"), [("a.csv", 0o600), ("a.xlsx", 0o600), ("a.ics", 0o644)])
def test_what_may_hold_a_dossier_is_for_its_owner(name: str, mode: int, tmp_path: Path) -> None:
    """In the place of a file that others could open as well; dates are for everybody."""
    file = tmp_path / name
    umask = os.umask(0o022)
    try:
        for _time in range(2):
            OutputFile(file, file.suffix).write(b"")
            assert file.stat().st_mode & 0o777 == mode
            file.chmod(0o644)
    finally:
        os.umask(umask)
