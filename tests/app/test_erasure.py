"""Erasing what is held of somebody: not a byte is left, and the ledger stays whole."""

import shutil
import sqlite3
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from unittest.mock import Mock

import pytest
from msgspec import json

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.history import ledger_origin
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.app.locations import OutputFile, database_url
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.app.people import leave
from ptce_workflow.app.projections import rows_of
from ptce_workflow.app.retention.backup import back_up, copies_with_erased
from ptce_workflow.app.retention.erase import erase, preview
from ptce_workflow.app.retention.held import (
    Selection,
    announced,
    finish,
    is_scrub_pending,
    read_erasures,
    signed_by_contest,
    undone_erasures,
)
from ptce_workflow.app.retention.restore import prepared_backup, redo_erasures
from ptce_workflow.app.retention.restore import restore as put_in_place
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.events.erasure import ListedErasure
from ptce_workflow.process.letters.message import Stage
from ptce_workflow.scheduler.passes import tick
from tests.chronicle import END, giver, lived
from tests.courier import write_notification
from tests.rehearsal import BEGINNING, SMALL, added, move, opened, types
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


def put_back(desk: Contest, older: Path) -> None:
    """Puts an older database in the place of a contest's, without a restore."""
    desk.database.close()
    for ending in ("-wal", "-shm"):
        (desk.folder / f"ptce.db{ending}").unlink(missing_ok=True)
    shutil.copy(older, desk.folder / "ptce.db")


def named(desk: Contest) -> set[str]:
    """What verifying finds wrong."""
    return {fault.what for fault in verify(desk).faults}


BACK = "What was erased is there again: an older database was put in place."
INVENTED = "The list of erasures names what no line of this ledger has erased."


@pytest.mark.sqlite("puts an older file in place")
def test_an_older_copy_brings_back_what_was_erased(desk: Contest, tmp_path: Path) -> None:
    """No restore went before: nothing is erased but by name."""
    older = tmp_path / "older.db"
    shutil.copy(desk.folder / "ptce.db", older)
    erase(desk, "C-001", "Demandé.")
    with desk.database.reading() as repo:
        assert [*undone_erasures(desk, repo)] == []
    put_back(desk, older)
    assert named(desk) == {BACK}
    erase(desk, "C-001", "Demandé.")
    assert verify(desk).faults == ()
    assert traces(desk.folder) == set()


def restored(desk: Contest, backup: Path) -> int:
    """Restores a backup; the number of erasures that are made again."""
    with prepared_backup(desk, desk.folder, backup, desk.clock, desk.watch) as ready:
        put_in_place(ready, desk.clock)
    again, _left, why = redo_erasures(desk, ready.lines)
    assert why == ""
    return again


def backed_up(desk: Contest, file: Path) -> Path:
    back_up(desk, OutputFile(file, "db"))
    return file


def test_a_restore_erases_again(desk: Contest, tmp_path: Path) -> None:
    """The line names the restore, and holds what was signed."""
    backup = backed_up(desk, tmp_path / "backup.db")
    with desk.database.reading() as repo:
        head = repo.contest(desk.id).head_n
    erase(desk, "C-001", "Demandé.")
    assert restored(desk, backup) == 1
    report = verify(desk)
    assert report.faults == ()
    assert f"Restored up to line {head}; it was line {head + 1}" in report.remarks[-1].why
    # The backups themselves hold it still, and are named.
    assert copies_with_erased(desk) == [backup]
    backup.unlink()
    assert copies_with_erased(desk) == []


def listed(desk: Contest, who: str, line: int) -> ListedErasure:
    """An entry that calls erased what is held of a candidature."""
    with desk.looking() as tx:
        case = tx.load([who])[0].id
        rows = rows_of(tx.unit, tx.contest, case)
        hashes = {str(n): (one.pd or {})[case] for n, one in rows.items() if one is not None}
        return ListedErasure(ledger_origin(tx.unit, tx.contest), line, case, hashes)


def listed_anew(desk: Contest, *entries: ListedErasure) -> None:
    with (desk.folder / "ptce.erased").open("ab") as file:
        file.writelines(json.encode(entry) + b"\n" for entry in entries)


def test_a_line_of_text_erases_nothing(desk: Contest, tmp_path: Path) -> None:
    """The list is a hint: what nobody signed is named, and done by nothing."""
    backup = backed_up(desk, tmp_path / "backup.db")
    with desk.database.reading() as repo:
        head = repo.contest(desk.id).head_n
    listed_anew(desk, listed(desk, "C-004", head + 1))
    assert named(desk) == {INVENTED}
    assert erase(desk, Selection(restored=head), None) == []
    assert restored(desk, backup) == 0
    assert named(desk) == {INVENTED}
    with pytest.raises(PtceError, match="C-004 is under way"):
        erase(desk, "C-004", "Demandé.")


def test_what_stands_in_the_restored_lines_is_not_erased_again(
    desk: Contest, tmp_path: Path
) -> None:
    """Signed or not: at or below the line up to which was restored it is no such erasure."""
    backup = backed_up(desk, tmp_path / "backup.db")
    entry = listed(desk, "C-004", 20)
    with desk.database.reading() as repo:
        listed_anew(desk, *signed_by_contest(desk, repo, [entry]))
    assert restored(desk, backup) == 0
    assert named(desk) == {BACK}


def test_an_interrupted_erasure_is_told_as_one(
    desk: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between what is written down and the commit: nothing was erased, and nobody did it."""

    class Dying(AbstractContextManager[None]):
        def __init__(self, contest: Contest, erasures: Sequence[ListedErasure]) -> None:
            self.contest, self.erasures = contest, erasures

        def __enter__(self) -> None:
            with announced(self.contest, self.erasures):
                raise KeyboardInterrupt

        def __exit__(self, *_error: object) -> None: ...

    with monkeypatch.context() as killed:
        killed.setattr("ptce_workflow.app.retention.erase.announced", Dying)
        killed.setattr("os.truncate", lambda *_args: None)
        with pytest.raises(KeyboardInterrupt):
            erase(desk, "C-001", "Demandé.")
    report = verify(desk)
    assert report.faults == ()
    [told] = [one for one in report.remarks if "interrupted" in one.what]
    assert "ptce erase C-001" in told.why
    erase(desk, "C-001", "Demandé.")
    report = verify(desk)
    assert (report.faults, [one for one in report.remarks if "interrupted" in one.what]) == ((), [])
    assert traces(desk.folder) == set()


def test_a_list_that_lacks_an_erasure_is_told(desk: Contest) -> None:
    erase(desk, "C-001", "Demandé.")
    assert not [one for one in verify(desk).remarks if "lacks" in one.what]
    (desk.folder / "ptce.erased").write_bytes(b"")
    lines = [n for n, type_ in enumerate(types(desk), 1) if type_ == "personal_data_erased"]
    assert [one.line for one in verify(desk).remarks if "lacks" in one.what] == lines


def test_nothing_is_listed_that_was_not_erased(
    desk: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_erasures(desk)
    monkeypatch.setattr("ptce_workflow.app.retention.erase.announced", lambda *_args: 1 / 0)
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
    for who, told in (("C-004", "C-004 is under way"), ("C-002", "still to leave: M-040")):
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
