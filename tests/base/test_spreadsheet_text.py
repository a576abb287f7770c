"""Texts in cells: never a formula, always the same text when they come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.base.spreadsheet_text import is_formula_like, plain_text, safe_text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\uff1d"])
def test_what_begins_like_a_formula_is_escaped(start: str) -> None:
    """An apostrophe stands before it, as a person would type it."""
    assert safe_text(f"{start}1+1") == f"'{start}1+1"
    assert is_formula_like(f"{start}1+1")


@pytest.mark.parametrize("text", ["", "Les Jardins", "L’été", "'quoted'", "1-2", "a=b"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    """No apostrophe is added without need."""
    assert safe_text(text) == text


@given(st.text("='+-@\t a", max_size=8) | st.text(max_size=20))
def test_every_text_comes_back(text: str) -> None:
    """Escaping loses nothing, and leaves nothing that runs."""
    assert plain_text(safe_text(text)) == text
    assert safe_text(text)[:1] not in tuple("=+-@\t\r")
