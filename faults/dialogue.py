"""The mail server goes down at each step of the dialogue, and comes back at the same port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from socket import socket

from faults.bases import copied
from faults.stage import LEASE, mails, settled
from faults.tally import Run, Tally
from tests.courier import Watched
from tests.one_pass import Pass
from tests.rehearsal import BEGINNING
from tests.smtp import Misbehaviour

STEPS = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "content", "RSET", "QUIT")
REFUSALS = ("421 4.3.2 closing", "450 4.2.0 later", "554 5.7.1 never")
AFTER = (0, 3)
"""After how many mails the step fails."""


class Falling(Watched):
    """A server that is gone once a step has come so often: it hangs up, and listens no more."""

    def __init__(self, step: str, act: Misbehaviour, after: int, *, port: int) -> None:
        super().__init__(port=port)
        self._step, self._act, self._left = step, act, after

    def act_at(self, step: str) -> str | Misbehaviour | None:
        """What it does at a step: the usual, or its end."""
        if step == self._step:
            self._left -= 1
            if self._left < 0:
                self.listen_no_more()
                return self._act
        return super().act_at(step)


def dialogue(run: Run) -> Iterator[Tally]:
    """The server is gone, or refuses, at every step in turn."""
    begun = run.begun(mails)
    downs = [*product(STEPS, [Misbehaviour.DROP], AFTER)]
    downs += product(["content"], [Misbehaviour.KEEP_AND_DROP], AFTER)
    tally = run.tally("smtp down")
    for down in run.chance.sample(downs, run.times(len(downs))):
        _goes_down(run, tally, begun, *down)
    yield tally
    refusals = [*product(STEPS[:-1], REFUSALS, AFTER)]
    tally = run.tally("smtp refuses")
    for step, reply, after in run.chance.sample(refusals, run.times(len(refusals))):
        with (
            Watched() as server,
            copied(run.base, begun, run.place / "one", server.port) as folder,
        ):
            server.then(step, *[Misbehaviour.USUAL] * after, reply)
            run.couriers.makes(Pass(folder, server.port, BEGINNING, words=["tick"]))
            settled(run.couriers, tally, folder, BEGINNING, server)
        tally.tried += 1
    yield tally


def free_port() -> int:
    """A port at which nobody listens yet."""
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _goes_down(
    run: Run, tally: Tally, begun: Path, step: str, act: Misbehaviour, after: int
) -> None:
    port = free_port()
    with copied(run.base, begun, run.place / "one", port) as folder:
        one = Pass(folder, port, BEGINNING, words=["tick"])
        with Falling(step, act, after, port=port) as falling:
            run.couriers.makes(one)
        later = BEGINNING + LEASE
        # Once more, while nobody listens.
        run.couriers.makes(replace(one, now=later))
        with Watched(port=port) as server:
            server.received.extend(falling.received)
            settled(run.couriers, tally, folder, later, server)
    tally.tried += 1
