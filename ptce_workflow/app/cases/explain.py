"""Why a candidature may move, or may not: every way out, every rule, what was observed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ptce_workflow.app.admin.clock import accepted_clock
from ptce_workflow.app.refusals import no_way_out
from ptce_workflow.base.words import language
from ptce_workflow.ledger.hours import Accepted, owed
from ptce_workflow.process.explain.telling import RuleTold, tell_rules
from ptce_workflow.process.machine import Way
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Moment

if TYPE_CHECKING:
    from ptce_workflow.app.session import Session


@dataclass(frozen=True, slots=True)
class WayTold:
    """One way out, told; `at` is when time will make it, for one that time makes.

    `owed` are the rules that hold by a clock set back and accepted, and by it alone.
    """

    name: str
    label: str
    to: str
    allowed: bool
    at: datetime | None
    rules: tuple[RuleTold, ...]
    owed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A candidature, where it stands, and every way out of there.

    `clock` is the accepted clock by which the present hour is lived a second time, if it is.
    """

    process: Process
    case: Case
    ways: tuple[WayTold, ...]
    clock: Accepted | None = None


def why(session: Session, ref: str, transition: str | None = None) -> Explanation:
    """Explains every way out of the present state, or one of them.

    *Raises* Misuse for an unknown reference or transition, PtceError for a transition that
    leaves other states.
    """
    with session.looking() as act:
        process = act.process
        (case,) = act.load([ref])
        ways = process.ways(case.state)
        if transition is not None and transition not in ways:
            raise no_way_out(act.unit, session.id, process, case, transition)
        moment, clock = act.moment(case), accepted_clock(act)
    chosen = ways.values() if transition is None else [ways[transition]]
    due = process.due(case)
    told = tuple(
        tell_way(process, way, case, moment, at=due.get(way.name), clock=clock) for way in chosen
    )
    return Explanation(process, case, told, clock)


def tell_way(
    process: Process,
    way: Way,
    case: Case,
    moment: Moment,
    *,
    at: datetime | None = None,
    clock: Accepted | None = None,
) -> WayTold:
    """Judges one transition and tells every rule of it in the reader's language."""
    seen = way.seen_at(moment)
    outcome = process.judge(way, case, seen)
    rules = tell_rules(process, way, outcome.verdicts, case, seen)
    label = way.transition.label.in_(language())
    by_clock = () if clock is None else owed(clock, process, way, case, seen)
    return WayTold(way.name, label, way.to, outcome.to is not None, at, rules, by_clock)
