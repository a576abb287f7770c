"""`ptce add` of mails as boxes keep them, damaged ones, and ones that lie about their hour."""

import json
from pathlib import Path

import pytest

from tests.cli.lines import run
from tests.cli.posting import english
from tests.cli.test_add import AT, NOW, form, intact, mail, trusted

Capture = pytest.CaptureFixture[str]
MBOX = b"From contact@cedres.example Tue Mar  5 11:44:00 2024\n"
HOUR = "2024-03-05T10:42:07.000000Z"


@pytest.fixture(autouse=True)
def _later(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some days after the contest began, with our servers named."""
    monkeypatch.setenv("PTCE_NOW", NOW)
    trusted(begun)


def shown(capsys: Capture, path: Path, *words: str) -> dict[str, object]:
    """What `ptce add --dry-run --json` tells of a file."""
    told = run(capsys, "add", str(path), *words, "--dry-run", "--json")
    assert told.code == 0, told.err
    [found] = json.loads(told.out)
    assert isinstance(found, dict)
    return found


@pytest.mark.long
def test_a_mail_is_known_by_what_it_holds(tmp_path: Path, capsys: Capture) -> None:
    files = {
        "new/1709635447.M1P2.box:2,S": b"",
        "cur/mail": b"",
        "dossier.docx": b"",
        "mail.txt": b"\xef\xbb\xbf",
    }
    for name, head in files.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        mail(file, form())
        file.write_bytes(head + file.read_bytes())
    told = run(capsys, "add", *(str(tmp_path / name) for name in files), "--dry-run", "--json")
    found = json.loads(told.out)
    assert [(one["hour"], one["received_at"]) for one in found] == [("entry", HOUR)] * len(files)
    assert {one["sender"] for one in found} == {"contact@cedres.example"}


def test_a_box_of_several_mails_is_refused(tmp_path: Path, capsys: Capture) -> None:
    one = Path(mail(tmp_path / "mail.eml", form())).read_bytes()
    (tmp_path / "box").write_bytes(b"\n".join((MBOX + one, MBOX + one)))
    told = english(capsys, "add", str(tmp_path / "box"), "--dry-run")
    assert told.code == 2
    assert "nothing tells when it arrived" in told.err


@pytest.mark.long
def test_the_senders_clock_is_never_read(tmp_path: Path, capsys: Capture) -> None:
    file = Path(mail(tmp_path / "mail.eml", form()))
    below = b"Received: from a by mx.cress.example; Sat, 5 Mar 2022 11:42:07 +0100\n"
    date = b"Date: Thu, 5 Mar 2026 11:42:07 +0100\nFrom:"
    file.write_bytes(file.read_bytes().replace(b"From:", below + date, 1))
    assert shown(capsys, file)["received_at"] == HOUR


@pytest.mark.long
def test_a_mail_that_was_cut_off_is_told(begun: Path, tmp_path: Path, capsys: Capture) -> None:
    file = Path(mail(tmp_path / "mail.eml", form(), "contact@cedres.example", ("a.bin", b"x" * 99)))
    file.write_bytes(file.read_bytes()[:-60])
    told = english(capsys, "add", str(file), "--yes")
    assert told.code == 0, told.err
    assert "arrived damaged or cut off" in " ".join(told.out.split())
    assert shown(capsys, file, "--for", "C-001", *AT)["doubts"]
    assert intact(begun)


@pytest.mark.long
def test_a_mail_that_no_server_of_ours_took_asks_for_its_hour(
    tmp_path: Path, capsys: Capture
) -> None:
    file = Path(mail(tmp_path / "mail.eml", form()))
    file.write_bytes(file.read_bytes().replace(b"mx.cress.example", b"mx.other.example"))
    told = english(capsys, "add", str(file), "--dry-run")
    assert told.code == 2
    assert "A mail server that is not among yours stands in front of yours." in told.err
    assert "--at" in told.err
    assert shown(capsys, file, *AT)["hour"] == "typed"
