"""What an auditor goes through, in that order, gathered from the ledger in one pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.admin.limits import limits_moved
from ptce_workflow.app.cases.history import Step
from ptce_workflow.app.cases.whole import Whole, whole
from ptce_workflow.base.encoding import from_text
from ptce_workflow.ledger.events.contest import ProcessAdopted
from ptce_workflow.ledger.events.panel import LinksDeclared, ScoresGiven, SteppedAside
from ptce_workflow.ledger.events.people import PersonEnrolled, PersonLeft
from ptce_workflow.ledger.events.receipt import SheetReceived
from ptce_workflow.papers.changes import limit_told
from ptce_workflow.papers.replay.findings import Auditor
from ptce_workflow.papers.telling import Narrator, actor_told

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.ledger.events.base import Entry, Say, Story
    from ptce_workflow.ledger.state import Person
    from ptce_workflow.process.process import Process
    from ptce_workflow.process.rules.case import Case

_OF_LINES: Mapping[str, str] = {
    "process_adopted": "rules",
    "engine_changed": "rules",
    "contest_facts_recorded": "rules",
    "clock_accepted": "clock",
    "transition_refused": "refusals",
    "institution_recused": "jury",
    "links_cleared": "jury",
    "recusal_lifted": "jury",
    "vote_taken": "jury",
    "deviation_decided": "jury",
    "facts_rectified": "rectification",
    "scores_rectified": "rectification",
    "personal_data_erased": "erased",
    "key_changed": "rules",
}
"""The part in which every line of a kind is told."""
ASKED = (
    *("late_fact", "late_receipt", "late_move", "undone", "request", "review"),
    *("failed_mail", "late_mail", "mail_by_hand", "notice"),
)
"""The kinds of findings that are told for what calls for a question; other lines are told whole."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A line that is told: its number, its hour, the candidature, who acted, the words."""

    line: int
    at: datetime
    ref: str
    who: str
    told: str


@dataclass(frozen=True, slots=True)
class Stay:
    """Someone who could act, from one line on and perhaps up to another."""

    person: Person
    since: datetime
    line: int
    until: datetime | None


@dataclass(slots=True)
class Audited:
    """What the ledger tells; `rows` are by the part in which they are read, or kind of finding.

    `acts` counts the lines of each actor, `typed` those that another typed for them, `spoken_for`
    those that somebody wrote for an institution without sitting for it; `arrived` is each arrival
    once: candidature, sheet, hour; `tried` the decisions that a rule refused while a sitting went
    along its ranking; `erased` and `kept` the side rows that are gone and those that are left.
    """

    process: Process
    now: datetime
    rehearsal: bool
    count: int
    head: str
    rows: dict[str, list[AuditRow]] = field(default_factory=dict)
    people: list[Stay] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)
    typed: Counter[tuple[str, str]] = field(default_factory=Counter)
    spoken_for: Counter[tuple[str, str]] = field(default_factory=Counter)
    cases: Mapping[str, Case] = field(default_factory=dict)
    arrived: set[tuple[str, str, str]] = field(default_factory=set)
    tried: int = 0
    erased: int = 0
    kept: int = 0


def audited(contest: Contest) -> Audited:
    """Goes through the ledger of a contest.

    *Raises* PtceError for whoever may not read everything, or a line that is damaged.
    """
    with whole(contest) as ledger:
        found = Audited(ledger.process, ledger.now, ledger.rehearsal, ledger.count, ledger.head)
        auditor, begun, left = Auditor(), dict[str, Step](), dict[str, datetime]()
        for step in ledger.steps():
            before = step.take()
            event = step.line.data
            if isinstance(event, PersonEnrolled):
                begun.setdefault(event.person, step)
                left.pop(event.person, None)
            elif isinstance(event, PersonLeft):
                left[event.person] = from_text(step.line.at)
            elif isinstance(event, ProcessAdopted):
                found.rows.setdefault("limit", []).extend(_changed_limits(ledger, step))
            _count(found, step, ledger.state.people)
            process = ledger.process_of(step.line.process)
            looks = dict(auditor.looks(step.line, before, process, ledger.state))
            _take(found, ledger, step, before, looks)
        found.people = [
            Stay(person, from_text(begun[name].line.at), begun[name].line.n, left.get(name))
            for name, person in ledger.state.people.items()
        ]
        found.cases = {case.ref: case for case in ledger.state.cases.values()}
        return found


def _changed_limits(ledger: Whole, step: Step) -> Iterator[AuditRow]:
    """The limits that an adoption changes though the decisions of a sitting had read them."""
    line, one = step.line, ledger.told(step, step.sides)
    before, after = ledger.process_of(line.data.from_), ledger.process_of(line.data.to)
    for moved in limits_moved(before, after, ledger.state.sittings.decided):
        told = limit_told(before, moved)
        yield AuditRow(line.n, from_text(line.at), "", actor_told(one), told)


def _count(found: Audited, step: Step, people: Mapping[str, Person]) -> None:
    line = step.line
    found.acts[line.actor] += 1
    if line.by:
        found.typed[str(line.by), line.actor] += 1
    _count_arrival(found, line)
    _count_spoken_for(found, line, people)
    found.kept += len(step.stored)
    found.erased += len(line.pd or ()) - len(step.stored)


def _count_arrival(found: Audited, line: Entry[Any]) -> None:
    """Counts an arrival once, however often its line is written."""
    event = line.data
    if isinstance(event, SheetReceived):
        found.arrived.add((line.case or "", event.sheet, event.received_at))


def _count_spoken_for(found: Audited, line: Entry[Any], people: Mapping[str, Person]) -> None:
    """Counts what somebody wrote for an institution of which that person is none."""
    if isinstance(line.data, LinksDeclared | ScoresGiven | SteppedAside):
        seat, person = line.data.institution, people.get(line.actor)
        if person is None or person.institution != seat:
            found.spoken_for[line.actor, seat] += 1


def _take(
    found: Audited, ledger: Whole, step: Step, before: Case | None, looks: Mapping[str, Say]
) -> None:
    """Tells a line where it belongs: whole, or what of it calls for a question."""
    line = step.line
    part = _OF_LINES.get(line.type)
    if line.type == "engine_changed" and "rules" not in looks:
        # With such a line every ledger begins.
        part = None
    if line.type == "links_declared" and line.pd:
        # Links, or why there are none though a dossier names who says so.
        part = "jury"
    if part == "refusals" and ledger.state.sittings.meeting is not None:
        found.tried += 1
        part = None
    asked = {kind: why for kind, why in looks.items() if kind in ASKED}
    if part is None and not asked:
        return
    one = ledger.told(step, step.sides)
    case = before or ledger.state.cases.get(line.case or "")
    narrator = Narrator(one, case, cases=ledger.state.cases)
    at, ref, who = from_text(line.at), "" if case is None else case.ref, actor_told(one)
    stories: dict[str, Story] = {kind: iter([why]) for kind, why in asked.items()}
    if part is not None:
        stories[part] = line.data.story(line, one.side)
    for place, story in stories.items():
        row = AuditRow(line.n, at, ref, who, "\n".join(narrator.sentences(story)))
        found.rows.setdefault(place, []).append(row)
