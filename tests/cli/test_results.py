"""The results as they are published: who was chosen, what the folder says, and never before."""

import csv
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.cli.lines import run
from tests.cli.posting import do
from tests.cli.test_untold import told
from tests.contests.test_jardins import begun

__all__ = ["begun"]

Capture = pytest.CaptureFixture[str]
RESULTS = """
[results]
in = ["granted"]
after = "date.results"
shows = ["dossier.place", "award.amount"]
"""


@pytest.fixture
def publishing(begun: Path) -> Path:
    """The contest whose folder publishes the gardens that are helped, where they are, how much."""
    config = begun / "config.toml"
    config.write_text(config.read_text("utf-8") + RESULTS, "utf-8")
    do("adopt", "--reason", "ce qui se publie")
    return begun


def test_never_before_their_date(
    publishing: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for form in ((), ("--json",), ("-o", "results.html")):
        ended = run(capsys, "results", *form, "--lang", "en")
        assert (ended.code, ended.out) == (1, "")
        assert "Friday 9 April 2027" in ended.err
    assert not Path("results.html").exists()
    monkeypatch.setenv("PTCE_NOW", "2027-04-09T10:00:00+02:00")
    assert "Il n’y a personne à publier." in told(capsys, "results")


def test_the_laureates_and_nothing_else(
    publishing: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    do("advance", "C-001", "C-003", "admit")
    for ref in ("C-001", "C-003"):
        for member in ("town", "school"):
            do("jury", "score", ref, member, "beauty=3", "sharing=5", "water=4")
    do("advance", "C-001", "C-003", "close")
    for ref, amount in (("C-001", "1500"), ("C-003", "1200")):
        do("record", ref, "award", f"amount={amount}")
    monkeypatch.setenv("PTCE_NOW", "2027-04-06T15:00:00+02:00")
    do("deliberate", "--present", "town,school,residents", "--chair", "town", "--yes")
    monkeypatch.setenv("PTCE_NOW", "2027-04-12T10:00:00+02:00")
    rows = [["Rives", "Lodève (34)", "1200"], ["Tilleuls", "Lodève (34)", "1500"]]
    shown = run(capsys, "results")
    assert [one["name"] for one in json.loads(run(capsys, "results", "--json").out)] == [
        "Rives",
        "Tilleuls",
    ]
    assert "Saules" not in shown.out
    assert "C-00" not in shown.out
    assert "courriel" in shown.err, "their mails wait to be read"
    do("results", "-o", "r.csv")
    do("results", "-o", "r.xlsx")
    do("results", "-o", "r.html")
    with Path("r.csv").open(encoding="utf-8-sig", newline="") as file:
        written = [row for row in csv.reader(file, delimiter=";") if row]
    assert written[-2:] == rows
    (sheet,) = load_workbook("r.xlsx").worksheets
    assert [list(row) for row in sheet.iter_rows(values_only=True)][-2:] == rows
    page = Path("r.html").read_text("utf-8")
    assert "Tilleuls" in page
    assert "Saules" not in page
    # The number of the last decision, dated from the day on which it may be known.
    last = max(one["line"] for one in json.loads(run(capsys, "decisions", "--json").out))
    assert f"Résultats n°\N{NO-BREAK SPACE}{last}" in page
    assert "Fait à …, le vendredi 9 avril 2027." in page


def test_a_folder_that_publishes_nothing(begun: Path, capsys: Capture) -> None:
    ended = run(capsys, "results", "--lang", "en")
    assert ended.code == 2
    assert "[results]" in ended.err
    config = begun / "config.toml"
    wrong = RESULTS.replace("date.results", "entered.granted").replace(
        '"award.amount"', '"marks.x"'
    )
    config.write_text(config.read_text("utf-8") + wrong, "utf-8")
    ended = run(capsys, "check", "--lang", "en")
    assert "This instant hangs on a candidature." in ended.out
    assert '"marks.x" does not exist.' in ended.out
