"""Dates as calendar entries: one that a mail invites to, or all of them in one file.

Instants are told in UTC, which every calendar shows in its reader's own time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress

from ptce_workflow.base.text import one_line
from ptce_workflow.mail.address import Mailbox

_PRODUCT = "-//ptce-workflow//ptce//FR"
_LONGEST_LINE = 200


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A date to which one person is invited, moved or no longer invited.

    The uid stays the same and `sequence` grows as the date moves; `stamp` is when this was said.
    """

    uid: str
    sequence: int
    title: str
    begins: datetime
    ends: datetime
    description: str
    organizer: Mailbox
    attendee: Mailbox
    stamp: datetime
    cancelled: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A date in a calendar of many; without `ends` it is a moment."""

    uid: str
    title: str
    begins: datetime
    ends: datetime | None
    stamp: datetime
    description: str = ""
    place: str = ""


def invitation(entry: CalendarEntry) -> bytes:
    """The entry as an invitation (METHOD REQUEST), or as its cancellation (CANCEL).

    *Raises* ValueError for a naive datetime.
    *Source* RFC 5545, RFC 5546 sections 3.2.2 and 3.2.5.
    """
    event = _event(entry)
    event.add("sequence", entry.sequence)
    event.add("organizer", _person(entry.organizer))
    # Nobody reads answers from calendars: whoever cannot come answers the mail.
    asked = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}
    event.add("attendee", _person(entry.attendee, asked))
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    return _written("CANCEL" if entry.cancelled else "REQUEST", [event])


def calendar(entries: Iterable[Listed]) -> bytes:
    """The dates as a calendar to import (METHOD PUBLISH), in the order given.

    *Raises* ValueError for a naive datetime.
    """
    events = [_event(entry) for entry in entries]
    for event in events:
        # A date of the contest does not make its reader busy.
        event.add("transp", "TRANSPARENT")
    return _written("PUBLISH", events)


def _event(entry: CalendarEntry | Listed) -> Event:
    event = Event()
    event.add("uid", one_line(entry.uid, at_most=_LONGEST_LINE))
    event.add("summary", one_line(entry.title, at_most=_LONGEST_LINE))
    event.add("dtstart", _utc(entry.begins))
    if entry.ends is not None:
        event.add("dtend", _utc(entry.ends))
    event.add("dtstamp", _utc(entry.stamp))
    if entry.place:
        event.add("location", one_line(entry.place, at_most=_LONGEST_LINE))
    lines = [one_line(line, at_most=1000) for line in entry.description.splitlines()]
    if any(lines):
        event.add("description", "\n".join(lines))
    return event


def _person(mailbox: Mailbox, more: dict[str, str] | None = None) -> vCalAddress:
    person = vCalAddress(f"mailto:{mailbox.address}")
    # Few calendars know how a double quote is written inside one (RFC 6868).
    name = one_line(mailbox.name, at_most=_LONGEST_LINE).replace('"', "'").replace("^", "")
    for key, value in {**({"CN": name} if name else {}), **(more or {})}.items():
        person.params[key] = value
    return person


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("a naive datetime is not an instant")
    return instant.astimezone(UTC).replace(microsecond=0)


def _written(method: str, events: list[Event]) -> bytes:
    whole = Calendar()
    whole.add("prodid", _PRODUCT)
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", method)
    for event in events:
        whole.add_component(event)
    return bytes(whole.to_ical())
