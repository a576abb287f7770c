"""Whole commands, from the shell's call to the end of the process.

Children run without PYTHONDONTWRITEBYTECODE and are warmed up first, so that bytecode is there
for all; their output goes to a pipe, as it does for a script. `ptce list` prints 1,000
candidatures in full and is compared with merely importing the libraries that it stands on.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.measure import Contender, Figure, in_turn
from bench.stage import DESK, Stage

CANDIDATURES = 1_000
ROUNDS = 15
_IMPORTS = "import sqlmodel, typer, rich.table"


def figures(folder: Path) -> list[Figure]:
    """`ptce --help` and `ptce list`, each beside its yardstick."""
    stage = Stage(folder / "listed")
    refs = stage.open(CANDIDATURES)
    stage.move(refs[: CANDIDATURES // 2], "submit")
    listed = (_script("ptce"), "--contest", str(stage.folder), "--as", DESK, "list")
    commands = {
        "help": (_script("ptce"), "--help"),
        "yardstick of help": (_script("sqlite-utils"), "--help"),
        "list": listed,
        "imports": (sys.executable, "-c", _IMPORTS),
    }
    if _run(listed).count("\n") < CANDIDATURES:
        raise RuntimeError("the list is not whole")
    for command in commands.values():
        _run(command)
    taken = in_turn({name: _runner(words) for name, words in commands.items()}, ROUNDS)
    return [
        Figure("ptce --help / sqlite-utils --help", taken["help"], taken["yardstick of help"], 1),
        Figure(f"ptce list / {_IMPORTS}", taken["list"], taken["imports"], 1.3),
    ]


def _script(name: str) -> str:
    """A command of this environment."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        raise RuntimeError(f"{name} is not installed beside {sys.executable}")
    return found


def _runner(words: tuple[str, ...]) -> Contender:
    return lambda _round: _run(words)


def _run(words: tuple[str, ...]) -> str:
    """Runs a command and gives what it printed."""
    ours = ("PYTHON", "PTCE_")
    environ = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=True)
    return done.stdout
