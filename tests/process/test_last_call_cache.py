"""Remembering the last answer: for the very same object, and no other."""

from __future__ import annotations

from ptce_workflow.process.rules.scope import of_last


def test_the_same_object_is_worked_on_once() -> None:
    """As long as no other is asked about in between."""
    asked: list[tuple[int, ...]] = []

    def work(numbers: tuple[int, ...]) -> int:
        asked.append(numbers)
        return sum(numbers)

    answer = of_last(work)
    one, other = (1, 2), (3, 4)
    assert [answer(one), answer(one), answer(other), answer(other), answer(one)] == [3, 3, 7, 7, 3]
    assert asked == [one, other, one]


def test_an_equal_object_is_another_object() -> None:
    """One and true are equal, and are not the same fact."""

    def kinds(values: list[object]) -> list[type]:
        return [type(value) for value in values]

    answer = of_last(kinds)
    assert answer([1]) == [int]
    assert answer([True]) == [bool]
