"""`--evidence mail:12`: what a received mail proves, at the keyboard."""

import json
from pathlib import Path

import pytest

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.pieces import keep_mail
from tests.cli.lines import run
from tests.cli.posting import do, english
from tests.cli.test_deadlines import silent
from tests.contests.test_jardins import begun

__all__ = ["begun", "silent"]

MAIL = b"From: a@example.org\nDate: today\n\nOur dossier.\n"
HOUR = "2027-03-01T09:12:00.000000Z"


@pytest.fixture
def mails(begun: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two mails that were read: one tells when it arrived."""
    monkeypatch.setenv("PTCE_NOW", "2027-03-02T10:00:00+01:00")
    with Contest.open(begun, actor="anne") as contest, contest.acting() as tx:
        for number, received_at in enumerate((HOUR, "")):
            content = MAIL + b"." * number
            keep_mail(tx, content, outcome="answer", received_at=received_at)
        tx.flush()
    return begun


def test_the_hour_is_that_of_the_mail(mails: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = run(capsys, "receive", "C-001", "dossier", "--evidence", "mail:1", "--json")
    data = json.loads(told.out)
    assert data["received_at"] == HOUR
    assert data["evidence"]["size"] == len(MAIL)


def test_a_mail_is_kept_and_a_file_is_not(
    mails: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The same mail, saved, is kept as well; another one is not.
    (tmp_path / "mail.eml").write_bytes(MAIL + b"!")
    for proof, asked in (("mail:1", False), (str(tmp_path / "mail.eml"), True)):
        told = english(capsys, "receive", "C-001", "dossier", "--evidence", proof).out
        assert ("Keep the file." in told) == asked


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("receive C-001 dossier --evidence mail:2", "mail:2: nothing tells when it arrived"),
        ("receive C-001 dossier --evidence mail:3", "mail:3 is not there, or no longer whole"),
        ("record C-001 dossier gardeners=9 --evidence mail:2", "--at"),
    ],
)
def test_what_proves_nothing(
    mails: Path, line: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = english(capsys, *line.split())
    assert ended.code == 2
    assert told in ended.err


def test_answers_arrive_with_the_mail(mails: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ("record", "C-001", "dossier", "gardeners=9", "--evidence", "mail:1")
    assert english(capsys, *line).code == 0
    history = english(capsys, "history", "C-001").out
    assert f"evidence: {len(MAIL)} bytes" in " ".join(history.split())


def test_it_goes_with_the_sheet_of_the_contact(
    silent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Contest.open(silent, actor="anne") as contest, contest.acting() as tx:
        keep_mail(tx, MAIL, outcome="unknown", case_id=tx.load(["C-003"])[0].id)
        tx.flush()
    monkeypatch.setenv("PTCE_NOW", "2029-04-12T10:00:00+02:00")
    do("erase", "--due", "--reason", "Le délai.", "--yes")
    with Contest.open(silent, actor="anne") as contest, contest.database.reading() as repo:
        [row] = repo.received_mails(contest.id)
        assert row.erased
        assert repo.document(row.sha256) is None
    do("verify")
