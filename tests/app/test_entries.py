"""Calendar entries whose date moves: whoever has, or may have, one gets it once more."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from icalendar import Calendar

from ptce_workflow.app.admin.adopt import adopt
from ptce_workflow.app.admin.people import enrol, leave
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.post.desk import messages, retry
from tests import mailing
from tests.mailing import brief, calendar_of, notify, pass_at, read, subjects
from tests.rehearsal import added, edit, move
from tests.smtp import Misbehaviour, Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

HOURS: Sequence[str] = ("2024-03-06T14:00:00", "2024-03-07T10:00:00", "2024-03-08T10:00:00")
JURY = 'to = "institutions"\nabout = "contest"\nevent = "meeting"\nat = ["{at}"]'
MONDAYS = """
to = "contact"
event = "meeting"
at = ["2024-02-21T09:00:00", "2024-02-26T09:00:00"]
in = ["draft", "submitted"]
expires = "date.meeting"
"""


def moves(contest: Contest, old: int, new: int) -> None:
    """Moves the meeting from one of its hours to another."""
    edit(contest, "config.toml", f"at = {HOURS[old]}", f"at = {HOURS[new]}")
    adopt(contest, "Une autre date.")


def entries(server: Server, name: str) -> list[tuple[int, str]]:
    """The entries that came with a notification: their sequence, and when they begin; in order."""
    found = []
    for received in server.received:
        if str(received.message["Subject"]).startswith(f"{name}: "):
            [event] = Calendar.from_ical(calendar_of(received)).walk("VEVENT")
            found.append((int(str(event["SEQUENCE"])), read(event.decoded("DTSTART"))))
    return found


@pytest.fixture
def juror(contest: Contest) -> Contest:
    """A contest with a juror, who is invited to the meeting."""
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    notify(contest.folder, "invited", JURY.format(at="2024-02-21T09:00:00"))
    adopt(contest, "Une invitation.")
    return contest


@pytest.fixture
def mondays(contest: Contest) -> Contest:
    """A contest whose collectives are invited at fixed hours."""
    notify(contest.folder, "monday", MONDAYS)
    adopt(contest, "Une invitation.")
    added(contest)
    return contest


def test_of_the_contest(juror: Contest, server: Server) -> None:
    """A juror who has it gets it again: no candidature has to be about it."""
    pass_at(juror, server, "2024-02-21T09:00")
    moves(juror, 0, 1)
    moves(juror, 1, 2)
    pass_at(juror, server, "2024-02-21T09:01")
    assert entries(server, "invited") == [(0, "03-06 14:00"), (2, "03-08 10:00")]


def test_of_someone_who_has_left(juror: Contest, server: Server) -> None:
    """Nobody is written to who is not of the jury any more."""
    pass_at(juror, server, "2024-02-21T09:00")
    leave(juror, "nour")
    moves(juror, 0, 1)
    pass_at(juror, server, "2024-02-21T09:01")
    assert entries(server, "invited") == [(0, "03-06 14:00")]
    assert messages(juror, ["failed"]) == ()


def test_of_a_mail_at_its_hour(mondays: Contest, server: Server) -> None:
    """An update is meant for no hour: neither an act nor an adoption takes it for moot."""
    pass_at(mondays, server, "2024-02-21T09:00")
    moves(mondays, 0, 1)
    moves(mondays, 1, 2)
    move(mondays, "submit", "C-001")
    pass_at(mondays, server, "2024-02-21T09:01")
    assert entries(server, "monday") == [(0, "03-06 14:00"), (2, "03-08 10:00")]


def test_not_overtaken(mondays: Contest, server: Server) -> None:
    """After a stop, the reminder that is due as well does not stand for the update."""
    pass_at(mondays, server, "2024-02-21T09:00")
    moves(mondays, 0, 1)
    pass_at(mondays, server, "2024-02-26T09:00")
    assert sorted(entries(server, "monday")) == [
        (0, "03-06 14:00"),
        (0, "03-07 10:00"),
        (1, "03-07 10:00"),
    ]


def test_that_may_have_arrived(contest: Contest, server: Server) -> None:
    """A copy that waits to be sent again gives way to the update, which says the new date."""
    added(contest)
    server.then("content", Misbehaviour.USUAL)
    server.then("content", Misbehaviour.KEEP_AND_DROP)
    pass_at(contest, server, "2024-02-20T10:00")
    assert subjects(server) == ["opened: C-001", "visit: C-001"]
    assert brief(messages(contest, notification="visit")) == [("visit", "planned", "02-20 10:05")]
    moves(contest, 0, 1)
    pass_at(contest, server, "2024-02-20T10:30")
    assert entries(server, "visit") == [(0, "03-06 14:00"), (1, "03-07 10:00")]


def test_that_was_refused(contest: Contest, server: Server) -> None:
    """Whoever has no entry needs no update: what is tried again says the new date."""
    added(contest)
    server.always("RCPT", "550 5.1.1 nobody")
    pass_at(contest, server, "2024-02-20T10:00")
    server.always("RCPT", Misbehaviour.USUAL)
    moves(contest, 0, 1)
    retry(contest, [one.name for one in messages(contest, ["failed"], notification="visit")])
    pass_at(contest, server, "2024-02-20T10:30")
    assert entries(server, "visit") == [(0, "03-07 10:00")]
