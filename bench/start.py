"""Whole commands, from the shell's call to the end of the process.

Children run without PYTHONDONTWRITEBYTECODE and are warmed up first, so that bytecode is there
for all; their output goes to a pipe, as it does for a script. `ptce list` prints 1,000
candidatures in full; it, `why` and an advance that is made, with its mails, are compared with
merely importing three libraries that programs like this one stand on.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bench.measure import Contender, Found, Taken, in_turn
from bench.stage import DESK, Stage

Words = tuple[str, ...]

CANDIDATURES = 1_000
ROUNDS = 5
_IMPORTS = "import sqlmodel, typer, rich.table"
_NOW = "2024-02-26T10:00:00+01:00"
"""Dossiers are still taken in: what is submitted now goes through, and plans its mails."""


def figures(folder: Path) -> Found:
    """`ptce --help`, `list`, `today`, `why` and a real `advance`, each beside its yardstick."""
    stage = Stage(folder / "listed")
    refs = stage.open(CANDIDATURES)
    stage.move(refs[: CANDIDATURES // 2], "submit")
    stage.contest.close()
    fresh = iter(refs[CANDIDATURES // 2 :])
    ours = (_script("ptce"), "--contest", str(stage.folder), "--as", DESK)
    commands: dict[str, Callable[[], Words]] = {
        "help": lambda: (_script("ptce"), "--help"),
        "yardstick of help": lambda: (_script("sqlite-utils"), "--help"),
        "list": lambda: (*ours, "list"),
        "today": lambda: (*ours, "today"),
        "why": lambda: (*ours, "why", refs[-1]),
        "advance": lambda: (*ours, "advance", next(fresh), "submit"),
        "imports": lambda: (sys.executable, "-c", _IMPORTS),
    }
    if _run(commands["list"]()).count("\n") < CANDIDATURES:
        raise RuntimeError("the list is not whole")
    for command in commands.values():
        _run(command())
    taken = in_turn({name: _runner(words) for name, words in commands.items()}, ROUNDS)
    beside = dict.fromkeys(("list", "today", "why", "advance"), "imports")
    beside["help"] = "yardstick of help"
    return {name: Taken(taken[name], taken[other], ROUNDS) for name, other in beside.items()}


def _script(name: str) -> str:
    """A command of this environment."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        raise RuntimeError(f"{name} is not installed beside {sys.executable}")
    return found


def _runner(words: Callable[[], Words]) -> Contender:
    return lambda _round: _run(words())


def _run(words: Words) -> str:
    """Runs a command and gives what it printed."""
    ours = ("PYTHON", "PTCE_")
    environ = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    environ["PTCE_NOW"] = _NOW
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=True)
    return done.stdout
