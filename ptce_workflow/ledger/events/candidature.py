"""A candidature: opened, written about, handed over."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from msgspec import Struct, to_builtins

from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.words import N_
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import (
    AboutCandidature,
    Breach,
    Context,
    Count,
    Entry,
    Hash,
    Name,
    Reason,
    Reference,
    Say,
    Sides,
    StateName,
    Story,
    doc,
    enter,
    reason_told,
)
from ptce_workflow.ledger.events.transition import (
    Judged,
    against,
    answers,
    moment_of,
    owed_by,
    unlike,
)
from ptce_workflow.ledger.state import Accepted, ContestState
from ptce_workflow.process.model.definition import START
from ptce_workflow.process.rules.case import Case, Own


class Origin(Struct, frozen=True, forbid_unknown_fields=True):
    """The line of another ledger from which a candidature comes."""

    case: Name
    contest: Name
    hash: Hash
    n: Count
    origin: Hash
    ref: Name
    state: Name


def received_id(origin: str, case: str) -> str:
    """The id of a candidature in the contest that takes it over.

    It follows from the origin of the ledger that hands it over and from its id there: taken over
    twice, a candidature would have the same id twice, which no ledger allows.
    """
    digest = sha256(f"{origin}\n{case}\n".encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


def reference(count: int) -> str:
    """The reference of the next candidature, where there are so many."""
    return f"C-{count + 1:03d}"


@enter
class CandidatureOpened(Judged, frozen=True):
    """A candidature that comes in, empty; what is known of it follows."""

    kind = "candidature_opened"
    tells = N_("a candidature begins")
    private = Reason
    opens = True

    origin: Annotated[
        Origin | None,
        doc(
            N_(
                "null; or, of a candidature that another contest handed over: that contest's id "
                "(contest), the random origin of its ledger (origin), the candidature there (case, "
                "ref) and its state, the number and the hash of the last line there (n, hash)"
            )
        ),
    ]
    ref: Annotated[Reference, doc(N_("its reference, as people say it"))]
    to: Annotated[Name, doc(N_("the state it stands in now"))]

    def blank(self, ctx: Context) -> Case:
        """The candidature before it begins, as rules see it."""
        return blank(ctx, self.ref, self.origin)

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of a candidature that there is already, or that may not come in so."""
        case_id, count = ctx.case_id or "", ctx.before.candidatures()
        if ctx.before.case(case_id) is not None or int(self.ref[2:]) <= count:
            yield law.EXISTS(self.ref)
        elif self.ref != reference(count):
            yield law.NEXT_REFERENCE(f"{reference(count)} ≠ {self.ref}")
        way, origin = ctx.process.ways(START).get(self.transition), self.origin
        if way is None:
            yield law.NO_WAY(f"{START} → {self.transition}")
            return
        if bool(way.transition.carries) != (origin is not None):
            yield law.WAY_IN(way.name)
        if origin is not None and case_id != received_id(origin.origin, origin.case):
            yield law.NOT_HANDED(origin.ref)
        yield from self.may_move(ctx, way, self.blank(ctx))

    def law(self, ctx: Context) -> Iterator[Breach]:
        """Tells besides what the rules, asked again, answer otherwise."""
        yield from self.may(ctx)
        made = opening(ctx, self.blank(ctx), self.transition)
        if made is None:
            return
        yield from unlike(made, self)
        if not made.to:
            yield law.NOT_ALLOWED(against(made))
        elif made.to != self.to:
            yield law.LEADS(f"{made.to} ≠ {self.to}")

    def move(self, before: Case | None) -> tuple[str, str] | None:
        """The way in."""
        return START, self.transition

    def fold(self, case: Case | None, line: Entry[Any], side: Any) -> Case:
        """The candidature as it begins."""
        at = from_text(line.at)
        return Case(
            line.case or "",
            self.ref,
            self.to,
            at,
            line.n,
            entered={self.to: at},
            origin=None if self.origin is None else to_builtins(self.origin),
        )

    def apply(self, state: ContestState, line: Entry[Any], sides: Sides) -> None:
        """Lets the candidature in."""
        opened = self.fold(None, line, None)
        if state.overwrites:
            opened = opened.but(facts=Own(), private=Own())
        state.cases[line.case or ""] = opened.but(contest=state.facts) if state.facts else opened

    def owed(self, ctx: Context, accepted: Accepted) -> tuple[str, ...]:
        """The rules that hold by an accepted clock alone."""
        return owed_by(ctx, self, self.blank(ctx), accepted)

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Tells where it begins, and whence it comes."""
        yield Say(N_("candidature opened: {state}"), {"state": StateName(self.to)})
        if self.origin is not None:
            values = {"contest": self.origin.contest, "ref": self.origin.ref}
            yield Say(N_("handed over by {contest}, where it is {ref}"), values)
        yield from reason_told(side)


def blank(ctx: Context, ref: str, origin: Origin | None) -> Case:
    """A candidature that is about to be opened, as the rules of a way in see it."""
    told = None if origin is None else to_builtins(origin)
    facts = ctx.before.facts
    return Case(ctx.case_id or "", ref, START, ctx.now, 0, origin=told, contest=facts)


def opening(ctx: Context, case: Case, transition: str) -> CandidatureOpened | None:
    """The event of a way in taken now, its `to` empty where a rule stands in the way."""
    way = ctx.process.ways(START).get(transition)
    if way is None:
        return None
    outcome = ctx.judge(way, case, moment_of(ctx, way, case))
    missing, verdicts = answers(outcome)
    origin = None if case.origin is None else Origin(**case.origin)
    return CandidatureOpened(
        missing,
        outcome.totals,
        transition,
        verdicts,
        origin,
        case.ref,
        outcome.to or "",
    )


@enter
class CandidatureHandedOver(AboutCandidature, frozen=True):
    """A candidature that another contest has taken over."""

    kind = "candidature_handed_over"
    tells = N_("another contest has taken a candidature over; it stays here as it is")

    case: Annotated[Name, doc(N_("the candidature's id there"))]
    contest: Annotated[Name, doc(N_("that contest's id"))]
    hash: Annotated[Hash, doc(N_("the hash of that line"))]
    n: Annotated[Count, doc(N_("the number of the line that opened it there"))]
    origin: Annotated[Hash, doc(N_("the random origin of that contest's ledger"))]
    ref: Annotated[Name, doc(N_("its reference there"))]

    def may(self, ctx: Context) -> Iterator[Breach]:
        """Tells of anyone but the desk, and of what cannot be handed over, or was already."""
        case = ctx.case
        yield from law.by_desk(ctx)
        if not ctx.process.states[case.state].hands_over:
            yield law.NOT_FROM_THERE(case.state)
        if self.origin in case.handed_over:
            yield law.HANDED_ALREADY(self.contest)

    def fold(self, case: Case, line: Entry[Any], side: Any) -> Case:
        """The candidature, which knows where it is besides."""
        there = {**case.handed_over, self.origin: self.ref}
        return case.but(version=line.n, handed_over=there)

    def story(self, line: Entry[Any], side: Any) -> Story:
        """Tells where it went."""
        values = {"contest": self.contest, "ref": self.ref}
        yield Say(N_("handed over to {contest}, where it is {ref}"), values)
