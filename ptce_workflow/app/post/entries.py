"""Calendar entries that were sent: updated as their date moves, taken back where it is off.

Whoever has, or may have, one gets it once more, under the next sequence (RFC 5546); one that is
taken back goes out of calendars, in words of the program's own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ptce_workflow.base.encoding import from_json, from_text
from ptce_workflow.process.letters.message import MailKey
from ptce_workflow.process.letters.outbox import PENDING, Stage
from ptce_workflow.process.letters.planning import (
    entry_occurrence,
    entry_turns,
    event_of,
    planner_of,
    takes_back,
)

if TYPE_CHECKING:
    from ptce_workflow.process.letters.message import Message
    from ptce_workflow.process.process import Process
    from ptce_workflow.process.rules.case import Case


class Outbox(Protocol):
    """The messages of one act, `Mailing`, as far as entries need them."""

    @property
    def at(self) -> datetime:
        """The instant of the act."""

    def rows_about(self, case: Case | None) -> list[Message]:
        """Every message about a candidature, or the contest, as the act has left it."""

    def as_changed(self, row: Message) -> Message:
        """A message as the act has left it."""

    def can_reach(self, recipient: str) -> bool:
        """True for a contact, and for anyone enrolled who can be written to."""

    def goes_to(self, recipient: str, name: str) -> bool:
        """True when a recipient can be written to, and has the role that a mail is for."""

    def cancel(
        self, case_id: str, rows: Sequence[Message], why: Literal["process", "state"]
    ) -> None:
        """Cancels messages that have not left."""

    def plan(
        self,
        case_id: str,
        ahead: Mapping[MailKey, datetime],
        rows: Sequence[Message],
        *,
        sequence: int = 0,
    ) -> None:
        """Plans messages; one that was cancelled is planned again under its name."""


_ARRIVED = (Stage.SENT, Stage.UNCERTAIN, Stage.DATA)


def entry_in(words: str) -> Mapping[str, Any] | None:
    """The calendar entry among what was written; None where there is none."""
    return from_json(words).get("entry") if words else None


def after_adoption(
    mailing: Outbox, before: Process, after: Process, case: Case | None, doubted: Collection[int]
) -> None:
    """Plans what those are to get whose entry says another hour than the date, or is off.

    *Shape* `doubted` are the numbers of the messages that may have arrived, whatever their stage.
    """
    turns = {
        name: turn
        for name in before.definition.notifications
        if (turn := entry_turns(before, after, name, case)) is not None
    }
    if not turns:
        return
    rows = [row for row in mailing.rows_about(case) if row.notification in turns]
    # Each mail tells its own update; what is off is told once, whatever mails there were.
    for had in _apart(rows, lambda row: _told_by(turns[row.notification], row)):
        event, off = turns[had[0].notification]
        _follow_up(mailing, had, event, doubted, off=off)


def _told_by(turn: tuple[str, bool], row: Message) -> str:
    event, off = turn
    return event if off else f"{event} {row.notification}"


def after_move(mailing: Outbox, process: Process, before: str, case: Case) -> None:
    """Frees a candidature of what it is invited to no more, or invites it to that once more."""
    planner = planner_of(process)
    if not planner.turns(before, case.state):
        return
    rows = mailing.rows_about(case)
    for had in _apart(rows, lambda row: event_of(process, row.notification, row.occurrence) or ""):
        event = event_of(process, had[0].notification, had[0].occurrence)
        arrived = [row for row in had if row.stage in _ARRIVED]
        invited = event and planner.invites(event, case.state)
        if not (event and arrived) or invited is None:
            continue
        back = [row for row in had if row.stage in PENDING and takes_back(row.occurrence)]
        if invited:
            mailing.cancel(case.id, back, "state")
        anew = any(row.stage in PENDING and not row.sequence for row in had)
        if takes_back(arrived[-1].occurrence) == invited and not (invited and anew):
            _follow_up(mailing, had, event, (), off=not invited)


def _apart(rows: Iterable[Message], key: Callable[[Message], str]) -> Iterable[list[Message]]:
    """The messages to each reader that go together, in the order in which they left."""
    found: dict[tuple[str, str], list[Message]] = {}
    for row in sorted(rows, key=lambda row: (row.next_at, row.number)):
        found.setdefault((key(row), row.recipient), []).append(row)
    return found.values()


def _follow_up(
    mailing: Outbox,
    had: list[Message],
    event: str,
    doubted: Collection[int],
    *,
    off: bool,
) -> None:
    """Plans the next entry for one reader who has, or may have, one already."""
    arrived = [row for row in had if row.stage in _ARRIVED or row.number in doubted]
    if not arrived or (off and _is_over(arrived[-1], mailing.at)):
        return
    last, case_id = arrived[-1], arrived[-1].case_id
    # What would still leave with another date than what follows.
    overtaken = [
        row for row in had if row.stage in PENDING and (row.sequence or row.number in doubted)
    ]
    mailing.cancel(case_id, overtaken, "process")
    if off and takes_back(last.occurrence):
        return
    recipient, name = last.recipient, last.notification
    if mailing.can_reach(recipient) if off else mailing.goes_to(recipient, name):
        sequence = max(row.sequence for row in had if row.notification == name) + 1
        slot = MailKey(name, entry_occurrence(event, sequence, off=off), recipient)
        rows = [mailing.as_changed(row) for row in had]
        mailing.plan(case_id, {slot: mailing.at}, rows, sequence=sequence)


def _is_over(row: Message, now: datetime) -> bool:
    """True where the hour has come that somebody's entry tells, or nobody knows it."""
    entry = entry_in(row.words)
    return entry is None or from_text(entry["begins"]) <= now
