"""`ptce add`: whose an arrival is, when that is for a person to say, and what it is shown with."""

import json
from pathlib import Path

import pytest

import ptce_workflow.cli.invocation as writing
from ptce_workflow.office.forms.answers import AnswerRead, FormRead
from tests.cli.lines import run
from tests.cli.posting import english
from tests.cli.test_add import ADDRESS, AT, NAME, NOW, data, form, intact, mail, trusted, written

Capture = pytest.CaptureFixture[str]
LATER = ("--at", "6 mars 9h")


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


@pytest.mark.long
def test_a_name_that_is_typed_renames_no_candidature(
    begun: Path, tmp_path: Path, capsys: Capture, opened: dict[str, object]
) -> None:
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


def at_the_keyboard(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Somebody who answers each question in turn; the questions that they were asked."""
    asked: list[str] = []
    left = iter(answers)

    def entered(_out: object, said: str, *_args: object) -> str:
        asked.append(flat(said))
        return next(left)

    monkeypatch.setattr(writing, "is_somebody_here", lambda *_args: True)
    monkeypatch.setattr(writing, "entered", entered)
    return asked


def test_what_is_to_confirm_is_asked_at_the_keyboard(
    begun: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = mail(tmp_path / "a.eml", form())
    asked = at_the_keyboard(monkeypatch, "non", "oui")
    told = english(capsys, "add", file)
    assert told.code == 0, told.err
    assert "Understood: Nant (12)" in flat(told.out)
    assert "Territory concerned: Nant (12)" in asked[0]
    assert asked[1].startswith("Open it?")
    assert "dossier.territory" not in data(capsys, "C-001")["facts"]
    asked = at_the_keyboard(monkeypatch, "oui", "oui")
    told = english(capsys, "add", file, *LATER)
    assert told.code == 0, told.err
    shown = data(capsys, "C-001")
    assert shown["facts"]["dossier.territory"]
    assert "Nannt" not in shown["notes"][-1]["text"]
    assert intact(begun)


def test_a_cell_that_is_agreed_with_joins_its_row() -> None:
    table = AnswerRead("members", "read", [{"name": "A"}, {}])
    cells = [
        AnswerRead("members[1].ess", "to_confirm", True),
        AnswerRead("members[2].name", "to_confirm", "B"),
        AnswerRead("members[2].siret", "not_understood", words="x"),
        AnswerRead("other[1].name", "to_confirm", "C"),
    ]
    read = FormRead("f", "dossier", "fr", (table, *cells))
    assert read.to_agree == cells[:2]
    taken = read.agreed(cells[1])
    assert taken.sure == {"members": [{"name": "A"}, {"name": "B"}]}
    assert taken.answers[1:] == (cells[0], *cells[2:])


def test_reasons_and_words_are_shown_whole(tmp_path: Path, capsys: Capture) -> None:
    text = "Le téléphone du dossier est faux, " + "rappelez-nous. " * 20 + "Fin du message."
    pieces = (("f.txt", form().encode()), ("s.docx", b"%PDF-1.4 x"))
    file = mail(tmp_path / "a.eml", text, ADDRESS, *pieces)
    told = english(capsys, "add", file, "--dry-run")
    assert "Fin du message." in flat(told.out)
    assert "s.docx: " in flat(told.out)
    assert "…" not in told.out.partition("Outside the questions")[2]


def test_a_candidature_without_an_address_is_told(
    begun: Path, tmp_path: Path, capsys: Capture
) -> None:
    file = written(tmp_path / "a.txt", form(q2="cedres(at)exemple"))
    told = english(capsys, "add", file, *AT, "--dry-run")
    assert "C-001 has no address: not even its acknowledgement can leave" in flat(told.out)
    assert "ptce record C-001 dossier contact_email=" in flat(told.out)
    assert "has no address" in flat(english(capsys, "add", "--name", NAME, "--dry-run").err)
    told = english(capsys, "add", "--name", NAME, "--email", ADDRESS, "--dry-run")
    assert "has no address" not in told.out + told.err
    assert intact(begun)


@pytest.mark.long
def test_a_late_version_shows_what_differs(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, opened: dict[str, object]
) -> None:
    """Though it is left out; and what counts is what the acknowledgement says."""
    del opened
    monkeypatch.setenv("PTCE_NOW", "2024-03-12T10:00:00+01:00")
    late = mail(tmp_path / "a.eml", form(q7="Planter des chênes."))
    words = ("add", late, "--at", "11 mars 14h")
    told = flat(english(capsys, *words, "--yes").out)
    assert "What differs from what is recorded: 1" in told
    assert "Planter des cèdres. → Planter des chênes." in told
    assert "Left out" in told
    assert "The version that counts: the one of Tuesday 5 March 2024 at 11:42:07." in told


@pytest.mark.long
def test_a_file_that_proves_an_arrival_opens_no_other_candidature(
    begun: Path, tmp_path: Path, capsys: Capture
) -> None:
    proof = written(tmp_path / "proof.eml", "…")
    by_hand = ("add", "--name", NAME, "--email", ADDRESS, *AT, "--evidence", proof)
    assert english(capsys, *by_hand).code == 0
    told = english(capsys, *by_hand)
    assert told.code == 2
    assert "recorded already: C-001 Les Cèdres bleus" in flat(told.err)
    assert "--new" in told.err
    other = written(tmp_path / "a.txt", form(q1="La Tourbière", q2="jo@tourbiere.example"))
    assert english(capsys, "add", other, *AT, "--evidence", proof, "--yes").code == 2
    assert english(capsys, "add", other, *AT, "--evidence", proof, "--new", "--yes").code == 0
    assert english(capsys, *by_hand, "--new").code == 0
    assert len(json.loads(run(capsys, "list", "--json").out)) == len(("first", "other", "again"))
    assert intact(begun)


def test_a_sheet_that_is_closed_is_told_by_its_label(
    capsys: Capture, opened: dict[str, object]
) -> None:
    del opened
    told = english(capsys, "record", "C-001", "confirmation", "confirmed=yes")
    assert told.code == 2
    assert "Open there: Application file" in flat(told.err)
