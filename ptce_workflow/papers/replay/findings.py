"""What an auditor looks at first: the lines that call for a question, each with why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any

from msgspec import UNSET

from ptce_workflow.base.encoding import from_text, to_text
from ptce_workflow.base.words import N_, nN_
from ptce_workflow.ledger.events.base import (
    Entry,
    FieldNames,
    InstitutionName,
    NotificationName,
    Say,
    SheetName,
    TransitionName,
    When,
)
from ptce_workflow.ledger.events.contest import ClockAccepted, EngineChanged, ProcessAdopted
from ptce_workflow.ledger.events.delivery import (
    MessageBounced,
    MessageDropped,
    MessageEdited,
    MessageFailed,
    MessageSent,
    MessageUncertain,
)
from ptce_workflow.ledger.events.erasure import PersonalDataErased
from ptce_workflow.ledger.events.facts import FactsReceived, FactsRecorded, FactsRectified
from ptce_workflow.ledger.events.mail import MessagesExpired
from ptce_workflow.ledger.events.panel import InstitutionRecused, RecusalLifted, ScoresRectified
from ptce_workflow.ledger.events.receipt import SheetReceived
from ptce_workflow.ledger.events.sitting import (
    OUTCOMES,
    ConvocationRecorded,
    DeviationDecided,
    SittingOpened,
    VoteTaken,
    institutions,
)
from ptce_workflow.ledger.events.transition import TransitionMade
from ptce_workflow.ledger.state import ContestState
from ptce_workflow.process.letters.message import Message
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case
from ptce_workflow.process.rules.receipt import reviews_own
from ptce_workflow.process.time.instant import Instant, parse_instant

KINDS: Mapping[str, str] = {
    "rectification": N_("Answers and marks mended afterwards"),
    "late_fact": N_("Answers written after their term"),
    "late_receipt": N_("Arrivals entered over a day later"),
    "late_move": N_("Made by time after its hour"),
    "undone": N_("Decisions and moves taken back"),
    "review": N_("Requests answered otherwise than the folder wants"),
    "request": N_("Requests answered"),
    "deviation": N_("Decisions that depart from the ranking"),
    "casting_vote": N_("Votes that the chair alone settled"),
    "recusal": N_("Stepping aside once marks were given, and coming back"),
    "notice": N_("Sittings to which an institution was not called, or not by a mail"),
    "rules": N_("Rules changed, or the program that judges"),
    "clock": N_("The clock"),
    "late_mail": N_("Mails that left over an hour late"),
    "failed_mail": N_("Mails that failed, came back, or never left"),
    "mail_by_hand": N_("Mails rewritten or held back by a person"),
    "erasure": N_("Personal data erased"),
}
"""The headings of the kinds of findings, in the order in which they are looked at."""

_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_TERM = re.compile(r"\breceived\.(?P<sheet>\w+) <=? (?P<date>date\.\w+)")

Found = Iterator[tuple[str, Say]]


class Terms:
    """The terms of the sheets of a process: the instants after which what is written is late."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @cached_property
    def by_sheet(self) -> dict[str, frozenset[Instant]]:
        """What windows close with, and the dates by which rules want a sheet to have arrived."""
        found: dict[str, set[str]] = {}
        for state in self._process.states.values():
            for name, end in state.windows:
                if end is not None:
                    found.setdefault(name.partition(".")[0], set()).add(end)
        for way in self._process.every_way():
            for rule in way.rules.values():
                for term in _TERM.finditer(rule.when or ""):
                    found.setdefault(term["sheet"], set()).add(term["date"])
        return {sheet: frozenset(map(parse_instant, ends)) for sheet, ends in found.items()}

    def passed(self, event: FactsRecorded, case: Case, at: str) -> tuple[str, tuple[str, ...]]:
        """The last term that an instant is after, and the answers for which it was; else ""."""
        terms = {name.partition(".")[0]: "" for name in event.names}
        for sheet in terms:
            instants = self.by_sheet.get(sheet, ())
            ends = [self._process.dates.resolve(instant, case) for instant in instants]
            known = [to_text(end) for end in ends if end is not None]
            if known and len(known) == len(ends) and at > max(known):
                terms[sheet] = max(known)
        late = [name for name in event.names if terms[name.partition(".")[0]]]
        return max(terms.values(), default=""), tuple(sorted(late))


class Auditor:
    """Looks at each line as it is gone through, and says what about it calls for a question."""

    def __init__(self) -> None:
        self._terms: dict[str, Terms] = {}
        self._furthest = ""
        self._planned: dict[str, str] = {}

    def looks(
        self, line: Entry[Any], before: Case | None, process: Process, state: ContestState
    ) -> Found:
        """What calls for a question, and why.

        `before` is the candidature as it was, the state as the line leaves it.
        """
        if line.at < self._furthest:
            values = {"when": When(self._furthest)}
            yield "clock", Say(N_("dated before an earlier line, of {when}"), values)
        self._furthest = max(self._furthest, line.at)
        event = line.data
        if isinstance(event, FactsRecorded):
            yield from self._facts(event, line.at, before, process)
        elif isinstance(event, SheetReceived):
            yield from _entered(event.received_at, line.at)
        elif isinstance(event, TransitionMade):
            yield from _move(event, line.at, process)
            if before is not None:
                yield from _review(event, before, process, line.actor)
        else:
            yield from _panel(event, before)
            yield from _contest(event, line.n)
            yield from self._mail(event, line.at, state)

    def _facts(self, event: FactsRecorded, at: str, case: Case | None, process: Process) -> Found:
        if isinstance(event, FactsRectified):
            values = {"labels": FieldNames(event.names)}
            yield "rectification", Say(N_("rectified: {labels}"), values)
            return
        if isinstance(event, FactsReceived):
            yield from _entered(event.received_at, at)
        if case is not None:
            terms = self._terms.setdefault(process.hash, Terms(process))
            term, names = terms.passed(event, case, at)
            if term:
                says = N_("written after {when}: {labels}")
                yield "late_fact", Say(says, {"when": When(term), "labels": FieldNames(names)})

    def _mail(self, event: Any, at: str, state: ContestState) -> Found:
        match event:
            case MessageSent():
                message = state.messages[event.message]
                if is_late(message, at):
                    values = {"message": event.message, "when": When(message.due)}
                    yield "late_mail", Say(N_("{message} was due on {when}"), values)
            case MessageFailed():
                yield "failed_mail", Say(N_("failed: {message}"), {"message": event.message})
            case MessageUncertain():
                says = N_("nobody knows whether it left: {message}")
                yield "failed_mail", Say(says, {"message": event.message})
            case MessageBounced(back=True):
                yield "failed_mail", Say(N_("came back: {message}"), {"message": event.message})
            case MessagesExpired(why="late"):
                values = {"names": ", ".join(event.messages)}
                yield "failed_mail", Say(N_("never left, too late: {names}"), values)
            case MessageEdited() | MessageDropped():
                name = NotificationName(state.messages[event.message].notification)
                edited, dropped = (
                    N_("rewritten: {message} {label}"),
                    N_("dropped: {message} {label}"),
                )
                says = edited if isinstance(event, MessageEdited) else dropped
                yield "mail_by_hand", Say(says, {"message": event.message, "label": name})


def is_late(message: Message, at: str) -> bool:
    """True for a mail that left over an hour after it was due, or was released."""
    return from_text(at) - from_text(message.due) > _HOUR


def _entered(received_at: str, at: str) -> Found:
    if from_text(at) - from_text(received_at) > _DAY:
        yield "late_receipt", Say(N_("arrived on {when}"), {"when": When(received_at)})


def _move(event: TransitionMade, at: str, process: Process) -> Found:
    label = TransitionName(event.transition, event.holder)
    if event.answers:
        values = {"sheet": SheetName(event.answers), "label": label}
        yield "request", Say(N_("{sheet}, answered: {label}"), values)
        return
    if event.due and from_text(at) - from_text(event.due) >= _MINUTE:
        yield "late_move", Say(N_("for {when}, when it was due"), {"when": When(event.due)})
    way = process.ways(event.holder).get(event.transition)
    leaves = process.states.get(event.from_)
    if way is not None and (way.returns or (leaves is not None and leaves.ends)):
        yield "undone", Say("{label}", {"label": label})


def _review(event: TransitionMade, case: Case, process: Process, who: str) -> Found:
    request = process.definition.requests.get(event.answers)
    if request is None:
        return
    values = {"sheet": SheetName(event.answers)}
    if "evidence" in request.review and event.evidence is UNSET:
        yield "review", Say(N_("{sheet}, answered without a file"), values)
    elif reviews_own(process.definition, event.answers, case, who):
        yield "review", Say(N_("{sheet}, answered by who had made the decision"), values)


def _panel(event: Any, before: Case | None) -> Found:
    values: dict[str, object]
    match event:
        case ScoresRectified():
            names = tuple(name.partition("@")[0] for name in event.names)
            yield "rectification", Say(N_("rectified: {labels}"), {"labels": FieldNames(names)})
        case DeviationDecided():
            values = {"label": TransitionName(event.transition)}
            yield "deviation", Say(N_("voted: {label}"), values)
        case VoteTaken(casting=True):
            yield "casting_vote", Say(OUTCOMES[event.carried, True])
        case InstitutionRecused() if before is not None:
            label = {"label": InstitutionName(event.institution)}
            if event.panels:
                yield "recusal", Say(N_("{label} steps aside, once figures were recorded"), label)
            elif event.institution in before.scores.get(event.sheet, {}):
                yield "recusal", Say(N_("{label} steps aside, once it had given marks"), label)
        case SittingOpened(unreached=(_, *_)):
            values = {"labels": institutions(event.unreached or ())}
            yield "notice", Say(N_("that no convocation reached: {labels}"), values)
        case ConvocationRecorded():
            values = {"label": InstitutionName(event.institution), "when": When(event.at)}
            yield "notice", Say(N_("called by other means: {label}, {when}"), values)
        case RecusalLifted():
            label = {"label": InstitutionName(event.institution)}
            yield "recusal", Say(N_("{label} scores and counts again"), label)


def _contest(event: Any, n: int) -> Found:
    match event:
        case ProcessAdopted():
            values = {"before": event.from_[:12], "after": event.to[:12]}
            yield "rules", Say(N_("process {before} → {after}"), values)
        case EngineChanged() if n > _OPENING_LINES:
            yield "rules", Say(event.tells)
        case ClockAccepted():
            yield "clock", Say(N_("set back, from {when}"), {"when": When(event.stood)})
        case PersonalDataErased():
            one, several = nN_("what stood beside {count} line", "what stood beside {count} lines")
            count = len(event.lines)
            yield "erasure", Say(one, {"count": count}, several, count)


_OPENING_LINES = 2
"""The first lines, with which every ledger begins: they name the program that writes them."""
