"""`kill -9` of `ptce` at instants drawn by lot: desk acts whole or not at all, mails never twice.

Most processes are forked from one that has loaded the program, so that they die at work and not
while they load; one in ten is begun as at a keyboard.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from signal import SIGKILL

from faults.acts import ACTS, Interrupted
from faults.bases import copied
from faults.stage import LEASE, mails, settled
from faults.tally import Run, Tally
from ptce_workflow.base.runtime import elapsed_seconds
from tests.courier import DUE, Watched
from tests.one_pass import Pass
from tests.rehearsal import BEGINNING

ANEW_IN = 10
COURIERS = {"tick": (50, ("tick",)), "run": (30, ("run", "--every", "1"))}
MOST_IN_A_CONTEST = 24


class Killed(Interrupted):
    """An act that is killed at an instant drawn by lot."""

    def interrupt(self, folder: Path, turn: int) -> int:
        """Kills it; or else it was done before."""
        anew = self.run.chance.randrange(ANEW_IN) == 0
        # Python takes some tenths of a second to begin; and what is never done is no trial.
        longest_s = self.usual_s * (1 + turn / 4) + 0.5 * anew
        began_s = elapsed_seconds()
        code = self.types(folder, self.run.chance.uniform(0, longest_s), anew=anew)
        if code == 0:
            # How long it takes changes with whatever else the machine does.
            self.usual_s = (self.usual_s + elapsed_seconds() - began_s) / 2
        return code


def kills(run: Run) -> Iterator[Tally]:
    """Every command in turn, on the base of a run; some of them, drawn by lot, in a short one."""
    for act in run.some(ACTS, 3):
        tally, number = run.tally(f"kill {act.name}"), 0
        with closing(Killed(run, act, tally)) as one:
            while tally.tried < run.times(act.kills):
                one.trial(f"{number}")
                number += 1
        yield tally
    for name, (whole, words) in COURIERS.items():
        yield _couriers(run, name, run.times(whole), words)


def _couriers(run: Run, name: str, quota: int, words: tuple[str, ...]) -> Tally:
    """Couriers are killed one after another, until all has left: contest after contest."""
    tally = run.tally(f"kill {name}")
    begun = run.begun(mails)
    longest_s = _alone_s(run, begun) * 0.6
    while tally.tried < quota:
        with (
            Watched() as server,
            copied(run.base, begun, run.place / f"{name}-one", server.port) as folder,
        ):
            now = BEGINNING
            for turn in range(MOST_IN_A_CONTEST):
                lives_s = run.chance.uniform(0, longest_s * (1 + turn / 4))
                one = Pass(folder, server.port, now, killed_after_s=lives_s, words=words)
                code = run.couriers.makes(one)
                tally.tried += code == -SIGKILL
                now += LEASE
                if code != -SIGKILL or len(server.received) >= DUE or tally.tried >= quota:
                    break
            settled(run.couriers, tally, folder, now, server)
    return tally


def _alone_s(run: Run, begun: Path) -> float:
    """How long a courier takes that nobody kills."""
    with Watched() as server, copied(run.base, begun, run.place / "alone", server.port) as folder:
        began_s = elapsed_seconds()
        run.couriers.makes(Pass(folder, server.port, BEGINNING, words=["tick"]))
        return elapsed_seconds() - began_s
