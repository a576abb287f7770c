"""The campaign: its parts, in their order, on one base after the other."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from random import Random

from faults import answers, dialogue, disk, kills, model, outages, writers
from faults.bases import Base, Postgresql, Sqlite
from faults.tally import Part, Run, Tally
from ptce_workflow.base.runtime import elapsed_seconds
from ptce_workflow.base.words import speaking
from tests.one_pass import Couriers

PARTS: Mapping[str, Part] = {
    "model": model.model,
    "kills": kills.kills,
    "writers": writers.writers,
    "outages": outages.outages,
    "dialogue": dialogue.dialogue,
    "disk": disk.disk,
    "answers": answers.answers,
}
BASES: Mapping[str, Callable[[], Base]] = {Sqlite.name: Sqlite, Postgresql.name: Postgresql}
SHORT = 0.1
"""The share of the whole campaign that is tried with every change."""


def campaign(
    parts: Iterable[str], bases: Iterable[str], place: Path, seed: int, share: float
) -> Iterator[Tally]:
    """Tries parts on bases, and tells each row as soon as it is known."""
    with Couriers(commands=True) as couriers, speaking("en"):
        for base in (BASES[name]() for name in bases):
            for part in parts:
                # Each part draws its own lots: leaving one out does not change the others.
                chance = Random(f"{seed} {part} {base.name}")
                shared, told = place / base.name, place / "told"
                here = shared / part
                here.mkdir(parents=True)
                began_s = elapsed_seconds()
                for tally in PARTS[part](Run(base, couriers, here, shared, told, chance, share)):
                    took_s, began_s = elapsed_seconds() - began_s, elapsed_seconds()
                    print(f"{took_s:6.1f} s  {tally.told()}", file=sys.stderr, flush=True)
                    yield tally
