"""`--at`: what a command would have answered then, by the ledger alone."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.cli.lines import run

pytestmark = pytest.mark.rehearsed

Capture = pytest.CaptureFixture[str]
LOOKING = (
    *(
        "list",
        "list --state submitted",
        "list canigou --columns name,contacts",
        "show C-007",
        "show C-016",
        "why C-010",
        "why C-014",
    ),
    *("why C-010 --past", "jury rank", "mail list", "mail list --all", "people list", "calendar"),
    "history C-007",
)


def answer(capsys: Capture, line: str) -> Any:
    """What a command writes as data."""
    ended = run(capsys, *line.split(), "--json")
    assert ended.code == 0, (line, ended.err)
    return json.loads(ended.out)


@pytest.mark.long
def test_as_of_now_is_what_stands_today(demo: Path, capsys: Capture) -> None:
    for line in LOOKING:
        assert answer(capsys, f"{line} --at now") == answer(capsys, line), line


@pytest.mark.long
@pytest.mark.parametrize("places", [[1], pytest.param([0, 2], marks=pytest.mark.slow)])
def test_as_of_then_is_what_was_answered_then(
    places: list[int],
    demo: Path,
    played: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Each answer at an instant of the story, from the database of that day, is the one of today.

    Then the mails had been planned, sent and read as they had, and people knew what they knew.
    """
    moments = sorted(played.parent.glob("[0-9]*"))
    assert len(moments) == 3
    for moment in (moments[place] for place in places):
        instant = datetime.fromtimestamp(int(moment.name), UTC).isoformat()
        folder = shutil.copytree(moment, tmp_path / moment.name)
        for line in LOOKING:
            as_of = run(capsys, *line.split(), "--json", "--at", instant)
            with monkeypatch.context() as then:
                then.setenv("PTCE_CONTEST", str(folder))
                then.setenv("PTCE_NOW", instant)
                ended = run(capsys, *line.split(), "--json")
            assert (as_of.code, as_of.out and json.loads(as_of.out)) == (
                ended.code,
                ended.out and json.loads(ended.out),
            ), (line, instant)


def test_what_is_printed_says_as_of_when(demo: Path, capsys: Capture, tmp_path: Path) -> None:
    ended = run(capsys, "list", "--at", "11/03/2024 12:00", "--lang", "en")
    assert ended.out.startswith("As of Monday 11 March 2024 at 12:00:00 · by the ledger up to")
    assert "ptce" not in ended.out
    page = tmp_path / "rank.html"
    ended = run(capsys, "jury", "rank", "--at", "12/04/2024", "-o", str(page), "--lang", "en")
    assert (ended.code, "As of Friday 12 April 2024" in page.read_text("utf-8")) == (0, True)


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2024-01-01T00:00:00Z", "had not begun"),
        ("2031-01-01T00:00:00Z", "lies ahead"),
        ("05/09/2024", "lies ahead"),
        ("yesterday", "is not a day"),
        ("", "is not a day"),
        ("31/02/2024", "is no day of the calendar"),
    ],
)
def test_instants_that_have_no_answer(demo: Path, capsys: Capture, at: str, says: str) -> None:
    ended = run(capsys, "list", "--at", at, "--lang", "en")
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err


def test_a_day_stands_for_its_end_and_today_for_now(demo: Path, capsys: Capture) -> None:
    assert answer(capsys, "list --at 04/09/2024") == answer(capsys, "list")
    assert answer(capsys, "list --at 11/03/2024") == answer(
        capsys, "list --at 2024-03-11T23:59:59+01:00"
    )


@pytest.mark.long
def test_a_moment_is_a_line_or_a_date_of_the_contest_too(demo: Path, capsys: Capture) -> None:
    """`--at`, `--from` and `--to` read alike; a bare day starts in `--from` and ends in `--to`."""
    noon = "2024-03-11T12:00:00+01:00"
    assert answer(capsys, "list --at date.submission") == answer(capsys, f"list --at {noon}")
    days = answer(capsys, "diff --from 05/04/2024 --to 09/04/2024")
    hours = "diff --from 2024-04-05T00:00:00+02:00 --to 2024-04-09T23:59:59+02:00"
    assert {**days, "to": 0} == {**answer(capsys, hours), "to": 0}
    first, last = days["from"]["line"], days["to"]["line"]
    lines = answer(capsys, f"diff --from {first} --to {last}")
    assert (lines["changes"], lines["acts"]) == (days["changes"], days["acts"])
    at = run(capsys, "list", "--at", str(last), "--lang", "en").out
    assert at.splitlines()[0].endswith(f"by the ledger up to its line {last}")
    # One act may write several lines at one instant: each is a moment of its own.
    assert answer(capsys, f"diff --from {last - 1} --to {last}")["to"]["line"] == last
    # The day on which the ledger begins starts with its first line.
    assert answer(capsys, "diff --from 05/02/2024 --to 05/02/2024")["from"]["line"] == 1
    same = answer(capsys, "diff --from 11/03/2024 --to 11/03/2024")
    assert {"C-016", "C-018"} <= {one["ref"] for one in same["changes"] if one["kind"] == "state"}


def test_what_the_net_hides_is_told_or_counted(demo: Path, capsys: Capture) -> None:
    """A sitting in vain, its refusals, a recusal with its declaration, a mark replaced."""
    found = answer(capsys, "diff --from 05/04/2024 --to 09/04/2024")
    assert [one["kind"] for one in found["acts"]] == [
        *("sitting_opened", "sitting_closed", "sitting_convened")
    ]
    assert found["hidden"] == {"refusal": 42}
    printed = run(capsys, "diff", "--from", "26/03/2024", "--to", "26/03/2024", "--lang", "fr").out
    assert "Coorace Occitanie se déporte" in printed
    marks = answer(capsys, "diff --from 26/03/2024 --to date.scoring_end")
    assert marks["hidden"] == {"no_link": 83, "mark": 1}
    assert "Coorace Occitanie déclare des liens" in printed
    votes = answer(capsys, "diff --from 11/04/2024 --to 11/04/2024")
    assert [one["kind"] for one in votes["acts"]].count("vote_taken") == 2


def test_who_marks_is_told_no_more_by_a_difference(
    demo: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the links of another institution, nor how many marks it gave."""
    typed = "diff --from 26/03/2024 --to date.scoring_end"
    every = answer(capsys, typed)
    monkeypatch.setenv("PTCE_ACTOR", "coorace")
    own = answer(capsys, typed)
    # Coorace has stepped aside from C-011, and sees nothing of its marks.
    marks = {one["ref"] for one in own["changes"] if one["kind"] == "mark"}
    assert marks < {one["ref"] for one in every["changes"] if one["kind"] == "mark"}
    assert "C-011" not in marks
    assert own["hidden"].get("mark", 0) <= every["hidden"]["mark"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("--from 99999", "There is no line 99999"),
        ("--from 0", "There is no line 0"),
        ("--from date.nope", "date.submission"),
        ("--from date.appeal", "hangs on a candidature"),
        ("--from 12/03/2024 --to 11/03/2024", "not after the first"),
        ("--from 300 --to 300", "not after the first"),
    ],
)
def test_moments_that_are_none(demo: Path, capsys: Capture, typed: str, says: str) -> None:
    ended = run(capsys, "diff", *typed.split(), "--lang", "en")
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err


@pytest.mark.long
def test_what_changed_between_two_instants(demo: Path, capsys: Capture, tmp_path: Path) -> None:
    """What `list` and `jury rank` say at both, side by side; and what no list tells."""
    since, until = "2024-03-11T12:00:00+01:00", "2024-04-12T12:00:00+02:00"
    found = answer(capsys, f"diff --from {since} --to {until}")
    before, after = (
        {one["ref"]: one["state"] for one in answer(capsys, f"list --at {instant}")}
        for instant in (since, until)
    )
    moved = {ref: (before.get(ref), now) for ref, now in after.items() if before.get(ref) != now}
    states = {
        one["ref"]: (one["before"], one["after"])
        for one in found["changes"]
        if one["kind"] == "state"
    }
    assert states == moved
    ranks = {
        one["ref"]: one["after"]
        for one in found["changes"]
        if (one["kind"], one["key"], one["before"]) == ("rank", "cra.rank", None)
    }
    ranked = answer(capsys, f"jury rank --at {until}")["ranking"]
    assert ranks == {one["ref"]: one["rank"] for one in ranked if one["recorded"]} != {}
    kinds = {one["kind"] for one in found["changes"]}
    assert kinds == {"state", "fact", "mark", "rank", "mail", "person"}
    book = tmp_path / "diff.xlsx"
    assert run(capsys, "diff", "--from", since, "--to", until, "-o", str(book)).code == 0
    names = load_workbook(book).sheetnames
    assert names[1:5] == ["Réponses", "Notes", "Moyennes et rangs", "Courriels"]
    assert names[-1] == "Séances, votes, déports, déclar"
    page = tmp_path / "diff.html"
    told = run(capsys, "diff", "--from", since, "--to", until, "-o", str(page), "--lang", "en")
    assert (told.code, "Candidatures that moved" in page.read_text("utf-8")) == (0, True)


@pytest.mark.long
def test_rules_and_people_that_changed(demo: Path, capsys: Capture, monkeypatch: Any) -> None:
    config = demo / "config.toml"
    config.write_text(config.read_text("utf-8").replace("value = 10,", "value = 11,"), "utf-8")
    monkeypatch.setenv("PTCE_NOW", "2024-09-04T10:00:00+02:00")
    assert run(capsys, "adopt", "--reason", "Une place de plus.", "--yes").code == 0
    assert run(capsys, "people", "leave", "P-003").code == 0
    monkeypatch.setenv("PTCE_NOW", "2024-09-04T11:00:00+02:00")
    ended = run(capsys, "diff", "--from", "2024-09-04T09:00:00+02:00", "--lang", "en")
    assert "value = 11," in ended.out
    assert "has left" in ended.out
    ended = run(capsys, "diff", "--from", "2024-09-04T10:30:00+02:00", "--lang", "en")
    assert "Nothing changed." in ended.out
    ended = run(capsys, "diff", "--from", "now", "--to", "01/04/2024", "--lang", "en")
    assert (ended.code, "not after the first" in ended.err) == (2, True)
