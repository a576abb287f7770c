"""The law, asked before something is recorded: its first breach, in words that mend it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.post.plan import Mailing
from ptce_workflow.app.preconditions import instant_of_line, last_instant
from ptce_workflow.app.projections import keys_told, rows_of
from ptce_workflow.app.transaction import Policies, Transaction, Words
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.base import Breach, Context, Entry, Event, Sides
from ptce_workflow.ledger.state import Hours
from ptce_workflow.process.rules.totals import STATE

if TYPE_CHECKING:
    from ptce_workflow.ledger.state import Person
    from ptce_workflow.process.letters.message import MailKey, Message
    from ptce_workflow.process.process import Process
    from ptce_workflow.process.rules.case import Case


class Seen:
    """The contest as a transaction sees it: `ledger.events.before.Before`, over the database."""

    adopted = None
    # Whoever records asks for none.
    versions: Mapping[str, str] = {}

    def __init__(self, act: Transaction, after: Process | None = None) -> None:
        self._act, self._after = act, after
        self.process = act.process.hash
        self.meeting = act.meeting
        self.facts = act.facts
        self.sittings = act.sittings
        self.counters = act.counters
        self.every_case = act.every_case
        self.people = act.people

    @property
    def rehearsal(self) -> bool:
        """True when its clock may be set by hand."""
        return self._act.rehearsal

    @property
    def begun(self) -> str:
        """The instant of its first line."""
        return instant_of_line(self._act.unit, self._act.contest, 1) or ""

    @property
    def hours(self) -> Hours:
        """The furthest instants that its lines have reached, as the last one tells."""
        unit, now = self._act.unit, to_text(self._act.now)
        last = last_instant(unit, self._act.contest) or now
        return Hours(last, max(last, now))

    @property
    def keys(self) -> Mapping[str, int]:
        """The keys that sign checkpoints, each with the line from which it does."""
        return keys_told(self._act.unit, self._act.contest)

    def case(self, id_: str) -> Case | None:
        """A candidature."""
        try:
            return self._act.case(id_)
        except KeyError:
            return None

    def candidatures(self) -> int:
        """The number of candidatures."""
        counters = self._act.counters().items()
        return sum(number for (name, _state), number in counters if name == STATE)

    def message(self, name: str) -> Message | None:
        """A mail."""
        return self._act.mail.message(name)

    def messages(self) -> int:
        """The number of messages."""
        return self._act.unit.last_message(self._act.contest)

    def messages_of(self, case_id: str | None) -> Mapping[MailKey, Message]:
        """Those about a candidature, or about the contest as a whole."""
        return self._act.mail.messages_about(case_id)

    def person(self, pseudonym: str) -> Person | None:
        """Someone who was enrolled, whether or not they have left."""
        return next((one for one in self.people() if one.pseudonym == pseudonym), None)

    def set_off_about(self, case_id: str) -> Mapping[int, tuple[str, ...]]:
        """The mails that the act under way has set off about a candidature, by line."""
        return {one.line: one.mails for one in self._act.set_off.get(case_id, ())}

    def beside(self, subject: str) -> Mapping[int, Entry[Any] | None]:
        """The lines with a side row about somebody that is there still."""
        return rows_of(self._act.unit, self._act.contest, subject)

    def process_of(self, hash_: str) -> Process | None:
        """The process that is about to be adopted."""
        return self._after if self._after is not None and self._after.hash == hash_ else None


def context(
    act: Transaction,
    case_id: str | None = None,
    *,
    subjects: Collection[str] = (),
    after: Process | None = None,
) -> Context:
    """The surroundings of an event that an act is about to record; `subjects` have side rows.

    `after` is the process that it adopts, if it does.
    """
    actor, now, before = act.actor, act.now, Seen(act, after)
    at = to_text(now)
    return Context(before, act.process, case_id, at, now, actor.pseudonym, actor, subjects)


def judge(act: Transaction, case_id: str | None, event: Event, sides: Sides, words: Words) -> None:
    """Lets an event through that the law allows.

    *Raises* PtceError for the first clause that it would break.
    """
    ctx = context(act, case_id, subjects=sides.keys())
    ctx.sides = sides
    ask(event.may(ctx), words)


def ask(breaches: Iterable[Breach], words: Words) -> None:
    """Raises the first breach, as the use case words it, or as an auditor reads it."""
    for breach in breaches:
        worded = words.get(breach.clause)
        if worded is None:
            raise PtceError(_(breach.clause.says), breach.why)
        raise worded(breach)


STANDARD = Policies(Mailing, judge)
"""The law of the events, and the mails that the process announces."""
