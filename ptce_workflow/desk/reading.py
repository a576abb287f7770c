"""What a person has to read before it leaves: held again once it says something else.

The ledger names the words that were released: they leave, or nobody has read what does. What is
recorded of a candidature after a release does not count, for its reader knew what they released;
a process that is adopted, or a mail that is tried again, asks for a new look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ptce_workflow.base.errors import PtceError
from ptce_workflow.desk.casefile import due_of
from ptce_workflow.desk.letters import Letters
from ptce_workflow.desk.mailing import PROCESS, WORDS, Mailing, name_of, slot_of
from ptce_workflow.process.notifications.outbox import PENDING, Stage

if TYPE_CHECKING:
    from ptce_workflow.desk.act import Act
    from ptce_workflow.store.rows import MessageRow

NOTHING = ""
"""What a message says whose letter cannot be written."""


def says_now(letters: Letters, row: MessageRow) -> str:
    """What a message would say if it were written now; see `Letters.words`."""
    try:
        return letters.words(row._replace(words=""))
    except PtceError:
        return NOTHING


def said_of_released(act: Act) -> dict[int, str]:
    """What those that were released and have not left would say now, by number."""
    letters = Letters(act)
    return {row.number: says_now(letters, row) for row in _pending(act) if row.held and row.words}


def hold_what_changed(act: Act, said: Mapping[int, str]) -> tuple[str, ...]:
    """Has read again what an adoption makes say something else, or what waits for a reader now.

    *Shape* `said` is what `said_of_released` gave under the process before; the names of those
    that wait for a reader again.
    """
    letters, held = Letters(act), []
    for before in _pending(act):
        row = Mailing.of(act).as_changed(before)
        if _is_unread(act, letters, row, said):
            read_again(act, row)
            row = Mailing.of(act).as_changed(before)
        if row.stage == Stage.HELD:
            held.append(name_of(row))
    return tuple(held)


def _is_unread(act: Act, letters: Letters, row: MessageRow, said: Mapping[int, str]) -> bool:
    """Whether a message is about to leave in words that nobody has read, and somebody should."""
    notification = act.process.definition.notifications.get(row.notification)
    # Bytes that are kept although the process has changed may have arrived: they stay as they are.
    if notification is None or row.stage != Stage.PLANNED or row.sha256:
        return False
    if not row.held:
        return notification.held
    return says_now(letters, row) not in (row.words, said.get(row.number))


def look_again(act: Act, row: MessageRow) -> None:
    """Has read again what is planned, unless nobody reads it or the words released are its words.

    *Shape* `row` as it was when its words were kept, whatever this act has made of it since.
    """
    notification = act.process.definition.notifications.get(row.notification)
    if notification is None or not (row.held or notification.held):
        return
    if not (row.held and row.words and says_now(Letters(act), row) == row.words):
        read_again(act, Mailing.of(act).as_changed(row))


def read_again(act: Act, row: MessageRow) -> None:
    """Plans a message anew, at its hour: it waits for a reader if the process says so."""
    Mailing.of(act).cancel(row.case_id, [row], WORDS if row.held else PROCESS)
    cancelled = Mailing.of(act).as_changed(row)
    due = due_of(row)
    Mailing.of(act).plan(row.case_id, {slot_of(row): due}, [cancelled], sequence=row.sequence)


def _pending(act: Act) -> Iterator[MessageRow]:
    """What has not left, as it stood when the act began."""
    for stage in PENDING:
        if stage is not Stage.HELD:
            yield from act.unit.messages_at(act.contest, stage)
