"""Whatever changes in a line, verifying names it; or nobody could know, from the ledger alone."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.chronicle import GIVER, lived
from tests.ledger.mutation_limits import LIMITS
from tests.ledger.mutations import KINDS, mutations
from tests.ledger.trial import Trial, trial

__all__ = ["lived"]

SHARE = 0.05
"""How much of it is tried here; the slow tests try more."""


@pytest.fixture(scope="module")
def tried(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """The lived contest, to be changed line by line."""
    folder = shutil.copytree(lived / GIVER, tmp_path_factory.mktemp("tried") / GIVER)
    with trial(folder) as tried:
        yield tried


def test_unchanged(tried: Trial) -> None:
    """What changes are compared with has no fault, and every kind of line."""
    assert tried.faults == ()
    assert {line.type for line in tried.ledger.lines} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_named(tried: Trial, kind: str) -> None:
    """One line of each kind, changed in many ways: each is named, or nobody could know of it."""
    random = Random(kind)
    n = random.choice([n for n, line in enumerate(tried.ledger.lines, 1) if line.type == kind])
    found = {one.name: one for one in mutations(tried.ledger, n, random)}
    chosen = [one for one in found.values() if random.random() < SHARE]
    missed = {name for mutation in chosen for name in tried.missed(mutation)}
    assert missed - LIMITS.get(kind, frozenset()) == set()
