"""What marks come to: voices, exact means rounded once, ranks."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.process.candidature import Candidature, Scores
from ptce_workflow.process.model.sheets import Rounding, Sheet
from ptce_workflow.process.panel import RankPlace, asked_of, figures, figures_of, ranked, rounded
from ptce_workflow.process.process import Process
from tests.process.contests import contest

NOW = datetime(2024, 3, 1, tzinfo=UTC)
CRITERIA = ("beauty", "use", "joy")
MEMBERS = tuple(f"member_{number}" for number in range(7))
MARKS = st.dictionaries(
    st.sampled_from(MEMBERS), st.dictionaries(st.sampled_from(CRITERIA), st.integers(0, 500))
)


def panel(*criteria: str, more: str = "", keys: str = "") -> Sheet:
    """The panel of the small contest with these criteria, more keys, and more tables."""
    score = """
    [fields.{name}]
    type = "score"
    label = "x"
    scale = {{ from = 0, to = 5, step = 0.01 }}
    choice = "x"
    """
    fields = "".join(score.format(name=name) for name in criteria if name != "beauty")
    members = 'members = ["town", "school"]'
    files = contest(
        {"sheets/marks.toml": fields + more},
        replace={"sheets/marks.toml": (members, f"{members}\n{keys}")},
    )
    return Process.load(files).definition.sheets["marks"]


PANEL = panel(*CRITERIA)


def of(marks: Scores, sheet: Sheet = PANEL) -> dict[str, int]:
    """The figures of marks, everyone who gave some being asked."""
    return figures(sheet, marks, tuple(marks))


def test_the_total_is_the_mean_of_exact_means_rounded_once() -> None:
    """Means of a third each, rounded before they are added, would lose a hundredth."""
    marks = {
        "a": {"beauty": 100, "use": 100, "joy": 100},
        "b": {"beauty": 100, "use": 100, "joy": 100},
        "c": {"beauty": 101, "use": 101, "joy": 102},
    }
    assert of(marks) == {
        "beauty": 100,
        "use": 100,
        "joy": 101,
        "total": 100,
        "plain": 100,
        "lowest": 100,
        "spread": 1,
        "voices": 3,
        "expected": 3,
        "recused": 0,
    }


def test_without_marks_only_the_counts_are_known() -> None:
    assert figures(PANEL, {}) == {"voices": 0, "expected": 2, "recused": 0}


def test_one_criterion_without_marks_leaves_the_total_unknown() -> None:
    marks = {"a": {"beauty": 250, "use": 300}, "b": {"use": 400}}
    counts = {"voices": 0, "expected": 2, "recused": 0}
    assert of(marks) == {"beauty": 250, "use": 350, **counts}


def test_voices_are_those_of_the_criterion_that_has_fewest() -> None:
    marks = {
        "a": {"beauty": 1, "use": 1, "joy": 1},
        "b": {"beauty": 1, "use": 1, "joy": 1},
        "c": {"beauty": 1},
    }
    assert of(marks)["voices"] == 2


@given(MARKS)
def test_figures_agree_with_fractions(marks: dict[str, dict[str, int]]) -> None:
    given_to = {c: [m[c] for m in marks.values() if c in m] for c in CRITERIA}
    means = {c: Fraction(sum(m), len(m)) for c, m in given_to.items() if m}
    expected = {c: _rounded(mean) for c, mean in means.items()}
    lowest = min((expected[c] for c in means), default=0)
    voices = min(map(len, given_to.values()))
    expected |= {"voices": voices, "expected": len(marks), "recused": 0}
    if len(means) == len(CRITERIA):
        expected["total"] = _rounded(sum(means.values(), Fraction()) / len(means))
        expected["plain"], expected["lowest"] = expected["total"], lowest
        whole = [
            Fraction(sum(m[c] for c in CRITERIA), len(CRITERIA))
            for m in marks.values()
            if len(m) == len(CRITERIA)
        ]
        expected["spread"] = _rounded(max(whole) - min(whole)) if whole else 0
    assert of(marks) == expected


WEIGHTED = panel(
    *CRITERIA,
    more="""
    weight = 2.5
    no_opinion = true
    """,
)


def test_a_criterion_weighs_what_the_folder_says() -> None:
    found = of({"a": {"beauty": 100, "use": 200, "joy": 500}}, WEIGHTED)
    assert found["total"] == _rounded(Fraction(100 + 200 + 1250, 450) * 100)
    assert found["plain"] == 267
    assert found["spread"] == 0


def test_who_has_no_opinion_is_left_out_of_the_mean() -> None:
    marks: Scores = {
        "a": {"beauty": 100, "use": 100, "joy": None},
        "b": {"beauty": 100, "use": 100, "joy": 300},
    }
    found = of(marks, WEIGHTED)
    assert (found["joy"], found["voices"]) == (300, 1)


def test_no_opinion_may_count_as_the_lowest_mark() -> None:
    sheet = panel(*CRITERIA, keys='no_opinion = "lowest"\nchoice = "x"')
    marks: Scores = {
        "a": {"beauty": 100, "use": 100, "joy": None},
        "b": {"beauty": 100, "use": 100, "joy": 300},
    }
    found = of(marks, sheet)
    assert (found["joy"], found["voices"]) == (150, 2)


def test_who_steps_aside_does_not_count() -> None:
    marks = {"one": {"beauty": 500}, "two": {"beauty": 100}}
    sheet = panel("beauty")
    first, second = sheet.members
    scores = {"marks": {first: marks["one"], second: marks["two"]}}
    case = Candidature("1", "C-001", "x", NOW, 1, scores=scores, recused={"marks": (first,)})
    assert asked_of("marks", sheet, case) == (second,)
    found = figures_of("marks", sheet, case)
    assert (found["total"], found["voices"], found["expected"]) == (100, 1, 1)
    assert found["recused"] == 1


def test_when_all_step_aside_nothing_is_known() -> None:
    sheet = panel("beauty")
    recused = {"marks": sheet.members}
    scores = {"marks": {member: {"beauty": 500} for member in sheet.members}}
    case = Candidature("1", "C-001", "x", NOW, 1, scores=scores, recused=recused)
    assert figures_of("marks", sheet, case) == {"voices": 0, "expected": 0, "recused": 2}


def _rounded(exact: Fraction) -> int:
    quotient = Decimal(exact.numerator) / Decimal(exact.denominator)
    return int(quotient.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("numerator", "denominator", "up", "even", "down"),
    [
        (1, 2, 1, 0, 0),
        (3, 2, 2, 2, 1),
        (5, 2, 3, 2, 2),
        (4, 3, 1, 1, 1),
        (5, 3, 2, 2, 1),
        (0, 7, 0, 0, 0),
        (249, 100, 2, 2, 2),
        (251, 100, 3, 3, 2),
    ],
)
def test_each_way_of_rounding(
    numerator: int, denominator: int, up: int, even: int, down: int
) -> None:
    expected: list[tuple[Rounding, int]] = [("half_up", up), ("half_even", even), ("down", down)]
    for rounding, whole in expected:
        assert rounded((numerator, denominator), rounding) == whole


def test_keys_rank_in_turn() -> None:
    entries = {
        "a": {"total": 300, "joy": 100},
        "b": {"total": 400, "joy": 100},
        "c": {"total": 300, "joy": 200},
    }
    keys = [("total", False), ("joy", False)]
    first, second, third = (
        RankPlace("b", 1, 1, ""),
        RankPlace("c", 2, 1, "total"),
        RankPlace("a", 3, 1, "joy"),
    )
    assert ranked(entries, keys) == [first, second, third]
    assert _ranks(entries, [("total", True), ("joy", True)]) == [(1, "a"), (2, "c"), (3, "b")]


def test_what_no_key_separates_shares_a_rank() -> None:
    entries = {"a": {"total": 3}, "b": {"total": 5}, "c": {"total": 3}, "d": {"total": 1}}
    places = ranked(entries, [("total", False)])
    assert [(place.rank, place.entry) for place in places] == [
        (1, "b"),
        (2, "a"),
        (2, "c"),
        (4, "d"),
    ]
    assert [place.tied for place in places] == [1, 2, 2, 1]
    assert [place.parted_by for place in places] == ["", "total", "", "total"]


def _ranks(
    entries: dict[str, dict[str, int]], keys: list[tuple[str, bool]]
) -> list[tuple[int, str]]:
    return [(place.rank, place.entry) for place in ranked(entries, keys)]


@pytest.mark.parametrize("ascending", [False, True])
def test_a_figure_that_is_missing_comes_last(ascending: bool) -> None:
    entries: dict[str, dict[str, int]] = {"a": {}, "b": {"total": 0}}
    assert _ranks(entries, [("total", ascending)]) == [(1, "b"), (2, "a")]


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
    ranks = _ranks(entries, keys)
    assert sorted(name for _rank, name in ranks) == sorted(entries)
    assert [rank for rank, _name in ranks] == sorted(rank for rank, _name in ranks)
    by_name = {name: rank for rank, name in ranks}
    for name, rank in by_name.items():
        assert rank == 1 + sum(by_name[other] < rank for other in entries if other != name)
