"""Templates of notifications: all four are there, and each one reads."""

from __future__ import annotations

import pytest

from ptce_workflow.process.check import check
from ptce_workflow.process.paths import TEMPLATES
from tests.process.contests import contest, only

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_missing_template_is_told(template: str) -> None:
    """A mail is written as text and as HTML, in both languages."""
    path = f"notifications/receipt/{template}"
    found = only(contest(remove=[path]))
    assert (found.file, found.what) == (path, "This template is missing.")


def test_every_missing_template_is_told() -> None:
    """All at once, like everything else."""
    files = contest(remove=[f"notifications/receipt/{template}" for template in TEMPLATES])
    assert len(check(files)) == len(TEMPLATES)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("Bonjour\n\n{{ name }", "line 3"),
        ("Bonjour\n{% if name %}", "line 2"),
        ("{% nonsense %}", "line 1"),
    ],
)
def test_a_template_that_does_not_read_says_where(content: str, why: str) -> None:
    """The line is told, as in a text editor."""
    found = only(contest(write={"notifications/receipt/en.txt.j2": content}))
    assert (found.file, found.what) == (
        "notifications/receipt/en.txt.j2",
        "This template cannot be read.",
    )
    assert found.why.startswith(why)


@pytest.mark.parametrize("content", ["{{ " + "(" * 5_000, "{{ 1" + "0" * 5_000 + " }}"])
def test_a_template_without_end_is_a_fault(content: str) -> None:
    """However deep or long it is, it is told and nothing breaks."""
    found = only(contest(write={"notifications/receipt/en.txt.j2": content}))
    assert found.what == "This template cannot be read."


def test_a_template_is_utf_8() -> None:
    """Any other encoding would come out wrong in a mail."""
    found = only(contest(write={"notifications/receipt/fr.txt.j2": b"caf\xe9"}))
    assert found.what == "This file is not UTF-8 text."
