"""The rulebook of a folder, and what rests on it."""

from pathlib import Path

import pytest

from tests.cli.lines import run

Capture = pytest.CaptureFixture[str]


def test_what_rests_on_each_paragraph_stands_below_it(cited: Path, capsys: Capture) -> None:
    told = run(capsys, "rulebook").out
    # Limits and dates stand as they are: nobody signs what has braces.
    assert "{" not in told
    (title, first, association, second, *_others) = filter(None, told.splitlines())
    assert title == "Règlement"
    assert first == "§1 Tout jardin partagé de la commune peut demander une aide."
    assert association.startswith("Une association au moins jardine (states/draft.toml · ")
    assert second.startswith("§2 ")
    free, chosen = told.split("Paragraphes sur lesquels rien ne repose")[1].split(
        "Ce qui repose sur un choix seul"
    )
    assert free.split("\n") == ["", "Règlement, §4", "", ""]
    assert [line.partition(" (")[0] for line in chosen.split("\n") if line] == [
        "Fin de l’examen",
        "La demande est complète",
    ]


def test_a_folder_without_a_rulebook_says_where_to_put_it(cited: Path, capsys: Capture) -> None:
    (cited / "texts" / "rulebook.md").unlink()
    ended = run(capsys, "rulebook")
    assert (ended.code, ended.out) == (1, "")
    assert "texts/rulebook.md" in ended.err
