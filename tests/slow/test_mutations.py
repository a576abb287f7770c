"""Two thousand changes of the ledger of the whole rehearsal, made by chance."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest

from tests.cli.conftest import played
from tests.ledger.mutation_lists import LIMITS, MISSED
from tests.ledger.mutations import mutations
from tests.ledger.trial import trial

__all__ = ["played"]

CHANGES = 2000


@pytest.mark.slow
def test_named(played: Path, tmp_path: Path) -> None:
    """Each is named, or is on the lists by its kind; verifying itself never fails."""
    folder = shutil.copytree(played, tmp_path / "demo")
    random = Random("Occitanie")
    missed = set()
    with trial(folder) as tried:
        assert tried.faults == ()
        kinds: dict[str, list[int]] = {}
        for n, line in enumerate(tried.ledger.lines, 1):
            kinds.setdefault(line.type, []).append(n)
        for _change in range(CHANGES):
            kind = random.choice(sorted(kinds))
            n = random.choice(kinds[kind])
            mutation = random.choice([*mutations(tried.ledger, n, random)])
            missed |= {(kind, name) for name in tried.missed(mutation)}
    none: frozenset[str] = frozenset()
    listed = {kind: MISSED.get(kind, none) | LIMITS.get(kind, none) for kind in kinds}
    assert {(kind, name) for kind, name in missed if name not in listed[kind]} == set()
