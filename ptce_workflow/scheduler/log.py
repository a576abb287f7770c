"""The log of an unattended run, a line at a time: for people, or for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TextIO

from ptce_workflow.base.clock import Clock, SystemClock, elapsed_seconds
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.text import one_line

_LONGEST_LINE = 2000


@dataclass
class Log:
    """The lines of a run; plain ones go on indented, JSON ones have `at`, `event` and `said`.

    Lines bear the machine's time, in a rehearsal too: they are about the program.
    """

    stream: TextIO
    as_json: bool = False
    clock: Clock = field(default_factory=SystemClock)
    seconds: Callable[[], float] = elapsed_seconds
    last_s: float = 0.0
    _turn: Lock = field(default_factory=Lock, repr=False)

    def tell(self, event: str, said: str, **facts: Any) -> None:
        """Writes one line; `facts` are for programs only.

        A log that nobody takes any more stops nothing: mails matter more than their log.
        """
        at = to_text(self.clock.now())
        if self.as_json:
            line = json.dumps({"at": at, "event": event, "said": said, **facts})
        else:
            line = "\n  ".join(filter(None, map(_printable, f"{at} {said}".splitlines())))
        with self._turn, suppress(OSError, ValueError):
            self.last_s = self.seconds()
            self.stream.write(f"{line}\n")
            self.stream.flush()


def _printable(line: str) -> str:
    """The line without what a terminal would obey, its indentation kept."""
    bare = line.lstrip(" ")
    return " " * (len(line) - len(bare)) + one_line(bare, at_most=_LONGEST_LINE)
