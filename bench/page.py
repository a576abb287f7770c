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
from statistics import median
from typing import TYPE_CHECKING

from bench.measure import Found, Taken, in_turn
from bench.stage import SEATS, Stage
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.exports.replay_page import replay_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

CANDIDATURES = 10_000
AT_ONCE = 500
ROUNDS = 5
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


def figures(folder: Path) -> Found:
    """The page made, weighed and used."""
    folder.mkdir()
    stage = Stage(folder / "contest", mails=False, at_once=AT_ONCE)
    stage.scored(CANDIDATURES, seats=SEATS[:2])
    file, contest = folder / "replay.html", stage.contest
    taken = in_turn(
        {
            "made": lambda _round: file.write_bytes(replay_page(contest).content),
            "verify": lambda _round: verify(contest),
        },
        ROUNDS,
    )
    weight = file.stat().st_size / verify(contest).lines
    return {
        "made": Taken(taken["made"], taken["verify"], ROUNDS),
        "weight": Taken(round(weight)),
        **dict(_used(file)),
    }


def _used(file: Path) -> Iterator[tuple[str, Taken]]:
    browser = shutil.which("chromium")
    if browser is None:
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = running.new_page(viewport={"width": 1280, "height": 900})
        painted = []
        for _round in range(ROUNDS):
            page.goto(file.as_uri(), wait_until="commit")
            page.wait_for_selector("#slider", timeout=60_000)
            painted.append(_painted(page))
        yield "paint", Taken(median(painted), None, ROUNDS)
        for view in VIEWS:
            page.evaluate("view => { location.hash = view }", view)
            page.wait_for_timeout(500)
            step = page.evaluate(_STEPS) / 1_000
            yield view, Taken(step, None, 24)
        running.close()


def _painted(page: Page) -> float:
    """The seconds from opening to the first paint of something to read."""
    told: float = page.evaluate(
        "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
    )
    return told / 1_000
