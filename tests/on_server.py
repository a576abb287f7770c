"""Every contest of the suite on a server, where `TEST_DATABASE=postgresql` says so.

Each contest folder that names no database of its own, and holds no file of one, has a database of
its own on the server; whoever copies the folder copies the database, unless a copy leaves out what
bears the name of a file of one. Tests that are about SQLite's file bear the mark `sqlite`, with the
reason, and are left out.
"""

import atexit
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import ptce_workflow.app.locations as locations
from tests.servers import ON_SERVER, clone_database, drop, end_all, fresh_database

_KNOWN = "TEST_DATABASES"
"""Where it is kept which database a folder has: the processes that a test starts look there."""
_BEGINS = f"""
import sys
sys.path.append({str(Path(__file__).parents[1])!r})
import tests.on_server
"""


def database_of(folder: Path) -> str:
    """The address of the database of a contest folder, made when it is first asked for."""
    note = _note(folder)
    if not note.exists():
        note.write_text(f"{fresh_database()}\n{os.path.realpath(folder)}")
    return note.read_text().partition("\n")[0]


def notes() -> Path:
    """Where they are kept; whoever starts a process that is to find them asks first."""
    if _KNOWN not in os.environ:
        kept = tempfile.mkdtemp(prefix="databases-")
        atexit.register(shutil.rmtree, kept, ignore_errors=True)
        begins = Path(kept, "begins")
        begins.mkdir()
        # Python runs it wherever it begins: in commands and couriers that a test starts, too.
        (begins / "sitecustomize.py").write_text(_BEGINS)
        others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        os.environ["PYTHONPATH"] = os.pathsep.join([str(begins), *filter(None, others)])
        os.environ[_KNOWN] = kept
    return Path(os.environ[_KNOWN])


def _note(folder: Path) -> Path:
    return notes() / hashlib.sha256(os.path.realpath(folder).encode()).hexdigest()


def _known() -> Iterator[tuple[Path, Path, str]]:
    """Every note, the folder that it is about, and the address that it holds."""
    for note in [path for path in notes().iterdir() if path.is_file()]:
        url, _line, folder = note.read_text().partition("\n")
        yield note, Path(folder), url


def forget(place: Path) -> None:
    """Drops the databases of the folders below one."""
    for note, folder, url in _known():
        if folder.is_relative_to(os.path.realpath(place)):
            note.unlink()
            drop(url)


def install() -> None:
    """Has every contest of this process live on the server, and copies of folders copy bases."""
    read, copy = locations.read_local, shutil.copytree

    def local(folder: Path) -> dict[str, dict[str, Any]]:
        table = read(folder)
        if "database" in table or (folder / locations.DATABASE_FILE).exists():
            return table
        return {**table, "database": {"url": database_of(folder)}}

    def copied(source: Any, target: Any, *given: Any, **named: Any) -> Any:
        done = copy(source, target, *given, **named)
        home, file = Path(os.path.realpath(source)), locations.DATABASE_FILE
        leaves_out = named.get("ignore") or (lambda _folder, _names: ())
        # The library calls itself by this name for each folder within, all told in order.
        for _file, folder, url in () if given else _known():
            if folder.is_relative_to(home) and file not in leaves_out(str(folder), [file]):
                there = Path(os.path.realpath(target)) / folder.relative_to(home)
                # Nobody may have open what is copied; who has takes another connection.
                end_all(url)
                _note(there).write_text(f"{clone_database(url)}\n{there}")
        return done

    locations.read_local = local
    shutil.copytree = copied  # type: ignore[assignment]


if ON_SERVER:
    install()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items if ON_SERVER else ():
        for mark in item.iter_markers("sqlite"):
            item.add_marker(pytest.mark.skip(reason=mark.args[0]))


@pytest.fixture(autouse=ON_SERVER)
def databases_go(request: pytest.FixtureRequest) -> Iterator[None]:
    """Drops the databases of a test once it has ended."""
    yield
    with suppress(KeyError):
        forget(request.node.funcargs["tmp_path"])
