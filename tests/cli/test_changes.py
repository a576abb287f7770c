"""Answers changed at the keyboard: shown before and after, whole or in part."""

import json
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.reports.telling import parted, rows_changed
from tests.cli.lines import Run, run
from tests.cli.posting import english

Capture = pytest.CaptureFixture[str]


def recorded(capsys: Capture, *facts: str) -> Run:
    return english(capsys, "record", "C-002", "dossier", *facts)


def fact(capsys: Capture, name: str) -> Any:
    return json.loads(run(capsys, "show", "C-002", "--json").out)["facts"][f"dossier.{name}"]


def names(capsys: Capture) -> list[str]:
    """The members by name, in their order."""
    return [row["name"] for row in fact(capsys, "members")]


def test_a_list_is_not_replaced_without_a_word(contest: Path, capsys: Capture) -> None:
    told = recorded(capsys, "territory=Castelnaudary").out
    assert "CC Conflent-Canigó, Ille-sur-Têt (66) → Castelnaudary (11)" in told
    assert "no longer there: CC Conflent-Canigó, Ille-sur-Têt (66)" in told
    assert "ptce record C-002 dossier territory+=…" in told


def test_places_are_added_and_taken_away(contest: Path, capsys: Capture) -> None:
    recorded(capsys, "territory=Toulouse,Castelnaudary")
    told = recorded(capsys, "territory+=Castelnaudary; Carcassonne", "territory-=Toulouse").out
    assert "Toulouse (31), Castelnaudary (11) → Castelnaudary (11), Carcassonne (11)" in told
    assert "territory+=…" not in told
    assert [zone["code"] for zone in fact(capsys, "territory")] == ["11076", "11069"]
    recorded(capsys, "themes-=agriculture et alimentation", "themes+=energy")
    assert set(fact(capsys, "themes")) == {"energy", "employment"}


def test_a_name_that_holds_a_comma_is_one_place(contest: Path, capsys: Capture) -> None:
    assert recorded(capsys, "territory=CC Région Lézignanaise, Corbières et Minervois").code == 0
    assert [zone["code"] for zone in fact(capsys, "territory")] == ["200035863"]


def test_a_cell_is_changed_alone(contest: Path, capsys: Capture) -> None:
    before = fact(capsys, "members")
    told = recorded(capsys, "members[2].name=Jardins de Rotja", "members[4].ess=yes").out
    assert "row 2, " in told
    assert "Jardins de la Rotja → Jardins de Rotja" in told
    assert "no → yes" in told
    after = fact(capsys, "members")
    assert [row["name"] for row in after][1] == "Jardins de Rotja"
    assert [row["kind"] for row in after] == [row["kind"] for row in before]


def test_fields_and_columns_are_named_by_their_labels(contest: Path, capsys: Capture) -> None:
    labels = ("reseaux locaux que vous connaissez=Deux.", "STRUCTURES MEMBRES[2].Nom=Rotja")
    recorded(capsys, *labels, "structures membres[2].de l'ess=no")
    assert fact(capsys, "networks") == "Deux."
    row = fact(capsys, "members")[1]
    assert (row["name"], row["ess"]) == ("Rotja", False)


def test_rows_come_and_go(contest: Path, capsys: Capture) -> None:
    first, second, third, fourth, fifth = names(capsys)
    recorded(capsys, "members[1]=", "members[2].name=Autre")
    assert first not in names(capsys)
    assert second not in names(capsys)
    assert names(capsys) == ["Autre", third, fourth, fifth]
    new = ("members[5].name=Cinquième", "members[5].kind=other", "members[5].ess=no")
    assert "row 5 added: Cinquième" in recorded(capsys, *new).out
    assert f"row 3 gone: {fourth}" in recorded(capsys, f"members-={fourth.upper()}").out
    row = '{"name": "Sixième", "kind": "other", "ess": false}'
    recorded(capsys, f"members+={row}", "members-=1")
    assert names(capsys) == [third, fifth, "Cinquième", "Sixième"]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (("members[9].name=x",), "no row 9"),
        (("members[0].name=x",), "no row 0"),
        (("members[1].surnom=x",), 'no column "surnom"'),
        (("networks=a", "reseaux locaux que vous connaissez=b"), "given twice"),
        (("members-=zorglub",), 'No row says "zorglub"'),
        (("members+=Anne",), "row 6"),
        (("members+={",), "not JSON"),
        (("needs+=x",), "no list and no table"),
        (("territory[1]=Toulouse",), "FIELD+=VALUE"),
        (("territory-=Toulouse",), "Toulouse (31) is not among the answers"),
        (("territory+=Toulouze",), "Toulouse"),
        (("territory=Toulouse", "territory+=Carcassonne"), "given twice"),
        (("zorglub+=x",), "zorglub"),
        (("members[1].name=a", "prepared=perhaps"), "perhaps"),
    ],
)
def test_a_change_that_cannot_be_made_changes_nothing(
    facts: tuple[str, ...], told: str, contest: Path, capsys: Capture
) -> None:
    before = run(capsys, "show", "C-002", "--json").out
    ended = recorded(capsys, *facts)
    assert ended.code == 2, ended.err
    assert told in ended.err
    assert run(capsys, "show", "C-002", "--json").out == before


def test_an_answer_that_stays_is_no_change(contest: Path, capsys: Capture) -> None:
    for facts in (("prepared=no",), ("territory+=Ille-sur-Têt (66)",)):
        assert "nothing has changed" in recorded(capsys, *facts).out


def test_an_answer_taken_away_and_given_again(contest: Path, capsys: Capture) -> None:
    assert "→ –" in recorded(capsys, "contact_phone=").out
    assert "– → 04" in recorded(capsys, "contact_phone=04 65 71 15 80").out


def test_history_tells_both_values(contest: Path, capsys: Capture) -> None:
    recorded(capsys, "territory+=Toulouse", "members[2].name=Autre", "contact_phone=0465710225")
    told = " ".join(english(capsys, "history", "C-002").out.split())
    assert "CC Conflent-Canigó, Ille-sur-Têt (66) → CC Conflent-Canigó" in told
    assert "Jardins de la Rotja → Autre" in told
    assert "04 65 71 02 24 → 04 65 71 02 25" in told.replace("\u00a0", " ")
    assert told.count("→") == 3


def test_long_texts_are_shown_where_they_part() -> None:
    """Their beginning alone would be the same twice."""
    told = parted("a" * 100 + " un", "a" * 100 + " deux")
    assert told == "…aaaaaaaaaaa un → …aaaaaaaaaaa deux"
    assert parted("", "b") == "– → b"


def test_rows_are_compared_in_their_order() -> None:
    rows = [{"name": name} for name in "abcd"]
    (gone,) = rows_changed(rows, [rows[0], *rows[2:]])
    assert (gone.number, gone.before, gone.after) == (2, {"name": "b"}, None)
    (new,) = rows_changed(rows, [*rows, {"name": "e"}])
    assert (new.number, new.before) == (5, None)
