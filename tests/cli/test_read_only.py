"""A contest on a disc, or in somebody else's folder: looked at and verified, never written."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.cast import DESK
from tests.cli.lines import run
from tests.nobody import as_nobody

Capture = pytest.CaptureFixture[str]
READ_ONLY = pytest.mark.sqlite(
    "reads a file that may not be written; on a server: tests/app/test_grants.py"
)
pytestmark = [READ_ONLY, pytest.mark.rehearsed]
LOOKING = (
    "replay --check",
    *("verify", "verify --json", "list", "show C-001", "history C-001", "why C-001"),
    *(
        "mail list --all",
        "mail show M-001",
        "calendar",
        "jury rank",
        "people list",
        "minutes --list",
    ),
)


@pytest.fixture
def disc(played: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The contest that was played, where everyone may read and nobody may write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "disc"
        shutil.copytree(played, folder)
        for path in (folder.parent, folder, *folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        monkeypatch.setenv("PTCE_CONTEST", str(folder))
        monkeypatch.setenv("PTCE_ACTOR", DESK)
        monkeypatch.setenv("PTCE_NOW", "2024-09-04T09:00:00+02:00")
        yield folder
        for path in (folder.parent, *(path for path in folder.rglob("*") if path.is_dir()), folder):
            path.chmod(0o755)


@pytest.mark.long
def test_everything_can_be_looked_at(disc: Path, capsys: Capture) -> None:
    before = sorted(disc.rglob("*"))
    with as_nobody():
        for line in LOOKING:
            ended = run(capsys, *line.split(), "--lang", "en")
            assert ended.code == 0, (line, ended.err)
    assert sorted(disc.rglob("*")) == before


def test_nothing_can_be_written(disc: Path, capsys: Capture) -> None:
    """What would write says why it cannot."""
    with as_nobody():
        ended = run(capsys, "tick", "--lang", "en")
    assert ended.code == 1
    assert "cannot be written" in ended.err
