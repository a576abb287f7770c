"""What falls due and that a person has to see to: the desk's own deadlines, answers kept too long.

A list asks for the first: nothing is loaded here that judges or writes, nor is a candidature read
where the folder has no such date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ptce_workflow.app.projections import case_of
from ptce_workflow.process.rules.case import by_ref
from ptce_workflow.process.time.calendar import days_until

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.process.model.shared import Text
    from ptce_workflow.process.process import Process
    from ptce_workflow.process.rules.case import Case

TOLD_BEFORE = timedelta(days=21)
"""So long before it a deadline is told where not all of them are."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A deadline of the desk for a candidature: a date of the folder, or a request to be answered.

    `name` is None once it was erased, or the reference where it is kept from whoever looks.
    `days` are those from now to it: fewer than none where it has passed.
    """

    case_id: str
    ref: str
    name: str | None
    date: str
    label: Text
    at: datetime
    days: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Answers of a sheet that may be erased, until when they are kept, and of whom."""

    sheet: str
    label: Text
    at: datetime
    refs: tuple[str, ...]


def alarms(act: Transaction, refs: Sequence[str] | None = None) -> tuple[Alarm, ...]:
    """The deadlines of the desk for every candidature, or some, the first ones first."""
    watched = {state for _date, states in _watched(act.process) for state in states}
    unit, contest = act.unit, act.contest
    rows = (row for state in watched for row in unit.candidatures_of_state(contest, state))
    of_all = (case_of(row).but(contest=act.facts) for row in rows)
    cases = of_all if refs is None else act.load(refs) if watched else ()
    found = (one for case in cases for one in alarms_of(act, case))
    return _in_time(found)


def alarms_of(act: Transaction, case: Case) -> Iterator[Alarm]:
    """The deadlines of the desk for a candidature, as far as they are known."""
    process, config = act.process, act.process.definition.config
    for date, states in _watched(process):
        at = process.dates.of(date, case) if case.state in states else None
        if at is not None:
            yield _alarm(act, case, date, config.dates[date].label, at)


def _alarm(act: Transaction, case: Case, name: str, label: Text, at: datetime) -> Alarm:
    days = days_until(at, act.now, act.process.zone)
    return Alarm(case.id, case.ref, act.name_of(case), name, label, at, days)


def _in_time(found: Iterable[Alarm]) -> tuple[Alarm, ...]:
    return tuple(sorted(found, key=lambda one: (one.at, by_ref(one.ref))))


def _watched(process: Process) -> list[tuple[str, tuple[str, ...]]]:
    dates = process.definition.config.dates.items()
    return [(name, date.alarm) for name, date in dates if date.alarm]


def ahead(contest: Contest) -> tuple[tuple[Alarm, ...], tuple[Kept, ...]]:
    """The deadlines of the desk for every candidature, and the answers kept until an instant.

    Among the first are the hours by which requests are to be answered.
    """
    with contest.looking() as act:
        asked = act.every_case() if act.process.definition.requests else ()
        due = (one for case in asked for one in _answers_due(act, case))
        return _in_time((*alarms(act), *due)), kept(act)


def _answers_due(act: Transaction, case: Case) -> Iterator[Alarm]:
    process = act.process
    for name in process.pending(case):
        if (at := process.answer_by(name, case)) is not None:
            yield _alarm(act, case, name, process.definition.requests[name].label, at)


def kept(act: Transaction) -> tuple[Kept, ...]:
    """The answers that are kept until an instant that is known, those that fall due first first."""
    definition = act.process.definition
    found: dict[tuple[datetime, str], list[str]] = {}
    ends = any(sheet.kept_until is not None for sheet in definition.sheets.values())
    for case in act.every_case() if ends else ():
        held = {definition.kept_with(name.partition(".")[0]) for name in case.private}
        for name, at in act.process.kept_until(case).items():
            if name in held:
                found.setdefault((at, name), []).append(case.ref)
    labels: Mapping[str, Text] = {name: sheet.label for name, sheet in definition.sheets.items()}
    return tuple(
        Kept(name, labels[name], at, tuple(sorted(refs, key=by_ref)))
        for (at, name), refs in sorted(found.items())
    )
