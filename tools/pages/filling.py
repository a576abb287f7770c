"""Fills the sources of docs/src: Markdown with holes, written `[[ … ]]` and `[% … %]`.

The signs are not Jinja's own, since a page may tell how a contest writes its own templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

SOURCES = Path(__file__).resolve().parents[2] / "docs" / "src"


def filled(language: str, page: str, holes: Mapping[str, Any]) -> str:
    """A page in one language, its holes filled; a hole that nothing fills is an error."""
    sources = Environment(
        loader=FileSystemLoader(SOURCES / language),
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[##",
        comment_end_string="##]",
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        # Markdown, not HTML: quotes and angle brackets stay what they are.
        autoescape=False,
    )
    sources.filters["cell"] = cell
    sources.globals["listed"] = listed
    return sources.get_template(page).render(holes).strip() + "\n"


def cell(text: str) -> str:
    """Text that may stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def listed(words: Iterable[str]) -> str:
    """Words as code, one after the other."""
    return ", ".join(f"`{word}`" for word in words)
