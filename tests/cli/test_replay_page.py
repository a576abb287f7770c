"""The replay page of the played contest, as the desk has it made."""

import json
import re
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser

from ptce_workflow.app.candidatures.overview import overview
from ptce_workflow.app.candidatures.why import past
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.ranking import standing
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.invocation import instant
from ptce_workflow.exports.replay_page import NameChoice
from ptce_workflow.process.explain import MARKS
from ptce_workflow.reports.why import by_whom
from rehearsal.cast import DESK, REPLAY
from tests.browsing import browser, go, opened_in, rows
from tests.cli.lines import run
from tests.papers.test_replay_page import told_by_history
from tests.replayed import acted_in, book_in, lines_in, packed, page_of, stood
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
        *("late_fact", "late_receipt", "slow_move", "undone", "request", "casting_vote"),
        *("rectification", "failed_mail", "mark", "in_vain", "passed_over", "no_file"),
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
                assert acted_in(book, lines[n - 1])["fr"] == who
        moves = ("candidature_opened", "transition_made")
        moved = {one["at"] for one in lines if one["type"] in moves}
        for at in sorted(moved):
            states = {ref: case.state for ref, case in replayed(contest, from_text(at)).items()}
            assert stood(book, lines, at) == states


@pytest.mark.long
def test_acts_as_why_tells_them(demo: Path) -> None:
    """Under a line stands what `ptce why --past` tells of it, and the words of the rulebook."""
    clock = SetClock(instant("2024-09-04T09:00:00+02:00", said_by="test", zone=None))
    with Contest.open(demo, actor=DESK, clock=clock) as contest:
        book = book_in(page_of(contest, NameChoice.ALL))
        told = past(contest, "C-012")
    assert {str(act.line) for act in told.acts} <= book["acts"].keys()
    for act in told.acts:
        found = book["acts"][str(act.line)]["fr"]
        facts = [*by_whom(replace(act, reason=""))]
        assert [tuple(fact) for fact in found["facts"]] == facts
        assert len(found["judged"][0]["rules"]) == len(act.edge.rules)
        ways = found["judged"] + found["better"]
        for way, view in zip(ways, (act.edge, *act.better), strict=True):
            shown = {one.id: one for one in view.rules}
            for name, mark, says, seen, ground, _cited in way["rules"]:
                rule = shown[name]
                assert (mark, says, ground) == (MARKS[rule.answer], rule.says, rule.ground)
                assert mark == "✓" or rule.observed in seen
    decision = next(act for act in told.acts if act.line and act.better and act.sitting)
    why = book["acts"][str(decision.line)]["fr"]["why"]
    assert "1,50" in why
    assert "1,25" in why
    rules = (rule for act in book["acts"].values() for rule in act["fr"]["judged"][0]["rules"])
    assert len({rule[-1] for rule in rules}) > 5


@pytest.mark.long
def test_at_the_keyboard(demo: Path, capsys: Capture) -> None:
    """What was left out is said, and what no erasure reaches; a file is not replaced unasked."""
    ended = run(capsys, "replay", "--html", "page.html", "--lang", "en")
    assert ended.code == 0
    assert "Left out: addresses, reasons" in ended.out
    assert "an erasure cannot reach a file that has left" in " ".join(ended.out.split())
    for words, code in {
        "--html page.html": 2,
        "--html page.html --names none --force": 0,
        "--names all": 2,
        "": 2,
        "--html page.html --check --force": 2,
        "--html page.html --force --as sgar": 1,
        "--html config.toml --force": 2,
    }.items():
        assert run(capsys, "replay", *words.split()).code == code, words
    page = (demo / "page.html").read_text("utf-8")
    assert book_in(page)["made"]["names"] == "none"
    count = len(lines_in(page))
    (demo / "changed.html").write_text(page.replace("<h1>", "<h1>Un autre ", 1), "utf-8")
    for file, code in {"page.html": 0, "changed.html": 1, "config.toml": 2, "none.html": 2}.items():
        ended = run(capsys, "verify", "--page", file)
        assert ended.code == code, file
        if code < 2:
            assert f"{file}\xa0: " in ended.out
            assert f"ligne {count}" in ended.out
            assert "chaîne intacte" in ended.out
    ended = run(capsys, "verify", "--page", "changed.html", "--json")
    told = json.loads(ended.out)
    assert (ended.code, told["intact"]) == (1, True)
    assert [(one["file"], one["lines"], len(one["findings"])) for one in told["pages"]] == [
        ("changed.html", count, 1)
    ]


@pytest.mark.slow
def test_in_a_browser_as_on_the_terminal(demo: Path, browser: Browser) -> None:
    """Since when each stands where it is, where the cut goes, and who was put where."""
    clock = SetClock(instant("2024-09-04T09:00:00+02:00", said_by="test", zone=None))
    with Contest.open(demo, actor=DESK, clock=clock) as contest:
        made = page_of(contest)
        (demo / "page.html").write_text(made, "utf-8")
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
        votes = [one for one in lines_in(made) if one["type"] == "vote_taken"]
        assert votes
        for vote in votes:
            go(page, f"line/{vote['n']}")
            voices = f"({len(vote['data']['ayes'])} – {len(vote['data']['noes'])})"
            assert voices in page.locator("tr.moved .what").inner_text()
    assert told == {one.case.ref: labels.get(one.case.id, "–") for one in ranked.ranked}
    paris = {ref: at.astimezone(ranked.process.zone) for ref, at in since.items()}
    assert {ref: f"{at.day} {at:%H:%M}" for ref, at in paris.items()} == stood
