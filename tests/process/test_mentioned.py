"""Numbers and days that a text mentions, in figures and in words."""

from decimal import Decimal

import pytest

from ptce_workflow.process.check.names import mentioned_days, mentions_number, spelled


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("les 14 et **15 mai 2024**", [(14, 5, 2024), (15, 5, 2024)]),
        ("le onze mars à midi", [(11, 3, None)]),
        ("le premier avril, ou le 2 avril 2024", [(1, 4, None), (2, 4, 2024)]),
        ("avant le 1er août", [(1, 8, None)]),
        ("le vingt et un juin ou le trente-et-un mai", [(21, 6, None), (31, 5, None)]),
        ("du lundi 14 au mardi 15 mai", [(14, 5, None), (15, 5, None)]),
        ("du 30 avril au 2 mai", [(30, 4, None), (2, 5, None)]),
        ("the 14th of May, or May 15, 2024", [(14, 5, None), (15, 5, 2024)]),
        ("2024-05-14, 15/05/2024", [(14, 5, 2024), (15, 5, 2024)]),
        ("10 collectifs au maximum en mai 2024", []),
        ("deux séances en mars", []),
        ("", []),
    ],
)
def test_days_that_a_text_names(text: str, days: list[tuple[int, int, int | None]]) -> None:
    assert [(one.day, one.month, one.year) for one in mentioned_days(text)] == days


def test_a_long_list_of_numbers_is_soon_read() -> None:
    assert [*mentioned_days("14 et 15 " * 5_000)] == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10 collectifs au maximum", 10),
        ("dix collectifs", 10),
        ("une structure", 1),
        ("vingt et une structures", 21),
        ("soixante-dix-sept pages", 77),
        ("quatre-vingts pages", 80),
        ("100 000€ de subvention", 100_000),
        ("100\u202f000 €", 100_000),
        ("100 k€", 100_000),
        ("1,5 million d’euros", 1_500_000),
        ("une note de 1,5", Decimal("1.50")),
        ("ninety-nine gardens", 99),
    ],
)
def test_a_number_that_stands_in_a_text(text: str, number: int | Decimal) -> None:
    assert mentions_number(text, number)
    assert not mentions_number(text, number + 3)


@pytest.mark.parametrize(
    ("text", "number"),
    [("dix-sept", 7), ("dix-sept", 10), ("en 2024", 20), ("1,5", 5), ("1,5", 1), ("", 0)],
)
def test_a_part_of_a_number_is_none(text: str, number: int) -> None:
    assert not mentions_number(text, number)


def test_numbers_are_spelled_in_both_languages() -> None:
    assert [*spelled(71)] == ["soixante-onze", "seventy-one"]
    assert [*spelled(1000)] == ["mille", "thousand"]
    assert [*spelled(2024)] == []
