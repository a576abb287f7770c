"""A sitting: who meets, how they vote, where they depart from the ranking, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import field
from msgspec.structs import replace

from ptce_workflow.base.words import N_
from ptce_workflow.ledger import conduct
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import (
    CONTEST_SUBJECT,
    AboutCandidature,
    Breach,
    Context,
    Count,
    Entry,
    Name,
    Reason,
    Say,
    Sides,
    Story,
    TransitionName,
    doc,
    enter,
    reason_told,
)
from ptce_workflow.ledger.events.contest import AboutContest
from ptce_workflow.ledger.state import ContestState, Meeting, Vote, outcome
from ptce_workflow.process.panel.figures import asked_of

DEVIATION: Literal["deviation"] = "deviation"
ORDER: Literal["order"] = "order"


def _by_desk(ctx: Context) -> Iterator[Breach]:
    if "desk" not in ctx.roles:
        yield law.DESK(ctx.actor)


@enter
class SittingOpened(AboutContest, frozen=True):
    """A panel that meets, all of its decisions in one act."""

    kind = "sitting_opened"
    tells = N_("a panel meets")

    call: Annotated[Count, doc(N_("1, or 2 when it was called again"))]
    chair: Annotated[Name | None, doc(N_("the institution that chairs, or null"))]
    present: Annotated[tuple[Name, ...], doc(N_("the institutions that are there"))]
    sitting: Annotated[Name, doc(N_("which meeting of config.toml it is"))]

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of a meeting that the process does not know, or not of its members."""
        yield from _by_desk(ctx)
        sitting = ctx.process.definition.config.sittings.get(self.sitting)
        if sitting is None:
            yield law.NO_SITTING(self.sitting)
            return
        if ctx.before.meeting is not None:
            yield law.SITS_ALREADY(ctx.before.meeting.name)
        members = ctx.process.definition.sheets[sitting.panel].members
        for institution in self.present:
            if institution not in members:
                yield law.MEMBER(institution)
        if not self.present or len({*self.present}) < len(self.present):
            yield law.PRESENT(", ".join(self.present))
        if self.chair is not None and self.chair not in self.present:
            yield law.CHAIR(self.chair)
        called = ctx.before.call(self.sitting)
        if self.call != called:
            yield law.CALL(f"{called} ≠ {self.call}")

    def law(self, ctx: Context) -> Iterator[Breach]:
        """Tells besides of ranks that the meeting should not have followed."""
        yield from self.may(ctx)
        sitting = ctx.process.definition.config.sittings.get(self.sitting)
        if sitting is not None and ctx.before.meeting is None:
            yield from conduct.opened(ctx, sitting)

    def meets(self, meeting: Meeting | None, line: Entry[Any]) -> Meeting | None:
        """The meeting as it begins."""
        if meeting is not None:
            raise ValueError(self.kind)
        return Meeting(line.n, self.sitting, self.call, self.present, self.chair)

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        """Opens it."""
        state.sittings.open(self.meets(state.sittings.meeting, line))


@enter
class VoteTaken(AboutContest, frozen=True):
    """Voices for and against, and what they came to."""

    kind = "vote_taken"
    tells = N_("those present have voted")
    private = Reason

    about_: Annotated[
        Literal["deviation", "order"],
        doc(N_("deviation: one decision; order: how candidatures at one rank follow")),
    ] = field(name="about")
    abstained: Annotated[tuple[Name, ...], doc(N_("the institutions that gave no voice"))]
    ayes: Annotated[tuple[Name, ...], doc(N_("the institutions for"))]
    carried: Annotated[bool, doc(N_("whether it passed"))]
    cases: Annotated[
        tuple[Name, ...], doc(N_("the candidatures; for an order, in the order that is voted"))
    ]
    casting: Annotated[bool, doc(N_("whether the chair's voice decided"))]
    noes: Annotated[tuple[Name, ...], doc(N_("the institutions against"))]
    transition: Annotated[Name | None, doc(N_("the decision voted on, or null"))]

    def subject(self, ctx: Context) -> str:
        """The one candidature that it is about, to be erased with it; of several, the contest."""
        return self.cases[0] if len(self.cases) == 1 else CONTEST_SUBJECT

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of voices that are not of those present, or not counted as the process says."""
        yield from _by_desk(ctx)
        meeting = ctx.before.meeting
        sittings = ctx.process.definition.config.sittings
        sitting = None if meeting is None else sittings.get(meeting.name)
        if meeting is None or sitting is None:
            yield law.NOBODY_SAT(self.kind)
            return
        sheet = ctx.process.definition.sheets[sitting.panel]
        cases = [ctx.before.case(id_) for id_ in self.cases]
        allowed = [
            frozenset(asked_of(sitting.panel, sheet, case)) for case in cases if case is not None
        ]
        voices = [*self.ayes, *self.noes, *self.abstained]
        if sorted(voices) != sorted(frozenset(meeting.present).intersection(*allowed)):
            yield law.VOICES(", ".join(voices))
        carried, casting = outcome(
            self.ayes, self.noes, meeting.chair, casting_vote=sitting.casting_vote
        )
        if (self.carried, self.casting) != (carried, casting):
            yield law.COUNTED(f"{carried} ≠ {self.carried}")
        if (self.transition is None) != (self.about_ == ORDER):
            yield law.VOTED_ON(self.transition or "–")
        if self.subject(ctx) not in ctx.subjects:
            yield law.VOTE_REASON()
        if not self.ayes and not self.noes:
            yield law.NO_VOICE()

    def law(self, ctx: Context) -> Iterator[Breach]:
        """Tells besides of a vote on what was not before the meeting, or too late."""
        yield from self.may(ctx)
        order = self.about_ == ORDER
        yield from conduct.voted(ctx, self.cases, self.transition, order=order)

    def meets(self, meeting: Meeting | None, line: Entry[Any]) -> Meeting | None:
        """The meeting once the vote was taken."""
        if meeting is None:
            raise ValueError(self.kind)
        if self.about_ == ORDER:
            voted = {case: place for place, case in enumerate(self.cases, 1)}
            orders = {**meeting.orders, **voted} if self.carried else meeting.orders
            return replace(meeting, orders=orders)
        vote = Vote(self.transition or "", self.ayes, self.noes, self.carried)
        return replace(meeting, votes={**meeting.votes, **dict.fromkeys(self.cases, vote)})

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        """Takes the vote in."""
        state.sittings.meeting = self.meets(state.sittings.meeting, line)


@enter
class DeviationDecided(AboutCandidature, frozen=True):
    """A decision that a vote fixed, whatever the ranking would have given."""

    kind = "deviation_decided"
    tells = N_("the panel decides otherwise than the ranking would have it")
    private = Reason

    instead: Annotated[
        Name | None, doc(N_("the one that the ranking and the rules would have given"))
    ]
    transition: Annotated[Name, doc(N_("the transition it decides on"))]

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of a departure that no vote has carried."""
        yield from _by_desk(ctx)
        meeting = ctx.before.meeting
        vote = meeting and meeting.votes.get(ctx.case_id or "")
        if not vote or not vote.carried or vote.transition != self.transition:
            yield law.NO_VOTE(self.transition)
        if ctx.case_id not in ctx.subjects:
            yield law.VOTE_REASON(self.transition)

    def law(self, ctx: Context) -> Iterator[Breach]:
        """Tells besides of what the ranking would not have given instead."""
        yield from self.may(ctx)
        yield from conduct.deviated(ctx, self.instead)

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Tells what was voted, what the ranking would have given, and why."""
        yield Say(N_("voted: {label}"), {"label": TransitionName(self.transition)})
        if self.instead is not None:
            yield Say(
                N_("the ranking would have given: {label}"), {"label": TransitionName(self.instead)}
            )
        yield from reason_told(side)


@enter
class SittingClosed(AboutContest, frozen=True):
    """The end of a meeting."""

    kind = "sitting_closed"
    tells = N_("the meeting is over")

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of anyone but the desk, and of a meeting that nobody had opened."""
        yield from _by_desk(ctx)
        if ctx.before.meeting is None:
            yield law.NOBODY_SAT(self.kind)

    def law(self, ctx: Context) -> Iterator[Breach]:
        """Tells besides of candidatures left undecided, and of a meeting in vain for nothing."""
        yield from self.may(ctx)
        yield from conduct.closed(ctx)

    def meets(self, meeting: Meeting | None, line: Entry[Any]) -> Meeting | None:
        """Nobody sits any more."""
        if meeting is None:
            raise ValueError(self.kind)
        return None

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        """Closes it."""
        self.meets(state.sittings.meeting, line)
        state.sittings.close()


MEETINGS = (SittingOpened, VoteTaken, SittingClosed)
"""The events that make a meeting."""
