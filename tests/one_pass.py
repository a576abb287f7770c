"""Couriers that live in processes of their own, and may die there.

A program takes long to load, and these tests need many of them: one process loads it all, and
forks a courier for each pass. It has no thread, so that forking it is safe.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.post import enqueue
from ptce_workflow.base.clock import SetClock
from ptce_workflow.mail.settings import read_settings
from ptce_workflow.scheduler import delivery
from ptce_workflow.scheduler.passes import tick
from tests.dying import die_at

PRELOADED = (enqueue, delivery)
"""What `tick` would import when it is first needed."""

SENDER = "Concours <concours@cress.example>"


@dataclass(frozen=True)
class Pass:
    """One pass of a courier: over which contest, to which port, at which instant.

    `dies_at` is a fail-point, as `tests.dying` names it; `killed_after_s` is how long it lives.
    """

    folder: Path
    port: int
    now: datetime
    dies_at: str = ""
    killed_after_s: float | None = None

    def make(self) -> None:
        """Makes the pass, in the process that it is to happen in."""
        if self.dies_at:
            die_at(self.dies_at)
        table = {"host": "127.0.0.1", "port": self.port, "security": "none", "sender": SENDER}
        settings = read_settings({**table, "per_minute": 0}, "local.toml")
        with Contest.open(self.folder, actor="", clock=SetClock(self.now)) as contest:
            tick(contest, settings)


class Couriers:
    """A process that forks a courier for each pass, from `with` to the end of its block."""

    def __enter__(self) -> Couriers:
        here = [sys.executable, "-m", "tests.one_pass"]
        root, pipe = Path(__file__).parent.parent, subprocess.PIPE
        self._process = subprocess.Popen(here, cwd=root, stdin=pipe, stdout=pipe, text=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def starts(self, one: Pass) -> int:
        """Has a courier begin its pass; its process id."""
        told: dict[str, Any] = {**vars(one), "folder": str(one.folder), "now": one.now.isoformat()}
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(told)}\n")
        self._process.stdin.flush()
        return self._read()

    def ended(self) -> int:
        """Waits for the courier to end; its exit code, negative when a signal ended it."""
        return self._read()

    def makes(self, one: Pass) -> int:
        """Has a courier make its pass; its exit code."""
        self.starts(one)
        return self.ended()

    def _read(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


def serve() -> None:
    """Forks a courier for each line of the input; writes its process id, then its exit code."""
    ends = {signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    for line in sys.stdin:
        told = json.loads(line)
        told |= {"folder": Path(told["folder"]), "now": datetime.fromisoformat(told["now"])}
        one = Pass(**told)
        courier = os.fork()
        if courier == 0:
            _live(one)
        print(courier, flush=True)
        if one.killed_after_s is not None:
            signal.sigtimedwait(ends, one.killed_after_s)
            # One that has ended is still there to be killed, until somebody asks how it ended.
            os.kill(courier, signal.SIGKILL)
        print(os.waitstatus_to_exitcode(os.waitpid(courier, 0)[1]), flush=True)
        signal.sigtimedwait(ends, 0)


def _live(one: Pass) -> None:
    try:
        one.make()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    serve()
