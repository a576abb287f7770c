"""The process that runs: its garbage collector at rest, and where a test has it die."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

EXIT_CODE = 77
"""The exit code of a process that a test has die, as a power cut would: nothing is tidied up."""


class _Named:
    # Only code can name a point, never the environment: the tests do (`tests/dying.py`), and no
    # installation holds them. Where none is named a passage costs one comparison.

    point = ""
    left = 0


def die_at(point: str, passage: int = 1) -> None:
    """Has this process die at a point: the first time that it is passed, or a later one."""
    _Named.point, _Named.left = point, passage


def reach(point: str) -> None:
    """Dies here if a test says so."""
    if point == _Named.point:
        _Named.left -= 1
        if _Named.left == 0:
            os._exit(EXIT_CODE)


@contextmanager
def nothing_to_collect() -> Iterator[None]:
    """Keeps the collector of reference cycles at rest inside the block.

    Candidatures rebuilt from a ledger refer to nothing that refers to them: looking through all
    of them again and again, as more come to be, finds nothing and takes a third of a replay, and
    an eighth of an act. What is no longer referred to still goes at once.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
