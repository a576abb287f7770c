"""The order of time in a ledger: no line goes back, but by a line that says so.

Dates decide who is late: an hour that may go back makes what is late timely. Clocks are set wrong
and right again all the same, so whoever is answerable says it, in a line that stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ptce_workflow.base.instants import from_text
from ptce_workflow.base.version import VERSION, release
from ptce_workflow.base.words import _
from ptce_workflow.ledger import events
from ptce_workflow.ledger.line import Line
from ptce_workflow.process.case import Case, Moment
from ptce_workflow.process.machine import Way
from ptce_workflow.process.process import Process
from ptce_workflow.process.verdict import Answer

TOLERANCE = timedelta(minutes=5)
"""Several machines differ a little: within this an act takes the instant of the last line."""

Release = tuple[int, ...]

LINES_IN_ORDER: Release = (0, 2)
"""The version whose lines never go back; before it, they bore whatever the clock said."""

RANKS_BY_SITTINGS: Release = (0, 2)
"""The version since which sittings alone record ranks, once; before it, whatever closed scores."""

Breach = tuple[str, str]
"""What is not in order, and why."""


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
    """How far the instants of the lines have come, and the last clock that was accepted."""

    last: str = ""
    furthest: str = ""
    accepted: Accepted | None = None

    def take(self, line: Line) -> None:
        """Takes the next line into account."""
        if line.type == events.CLOCK_ACCEPTED:
            self.accepted = Accepted(line.n, line.at, self.furthest)
        self.last = line.at
        self.furthest = max(self.furthest, line.at)

    def lived_twice(self, at: str) -> Accepted | None:
        """The accepted clock to which an instant owes that it is not later, if there is one."""
        accepted = self.accepted
        return accepted if accepted is not None and at < accepted.furthest else None

    def breach(self, line: Line) -> Breach | None:
        """Tells of the next line if it goes back and does not say so."""
        if line.type == events.CLOCK_ACCEPTED or line.at >= self.last:
            return None
        return (
            _("The line is dated before the one above."),
            _("{at} is before {last}, and no line says that the clock was set back.").format(
                at=line.at, last=self.last
            ),
        )


def owed(
    accepted: Accepted, process: Process, way: Way, case: Case, moment: Moment
) -> tuple[str, ...]:
    """The rules that hold by an accepted clock alone: at the instant before it they would not.

    What was received by that clock would have been received at that instant as well.
    """
    furthest, since = from_text(accepted.furthest), from_text(accepted.at)

    def received(at: datetime | None) -> datetime | None:
        return at if at is None or at < since else max(at, furthest)

    then = replace(moment, now=furthest, received_at=received(moment.received_at))
    late = case
    if case.version > accepted.n:
        late = replace(case, received_at=received(case.received_at))
    by_the_clock = process.judge(way, case, moment).verdicts
    at_the_furthest = process.judge(way, late, then).verdicts
    return tuple(
        verdict.rule
        for verdict, other in zip(by_the_clock, at_the_furthest, strict=True)
        if verdict.answer is Answer.HOLDS and other.answer is not Answer.HOLDS
    )


def acceptance_breaches(hours: Hours, line: Line, *, rehearsal: bool) -> Iterator[Breach]:
    """Tells what is wrong with a line that accepts a clock."""
    stood = line.data["stood"]
    if stood != hours.last:
        yield _("The clock did not stand there."), f"{stood} ≠ {hours.last}"
    elif not stands_back(line.at, stood, rehearsal=rehearsal):
        yield _("There was no clock set back to accept."), f"{line.at} – {stood}"
    if events.CONTEST_SUBJECT not in (line.pd or {}):
        yield _("A clock is not accepted without a reason."), ""


def stands_back(at: str, last: str, *, rehearsal: bool) -> bool:
    """Tells a clock that goes back from one that differs a little, as machines do."""
    if rehearsal or at >= last:
        return at < last
    return from_text(last) - from_text(at) > TOLERANCE


def written_since(version: Release, versions: Mapping[str, str], line: Line) -> bool:
    """Tells whether a version of the program, or a later one, wrote a line.

    `versions` are those that the lines before tell.
    """
    told = line.data["versions"] if line.type == events.ENGINE_CHANGED else versions
    return (release(told.get("ptce_workflow")) or ()) >= version


def version_breaches(versions: Mapping[str, str], line: Line) -> Iterator[Breach]:
    """Tells what is wrong with the version of the program that a line tells.

    Were it allowed to go back, whoever forges lines could choose the law that judges them.
    """
    told = line.data["versions"].get("ptce_workflow")
    now, before = release(told), release(versions.get("ptce_workflow", ""))
    if now is None:
        yield _("The line tells no version of the program."), str(told)
    elif before is not None and now < before:
        yield (
            _("The version of the program goes back."),
            f"{versions['ptce_workflow']} → {told}",
        )
    elif now > (release(VERSION) or ()):
        yield (
            _("The line was written by a later version of the program."),
            _("It is version {other}, and this is {own}: verify with that one.").format(
                other=told, own=VERSION
            ),
        )
