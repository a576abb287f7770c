"""The replay page of 10,000 candidatures and some 100,000 lines: its size, its making, its use.

The page is opened in Debian's Chromium from the file, as an auditor opens it. First paint is what
the browser tells; a step of the slider is timed from its event to the frame that follows, every
view in turn. The bounds are what people notice: two seconds to begin to read, a tenth of a second
to follow a hand. How long the page takes to make is beside how long `verify` takes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import Absent, Count, Figure, timed
from bench.stage import SEATS, Stage
from ptce_workflow.app.admin.verify import verify
from ptce_workflow.papers.replay.page import replay_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

CANDIDATURES = 10_000
AT_ONCE = 500
BYTES_A_LINE = 150
"""What a line may weigh in the file, packed with all that is told of it."""
PAINT_S, STEP_S = 2.0, 0.1
VIEWS = ("path", "journal", "jury", "first")

_STEPS = """async () => {
    const slider = document.getElementById("slider"), taken = [];
    const first = Number(slider.min), last = Number(slider.max);
    for (let step = 0; step < 24; step++) {
        const begun = performance.now();
        slider.value = first + ((last - first) * ((step * 7) % 24)) / 23;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        taken.push(performance.now() - begun);
    }
    return taken.sort((a, b) => a - b)[12];
}"""
"""Moves the slider to and fro, and gives the median of what a step took, in milliseconds."""


def figures(folder: Path) -> list[Figure | Count | Absent]:
    """The page made, weighed and used."""
    folder.mkdir()
    stage = Stage(folder / "contest", mails=False, at_once=AT_ONCE)
    stage.scored(CANDIDATURES, seats=SEATS[:2])
    file, contest = folder / "replay.html", stage.contest
    verified = timed(verify, contest)
    made = timed(lambda: file.write_bytes(replay_page(contest).content))
    lines = verify(contest).lines
    weight = file.stat().st_size / lines
    return [
        Figure(f"page of {lines:,} lines made / verify", made, verified, 1),
        Count("bytes of the page, a line", round(weight), BYTES_A_LINE),
        *_used(file),
    ]


def _used(file: Path) -> Iterator[Figure | Absent]:
    browser = shutil.which("chromium")
    if browser is None:
        yield Absent("page in a browser", "no Chromium: apt-get install chromium")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = running.new_page(viewport={"width": 1280, "height": 900})
        page.goto(file.as_uri(), wait_until="commit")
        page.wait_for_selector("#slider", timeout=60_000)
        yield Figure("page, first paint / 2 s", _painted(page), PAINT_S, 1)
        for view in VIEWS:
            page.evaluate("view => { location.hash = view }", view)
            page.wait_for_timeout(500)
            step = page.evaluate(_STEPS) / 1_000
            yield Figure(f"page, slider step, #{view} / 100 ms", step, STEP_S, 1)
        running.close()


def _painted(page: Page) -> float:
    """The seconds from opening to the first paint of something to read."""
    told: float = page.evaluate(
        "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
    )
    return told / 1_000
