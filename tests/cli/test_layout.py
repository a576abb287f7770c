"""Text made to fit a terminal."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.base.words import columns_of
from ptce_workflow.cli.terminal import laid_out
from ptce_workflow.office.page import Column, folded, safe, wrapped

COLUMNS = (Column("réf."), Column("collectif", flexible=True), Column("rang", number=True))
ROWS = [["C-001", "Pôle bois", "9"], ["C-002", "織物", "10"]]
NAMES = ["Terres d’accueil en Couserans", "Chaux devant", "Les Itinérantes des Cévennes"]
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]))


def test_plain_table_is_aligned() -> None:
    assert laid_out(COLUMNS, ROWS) == (
        ["  réf.   collectif  rang"],
        ["  C-001  Pôle bois     9", "  C-002  織物         10"],
    )


def test_words_are_cut_last() -> None:
    columns = (
        Column("nom", flexible=True),
        Column("jury", flexible=True),
        Column("moyenne, autrement", number=True, flexible=True),
    )
    rows = [["Terres d’accueil en Couserans", "Grille du jury", "4,04"]]
    heading, told = laid_out(columns, rows, 32)
    assert all(columns_of(line) <= 32 for line in (*heading, *told))
    words = " ".join((*heading, *told)).split()
    assert {"Couserans", "d’accueil", "moyenne,", "autrement"} <= set(words)


def todo(*told: str) -> tuple[list[str], list[str]]:
    """A table of names and what is to do, where there is room for 48 columns."""
    columns = (Column("réf."), Column("nom", flexible=True), Column("à faire", below=True))
    rows = [[f"C-00{n}", name, told[n]] for n, name in enumerate(NAMES)]
    return laid_out(columns, rows, 48)


def test_what_fits_stands_beside() -> None:
    heading, body = todo("", "noter", "")
    assert heading == ["  réf.   nom                            à faire"]
    assert [line.split()[0] for line in body] == ["C-000", "C-001", "C-002"]


def test_a_last_column_without_room_stands_below() -> None:
    heading, body = todo("", "rendre le dossier pour complément", "")
    assert heading == ["  réf.   nom", "         à faire"]
    assert body == [
        "  C-000  Terres d’accueil en Couserans",
        "  C-001  Chaux devant",
        "         rendre le dossier pour complément",
        "  C-002  Les Itinérantes des Cévennes",
    ]


def test_a_last_column_is_put_where_it_takes_fewest_lines() -> None:
    _heading, body = todo("noter le projet", "noter le projet", "noter le projet")
    assert body == [
        "  C-000  Terres d’accueil en     noter le projet",
        "         Couserans",
        "  C-001  Chaux devant            noter le projet",
        "  C-002  Les Itinérantes des     noter le projet",
        "         Cévennes",
    ]


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=5), st.integers(32, 120))
def test_a_table_keeps_to_its_room(rows: list[tuple[str, str, str]], room: int) -> None:
    columns = (
        Column("a", flexible=True),
        Column("b", flexible=True),
        Column("c", flexible=True, below=True),
    )
    heading, body = laid_out(columns, rows, room)
    assert max(map(columns_of, [*heading, *body])) <= room
    told = "".join(letter for row in rows for cell in row for letter in safe(cell))
    assert sorted("".join(body).replace(" ", "")) == sorted(told.replace(" ", ""))


@given(st.text())
def test_nothing_moves_the_cursor(text: str) -> None:
    shown = safe(text)
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", shown
    )


def test_what_is_hidden_is_shown() -> None:
    """A control character is written out, so that a reader sees that it is there."""
    assert safe("a\x1b[2Jb\u202ec") == "a\\x1b[2Jb\\u202ec"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"])), st.integers(20, 90))
def test_wrapping_loses_no_word(text: str, width: int) -> None:
    assert " ".join(wrapped(text, width)).split() == text.split()


def test_wrapping_keeps_what_holds_together() -> None:
    text = "  voyez «\u00a0C-011\u00a0» et --dry-run"
    assert wrapped(text, 20) == ["  voyez «\u00a0C-011\u00a0» et", "  --dry-run"]
    assert wrapped("a\nb", None, indent="  ") == ["  a", "  b"]


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("é", 1), ("e\u0301", 1), ("織物", 4)])
def test_columns_are_counted_as_shown(text: str, columns: int) -> None:
    assert columns_of(text) == columns


@given(st.lists(WORDS.filter(bool), min_size=1), st.integers(1, 40), st.booleans())
def test_a_line_is_folded_at_its_spaces(words: list[str], width: int, cut: bool) -> None:
    """Lines keep to the width, unless one word alone is wider and may not be cut."""
    lines = folded(" ".join(words), width, cut_words=cut)
    assert all(columns_of(line) <= width or " " not in line for line in lines)
    if cut and all(columns_of(letter) <= width for word in words for letter in word):
        assert all(columns_of(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(words)


def test_what_a_line_goes_on_with_may_hang() -> None:
    assert wrapped("· La Coopérative du cuir", 20, "  ", "  ") == [
        "  · La Coopérative",
        "    du cuir",
    ]
