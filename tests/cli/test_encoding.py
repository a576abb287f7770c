"""What a terminal that lacks a letter shows in its place."""

import io

import pytest

from ptce_workflow.cli.main import plain, replace_what_is_lacking


def shown(text: str, encoding: str) -> str:
    """What a terminal of an encoding is sent."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    replace_what_is_lacking(stream, io.StringIO())
    stream.write(text)
    return raw.getvalue().decode(encoding)


def test_marks_stay_apart() -> None:
    """The three answers of a rule differ on every terminal, and none is taken for another."""
    assert len({plain(mark) for mark in "✓✗"} | {"?"}) == 3
    assert shown("✓ oui, ✗ non, ? on ne sait", "latin-1") == "+ oui, x non, ? on ne sait"


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "L’œuvre · 2\u202f000 € → §5 …"),
        ("cp1252", "L’œuvre · 2 000 € > §5 …"),
        ("ascii", "L'oeuvre - 2 000 ? > par. 5 ..."),
    ],
)
def test_the_nearest_letters_are_shown(encoding: str, told: str) -> None:
    assert shown("L’œuvre · 2\u202f000 € → §5 …", encoding) == told


def test_what_has_no_near_letter_is_a_question_mark() -> None:
    assert shown("織", "ascii") == "?"
