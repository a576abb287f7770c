"""A contest that was played to the end, once for all the tests of the command line."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest

from ptce_workflow.office.forms.blocks import FileReader
from rehearsal.cast import DESK, RECEIVED
from rehearsal.run import play
from rehearsal.stage import Stage
from tests.cli.posting import NOW, begin, do
from tests.conftest import REMEMBER_NOTHING
from tests.kept import kept, key
from tests.servers import ON_SERVER

CONTESTS = Path(__file__).resolve().parents[2] / "contests"
MOMENTS = (9, 17, 24)
RULEBOOK = """# Règlement

Tout jardin partagé de la commune peut demander une aide.

Douze jardins sont aidés, de 1 500 euros au plus.

Les dossiers arrivent avant l’échéance.

Le maire remet les aides.
"""


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """The whole rehearsal, played in this process or in a run before; nobody writes in it."""
    folder = tmp_path_factory.mktemp("played")
    # A contest on a server is gone with the server, which each run begins anew.
    alone = ON_SERVER or REMEMBER_NOTHING
    if pytestconfig.pluginmanager.hasplugin("cacheprovider") and not alone:
        cache = pytestconfig.cache
        assert cache is not None
        kept(cache.mkdir("played"), key(), played_in, folder)
    else:
        played_in(folder)
    return folder / "demo"


def played_in(folder: Path) -> None:
    """Plays the rehearsal in a folder, and keeps it as it stood before some of the scenes."""
    passes, number = Stage._let_time_pass, count()

    def stopped(stage: Stage, start: datetime, end: datetime) -> None:
        passes(stage, start, end)
        if next(number) in MOMENTS:
            moment = folder / f"{int(end.timestamp()) - 1}"
            shutil.copytree(folder / "demo", moment, ignore=shutil.ignore_patterns(RECEIVED))

    with pytest.MonkeyPatch.context() as settings:
        settings.setattr(Stage, "_let_time_pass", stopped)
        # Said here so that they are unsaid afterwards: the rehearsal sets them as it goes.
        for name in ("PTCE_CONTEST", "PTCE_ACTOR", "PTCE_NOW", "COLUMNS", "TERM"):
            settings.setenv(name, "")
        settings.setenv("PTCE_LANG", "fr")
        play(folder / "demo")


@pytest.fixture
def demo(played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the played contest, and the desk at its keyboard the day after."""
    folder = tmp_path / "demo"
    shutil.copytree(played, folder, ignore=shutil.ignore_patterns(RECEIVED))
    # Hundreds of mails, which nobody changes.
    (folder / RECEIVED).symlink_to(played / RECEIVED)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PTCE_ACTOR", DESK)
    monkeypatch.setenv("PTCE_NOW", "2024-09-04T09:00:00+02:00")
    return folder


@pytest.fixture(scope="session")
def initiated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rehearsal that has just begun; nobody writes in it."""
    folder = tmp_path_factory.mktemp("initiated") / "begun"
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("PTCE_ACTOR", DESK)
        settings.setenv("PTCE_NOW", NOW)
        do("init", str(folder), "--rehearsal")
    return folder


@pytest.fixture
def begun(initiated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a rehearsal that has just begun, the desk at its keyboard during the contest."""
    folder = shutil.copytree(initiated, tmp_path / "begun")
    monkeypatch.setenv("PTCE_ACTOR", DESK)
    monkeypatch.setenv("PTCE_NOW", NOW)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A contest with two drafts and a juror; nobody writes in it."""
    folder = tmp_path_factory.mktemp("opened") / "contest"
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("PTCE_ACTOR", DESK)
        settings.setenv("PTCE_NOW", NOW)
        begin(folder)
    return folder


@pytest.fixture
def contest(opened: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the contest with two drafts and a juror, the desk at its keyboard."""
    folder = tmp_path / "contest"
    shutil.copytree(opened, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PTCE_ACTOR", DESK)
    monkeypatch.setenv("PTCE_NOW", NOW)
    return folder


@pytest.fixture
def cited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The smallest contest, with the rulebook that its sources cite; nothing has begun in it."""
    folder = shutil.copytree(CONTESTS / "minimal", tmp_path / "cited")
    (folder / "texts").mkdir(exist_ok=True)
    (folder / "texts" / "rulebook.md").write_text(RULEBOOK, "utf-8")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="module", autouse=True)
def one_reader() -> Iterator[None]:
    """Has one child open the files of a module's commands: to begin it costs much."""
    if REMEMBER_NOTHING:
        yield
        return
    end = FileReader.__exit__

    def left(reader: FileReader, *exception: object) -> None:
        """Ends a child that has failed, and none at the end of a block."""
        if not exception:
            end(reader)

    with FileReader() as reader, pytest.MonkeyPatch.context() as patch:
        patch.setattr(FileReader, "__enter__", lambda _other: reader)
        patch.setattr(FileReader, "__exit__", left)
        yield
