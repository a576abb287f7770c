"""Replay: the state of a contest is a pure fold of its lines, live and afterwards alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ptce_workflow.base.instants import from_text
from ptce_workflow.ledger import events
from ptce_workflow.ledger.hours import Hours
from ptce_workflow.ledger.line import Line
from ptce_workflow.ledger.meeting import SITTING_LINES, Sittings
from ptce_workflow.ledger.messages import MESSAGE_LINES, Message, fold_messages
from ptce_workflow.process.case import Case, Scores, comment_name
from ptce_workflow.process.definition import TIME
from ptce_workflow.process.panel import PLACE, with_rank, with_voice

Side = Mapping[str, Any]
NO_SIDE: Side = {}
NO_SIDES: Mapping[str, Side] = {}


@dataclass(frozen=True, slots=True)
class Person:
    """Someone enrolled: the pseudonym stays, the rest may be erased."""

    pseudonym: str
    roles: tuple[str, ...]
    institution: str | None
    active: bool = True
    private: Side = field(default_factory=dict)


SCHEDULER = Person("scheduler", (TIME,), None)
"""Time, when it acts: no line enrols it, and no name stands behind it."""

COURIER = Person("courier", (), None)
"""What sends mails; like time, it is nobody, and it moves no candidature."""


@dataclass(slots=True)
class World:
    """Everything that the lines read so far amount to."""

    contest: str = ""
    rehearsal: bool = False
    process: str = ""
    n: int = 0
    cases: dict[str, Case] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    refs: set[str] = field(default_factory=set)
    messages: dict[str, Message] = field(default_factory=dict)
    sittings: Sittings = field(default_factory=Sittings)
    hours: Hours = field(default_factory=Hours)

    def apply(self, line: Line, sides: Mapping[str, Side]) -> None:
        """Takes the next line in, with the side rows that are left of it, by subject."""
        self.n = line.n
        self.hours.take(line)
        if line.type in MESSAGE_LINES:
            fold_messages(self.messages, line)
        if line.type in SITTING_LINES:
            self.sittings.take(line)
        if line.case is not None:
            side = sides.get(line.case, NO_SIDE)
            before = self.cases.get(line.case)
            case = self.cases[line.case] = fold(before, line, side)
            if before is None:
                self.refs.add(case.ref)
            return
        applied = _CONTEST_LINES.get(line.type)
        if applied is not None:
            applied(self, line, sides)


def fold(case: Case | None, line: Line, side: Side) -> Case:
    """A candidature after one more of its lines; the same function live and in replay.

    *Raises* KeyError for a line that tells of a candidature never opened.
    """
    if case is None:
        if line.type != events.CANDIDATURE_OPENED:
            raise KeyError(line.case)
        return _opened(line)
    return _CASE_LINES[line.type](case, line, side)


def replay(lines: Iterable[tuple[Line, Mapping[str, Side]]]) -> World:
    """The world after some lines, in their order."""
    world = World()
    for line, sides in lines:
        world.apply(line, sides)
    return world


def with_process(case: Case, states: Mapping[str, str], dropped: Iterable[str]) -> Case:
    """A candidature under another process: its state renamed, some of its facts let go."""
    gone = frozenset(dropped)
    renamed = {states.get(name, name): at for name, at in case.entered.items()}
    return replace(
        case,
        state=states.get(case.state, case.state),
        entered=renamed,
        facts={name: value for name, value in case.facts.items() if name not in gone},
        private={name: value for name, value in case.private.items() if name not in gone},
        given=case.given - gone,
        scores=_without(case.scores, gone) if gone else case.scores,
    )


def _without(scores: Mapping[str, Scores], gone: frozenset[str]) -> dict[str, Scores]:
    return {
        sheet: {
            institution: {
                name: mark for name, mark in marks.items() if f"{sheet}.{name}" not in gone
            }
            for institution, marks in given.items()
        }
        for sheet, given in scores.items()
    }


def _opened(line: Line) -> Case:
    data, at = line.data, from_text(line.at)
    return Case(
        id=line.case or "",
        ref=data["ref"],
        state=data["to"],
        since=at,
        version=line.n,
        entered={data["to"]: at},
        received_at=_instant(data["received_at"]),
        origin=data["origin"],
    )


# Below, candidatures are written out in the order of their fields: `dataclasses.replace` would
# take longer than all the rest of a fold.


def _recorded(case: Case, line: Line, side: Side) -> Case:
    data = line.data
    gone = data["removed"]
    private = {**case.private, **side.get("facts", {})}
    facts = {**case.facts, **data["facts"]}
    for name in gone:
        facts.pop(name, None)
        private.pop(name, None)
    given = case.given.union(data["given"]).difference(gone)
    return Case(
        case.id,
        case.ref,
        case.state,
        case.since,
        line.n,
        facts,
        private,
        given,
        case.entered,
        case.received_at,
        case.scores,
        case.panels,
        case.tried,
        case.sent,
        case.recused,
        case.origin,
        case.handed_over,
    )


def _scored(case: Case, line: Line, side: Side) -> Case:
    data = line.data
    sheet, institution = data["sheet"], data["institution"]
    given = case.scores.get(sheet, {})
    marks = {**given.get(institution, {}), **data["scores"]}
    comments = side.get("comments")
    private = case.private
    if comments:
        told = {comment_name(sheet, name, institution): said for name, said in comments.items()}
        private = {**private, **told}
    panels = case.panels
    if sheet in panels:
        panels = {name: found for name, found in panels.items() if name != sheet}
    return Case(
        case.id,
        case.ref,
        case.state,
        case.since,
        line.n,
        case.facts,
        private,
        case.given,
        case.entered,
        case.received_at,
        {**case.scores, sheet: {**given, institution: marks}},
        panels,
        case.tried,
        case.sent,
        case.recused,
        case.origin,
        case.handed_over,
    )


def _stepped_aside(case: Case, line: Line, side: Side) -> Case:
    data = line.data
    sheet, institution = data["sheet"], data["institution"]
    lifted = line.type == events.RECUSAL_LIFTED
    after = with_voice(sheet, institution, case, lifted=lifted)
    # Figures that are recorded no longer hold; the line states new ones, unless marks still come.
    # A rank that a sitting has recorded stays.
    panels = {name: found for name, found in case.panels.items() if name != sheet}
    for name, figures in data["panels"].items():
        was = case.panels.get(name, {})
        panels[name] = {**figures, **{key: was[key] for key in PLACE if key in was}}
    return replace(after, version=line.n, panels=panels)


def _placed(case: Case, line: Line, side: Side) -> Case:
    data = line.data
    after = with_rank(data["sheet"], case, data["rank"], data["tied"], data["vote"])
    return replace(after, version=line.n)


def _moved(case: Case, line: Line, side: Side) -> Case:
    data, at = line.data, from_text(line.at)
    received = _instant(data["received_at"])
    panels = data["panels"]
    return Case(
        case.id,
        case.ref,
        data["to"],
        at,
        line.n,
        case.facts,
        case.private,
        case.given,
        {**case.entered, data["to"]: at},
        received or case.received_at,
        case.scores,
        {**case.panels, **panels} if panels else case.panels,
        {} if case.tried else case.tried,
        case.sent,
        case.recused,
        case.origin,
        case.handed_over,
    )


def _refused(case: Case, line: Line, side: Side) -> Case:
    due = _instant(line.data["due"])
    tried = case.tried if due is None else {**case.tried, line.data["transition"]: due}
    return replace(case, version=line.n, tried=tried)


def _handed_over(case: Case, line: Line, side: Side) -> Case:
    there = {**case.handed_over, line.data["origin"]: line.data["ref"]}
    return replace(case, version=line.n, handed_over=there)


def _told_of(case: Case, line: Line, side: Side) -> Case:
    return replace(case, version=line.n)


def _sent(case: Case, line: Line, side: Side) -> Case:
    at = from_text(line.at)
    return replace(case, version=line.n, sent={**case.sent, line.data["notification"]: at})


def _instant(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)


_CASE_LINES: Mapping[str, Callable[[Case, Line, Side], Case]] = {
    events.CANDIDATURE_HANDED_OVER: _handed_over,
    events.FACTS_RECORDED: _recorded,
    events.SCORES_GIVEN: _scored,
    events.INSTITUTION_RECUSED: _stepped_aside,
    events.RECUSAL_LIFTED: _stepped_aside,
    events.RANK_RECORDED: _placed,
    events.DEVIATION_DECIDED: _told_of,
    events.TRANSITION_MADE: _moved,
    events.TRANSITION_REFUSED: _refused,
    **dict.fromkeys(MESSAGE_LINES, _told_of),
    events.MESSAGE_SENT: _sent,
}


def _created(world: World, line: Line, sides: Mapping[str, Side]) -> None:
    world.contest = line.data["contest"]
    world.rehearsal = line.data["rehearsal"]
    world.process = line.process


def _enrolled(world: World, line: Line, sides: Mapping[str, Side]) -> None:
    name = line.data["person"]
    world.people[name] = Person(
        name, tuple(line.data["roles"]), line.data["institution"], True, sides.get(name, NO_SIDE)
    )


def _left(world: World, line: Line, sides: Mapping[str, Side]) -> None:
    name = line.data["person"]
    world.people[name] = replace(world.people[name], active=False)


def _adopted(world: World, line: Line, sides: Mapping[str, Side]) -> None:
    data = line.data
    if not isinstance(data["to"], str):
        raise TypeError(f"{data['to']} is no process")
    world.process = data["to"]
    if data["states"] or data["dropped"]:
        world.cases = {
            id_: with_process(case, data["states"], data["dropped"])
            for id_, case in world.cases.items()
        }


def _engine(world: World, line: Line, sides: Mapping[str, Side]) -> None:
    world.versions = line.data["versions"]


_CONTEST_LINES: Mapping[str, Callable[[World, Line, Mapping[str, Side]], None]] = {
    events.CONTEST_CREATED: _created,
    events.ENGINE_CHANGED: _engine,
    events.PERSON_ENROLLED: _enrolled,
    events.PERSON_LEFT: _left,
    events.PROCESS_ADOPTED: _adopted,
}
