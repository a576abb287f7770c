"""Couriers, and whatever else `ptce` does, in processes of their own that may die there.

A program takes long to load, and these tests need many of them: one process loads it all, and
forks another for each pass or command. It has no thread, so that forking it is safe.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, TextIO

import ptce_workflow
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.cli.main import main
from ptce_workflow.mail.settings import read_settings
from ptce_workflow.scheduler.passes import tick
from tests.dying import die_at

SENDER = "Concours <concours@cress.example>"
DESK = "anne"
CRASHED = 70
"""The exit code of a process that ends by an exception: no command does."""


@dataclass(frozen=True)
class Pass:
    """One pass of a courier: over which contest, to which port, at which instant.

    `dies_at` is a fail-point, as `tests.dying` names it; `killed_after_s` is how long it lives.
    `words` are what the desk types instead, `told` the file in which to read what it was told; by
    one that is `anew`, Python begins once more, as it does at a keyboard.
    """

    folder: Path
    port: int
    now: datetime
    dies_at: str = ""
    killed_after_s: float | None = None
    words: Sequence[str] = ()
    told: str = os.devnull
    anew: bool = False

    def make(self) -> int:
        """Makes the pass, in the process that it is to happen in; its exit code."""
        if self.dies_at:
            die_at(self.dies_at)
        if self.words:
            return self._type()
        table = {"host": "127.0.0.1", "port": self.port, "security": "none", "sender": SENDER}
        settings = read_settings({**table, "per_minute": 0, "for_real": True}, "local.toml")
        with Contest.open(self.folder, actor="", clock=SetClock(self.now)) as contest:
            tick(contest, settings)
        return 0

    def _type(self) -> int:
        os.environ |= {"PTCE_NOW": self.now.isoformat(), "PTCE_ACTOR": DESK, "PTCE_LANG": "en"}
        for stream, place in enumerate((os.devnull, self.told, self.told)):
            opened = os.open(place, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            os.dup2(opened, stream)
        line = ["--contest", str(self.folder), *self.words]
        if self.anew:
            os.execv(sys.executable, [sys.executable, "-m", "ptce_workflow", *line])
        return main(line)


class Couriers:
    """A process that forks a courier for each pass, from `with` to the end of its block.

    With `commands` it has loaded all that a command may need; `on` is what runs it elsewhere.
    """

    def __init__(self, *, commands: bool = False, on: Sequence[str] = ()) -> None:
        self._commands = commands
        self._on = on

    def __enter__(self) -> Couriers:
        here = [*self._on, sys.executable, "-m", "tests.one_pass", *["commands"] * self._commands]
        root, pipe = Path(__file__).parent.parent, subprocess.PIPE
        env = {name: value for name, value in os.environ.items() if not name.startswith("PTCE_")}
        self._process = subprocess.Popen(
            here, cwd=root, env=env, stdin=pipe, stdout=pipe, text=True
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asks, self._answers = self._process.stdin, self._process.stdout
        return self

    @contextmanager
    def another(self) -> Iterator[Couriers]:
        """One more such process, to work beside this one: it is forked, and has nothing to load."""
        with tempfile.TemporaryDirectory() as folder:
            asks, answers = Path(folder, "asks"), Path(folder, "answers")
            for fifo in (asks, answers):
                os.mkfifo(fifo)
            self._ask({"asks": str(asks), "answers": str(answers)})
            other = Couriers()
            with asks.open("w") as other._asks, answers.open() as other._answers:
                yield other

    def __exit__(self, *_raised: object) -> None:
        self._process.communicate()

    def starts(self, one: Pass) -> int:
        """Has a courier begin its pass; its process id."""
        self._ask({**vars(one), "folder": str(one.folder), "now": one.now.isoformat()})
        return self._read()

    def ended(self) -> int:
        """Waits for the courier to end; its exit code, negative when a signal ended it."""
        return self._read()

    def makes(self, one: Pass) -> int:
        """Has a courier make its pass; its exit code."""
        self.starts(one)
        return self.ended()

    def _ask(self, told: dict[str, Any]) -> None:
        self._asks.write(f"{json.dumps(told)}\n")
        self._asks.flush()

    def _read(self) -> int:
        return int(self._answers.readline())


def serve(asked: TextIO, answers: TextIO) -> None:
    """Forks a courier for each line of what is asked; writes its process id, then its exit code."""
    ends = {signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    for line in asked:
        told = json.loads(line)
        if "asks" in told:
            _serve_beside(told["asks"], told["answers"])
            continue
        told |= {"folder": Path(told["folder"]), "now": datetime.fromisoformat(told["now"])}
        one = Pass(**told)
        courier = os.fork()
        if courier == 0:
            _live(one)
        print(courier, file=answers, flush=True)
        if one.killed_after_s is not None:
            signal.sigtimedwait(ends, one.killed_after_s)
            # One that has ended is still there to be killed, until somebody asks how it ended.
            os.kill(courier, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(courier, 0)[1])
        print(code, file=answers, flush=True)
        signal.sigtimedwait(ends, 0)


def _serve_beside(asks: str, answers: str) -> None:
    """Forks what serves another, and is nobody's child: its end must not look like a courier's."""
    between = os.fork()
    if between:
        os.waitpid(between, 0)
        return
    if os.fork() == 0:
        # In the order in which the other opens them: each waits for the other side.
        with open(asks) as asked, open(answers, "w") as told:  # noqa: PTH123
            serve(asked, told)
    os._exit(0)


def _live(one: Pass) -> None:
    code = CRASHED
    try:
        code = one.make()
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
    os._exit(code)


if __name__ == "__main__":
    if "commands" in sys.argv:
        for module in walk_packages(ptce_workflow.__path__, "ptce_workflow."):
            if not module.name.endswith(".__main__"):
                import_module(module.name)
    serve(sys.stdin, sys.stdout)
