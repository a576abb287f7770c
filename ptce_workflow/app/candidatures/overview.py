"""The views of candidatures: every one in brief, all that is known of one, those to be printed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.app.cases.deadlines import TOLD_BEFORE, Alarm, DeadlineWatch
from ptce_workflow.app.cases.history import ledger_origin
from ptce_workflow.app.projections import instant_in
from ptce_workflow.app.refusals import unknown_name
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.speech import long_instant
from ptce_workflow.base.text import plain
from ptce_workflow.base.words import _, language
from ptce_workflow.ledger.line import digest
from ptce_workflow.process.process import Process, name_of
from ptce_workflow.process.rules.case import Case, Moment, by_ref
from ptce_workflow.process.rules.totals import STATE
from ptce_workflow.process.time.instant import parse_instant
from ptce_workflow.store.connections import damaged_row

if TYPE_CHECKING:
    from ptce_workflow.app.cases.note import Noted
    from ptce_workflow.app.cases.rectifications import Rectification
    from ptce_workflow.app.contest import Contest


class Brief(Struct, frozen=True):
    """One candidature in a line; `name` is None once it was erased."""

    ref: str
    name: str | None
    state: str
    since: datetime
    next_date: datetime | None
    alarms: Sequence[Alarm] = ()


class ListPage(Struct, frozen=True):
    """Some of a list: the page of that number, of so many at most."""

    number: int
    size: int


class Overview(Struct, frozen=True):
    """The contest at a glance; `funnel` counts by state, in the order of the process.

    `alarms` are the desk's own deadlines that have passed, or are near. `pages` is how many there
    are, where one was asked for.
    """

    process: Process
    now: datetime
    funnel: Mapping[str, int]
    next_date: tuple[str, datetime] | None
    briefs: tuple[Brief, ...]
    alarms: tuple[Alarm, ...] = ()
    pages: int | None = None


class Dossier(Struct, frozen=True):
    """All that is recorded of a candidature, with the process that gives it its meaning."""

    process: Process
    case: Case
    due: Mapping[str, datetime]
    rectified: tuple[Rectification, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    notes: tuple[Noted, ...] = ()


class Printable(Struct, frozen=True):
    """A candidature as it stands, and the hash of the last ledger line that tells of it."""

    process: Process
    case: Case
    moment: Moment
    hash: str


class Gathered(Struct, frozen=True):
    """Candidatures as they stand, by reference, and the ledger that tells of them.

    `origin` is the random origin of the ledger: two ledgers of one contest differ in it.
    """

    process: Process
    cases: tuple[Case, ...]
    contest: str
    origin: str
    now: datetime


def overview(contest: Contest, state: str | None = None, page: ListPage | None = None) -> Overview:
    """Every candidature in brief, or those of one state; of these, a page.

    *Raises* Misuse for a state that does not exist.
    """
    with contest.looking() as act:
        unit, process, now = act.unit, act.process, act.now
        if state is not None and state not in process.states:
            what = _('There is no state "{name}".').format(name=state)
            raise unknown_name(what, state, process.states)
        some = None if page is None else (page.size, (page.number - 1) * page.size)
        watch = DeadlineWatch(act)
        dates = {name: _dates_of(process, name) for name in process.states}
        briefs = []
        for row in unit.to_list(contest.id, state, some):
            if row.state not in dates:
                raise damaged_row("candidature", row.ref)
            alarmed = watch.of_row(row)
            ahead_of = [*dates[row.state], *(alarm.at for alarm in alarmed)]
            if row.due:
                ahead_of.append(instant_in(row.due, "candidature", row.ref))
            since = instant_in(row.since, "candidature", row.ref)
            after = _next(now, ahead_of)
            briefs.append(Brief(row.ref, watch.named(row), row.state, since, after, alarmed))
        briefs.sort(key=lambda brief: by_ref(brief.ref))
        counters = unit.counters(contest.id)
    funnel = {name: counters.get((STATE, name), 0) for name in process.states}
    ahead = [(at, name) for name, at in process.dates.fixed.items() if at >= now]
    nearest = min(ahead, default=None)
    near = (one for brief in briefs for one in brief.alarms if one.at <= now + TOLD_BEFORE)
    next_date = nearest and (nearest[1], nearest[0])
    told = tuple(sorted(near, key=attrgetter("at")))
    counted = sum(funnel.values()) if state is None else funnel[state]
    pages = None if page is None else max(1, -(-counted // page.size))
    return Overview(process, now, funnel, next_date, tuple(briefs), told, pages)


def show(contest: Contest, ref: str) -> Dossier:
    """All that is recorded of one candidature.

    *Raises* Misuse for a reference that does not exist.
    """
    # A list shows no answer, and does without what reads and judges them.
    from ptce_workflow.app.cases.note import notes
    from ptce_workflow.app.cases.rectifications import rectifications

    with contest.looking() as act:
        process, (whole,) = act.process, act.load([ref])
        mended = rectifications(act.unit, act.contest, process, whole)
        case, deadlines = act.seen(whole), DeadlineWatch(act).of(whole, act.name_of(whole))
        shown = (one for one in mended if one.name.partition(".")[0] not in case.closed)
        beside = tuple(shown), tuple(deadlines), tuple(notes(act, whole))
        return Dossier(process, case, process.due(whole), *beside)


def printable(contest: Contest, ref: str) -> Printable:
    """One candidature, to be printed.

    *Raises* Misuse for a reference that does not exist.
    """
    with contest.looking() as act:
        (case,) = act.load([ref])
        seal = digest(act.unit.line(act.contest, case.version))
        return Printable(act.process, act.seen(case), act.moment(case), seal)


def gather(contest: Contest, states: Collection[str], *, published: bool = False) -> Gathered:
    """The candidatures that stand in some states, as whoever looks, or anybody, may read them."""
    with contest.looking() as act:
        cases = [case for case in act.every_case() if case.state in states]
        if not published:
            cases = list(map(act.seen, cases))
        origin = ledger_origin(act.unit, act.contest)
        ordered = tuple(sorted(cases, key=lambda case: by_ref(case.ref)))
        return Gathered(act.process, ordered, act.contest, origin, act.now)


def laureates(contest: Contest) -> Gathered:
    """The candidatures that the folder publishes, by name.

    *Raises* Misuse where the folder publishes nothing, PtceError before it does.
    """
    with contest.reading() as (_unit, process):
        results = process.definition.config.results
        if results is None:
            raise Misuse(
                _("This contest publishes no results."),
                _("Its folder does not say which states are published, nor from when."),
                _("Write [results] in config.toml, then adopt it."),
            )
        after = process.dates.standing(parse_instant(results.after))
        if after is None or contest.clock.now() < after:
            when = after and long_instant(after, process.zone, language())
            raise PtceError(
                _("The results are not published yet."),
                _("They are from {when} on.").format(when=when or f"{results.after}"),
            )
    found = gather(contest, results.in_, published=True)
    by_name = sorted(found.cases, key=lambda case: plain(name_of(process, case)))
    return replace(found, cases=tuple(by_name))


def _dates_of(process: Process, state: str) -> tuple[datetime, ...]:
    """The instants that the ways out of a state speak of, as far as they stand still."""
    names = process.dates_read[state]
    return tuple(process.dates.fixed[name] for name in names if name in process.dates.fixed)


def _next(now: datetime, instants: Sequence[datetime]) -> datetime | None:
    return min((instant for instant in instants if instant >= now), default=None)
