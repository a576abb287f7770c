"""The candidatures in figures: where they stand, when they arrived, what they answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct

from ptce_workflow.base.words import _, local_time
from ptce_workflow.office import page
from ptce_workflow.office.page import Part, Report, of_contest
from ptce_workflow.process.fields import FieldType, TableField
from ptce_workflow.process.process import counted

if TYPE_CHECKING:
    from ptce_workflow.app.candidatures.overview import Gathered

_FEWEST = 3
"""Answers of fewer are added up, except in what the folder publishes."""


class LabelCount(Struct, frozen=True):
    name: str
    label: str
    count: int


class DayCount(Struct, frozen=True):
    day: str
    count: int


class AnswerCounts(Struct, frozen=True):
    """How often each answer to a question was given; those given by `fewer` are added up."""

    field: str
    label: str
    counts: tuple[LabelCount, ...]
    fewer: int
    unanswered: int


class Stats(Struct, frozen=True):
    """`states` counts those that stand in each, `reached` those that have stood there."""

    at: datetime
    count: int
    erased: int
    states: tuple[LabelCount, ...]
    reached: tuple[LabelCount, ...]
    arrivals: tuple[DayCount, ...]
    answers: tuple[AnswerCounts, ...]


def stats_of(found: Gathered) -> Stats:
    """What is counted of candidatures; of what was erased, what the ledger's lines still hold."""
    process, cases = found.process, found.cases
    name = process.definition.config.contest.name_field
    sheet = name.partition(".")[0]
    erased = sum(name in case.given and name not in case.private for case in cases)
    firsts = (min(case.received[sheet]) for case in cases if case.received.get(sheet))
    days = Counter(local_time(at, process.zone).date().isoformat() for at in firsts)
    return Stats(
        found.now,
        len(cases),
        erased,
        _by_state(found, Counter(case.state for case in cases)),
        _by_state(found, Counter(chain.from_iterable(case.entered for case in cases))),
        tuple(DayCount(day, n) for day, n in sorted(days.items())),
        tuple(_answers(found, sheet)),
    )


def _by_state(found: Gathered, counts: Counter[str]) -> tuple[LabelCount, ...]:
    states = found.process.states.items()
    return tuple(LabelCount(key, one.label.text, counts[key]) for key, one in states if counts[key])


def _answers(found: Gathered, sheet: str) -> Iterator[AnswerCounts]:
    """Those to each question of a sheet that has a choice of answers, columns of tables too."""
    for key, field in found.process.definition.sheets[sheet].fields.items():
        name = f"{sheet}.{key}"
        values = [case.facts.get(name) for case in found.cases]
        if not isinstance(field, TableField):
            yield from _counts(found, name, name, field.label.text, field, values)
            continue
        for column, kind in field.columns.items():
            label = page.pair(field.label, kind.label)
            cells = [row.get(column) for rows in values for row in rows or ()]
            yield from _counts(found, name, f"{name}.{column}", label, kind, cells)


def _counts(
    found: Gathered, field: str, name: str, label: str, kind: FieldType, values: Sequence[object]
) -> Iterator[AnswerCounts]:
    given = [value for value in values if value is not None]
    counts = Counter(chain.from_iterable(map(kind.counted_as, given)))
    if not counts or kind.is_computed:
        return
    results = found.process.definition.config.results
    least = 1 if results is not None and field in results.shows else _FEWEST
    shown = tuple(LabelCount(one, one, n) for one, n in counts.most_common() if n >= least)
    fewer = counts.total() - sum(one.count for one in shown)
    yield AnswerCounts(name, label, shown, fewer, len(values) - len(given))


def stats_report(found: Gathered, stats: Stats) -> Report:
    return of_contest(found.process, _("Figures"), found.now, _parts(found, stats))


def _parts(found: Gathered, stats: Stats) -> Iterator[Part]:
    process = found.process
    rest = counted(process, stats.count)
    if stats.erased:
        rest += " · " + _("erasures: {count}").format(count=stats.erased)
    yield page.lead(process.definition.config.contest.title.text, rest)
    if not stats.count:
        return
    yield page.heading(_("By state"))
    yield page.bars([(one.label, one.count) for one in stats.states])
    yield page.heading(_("States reached on the way"))
    yield page.bars([(one.label, one.count) for one in stats.reached])
    if stats.arrivals:
        days = [
            datetime.fromisoformat(one.day).replace(tzinfo=process.zone) for one in stats.arrivals
        ]
        heading, cells = page.dated(_("Arrivals by day"), days, process.zone)
        yield page.heading(heading)
        yield page.bars(
            [(cell, one.count) for cell, one in zip(cells, stats.arrivals, strict=True)]
        )
    for answer in stats.answers:
        rows = [(one.label, one.count) for one in answer.counts]
        fewer = _("answers given fewer than {least} times each").format(least=_FEWEST)
        rows += [(fewer, answer.fewer)] if answer.fewer else []
        rows += [(_("not answered"), answer.unanswered)] if answer.unanswered else []
        yield page.heading(answer.label)
        yield page.bars(rows)
    yield page.note(
        _(
            "These are numbers, without names or references. Who gave several answers, such as "
            "several themes, is counted in each. Answers given fewer than {least} times are "
            "added up, so that nobody is recognised by one, except for what the contest "
            "publishes with its results."
        ),
        least=_FEWEST,
    )
