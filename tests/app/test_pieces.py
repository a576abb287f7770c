"""The received mails: what is kept of them, what they prove, and when it goes."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import get_args

import pytest

from ptce_workflow.app import pieces
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.record import receive
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.people import enrol
from ptce_workflow.app.retention.backup import copy_contest
from ptce_workflow.app.retention.erase import erase
from ptce_workflow.app.retention.held import subject_data
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.office import files
from ptce_workflow.office.files import kind_to_keep
from ptce_workflow.reports.audit import audit_ledger, audit_report
from ptce_workflow.scheduler.passes import tick
from ptce_workflow.store.database import Database
from ptce_workflow.store.rows import ReceivedRow
from tests.app.test_erasure import backed_up, restored
from tests.chronicle import END, giver, lived
from tests.rehearsal import added, opened

__all__ = ["giver", "lived"]

PDF = b"%PDF-1.7\nthe dossier of the gardens\n"
LETTER = b"From: a@example.org\nSubject: Re: M-001\nDate: today\n\nHere it is.\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def archive(*names: str, content: bytes = b"", **more: int) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        for name, count in more.items():
            for n in range(count):
                made.writestr(zipfile.ZipInfo(f"{name}{n}"), b"")
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (PDF, "dossier.exe.pdf", "a PDF"),
        (b"junk before" + PDF, "d", "a PDF"),
        (b"\x89PNG\r\n", "a.txt", "a picture"),
        (b"{\\rtf1", "", "a document in RTF"),
        (OLE, "old.doc", "a file in an old format (.doc, .xls) or a message of Outlook (.msg)"),
        (LETTER, "sent on.eml", "message"),
        ("Bonjour à tous".encode(), "lettre.txt", "text"),
        (b"<!DOCTYPE html><p>", "page.htm", "a web page, or a file in XML"),
        (b"\x00\x01\x02\xff", "what.ever", "a file of an unknown kind"),
        (b"", "empty", "text"),
        (b"PKI is a public key infrastructure", "", "text"),
        (archive("a.pdf", content=PDF), "a.zip", "an archive"),
        (archive("word/document.xml"), "", "docx"),
        (archive("xl/workbook.xml"), "", "xlsx"),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, name: str, kind: str) -> None:
    assert kind_to_keep(content, name) == kind


@pytest.mark.parametrize(
    ("content", "name", "refused"),
    [
        # What runs when somebody opens it, whatever it is called.
        (b"MZ\x90\0", "dossier.pdf", "program"),
        (b"\x7fELF", "", "program"),
        (b"#!/bin/sh\n", "", "program"),
        (b"L\0\0\0\x01\x14\x02\0", "dossier", "program"),
        (b"WScript.Echo 1", "facture.pdf.VBS", "program"),
        (b"alert(1)", "a.js .", "program"),
        (archive("in/setup.exe"), "a.zip", "program"),
        (archive("word/document.xml", "word/vbaProject.bin"), "dossier.docx", "macros"),
        (archive("Basic/Standard/Module1.xml"), "a.odt", "macros"),
        (OLE + "_VBA_PROJECT".encode("utf-16-le"), "old.doc", "macros"),
        # What unfolds, or is no whole archive, is not opened.
        (archive("a", content=b"0" * 60_000_000), "bomb.zip", "unfolds"),
        (archive(many=1_001), "many.zip", "damaged"),
        (archive("a")[:-8], "cut.zip", "damaged"),
        (b"PK\x03\x04", "", "damaged"),
        (PDF + b"0" * 21_000_000, "large.pdf", "21 megabytes"),
    ],
)
def test_what_is_refused(content: bytes, name: str, refused: str) -> None:
    with pytest.raises(Misuse, match=refused):
        kind_to_keep(content, name)


@pytest.fixture
def desk(giver: Path) -> Iterator[Contest]:
    """The lived contest, opened by its desk at the end."""
    with opened(giver, SetClock(END)) as contest:
        yield contest


def received(desk: Contest, content: bytes = LETTER, ref: str = "", **columns: str) -> ReceivedRow:
    """Keeps a mail with a dossier attached to it, of a candidature or of none."""
    with desk.acting() as tx:
        case_id = tx.load([ref])[0].id if ref else ""
        piece = pieces.keep(tx.unit, PDF, "dossier.pdf")
        columns = {"outcome": "unknown", "sender": "a@example.org", **columns}
        row = pieces.keep_mail(tx, content, [piece], case_id=case_id, **columns)
        tx.flush()
    return row


def kept(desk: Contest) -> set[bytes]:
    with desk.database.reading() as repo:
        return {one for one in (PDF, LETTER) if repo.document(sha256(one).hexdigest()) == one}


def test_a_mail_is_kept_with_its_pieces(desk: Contest) -> None:
    row = received(desk)
    with desk.database.reading() as repo:
        assert repo.received_mails(desk.id)[2:] == [row]
        assert repo.received_by_sha256(desk.id, sha256(LETTER).hexdigest()) == row
    [piece] = pieces.pieces_of(row)
    assert (piece.name, piece.kind, piece.size) == ("dossier.pdf", "a PDF", len(PDF))
    assert kept(desk) == {PDF, LETTER}
    assert verify(desk).faults == ()


def test_what_must_not_be_kept_is_not(desk: Contest) -> None:
    with desk.acting() as tx:
        piece = pieces.keep(tx.unit, b"MZ\x90\0", "a.exe")
        row = pieces.keep_mail(tx, LETTER, [piece], outcome="unknown")
        tx.flush()
        assert tx.unit.document(piece.sha256) is None
    assert "program" in piece.why_refused
    assert pieces.documents_of(row) == {row.sha256}
    assert verify(desk).faults == ()


def test_a_mail_of_nobody_goes_after_its_days(desk: Contest) -> None:
    """Its number and its hash stay: it is not read again."""
    row = received(desk)
    desk.clock = SetClock(END + timedelta(days=29))
    tick(desk)
    assert kept(desk) == {PDF, LETTER}
    desk.clock = SetClock(END + timedelta(days=30))
    tick(desk)
    assert kept(desk) == set()
    with desk.database.reading() as repo:
        [*_others, gone] = repo.received_mails(desk.id)
    assert (gone.number, gone.sha256, gone.sender, gone.erased) == (3, row.sha256, "", True)
    assert verify(desk).faults == ()


def test_a_document_that_is_named_still_stays(desk: Contest) -> None:
    received(desk)
    received(desk, LETTER + b"Once more.\n", "C-001")
    desk.clock = SetClock(END + timedelta(days=31))
    tick(desk)
    assert kept(desk) == {PDF}
    assert verify(desk).faults == ()


def test_a_person_s_mails_go_with_them(desk: Contest) -> None:
    row = received(desk, ref="C-001")
    received(desk, LETTER + b"Another's.\n", "C-002")
    desk.clock = SetClock(END + timedelta(days=31))
    tick(desk)
    assert kept(desk) == {PDF, LETTER}
    [holdings] = erase(desk, "C-001", "Demandé.")
    assert [one.number for one in holdings.received] == [3]
    assert row.sha256 in holdings.documents
    # The other one has sent the same dossier.
    assert kept(desk) == {PDF}
    assert verify(desk).faults == ()


def test_a_restore_erases_mails_again(desk: Contest, tmp_path: Path) -> None:
    row = received(desk, ref="C-001", subject="Notre dossier")
    backup = backed_up(desk, tmp_path / "backup.db")
    erase(desk, "C-001", "Demandé.")
    assert restored(desk, backup) == 1
    with desk.database.reading() as repo:
        assert repo.received_by_sha256(desk.id, row.sha256) == row._replace(
            sender="", subject="", pieces="[]", erased=True
        )
    assert kept(desk) == set()
    assert verify(desk).faults == ()


def test_mails_move_with_the_contest(desk: Contest, tmp_path: Path) -> None:
    row = received(desk, ref="C-001")
    with closing(Database.create(tmp_path / "other.db")) as other:
        copy_contest(desk.database, desk.id, other)
        with other.reading() as repo:
            assert repo.received_mails(desk.id)[2:] == [row]
            assert repo.document(row.sha256) == LETTER
            assert {one.sha256 for one in repo.documents()} > pieces.documents_of(row)


def test_all_that_is_held_has_the_mails(desk: Contest) -> None:
    row = received(desk, ref="C-001")
    assert subject_data(desk, "C-001").documents[row.sha256] == LETTER


def test_a_mail_proves_an_arrival(contest: Contest) -> None:
    """By its hash and its hour; it belongs to that candidature from then on."""
    ref = added(contest)
    hour = to_text(contest.clock.now())
    row = received(contest, received_at=hour)
    proof, at = pieces.evidence(contest, "mail:1") or (None, None)
    assert (proof, at) == (Evidence(row.sha256, len(LETTER)), from_text(hour))
    case = receive(contest, ref, "dossier", at=at, evidence=proof).case
    with contest.database.reading() as repo:
        [now] = repo.received_mails(contest.id)
    assert (now.case_id, now.kept_until) == (case.id, "")
    assert verify(contest).faults == ()


@pytest.mark.parametrize("name", ["mail.eml", "mail:x", "mail:", "./mail:1"])
def test_the_name_of_a_file(contest: Contest, name: str) -> None:
    assert pieces.evidence(contest, name) is None


def test_a_mail_that_is_not_there(contest: Contest) -> None:
    with pytest.raises(Misuse, match="mail:1 is not there, or no longer whole"):
        pieces.evidence(contest, "mail:1")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM document WHERE sha256 = '{0}'",
        "UPDATE document SET content = 'x' WHERE sha256 = '{0}'",
    ],
)
def test_bytes_that_are_gone_are_told(desk: Contest, statement: str) -> None:
    row = received(desk, ref="C-001")
    with desk.database.writing(desk.id) as repo:
        repo.driver.execute(statement.format(row.sha256))
    [fault] = verify(desk).faults
    assert fault.what == "A document is missing or damaged."
    assert "mail:3" in fault.why


def test_a_mail_that_nothing_has_erased_is_told(desk: Contest) -> None:
    row = received(desk, ref="C-001")
    with desk.database.writing(desk.id) as repo:
        pieces.erase_mails(repo, desk.id, [row])
    [fault] = verify(desk).faults
    assert fault.what == "mail:3 is gone, and no line has erased it."


def test_a_list_of_pieces_that_is_none_is_told(desk: Contest) -> None:
    received(desk, ref="C-001")
    with desk.database.writing(desk.id) as repo:
        repo.driver.execute("UPDATE received_mail SET pieces = 'none'")
    assert verify(desk).faults


def outcome(desk: Contest, row: ReceivedRow) -> tuple[str, str, str]:
    with desk.database.reading() as repo:
        stored = repo.received_by_sha256(desk.id, row.sha256)
    assert stored is not None
    return stored.outcome, stored.case_id, stored.kept_until


def test_what_proves_an_arrival_is_filed(desk: Contest) -> None:
    """It waits for nobody any more, and is kept with its candidature."""
    row = received(desk, why="It names no mail of ours.")
    case = receive(desk, "C-001", "dossier", at=END, evidence=Evidence(row.sha256, len(LETTER)))
    assert outcome(desk, row) == ("filed", case.case.id, "")
    assert verify(desk).faults == ()


def test_what_no_line_names_is_not_filed(desk: Contest) -> None:
    row = received(desk)
    with desk.acting() as tx:
        pieces.mark_filed(tx, row)
        tx.flush()
    assert outcome(desk, row) == ("filed", "", "")
    [fault] = verify(desk).faults
    assert fault.what == "No line names mail:3 as evidence."


def names(contest: Contest, ref: str) -> list[tuple[str, str]]:
    """The files that came with the mails of a candidature."""
    every = pieces.of_candidature(contest, ref)[1]
    return [(one.name, one.file.name) for one in every if one.mail]


def test_a_piece_has_a_number_that_is_never_given_twice(desk: Contest) -> None:
    received(desk, ref="C-001")
    received(desk, LETTER + b"Once more.\n", ref="C-001")
    assert names(desk, "C-001") == [("piece:1", "dossier.pdf"), ("piece:2", "dossier.pdf")]
    assert pieces.piece_content(desk, "piece:2")[1] == PDF
    erase(desk, "C-001", "Demandé.")
    received(desk, LETTER + b"Another's.\n", ref="C-002")
    assert names(desk, "C-002") == [("piece:3", "dossier.pdf")]
    for gone in ("piece:1", "piece:4", "piece:x"):
        with pytest.raises(Misuse, match=f"There is no {gone}, or it was erased"):
            pieces.piece_content(desk, gone)
    assert verify(desk).faults == ()


def test_the_number_of_a_piece_is_kept_by_a_backup(desk: Contest, tmp_path: Path) -> None:
    """And a restore erases it again: the next one has another number."""
    received(desk, ref="C-001")
    backup = backed_up(desk, tmp_path / "backup.db")
    erase(desk, "C-001", "Demandé.")
    restored(desk, backup)
    received(desk, LETTER + b"Another's.\n", ref="C-002")
    assert names(desk, "C-002") == [("piece:2", "dossier.pdf")]


def test_a_piece_is_read_by_the_desk_and_whole(desk: Contest) -> None:
    row = received(desk, ref="C-001")
    [piece] = pieces.pieces_of(row)
    enrol(desk, "Nour", ["jury"], institution="south", login="nour")
    with opened(desk.folder, SetClock(desk.clock.now()), "nour") as own:
        assert names(own, "C-001") == [("piece:1", "dossier.pdf")]
        with pytest.raises(PtceError, match="read by the desk and the auditor"):
            pieces.piece_content(own, "piece:1")
    with desk.database.writing(desk.id) as repo:
        repo.driver.execute(f"UPDATE document SET content = 'x' WHERE sha256 = '{piece.sha256}'")
    with pytest.raises(PtceError, match="piece:1 is no longer whole"):
        pieces.piece_content(desk, "piece:1")


def test_a_refused_piece_says_why(desk: Contest) -> None:
    with desk.acting() as tx:
        piece = pieces.keep(tx.unit, b"MZ\x90\0", "a.exe")
        pieces.keep_mail(tx, LETTER, [piece], outcome="unknown")
        tx.flush()
    with pytest.raises(PtceError, match=r"piece:1 was refused: .*program"):
        pieces.piece_content(desk, "piece:1")
    told = str(audit_report(desk, verify(desk), audit_ledger(desk)).parts)
    assert "unknown sender: 1 file." in told
    assert "piece:1 – a.exe – This is a program" in told


@pytest.mark.parametrize(
    ("name", "kind", "ending"),
    [
        ("a.PDF", "a PDF", ".pdf"),
        ("a.docx", "a PDF", ".pdf"),
        ("a.jpeg", "a picture", ".jpeg"),
        ("a.docm", "a picture", ".jpg"),
        ("list.csv", "text", ".csv"),
        ("a.pdf", "a file of an unknown kind", ".bin"),
        ("", "docx", ".docx"),
    ],
)
def test_the_kind_of_a_piece_tells_its_ending(name: str, kind: str, ending: str) -> None:
    assert pieces.KeptPiece("", name, kind, 1).endings[0] == ending


def test_each_kind_of_file_has_its_endings() -> None:
    kinds = {*get_args(files.Kind), *files._BEGINNINGS.values(), files._LOCKED, files._PACKED}
    assert pieces.ENDINGS.keys() <= kinds
    assert kinds - pieces.ENDINGS.keys() == {
        "an envelope of Outlook (winmail.dat)",
        "a box of mails",
    }
