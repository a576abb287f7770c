"""The lines of a ledger that call for an auditor's question, by kind and level."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any

from msgspec import UNSET

from ptce_workflow.app.candidatures.decisions import missed_hour
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.words import N_, nN_
from ptce_workflow.ledger.events.base import (
    CandidatureName,
    Entry,
    FieldNames,
    InstitutionName,
    NotificationName,
    Phrase,
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
from ptce_workflow.ledger.events.facts import (
    FactsReceived,
    FactsRecorded,
    FactsRectified,
    SheetReceived,
)
from ptce_workflow.ledger.events.mail import AboutMails, MessagesExpired, MessagesPlanned
from ptce_workflow.ledger.events.panel import (
    InstitutionRecused,
    RecusalLifted,
    ScoresGiven,
    ScoresRectified,
)
from ptce_workflow.ledger.events.sitting import (
    OUTCOMES,
    ConvocationRecorded,
    DeviationDecided,
    SittingClosed,
    SittingOpened,
    VoteTaken,
    institutions,
)
from ptce_workflow.ledger.events.transition import TransitionMade
from ptce_workflow.ledger.state import ContestState
from ptce_workflow.process.calendar import Instant, parse_instant
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.dates import reviews_own
from ptce_workflow.process.letters.planning import planner_of
from ptce_workflow.process.model.sheets import Sitting
from ptce_workflow.process.process import Process

LEVELS: Mapping[str, str] = {
    "chosen": N_("Changes who is chosen"),
    "right": N_("Touches a right"),
    "routine": N_("Routine"),
}
"""The levels of what calls for a question, in the order in which they are looked at."""

_BY_LEVEL: Mapping[str, Mapping[str, str]] = {
    "chosen": {
        "limit": N_("Limits that changed after a sitting had read them"),
        "rules": N_("Rules changed, or the program that judges"),
        "late_receipt": N_("Arrivals entered after their term, for an hour before it"),
        "rectification": N_("Answers and marks mended afterwards"),
        "mark": N_("Marks changed before they were closed"),
        "recusal": N_("Stepping aside once marks were given, and coming back"),
        "in_vain": N_("Sittings that decided nothing"),
        "casting_vote": N_("Votes that the chair alone settled"),
        "deviation": N_("Decisions that depart from the ranking"),
        "passed_over": N_("Ranked better, and given less"),
        "undone": N_("Decisions and moves taken back"),
    },
    "right": {
        "late_fact": N_("Answers written after their term"),
        "late_move": N_("Made by time over an hour after its own"),
        "late_request": N_("Requests entered over a day later"),
        "no_file": N_("Requests entered without a file"),
        "request": N_("Requests answered"),
        "review": N_("Requests answered otherwise than the folder wants"),
        "notice": N_("Sittings to which an institution was not called, or not by a mail"),
        "failed_mail": N_("Mails that failed or came back, and decisions that never left"),
        "late_mail": N_("Mails that left over an hour late, and decisions told late"),
        "mail_by_hand": N_("Mails rewritten or held back by a person"),
        "clock": N_("The clock"),
        "erasure": N_("Personal data erased"),
    },
    "routine": {
        "late_entry": N_("Arrivals entered over a day later"),
        "slow_move": N_("Made by time within the hour after its own"),
        "expired_mail": N_("Mails that were of no more use, and never left"),
    },
}

KINDS: Mapping[str, str] = {
    kind: heading for kinds in _BY_LEVEL.values() for kind, heading in kinds.items()
}
"""The headings of the kinds of findings, in the order in which they are looked at."""

LEVEL_OF: Mapping[str, str] = {kind: level for level, kinds in _BY_LEVEL.items() for kind in kinds}
"""The level of each kind of findings."""

_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_TERM = re.compile(r"\breceived\.(?P<sheet>\w+) <=? (?P<date>date\.\w+)")

Questions = Iterator[tuple[str, Phrase]]


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
        for edge in self._process.every_edge():
            for rule in edge.rules.values():
                for term in _TERM.finditer(rule.when or ""):
                    found.setdefault(term["sheet"], set()).add(term["date"])
        return {sheet: frozenset(map(parse_instant, ends)) for sheet, ends in found.items()}

    def end(self, sheet: str, case: Candidature) -> str:
        """The last term of a sheet; "" where it has none, or one that hangs on what is to come."""
        instants = self.by_sheet.get(sheet, ())
        ends = [self._process.dates.resolve(instant, case) for instant in instants]
        texts = [to_text(end) for end in ends if end is not None]
        return max(texts) if texts and len(texts) == len(ends) else ""

    def passed(
        self, event: FactsRecorded, case: Candidature, at: str
    ) -> tuple[str, tuple[str, ...]]:
        """The last term that an instant is after, and the answers for which it was; else ""."""
        terms = {
            sheet: end
            for sheet in dict.fromkeys(name.partition(".")[0] for name in event.names)
            if "" < (end := self.end(sheet, case)) < at
        }
        late = [name for name in event.names if name.partition(".")[0] in terms]
        return max(terms.values(), default=""), tuple(sorted(late))


class Auditor:
    """Looks at each line as it is gone through, and says what about it calls for a question."""

    def __init__(self) -> None:
        self._terms: dict[str, Terms] = {}
        self._furthest = ""
        self._entered: set[tuple[str, str]] = set()
        self._opened: SittingOpened | None = None
        self._decided: dict[str, str] = {}
        self._planned: dict[str, str] = {}
        self._due: dict[str, str] = {}

    def looks(
        self, line: Entry[Any], before: Candidature | None, process: Process, state: ContestState
    ) -> Questions:
        """What calls for a question, and why; `before` and after the line."""
        if line.at < self._furthest:
            values = {"when": When(self._furthest)}
            yield "clock", Phrase(N_("dated before an earlier line, of {when}"), values)
        self._furthest = max(self._furthest, line.at)
        event = line.data
        if isinstance(event, FactsRecorded):
            yield from self._facts(event, line, before, process)
        elif isinstance(event, SheetReceived):
            yield from self._arrival(event, line, before, process)
            request = event.sheet in process.definition.requests
            if request and event.evidence is None:
                says = N_("{sheet}, entered without a file")
                yield "no_file", Phrase(says, {"sheet": SheetName(event.sheet)})
        elif isinstance(event, TransitionMade):
            if self._opened is not None and not event.takes_up:
                self._decided[line.case or ""] = event.transition
            yield from _move(event, line.at, process)
            if before is not None:
                yield from _review(event, before, process, line.actor)
        else:
            yield from _panel(event, before)
            yield from self._sitting(event, process, state)
            yield from _contest(event, line.n)
            yield from self._mail(event, line.at, state, before, process)

    def _facts(
        self, event: FactsRecorded, line: Entry[Any], case: Candidature | None, process: Process
    ) -> Questions:
        if isinstance(event, FactsRectified):
            values = {"labels": FieldNames(event.names)}
            yield "rectification", Phrase(N_("rectified: {labels}"), values)
            return
        if isinstance(event, FactsReceived):
            yield from self._arrival(event, line, case, process)
        if case is not None:
            term, names = self._terms_of(process).passed(event, case, line.at)
            if term:
                says = N_("written after {when}: {labels}")
                yield "late_fact", Phrase(says, {"when": When(term), "labels": FieldNames(names)})

    def _terms_of(self, process: Process) -> Terms:
        return self._terms.setdefault(process.hash, Terms(process))

    def _arrival(
        self,
        event: SheetReceived | FactsReceived,
        line: Entry[Any],
        case: Candidature | None,
        process: Process,
    ) -> Questions:
        """An arrival that was entered over a day later, once however many lines tell it."""
        received_at = event.received_at
        sheet = (
            event.sheet if isinstance(event, SheetReceived) else event.names[0].partition(".")[0]
        )
        late = from_text(line.at) - from_text(received_at) > _DAY
        if not late or (line.case or "", received_at) in self._entered:
            return
        self._entered.add((line.case or "", received_at))
        end = "" if case is None else self._terms_of(process).end(sheet, case)
        kind = "late_receipt" if received_at <= end < line.at else "late_entry"
        if sheet in process.definition.requests:
            kind = "late_request"
        yield kind, Phrase(N_("arrived on {when}"), {"when": When(received_at)})

    def _sitting(self, event: Any, process: Process, state: ContestState) -> Questions:
        """A sitting that decided nothing, and whom it gave less than it gave a worse ranked one."""
        if isinstance(event, SittingOpened):
            self._opened, self._decided = event, {}
        if not isinstance(event, SittingClosed) or self._opened is None:
            return
        opened, self._opened = self._opened, None
        if event.next_call is not UNSET:
            quorum = N_("nothing was decided, for want of a quorum; present: {present}")
            nothing = N_("nothing was decided; present: {present}")
            present = {"present": institutions(opened.present)}
            yield "in_vain", Phrase(quorum if event.next_call else nothing, present)
        sitting = process.definition.config.sittings.get(opened.sitting)
        if sitting is not None:
            yield from self._passed_over(sitting, state)

    def _passed_over(self, sitting: Sitting, state: ContestState) -> Questions:
        panels = {id_: state.cases[id_].panels.get(sitting.panel, {}) for id_ in self._decided}
        placed = sorted(
            (panels[id_]["rank"], sitting.decides.index(name), id_, TransitionName(name))
            for id_, name in self._decided.items()
            if name in sitting.decides and "rank" in panels[id_]
        )
        for rank, place, id_, label in placed:
            for worse, better_place, other, instead in placed:
                if worse > rank and better_place < place:
                    values = {"ref": CandidatureName(id_), "rank": rank, "label": label}
                    values |= {"other": CandidatureName(other), "place": worse, "instead": instead}
                    says = N_("{ref}, rank {rank}: {label}; {other}, rank {place}: {instead}")
                    yield "passed_over", Phrase(says, values)
                    break

    def _mail(
        self,
        event: Any,
        at: str,
        state: ContestState,
        case: Candidature | None,
        process: Process,
    ) -> Questions:
        match event:
            case MessagesPlanned():
                moved = (one for one in event.messages if self._due.get(one.message) != one.due)
                self._planned |= {one.message: one.due for one in moved}
            case MessageSent():
                message, planned = state.messages[event.message], self._planned[event.message]
                if due := missed_hour(message, planned, at, case, process):
                    values = {"message": event.message, "when": When(due)}
                    yield "late_mail", Phrase(N_("{message} was due on {when}"), values)
            case MessageFailed():
                yield "failed_mail", Phrase(N_("failed: {message}"), {"message": event.message})
            case MessageUncertain():
                says = N_("nobody knows whether it left: {message}")
                yield "failed_mail", Phrase(says, {"message": event.message})
            case MessageBounced(back=True):
                yield "failed_mail", Phrase(N_("came back: {message}"), {"message": event.message})
            case MessagesExpired(why="late"):
                values = {"names": ", ".join(event.messages)}
                sent = {state.messages[name].notification for name in event.messages}
                kind = "failed_mail" if sent & {*planner_of(process).decisions} else "expired_mail"
                yield kind, Phrase(N_("never left, too late: {names}"), values)
            case MessageEdited() | MessageDropped():
                name = NotificationName(state.messages[event.message].notification)
                edited, dropped = (
                    N_("rewritten: {message} {label}"),
                    N_("dropped: {message} {label}"),
                )
                says = edited if isinstance(event, MessageEdited) else dropped
                yield "mail_by_hand", Phrase(says, {"message": event.message, "label": name})
        if isinstance(event, AboutMails):
            self._due |= {name: state.messages[name].due for name in event.names()}


def _move(event: TransitionMade, at: str, process: Process) -> Questions:
    label = TransitionName(event.transition, event.holder)
    if event.answers:
        values = {"sheet": SheetName(event.answers), "label": label}
        yield "request", Phrase(N_("{sheet}, answered: {label}"), values)
        return
    if event.due and (late := from_text(at) - from_text(event.due)) >= _MINUTE:
        kind = "late_move" if late > _HOUR else "slow_move"
        yield kind, Phrase(N_("for {when}, when it was due"), {"when": When(event.due)})
    edge = process.edges(event.holder).get(event.transition)
    leaves = process.states.get(event.from_)
    if edge is not None and (edge.returns or (leaves is not None and leaves.ends)):
        yield "undone", Phrase("{label}", {"label": label})


def _review(event: TransitionMade, case: Candidature, process: Process, who: str) -> Questions:
    request = process.definition.requests.get(event.answers)
    if request is None:
        return
    values = {"sheet": SheetName(event.answers)}
    if "evidence" in request.review and event.evidence is UNSET:
        yield "review", Phrase(N_("{sheet}, answered without a file"), values)
    elif reviews_own(process.definition, event.answers, case, who):
        yield "review", Phrase(N_("{sheet}, answered by who had made the decision"), values)


def _panel(event: Any, before: Candidature | None) -> Questions:
    values: dict[str, object]
    match event:
        case ScoresRectified():
            names = tuple(name.partition("@")[0] for name in event.names)
            yield "rectification", Phrase(N_("rectified: {labels}"), {"labels": FieldNames(names)})
        case ScoresGiven() if before is not None:
            given = before.scores.get(event.sheet, {}).get(event.institution, {})
            institution = InstitutionName(event.institution)
            for change in event.changes(given):
                values = {"label": institution, "value": change}
                yield "mark", Phrase(N_("{label}: {value}"), values)
        case DeviationDecided():
            values = {"label": TransitionName(event.transition)}
            yield "deviation", Phrase(N_("voted: {label}"), values)
        case VoteTaken(casting=True):
            yield "casting_vote", Phrase(OUTCOMES[event.carried, True])
        case InstitutionRecused() if before is not None:
            label = {"label": InstitutionName(event.institution)}
            if event.panels:
                yield (
                    "recusal",
                    Phrase(N_("{label} steps aside, once figures were recorded"), label),
                )
            elif event.institution in before.scores.get(event.sheet, {}):
                yield "recusal", Phrase(N_("{label} steps aside, once it had given marks"), label)
        case SittingOpened(unreached=(_, *_)):
            values = {"labels": institutions(event.unreached or ())}
            yield "notice", Phrase(N_("that no convocation reached: {labels}"), values)
        case ConvocationRecorded():
            values = {"label": InstitutionName(event.institution), "when": When(event.at)}
            yield "notice", Phrase(N_("called by other means: {label}, {when}"), values)
        case RecusalLifted():
            label = {"label": InstitutionName(event.institution)}
            yield "recusal", Phrase(N_("{label} scores and counts again"), label)


def _contest(event: Any, n: int) -> Questions:
    match event:
        case ProcessAdopted():
            values = {"before": event.from_[:12], "after": event.to[:12]}
            yield "rules", Phrase(N_("process {before} → {after}"), values)
        case EngineChanged() if n > _OPENING_LINES:
            yield "rules", Phrase(event.tells)
        case ClockAccepted():
            yield "clock", Phrase(N_("set back, from {when}"), {"when": When(event.stood)})
        case PersonalDataErased():
            one, several = nN_("what stood beside {count} line", "what stood beside {count} lines")
            count = len(event.lines)
            yield "erasure", Phrase(one, {"count": count}, several, count)


_OPENING_LINES = 2
"""The first lines, with which every ledger begins: they name the program that writes them."""
