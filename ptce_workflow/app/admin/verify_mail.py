"""Checks of the mails that wait and their addresses: one UPDATE of a row diverts or stops a mail.

The lines do not tell these columns, so they are compared with what the program could have set:
an address by which the reader was known, an hour that no wait, lease or pause goes beyond.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from ptce_workflow.app.post.ahead import NEVER_SO_LONG
from ptce_workflow.app.projections import due_of, instant_in
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _
from ptce_workflow.ledger.examine import Fault
from ptce_workflow.process.letters.outbox import PENDING, Stage
from ptce_workflow.process.letters.recipients import CONTACT

if TYPE_CHECKING:
    from ptce_workflow.ledger.state import ContestState
    from ptce_workflow.process.letters.message import Message
    from ptce_workflow.process.process import Process
    from ptce_workflow.store.rows import SideRow
    from ptce_workflow.store.unit import Unit


LONGEST_CLOSED = timedelta(days=14)
"""No calendar has so many days in a row on which nobody works: a mail waits less for its hour."""

_LEAVING = (*PENDING, Stage.DATA)


Sent = tuple[int, str, str]
"""An address to which a mail went: its line, the subject of the side row, the address."""


def unknown_addresses(sides: Iterable[SideRow], world: ContestState) -> Iterator[Sent]:
    """The addresses in the side rows of a line by which no reader is known just after it."""
    for side in sides:
        # Someone may have put bytes into its place.
        data = str(side.data)
        to = _read(data).get("to") if '"to":' in data else None
        if isinstance(to, str) and not _is_known(to, side.subject, world):
            yield side.n, side.subject, to


def strange(
    unit: Unit,
    contest: str,
    world: ContestState,
    process: Process,
    sent: Iterable[Sent],
    now: datetime,
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
        _Suspect(0, row.name, {row.case_id, row.recipient}, row.address)
        for row in waiting
        if row.address and row.address != _address(row, world, process)
    ]
    suspects += [_Suspect(n, "", {subject, *world.people}, to) for n, subject, to in sent]
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


def _stopped(row: Message, latest: datetime) -> Iterator[Fault]:
    """The faults of a mail that is kept from leaving for longer than the program would."""
    name = row.name
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


def _address(row: Message, world: ContestState, process: Process) -> str | None:
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


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
