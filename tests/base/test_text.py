"""Texts: the nearest name, cells that are no formula, and one line that hides nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.base.words import (
    did_you_mean,
    nearest,
    one_line,
    plain_text,
    safe_text,
    speaking,
    suggestion,
)

pytestmark = pytest.mark.usefixtures("in_english")


def test_a_suggestion_is_near_or_the_whole_list() -> None:
    assert suggestion("scord", ["scored", "draft"]) == 'Did you mean "scored"?'
    assert suggestion("zzz", ["b", "a"]) == "Known here: a, b."
    assert suggestion("zzz", [f"name_{number}" for number in range(13)]) == ""
    assert suggestion("zzz", []) == ""


@pytest.mark.parametrize("typed", ["mobilite", "MOBILITÉ", "mobillité"])
def test_capitals_and_accents_do_not_set_names_apart(typed: str) -> None:
    assert nearest(typed, ["alimentation", "mobilité"]) == ["mobilité"]


def test_the_nearest_comes_first() -> None:
    assert nearest("score", ["draft", "scored", "scores_given"], most=2)[0] == "scored"
    assert nearest("score", ["draft"]) == []


def test_a_name_cut_short_is_found() -> None:
    assert nearest("ami", ["occitanie-2024", "ami-permanent"]) == ["ami-permanent"]
    assert nearest("minute", ["init", "minutes"], most=2) == ["minutes"]
    assert nearest("mi", ["minutes"]) == []


def test_several_names_are_proposed_in_one_sentence() -> None:
    assert did_you_mean(["a", "b"]) == 'Did you mean "a" or "b"?'
    assert did_you_mean([]) == ""


def test_a_suggestion_is_said_in_the_language_in_force() -> None:
    with speaking("fr"):
        assert did_you_mean(["a"]) == "Vouliez-vous dire «\u00a0a\u00a0»\u00a0?"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\uff1d"])
def test_what_begins_like_a_formula_is_escaped(start: str) -> None:
    """An apostrophe stands before it, as a person would type it."""
    assert safe_text(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("text", ["", "Les Jardins", "L’été", "'quoted'", "1-2", "a=b"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text


@given(st.text("='+-@\t a", max_size=8) | st.text(max_size=20))
def test_every_text_comes_back(text: str) -> None:
    assert plain_text(safe_text(text)) == text
    assert safe_text(text)[:1] not in tuple("=+-@\t\r")


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
    assert one_line(written, at_most=200) == read


def test_a_long_text_is_cut_at_a_word() -> None:
    cut = one_line("collectif " * 1000, at_most=200)
    assert cut.endswith("collectif…")
    assert len(cut) <= 200


def test_one_endless_word_is_cut_where_the_room_ends() -> None:
    assert one_line("x" * 10_000, at_most=200) == "x" * 199 + "…"


@given(st.text(st.characters(), max_size=300), st.integers(2, 100))
def test_whatever_is_written(text: str, at_most: int) -> None:
    """No text becomes two lines, grows beyond the limit or begins an encoded word."""
    line = one_line(text, at_most=at_most)
    assert len(line) <= at_most
    assert "=?" not in line
    assert not {unicodedata.category(character) for character in line} & {"Cc", "Zl", "Zp", "Cs"}
    assert one_line(line, at_most=at_most) == line
