"""The notice of a sitting: who was told of its present hour, when, and how many days ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ptce_workflow.base.encoding import from_text
from ptce_workflow.process.letters.outbox import PENDING, Stage
from ptce_workflow.process.process import Process
from ptce_workflow.process.time.calendar import days_until

if TYPE_CHECKING:
    from ptce_workflow.ledger.events.before import Before


@dataclass(frozen=True, slots=True)
class Notice:
    """The calendar days of notice of a sitting, and how its institutions were reached.

    `days` is the smallest number of those that were reached; 0 where mails call the sitting and
    nobody was. `since` tells, by institution, when it was first told of the present hour and place,
    `by_hand` those of which a person has recorded it, `unreached` those that sit and were not told;
    None in a folder without a mail that calls it: then the days count from the act of calling.
    """

    days: int
    since: Mapping[str, str] = field(default_factory=dict)
    by_hand: tuple[str, ...] = ()
    unreached: tuple[str, ...] | None = None


def days_ahead(process: Process, told: datetime, meets: datetime) -> int:
    """The calendar days from the local day on which a meeting is told to that on which it meets."""
    return max(0, days_until(meets, told, process.zone))


def notice_of(
    before: Before, process: Process, name: str, opens: str = "", *, supposed: str = ""
) -> Notice | None:
    """The notice of a sitting that opens at an instant, else at the hour for which it is called.

    Whoever was called for another day, or before its date has moved, was not called to it.
    `supposed` is when mails that still wait are supposed to leave. None where nobody called it.
    """
    call = before.sittings.convened.get(name)
    if call is None:
        return None
    definition, sitting = process.definition, process.definition.config.sittings[name]
    called, mails = from_text(call.at), definition.calls(name)
    if not mails:
        return Notice(days_ahead(process, from_text(call.given), called))
    opens, date = opens or call.at, process.dates.fixed.get(sitting.date)
    meets, since = from_text(opens), dict(call.told)
    for message in before.messages_of(None).values():
        if message.occurrence != str(call.n) or message.notification not in mails:
            continue
        left = message.sent if message.stage == Stage.SENT else ""
        at = left or (supposed if message.stage in PENDING else "")
        person = before.person(message.recipient)
        institution = "" if person is None else person.institution or ""
        if at:
            since[institution] = min(at, since.get(institution, at))
    seats = definition.seats(sitting)
    stands = days_until(meets, called, process.zone) == 0 and called >= (date or called)
    since = {seat: since[seat] for seat in seats if stands and since.get(seat, "9") <= opens}
    days = [days_ahead(process, from_text(at), meets) for at in since.values()]
    by_hand = tuple(seat for seat in since if since[seat] == call.told.get(seat))
    unreached = tuple(seat for seat in seats if seat not in since)
    return Notice(min(days, default=0), since, by_hand, unreached)
