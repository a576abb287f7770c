"""What marks come to: voices, exact means rounded once, ranks."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.process.panel import figures, ranked, round_half_up
from ptce_workflow.process.process import Process
from ptce_workflow.process.questions import Sheet
from tests.process.contests import contest

CRITERIA = ("beauty", "use", "joy")
MEMBERS = tuple(f"member_{number}" for number in range(7))
MARKS = st.dictionaries(
    st.sampled_from(MEMBERS),
    st.dictionaries(st.sampled_from(CRITERIA), st.integers(0, 500)),
)


def panel(*criteria: str) -> Sheet:
    """The panel of the small contest with these criteria."""
    score = """
    [fields.{name}]
    type = "score"
    label = {{ fr = "x", en = "x" }}
    scale = {{ from = 0, to = 5, step = 0.01 }}
    choice = {{ fr = "x", en = "x" }}
    """
    more = "".join(score.format(name=name) for name in criteria if name != "beauty")
    return Process.load(contest({"sheets/marks.toml": more})).definition.sheets["marks"]


PANEL = panel(*CRITERIA)


def test_the_total_is_the_mean_of_exact_means_rounded_once() -> None:
    """Means of a third each, rounded before they are added, would lose a hundredth."""
    marks = {
        "a": {"beauty": 100, "use": 100, "joy": 100},
        "b": {"beauty": 100, "use": 100, "joy": 100},
        "c": {"beauty": 101, "use": 101, "joy": 102},
    }
    assert figures(PANEL, marks) == {
        "beauty": 100,
        "use": 100,
        "joy": 101,
        "total": 100,
        "lowest": 100,
        "voices": 3,
        "expected": 2,
    }


def test_without_marks_only_the_counts_are_known() -> None:
    """A mean of nothing is nothing, and no zero."""
    assert figures(PANEL, {}) == {"voices": 0, "expected": 2}


def test_one_criterion_without_marks_leaves_the_total_unknown() -> None:
    """The others have their means; the total waits."""
    marks = {"a": {"beauty": 250, "use": 300}, "b": {"use": 400}}
    assert figures(PANEL, marks) == {"beauty": 250, "use": 350, "voices": 0, "expected": 2}


def test_voices_are_those_of_the_criterion_that_has_fewest() -> None:
    """A quorum is reached when every criterion has reached it."""
    marks = {
        "a": {"beauty": 1, "use": 1, "joy": 1},
        "b": {"beauty": 1, "use": 1, "joy": 1},
        "c": {"beauty": 1},
    }
    assert figures(PANEL, marks)["voices"] == 2


@given(MARKS)
def test_figures_agree_with_fractions(marks: dict[str, dict[str, int]]) -> None:
    """Whatever marks are given, the figures are the exact means, rounded half up."""
    given_to = {c: [m[c] for m in marks.values() if c in m] for c in CRITERIA}
    means = {c: Fraction(sum(m), len(m)) for c, m in given_to.items() if m}
    expected = {c: _rounded(mean) for c, mean in means.items()}
    expected |= {"voices": min(map(len, given_to.values())), "expected": 2}
    if len(means) == len(CRITERIA):
        expected["total"] = _rounded(sum(means.values(), Fraction()) / len(means))
        expected["lowest"] = min(expected[c] for c in CRITERIA)
    assert figures(PANEL, marks) == expected


def _rounded(exact: Fraction) -> int:
    quotient = Decimal(exact.numerator) / Decimal(exact.denominator)
    return int(quotient.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (1, 2, 1),
        (3, 2, 2),
        (5, 2, 3),
        (4, 3, 1),
        (5, 3, 2),
        (0, 7, 0),
        (249, 100, 2),
        (251, 100, 3),
    ],
)
def test_a_half_goes_up(numerator: int, denominator: int, rounded: int) -> None:
    """To even would be unfair to every other candidature."""
    assert round_half_up(numerator, denominator) == rounded


def test_keys_rank_in_turn() -> None:
    """The second key separates those that the first leaves together."""
    entries = {
        "a": {"total": 300, "joy": 100},
        "b": {"total": 400, "joy": 100},
        "c": {"total": 300, "joy": 200},
    }
    keys = [("total", False), ("joy", False)]
    assert ranked(entries, keys) == [(1, "b"), (2, "c"), (3, "a")]
    assert ranked(entries, [("total", True), ("joy", True)]) == [(1, "a"), (2, "c"), (3, "b")]


def test_what_no_key_separates_shares_a_rank() -> None:
    """And the next rank is left empty, as on a podium."""
    entries = {"a": {"total": 3}, "b": {"total": 5}, "c": {"total": 3}, "d": {"total": 1}}
    assert ranked(entries, [("total", False)]) == [(1, "b"), (2, "a"), (2, "c"), (4, "d")]


@pytest.mark.parametrize("ascending", [False, True])
def test_a_figure_that_is_missing_comes_last(ascending: bool) -> None:
    """Nobody is first for not having been marked."""
    entries: dict[str, dict[str, int]] = {"a": {}, "b": {"total": 0}}
    assert ranked(entries, [("total", ascending)]) == [(1, "b"), (2, "a")]


@given(
    st.dictionaries(
        st.text("abcdefgh", min_size=1, max_size=2),
        st.fixed_dictionaries({}, optional={c: st.integers(0, 3) for c in CRITERIA}),
        max_size=8,
    ),
    st.lists(st.tuples(st.sampled_from(CRITERIA), st.booleans()), max_size=3),
)
def test_ranks_are_those_of_any_ranking(
    entries: dict[str, dict[str, int]], keys: list[tuple[str, bool]]
) -> None:
    """Everybody is ranked once; a rank is one more than the number of those strictly ahead."""
    ranks = ranked(entries, keys)
    assert sorted(name for _rank, name in ranks) == sorted(entries)
    assert [rank for rank, _name in ranks] == sorted(rank for rank, _name in ranks)
    by_name = {name: rank for rank, name in ranks}
    for name, rank in by_name.items():
        assert rank == 1 + sum(by_name[other] < rank for other in entries if other != name)
