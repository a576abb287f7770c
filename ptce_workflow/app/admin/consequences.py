"""What follows from a change of the process: dates that move, verdicts that turn, mails that move.

Each is read once for every candidature and every mail, whatever there is of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ptce_workflow.app.admin.limits import LimitMoved
from ptce_workflow.app.post.plan import CONTEST, Mailing
from ptce_workflow.app.projections import due_of
from ptce_workflow.base.clock import local_time
from ptce_workflow.base.words import language
from ptce_workflow.process.fields import FieldType
from ptce_workflow.process.letters.changes import moved as dates_moved
from ptce_workflow.process.letters.changes import told_by_mails
from ptce_workflow.process.letters.outbox import PENDING, Stage
from ptce_workflow.process.panel.figures import asked_of
from ptce_workflow.process.panel.forms import asked, question, sign_ins, states_open
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, RuleAnswer, Verdict

if TYPE_CHECKING:
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.process.letters.message import Message

_ARRIVED = (Stage.SENT, Stage.UNCERTAIN, Stage.DATA)


@dataclass(frozen=True, slots=True)
class MovedDate:
    """A date that moves: its instants, None where there is none; `told` in the contest's zone."""

    date: str
    before: datetime | None
    after: datetime | None
    told: str

    def __str__(self) -> str:
        return f"date.{self.date}: {self.told}"

    def is_over(self, now: datetime) -> bool:
        """True for one that there was, where either of its instants has passed."""
        return self.before is not None and min(self.before, self.after or self.before) <= now


@dataclass(frozen=True, slots=True)
class Turned:
    """A way of a candidature that is `allowed`, `refused` or `unknown`, and was not; None: no way.

    `rules` are those that answer otherwise, or that are there no more, or not yet.
    """

    ref: str
    state: str
    transition: str
    before: str | None
    after: str | None
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MailsMoved:
    """The mails of one notification whose hour changes, that are new or no more.

    `updates` are new calendar entries for those who have one; `first` the first that moves.
    """

    notification: str
    moved: int
    planned: int
    cancelled: int
    updates: int
    first: tuple[datetime, datetime] | None


@dataclass(frozen=True, slots=True)
class ToldBefore:
    """Those who were told a date that moves, by one notification: candidatures, or people."""

    notification: str
    date: str
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormsOut:
    """The grids of a panel, or the sign-in sheet of a date, that may be out to be filled in.

    `count` is how many at most: the institutions asked, or one sheet. No line tells which were
    written. `otherwise` are the labels of what they ask and that would not be asked so any more.
    """

    form: str
    count: int
    otherwise: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Consequences:
    """What an adoption would change of a contest under way."""

    verdicts: tuple[Turned, ...] = ()
    mails: tuple[MailsMoved, ...] = ()
    told: tuple[ToldBefore, ...] = ()
    forms: tuple[FormsOut, ...] = ()
    limits: tuple[LimitMoved, ...] = ()


# Dates.


def moved(before: Process, after: Process) -> Iterator[MovedDate]:
    """The dates that move, by name, of those that hang on no candidature."""
    for name, old, new in dates_moved(before, after):
        told = (
            "–" if at is None else local_time(at, after.zone).strftime("%Y-%m-%d %H:%M")
            for at in (old, new)
        )
        yield MovedDate(name, old, new, " → ".join(told))


# Verdicts.

Answers = Mapping[str, tuple[str, Mapping[str, str]]]
"""By transition, whether it is `allowed`, `refused` or `unknown`, and the answer of each rule."""


def answers(act: Transaction) -> Mapping[str, tuple[Case, Answers]]:
    """What each candidature may do now, by its id, under the process in force in an act."""
    process = act.process
    found: dict[str, tuple[Case, Answers]] = {}
    for case in act.every_case():
        of_case: dict[str, tuple[str, Mapping[str, str]]] = {}
        for name, way in process.ways(case.state).items():
            moment = act.moment(case, transition=name)
            verdicts = process.judge(way, case, moment).verdicts
            of_case[name] = (_told(verdicts), {one.rule: str(one.answer) for one in verdicts})
        found[case.id] = case, of_case
    return found


def _told(verdicts: Iterable[Verdict]) -> str:
    given = {verdict.answer for verdict in verdicts}
    if RuleAnswer.FAILS in given:
        return "refused"
    return "unknown" if given - {RuleAnswer.HOLDS} else "allowed"


def turned(
    before: Mapping[str, tuple[Case, Answers]], after: Mapping[str, tuple[Case, Answers]]
) -> Iterator[Turned]:
    """The ways that may be taken otherwise than before, by candidature."""
    nothing: tuple[None, Mapping[str, str]] = (None, {})
    for id_, (case, now) in after.items():
        then = before[id_][1]
        for name in dict.fromkeys((*then, *now)):
            old, new = then.get(name, nothing), now.get(name, nothing)
            if old[0] != new[0]:
                rules = dict.fromkeys((*old[1], *new[1]))
                differ = tuple(one for one in rules if old[1].get(one) != new[1].get(one))
                yield Turned(case.ref, case.state, name, old[0], new[0], differ)


# Mails.


def mails_moved(mailing: Mailing) -> Iterator[MailsMoved]:
    """The mails that an act plans, cancels and moves, counted by notification."""
    moves: dict[str, list[tuple[datetime, datetime]]] = {}
    fresh: dict[tuple[str, str, str], list[Message]] = {}
    gone: dict[tuple[str, str, str], list[Message]] = {}
    updates: dict[str, int] = {}
    for was, now in mailing.changes():
        key = (now.notification, now.case_id, now.recipient)
        waited, waits = was is not None and was.stage in PENDING, now.stage in PENDING
        if was is not None and waited and waits and was.due != now.due:
            moves.setdefault(key[0], []).append((due_of(was), due_of(now)))
        elif waited and not waits and was is not None:
            gone.setdefault(key, []).append(was)
        elif waits and not waited and now.sequence:
            updates[key[0]] = updates.get(key[0], 0) + 1
        elif waits and not waited:
            fresh.setdefault(key, []).append(now)
    # A reminder is known by the hour that it is meant for: one that moves is cancelled, and
    # another one planned.
    left: dict[str, list[int]] = {}
    for key in dict.fromkeys((*gone, *fresh)):
        old, new = (sorted(map(due_of, rows.get(key, ()))) for rows in (gone, fresh))
        moves.setdefault(key[0], []).extend(zip(old, new, strict=False))
        counts = left.setdefault(key[0], [0, 0])
        counts[0] += max(len(new) - len(old), 0)
        counts[1] += max(len(old) - len(new), 0)
    for name in sorted({*moves, *left, *updates}):
        planned, cancelled = left.get(name, (0, 0))
        of_name = moves.get(name, [])
        first = min(of_name, default=None)
        yield MailsMoved(name, len(of_name), planned, cancelled, updates.get(name, 0), first)


def told_before(act: Transaction, before: Process, after: Process) -> Iterator[ToldBefore]:
    """Those who got a mail that told a date which moves; each candidature by its own dates."""
    tells = told_by_mails(before)
    found: dict[tuple[str, str], dict[str, None]] = {}
    for stage in _ARRIVED:
        for row in act.unit.messages_at(act.contest, stage):
            case = None if row.case_id == CONTEST else act.case(row.case_id)
            for name in tells.get(row.notification, ()):
                then = _instant(before, name, case)
                if then is not None and then != _instant(after, name, case):
                    who = row.recipient if case is None else case.ref
                    found.setdefault((row.notification, name), {}).setdefault(who)
    for (notification, name), people in sorted(found.items()):
        to = tuple(sorted(people, key=lambda one: (len(one), one)))
        yield ToldBefore(notification, name, to)


def _instant(process: Process, name: str, case: Case | None) -> datetime | None:
    if case is None or name in process.dates.fixed:
        return process.dates.fixed.get(name)
    return process.dates.of(name, case) if name in process.definition.config.dates else None


# Forms.


def forms_out(cases: Sequence[Case], before: Process, after: Process) -> Iterator[FormsOut]:
    """The forms that may be out, by what is asked now of candidatures where they stand."""
    for panel in before.definition.panels:
        sheet, then = before.definition.sheets[panel], after.definition.sheets.get(panel)
        open_ = [case for case in cases if before.is_open(panel, case.state)]
        members = {member for case in open_ for member in asked_of(panel, sheet, case)}
        fields = {} if then is None or not then.is_panel else asked(then)
        if members:
            yield FormsOut(panel, len(members), _otherwise(asked(sheet), fields))
    later = {one.date: {**one.columns, **one.fields} for one in sign_ins(after.definition)}
    for one in sign_ins(before.definition):
        states = states_open(before, one)
        if any(case.state in states for case in cases):
            fields = later.get(one.date, {})
            yield FormsOut(one.date, 1, _otherwise({**one.columns, **one.fields}, fields))


def _otherwise(before: Mapping[str, FieldType], after: Mapping[str, FieldType]) -> tuple[str, ...]:
    """The labels of what is asked no more, or otherwise."""
    return tuple(
        field.label.in_(language())
        for name, field in before.items()
        if name not in after or question(after[name]) != question(field)
    )
