"""A replay page opened as an auditor opens it: in a browser, from a file, with no network."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

VIEWS = (
    "summary",
    "path",
    "first",
    "journal",
    "journal/refusal",
    "jury",
    "mails",
    "check",
    "line/9",
    "C-001",
)
_QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update")


# Its driver keeps a loop running in the thread of the tests, where no other can run then: it stops
# with the module that asks for it, before tests that run a courier.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; skipped where it is not, unless CI says that it must be."""
    path = shutil.which("chromium")
    if path is None and os.environ.get("CI"):
        pytest.fail("CI must have Chromium: apt-get install chromium")
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=list(_QUIET))
        yield running
        running.close()


@contextmanager
def opened_in(
    browser: Browser, file: Path, route: str = "", before: str = "", **context: Any
) -> Iterator[Page]:
    """A page in a tab of its own, once it has checked its chain; nothing may go wrong in it.

    No error, warning, dialog or request: a script that the policy blocks is an error too. `before`
    is run before the page's own script.
    """
    wrong: list[str] = []

    def asked(dialog: Dialog) -> None:
        wrong.append(dialog.message)
        dialog.dismiss()

    tab = browser.new_context(**context)
    tab.set_default_timeout(120_000)
    tab.add_init_script(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    tab.add_init_script(before)
    page = tab.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(f"{said.type}: {said.text}"))
    page.on("dialog", asked)
    page.on("request", lambda asked: wrong.append(asked.url))
    page.goto(f"{file.as_uri()}#{route}")
    page.wait_for_selector("#badge.yes, #badge.no")
    yield page
    tab.close()
    assert [said for said in wrong if not said.startswith(("file:", "blob:"))] == []


def go(page: Page, route: str) -> None:
    """Goes to another view, and waits until it is there."""
    page.evaluate(
        """route => new Promise((there) => {
            if (location.hash === `#${route}`) return there();
            addEventListener("hashchange", there, { once: true });
            location.hash = route;
        })""",
        route,
    )


def faults(page: Page) -> list[str]:
    """What axe finds wrong for whoever does not see the page, or does not use a mouse."""
    found: list[str] = page.evaluate(
        """async () => {
            const rules = { "label-content-name-mismatch": { enabled: true } };
            rules["duplicate-id-active"] = rules["label-content-name-mismatch"];
            const { violations, incomplete } = await axe.run({ rules });
            const told = (found) => found.flatMap(
                ({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
            const undecided = incomplete.filter(({ id }) => id === "label-content-name-mismatch");
            return told([...violations, ...undecided]);
        }"""
    )
    return found


def contrast_undecided(page: Page) -> list[str]:
    """The texts of which axe cannot tell the contrast, but for single signs, and for pictures."""
    found: list[str] = page.evaluate(
        """async () => {
            const pictures = [...document.querySelectorAll("#diagram svg")];
            pictures.forEach((one) => (one.style.display = "none"));
            const { incomplete } = await axe.run({ runOnly: ["color-contrast"] });
            pictures.forEach((one) => (one.style.display = ""));
            return incomplete.flatMap(({ nodes }) => nodes)
                .filter(({ any: [{ data }] }) => data.messageKey !== "shortTextContent")
                .map(({ html }) => html.slice(0, 120));
        }"""
    )
    return found


def rows(page: Page) -> list[list[str]]:
    """The first table of the view, cell by cell, as it is read aloud."""
    found: list[list[str]] = page.evaluate(
        """() => [...(document.querySelector("#list tbody")?.rows ?? [])].map(
            (row) => [...row.cells].map((cell) => cell.textContent))"""
    )
    return found
