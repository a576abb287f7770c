"""Mails on their way when the process changes: written anew, or followed by an update."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING

from ptce_workflow.desk.mailing import CONTEST, PROCESS, Mailing, name_of
from ptce_workflow.ledger.events.codec import read
from ptce_workflow.process.notifications.outbox import PENDING, Move, Stage
from ptce_workflow.process.notifications.planning import Slot

if TYPE_CHECKING:
    from datetime import datetime

    from ptce_workflow.desk.act import Act
    from ptce_workflow.process.case import Case
    from ptce_workflow.process.process import Process
    from ptce_workflow.store.rows import MessageRow

_QUEUED = (Stage.QUEUED, Stage.RETRY, Stage.CLAIMED)
_RECEIVED = (Stage.SENT, Stage.UNCERTAIN, Stage.DATA)
_DOUBT = b'"type":"message_uncertain"'


def doubted(act: Act) -> frozenset[str]:
    """The names of the messages of which nobody knew, once at least, whether they arrived."""
    if not act.unit.last_message(act.contest):
        return frozenset()
    # Only the ledger remembers; a search of its bytes finds the few lines that are worth reading.
    return frozenset(
        str(read(row.line).data.message)
        for _n, row, _sides in act.unit.entries(act.contest)
        if row is not None and _DOUBT in row.line
    )


def rewrite_queued(act: Act) -> frozenset[str]:
    """Has what waits in the queue written anew: the process has changed what it would say.

    What may have arrived leaves as the very same mail; the names of those messages.
    """
    in_doubt = doubted(act)
    for stage in _QUEUED:
        for row in act.unit.messages_at(act.contest, stage):
            if name_of(row) not in in_doubt:
                if stage is Stage.CLAIMED:
                    attempts = row.attempts - 1
                    rewrite(act, Mailing.of(act).move(row, Move.LET_GO, attempts=attempts))
                else:
                    rewrite(act, row)
    return in_doubt


def rewrite(act: Act, row: MessageRow) -> None:
    """Has a message that waits in the queue written anew, in the words of the process in force."""
    kept = row.words if row.held else ""
    Mailing.of(act).move(row, Move.UNQUEUE, words=kept, sha256="")


def update_entries(act: Act, before: Process, in_doubt: Set[str]) -> None:
    """Plans a new calendar entry for those who have, or may have, one whose date has moved."""
    moved = _moved(act.process, before, None)
    if moved:
        _update(act, None, moved, in_doubt)
    for case in act.every_case():
        moved = _moved(act.process, before, case)
        if moved:
            _update(act, case, moved, in_doubt)


def _moved(after: Process, before: Process, case: Case | None) -> frozenset[str]:
    """The notifications whose calendar entry says another instant now."""
    about = "contest" if case is None else "candidature"
    found = set()
    for name, notification in after.definition.notifications.items():
        event = notification.event
        if event is None or event not in before.definition.config.dates:
            continue
        if notification.about == about and not (
            case is not None and notification.in_ and case.state not in notification.in_
        ):
            begins = _begins(after, event, case)
            if begins is not None and begins != _begins(before, event, case):
                found.add(name)
    return frozenset(found)


def _begins(process: Process, event: str, case: Case | None) -> datetime | None:
    return process.dates.fixed.get(event) if case is None else process.dates.of(event, case)


def _update(act: Act, case: Case | None, moved: Set[str], in_doubt: Set[str]) -> None:
    case_id = CONTEST if case is None else case.id
    entries: dict[tuple[str, str], list[MessageRow]] = {}
    for kept in act.unit.messages_of(act.contest, case_id):
        if kept.notification in moved:
            entries.setdefault((kept.notification, kept.recipient), []).append(kept)
    for (name, recipient), had in entries.items():
        if any(_may_have_arrived(row, in_doubt) for row in had):
            rows = [Mailing.of(act).as_changed(row) for row in had]
            _supersede(act, case_id, rows, in_doubt)
            notification = act.process.definition.notifications[name]
            if Mailing.of(act).still_goes_to(recipient, notification):
                sequence = max(row.sequence for row in rows) + 1
                slot = Slot(name, f"{notification.event} {sequence}", recipient)
                Mailing.of(act).plan(case_id, {slot: act.now}, rows, sequence=sequence)


def _supersede(act: Act, case_id: str, rows: Sequence[MessageRow], in_doubt: Set[str]) -> None:
    """Cancels what would still leave with another date than the update that follows."""
    overtaken = [
        row
        for row in rows
        if row.stage in PENDING and (row.sequence or _may_have_arrived(row, in_doubt))
    ]
    Mailing.of(act).cancel(case_id, overtaken, PROCESS)


def _may_have_arrived(row: MessageRow, in_doubt: Set[str]) -> bool:
    return row.stage in _RECEIVED or name_of(row) in in_doubt
