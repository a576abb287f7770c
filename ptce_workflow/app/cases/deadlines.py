"""What falls due and that a person has to see to: the desk's own deadlines, answers kept too long.

A list asks for the first: nothing is loaded here that judges or writes, nor is a candidature read
where the folder has no such date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from ptce_workflow.app.projections import case_in
from ptce_workflow.process.rules.case import by_ref
from ptce_workflow.process.time.calendar import days_until

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.process.model.shared import Text
    from ptce_workflow.process.rules.case import Case
    from ptce_workflow.store.rows import ListedRow

TOLD_BEFORE = timedelta(days=21)
"""So long before it a deadline is told where not all of them are."""


class Alarm(Struct, frozen=True):
    """A deadline of the desk for a candidature: a date of the folder, or a request to be answered.

    `name` is None once it was erased, or the reference where it is kept from whoever looks.
    `days` are those from now to it: fewer than none where it has passed.
    """

    ref: str
    name: str | None
    date: str
    label: Text
    at: datetime
    days: int


class KeptAnswers(Struct, frozen=True):
    """Answers of a sheet that may be erased, until when they are kept, and of whom."""

    sheet: str
    label: Text
    at: datetime
    refs: tuple[str, ...]


class DeadlineWatch:
    """The deadlines of the desk, as they stand for one candidature after the other."""

    def __init__(self, act: Transaction) -> None:
        self._act = act
        config = act.process.definition.config
        self._unnamed = act.hides(config.contest.name_field)
        self.dates: dict[str, list[tuple[str, Text]]] = {}
        """The dates that are watched in each state, with their labels."""
        for name, date in config.dates.items():
            for state in date.alarm:
                self.dates.setdefault(state, []).append((name, date.label))

    def of(self, case: Case, name: str | None) -> Iterator[Alarm]:
        """Those for a candidature that bears a name, as far as they are known."""
        dates, now, zone = self._act.process.dates, self._act.now, self._act.process.zone
        for date, label in self.dates.get(case.state, ()):
            at = dates.of(date, case)
            if at is not None:
                yield Alarm(case.ref, name, date, label, at, days_until(at, now, zone))

    def of_row(self, row: ListedRow) -> Sequence[Alarm]:
        """Those for a candidature of a list, which is not read where no date is watched there."""
        if row.state not in self.dates:
            return ()
        return tuple(self.of(case_in(row).but(contest=self._act.facts), self.named(row)))

    def named(self, row: ListedRow) -> str | None:
        """The name of a candidature of a list; see `Transaction.name_of`."""
        return row.ref if self._unnamed else row.name


def alarms(act: Transaction) -> tuple[Alarm, ...]:
    """The deadlines of the desk for every candidature, the first ones first."""
    watch, unit = DeadlineWatch(act), act.unit
    rows = (row for state in watch.dates for row in unit.to_list(act.contest, state))
    return _in_time(one for row in rows for one in watch.of_row(row))


def _in_time(found: Iterable[Alarm]) -> tuple[Alarm, ...]:
    """The first ones first."""
    return tuple(sorted(found, key=lambda one: (one.at, by_ref(one.ref))))


def ahead(contest: Contest) -> tuple[tuple[Alarm, ...], tuple[KeptAnswers, ...]]:
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
            label = process.definition.requests[name].label
            days = days_until(at, act.now, process.zone)
            yield Alarm(case.ref, act.name_of(case), name, label, at, days)


def kept(act: Transaction) -> tuple[KeptAnswers, ...]:
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
        KeptAnswers(name, labels[name], at, tuple(sorted(refs, key=by_ref)))
        for (at, name), refs in sorted(found.items())
    )
