"""Subjects of notifications, full and bare: letters are tried on them before anyone gets one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any

from ptce_workflow.process.explain import RuleTold
from ptce_workflow.process.letters.changes import ChangeTold
from ptce_workflow.process.letters.definition import Notification
from ptce_workflow.process.letters.planning import planner_of
from ptce_workflow.process.letters.variables import (
    AlarmTold,
    CaseTold,
    ConvocationTold,
    DateTold,
    DecisionTold,
    Digest,
    JudgedTold,
    KeptTold,
    MessageTold,
    ReceiptTold,
    Recipient,
    Subject,
    TransitionTold,
    WaitingTold,
)
from ptce_workflow.process.machine import Way
from ptce_workflow.process.model.definition import ADOPTED, ASKED, CONVENED, RECEIVED, START
from ptce_workflow.process.model.shared import Text
from ptce_workflow.process.panel.figures import FIGURES
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case, Decided, Moment, RuleAnswer
from ptce_workflow.process.time.instant import NOTIFIED

_NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
_MARK = 100
_PROCESSES_KEPT = 4
_SEAL = sha256(b"1").hexdigest()
_LABEL = Text("Exemple", en="Example")
_RULE = RuleTold("rule", RuleAnswer.FAILS, "Une règle", "1,25", (NOTIFIED,), _LABEL, None)
_MESSAGE = MessageTold("M-001", _LABEL, "C-001", "Alex Exemple")


def samples(process: Process, name: str) -> Iterator[Subject]:
    """Subjects of a notification: with all that may be known, and with no more than must be.

    *Shape* about a candidature, two for each way that sets it off and for each state in which it
    is a reminder; about the contest, two.
    """
    for full in (True, False):
        yield from _subjects(process, name, full)


def _subjects(process: Process, name: str, full: bool) -> Iterator[Subject]:
    notification, config = process.definition.notifications[name], process.definition.config
    institution = next(iter(config.institutions), "") if full else ""
    names = ("Les Jardins", "") if full else ("Les Jardins",)
    subject = Subject(
        Recipient("Alex Exemple", institution),
        Moment(_NOW, ("desk",), "", dict.fromkeys(process.totals, 0)),
        missing=tuple(CaseTold(f"C-{number:03}", name) for number, name in enumerate(names, 1)),
        update=full,
        first=full,
    )
    called = [one for one in config.sittings if f"{CONVENED}.{one}" in notification.on]
    for sitting in called:
        yield replace(subject, convocation=_called(sitting, again=full))
    if notification.about == "contest":
        if not called:
            digest = _digest() if full else Digest()
            yield replace(subject, digest=digest, changes=_changes(full=full))
        return
    for way in _setting_off(process).get(name, ()):
        case = _after(process, way, full=full)
        yield replace(subject, case=case, transition=_made(way, full=full))
    for sheet in _received(process, notification):
        receipt = ReceiptTold(sheet, _NOW, 1, _SEAL, _SEAL if full else "")
        for state in notification.in_ or _where(process, sheet):
            case = _case(process, state, full=full)
            case = case.but(received={**case.received, sheet: (_NOW,)})
            yield replace(subject, case=case, receipt=receipt)
    for state in notification.in_ if notification.at or ADOPTED in notification.on else ():
        case = _case(process, state, full=full)
        if planner_of(process).is_set_by_sending(name):
            case = case.but(decided=_decided(process))
        yield replace(subject, case=case, changes=_changes(full=full))


def _called(sitting: str, *, again: bool) -> ConvocationTold:
    """A first call, of which hardly anything is known, or a second one."""
    cases = (CaseTold("C-001", "Les Jardins"),) if again else ()
    return ConvocationTold(
        sitting, 1 + again, _NOW, _NOW, "Mairie" if again else "", 5, again, cases
    )


@lru_cache(_PROCESSES_KEPT)
def _setting_off(process: Process) -> Mapping[str, tuple[Way, ...]]:
    """The transitions that set each mail off; one for all states, which says the same, once."""
    found: dict[str, dict[tuple[str, int], Way]] = {}
    for way in process.every_way():
        said = way.to, id(way.transition)
        for name in way.mails:
            found.setdefault(name, {}).setdefault(said, way)
    return {name: tuple(ways.values()) for name, ways in found.items()}


def _received(process: Process, notification: Notification) -> Iterator[str]:
    """The sheets and requests of whose arrival a mail tells."""
    for cause in notification.on:
        root, _dot, name = cause.partition(".")
        if root in (RECEIVED, ASKED) and name in process.definition.sheets:
            yield name


def _where(process: Process, sheet: str) -> Iterable[str]:
    """The states in which a sheet arrives and least is known, or a request may be asked."""
    request = process.definition.requests.get(sheet)
    if request is not None:
        return request.windows
    return dict.fromkeys(way.to for way in process.ways(START).values())


def _after(process: Process, way: Way, *, full: bool) -> Case:
    """A candidature that has just taken a way, or of which a request was just answered."""
    state = way.to if way.moves else next(iter(process.definition.requests[way.origin].windows))
    case = _case(process, state, full=full)
    if not way.moves:
        case = case.asking(way.origin, _NOW).answered(way.origin, way.name)
    if way.transition.decision is not None:
        # What counts from the mail that tells it is known as that mail is written.
        taken = Decided(f"{way.origin}.{way.name}", _NOW, _sent(process), before=_decided(process))
        case = case.but(decided=taken)
    return case


def _made(way: Way, *, full: bool) -> TransitionTold:
    reason = "Une raison." if full or way.transition.reason else ""
    told = (_RULE,), 3, 12, 2, 2 * _MARK, True, True, True, 4, _MARK
    judged = partial(JudgedTold, *told) if full else JudgedTold
    return TransitionTold(way.name, way.origin, way.to, _NOW, 1, _SEAL, reason, judged)


def _changes(*, full: bool) -> tuple[ChangeTold, ...]:
    moved = ChangeTold("example", _LABEL, _NOW, _NOW)
    return (moved, ChangeTold("example", _LABEL, _NOW, None)) if full else (moved,)


def _digest() -> Digest:
    return Digest(
        dates=(DateTold(_LABEL, _NOW),),
        held=(_MESSAGE,),
        uncertain=(_MESSAGE,),
        failed=(_MESSAGE,),
        waiting=(WaitingTold("C-001", "Les Jardins", _LABEL, "Instruire"),),
        nobody=(_LABEL,),
        paused="535 Authentication failed",
        decisions=(DecisionTold("M-001", "C-001", "Les Jardins", "Refuser", 2, "à relire"),),
        alarms=(AlarmTold("C-001", "Les Jardins", _LABEL, _NOW),),
        kept=(KeptTold(_LABEL, 2),),
        stopped="C-001",
    )


def _case(process: Process, state: str, *, full: bool) -> Case:
    """A candidature in a state; a bare one has been only where it must have been."""
    facts, private, panels = _answers(process, full)
    entered = process.states if full else _been(process)[state]
    return Case(
        "0",
        "C-001",
        state,
        _NOW,
        1,
        facts=facts,
        contest=facts,
        private=private,
        given=frozenset(private),
        entered=dict.fromkeys(entered, _NOW),
        panels=panels,
        received=dict.fromkeys(process.definition.sheets, (_NOW,)) if full else {},
        decided=_decided(process) if full else None,
        late=dict.fromkeys(process.definition.requests, _NOW) if full else {},
        sent=_sent(process) if full else {},
    )


@lru_cache(_PROCESSES_KEPT)
def _decided(process: Process) -> Decided | None:
    """Some decision of a folder, as if it had been taken; None where nothing is decided."""
    every = (f"{way.origin}.{way.name}" for way in process.every_way() if way.transition.decision)
    first = next(every, None)
    return None if first is None else Decided(first, _NOW, _sent(process))


def _sent(process: Process) -> dict[str, datetime]:
    return dict.fromkeys(process.definition.notifications, _NOW)


@lru_cache(_PROCESSES_KEPT)
def _answers(
    process: Process, full: bool
) -> tuple[dict[str, Any], dict[str, Any], dict[str, dict[str, int]]]:
    """The answers, those that may be erased, and the figures of panels: all, or what there must."""
    facts: dict[str, Any] = {}
    private: dict[str, Any] = {}
    panels: dict[str, dict[str, int]] = {}
    for sheet_name, sheet in process.definition.sheets.items():
        if sheet.is_panel:
            if full:
                panels[sheet_name] = dict.fromkeys((*sheet.criteria, *FIGURES), _MARK)
            continue
        for field_name, field in sheet.fields.items():
            if not field.is_computed and (full or field.required):
                name = f"{sheet_name}.{field_name}"
                kept, erasable = field.split(field.sample())
                facts |= {} if kept is None else {name: kept}
                private |= {} if erasable is None else {name: erasable}
    return facts, private, panels


@lru_cache(_PROCESSES_KEPT)
def _been(process: Process) -> dict[str, list[str]]:
    """For each state those that every candidature was in before."""
    states, machine = process.states, process.machine
    past = {name: machine.paths(without=name) for name in states}
    return {state: [name for name in states if state not in past[name]] for state in states}
