"""Another person at another keyboard: a process of its own that moves candidatures.

Started as `python -m tests.app.other_person FOLDER ACTOR INSTANT TRANSITION REF…`. It gets ready,
says so, waits for a line on its input, then moves each candidature in turn and tells, as one line
of JSON, which moved and what was answered for the others.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.runtime import SetClock

ROOT = Path(__file__).resolve().parents[2]


class OtherPerson:
    """The process, seen from the one that started it."""

    def __init__(self, contest: Contest, actor: str, transition: str, refs: Sequence[str]) -> None:
        instant = contest.clock.now().isoformat()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.app.other_person"),
                *(str(contest.folder), actor, instant, transition, *refs),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        with self._process:
            self._process.kill()

    def get_ready(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def told(self) -> dict[str, Any]:
        """What it did: `moved`, references; `answers`, what was said of the others."""
        out, _err = self._process.communicate()
        assert self._process.returncode == 0
        told: dict[str, Any] = json.loads(out)
        return told


def together(people: Sequence[OtherPerson]) -> list[dict[str, Any]]:
    """Lets everyone act at the same time, once all are ready."""
    with ExitStack() as leaving:
        for person in people:
            leaving.enter_context(person)
        for person in people:
            person.get_ready()
        for person in people:
            person.go()
        return [person.told() for person in people]


def main(folder: str, actor: str, instant: str, transition: str, *refs: str) -> None:
    """Moves candidatures, one act each."""
    clock = SetClock(datetime.fromisoformat(instant))
    moved: list[str] = []
    answers: dict[str, str] = {}
    with Contest.open(Path(folder), actor=actor, clock=clock) as contest:
        advance(contest, [refs[0]], transition, dry_run=True)
        print("ready", flush=True)
        sys.stdin.readline()
        for ref in refs:
            try:
                [step] = advance(contest, [ref], transition)
            except PtceError as error:
                answers[ref] = str(error)
            else:
                if step.made:
                    moved.append(ref)
                else:
                    answers[ref] = "refused"
    print(json.dumps({"moved": moved, "answers": answers}))


if __name__ == "__main__":
    main(*sys.argv[1:])
