"""`kill -9` at any instant: what was reported done is there, and nothing is half-done."""

from __future__ import annotations

import multiprocessing
import secrets
from contextlib import suppress
from datetime import timedelta
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from signal import SIGKILL

import pytest

from ptce_workflow.app.admin.verify import verify
from ptce_workflow.app.cases.advance import advance
from ptce_workflow.base.clock import SetClock, elapsed_seconds
from tests.rehearsal import BEGINNING, added, lines, opened, states

KILLS = 120
LONGEST_SECONDS = 0.25
LINES_OF_A_DOSSIER = 2
GROUP = ("C-001", "C-002", "C-003")


def at_work(folder: str, reports: Connection) -> None:
    """Moves three candidatures to and fro, and reports the last line of each act when done."""
    clock = SetClock(BEGINNING)
    with opened(Path(folder), clock) as contest:
        for turn in count():
            clock.instant += timedelta(seconds=1)
            if states(contest)[GROUP[0]] == "draft":
                steps = advance(contest, GROUP, "submit")
            else:
                steps = advance(contest, GROUP, "give_back", reason=f"Tour {turn}.")
            assert all(step.made for step in steps)
            reports.send(max(step.after.version for step in steps))
            if turn % 5 == 0:
                added(contest, name=f"Tour {turn}")


def killed(folder: Path, after_seconds: float) -> int:
    """Lets someone work and kills them after a while; the last line that they reported, or 0."""
    context = multiprocessing.get_context("fork")
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=at_work, args=(str(folder), writer))
    process.start()
    writer.close()
    end = elapsed_seconds() + after_seconds
    reported = 0
    # A report cut short by the kill is no report.
    with reader, suppress(EOFError, OSError):
        while (left := end - elapsed_seconds()) > 0 and reader.poll(left):
            reported = reader.recv()
        process.kill()
        while True:
            reported = reader.recv()
    process.join()
    assert process.exitcode == -SIGKILL
    return reported


@pytest.mark.slow
def test_killed_at_any_instant(folder: Path) -> None:
    """Over many kills: every act reported is there, whole, and the next one goes on from it."""
    with opened(folder, SetClock(BEGINNING)) as contest:
        assert tuple(added(contest) for _ in GROUP) == GROUP
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    chance = Random(seed)
    unreported = 0
    for _ in range(KILLS):
        reported = killed(folder, chance.uniform(0, LONGEST_SECONDS))
        with opened(folder, SetClock(BEGINNING)) as contest:
            written = len(lines(contest))
            assert verify(contest).faults == ()
            assert len({states(contest)[ref] for ref in GROUP}) == 1
        # Beyond the last report stands at most what one act, and one dossier, had just committed.
        assert reported <= written
        if reported:
            assert written - reported <= len(GROUP) + LINES_OF_A_DOSSIER
            unreported += written > reported
    print(f"{written} lines; {unreported} acts were committed and not yet reported")
    assert written > KILLS
