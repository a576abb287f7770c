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
from ptce_workflow.ledger.events import base as events
from ptce_workflow.ledger.events import contest, delivery, erasure, facts, mail, panel, sitting
from ptce_workflow.ledger.events.transition import TransitionMade
from ptce_workflow.ledger.state import ContestState
from ptce_workflow.process.calendar import Instant, parse_instant
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.dates import reviews_own
from ptce_workflow.process.letters.planning import planner_of
from ptce_workflow.process.model.notification import DESK_LETTER
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
_OPENING_LINES = 2
"""The first lines, with which every ledger begins: they name the program that writes them."""
_TERM = re.compile(r"\breceived\.(?P<sheet>\w+) <=? (?P<date>date\.\w+)")

Questions = Iterator[tuple[str, events.Phrase]]
"""The kinds of findings, and what about a line calls for a question."""


def _phrase(message: str, /, **values: object) -> events.Phrase:
    return events.Phrase(message, values)


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


class Auditor:
    """Looks at each line as it is gone through, and says what about it calls for a question."""

    def __init__(self) -> None:
        self._terms: dict[str, Terms] = {}
        self._furthest = ""
        self._entered: set[tuple[str, str]] = set()
        self._opened: sitting.SittingOpened | None = None
        self._decided: dict[str, str] = {}
        self._planned: dict[str, str] = {}
        self._due: dict[str, str] = {}

    def looks(
        self,
        line: events.Entry[Any],
        before: Candidature | None,
        process: Process,
        state: ContestState,
    ) -> Questions:
        """What calls for a question, and why; `before` and after the line."""
        if line.at < self._furthest:
            when = events.When(self._furthest)
            yield "clock", _phrase(N_("dated before an earlier line, of {when}"), when=when)
        self._furthest = max(self._furthest, line.at)
        event = line.data
        match event:
            case facts.FactsRectified():
                yield _rectified(event.names)
            case facts.FactsRecorded() | facts.SheetReceived():
                yield from self._facts(event, line, before, process)
            case TransitionMade():
                if self._opened is not None and not event.takes_up:
                    self._decided[line.case or ""] = event.transition
                yield from _move(event, line, before, process)
            case sitting.SittingClosed():
                yield from self._sitting(event, process, state)
            case _:
                if isinstance(event, sitting.SittingOpened):
                    self._opened, self._decided = event, {}
                yield from _other(event, line.n, before)
                yield from self._mail(event, line.at, state, before, process)

    def _facts(
        self,
        event: facts.FactsRecorded | facts.SheetReceived,
        line: events.Entry[Any],
        case: Candidature | None,
        process: Process,
    ) -> Questions:
        """What was entered over a day after it arrived, or after its term; a request without proof.

        An arrival is told once, however many lines tell it.
        """
        names = (event.sheet,) if isinstance(event, facts.SheetReceived) else event.names
        sheets = [*dict.fromkeys(name.partition(".")[0] for name in names)]
        terms = self._terms.setdefault(process.hash, Terms(process))
        ends = {sheet: "" if case is None else terms.end(sheet, case) for sheet in sheets}
        requests = process.definition.requests
        if isinstance(event, facts.SheetReceived | facts.FactsReceived):
            first, arrived = sheets[0], event.received_at
            key = line.case or "", arrived
            if from_text(line.at) - from_text(arrived) > _DAY and key not in self._entered:
                self._entered.add(key)
                kind = "late_receipt" if arrived <= ends[first] < line.at else "late_entry"
                kind = "late_request" if first in requests else kind
                yield kind, _phrase(N_("arrived on {when}"), when=events.When(arrived))
        if isinstance(event, facts.SheetReceived):
            if event.sheet in requests and event.evidence is None:
                sheet = events.SheetName(event.sheet)
                yield "no_file", _phrase(N_("{sheet}, entered without a file"), sheet=sheet)
        elif past := {sheet: end for sheet, end in ends.items() if "" < end < line.at}:
            late = sorted(name for name in names if name.partition(".")[0] in past)
            when, labels = events.When(max(past.values())), events.FieldNames(tuple(late))
            says = N_("written after {when}: {labels}")
            yield "late_fact", _phrase(says, when=when, labels=labels)

    def _sitting(
        self, event: sitting.SittingClosed, process: Process, state: ContestState
    ) -> Questions:
        """A sitting that decided nothing, and whom it gave less than it gave a worse ranked one."""
        opened, self._opened = self._opened, None
        if opened is None:
            return
        if event.next_call is not UNSET:
            quorum = N_("nothing was decided, for want of a quorum; present: {present}")
            nothing = N_("nothing was decided; present: {present}")
            present = sitting.institutions(opened.present)
            yield "in_vain", _phrase(quorum if event.next_call else nothing, present=present)
        held = process.definition.config.sittings.get(opened.sitting)
        if held is None:
            return
        panels = {id_: state.cases[id_].panels.get(held.panel, {}) for id_ in self._decided}
        placed = sorted(
            (panels[id_]["rank"], held.decides.index(name), id_, events.TransitionName(name))
            for id_, name in self._decided.items()
            if name in held.decides and "rank" in panels[id_]
        )
        says = N_("{ref}, rank {rank}: {label}; {other}, rank {place}: {instead}")
        for rank, given, id_, label in placed:
            others = (one for one in placed if one[0] > rank and one[1] < given)
            if (other := next(others, None)) is not None:
                place, _given, worse, instead = other
                refs = {"ref": events.CandidatureName(id_), "other": events.CandidatureName(worse)}
                values = {"rank": rank, "label": label, "place": place, "instead": instead}
                yield "passed_over", events.Phrase(says, {**refs, **values})

    def _mail(
        self, event: Any, at: str, state: ContestState, case: Candidature | None, process: Process
    ) -> Questions:
        match event:
            case mail.MessagesPlanned():
                moved = (one for one in event.messages if self._due.get(one.message) != one.due)
                self._planned |= {one.message: one.due for one in moved}
            case delivery.MessageSent(message=name):
                planned = self._planned[name]
                if due := missed_hour(state.messages[name], planned, at, case, process):
                    says = N_("{message} was due on {when}")
                    yield "late_mail", _phrase(says, message=name, when=events.When(due))
            case delivery.MessageFailed(message=name):
                yield "failed_mail", _phrase(N_("failed: {message}"), message=name)
            case delivery.MessageUncertain(message=name):
                says = N_("nobody knows whether it left: {message}")
                yield "failed_mail", _phrase(says, message=name)
            case delivery.MessageBounced(message=name, back=True):
                yield "failed_mail", _phrase(N_("came back: {message}"), message=name)
            case mail.MessagesExpired(why="late"):
                notifications = {state.messages[name].notification for name in event.messages}
                decides = notifications & {*planner_of(process).decisions}
                says, names = N_("never left, too late: {names}"), ", ".join(event.messages)
                yield "failed_mail" if decides else "expired_mail", _phrase(says, names=names)
            case delivery.MessageEdited(message=name) | delivery.MessageDropped(message=name):
                says, kind = N_("dropped: {message} {label}"), state.messages[name].notification
                if isinstance(event, delivery.MessageEdited):
                    says = N_("rewritten: {message} {label}")
                    if kind == DESK_LETTER:
                        says = N_("written: {message} {label}")
                label = events.NotificationName(kind)
                yield "mail_by_hand", _phrase(says, message=name, label=label)
        if isinstance(event, mail.AboutMails):
            self._due |= {name: state.messages[name].due for name in event.names()}


def _rectified(names: tuple[str, ...]) -> tuple[str, events.Phrase]:
    return "rectification", _phrase(N_("rectified: {labels}"), labels=events.FieldNames(names))


def _move(
    event: TransitionMade, line: events.Entry[Any], case: Candidature | None, process: Process
) -> Questions:
    label = events.TransitionName(event.transition, event.holder)
    if event.answers:
        sheet = events.SheetName(event.answers)
        request = process.definition.requests.get(event.answers)
        yield "request", _phrase(N_("{sheet}, answered: {label}"), sheet=sheet, label=label)
        if request is None or case is None:
            return
        if "evidence" in request.review and event.evidence is UNSET:
            yield "review", _phrase(N_("{sheet}, answered without a file"), sheet=sheet)
        elif reviews_own(process.definition, event.answers, case, line.actor):
            says = N_("{sheet}, answered by who had made the decision")
            yield "review", _phrase(says, sheet=sheet)
        return
    if event.due and (late := from_text(line.at) - from_text(event.due)) >= _MINUTE:
        kind = "late_move" if late > _HOUR else "slow_move"
        yield kind, _phrase(N_("for {when}, when it was due"), when=events.When(event.due))
    edge = process.edges(event.holder).get(event.transition)
    leaves = process.states.get(event.from_)
    if edge is not None and (edge.returns or (leaves is not None and leaves.ends)):
        yield "undone", _phrase("{label}", label=label)


def _other(event: Any, n: int, before: Candidature | None) -> Questions:
    match event:
        case panel.ScoresRectified():
            yield _rectified(tuple(name.partition("@")[0] for name in event.names))
        case panel.ScoresGiven(institution=name) if before is not None:
            given = before.scores.get(event.sheet, {}).get(name, {})
            for change in event.changes(given):
                says = N_("{label}: {value}")
                yield "mark", _phrase(says, label=events.InstitutionName(name), value=change)
        case sitting.DeviationDecided():
            says = N_("voted: {label}")
            yield "deviation", _phrase(says, label=events.TransitionName(event.transition))
        case sitting.VoteTaken(casting=True):
            yield "casting_vote", events.Phrase(sitting.OUTCOMES[event.carried, True])
        case panel.InstitutionRecused(institution=name) if before is not None:
            figures = N_("{label} steps aside, once figures were recorded")
            marks = N_("{label} steps aside, once it had given marks")
            if event.panels or name in before.scores.get(event.sheet, {}):
                says = figures if event.panels else marks
                yield "recusal", _phrase(says, label=events.InstitutionName(name))
        case panel.RecusalLifted(institution=name):
            says = N_("{label} scores and counts again")
            yield "recusal", _phrase(says, label=events.InstitutionName(name))
        case sitting.SittingOpened(unreached=(_, *_) as names):
            labels = sitting.institutions(names)
            yield "notice", _phrase(N_("that no convocation reached: {labels}"), labels=labels)
        case sitting.ConvocationRecorded(institution=name):
            says, label = N_("called by other means: {label}, {when}"), events.InstitutionName(name)
            yield "notice", _phrase(says, label=label, when=events.When(event.at))
        case contest.ProcessAdopted():
            says = N_("process {before} → {after}")
            yield "rules", _phrase(says, before=event.from_[:12], after=event.to[:12])
        case contest.EngineChanged() if n > _OPENING_LINES:
            yield "rules", events.Phrase(event.tells)
        case contest.ClockAccepted():
            yield "clock", _phrase(N_("set back, from {when}"), when=events.When(event.stood))
        case erasure.PersonalDataErased(lines=lines):
            one, several = nN_("what stood beside {count} line", "what stood beside {count} lines")
            yield "erasure", events.Phrase(one, {"count": len(lines)}, several, len(lines))
