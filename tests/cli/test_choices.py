"""What the organiser decides is told as such, wherever a rule is printed, and is signed."""

from pathlib import Path

import pytest

from tests.cli.lines import run
from tests.replayed import packed

Capture = pytest.CaptureFixture[str]

READ = "Processus de candidature, §5, interprétation de l’organisateur"


def test_every_output_tells_the_organisers_reading(contest: Path, capsys: Capture) -> None:
    """The article of the deadline, whose hour the organiser decides: in each by one function."""
    assert run(capsys, "advance", "C-001", "submit").code == 1
    history = run(capsys, "history", "C-001").out
    assert (
        f"Le dossier est arrivé au plus tard le lundi 11 mars 2024 à 12\u00a0h ({READ})" in history
    )
    assert "Processus de candidature, §5\u00a0*" in run(capsys, "why", "C-001", "submit").out
    assert run(capsys, "export", "--csv", "tables", "--force").code == 0
    assert READ in (contest / "tables" / "refusals.csv").read_text("utf-8")
    assert run(capsys, "replay", "--html", "page.html", "--force").code == 0
    page = (contest / "page.html").read_text("utf-8")
    assert READ in packed(page, "book").decode()
    assert run(capsys, "verify").code == 0


def test_the_choices_are_printed_to_be_signed(contest: Path, capsys: Capture) -> None:
    """Each with its value, its reason and the article that it reads; then who presides."""
    told = run(capsys, "rulebook", "--choices").out
    (floor,) = (line for line in told.splitlines() if "Moyenne minimale exigée" in line)
    assert "  1,50  " in floor
    assert "Le règlement ne fixe pas de seuil" in floor
    (day,) = (line for line in told.splitlines() if line.startswith("  Clôture des candidatures"))
    assert "lundi 11 mars 2024 à 12\u00a0h" in day
    assert "Processus de candidature, §3 à §5" in day
    (hour,) = (line for line in told.splitlines() if "Heure d’arrivée d’un courriel" in line)
    assert "quand notre serveur a commencé à le prendre" in hour
    assert "Place dans l’accompagnement" not in told
    assert "Préfecture de région Occitanie (SGAR), présidence de séance\n" in told
    for file in ("choix.docx", "choix.html"):
        assert run(capsys, "rulebook", "--choices", "-o", file).code == 0
        assert (contest / file).stat().st_size


def test_the_rulebook_marks_what_the_organiser_reads(contest: Path, capsys: Capture) -> None:
    told = run(capsys, "rulebook").out.splitlines()
    starred = {line.partition(" (")[0]: line.endswith("\u00a0*") for line in told if " (" in line}
    assert starred["Le dossier est arrivé après l’ouverture, le lundi 5 février 2024 à 9\u00a0h"]
    assert starred["Le collectif réunit au moins 2 structures"]
    assert not starred["Une place est libre, sur 10 au plus"]


def test_the_letter_of_an_open_application_announces_the_floor(
    contest: Path, capsys: Capture
) -> None:
    mails = run(capsys, "mail", "list").out
    (name,) = (
        line.split()[0]
        for line in mails.splitlines()
        if "C-001" in line and "Candidature ouverte" in line
    )
    letter = " ".join(run(capsys, "mail", "show", name).out.split())
    assert "La moyenne de chacun des sept points est d’au moins 1,50" in letter
    assert "Jury du concours, §3 et §4, interprétation de l’organisateur" in letter
