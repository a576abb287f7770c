"""Checks of the mails that wait and their addresses: one UPDATE of a row diverts or stops a mail.

The lines do not tell these columns, so they are compared with what the program could have set:
an address by which the reader was known, an hour that no wait, lease or pause goes beyond.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from ptce_workflow.app.post.ahead import NEVER_SO_LONG
from ptce_workflow.app.post.plan import name_of
from ptce_workflow.app.projections import due_of, instant_in
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.base import Entry
from ptce_workflow.ledger.events.delivery import MessageBounced, MessageSent, MessageUncertain
from ptce_workflow.ledger.examine import Fault
from ptce_workflow.process.letters.outbox import PENDING, Stage
from ptce_workflow.process.letters.recipients import CONTACT

if TYPE_CHECKING:
    from ptce_workflow.ledger.state import ContestState
    from ptce_workflow.process.process import Process
    from ptce_workflow.store.rows import MessageRow, SideRow
    from ptce_workflow.store.unit import Unit


LONGEST_CLOSED = timedelta(days=14)
"""No calendar has so many days in a row on which nobody works: a mail waits less for its hour."""

_LEAVING = (*PENDING, Stage.DATA)
_ANSWERED = (MessageSent, MessageUncertain)
_UNTOLD = None, None


@dataclass(slots=True)
class Sent:
    """What lines tell of the mails that went somewhere.

    *Shape* `strange` are the addresses by which no reader is known: line, subject of the side row,
    address; `answers` the hashes of the address and of the server's answer, by the mail's name.
    """

    strange: list[tuple[int, str, str]] = field(default_factory=list)
    answers: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)

    def take(self, sides: Iterable[SideRow], world: ContestState, line: object) -> None:
        """Takes the side rows of a line in, just after the line itself."""
        for side in sides:
            # Someone may have put bytes into its place.
            data = str(side.data)
            if '"to":' in data:
                words = _read(data)
                to = words.get("to")
                if isinstance(to, str) and not _is_known(to, side.subject, world):
                    self.strange.append((side.n, side.subject, to))
                if isinstance(line, Entry) and isinstance(line.data, _ANSWERED):
                    self.answers[line.data.message] = _hash(to), _hash(words.get("said", ""))
            elif isinstance(line, Entry) and isinstance(line.data, MessageBounced):
                # What a person says of it stands in the place of the answer.
                to, _said = self.answers.get(line.data.message, _UNTOLD)
                self.answers[line.data.message] = to, _hash(_read(data).get("reason", ""))

    def is_as_answered(self, row: MessageRow) -> bool:
        """True for a mail whose row tells as the lines do where it went and what came of it.

        Or tells nothing of it, as one that was erased.
        """
        kept = row.address, row.said
        return all(
            not own or told in (None, hash(own))
            for own, told in zip(kept, self.answers.get(name_of(row), _UNTOLD), strict=True)
        )


def strange(
    unit: Unit, contest: str, world: ContestState, process: Process, sent: Sent, now: datetime
) -> Iterator[Fault]:
    """The faults of mails that are to leave, or left, otherwise than the program would have it."""
    latest = max(now, from_text(world.hours.furthest))
    pause = unit.pause(contest)
    if pause is not None and (late := _too_late(pause.paused_until, latest, NEVER_SO_LONG)):
        yield Fault(0, _("All mail is paused until {instant}.").format(instant=late), _so_long())
    waiting = [row for stage in _LEAVING for row in unit.messages_at(contest, stage)]
    for row in waiting:
        yield from _stopped(row, latest)
    suspects = [
        _Suspect(0, name_of(row), {row.case_id, row.recipient}, row.address)
        for row in waiting
        if row.address and row.address != _address(row, world, process)
    ]
    suspects += [_Suspect(n, "", {subject, *world.people}, to) for n, subject, to in sent.strange]
    if suspects:
        yield from _diverted(unit, contest, suspects)


class _Suspect(NamedTuple):
    """An address by which a reader is not known today: the line or the mail, and who it may be."""

    line: int
    name: str
    subjects: Collection[str]
    address: str


def _diverted(unit: Unit, contest: str, suspects: Sequence[_Suspect]) -> Iterator[Fault]:
    """Those that go, or went, where their reader was never known to be.

    A mail may have been written before its reader's address changed, and leaves to the old one.
    """
    known: dict[str, set[str]] = {}
    for _n, _row, sides in unit.entries(contest):
        for side in sides:
            words = _read(side.data)
            if "to" not in words:
                given = (*words.values(), *_table(words.get("facts")).values())
                texts = (word for word in given if isinstance(word, str))
                known.setdefault(side.subject, set()).update(texts)
    why = _("Its reader was never known by that address.")
    for one in suspects:
        if not any(one.address in known.get(subject, ()) for subject in one.subjects):
            going = _("The mail {name} is to go to another address.").format(name=one.name)
            yield Fault(one.line, going if one.name else _("The mail went elsewhere."), why)


def _stopped(row: MessageRow, latest: datetime) -> Iterator[Fault]:
    """The faults of a mail that is kept from leaving for longer than the program would."""
    name = name_of(row)
    try:
        hour = max(due_of(row), latest)
    except PtceError:
        # Its hour is compared with the ledger's elsewhere.
        return
    tried = row.stage in (Stage.QUEUED, Stage.RETRY)
    if late := _too_late(row.next_at, hour, NEVER_SO_LONG if tried else LONGEST_CLOSED):
        what = _("The mail {name} is kept back until {instant}.")
        yield Fault(0, what.format(name=name, instant=late), _so_long())
    if row.lease_until and (late := _too_late(row.lease_until, latest, NEVER_SO_LONG)):
        what = _("The mail {name} is claimed until {instant}.")
        yield Fault(0, what.format(name=name, instant=late), _so_long())


def _so_long() -> str:
    return _("The program keeps nothing for so long.")


def _too_late(text: str, since: datetime, most: timedelta) -> str:
    """The text of a column that is no instant or comes too long after another; else nothing."""
    try:
        # The bound itself may lie beyond the years of the calendar; what lies between never does.
        return "" if instant_in(text, "message", text) - since <= most else text
    except PtceError:
        return text or "–"


def _address(row: MessageRow, world: ContestState, process: Process) -> str | None:
    """The address by which a reader is known today."""
    if row.recipient == CONTACT:
        case = world.cases.get(row.case_id)
        field_name = process.definition.config.contest.contact_field or ""
        return None if case is None else case.private.get(field_name)
    person = world.people.get(row.recipient)
    return None if person is None else person.private.get("email")


def _is_known(address: str, subject: str, world: ContestState) -> bool:
    """True for an address of a candidature, or of anyone enrolled: a line tells no reader."""
    case = world.cases.get(subject)
    return (case is not None and address in case.private.values()) or any(
        address == person.private.get("email") for person in world.people.values()
    )


def _read(text: str) -> Mapping[str, Any]:
    try:
        return _table(json.loads(text))
    except ValueError:
        return {}


def _hash(value: object) -> int | None:
    """The hash of a text; None for what no command writes in its place."""
    return hash(value) if isinstance(value, str) else None


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
