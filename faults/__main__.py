"""`python -m faults` (`make faults`): breaks what can be broken, and tells what came of it.

    python -m faults                        the whole campaign, on both databases
    python -m faults --seed 7               the same once more, its lots drawn alike
    python -m faults --share 0.1            a tenth of it
    python -m faults --on SQLite kills disk some of it
    python -m faults answers                what a mail server may answer, written in the page too

The whole of it is written down in docs/src/reliability.json, from which `make docs` writes the
page. Exit code 1 where anything was lost or doubled, or else did not hold.
"""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.figures import machine
from faults.campaign import BASES, PARTS, campaign
from ptce_workflow.base.runtime import elapsed_seconds
from tests.remembered import remember
from tools.pages.reliability import RESULT

PACKAGES = ("ptce-workflow", "psycopg", "aiosmtpd", "hypothesis")


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
    # What was mounted and begun is let go however it ends.
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(128 + signal.SIGTERM))
    # Who judges reads the same few folders again and again; who acts does not remember.
    remember()
    began_s = elapsed_seconds()
    with tempfile.TemporaryDirectory() as place:
        found = list(campaign(parts, bases, Path(place), asked.seed, asked.share))
    on, rows = machine(PACKAGES), [tally.told() for tally in found]
    if (parts, bases) == (list(PARTS), list(BASES)):
        result = {
            "$comment": "Written by `make faults`: not to be edited.",
            "seed": asked.seed,
            "share": asked.share,
            "minutes": round((elapsed_seconds() - began_s) / 60, 1),
            "answers_day": on["day"],
            "on": on,
            "rows": rows,
        }
        _write(result)
    elif (parts, asked.share) == (["answers"], 1):
        # Its lots are none: it may be tried by itself, as when the words of the program change.
        result = json.loads(RESULT.read_text("utf-8"))
        others = [row for row in result["rows"] if not row.get("said")]
        _write({**result, "answers_day": on["day"], "rows": [*others, *rows]})
    return 0 if all(tally.sound for tally in found) else 1


def _write(result: dict[str, Any]) -> None:
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
