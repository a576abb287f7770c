"""The replay page in a browser: what it shows at each instant, to whom, and what it checks."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ptce_workflow.app.locations import KEY_FILE, beside_database
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.runtime import SetClock, data
from ptce_workflow.base.words import LANGUAGES, speaking
from ptce_workflow.exports.replay_page import NameChoice, html, words_in
from ptce_workflow.ledger.checkpoint import Checkpoint, sign
from ptce_workflow.ledger.line import FIRST_PREV, canonical, digest
from tests.browsing import VIEWS, contrast_undecided, faults, go, opened_in, rows
from tests.rehearsal import AFTERWARDS, BEGINNING, opened
from tests.replayed import Book, book_in, lines_in, packed, page_of, stood

# What begins with "<!--" would hide the rest of itself, where markup is made of it.
PLANT = "<img src=x onerror=alert(1)><!--<script>alert(2)</script>"
ODD = 12
"""The line whose clock was fast."""
BESIDE = data("exports/replay")


@pytest.fixture(scope="module")
def honest(written: Path) -> str:
    """The page of a contest in which much has happened, in the language of the code."""
    with speaking("en"), opened(written, SetClock(AFTERWARDS)) as contest:
        return page_of(contest, NameChoice.ALL)


@pytest.fixture(scope="module")
def made(honest: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as a file, an instant a line, with ranks that no computation would give."""
    book, ledger = ranked(book_in(honest), lines_in(honest))
    return written_to(tmp_path_factory.mktemp("page") / "page.html", book, chained(ledger))


@pytest.fixture
def page(browser: Browser, made: Path) -> Iterator[Page]:
    """The page, opened where candidatures move along the time line."""
    with opened_in(browser, made, "path") as page:
        yield page


def written_to(file: Path, book: Book, ledger: Sequence[bytes]) -> Path:
    """A page of a book and of lines, as a file."""
    file.write_text(html(book, b"".join(ledger), "–"), "utf-8")
    return file


def chained(ledger: Sequence[Book]) -> list[bytes]:
    """The bytes of lines, each numbered and naming the one before."""
    found: list[bytes] = []
    for n, line in enumerate(ledger, 1):
        prev = digest(found[-1]) if found else FIRST_PREV
        found.append(canonical({**line, "n": n, "prev": prev}))
    return found


def ranked(book: Book, ledger: list[Book]) -> tuple[Book, list[Book]]:
    """With an instant a line, and a line more for each candidature that has marks.

    The later opened, the better ranked; one line bears a later instant than those that follow.
    """
    marked = dict.fromkeys(line["case"] for line in ledger if line["type"] == "scores_given")
    panel = book["panels"][0]["name"]
    for rank, case in enumerate(reversed(marked), 1):
        data = {"sheet": panel, "rank": rank, "tied": 1, "vote": None, "parted_by": None}
        line = {"type": "rank_recorded", "case": case, "data": data, "pd": None}
        ledger.append({**ledger[-1], **line})
        for told in book["told"].values():
            told.append([f"rank {rank}", "f" * 64])
    for n, line in enumerate(ledger):
        minutes = n + 20 if n == ODD else n
        line["at"] = to_text(BEGINNING + timedelta(minutes=minutes))
    content = chained(ledger)
    book["made"] |= {"lines": len(ledger), "head": digest(content[-1])}
    return book, ledger


def planted(value: Any, key: str = "") -> Any:
    """A book with the plant in every text that people see; names, hashes and instants stay."""
    if isinstance(value, dict):
        return {name: planted(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [planted(one, key) for one in value]
    seen = {*LANGUAGES, "by", "facts", "label", "why"}
    return f"{PLANT}{value}" if isinstance(value, str) and key in seen else value


@pytest.mark.slow
def test_stood_at_every_instant(page: Page, made: Path) -> None:
    file = made.read_text("utf-8")
    book, ledger = book_in(file), lines_in(file)
    labels = {one["name"]: one["label"]["en"] for one in book["states"]}
    slider = page.locator("#slider")
    slider.focus()
    page.click("#begin")

    def shown() -> dict[str, str]:
        return {ref: state for ref, _name, state, _since in rows(page)}

    def expected(at: str) -> dict[str, str]:
        return {ref: labels[state] for ref, state in stood(book, ledger, at).items()}

    seen = []
    slider.focus()
    while True:
        instant = float(slider.input_value())
        [at] = {one["at"] for one in ledger if from_text(one["at"]).timestamp() * 1000 == instant}
        assert shown() == expected(at), at
        boxes = page.locator(".state").evaluate_all("all => all.map((one) => one.textContent)")
        held = list(expected(at).values())
        assert sorted(boxes) == sorted(f"{one} {held.count(one)}" for one in labels.values())
        seen.append((instant, shown()))
        page.keyboard.press("ArrowRight")
        if float(slider.input_value()) == instant:
            break
    assert len({str(states) for _instant, states in seen}) > 5
    for instant, states in reversed(seen[:-1]):
        page.keyboard.press("ArrowLeft")
        assert (float(slider.input_value()), shown()) == (instant, states)
    drag = "(slider, to) => { slider.value = to; slider.dispatchEvent(new Event('input')); }"
    for (_instant, states), (later, _states) in pairwise(seen):
        slider.evaluate(drag, later - 1)
        page.evaluate("() => new Promise(requestAnimationFrame)")
        assert shown() == states


@pytest.mark.slow
def test_time_is_told(page: Page) -> None:
    """A step says who moved, in words, once; a drag says nothing until it is let go."""
    page.click("#begin")
    slider, said = page.locator("#slider"), page.locator("#said")
    assert said.get_attribute("role") == "status"
    slider.focus()
    while not said.inner_text().startswith("1 moved: C-001 → "):
        page.keyboard.press("ArrowRight")
    before = said.inner_text()
    assert slider.get_attribute("aria-valuetext") == page.inner_text("#moment")
    slider.evaluate("(one) => { one.value = one.max; one.dispatchEvent(new Event('input')); }")
    page.evaluate("() => new Promise(requestAnimationFrame)")
    assert said.inner_text() == before
    slider.evaluate("(one) => one.dispatchEvent(new Event('change'))")
    assert said.inner_text() != before


@pytest.mark.slow
def test_nothing_planted_is_markup(browser: Browser, honest: str, tmp_path: Path) -> None:
    book, ledger = ranked(book_in(honest), lines_in(honest))
    words = book.pop("words")
    for case in book["cases"]:
        case["name"] = f"{PLANT}{case['name']}"
    quotes = [[f"{PLANT}{one}" for one in those] for those in book["quotes"]]
    book = planted(book) | {"words": words, "quotes": quotes}
    for act in book["acts"].values():
        for told in act.values():
            for rule in told["judged"][0]["rules"]:
                rule[2:5] = [f"{PLANT}{text}" for text in rule[2:5]]
    for line in ledger:
        if line["type"] == "transition_refused":
            line["data"]["planted"] = PLANT
    content = chained(ledger)
    book["made"]["head"] = digest(content[-1])
    file = written_to(tmp_path / "planted.html", book, content)
    with opened_in(browser, file) as page:
        for view in VIEWS:
            go(page, view)
            for button in page.locator("#list th button").all()[:20]:
                button.press("Enter")
            told = page.inner_text("body", timeout=5000)
            assert PLANT in told, view
            made = page.locator("img, iframe, body script:not([type=module])").count()
            assert made == 0, view
        go(page, "journal/refusal")
        page.locator("#list th button").first.press("Enter")
        assert json.dumps(PLANT)[1:-1] in page.locator(".raw").first.inner_text()
    script = (BESIDE / "page.js").read_text("utf-8")
    markup = r"innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|createContextual|eval\("
    assert not re.search(markup + r"|</script|<!--", script)


@pytest.mark.slow
def test_views(page: Page, made: Path, honest: str) -> None:
    """Each view shows what it says; a line shows its own bytes; going back finds the place."""
    ledger = lines_in(honest)
    refused = next(line for line in ledger if line["type"] == "transition_refused")
    book = book_in(honest)
    go(page, "journal/refusal")
    assert len(rows(page)) == sum(line["type"] == "transition_refused" for line in ledger)
    [judged] = book["acts"][str(refused["n"])]["en"]["judged"]
    failing = [f"{mark} {says}" for _name, mark, says, *_rest in judged["rules"] if mark != "✓"]
    row = page.locator("#list tbody tr").first
    assert row.locator(".failing li").count() == len(failing) > 0
    assert failing[0] in row.inner_text()
    held = [name for name, answer in refused["data"]["verdicts"].items() if answer == "holds"]
    assert row.locator("details li").count() == len(held)
    assert not row.locator("details").evaluate_all("all => all.some((one) => one.open)")
    toggle = row.locator("button")
    toggle.press("Enter")
    file = made.read_text("utf-8")
    content = packed(file, "ledger").splitlines(keepends=True)[refused["n"] - 1]
    assert row.locator("pre").text_content() == content.decode()
    assert digest(content) in row.locator(".raw").inner_text()
    assert toggle.get_attribute("aria-expanded") == "true"
    toggle.press("Enter")
    assert row.locator("pre").count() == 0
    ref = row.locator("a.ref").inner_text()
    page.evaluate("() => scrollTo(0, 40)")
    row.locator("a.ref").click()
    page.wait_for_selector(f"#view:has-text('{ref}')")
    assert page.evaluate("() => document.activeElement.id") == "view"
    page.go_back()
    page.wait_for_selector(".refused")
    assert page.evaluate("() => [location.hash, scrollY]") == ["#journal/refusal", 40]
    page.fill("#query", "no such thing")
    assert rows(page) == []
    page.fill("#query", ref.lower())
    assert {cells[3] for cells in rows(page)} == {ref}
    go(page, "first")
    first = {(one["kind"], one["n"]) for one in book["look_first"]}
    assert page.locator("#list tbody tr").count() == len(first) > 0
    kinds = {kind for kind, _n in first}
    levels = [one for one in book["levels"] if kinds & {*one["kinds"]}]
    shown = page.locator("#list > section > h3").all_inner_texts()
    assert [text.partition(" (")[0] for text in shown] == [one["label"]["en"] for one in levels]
    assert page.locator("#list > section > details").count() == sum(one["folded"] for one in levels)
    go(page, "mails")
    assert len(rows(page)) == len(book["mails"])
    go(page, "nowhere")
    assert page.locator("#view").inner_text() == book["words"]["en"]["lost"]


@pytest.mark.slow
def test_states_and_search(page: Page, honest: str) -> None:
    """A box of the diagram narrows the table to those that stand in it; so does a search."""
    everyone = rows(page)
    state = everyone[0][2]
    box = page.locator(f".state:has(.label:text-is('{state}'))")
    box.press("Enter")
    assert rows(page) == [cells for cells in everyone if cells[2] == state]
    assert box.get_attribute("aria-pressed") == "true"
    page.click("#show_all")
    assert rows(page) == everyone
    page.fill("#query", everyone[-1][1].upper())
    assert rows(page) == [cells for cells in everyone if cells[1] == everyone[-1][1]]


@pytest.mark.slow
def test_figures_are_those_recorded(page: Page, honest: str) -> None:
    _book, ledger = ranked(book_in(honest), lines_in(honest))
    refs = {case["id"]: case["ref"] for case in book_in(honest)["cases"]}
    ranks = [refs[line["case"]] for line in ledger if line["type"] == "rank_recorded"]
    go(page, "jury")
    found = rows(page)
    assert [cells[0] for cells in found] == [str(n + 1) for n in range(len(ranks))]
    assert [cells[1].split()[0] for cells in found] == ranks
    figures = {
        refs[line["case"]]: line["data"]["panels"]["cra"]["total"]
        for line in ledger
        if line["data"].get("panels", {}).get("cra")
    }
    assert figures
    for cells in found:
        mean = figures.get(cells[1].split()[0])
        assert cells[2] == ("–" if mean is None else f"{mean / 100:.2f}")
    given = next(line for line in ledger if line["type"] == "scores_given")
    go(page, refs[given["case"]])
    shown = {cell for cells in rows(page) for cell in cells}
    for mark in given["data"]["scores"].values():
        assert f"{mark / 100:.2f}" in shown


@pytest.mark.slow
def test_language_and_focus(page: Page, honest: str) -> None:
    """The other language is a button away; the focus and the instant stay where they were."""
    words = book_in(honest)["words"]
    page.click("#begin")
    moment = page.locator("#slider").input_value()
    page.locator("#language").press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "language"
    assert page.evaluate("() => document.documentElement.lang") == "fr"
    assert page.locator("#tab-path").inner_text().lower() == words["fr"]["path"].lower()
    assert page.locator("#slider").input_value() == moment
    page.locator("#language").press("Enter")
    assert page.locator("#tab-path").inner_text().lower() == words["en"]["path"].lower()


def test_words() -> None:
    """The page asks for no word that there is not, and there is none for which it does not ask."""
    script = (BESIDE / "page.js").read_text("utf-8")
    asked = set(re.findall(r'"([a-z_]+)"', script))
    tabs = {"summary", "path", "first", "journal", "jury", "mails", "check"}
    words = set(words_in("en"))
    assert words - asked - tabs == set()
    assert set(re.findall(r'\bt\(\s*"([a-z_]+)"', script)) <= words


def note_of(folder: Path, hash_: str) -> str:
    """A checkpoint of the fourth line, signed with the key of a contest."""
    note = Checkpoint(f"ptce/small/{'0' * 64}", 4, hash_)
    return sign(note, (beside_database(folder) / KEY_FILE).read_bytes()).encode().decode()


@pytest.mark.long
def test_check(page: Page, made: Path, written: Path) -> None:
    """The chain is whole; a hash that one holds is found, and one of elsewhere is not."""
    content = packed(made.read_text("utf-8"), "ledger").splitlines(keepends=True)
    go(page, "check")
    assert page.locator("#results .no").count() == 0
    assert digest(content[-1]) in page.inner_text("#results")
    words = book_in(made.read_text("utf-8"))["words"]["en"]

    def answer(text: str) -> str:
        page.fill("#held", text)
        page.click("#ask")
        page.wait_for_function(
            "waits => document.getElementById('answer').innerText !== waits", arg=words["checking"]
        )
        return page.inner_text("#answer")

    def begins(word: str) -> str:
        return str(words[word]).partition("{")[0]

    fourth = digest(content[3])
    coded = b64encode(bytes.fromhex(fourth)).decode()
    signed = note_of(written, fourth)
    fifth = signed.replace("\n4\n", "\n5\n")
    worn = signed[:-4] + ("AAA\n" if signed[-4:-1] != "AAA" else "BBB\n")
    for held in (fourth, fourth.upper(), fourth[:12], coded):
        assert answer(held).startswith("It is the hash of line 4, "), held
    assert answer(signed).startswith(begins("note_kept"))
    assert words["note_signed"] in answer(signed)
    assert answer(worn) == words["note_unsigned"]
    assert answer(signed.partition("\n\n")[0]) == words["note_unsigned"]
    assert answer(fifth).startswith("Line 5 has another hash")
    assert answer(signed.replace("\n4\n", "\n9999\n")).startswith("The checkpoint is of line 9,999")
    assert answer("ab" * 32) == words["hash_unknown"]
    assert answer("what?") == words["no_hash"]
    named = json.loads(content[3])["def"]
    assert answer(named).startswith("No line has this hash, but line 1 names it.")
    with page.expect_download() as saved:
        page.click("#save")
    assert Path(saved.value.path()).read_bytes() == b"".join(content)


@pytest.mark.slow
@pytest.mark.parametrize("subtle", [True, False], ids=["browser", "page"])
def test_tampering_is_seen(browser: Browser, honest: str, tmp_path: Path, *, subtle: bool) -> None:
    """Where the chain breaks first is told, by either SHA-256; so is a changed side row."""
    book = book_in(honest)
    content = packed(honest, "ledger").splitlines(keepends=True)
    changed = [*content[:8], content[8].replace(b'"at":"2', b'"at":"1', 1), *content[9:]]
    side = json.loads(json.dumps(book))
    side["side"][2]["data"] = side["side"][2]["data"].replace("a", "b")
    cases = {
        "whole": (book, content, "Bytes of the record consistent"),
        "changed": (book, changed, "Chain broken at line 10"),
        "cut": (book, content[:-1], f"Chain broken at line {len(content) - 1}"),
        "taken": (book, [*content[:5], *content[6:]], "Chain broken at line 6"),
        "beside": (side, content, f"Line {side['side'][2]['n']}: what it vouches for"),
        **{name: (told, content, "Line ") for name, told in forged(book)},
    }
    otherwise = book["words"]["en"]["badge_untrue"].partition(":")[2]
    gone = "Object.defineProperty(crypto, 'subtle', { value: undefined });"
    for name, (told, bytes_, expected) in cases.items():
        file = written_to(tmp_path / f"{name}.html", told, bytes_)
        if subtle:
            with opened_in(browser, file) as page:
                badge = page.inner_text("#badge")
                assert badge.startswith(expected), name
                assert badge.endswith(otherwise) is (expected == "Line "), name
        elif name in ("whole", "changed"):
            with opened_in(browser, file, "check", before=gone) as page:
                assert page.inner_text("#badge").startswith(expected), name
                assert book["words"]["en"]["by_page"] in page.inner_text("#results")


def forged(book: Book) -> Iterator[tuple[str, Book]]:
    """Books that say of a line what it does not: of whom, by whom, and what came of it."""
    for name in ("reference", "name", "who", "state"):
        other = json.loads(json.dumps(book))
        first, second = other["cases"][:2]
        if name == "reference":
            first["ref"], second["ref"] = second["ref"], first["ref"]
        elif name == "state":
            told = next(one for one in other["told"]["en"] if one[0].startswith("Submitted"))
            told[0] = f"Selected{told[0]}"
        elif name == "name":
            first["name"], second["name"] = second["name"], first["name"]
        else:
            other["who"]["P-001"] = dict.fromkeys(LANGUAGES, "desk P-009")
        yield name, other


@pytest.mark.slow
def test_a_story_is_that_of_its_lines(browser: Browser, honest: str, tmp_path: Path) -> None:
    """What a move comes to, and which rules failed, are the line's, whatever the book says."""
    book, ledger = book_in(honest), lines_in(honest)
    moved = next(one for one in ledger if one["type"] == "transition_made" and one["data"]["to"])
    refused = next(one for one in ledger if one["type"] == "transition_refused")
    for told in book["told"].values():
        told[moved["n"] - 1][0] = "Selected · 9 rules met"
        told[refused["n"] - 1] = ["Selected"]
    for told in book["acts"][str(refused["n"])].values():
        told["judged"][0]["rules"] = []
    states = {one["name"]: one["label"]["en"] for one in book["states"]}
    content = packed(honest, "ledger").splitlines(keepends=True)
    with opened_in(browser, written_to(tmp_path / "page.html", book, content)) as page:
        go(page, f"line/{moved['n']}")
        shown = page.locator("tr.moved .what").inner_text()
        assert shown == f"{states[moved['data']['from']]} → {states[moved['data']['to']]}"
        go(page, f"line/{refused['n']}")
        row = page.locator("tr.moved")
        assert "Selected" not in row.locator(".what").inner_text()
        failed = [name for name, answer in refused["data"]["verdicts"].items() if answer != "holds"]
        assert row.locator(".failing li").count() == len(failed) > 0


@pytest.mark.slow
def test_the_first_screen(browser: Browser, made: Path) -> None:
    """Who was chosen, who was not and why, and three things to see; of the end, not an instant."""
    book = book_in(made.read_text("utf-8"))
    words = book["words"]["en"]
    with opened_in(browser, made) as page:
        assert page.locator("#slider, #diagram").count() == 0
        heads = page.locator("h3").all_inner_texts()
        assert words["see_first"] in heads
        assert 0 < page.locator("ul.first li").count() <= 3
        shown = page.inner_text("#list")
        assert all(case["ref"] in shown for case in book["cases"])
        go(page, "path")
        page.click("#begin")
        go(page, "summary")
        assert page.inner_text("#list") == shown


@pytest.mark.slow
def test_within_reach(browser: Browser, made: Path) -> None:
    """Axe finds nothing in any view, dark or light; nothing hangs out of a narrow window."""
    with opened_in(browser, made, color_scheme="dark") as page:
        for turn, view in enumerate(VIEWS):
            go(page, view)
            page.emulate_media(color_scheme="dark" if turn % 2 else "light")
            assert faults(page) == [], view
            assert contrast_undecided(page) == [], view
        page.set_viewport_size({"width": 375, "height": 800})
        for view in VIEWS:
            go(page, view)
            assert page.evaluate("() => document.documentElement.scrollWidth") <= 375, view
            # Time takes a line, and no more.
            tall = page.evaluate("document.querySelector('.time')?.getBoundingClientRect().height")
            assert (tall or 0) <= 36, view
        for view in ("jury", "path"):
            go(page, view)
            assert faults(page) == [], view
