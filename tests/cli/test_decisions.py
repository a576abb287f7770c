"""`ptce decisions`: who took each decision and on what, when it was told, and the remedies."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from ptce_workflow.process.calendar import to_utc
from ptce_workflow.process.letters.planning import tell_by
from tests.cli.lines import run
from tests.cli.posting import do, use_server
from tests.contests.test_jardins import begun
from tests.process.occitanie import PROCESS
from tests.replayed import book_in
from tests.smtp import Server

__all__ = ["begun"]
pytestmark = pytest.mark.rehearsed

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def refused(begun: Path) -> Path:
    """The contest once C-002 was refused; its letter waits for a person."""
    do("advance", "C-002", "refuse", "--reason", "trop peu de personnes", "--yes")
    return begun


def registered(capsys: Capture) -> list[dict[str, Any]]:
    """The register, as `--json` has it."""
    rows: list[dict[str, Any]] = json.loads(run(capsys, "decisions", "--json").out)
    return rows


def shown(capsys: Capture, *line: str) -> str:
    """What a command prints, on one line."""
    return " ".join(run(capsys, *line).out.replace("\N{NO-BREAK SPACE}", " ").split())


def sent(folder: Path, capsys: Capture) -> dict[str, Any]:
    """Releases the letter and sends it; the one decision."""
    do("mail", "release", "--ref", "C-002", "--yes")
    with Server() as server:
        use_server(folder, server)
        do("tick")
    (one,) = registered(capsys)
    return one


def waits_of(capsys: Capture) -> str:
    """The name of the letter that waits to be read."""
    (one,) = json.loads(run(capsys, "mail", "list", "--state", "held", "--json").out)
    return str(one["message"])


@pytest.mark.parametrize(
    ("released", "days", "late"),
    [
        ("2027-03-01T11:00:00+01:00", 0, False),
        ("2027-03-02T17:00:00+01:00", 1, False),
        ("2027-03-03T09:00:00+01:00", 2, True),
        ("2027-03-08T09:00:00+01:00", 7, True),
    ],
)
def test_a_letter_that_is_held(
    refused: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    released: str,
    days: int,
    late: bool,
) -> None:
    """It is late from its decision, whenever it is released; all that look at it say the same."""
    monkeypatch.setenv("PTCE_NOW", released)
    (one,) = registered(capsys)
    assert (one["told"], one["letter"], one["days"], one["late"]) == (None, None, days, late)
    letter = waits_of(capsys)
    assert (f"({letter}) · en retard" in shown(capsys, "doctor")) is late
    one = sent(refused, capsys)
    assert (one["days"], one["late"], one["tell_by"]) == (days, late, "2027-03-02T23:00:00.000000Z")
    assert (one["letter"], one["remedies"]) == (letter, True)
    audited = shown(capsys, "audit")
    assert (f"{one['letter']} devait partir le 1er mars 10:00" in audited) is late
    assert ("1 notifiée en retard" in shown(capsys, "decisions")) is late
    assert ("en retard Déclarer irrecevable" in audited) is late


def test_a_letter_that_is_read_again(
    refused: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Released late, and held again since it says something else: its hour is no other."""
    monkeypatch.setenv("PTCE_NOW", "2027-03-04T09:00:00+01:00")
    letter = waits_of(capsys)
    do("mail", "release", letter, "--yes")
    text = refused / "notifications" / "ineligible.md"
    text.write_text(text.read_text("utf-8") + "\nNous le regrettons.\n", "utf-8")
    do("adopt", "--reason", "un mot de plus")
    assert waits_of(capsys) == letter
    one = sent(refused, capsys)
    assert (one["letter"], one["late"], one["tell_by"]) == (
        *(letter, True),
        "2027-03-02T23:00:00.000000Z",
    )
    assert f"{letter} devait partir le 1er mars 10:00" in shown(capsys, "audit")


def test_the_last_word_on_a_decision(refused: Path, capsys: Capture) -> None:
    (one,) = registered(capsys)
    assert (one["ref"], one["transition"], one["decision"]) == ("C-002", "refuse", "adverse")
    assert (one["actor"], one["reason"]) == ("P-001", "trop peu de personnes")
    assert [(rule["says"], rule["observed"], rule["ground"]) for rule in one["stopped"]] == [
        ("3 personnes au moins y jardinent", "2", "Qui, §2")
    ]


def test_one_told_otherwise(refused: Path, capsys: Capture) -> None:
    do("mail", "drop", waits_of(capsys), "--told", "--reason", "remise en main propre")
    (one,) = registered(capsys)
    assert (one["letter"], one["told"], one["late"]) == (None, "2027-03-01T09:00:00.000000Z", False)
    assert f"notifiée autrement (ligne {one['told_line']})" in shown(capsys, "decisions")


def test_one_that_was_undone(
    refused: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody was told, and nobody has to be: it is late for nobody."""
    ends = refused / "states" / "ends.toml"
    ends.write_text(ends.read_text().replace('ineligible = { label = "Irrecevable" }\n', ""))
    way = 'label = "Annuler"\nto = "draft"\nby = ["desk"]\n'
    state = f'label = "Irrecevable"\n\n[transitions.annul]\n{way}'
    (refused / "states" / "ineligible.toml").write_text(state)
    do("adopt", "--reason", "une erreur se défait")
    do("advance", "C-002", "annul", "--yes")
    monkeypatch.setenv("PTCE_NOW", "2027-03-08T09:00:00+01:00")
    (one,) = registered(capsys)
    assert (one["told"], one["settled"], one["late"]) == (None, True, False)
    assert "défaite ou remplacée avant d’être notifiée" in shown(capsys, "decisions")


def test_a_letter_without_remedies(refused: Path, capsys: Capture) -> None:
    (refused / "texts" / "remedies.md").unlink()
    do("adopt", "--reason", "sans les recours")
    assert sent(refused, capsys)["remedies"] is False
    assert "voies et délais de recours : non donnés" in shown(capsys, "decisions")


def test_a_letter_whose_bytes_are_gone(refused: Path, capsys: Capture) -> None:
    """What cannot be read again is not told."""
    sent(refused, capsys)
    do("erase", "C-002", "--reason", "à sa demande", "--yes")
    (one,) = registered(capsys)
    assert (one["name"], one["reason"], one["remedies"]) == ("(effacé)", None, None)
    assert "le courriel n’est pas conservé" in shown(capsys, "decisions")


def test_nothing_is_decided(begun: Path, capsys: Capture) -> None:
    assert registered(capsys) == []
    assert "0 décision" in shown(capsys, "decisions")


def test_a_juror_reads_no_register(refused: Path, capsys: Capture) -> None:
    ended = run(capsys, "decisions", "--as", "P-002")
    assert ended.code == 1
    assert "qu’à qui peut tout lire" in ended.err


@pytest.mark.parametrize(
    ("decided", "due", "until"),
    [
        ("2024-04-11T11:10", "2024-04-12T10:00", "2024-04-13T00:00"),
        ("2024-04-12T18:00", "2024-04-12T18:00", "2024-04-16T00:00"),
        ("2024-05-07T18:00", "2024-05-07T18:00", "2024-05-11T00:00"),
        ("2024-04-11T11:10", "2024-05-02T09:00", "2024-05-02T10:00"),
    ],
    ids=["the next day", "over a week-end", "over two days off", "a letter that waits"],
)
def test_until_when_a_decision_is_told(decided: str, due: str, until: str) -> None:
    at, planned, expected = (
        to_utc(datetime.fromisoformat(one), PROCESS.zone) for one in (decided, due, until)
    )
    assert tell_by(PROCESS, at, planned) == expected


def test_the_register_of_the_contest(demo: Path, capsys: Capture) -> None:
    """The refusal that waited six days comes first; each row names its sitting and its appeal."""
    rows = registered(capsys)
    assert [one["line"] for one in rows[1:]] == sorted(one["line"] for one in rows[1:])
    first = rows[0]
    assert (first["ref"], first["transition"], first["days"]) == ("C-015", "decline", 6)
    assert [one["late"] for one in rows] == [True] + [False] * (len(rows) - 1)
    (declined,) = [one for one in rows if one["ref"] == "C-012" and one["sitting"]]
    assert declined["sitting"]["chair"] == "sgar"
    assert len(declined["sitting"]["present"]) == 5
    (rule,) = declined["stopped"]
    assert rule["choice"], "the threshold is the organiser's"
    (appeal,) = declined["appeals"]
    assert (appeal["label"], appeal["answer"]["label"]) == ("Recours", "Rejeter le recours")
    answer = next(one for one in rows if one["line"] == appeal["answer"]["line"])
    assert (answer["transition"], answer["decision"]) == ("rejected", "adverse")
    (taken_back,) = [one for one in rows if one["transition"] == "take_back"]
    assert (taken_back["stopped"], bool(taken_back["reason"])) == ([], True)
    adverse = [one for one in rows if one["decision"] != "favourable"]
    assert all(one["remedies"] for one in adverse)
    assert all(one["terms"] for one in adverse if one["transition"] != "rejected")
    run(capsys, "replay", "--html", "page.html")
    book = book_in(Path("page.html").read_text("utf-8"))["decisions"]
    assert sorted((one["n"], one["told"], one["by"], one["mail"]) for one in book) == sorted(
        (one["line"], one["told"], one["tell_by"], one["letter"]) for one in rows
    )
    run(capsys, "decisions", "-o", "decisions.html")
    assert "décidée le (2024)" in Path("decisions.html").read_text("utf-8")
    run(capsys, "decisions", "-o", "decisions.xlsx")
    sheet = load_workbook(demo / "decisions.xlsx").active
    assert sheet is not None
    cells = [row[0] for row in sheet.iter_rows(values_only=True) if isinstance(row[0], int)]
    assert cells == [one["line"] for one in rows]


def test_the_register_of_an_earlier_day(demo: Path, capsys: Capture) -> None:
    (waits, *_others) = json.loads(run(capsys, "decisions", "--at", "12/05/2024", "--json").out)
    assert (waits["ref"], waits["told"], waits["days"], waits["late"]) == ("C-015", None, 5, True)
