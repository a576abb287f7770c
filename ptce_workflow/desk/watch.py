"""Watching long work: whoever waits is told how far it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Watch(Protocol):
    """Passes items on, one by one, and may show how many of `total` were passed."""

    def __call__(self, items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        """Passes the items on; `label` says in the reader's language what is being done."""


def unwatched(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Passes the items on: nobody waits, or nobody says so."""
    del label, total
    return iter(items)
