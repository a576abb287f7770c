"""The views of candidatures: every one in brief, all that is known of one, those to be printed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ptce_workflow.app.cases.history import ledger_origin
from ptce_workflow.app.projections import case_of, instant_in
from ptce_workflow.app.refusals import unknown_name, unknown_reference
from ptce_workflow.base.words import _
from ptce_workflow.ledger.line import digest
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Moment
from ptce_workflow.process.rules.totals import STATE
from ptce_workflow.store.connections import damaged_row

if TYPE_CHECKING:
    from ptce_workflow.app.cases.rectifications import Rectification
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.store.rows import DueRow


@dataclass(frozen=True, slots=True)
class Brief:
    """One candidature in a line; `name` is None once it was erased."""

    ref: str
    name: str | None
    state: str
    since: datetime
    next_date: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The contest at a glance; `funnel` counts by state, in the order of the process."""

    process: Process
    now: datetime
    funnel: Mapping[str, int]
    next_date: tuple[str, datetime] | None
    briefs: tuple[Brief, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is recorded of a candidature, with the process that gives it its meaning."""

    process: Process
    case: Case
    due: Mapping[str, datetime]
    rectified: tuple[Rectification, ...] = ()


@dataclass(frozen=True, slots=True)
class Printable:
    """A candidature as it stands, and the hash of the last ledger line that tells of it."""

    process: Process
    case: Case
    moment: Moment
    hash: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """Candidatures as they stand, by reference, and the ledger that tells of them.

    `origin` is the random origin of the ledger: two ledgers of one contest differ in it.
    """

    process: Process
    cases: tuple[Case, ...]
    contest: str
    origin: str
    now: datetime


def overview(contest: Contest, state: str | None = None) -> Overview:
    """Every candidature in brief, or those of one state.

    *Raises* Misuse for a state that does not exist.
    """
    now = contest.clock.now()
    with contest.reading() as (unit, process):
        if state is not None and state not in process.states:
            what = _('There is no state "{name}".').format(name=state)
            raise unknown_name(what, state, process.states)
        due = _first_due(unit.every_due(contest.id))
        dates = {name: _dates_of(process, name) for name in process.states}
        briefs = []
        for row in unit.briefs(contest.id, state):
            if row.state not in dates:
                raise damaged_row("candidature", row.ref)
            ahead_of = (*dates[row.state], *((due[row.id],) if row.id in due else ()))
            since = instant_in(row.since, "candidature", row.ref)
            briefs.append(Brief(row.ref, row.name, row.state, since, _next(now, ahead_of)))
        counters = unit.counters(contest.id)
    funnel = {name: counters.get((STATE, name), 0) for name in process.states}
    ahead = [(at, name) for name, at in process.dates.fixed.items() if at >= now]
    nearest = min(ahead, default=None)
    return Overview(process, now, funnel, nearest and (nearest[1], nearest[0]), tuple(briefs))


def show(contest: Contest, ref: str) -> Dossier:
    """All that is recorded of one candidature.

    *Raises* Misuse for a reference that does not exist.
    """
    # A list shows no answer, and does without what reads and judges them.
    from ptce_workflow.app.cases.rectifications import rectifications

    with contest.looking() as act:
        unit, process = act.unit, act.process
        row = unit.candidature(contest.id, ref)
        if row is None:
            raise unknown_reference(unit, contest.id, ref)
        case = act.seen(case_of(row, process))
        mended = rectifications(unit, contest.id, process, case)
        return Dossier(process, case, process.due(case), mended)


def printable(contest: Contest, ref: str) -> Printable:
    """One candidature, to be printed.

    *Raises* Misuse for a reference that does not exist.
    """
    with contest.looking() as act:
        (case,) = act.load([ref])
        seal = digest(act.unit.line(act.contest, case.version))
        return Printable(act.process, act.seen(case), act.moment(case), seal)


def gather(contest: Contest, states: Collection[str]) -> Gathered:
    """The candidatures that stand in some states."""
    with contest.looking() as act:
        cases = [case for case in act.every_case() if case.state in states]
        origin = ledger_origin(act.unit, act.contest)
        ordered = tuple(sorted(cases, key=lambda case: case.ref))
        return Gathered(act.process, ordered, act.contest, origin, act.now)


def _dates_of(process: Process, state: str) -> tuple[datetime, ...]:
    """The instants that the ways out of a state speak of, as far as they stand still."""
    names = process.dates_read[state]
    return tuple(process.dates.fixed[name] for name in names if name in process.dates.fixed)


def _first_due(rows: list[DueRow]) -> dict[str, datetime]:
    """The earliest due instant of each candidature that has one ahead."""
    first: dict[str, datetime] = {}
    for row in rows:
        if not row.tried:
            first.setdefault(row.case_id, instant_in(row.at, "due", row.ref))
    return first


def _next(now: datetime, instants: tuple[datetime, ...]) -> datetime | None:
    return min((instant for instant in instants if instant >= now), default=None)
