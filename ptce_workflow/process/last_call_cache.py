"""A memory of the last answer, where the same question comes several times in a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def of_last(work: Callable[[A], B]) -> Callable[[A], B]:
    """The same function, which does not work again when it is asked about the very same object.

    The rules of a transition look at one table several times, then never again. The object must
    not change meanwhile: facts and marks never do, what is recorded anew is another object.
    """
    last: tuple[A, B] | None = None

    def answer(asked: A) -> B:
        nonlocal last
        # One name is read and set at once: another thread finds the former pair or this one.
        known = last
        if known is None or known[0] is not asked:
            known = last = (asked, work(asked))
        return known[1]

    return answer
