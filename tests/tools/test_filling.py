"""The sources of the pages are filled whole, or not at all."""

from pathlib import Path

import jinja2
import pytest

from ptce_workflow.base.words import LANGUAGES
from rehearsal.day import SOURCES as DAYS
from tools.docs import PAGES
from tools.pages import filling


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_source_is_a_page(language: str) -> None:
    """But for the day at the desk, which is played."""
    sources = {path.name for path in (filling.SOURCES / language).iterdir()}
    assert sources == {*PAGES, Path(DAYS[language]).name}


def test_a_hole_that_nothing_fills_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "SOURCES", tmp_path)
    source = tmp_path / "en" / "page.md"
    source.parent.mkdir()
    source.write_text("| [[ text|cell ]] | [[ listed(names) ]] | {{ kept }} |\n")
    holes = {"text": "a || b\nc", "names": ("x", "y")}
    assert filling.filled("en", "page.md", holes) == "| a \\|\\| b c | `x`, `y` | {{ kept }} |\n"
    with pytest.raises(jinja2.UndefinedError, match="names"):
        filling.filled("en", "page.md", {"text": ""})
