"""Adoptions: the one way in which a rule changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import field

from ptce_workflow.base.words import N_
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import (
    CONTEST_SUBJECT,
    Breach,
    Context,
    Entry,
    Hash,
    Name,
    Reason,
    Say,
    Sides,
    Story,
    doc,
    enter,
    figures_change,
    reason_told,
)
from ptce_workflow.ledger.events.contest import AboutContest
from ptce_workflow.ledger.state import ContestState, with_process
from ptce_workflow.process.fit import homeless, misfits, refigured


@enter
class ProcessAdopted(AboutContest, frozen=True):
    """Another folder that is in force from here on, and what becomes of what was recorded."""

    kind = "process_adopted"
    tells = N_("the rules change: later lines are judged by another process")
    private = Reason

    dropped: Annotated[tuple[Name, ...], doc(N_("fields whose recorded facts are no longer kept"))]
    from_: Annotated[Hash, doc(N_("the hash of the process that was in force"))] = field(
        name="from"
    )
    states: Annotated[
        Mapping[Name, Name], doc(N_("states that changed name: the old one to the new one"))
    ]
    to: Annotated[Hash, doc(N_("the hash of the process that is in force from here on"))]

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells whatever `adopt` would not have allowed."""
        if "desk" not in ctx.roles:
            yield law.DESK(ctx.actor)
        if self.from_ != ctx.before.process:
            yield law.IN_FORCE(self.from_[:12])
        figures_change(ctx)
        if self.from_ == self.to:
            yield law.SAME(self.to[:12])
            return
        after = ctx.before.process_of(self.to)
        if after is None:
            # Told of the process itself, which every later line needs.
            return
        before = ctx.process
        ids = [process.definition.config.contest.id for process in (before, after)]
        if ids[0] != ids[1]:
            yield law.CONTEST(f"{ids[0]} ≠ {ids[1]}")
        for old, new in self.states.items():
            if old not in before.states or new not in after.states or old in after.states:
                yield law.MAP(f"{old} → {new}")
        if list(self.dropped) != sorted({*self.dropped}):
            yield law.DROP(", ".join(self.dropped))
        for name in self.dropped:
            if before.definition.field(name) is None:
                yield law.DROP(name)
        cases = [with_process(case, self.states, self.dropped) for case in ctx.before.every_case()]
        for state, refs in homeless(after, cases).items():
            yield law.HOMELESS(f"{state}: {', '.join(refs)}")
        for name, refs in misfits(before, after, cases).items():
            yield law.MISFIT(f"{name}: {', '.join(refs)}")
        for name, refs in refigured(before, after, cases).items():
            yield law.REFIGURED(f"{name}: {', '.join(refs)}")
        if CONTEST_SUBJECT not in ctx.subjects:
            yield law.REASON(self.kind)

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        """Puts the other process in force, and takes every candidature over into it."""
        state.process = self.to
        if self.states or self.dropped:
            for id_, case in state.cases.items():
                state.cases[id_] = with_process(case, self.states, self.dropped)

    def story(self, line: Entry[Any], side: Any) -> Story:
        """That the rules change, and why."""
        yield Say(self.tells)
        yield from reason_told(side)
