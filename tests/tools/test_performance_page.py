"""The page on speed tells what was found: what is missed with its cause, what was not measured."""

from pathlib import Path

import pytest

from bench import figures
from bench.figures import Figure, declared, grown, rows
from bench.measure import Taken
from ptce_workflow.base.words import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_figure_is_told_in_both_languages(language: str) -> None:
    for part in declared().values():
        said = [part.title, part.about]
        for figure in part.figures.values():
            said += [figure.said, figure.missed or figure.said, figure.absent or figure.said]
            assert figure.at_most is None or figure.at_least is None
        assert all(text[language] for text in said)


def test_a_miss_is_told_with_its_cause() -> None:
    found = {"sqlite3": Taken(0.002, 0.0009, 7), "bulk": Taken(0.001, 0.004, 5)}
    told = {row.what: row for row in rows("acts", found, "en")}
    missed, *_others = told.values()
    assert missed.columns == ("2 ms", "900 µs", "0.45", "7")
    assert (missed.found, missed.asked, missed.met) == ("0.45", "≥ 0.5", False)
    assert "400 calls" in missed.why
    assert [row.met for row in told.values()].count(None) == len(told) - 2
    assert "not measured" in told["`advance`, SQLite / `eventsourcing`, one event"].cells("en")


def test_what_grows_is_judged_by_its_growth() -> None:
    """What reads all there is may grow as the size does; what concerns one may not grow."""
    found = {
        "1000": {"advance": 0.001, "verify": 0.1, "verify_memory": 60.0},
        "10000": {"advance": 0.002, "verify": 1.0, "verify_memory": 90.0},
    }
    told = {row.what: row for row in grown("sizes", found, "fr") if row.columns[0]}
    assert told["`advance`"].columns == ("1 ms", "2 ms", "2")
    assert told["`advance`"].met is False
    assert told["`verify`"].columns[-1] == "1"
    assert told["mémoire de `verify`"].columns == ("60 MB", "90 MB", "")
    assert Figure({}, since=5).growth({1: 9.0, 10: 1.0, 100: 3.0}) == 3


def test_a_part_takes_its_place_beside_others_of_its_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "RESULTS", tmp_path / "performance.json")
    monkeypatch.setattr(figures, "machine", lambda _packages: {"day": "2024-03-11"})
    mails, acts = {"one": Taken(1.0)}, {"sqlite3": Taken(2.0)}
    assert not figures.kept("bench", {"mail": mails}, whole=False)
    assert figures.kept("bench", {"mail": mails, "acts": acts})
    assert "make bench" in figures.RESULTS.read_text("utf-8")
    assert figures.kept("bench", {"mail": {"one": Taken(3.0)}, "acts": {}}, whole=False)
    found = figures.measured()["bench"]["found"]
    assert found == {"mail": {"one": [3.0, None, 1]}, "acts": {"sqlite3": [2.0, None, 1]}}
    monkeypatch.setattr(figures, "machine", lambda _packages: {"day": "2024-03-12"})
    assert not figures.kept("bench", {"mail": mails}, whole=False)
    assert figures.measured()["bench"]["found"] == found
