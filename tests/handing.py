"""Two small contests, one of which hands candidatures over to the other.

A test module takes the fixtures by name: `contest` hands over, `taker` takes.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.base.runtime import SetClock
from tests.rehearsal import BEGINNING, SMALL, added, change, move, opened

TAKE_OVER = """
[transitions.take_over]
label = "Take over"
to = "draft"
carries = ["dossier"]
same_as = ["start.create.opened"]

[transitions.take_over.rules.from_submitted]
says = "It comes from the small contest, where it was submitted"
when = 'origin.contest == "small-2024" && origin.state == "submitted"'
choice = "from there only"
"""
CONTENT = b"Une lettre."


def begin_giver(folder: Path) -> None:
    """Begins the contest that hands over, from two of its states."""
    shutil.copytree(SMALL, folder)
    for state in ("submitted", "selected"):
        change(folder, f"states/{state}.toml", "meaning", "hands_over = true\nmeaning")
    create(folder, login="anne", rehearsal=True, clock=SetClock(BEGINNING))


def begin_taker(folder: Path, *, rehearsal: bool = True) -> None:
    """Begins the contest that takes over: it asks for a little less, and otherwise."""
    shutil.copytree(SMALL, folder)
    change(folder, "config.toml", '"small-2024"', '"next-2024"')
    start = folder / "states" / "start.toml"
    start.write_text(start.read_text("utf-8") + TAKE_OVER, "utf-8")
    dossier = "sheets/dossier.toml"
    change(folder, dossier, "max = 900", "max = 400")
    change(folder, dossier, ', care = "Care"', "")
    change(folder, dossier, 'type = "date"', 'type = "text"')
    change(folder, dossier, "urgent = ", "pressing = ")
    lapse = "states/draft.toml"
    change(folder, lapse, "!dossier.urgent", "!dossier.pressing")
    clock = SetClock(BEGINNING) if rehearsal else None
    create(folder, login="anne", rehearsal=rehearsal, clock=clock)


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds both contests, just begun, to be copied and never written."""
    place = tmp_path_factory.mktemp("pair")
    begin_giver(place / "giver")
    begin_taker(place / "taker")
    return place


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    """Both contests, of the test's own."""
    return shutil.copytree(begun, tmp_path / "pair")


@pytest.fixture
def contest(folder: Path, clock: SetClock) -> Iterator[Contest]:
    """The contest that hands over."""
    with opened(folder / "giver", clock) as contest:
        yield contest


@pytest.fixture
def taker(folder: Path, clock: SetClock) -> Iterator[Contest]:
    """The contest that takes over."""
    with opened(folder / "taker", clock) as contest:
        yield contest


def ready(contest: Contest, **answers: object) -> str:
    """A candidature that may be handed over, with a document; its reference."""
    letter = {"name": "lettre.txt", "content": CONTENT}
    ref = added(contest, founded="2019-05-04", letter=letter, **answers)
    move(contest, "submit", ref)
    return ref
