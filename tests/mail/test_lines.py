"""What others wrote becomes one line that hides nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.mail.lines import one_line


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Les Jardins", "Les Jardins"),
        ("L’été à\u00a0: oui", "L’été à\u00a0: oui"),
        ("a\r\nBcc: x", "a Bcc: x"),
        ("a\x00b\x85c\u2028d\u2029e", "a b c d e"),
        ("\u202egnp.exe", "gnp.exe"),
        ("=?utf-8?q?x?=", "= ?utf-8?q?x?="),
        ("=\u200b?utf-8?q?x?=", "= ?utf-8?q?x?="),
        ("half a pair \ud800.", "half a pair ."),
        ("👩\u200d🌾 farmers", "👩\u200d🌾 farmers"),
        ("  two   blanks  ", "two blanks"),
    ],
)
def test_one_line_keeps_what_people_read(written: str, read: str) -> None:
    """Letters and French blanks stay; controls, direction marks and encoded words do not."""
    assert one_line(written, at_most=200) == read


def test_a_long_text_is_cut_at_a_word() -> None:
    """Ten thousand characters end in an ellipsis, within the limit."""
    cut = one_line("collectif " * 1000, at_most=200)
    assert cut.endswith("collectif…")
    assert len(cut) <= 200


def test_one_endless_word_is_cut_where_the_room_ends() -> None:
    """A word that fills the line is none."""
    assert one_line("x" * 10_000, at_most=200) == "x" * 199 + "…"


@given(st.text(st.characters(), max_size=300), st.integers(2, 100))
def test_whatever_is_written(text: str, at_most: int) -> None:
    """No text becomes two lines, grows beyond the limit or begins an encoded word."""
    line = one_line(text, at_most=at_most)
    assert len(line) <= at_most
    assert "=?" not in line
    assert not {unicodedata.category(character) for character in line} & {"Cc", "Zl", "Zp", "Cs"}
    assert one_line(line, at_most=at_most) == line
