"""The order of time in a ledger: no line goes back, but by a line that says so.

Dates decide who is late: an hour that may go back makes what is late timely. Clocks are set wrong
and right again all the same, so whoever is answerable says it, in a line that stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ptce_workflow.base.encoding import from_text
from ptce_workflow.process.machine import Way
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Moment

TOLERANCE = timedelta(minutes=5)
"""Several machines differ a little: within this an act takes the instant of the last line."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A clock set back that the desk has accepted: the line that says so, and its instant.

    `furthest` is the latest instant of any line before: until then, time is lived twice.
    """

    n: int
    at: str
    furthest: str


@dataclass(slots=True)
class Hours:
    """The last and the furthest instant of the lines, and the last clock that was accepted."""

    last: str = ""
    furthest: str = ""
    accepted: Accepted | None = None

    def take(self, at: str) -> None:
        """Takes the instant of the next line into account."""
        self.last = at
        if at > self.furthest:
            self.furthest = at

    def accept(self, n: int, at: str) -> None:
        """Takes a line into account that accepts a clock set back."""
        self.accepted = Accepted(n, at, self.furthest)

    def lived_twice(self, at: str) -> Accepted | None:
        """The accepted clock to which an instant owes that it is not later, if there is one."""
        accepted = self.accepted
        return accepted if accepted is not None and at < accepted.furthest else None


def owed(
    accepted: Accepted, process: Process, way: Way, case: Case, moment: Moment
) -> tuple[str, ...]:
    """The rules that hold by an accepted clock alone: at the instant before it they would not.

    What was received by that clock would have been received at that instant as well.
    """
    furthest, since = from_text(accepted.furthest), from_text(accepted.at)

    def received(at: datetime | None) -> datetime | None:
        return at if at is None or at < since else max(at, furthest)

    then = moment.but(now=furthest, received_at=received(moment.received_at))
    late = case
    if case.version > accepted.n:
        late = case.but(received_at=received(case.received_at))
    by_the_clock = process.judge(way, case, moment).verdicts
    at_the_furthest = process.judge(way, late, then).verdicts
    return tuple(
        verdict.rule
        for verdict, other in zip(by_the_clock, at_the_furthest, strict=True)
        if verdict.answer == "holds" and other.answer != "holds"
    )


def stands_back(at: str, last: str, *, rehearsal: bool) -> bool:
    """Tells a clock that goes back from one that differs a little, as machines do."""
    if rehearsal or at >= last:
        return at < last
    return from_text(last) - from_text(at) > TOLERANCE
