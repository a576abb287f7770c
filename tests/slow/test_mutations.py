"""Two thousand changes of the ledger of the whole rehearsal, made by chance."""

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from random import Random

import pytest

from tests.cli.conftest import played
from tests.ledger.mutation_limits import LIMITS
from tests.ledger.mutations import mutations
from tests.ledger.trial import trial

__all__ = ["played"]

CHANGES = 2000
IN_TABLES = frozenset(f"data.facts.*[].* {sort}" for sort in ("alike", "gone", "number", "other"))
# What was answered in a table or a list, of whom where no rule reads it, that a row of a table was
# left empty, or that one of several answers was given.
IN_ANSWERS = IN_TABLES | {
    *("case other", "data.facts.* gone", "data.facts.*[] alike", "data.facts.*[] shape")
}
# Which file proved it, and of what size: nobody has it but who keeps it.
PROOFS = frozenset(
    f"data.evidence.{name}" for name in ("sha256 alike", "size alike", "size number")
)
RARE: Mapping[str, Collection[str]] = {
    # What the other ledger tells.
    "candidature_handed_over": {
        *("case other", "data.hash alike", "data.n alike", "data.ref alike", "order")
    },
    # Versions of what verdicts depend on: the machine of that day alone knew them.
    "engine_changed": {"data.versions.* shape"},
    "facts_received": IN_ANSWERS,
    "facts_recorded": IN_ANSWERS,
    "links_declared": PROOFS,
    "scores_given": PROOFS,
    "sheet_received": PROOFS | {"data.evidence alike", "data.evidence shape"},
    # Whose act set a mail off, where the courier plans it at its hour too.
    "messages_planned": {"actor courier"},
    # Which of two mails left first in one instant.
    "message_sent": {"order"},
    # How many were counted, where as many more or fewer would have been refused too; and for whom
    # it was tried, where another would have been refused alike.
    "transition_refused": {"case other", "data.totals.* alike", "data.totals.* number"},
    # Why what is of no more use was cancelled.
    "messages_cancelled": {"data.why alike"},
}
"""What nobody could know either, of lines or values that `tests.ledger` does not try."""


@pytest.mark.slow
def test_named(played: Path, tmp_path: Path) -> None:
    """Each is named, or is on the lists by its kind; verifying itself never fails."""
    folder = shutil.copytree(played, tmp_path / "demo")
    random = Random("Occitanie")
    missed: set[tuple[str, str]] = set()
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
    lists: tuple[Mapping[str, Collection[str]], ...] = (LIMITS, RARE)
    listed = {(kind, name) for names in lists for kind in names for name in names[kind]}
    assert missed - listed == set()
