"""Calendar entries that every calendar reads alike."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from ptce_workflow.mail.message import CalendarDate, CalendarEntry, Mailbox, calendar, invitation

PARIS = ZoneInfo("Europe/Paris")
TWO = datetime(2024, 2, 26, 14, tzinfo=PARIS)
ENTRY = CalendarEntry(
    uid="information_meeting.C-001@cress.example",
    sequence=0,
    title="Réunion d’information",
    begins=TWO,
    ends=TWO + timedelta(hours=2),
    description="À Toulouse ; venez nombreux,\net à l’heure.",
    organizer=Mailbox("Concours PTCE", "concours@cress.example"),
    attendee=Mailbox("Les Jardins", "jardins@collectif.example"),
    stamp=datetime(2024, 1, 15, 8, 30, 0, 123456, tzinfo=UTC),
    place="Hôtel de région, Toulouse",
)


def test_an_invitation_reads_as_meant() -> None:
    written = invitation(ENTRY)
    whole = Calendar.from_ical(written)
    (event,) = whole.walk("VEVENT")
    assert whole["METHOD"] == "REQUEST"
    assert b"DTSTART:20240226T130000Z\r\n" in written
    assert b"DTEND:20240226T150000Z\r\n" in written
    assert b"DTSTAMP:20240115T083000Z\r\n" in written
    assert b"VTIMEZONE" not in written
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (ENTRY.uid, 0, "CONFIRMED")
    assert event["SUMMARY"] == ENTRY.title
    assert event["DESCRIPTION"] == ENTRY.description
    assert event["LOCATION"] == "Hôtel de région, Toulouse"
    assert event["ATTENDEE"] == "mailto:jardins@collectif.example"
    assert event["ATTENDEE"].params["CN"] == "Les Jardins"
    assert event["ORGANIZER"] == "mailto:concours@cress.example"


def test_a_change_keeps_the_uid_and_counts_on() -> None:
    moved = replace(ENTRY, sequence=1, begins=TWO + timedelta(days=1), ends=TWO + timedelta(days=2))
    (event,) = Calendar.from_ical(invitation(moved)).walk("VEVENT")
    assert (event["UID"], event["SEQUENCE"]) == (ENTRY.uid, 1)
    gone = Calendar.from_ical(invitation(replace(ENTRY, sequence=2, cancelled=True)))
    (event,) = gone.walk("VEVENT")
    assert (gone["METHOD"], event["STATUS"], event["UID"]) == ("CANCEL", "CANCELLED", ENTRY.uid)


def test_the_same_entry_gives_the_same_bytes() -> None:
    """What is hashed before it is sent must not change."""
    assert invitation(ENTRY) == invitation(replace(ENTRY))


@pytest.mark.parametrize(
    "text",
    [
        "Asso\r\nATTENDEE:mailto:x@evil.example",
        "Asso\nEND:VEVENT\nBEGIN:VEVENT",
        'Asso":mailto:x@evil.example',
        "Asso;X=1:mailto:x@evil.example",
        "Asso\x00\x1b\u2028\u202e",
        "x" * 10_000,
    ],
)
def test_nothing_is_smuggled_into_an_entry(text: str) -> None:
    person = Mailbox(text, ENTRY.attendee.address)
    written = invitation(
        replace(ENTRY, title=text, attendee=person, organizer=person, description=text)
    )
    (event,) = Calendar.from_ical(written).walk("VEVENT")
    (plain,) = Calendar.from_ical(invitation(ENTRY)).walk("VEVENT")
    assert sorted(event.keys()) == sorted(plain.keys())
    assert event["ATTENDEE"] == "mailto:jardins@collectif.example"
    assert sorted(event["ATTENDEE"].params) == sorted(plain["ATTENDEE"].params)
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))


def test_a_calendar_of_dates() -> None:
    stamp = ENTRY.stamp
    written = calendar(
        [
            CalendarDate(
                "session@x.example", "Session", TWO, TWO + timedelta(hours=3), stamp, "Lieu"
            ),
            CalendarDate("deadline@x.example", "Dépôt", TWO, None, stamp),
        ]
    )
    whole = Calendar.from_ical(written)
    session, deadline = whole.walk("VEVENT")
    assert whole["METHOD"] == "PUBLISH"
    assert (session["SUMMARY"], deadline["SUMMARY"]) == ("Session", "Dépôt")
    assert (session["DESCRIPTION"], session["TRANSP"]) == ("Lieu", "TRANSPARENT")
    assert "DTEND" not in deadline
    assert "DESCRIPTION" not in deadline
    assert calendar([]).startswith(b"BEGIN:VCALENDAR\r\n")


def test_an_hour_without_its_zone_is_refused() -> None:
    """It would be another instant for every reader."""
    with pytest.raises(ValueError, match="naive"):
        invitation(replace(ENTRY, begins=datetime(2024, 2, 26, 14)))  # noqa: DTZ001 - the fault
