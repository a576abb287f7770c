"""The generated pages say what the code and the contest folder say today."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.docs import ROOT, pages, schemas, stale, write


@pytest.fixture(scope="module")
def expected() -> dict[str, str]:
    """Every generated page, as it should read."""
    return pages()


def test_no_page_is_stale(expected: dict[str, str]) -> None:
    """Whoever changes a command, a key or a rule writes the pages again with `make docs`."""
    assert stale(ROOT, expected | schemas()) == []


def test_every_page_is_there_in_both_languages(expected: dict[str, str]) -> None:
    """The seven pages exist in French and in English, and are no copies of one another."""
    names = (
        *("answers.md", "cli.md", "format.md", "ledger.md"),
        *("performance.md", "process.md", "reliability.md"),
    )
    assert set(expected) == {f"docs/{edge}{name}" for name in names for edge in ("", "en/")}
    for name in names:
        assert expected[f"docs/{name}"] != expected[f"docs/en/{name}"]


def test_writing_a_page_twice_gives_the_same(expected: dict[str, str]) -> None:
    """Nothing in a page depends on the day, the machine or chance."""
    assert pages() == expected


def test_a_page_out_of_date_is_found_and_written(tmp_path: Path) -> None:
    """A page that says something else, or is missing, is stale; writing mends both."""
    text = {"docs/a.md": "a\n", "docs/en/b.md": "b\n", "docs/c.md": "c\n"}
    write(tmp_path, text)
    (tmp_path / "docs/a.md").write_text("old\n")
    (tmp_path / "docs/en/b.md").unlink()
    assert stale(tmp_path, text) == ["docs/a.md", "docs/en/b.md"]
    assert write(tmp_path, text) == ["docs/a.md", "docs/en/b.md"]
    assert stale(tmp_path, text) == []
