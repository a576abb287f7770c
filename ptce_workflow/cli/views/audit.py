"""Looking back, as it is printed: stories, where candidatures stood, verifications, copies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from ptce_workflow.app.cases.edits import Change
from ptce_workflow.app.cases.rectifications import answer_told
from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text, to_text
from ptce_workflow.base.geography import Gazetteer
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.output import Named
from ptce_workflow.cli.views.cases import headline
from ptce_workflow.cli.views.changes import lines
from ptce_workflow.cli.views.contest import role_label
from ptce_workflow.ledger.events.base import (
    AnswerOf,
    FieldNames,
    InstitutionName,
    NotificationName,
    Say,
    SheetName,
    StateName,
    Story,
    TransitionName,
    Unmet,
    When,
)
from ptce_workflow.ledger.events.facts import Facts, FactsRecorded, FactsRectified
from ptce_workflow.papers.report import (
    Column,
    Findings,
    Lead,
    Note,
    Paragraph,
    Part,
    Report,
    Table,
    VerdictLine,
    count,
    dated,
    of_contest,
)
from ptce_workflow.process.explain import MARKS, Teller
from ptce_workflow.process.process import counted, name_of, noun_of, sheet_label
from ptce_workflow.process.rules.case import Answer, Case, Moment

if TYPE_CHECKING:
    from pathlib import Path

    from ptce_workflow.app.admin.verify import Verification
    from ptce_workflow.app.cases.history import Replayed, Told
    from ptce_workflow.app.cases.overview import Dossier
    from ptce_workflow.ledger.examine import Fault
    from ptce_workflow.process.process import Process

_BETWEEN = " · "
# More facts than these are told by how many there are on each sheet.
_MOST_FACTS = 3


def history_data(told: tuple[Told, ...]) -> list[Named]:
    """`ptce history --json`: the lines as they stand, and what is left of their side rows."""
    return [
        Named(
            one.line,
            by=one.line.by or None,
            data=to_builtins(one.line.data),
            side={} if one.side is None else to_builtins(one.side),
        )
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
    known: dict[str, tuple[Any, Any]] = {}
    rows = [
        [
            count(one.line.n),
            day,
            _who(one),
            "\n".join((*_story(one, dossier.case), *_replaced(one, known))),
        ]
        for one, day in zip(told, days, strict=True)
    ]
    lead = headline(dossier.process, dossier.case)
    return of_contest(dossier.process, lead.name, now, (lead, Table(columns, rows)))


def _replaced(one: Told, known: dict[str, tuple[Any, Any]]) -> Iterator[str]:
    """Each answer that a line replaces, before and after; `known` are those told so far.

    What was taken away or erased is not told again, and what is rectified tells both by itself.
    """
    data = one.line.data
    if not isinstance(data, FactsRecorded):
        return
    private = one.side.facts if isinstance(one.side, Facts) else {}
    for name in data.names:
        field, parts = one.process.definition.field(name), (data.facts.get(name), private.get(name))
        before = known.pop(name, (None, None))
        if name in data.removed:
            continue
        known[name] = parts
        if field is None or isinstance(data, FactsRectified):
            continue
        # A line that was tampered with is told as far as it can be: `verify` says the rest.
        if field.records_parts(*before) and field.records_parts(*parts):
            change = Change(name, field, field.join(*before), field.join(*parts))
            if change.before is not None and change.after is not None:
                yield from lines(one.process, change)


def _who(one: Told) -> str:
    """The roles and the pseudonym; of a juror the latter: the line names the institution."""
    roles = "/".join(role_label(role) for role in one.roles if role != "jury")
    if one.line.actor in one.roles:
        return roles
    acted = f"{roles} {one.line.actor}".strip()
    return (
        _("{actor}, typed by {other}").format(actor=acted, other=one.line.by)
        if one.line.by
        else acted
    )


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
            case SheetName(name):
                return sheet_label(self._process, name)
            case AnswerOf():
                return answer_told(self._process, value)
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


def replay_report(replayed: Replayed) -> Report:
    """`ptce replay`: where each candidature stood."""
    process = replayed.process
    when = speech.long_instant(replayed.as_of, process.zone, language(), seconds=True)
    parts: list[Part] = [Lead(f"{when} · {counted(process, len(replayed.cases))}")]
    columns = (
        Column(_("ref."), share=1),
        Column(noun_of(process), flexible=True, share=4),
        Column(_("state"), share=3),
    )
    rows = [
        (case.ref, name_of(process, case), state_label(process, case.state))
        for case in replayed.cases
    ]
    if rows:
        parts.append(Table(columns, rows))
    return of_contest(process, _("Candidatures"), replayed.as_of, parts)


def verify_report(report: Verification, folder: Path, now: datetime) -> Report:
    """`ptce verify`: how much was examined, then every fault and its line.

    Nothing in it is read from the contest, which may be damaged.
    """
    title = _("Verification of the ledger")
    parts = tuple(_verified(report))
    when = _("as of {when}").format(when=to_text(now))
    return Report(title, language(), now, "ptce", parts, over=folder.resolve().name, under=when)


def _verified(report: Verification) -> Iterator[Part]:
    parts = [
        n_("{count} line", "{count} lines", report.lines),
        n_("{count} candidature", "{count} candidatures", report.candidatures),
        n_("{count} process", "{count} processes", report.processes),
    ]
    counts = (report.lines, report.candidatures, report.processes)
    told = " · ".join(
        part.format(count=speech.number(number, language()))
        for part, number in zip(parts, counts, strict=True)
    )
    if not report.intact:
        broken = n_("{count} fault", "{count} faults", len(report.faults))
        yield VerdictLine(told, broken.format(count=len(report.faults)), good=False)
        yield Findings(tuple(map(_found, (*report.faults, *report.remarks))))
        yield Note(
            _("Set this database aside as it is, restore a backup, and tell whoever audits.")
        )
        return
    yield VerdictLine(told, _("chain intact"), good=True)
    yield Paragraph(_("what the ledger says = what is shown"))
    if report.links == 0:
        yield Paragraph(_("no hand-over links the two ledgers"))
    elif report.links is not None:
        links = n_(
            "{count} hand-over told alike by both ledgers",
            "{count} hand-overs told alike by both ledgers",
            report.links,
        )
        yield Paragraph(links.format(count=speech.number(report.links, language())))
    if report.remarks:
        remarked = n_("{count} remark", "{count} remarks", len(report.remarks))
        heading = remarked.format(count=len(report.remarks))
        yield Findings(tuple(map(_found, report.remarks)), heading)


def _found(found: Fault) -> tuple[str, str, str]:
    place = _("line {n}").format(n=found.line) if found.line else _("no line")
    return place, found.what, found.why


def backed_up(file: Path, report: Verification) -> Iterator[Part]:
    """`ptce backup`: where the copy is, how far it goes, and whether what it copies is sound."""
    lines = n_("{count} line", "{count} lines", report.lines)
    told = _("{file}: {lines}, as of the last act").format(
        file=file, lines=lines.format(count=speech.number(report.lines, language()))
    )
    yield VerdictLine(told, _("verified") if report.intact else "✗", report.intact)
    if not report.intact:
        yield Paragraph(_("The copy is whole, but what it copies is not sound: ptce verify"))
