"""What is proposed next: how to answer what is missing, and never an end while that is."""

import re
from pathlib import Path

import pytest

from tests.cli.lines import run
from tests.cli.posting import DOSSIERS, english

Capture = pytest.CaptureFixture[str]
SEATS = ("sgar", "dreets", "region", "coorace")
CRITERIA = (
    "constitution", "theme", "needs", "cooperation", "partners", "innovation", "relevance",
)  # fmt: skip


@pytest.fixture
def submitted(contest: Path, capsys: Capture) -> str:
    """A dossier that has come, about which the desk has answered nothing yet."""
    run(capsys, "receive", "C-001", "dossier")
    assert run(capsys, "advance", "C-001", "submit").code == 0
    return "C-001"


@pytest.mark.parametrize("asked", [(), ("declare_ineligible",), ("declare_eligible",)])
def test_no_refusal_is_proposed_while_answers_are_missing(
    asked: tuple[str, ...], submitted: str, capsys: Capture
) -> None:
    told = english(capsys, "why", submitted, *asked).out
    assert "ptce advance" not in told
    assert "ptce record C-001 review" in told
    assert "exists_already=…" in told
    assert "already_ptce=…" in told


def test_a_list_proposes_no_refusal_either(submitted: str, capsys: Capture) -> None:
    told = english(capsys, "list").out
    assert "to be examined (2 answers of the desk)" in told
    assert "ineligible" not in told.lower()


def test_once_all_is_answered_the_way_is_proposed(submitted: str, capsys: Capture) -> None:
    run(capsys, "record", submitted, "review", "exists_already=yes", "already_ptce=no")
    told = english(capsys, "why", submitted).out
    assert "To go on: ptce advance C-001 declare_eligible" in told
    run(capsys, "record", submitted, "review", "already_ptce=yes")
    told = english(capsys, "why", submitted).out
    assert "To go on" not in told
    assert re.search(r"\(declare_ineligible\) +possible", told)


def test_a_completion_is_awaited_of_the_applicant(
    submitted: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a dossier sent back, until something has arrived; who calls hears that first."""
    run(capsys, "advance", submitted, "return_for_completion", "--reason", "Une page.", "--yes")
    awaited = "completion awaited: Application file, by 11 Mar"
    assert awaited in " ".join(english(capsys, "list").out.split())
    assert submitted in english(capsys, "list", "--waiting", "applicant").out
    first, waits, written, contact, *_rest = english(capsys, "show", submitted).out.splitlines()
    assert first.startswith(f"{submitted} ")
    assert "Draft since" in first
    assert waits.endswith(awaited)
    assert written == "Nothing was written to them yet."
    assert contact.startswith("Contact: ")
    monkeypatch.setenv("PTCE_NOW", "2024-02-28T09:00:00+01:00")
    assert run(capsys, "receive", submitted, "dossier").code == 0
    assert "completion awaited" not in english(capsys, "show", submitted).out


def test_what_an_incomplete_dossier_lacks_is_asked_for(contest: Path, capsys: Capture) -> None:
    run(capsys, "add", str(DOSSIERS / "05-seconde-peau.toml"))
    run(capsys, "receive", "C-003", "dossier")
    told = english(capsys, "why", "C-003", "submit").out
    assert "To answer what is missing: ptce record C-003 dossier project=…" in told


def test_a_sheet_to_sign_is_proposed_where_what_it_tells_is_missing(
    submitted: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    seats = (*SEATS, "cress", "banque_des_territoires")
    marks = " ".join(f"{name}=4" for name in CRITERIA)
    marked, proof = "2024-03-26T10:00:00+01:00", DOSSIERS / "05-seconde-peau.toml"
    for at, words in (
        (marked, f"record {submitted} review exists_already=yes"),
        (marked, f"record {submitted} review already_ptce=no"),
        (marked, f"advance {submitted} declare_eligible"),
        *((marked, f"jury declare --none --institution {seat}") for seat in seats),
        *((marked, f"jury score {submitted} {seat} {marks}") for seat in seats),
        (marked, f"advance {submitted} close_scoring"),
        (marked, f"why {submitted}"),
        (marked, "convene"),
        *((marked, f"convene --told {seat} --evidence {proof}") for seat in seats),
        (marked, f"why {submitted} select"),
        ("2024-04-10T15:00:00+02:00", f"deliberate --present {','.join(SEATS)} --chair sgar --yes"),
    ):
        monkeypatch.setenv("PTCE_NOW", at)
        done = english(capsys, *words.split())
        assert done.code == 0, done.err
        if words == f"why {submitted}":
            assert "To call the sitting that decides: ptce convene deliberation" in done.out
        if words.endswith("select"):
            assert "ptce convene" not in done.out
    told = english(capsys, "why", submitted, "complete_accompaniment").out
    assert "ptce sign-in --session session_1 -o session_1.xlsx" in told
    assert "excuse_1" not in told
    assert "attendance." not in told
