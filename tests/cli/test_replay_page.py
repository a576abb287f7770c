"""The replay page of the played contest, as the desk has it made."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ptce_workflow.app.candidatures.overview import overview
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.ranking import standing
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.invocation import instant
from ptce_workflow.exports.replay_page import NameChoice
from rehearsal.cast import DESK, REPLAY
from tests.browsing import browser, go, opened_in, rows
from tests.cli.lines import run
from tests.papers.test_replay_page import told_by_history
from tests.replayed import book_in, lines_in, packed, page_of, stood
from tests.replaying import replayed

pytestmark = pytest.mark.rehearsed

__all__ = ["browser"]

Capture = pytest.CaptureFixture[str]
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def test_made_by_the_rehearsal(played: Path) -> None:
    """The page that `make demo` leaves holds no address of anybody, packed or not."""
    page = (played / REPLAY).read_text("utf-8")
    for text in (page, *(packed(page, name).decode() for name in ("book", "ledger"))):
        assert ADDRESS.findall(text) == []
    book = book_in(page)
    assert book["made"]["names"] == "public"
    assert {one["kind"] for one in book["look_first"]} >= {
        *("late_fact", "late_receipt", "late_move", "undone", "request", "casting_vote"),
        *("rectification", "failed_mail"),
    }
    assert all(book["told"]["fr"])
    assert "onerror" not in page


@pytest.mark.long
def test_told_and_stood_as_history_and_replay_say(demo: Path) -> None:
    clock = SetClock(instant("2024-09-04T09:00:00+02:00", said_by="test", zone=None))
    with Contest.open(demo, actor=DESK, clock=clock) as contest:
        page = page_of(contest, NameChoice.ALL)
        book, lines = book_in(page), lines_in(page)
        for case in book["cases"]:
            for n, (who, what) in told_by_history(contest, case["ref"]).items():
                assert "\n".join(book["told"]["fr"][n - 1]) == what
                assert book["who"]["fr"][book["by"][n - 1]] == who
        moves = ("candidature_opened", "transition_made")
        moved = {one["at"] for one in lines if one["type"] in moves}
        for at in sorted(moved):
            states = {ref: case.state for ref, case in replayed(contest, from_text(at)).items()}
            assert stood(book, lines, at) == states


def test_rules_quote_the_rulebook(played: Path) -> None:
    book = book_in((played / REPLAY).read_text("utf-8"))
    page = (played / REPLAY).read_text("utf-8")
    for line in lines_in(page):
        data = line["data"]
        holder = data.get("request") or data.get("from") or "start"
        for rule in data.get("verdicts", ()):
            told = book["rules"][f"{line['def'][:12]}/{holder}.{data['transition']}.{rule}"]
            assert all(told["says"].values())
            assert all(told["ground"].values())
    assert sum(bool(rule["quote"]) for rule in book["rules"].values()) > 10


@pytest.mark.long
def test_at_the_keyboard(demo: Path, capsys: Capture) -> None:
    """What was left out is said, and what no erasure reaches; a file is not replaced unasked."""
    ended = run(capsys, "replay", "--html", "page.html", "--lang", "en")
    assert ended.code == 0
    assert "Left out: addresses, reasons" in ended.out
    assert "an erasure cannot reach a file that has left" in " ".join(ended.out.split())
    for words, code in {
        "--html page.html": 2,
        "--html page.html --names none --yes": 0,
        "--names all": 2,
        "": 2,
        "--html page.html --check --yes": 2,
        "--html page.html --yes --as sgar": 1,
        "--html config.toml --yes": 2,
    }.items():
        assert run(capsys, "replay", *words.split()).code == code, words
    assert book_in((demo / "page.html").read_text("utf-8"))["made"]["names"] == "none"


@pytest.mark.slow
def test_in_a_browser_as_on_the_terminal(demo: Path, browser: Browser) -> None:
    """Since when each stands where it is, where the cut goes, and who was put where."""
    clock = SetClock(instant("2024-09-04T09:00:00+02:00", said_by="test", zone=None))
    with Contest.open(demo, actor=DESK, clock=clock) as contest:
        (demo / "page.html").write_text(page_of(contest), "utf-8")
        ranked = standing(contest)
        since = {one.ref: one.since for one in overview(contest).briefs}
    assert ranked.cut is not None
    labels = {
        id_: ranked.process.states[state].label.in_("fr") for id_, state in ranked.decided.items()
    }
    with opened_in(browser, demo / "page.html", "jury") as page:
        told = {cells[1].split()[0]: cells[6].removeprefix("Limite\xa0: ") for cells in rows(page)}
        assert page.locator("tr.cut").count() == 1
        assert ranked.cut.first_out.case.ref in page.locator("tr.cut").inner_text()
        go(page, "path")
        stood = {cells[0].split()[0]: re.sub(r" \S+,", "", cells[-1]) for cells in rows(page)}
    assert told == {one.case.ref: labels.get(one.case.id, "–") for one in ranked.ranked}
    paris = {ref: at.astimezone(ranked.process.zone) for ref, at in since.items()}
    assert {ref: f"{at.day} {at:%H:%M}" for ref, at in paris.items()} == stood
