"""`ptce add`: whose an arrival is, when that is for a person to say, and what it is shown with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.posting import english
from tests.cli.test_add import ADDRESS, NAME, NOW, data, form, intact, mail, trusted, written

Capture = pytest.CaptureFixture[str]
LATER = ("--received", "6 mars 9h")


@pytest.fixture(autouse=True)
def _later(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some days after the contest began, with our servers named and a candidature in it."""
    monkeypatch.setenv("PTCE_NOW", NOW)
    trusted(begun)


@pytest.fixture(name="opened")
def _opened(tmp_path: Path, capsys: Capture) -> dict[str, object]:
    """The first candidature, opened by a form that its contact sent."""
    assert english(capsys, "add", mail(tmp_path / "first.eml", form()), "--yes").code == 0
    return data(capsys, "C-001")


def flat(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())


def test_the_address_in_a_form_names_no_candidature(
    begun: Path, tmp_path: Path, capsys: Capture, opened: dict[str, object]
) -> None:
    """Whoever sent it could write it there: the candidature is proposed, and nothing written."""
    stranger = mail(tmp_path / "a.eml", form(q7="Couper des cèdres."), "zoe@ailleurs.example")
    for file in (stranger, written(tmp_path / "a.txt", form(q7="Couper."))):
        told = english(capsys, "add", file, *LATER, "--yes")
        assert told.code == 1
        assert "seems to be about C-001 Les Cèdres bleus" in flat(told.err)
        assert "--for C-001" in told.err
        assert data(capsys, "C-001") == opened
    told = english(capsys, "add", stranger, "--for", "C-001", *LATER, "--yes")
    assert told.code == 0, told.err
    assert "zoe@ailleurs.example is not the contact of C-001" in flat(told.out)
    assert intact(begun)


def test_a_name_that_is_typed_renames_no_candidature(
    begun: Path, tmp_path: Path, capsys: Capture, opened: dict[str, object]
) -> None:
    """It opens another one, or is refused with both ways to go on."""
    question = mail(tmp_path / "a.eml", "Où trouver le formulaire ?")
    for typed in (("--name", "Paul et Cie"), ("--email", "paul@cie.example"), ("--name", NAME)):
        told = english(capsys, "add", question, *typed, "--yes")
        assert told.code == 2
        assert "comes from the contact of C-001 Les Cèdres bleus" in flat(told.err)
        assert "--for C-001; or --new" in flat(told.err)
        assert english(capsys, "add", question, "--for", "1", *typed, "--yes").code == 2
        assert data(capsys, "C-001") == opened
    assert english(capsys, "add", question, "--new", "--name", "Paul et Cie", "--yes").code == 0
    assert data(capsys, "C-002")["facts"]["dossier.collective_name"] == "Paul et Cie"
    assert data(capsys, "C-001") == opened
    assert intact(begun)


def test_a_mail_without_a_form_is_for_a_person_to_judge(
    begun: Path, tmp_path: Path, capsys: Capture, opened: dict[str, object]
) -> None:
    """Who sent it, what about, and what is attached are told, with each way to go on."""
    pdf = ("dossier.docx", b"%PDF-1.4 x")
    mine = mail(tmp_path / "a.eml", "Voici notre dossier.", ADDRESS, pdf)
    told = english(capsys, "add", mine, *LATER, "--yes")
    assert told.code == 2
    for words in (
        "From Camille <contact@cedres.example>, subject: Notre dossier",
        "Attached: dossier.docx: ",
        "PDF",
        "--for C-001",
        "ptce note C-001",
    ):
        assert words in flat(told.err)
    assert data(capsys, "C-001") == opened
    other = mail(tmp_path / "b.eml", "Voici notre dossier.", "jo@ailleurs.example", pdf)
    told = english(capsys, "add", other, "--yes")
    assert told.code == 2
    assert "From Camille <jo@ailleurs.example>, subject: Notre dossier" in flat(told.err)
    assert "Attached: dossier.docx: " in flat(told.err)
    assert english(capsys, "add", mine, "--for", "C-001", *LATER, "--yes").code == 0
    assert len(data(capsys, "C-001")["received"]["dossier"]) == 2
    assert intact(begun)
