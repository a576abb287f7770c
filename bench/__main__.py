"""`python -m bench` (`make bench`): every figure of the table, measured in one run.

Figures are no tests: they depend on the machine and on what else runs on it, so a target that
is missed is told in the table and the exit code is 0 all the same.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from bench import acts, audit, before, closing, grid, growth, jury, mail, page, start
from bench.measure import Absent, Count, Figure, table
from ptce_workflow.base.words import speaking

PARTS: Mapping[str, ModuleType] = {
    "start": start,
    "acts": acts,
    "audit": audit,
    "growth": growth,
    "mail": mail,
    "jury": jury,
    "closing": closing,
    "grid": grid,
    "before": before,
    "page": page,
}


def main(names: list[str]) -> int:
    """Measures the parts of those names, or all of them, and prints the table."""
    found: list[Figure | Count | Absent] = []
    # On the disk of the checkout: a temporary folder in memory would flatter every commit.
    build = Path(__file__).parents[1] / "build"
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build, prefix="bench-") as place, speaking("en"):
        for name in names or PARTS:
            print(f"Measuring: {name} …", file=sys.stderr, flush=True)
            found += PARTS[name].figures(Path(place) / name)
    print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
