"""Suggestions: the nearest name, however it was typed, else the names when they are few."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ptce_workflow.base.suggestions import did_you_mean, nearest, suggestion
from ptce_workflow.base.words import speaking


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Messages are read in English, in which the code writes them."""
    with speaking("en"):
        yield


def test_a_suggestion_is_near_or_the_whole_list() -> None:
    """The nearest name, else all of them when they are few, else nothing."""
    assert suggestion("scord", ["scored", "draft"]) == 'Did you mean "scored"?'
    assert suggestion("zzz", ["b", "a"]) == "Known here: a, b."
    assert suggestion("zzz", [f"name_{number}" for number in range(13)]) == ""
    assert suggestion("zzz", []) == ""


@pytest.mark.parametrize("typed", ["mobilite", "MOBILITÉ", "mobillité"])
def test_capitals_and_accents_do_not_set_names_apart(typed: str) -> None:
    """What people leave out when they type keeps no name from being found."""
    assert nearest(typed, ["alimentation", "mobilité"]) == ["mobilité"]


def test_the_nearest_comes_first() -> None:
    """No more are given than are asked for, and none that is far."""
    assert nearest("score", ["draft", "scored", "scores_given"], most=2)[0] == "scored"
    assert nearest("score", ["draft"]) == []


def test_a_name_cut_short_is_found() -> None:
    """However long it is; and nothing else is proposed beside it."""
    assert nearest("ami", ["occitanie-2024", "ami-permanent"]) == ["ami-permanent"]
    assert nearest("minute", ["init", "minutes"], most=2) == ["minutes"]
    assert nearest("mi", ["minutes"]) == []


def test_several_names_are_proposed_in_one_sentence() -> None:
    """One name, two names, none."""
    assert did_you_mean(["a", "b"]) == 'Did you mean "a" or "b"?'
    assert did_you_mean([]) == ""


def test_a_suggestion_is_said_in_the_language_in_force() -> None:
    """Quotation marks are those of the language too."""
    with speaking("fr"):
        assert did_you_mean(["a"]) == "Vouliez-vous dire «\u00a0a\u00a0»\u00a0?"
