"""Erasing what is held of somebody: not a byte is left, and the ledger stays whole."""

import shutil
import sqlite3
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import Mock

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.app.locations import database_url
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.app.people import leave
from ptce_workflow.app.retention.erase import erase, preview
from ptce_workflow.app.retention.held import (
    Selection,
    finish,
    is_scrub_pending,
    read_erasures,
    undone_erasures,
)
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.process.letters.message import Stage
from ptce_workflow.scheduler.passes import tick
from tests.chronicle import END, giver, lived
from tests.courier import write_notification
from tests.rehearsal import BEGINNING, SMALL, added, move, opened
from tests.servers import by_hand

__all__ = ["giver", "lived"]

WORDS = ("Les Jardins", "les.jardins@collectif.example", "Une lettre.", "La Serre", "Adhérente.")
"""What C-001 has told, what was handed in, and why somebody stepped aside from it."""


@pytest.fixture
def desk(giver: Path) -> Iterator[Contest]:
    """The lived contest, opened by its desk at the end."""
    with opened(giver, SetClock(END)) as contest:
        yield contest


def given_out(url: str) -> Iterator[bytes]:
    """Every value of every row that a server keeps."""
    with by_hand(url) as server:
        ours = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        for (table,) in server.execute(ours).fetchall():
            for row in server.execute(f"SELECT * FROM {table}").fetchall():
                yield from (one if isinstance(one, bytes) else str(one).encode() for one in row)


def traces(folder: Path, words: tuple[str, ...] = WORDS) -> set[str]:
    """The words whose bytes are in a file of the folder: plain, in JSON, or as mails write them.

    What a server keeps is looked for in what it gives out.
    """
    content = b"".join(
        file.read_bytes() for file in folder.rglob("*") if file.is_file() and "ptce" in file.name
    )
    url = database_url(folder)
    if isinstance(url, str):
        content += b"".join(given_out(url))
    found: set[str] = set()
    for word in words:
        raw = word.encode()
        # Base64 of a text within another one: three ways to fall into groups of three bytes.
        in_base64 = (b64encode(b" " * n + raw)[4 * (n > 0) : -4] for n in range(3))
        escaped = word.encode("ascii", "backslashreplace").replace(b"\\x", b"\\u00")
        forms = (raw, escaped, b2a_qp(raw), *in_base64)
        found |= {word for form in forms if len(form) > 3 and form in content}
    return found


def test_not_a_byte_is_left(desk: Contest) -> None:
    assert traces(desk.folder) == {*WORDS}
    before = show(desk, "C-001").case
    [held] = erase(desk, "C-001", "Demandé.")
    assert held.documents
    assert not is_scrub_pending(desk)
    assert traces(desk.folder) == set()
    after = show(desk, "C-001").case
    assert (after.facts, after.given, after.scores, after.panels) == (
        *(before.facts, before.given),
        *(before.scores, before.panels),
    )
    assert dict(after.private) == {}
    assert verify(desk).faults == ()
    with pytest.raises(Misuse, match="Nothing is held of C-001 any more"):
        preview(desk, Selection("C-001"))


def test_what_has_not_left_is_told(tmp_path: Path) -> None:
    folder, clock = tmp_path / "contest", SetClock(BEGINNING)
    shutil.copytree(SMALL, folder)
    write_notification(folder, "gone", 'on = "draft.withdraw"\n')
    create(folder, login="anne", rehearsal=True, clock=clock)
    with opened(folder, clock) as contest:
        ref = added(contest)
        move(contest, "withdraw", ref)
        waiting = tuple(one.name for one in messages(contest, ["planned"], ref=ref))
        assert len(waiting) == 1
        assert preview(contest, Selection(ref))[0][0].unsent == waiting
        assert erase(contest, ref, "Demandé.")[0].unsent == waiting
        assert [one.stage for one in messages(contest, list(Stage), ref=ref)] == ["cancelled"]


@pytest.mark.sqlite("holds the file up")
def test_a_reader_holds_up_the_last_bytes(desk: Contest) -> None:
    with closing(sqlite3.connect(desk.folder / "ptce.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM side").fetchone()
        erase(desk, "C-001", "Demandé.")
        assert is_scrub_pending(desk)
        assert traces(desk.folder)
        assert not finish(desk)
    tick(desk)
    assert not is_scrub_pending(desk)
    assert traces(desk.folder) == set()


@pytest.mark.sqlite("holds the file up")
def test_a_full_disk_holds_up_the_last_bytes(
    desk: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorname = "SQLITE_FULL"
    narrow = Mock()
    narrow.driver.execute.side_effect = full
    with monkeypatch.context() as disk:
        disk.setattr(desk.database.base, "writer", lambda: narrow)
        erase(desk, "C-001", "Demandé.")
        assert is_scrub_pending(desk)
        tick(desk)
        assert is_scrub_pending(desk)
    tick(desk)
    assert not is_scrub_pending(desk)
    assert traces(desk.folder) == set()


@pytest.mark.sqlite("puts an older file in place")
def test_an_older_copy_brings_back_what_was_erased(desk: Contest, tmp_path: Path) -> None:
    older = shutil.copy(desk.folder / "ptce.db", tmp_path / "older.db")
    erase(desk, "C-001", "Demandé.")
    with desk.database.reading() as repo:
        assert [*undone_erasures(desk, repo)] == []
    desk.database.close()
    shutil.copy(older, desk.folder / "ptce.db")
    assert "What was erased is there again: an older database was put in place." in {
        fault.what for fault in verify(desk).faults
    }
    [held] = erase(desk, Selection(again=True), None)
    assert held.called == "C-001"
    report = verify(desk)
    assert report.faults == ()
    assert "Erased again" in report.remarks[-1].what
    assert traces(desk.folder) == set()
    assert erase(desk, Selection(again=True), None) == []


def test_nothing_is_listed_that_was_not_erased(
    desk: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_erasures(desk)
    monkeypatch.setattr("ptce_workflow.app.retention.erase.append_erasures", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erase(desk, "C-001", "Demandé.")
    assert read_erasures(desk) == before
    assert traces(desk.folder) == {*WORDS}
    assert verify(desk).faults == ()


def test_a_person(desk: Contest) -> None:
    """Name, address and login go, with the mails to them; what they did stays."""
    with pytest.raises(PtceError, match="P-002 acts still"):
        erase(desk, "P-002", "Demandé.")
    leave(desk, "nour")
    erase(desk, "P-002", "Demandé.")
    assert traces(desk.folder, ("Nour", "nour@north.example")) == set()
    assert show(desk, "C-003").case.scores["cra"]["north"]
    assert verify(desk).faults == ()


def test_what_stands_in_the_way(desk: Contest) -> None:
    """What is under way, a decision that is not told yet, no reason, another than the desk."""
    for who, told in (("C-004", "C-004 is under way"), ("C-002", "still to leave: M-038")):
        with pytest.raises(PtceError, match=told):
            erase(desk, who, "Demandé.")
    with pytest.raises(Misuse, match="Nothing is erased without a reason"):
        erase(desk, "C-001", " ")
    with pytest.raises(PtceError, match="Nothing that may be erased so stands beside: 2"):
        erase(desk, Selection(lines=(2,)), "Demandé.")
    with (
        opened(desk.folder, SetClock(END), "nour") as juror,
        pytest.raises(PtceError, match="Only the desk erases"),
    ):
        erase(juror, "C-001", "Demandé.")
    assert preview(desk, Selection(due=True)) == ([], [])
    assert traces(desk.folder) == {*WORDS}


def test_words_about_the_contest(desk: Contest) -> None:
    reason = "Plus mûr."
    with desk.database.reading() as repo:
        [n] = [row.n for row in repo.sides_of(desk.id, "contest") if "Plus m" in row.data]
    assert traces(desk.folder, (reason,))
    erase(desk, Selection(lines=(n,)), "Nommait une personne.")
    assert not traces(desk.folder, (reason,))
    assert verify(desk).faults == ()
