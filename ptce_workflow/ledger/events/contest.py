"""The contest as a whole: how its ledger begins, and what its verdicts depend on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from ptce_workflow.base.version import VERSION, release
from ptce_workflow.base.words import N_
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import (
    CONTEST_SUBJECT,
    PROGRAM,
    Breach,
    Context,
    Entry,
    Event,
    Hash,
    Instant,
    Name,
    Reason,
    Say,
    Sides,
    Story,
    doc,
    enter,
)
from ptce_workflow.ledger.state import INIT, ContestState, stands_back

ENGINE = (PROGRAM, "cel", "geography", "holidays", "tzdata")
"""The names of what verdicts depend on beside the process and the facts."""


class AboutContest(Event, frozen=True):
    """An event that concerns no candidature in particular."""

    about: ClassVar[Literal["contest", "candidature", "either"]] = "contest"

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Tells what its kind says of every such line."""
        yield Say(self.tells)


@enter
class ContestCreated(AboutContest, frozen=True):
    """The first line."""

    kind = "contest_created"
    tells = N_("the contest begins; always the first line, and only that one")

    contest: Annotated[Name, doc(N_("the contest's id"))]
    origin: Annotated[Hash, doc(N_("32 random bytes in hexadecimal: no two ledgers begin alike"))]
    rehearsal: Annotated[bool, doc(N_("whether its clock may be set by hand"))]

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of anyone but what begins a contest, and of another contest's name."""
        if ctx.actor != INIT.pseudonym:
            yield law.ACTOR(ctx.actor)
        named = ctx.process.definition.config.contest.id
        if self.contest != named:
            yield law.CONTEST(f"{named} ≠ {self.contest}")

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        """Begins."""
        state.contest, state.rehearsal = self.contest, self.rehearsal
        state.process = line.process


@enter
class EngineChanged(AboutContest, frozen=True):
    """Another program, or other tables, than the lines before were written with."""

    kind = "engine_changed"
    tells = N_("what verdicts depend on, beside the process and the facts, has changed")

    versions: Annotated[
        Mapping[Name, str],
        doc(N_("versions, by name: ptce_workflow, cel, tzdata, holidays, geography")),
    ]

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of a program that goes back, or is not known yet.

        Were it allowed to go back, whoever forges lines could choose the law that judges them.
        """
        for name in self.versions:
            if name not in ENGINE:
                yield law.ENGINE(name)
        for name in ENGINE:
            if name not in self.versions:
                yield law.ENGINE_LACKS(name)
        told = self.versions.get(PROGRAM)
        now, before = release(told), release(ctx.before.versions.get(PROGRAM, ""))
        if now is None:
            yield law.NO_VERSION(told)
        elif before is not None and now < before:
            yield law.VERSION_BACK(f"{ctx.before.versions[PROGRAM]} → {told}")
        elif now > (release(VERSION) or ()):
            yield law.LATER_VERSION(f"{told} > {VERSION}")

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        """Takes note."""
        state.versions = self.versions


@enter
class ClockAccepted(AboutContest, frozen=True):
    """A clock that stood ahead once, and is right now."""

    kind = "clock_accepted"
    tells = N_("the clock is right though it stands before the line above: its hour counts again")
    private = Reason

    stood: Annotated[
        Instant, doc(N_("the instant of the line above; the clock stands at that of this line"))
    ]

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of anyone but the desk, of no reason, and of a clock that was not set back."""
        if "desk" not in ctx.roles:
            yield law.DESK(ctx.actor)
        hours = ctx.before.hours
        if self.stood != hours.last:
            yield law.CLOCK_STOOD(f"{self.stood} ≠ {hours.last}")
        elif not stands_back(ctx.at, self.stood, rehearsal=ctx.before.rehearsal):
            yield law.CLOCK_RIGHT(f"{ctx.at} – {self.stood}")
        if CONTEST_SUBJECT not in ctx.subjects:
            yield law.CLOCK_REASON()

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        """Lets its hour count again."""
        state.hours.accept(line.n, line.at)
