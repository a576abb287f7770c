"""Typed text: what is kept, what is made one, what is refused."""

import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.process.fields.base import TextRefused, normalise

pytestmark = pytest.mark.usefixtures("in_english")


def line(value: str) -> str:
    """A line of text, normalised."""
    return normalise(value, multiline=False, max_length=200)


def lines(value: str) -> str:
    """A longer text, normalised."""
    return normalise(value, multiline=True, max_length=200)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Les Semeurs du Causse \n", "Les Semeurs du Causse"),
        ("e\u0301t\u00e9", "\u00e9t\u00e9"),
        ("\u00a0« Terre\u00a0» ?\u202f", "« Terre\u00a0» ?"),
        ("Coop’Vallée – œuvre", "Coop’Vallée – œuvre"),
        ("Ferme \U0001f469\u200d\U0001f33e", "Ferme \U0001f469\u200d\U0001f33e"),
        ("\u2764\ufe0f\u200d\U0001f525", "\u2764\ufe0f\u200d\U0001f525"),
        ("東京", "東京"),
        (" \t\u3000\r\n", ""),
    ],
)
def test_a_line_is_composed_and_trimmed(typed: str, kept: str) -> None:
    assert line(typed) == kept


def test_a_longer_text_keeps_its_lines_and_tabs() -> None:
    assert lines("un\r\n\tdeux\n\ntrois\r\n") == "un\n\tdeux\n\ntrois"


@pytest.mark.parametrize(
    ("character", "named"),
    [
        ("\x00", "U+0000"),
        ("\x1b", "U+001B"),
        ("\x7f", "U+007F"),
        ("\x85", "U+0085"),
        ("\r", "U+000D"),
        ("\u202e", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("\u2066", "U+2066"),
        ("\u200f", "U+200F"),
        ("\u061c", "U+061C"),
        ("\u2028", "U+2028"),
        ("\u2029", "U+2029"),
        ("\ud800", "U+D800"),
        ("\u200b", "U+200B"),
        ("\u200d", "U+200D"),
        ("\u00ad", "U+00AD"),
        ("\ufeff", "U+FEFF"),
        ("\u3164", "U+3164"),
        ("\ufffd", "U+FFFD"),
        ("\ue000", "U+E000"),
        ("\U000e0041", "U+E0041"),
        ("\uffff", "U+FFFF"),
    ],
)
def test_what_cannot_be_seen_is_refused_by_its_name_and_place(character: str, named: str) -> None:
    with pytest.raises(TextRefused, match="character 6") as caught:
        line(f"Terre{character}s")
    assert named in caught.value.what
    with pytest.raises(TextRefused, match="line 2, character 3") as caught:
        lines(f"un\nde{character}ux")
    assert named in caught.value.what
    assert caught.value.why


@pytest.mark.parametrize("character", ["\n", "\t"])
def test_a_line_holds_no_end_of_line_and_no_tab(character: str) -> None:
    with pytest.raises(TextRefused, match="character 3"):
        line(f"un{character}deux")
    assert lines(f"un{character}deux") == f"un{character}deux"


def test_a_coded_word_of_mail_is_refused_in_a_line() -> None:
    """Some mail libraries would turn it into a header of its own."""
    with pytest.raises(TextRefused, match="character 6"):
        line("Asso =?utf-8?q?=0ABcc:_x@mail.example?=")
    assert lines("2 + 2 =?") == "2 + 2 =?"


def test_a_text_that_is_too_long_is_refused_with_its_length() -> None:
    assert len(line("e\u0301" * 200)) == 200
    with pytest.raises(TextRefused, match="10000 characters"):
        line("é" * 10_000)


@given(st.text(), st.booleans())
def test_normalising_twice_changes_nothing(value: str, multiline: bool) -> None:
    with suppress(TextRefused):
        once = normalise(value, multiline=multiline, max_length=1000)
        assert normalise(once, multiline=multiline, max_length=1000) == once
        assert unicodedata.is_normalized("NFC", once)


@given(st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=200))
def test_letters_numbers_and_marks_are_kept(value: str) -> None:
    with suppress(TextRefused):
        composed = unicodedata.normalize("NFC", value)
        assert line(value).split() == composed.split()
