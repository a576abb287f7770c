"""Candidatures, people and keys named as people do: by number, by name, by label."""

from pathlib import Path

import pytest

from ptce_workflow.app.candidatures.overview import candidature_meant
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import meant
from tests.cli.lines import run
from tests.cli.posting import english

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("word", ["c-1", "C1", "c 001", "1", "001", "Larzac", "FABRIQUE larz"])
def test_a_candidature_is_found_and_named(word: str, contest: Path, capsys: Capture) -> None:
    ended = run(capsys, "show", word, "--json")
    assert ended.code == 0, ended.err
    assert '"ref": "C-001"' in ended.out
    assert "C-001 La Fabrique du Larzac" in ended.err


def test_a_reference_as_it_is_written_goes_unsaid(contest: Path, capsys: Capture) -> None:
    assert "Fabrique" not in run(capsys, "show", "C-001", "--json").err


@pytest.mark.parametrize(
    "words",
    [
        *("history {}", "why {}", "record {} dossier prepared=yes", "mail list --ref {}"),
        *("calendar --ref {}", "advance {} submit --dry-run", "document ami {} -o out.html"),
        *("jury score {} dreets innovation=3", "jury recuse {} dreets --reason x"),
        "hand-over {} --to . --dry-run",
    ],
)
def test_every_command_takes_what_people_type(words: str, contest: Path, capsys: Capture) -> None:
    assert "C-001 La Fabrique" in run(capsys, *words.format("larzac").split()).err


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("zorglub", 'has "zorglub" in its name'),
        ("7", "reference C-007"),
        ("?", 'has "?" in its name'),
        ("", 'has "" in its name'),
    ],
)
def test_what_names_none_is_refused(word: str, told: str, contest: Path, capsys: Capture) -> None:
    ended = english(capsys, "show", word)
    assert ended.code == 2
    assert told in ended.err


def test_what_names_several_lists_them(contest: Path, capsys: Capture) -> None:
    run(capsys, "record", "C-002", "dossier", "collective_name=L’Étal du Larzac")
    ended = english(capsys, "record", "larzac", "dossier", "prepared=yes")
    assert ended.code == 2
    assert "C-001 La Fabrique du Larzac" in ended.err
    assert "C-002 L’Étal du Larzac" in ended.err
    with Contest.open(contest, actor="bureau") as opened:
        assert candidature_meant(opened, "etal").ref == "C-002"
        assert candidature_meant(opened, "l'etal").ref == "C-002"
        with pytest.raises(Misuse):
            candidature_meant(opened, "larz")


def test_a_transition_by_its_label(contest: Path, capsys: Capture) -> None:
    ended = run(capsys, "advance", "1", "ENREGISTRER le depot", "--dry-run")
    assert "submit" not in ended.err
    assert "Aucune transition" not in ended.err
    assert run(capsys, "why", "1", "Enregistrer le dépôt").code == 0
    ended = run(capsys, "why", "1", "enregistrer")
    assert ended.code == 2
    assert "submit (Enregistrer le dépôt)" in ended.err


def test_roles_and_institutions_by_their_labels(contest: Path, capsys: Capture) -> None:
    line = ("people", "enrol", "Camille", "--role", "Membre du jury", "--institution", "Dreets")
    ended = run(capsys, *line, "--json")
    assert ended.code == 0, ended.err
    assert '"institution": "dreets"' in ended.out
    assert '"jury"' in ended.out
    ended = run(capsys, "people", "enrol", "Camille", "--role", "patronne")
    assert ended.code == 2


def test_who_acts_by_institution_or_name(contest: Path, capsys: Capture) -> None:
    assert "P-002 Juror" in run(capsys, "list", "--as", "DREETS").err
    assert "P-002 Juror" in run(capsys, "list", "--as", "juror").err
    assert "P-002" not in run(capsys, "list", "--as", "P-002").err
    run(capsys, "people", "enrol", "Second", "--role", "jury", "--institution", "dreets")
    ended = run(capsys, "list", "--as", "dreets")
    assert ended.code == 2
    assert "P-003 Second" in ended.err


def test_a_label_that_two_keys_have_names_neither() -> None:
    labels = {"yes": ("Oui",), "oui": ("Oui",), "late": ("L’été",)}
    assert meant("OUI", labels) == ["yes", "oui"]
    assert meant("oui", labels) == ["oui"]
    assert meant("l'ete", labels) == ["late"]
    assert meant("", {"": ("",)} | labels) == [""]
    assert meant("?", labels) == []
