"""The register of decisions: who took each and on what, and when its candidature was told.

It is read from the ledger alone, but for the letters that left: whether one gives the remedies is
looked up in its bytes, where those that are kept have the hash that the ledger tells.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from hashlib import sha256

from msgspec import UNSET, Struct
from msgspec.structs import replace

from ptce_workflow.app.candidatures.history import Step, Whole, whole
from ptce_workflow.app.candidatures.why import PastActs, PastMove, stopping
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.attachments import whole_mail
from ptce_workflow.app.projections import due_of
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.notation import from_text
from ptce_workflow.ledger.events.delivery import MessageDropped
from ptce_workflow.ledger.events.mail import AboutMails, MessagesCancelled, MessagesPlanned
from ptce_workflow.ledger.events.sitting import DeviationDecided
from ptce_workflow.ledger.events.transition import TransitionMade
from ptce_workflow.process.calendar import days_until
from ptce_workflow.process.candidature import Candidature, RuleContext
from ptce_workflow.process.dates import standing
from ptce_workflow.process.explain import ExplainedRule, ground_of
from ptce_workflow.process.letters.letter import remedies_of, text_alone
from ptce_workflow.process.letters.message import Message, Stage
from ptce_workflow.process.letters.planning import tell_by
from ptce_workflow.process.letters.variables import Recipient, Subject, TransitionView
from ptce_workflow.process.model.base import TemplateFault
from ptce_workflow.process.model.definition import Transition
from ptce_workflow.process.process import Process, name_of

_HOUR = timedelta(hours=1)


class Appeal(Struct, frozen=True):
    """A request against a decision, or its answer: which, its line, when, by whom."""

    label: str
    line: int
    at: datetime
    by: str = ""
    answer: Appeal | None = None


class RecordedDecision(Struct):
    """A decision on a candidature, as the lines after it leave it.

    `act` is how it was judged; `letters` the mails that tell it, as they stand. `due` is the hour
    for which they were planned, and `told_at` when it was told: by the letter that was sent last
    and did not come back, or otherwise, as a person wrote in `told_line`. It is `settled` where it
    was undone or replaced before anybody was told, and `unwritten` where no mail of its folder
    tells it. `remedies` is None where none are owed, or the bytes of the letter are not kept.
    """

    act: PastMove
    transition: Transition
    now: datetime
    due: datetime
    unwritten: bool
    letters: dict[str, Message] = {}
    told_line: int = 0
    told_otherwise: datetime | None = None
    settled: bool = False
    remedies_text: str | None = None
    remedies: bool | None = None
    terms: dict[str, datetime] = {}
    appeals: list[Appeal] = []

    @property
    def name(self) -> str:
        return name_of(self.act.process, self.act.case)

    @property
    def ground(self) -> str:
        return ground_of(self.transition)

    @property
    def stopped(self) -> Sequence[ExplainedRule]:
        return stopping(self.act.edge.rules, self.act.better)

    @property
    def sent(self) -> Message | None:
        left = (one for one in self.letters.values() if one.stage == Stage.SENT)
        return max(left, key=lambda one: one.sent, default=None)

    @property
    def told_at(self) -> datetime | None:
        return self.told_otherwise if self.sent is None else from_text(self.sent.sent)

    @property
    def tell_by(self) -> datetime:
        return tell_by(self.act.process, self.act.at, self.due)

    @property
    def days(self) -> int:
        """The days from the decision until it was told, or until now."""
        return days_until(self.told_at or self.now, self.act.at, self.act.process.zone)

    @property
    def is_late(self) -> bool:
        is_owed = not (self.settled or self.unwritten) or self.told_at is not None
        return is_owed and (self.told_at or self.now) > self.tell_by


def register(contest: Contest) -> tuple[RecordedDecision, ...]:
    """Every decision, those told late first, then by their line. Raises: PtceError."""
    with whole(contest) as ledger:
        decisions = _Register(ledger).read()
        for decision in decisions:
            decision.remedies = _gives_remedies(ledger.tx, decision)
    return tuple(sorted(decisions, key=lambda one: (not one.is_late, one.act.line)))


class _Register:
    """The decisions by the number of their line, as the lines read so far leave them."""

    def __init__(self, ledger: Whole) -> None:
        self._ledger = ledger
        self._by_line: dict[int, RecordedDecision] = {}
        self._acts = PastActs(ledger.tx, lambda case: case)

    def read(self) -> Collection[RecordedDecision]:
        for step in self._ledger.steps():
            event = step.line.data
            decides = isinstance(event, TransitionMade) and event.decision is not UNSET
            # One that upholds an earlier decision is no other: nobody is told anew.
            if isinstance(event, DeviationDecided) or (decides and event.move(step.context.case)):
                act = self._acts.of(step)
                if act is not None:
                    transition = step.process.edges(act.origin)[act.edge.name].transition
                    own = act, transition, self._ledger.now, act.at, not _telling(act)
                    self._by_line[act.line] = RecordedDecision(*own)
            before = step.take()
            if isinstance(step.line.data, AboutMails):
                self._write(step, step.line.data)
            elif before is not None:
                self._contest(step, before, step.state.cases[before.id])
        return self._by_line.values()

    def _write(self, step: Step, event: AboutMails) -> None:
        for name in event.names():
            message = step.state.messages[name]
            line = int(message.occurrence) if message.occurrence.isdecimal() else 0
            decision = self._by_line.get(line)
            if decision is None or message.notification not in _telling(decision.act):
                continue
            before = decision.letters.get(name)
            decision.letters[name] = message
            # Dropped is what stands no more, or what a person says was told otherwise.
            decision.settled = message.stage == Stage.DROPPED
            if not decision.settled:
                decision.told_otherwise, decision.told_line = None, 0
            match event:
                # Planned again for the hour of its release, its own hour is no other.
                case MessagesPlanned() if before is None or before.due != message.due:
                    decision.due = due_of(message)
                case MessagesCancelled():
                    decision.settled = event.why in ("state", "undone")
                case MessageDropped(told=True):
                    decision.told_otherwise = from_text(step.line.at)
                    decision.told_line = step.line.n
            self._open_terms(step, decision)

    def _open_terms(self, step: Step, decision: RecordedDecision) -> None:
        """Until when a decision may be contested, and the remedies that its letter owes."""
        case, process, act = step.state.cases[decision.act.case.id], step.process, decision.act
        decided, told = standing(process.definition, case), decision.told_at
        decision.terms = {}
        if told is None or not decision.transition.is_contestable:
            return
        moment, spoken = act.moment.but(now=told), process.language
        with suppress(TemplateFault):
            decision.remedies_text = remedies_text(process, case, moment, act, spoken)
        if decided is None or decided.n != act.line or act.origin in process.definition.requests:
            return
        for name, request in process.definition.requests.items():
            until = process.asked_until(name, case)
            if until is not None and process.asked_from(name, case) is not None:
                decision.terms[request.label.text] = until

    def _contest(self, step: Step, before: Candidature, after: Candidature) -> None:
        line = step.line
        for name, request in step.process.definition.requests.items():
            decided = before.contested(name).decided
            decision = None if decided is None else self._by_line.get(decided.n)
            if decision is None or not decision.transition.is_contestable:
                continue
            if after.received.get(name) != before.received.get(name):
                at = after.received[name][-1]
                decision.appeals.append(Appeal(request.label.text, line.n, at))
            elif before.is_asked(name) and not after.is_asked(name) and decision.appeals:
                label = request.transitions[line.data.transition].label.text
                answer = Appeal(label, line.n, from_text(line.at), line.actor)
                decision.appeals[-1] = replace(decision.appeals[-1], answer=answer)


def missed_hour(
    message: Message, planned: str, at: str, case: Candidature | None, process: Process
) -> str:
    """The hour that a mail which leaves at an instant has missed; "" for one that is in time.

    Over an hour late, as it was `planned` or released; that of a decision, from the decision on.
    """
    decided = case and case.decided and case.decided.at_line(message.occurrence)
    if decided and message.notification in process.definition.telling(decided.edge):
        return planned if from_text(at) > tell_by(process, decided.at, from_text(planned)) else ""
    return message.due if from_text(at) > due_of(message) + _HOUR else ""


def _telling(act: PastMove) -> tuple[str, ...]:
    return act.process.definition.telling(f"{act.origin}.{act.edge.name}")


def remedies_text(
    process: Process, case: Candidature, moment: RuleContext, decision: PastMove, language: str
) -> str:
    """What the folder says may be done against a decision; "" for a favourable one."""
    edge = decision.process.edges(decision.origin)[decision.edge.name]
    if not edge.transition.is_contestable:
        return ""
    way = decision.edge.name, decision.origin, decision.edge.to
    transition = TransitionView(*way, decision.at, decision.line, "", decision.reason or "")
    subject = Subject(Recipient(name_of(process, case)), moment, case, transition)
    return text_alone(process, remedies_of(edge), language, subject)


def _gives_remedies(tx: Transaction, decision: RecordedDecision) -> bool | None:
    """Whether the bytes that told a decision give the remedies; None where that is not known."""
    letter, text = decision.sent, decision.remedies_text
    if letter is None or text is None:
        return None
    content = whole_mail(tx.unit, tx.contest, letter.number).content
    if content is None or sha256(content).hexdigest() != letter.sha256:
        return None
    part = message_from_bytes(content, policy=policy.default).get_body(("plain",))
    said = "" if part is None else part.get_content()
    return bool(text) and " ".join(text.split()) in " ".join(said.split())
