"""A candidature's story, as it is printed: `ptce history`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.geography import Gazetteer
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.views.dates import dated
from ptce_workflow.cli.views.explain import headline
from ptce_workflow.cli.views.people import role_label
from ptce_workflow.ledger.events.base import (
    FieldNames,
    InstitutionName,
    NotificationName,
    Say,
    StateName,
    Story,
    TransitionName,
    Unmet,
    When,
)
from ptce_workflow.papers.report import Column, Report, Table, count, of_contest
from ptce_workflow.process.explain import MARKS, Teller
from ptce_workflow.process.rules.case import Answer, Case, Moment

if TYPE_CHECKING:
    from ptce_workflow.app.cases.history import Told
    from ptce_workflow.app.cases.overview import Dossier
    from ptce_workflow.process.process import Process

_BETWEEN = " · "
# More facts than these are told by how many there are on each sheet.
_MOST_FACTS = 3


def history_data(told: tuple[Told, ...]) -> list[dict[str, Any]]:
    """`ptce history --json`: the lines as they stand, and what is left of their side rows."""
    return [
        {
            "n": one.line.n,
            "at": one.line.at,
            "actor": one.line.actor,
            "type": one.line.type,
            "process": one.line.process,
            "data": to_builtins(one.line.data),
            "side": {} if one.side is None else to_builtins(one.side),
        }
        for one in told
    ]


def history_report(dossier: Dossier, told: tuple[Told, ...], now: datetime) -> Report:
    """`ptce history`: one line an event; below it the articles of what failed, and the reason."""
    instants = [from_text(one.line.at) for one in told]
    when, days = dated(_("when"), instants, dossier.process.zone, hours=True)
    columns = [
        Column("n", number=True, share=1),
        Column(when, share=3),
        Column(_("who"), share=3),
        Column(_("what"), flexible=True, below=True, share=9),
    ]
    rows = [
        [count(one.line.n), day, _who(one), "\n".join(_story(one, dossier.case))]
        for one, day in zip(told, days, strict=True)
    ]
    lead = headline(dossier.process, dossier.case)
    return of_contest(dossier.process, lead.name, now, (lead, Table(columns, rows)))


def _who(one: Told) -> str:
    """The roles and the pseudonym; of a juror the latter: the line names the institution."""
    roles = "/".join(role_label(role) for role in one.roles if role != "jury")
    return roles if one.line.actor in one.roles else f"{roles} {one.line.actor}".strip()


def _story(one: Told, case: Case) -> Iterator[str]:
    """The sentences that tell a line."""
    return Narrator(one, case).sentences(one.line.data.story(one.line, one.side))


class Narrator:
    """Says what an event tells, in the reader's language, by the process of its day."""

    def __init__(self, one: Told, case: Case | None = None) -> None:
        self._one = one
        self._process = one.process
        self._case = case

    def sentences(self, story: Story) -> Iterator[str]:
        """Each sentence; those that stand on one line together."""
        for said in story:
            if isinstance(said, Unmet):
                yield from self._unmet(said)
            elif isinstance(said, tuple):
                yield _BETWEEN.join(self._sentence(part) for part in said)
            else:
                yield self._sentence(said)

    def _sentence(self, said: Say) -> str:
        values = {name: self._value(value) for name, value in said.values.items()}
        told = n_(said.message, said.several, said.count) if said.several else _(said.message)
        return told.format(**values)

    def _value(self, value: object) -> object:
        """A value in words."""
        definition, spoken = self._process.definition, language()
        match value:
            case StateName(name):
                return state_label(self._process, name)
            case TransitionName(name, origin):
                return self._way_label(name, origin)
            case InstitutionName(name):
                return definition.config.institutions[name].label.in_(spoken)
            case NotificationName(name):
                known = definition.notifications.get(name)
                return name if known is None else known.label.in_(spoken)
            case FieldNames(names):
                return _labels(self._process, names)
            case When(text):
                return speech.short_instant(from_text(text), self._process.zone, spoken)
            case Say():
                return self._sentence(value)
        return value

    def _way_label(self, name: str, origin: str) -> str:
        """The label of a transition; from wherever it leaves, where nothing more is said."""
        if origin:
            return self._process.ways(origin)[name].transition.label.in_(language())
        labels = (way.transition.label for way in self._process.every_way() if way.name == name)
        return next((label.in_(language()) for label in labels), name)

    def _unmet(self, said: Unmet) -> Iterator[str]:
        """The words of each rule that did not hold, and on what it rests."""
        line, case = self._one.line, self._case
        if case is None:
            return
        way = self._process.ways(said.origin)[said.transition]
        teller = Teller(self._process, language(), Gazetteer)
        # Of what was known that day the line keeps totals; facts of today would say too much.
        at = from_text(line.at)
        then = Case(case.id, case.ref, said.origin, at, line.n, entered=case.entered)
        moment = Moment(at, totals=said.totals)
        for name, answer in said.verdicts.items():
            if answer != Answer.HOLDS.value:
                rule = way.rules[name]
                ground = (
                    rule.source.in_(language()) if rule.source else _("choice of the organiser")
                )
                yield f"{MARKS[Answer(answer)]} {teller.says(rule, then, moment)} ({ground})"


def _labels(process: Process, names: Sequence[str]) -> str:
    """Each field by its label; or, where there are many, how many of each sheet."""
    fields = {name: process.definition.field(name) for name in names}
    if len(names) <= _MOST_FACTS:
        return ", ".join(field.label.in_(language()) for field in fields.values() if field)
    sheets = [name.partition(".")[0] for name, field in fields.items() if field]
    return ", ".join(
        n_("{label} ({count} answer)", "{label} ({count} answers)", sheets.count(sheet)).format(
            label=process.definition.sheets[sheet].label.in_(language()), count=sheets.count(sheet)
        )
        for sheet in dict.fromkeys(sheets)
    )


def state_label(process: Process, name: str) -> str:
    """The label of a state; its name when the process no longer has it."""
    state = process.states.get(name)
    return state.label.in_(language()) if state else name
