"""A ledger that an older version has made verifies, and goes on."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from ptce_workflow.app.admin.key import change_key
from ptce_workflow.app.admin.setup import upgrade
from ptce_workflow.app.admin.verify import verify, verify_against
from ptce_workflow.app.cases.advance import add
from ptce_workflow.app.cases.history import history
from ptce_workflow.app.cases.record import record
from ptce_workflow.app.checkpoints import make
from ptce_workflow.app.post.desk import messages, release
from ptce_workflow.base.clock import SetClock
from ptce_workflow.scheduler.checkpoints import make_due
from tests.chronicle import END, GIVER, TAKER, dossier, passes
from tests.rehearsal import lines, move, opened, states
from tests.servers import by_hand
from tests.smtp import Server

OLDER = Path(__file__).resolve().parents[1] / "older"
VERSIONS = ("0.1.0",)
"""Each has a database of both contests of `tests.chronicle`, made by that version's program."""


def restored(version: str, name: str, place: Path) -> Path:
    """A contest as its version left it: the database, and the folder from what it has archived."""
    folder = place / name
    folder.mkdir()
    file = folder / "ptce.db"
    file.write_bytes(lzma.decompress((OLDER / f"{version}-{name}.db.xz").read_bytes()))
    with by_hand(file) as database:
        files = "SELECT path, content FROM process_file NATURAL JOIN contest"
        for path, content in database.execute(files):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
    upgrade(folder)
    return folder


@pytest.mark.parametrize("version", VERSIONS)
def test_it_verifies(version: str, tmp_path: Path) -> None:
    """By itself, and beside the ledger to which it handed a candidature over."""
    giver = restored(version, GIVER, tmp_path)
    taker = restored(version, TAKER, tmp_path)
    clock = SetClock(END)
    with opened(giver, clock) as contest, opened(taker, clock) as other:
        assert verify_against(contest, other).faults == ()
        assert verify(other).faults == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_it_gets_its_first_key(version: str, tmp_path: Path) -> None:
    """It told none: nothing signs it, by time either, until the desk has a key made."""
    giver, clock = restored(version, GIVER, tmp_path), SetClock(END)
    with opened(giver, clock) as contest:
        assert make(contest) is None
        assert make_due(contest) is None
        made = change_key(contest, None)
        assert (made.why, made.line) == ("first", made.note.checkpoint.size)
        report = verify(contest)
    assert (report.faults, report.checkpoints) == ((), 1)


@pytest.mark.parametrize("version", VERSIONS)
def test_it_goes_on(version: str, tmp_path: Path) -> None:
    """People, time and the courier act in it; no byte of what was written changes."""
    clock = SetClock(END)
    giver = restored(version, GIVER, tmp_path)
    with opened(giver, clock) as contest, Server() as server:
        before = lines(contest)
        for told in history(contest, "C-001"):
            assert told.line.n <= len(before)
        new = add(contest, dossier("Le Port")).ref
        record(contest, "C-006", {"dossier": {"need": "Un ponton."}})
        move(contest, "reopen", "C-002", reason="Erreur.")
        move(contest, "withdraw", new)
        release(contest, [one.name for one in messages(contest, ["held"])])
        passes(contest, server, "2024-04-22T10:00")
        assert states(contest)["C-002"] == "scored"
        assert server.received
        assert lines(contest)[: len(before)] == before
        assert verify(contest).faults == ()
