"""A pause of the garbage collector while a ledger is read or written, which makes none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
