"""`python -m bench` (`make bench`): every figure of the table, measured in one run.

Figures are no tests: they depend on the machine and on what else runs on it, so a target that
is missed is told in the table and the exit code is 0 all the same. A part that breaks is told,
and the others go on; the exit code is 1 then. A run of all parts is what `docs/performance.md`
tells; some, named, take the place of theirs there if they are measured on the same day, on the same
machine and with the same versions, and are printed alone otherwise.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from types import ModuleType

from bench import (
    acts,
    audit,
    before,
    closing,
    figures,
    forms,
    grid,
    growth,
    jury,
    mail,
    national,
    page,
    peers,
    start,
)
from ptce_workflow.base.words import speaking

PARTS: Mapping[str, ModuleType] = {
    "start": start,
    "acts": acts,
    "peers": peers,
    "audit": audit,
    "growth": growth,
    "mail": mail,
    "national": national,
    "jury": jury,
    "closing": closing,
    "grid": grid,
    "forms": forms,
    "before": before,
    "page": page,
}


def main(names: list[str]) -> int:
    """Measures the parts of those names, or all of them, and prints the table."""
    if unknown := [name for name in names if name not in PARTS]:
        print(f"No part is called {unknown[0]}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    found, broken = {}, 0
    # On the disk of the checkout: a temporary folder in memory would flatter every commit.
    build = Path(__file__).parents[1] / "build"
    build.mkdir(exist_ok=True)
    for name in names or PARTS:
        print(f"Measuring: {name} …", file=sys.stderr, end=" ", flush=True)
        begun = monotonic()
        with tempfile.TemporaryDirectory(dir=build, prefix="bench-") as place, speaking("en"):
            try:
                found[name] = PARTS[name].figures(Path(place) / name)
            except Exception:
                traceback.print_exc()
                found[name], broken = {}, 1
        print(f"{monotonic() - begun:.0f} s", file=sys.stderr)
    if not figures.kept("bench", found, whole=not names):
        print("Of another day or machine than the last whole run: not kept.", file=sys.stderr)
    print(figures.table(found))
    return broken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
