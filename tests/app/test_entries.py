"""Calendar entries whose date moves: whoever has, or may have, one gets it once more."""

from collections.abc import Sequence

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import messages, resolve_each
from ptce_workflow.app.people import enrol, leave
from ptce_workflow.ledger.line import decode
from ptce_workflow.process.letters.message import Stage
from tests import mailing
from tests.mailing import brief, calendar_of, notify, pass_at, read, subjects
from tests.rehearsal import added, attack, edit, forge, lines, move, told
from tests.smtp import Misbehaviour, Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server
contest_as_it_is, EVERY = mailing.contest_as_it_is, tuple(map(str, Stage))

HOURS: Sequence[str] = ("2024-03-06T14:00:00", "2024-03-07T10:00:00", "2024-03-08T10:00:00")
JURY = 'to = "institutions"\nabout = "contest"\nevent = "meeting"\nat = ["{at}"]'
MONDAYS = """
to = "contact"
event = "meeting"
at = ["2024-02-21T09:00:00", "2024-02-26T09:00:00"]
in = ["draft", "submitted"]
expires = "date.meeting"
"""


WITHDRAWN = 'withdrawn = { label = "Withdrawn", meaning = "The matter is decided." }\n'
COMES_BACK = """
label = "Withdrawn"
ends = true
transitions.undo = { label = "Undo", to = "draft", by = ["desk"], choice = "a slip" }
"""


def moves(contest: Contest, old: int, new: int) -> None:
    """Moves the meeting from one of its hours to another."""
    edit(contest, "config.toml", f"at = {HOURS[old]}", f"at = {HOURS[new]}")
    adopt(contest, "Une autre date.")


def entries(server: Server, name: str) -> list[tuple[int, str]]:
    """The entries that came with a notification: their sequence, and when they begin; in order."""
    found = []
    for received in server.received:
        if received.subject.startswith(f"{name}: "):
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
    pass_at(juror, server, "2024-02-21T09:00")
    leave(juror, "nour")
    moves(juror, 0, 1)
    pass_at(juror, server, "2024-02-21T09:01")
    assert entries(server, "invited") == [(0, "03-06 14:00")]
    assert messages(juror, ["failed"]) == ()


@pytest.mark.long
def test_of_a_mail_at_its_hour(mondays: Contest, server: Server) -> None:
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
    resolve_each(
        contest, [one.name for one in messages(contest, ["failed"], notification="visit")], "resend"
    )
    pass_at(contest, server, "2024-02-20T10:30")
    assert entries(server, "visit") == [(0, "03-07 10:00")]


def cancellation_letter(server: Server) -> list[tuple[str, str, int, str]]:
    """The entries that were taken back: to whom, of what, the sequence, and when it would begin."""
    found = []
    for received in server.received:
        subject = received.subject
        if subject.startswith("Cancelled: "):
            calendar = Calendar.from_ical(calendar_of(received))
            [event] = calendar.walk("VEVENT")
            assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")
            begins, sequence = read(event.decoded("DTSTART")), int(str(event["SEQUENCE"]))
            found.append((received.recipients[0], subject, sequence, begins))
    return sorted(found)


def uids(server: Server) -> set[str]:
    """The names of the entries that were sent."""
    calendars = [calendar_of(one) for one in server.received if b"text/calendar" in one.content]
    return {str(Calendar.from_ical(one).walk("VEVENT")[0]["UID"]) for one in calendars}


def test_of_what_lasts_longer(juror: Contest, server: Server) -> None:
    pass_at(juror, server, "2024-02-21T09:00")
    edit(juror, "config.toml", 'lasts = "2 hours"', 'lasts = "3 hours"')
    adopt(juror, "Une heure de plus.")
    pass_at(juror, server, "2024-02-21T09:01")
    [event] = Calendar.from_ical(calendar_of(server.received[-1])).walk("VEVENT")
    assert (read(event.decoded("DTEND")), str(event["SEQUENCE"])) == ("03-06 17:00", "1")


@pytest.mark.long
def test_of_a_date_that_is_off(juror: Contest, server: Server) -> None:
    added(juror)
    pass_at(juror, server, "2024-02-21T09:00")
    known = uids(server)
    for name in ("invited", "visit"):
        for file in (juror.folder / "notifications").glob(f"{name}.*"):
            file.unlink()
    edit(juror, "config.toml", mailing.MEETING, "")
    adopt(juror, "Il n’y a plus de réunion.")
    pass_at(juror, server, "2024-02-21T09:01")
    subject = "Cancelled: Meeting, Wednesday 6 March 2024 at 14:00"
    assert [row[1:] for row in cancellation_letter(server)] == [(subject, 1, "03-06 14:00")] * 2
    assert uids(server) == known
    pass_at(juror, server, "2024-02-21T09:02")
    assert len(cancellation_letter(server)) == 2


def test_of_who_withdraws(contest: Contest, server: Server) -> None:
    """Whoever leaves is freed of what is ahead; what was moved and has not left yet never does."""
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    moves(contest, 0, 1)
    move(contest, "withdraw", "C-001")
    pass_at(contest, server, "2024-02-20T10:01")
    assert [row[2:] for row in cancellation_letter(server)] == [(2, "03-06 14:00")]
    assert entries(server, "visit") == [(0, "03-06 14:00")]


def test_of_who_comes_back(contest: Contest, server: Server) -> None:
    edit(contest, "states/ends.toml", WITHDRAWN, "")
    (contest.folder / "states" / "withdrawn.toml").write_text(COMES_BACK)
    adopt(contest, "Un retrait se reprend.")
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    move(contest, "withdraw", "C-001")
    move(contest, "undo", "C-001")
    pass_at(contest, server, "2024-02-20T10:01")
    assert cancellation_letter(server) == []
    move(contest, "withdraw", "C-001")
    pass_at(contest, server, "2024-02-20T10:02")
    assert [row[2] for row in cancellation_letter(server)] == [2]
    move(contest, "undo", "C-001")
    pass_at(contest, server, "2024-02-20T10:03")
    assert entries(server, "visit") == [(0, "03-06 14:00"), (3, "03-06 14:00")]


def test_of_who_is_invited_anew(contest: Contest, server: Server) -> None:
    edit(contest, "states/ends.toml", WITHDRAWN, "")
    (contest.folder / "states" / "withdrawn.toml").write_text(COMES_BACK)
    notify(contest.folder, "anew", 'on = "withdrawn.undo"\nin = ["draft"]\nevent = "meeting"')
    adopt(contest, "Un retrait se reprend.")
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    move(contest, "withdraw", "C-001")
    pass_at(contest, server, "2024-02-20T10:01")
    move(contest, "undo", "C-001")
    pass_at(contest, server, "2024-02-20T10:02")
    assert [row[2] for row in cancellation_letter(server)] == [1]
    assert (entries(server, "visit"), entries(server, "anew")) == (
        [(0, "03-06 14:00")],
        [(2, "03-06 14:00")],
    )


def test_of_who_withdraws_after_it(contest: Contest, server: Server) -> None:
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    pass_at(contest, server, "2024-03-06T15:00")
    move(contest, "withdraw", "C-001")
    pass_at(contest, server, "2024-03-06T15:01")
    assert cancellation_letter(server) == []


@pytest.mark.parametrize(
    ("occurrence", "sequence"), [("meeting 1 off", 1), ("meeting 1", 1), ("2", 0)]
)
def test_what_nothing_asks_for(
    contest_as_it_is: Contest, server: Server, occurrence: str, sequence: int
) -> None:
    contest = contest_as_it_is
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    known = [decode(line) for line in lines(contest)]
    n = next(n for n, line in enumerate(known) if line.type == "messages_planned" and line.case)
    visit = next(one for one in known[n].data["messages"] if one["notification"] == "visit")
    asked = {**visit, "occurrence": occurrence, "sequence": sequence, "due": known[-1].at}
    name = f"M-{max(int(one.name[2:]) for one in messages(contest, EVERY)) + 1:03}"
    known.append(
        replace(known[n], at=known[-1].at, data={"messages": [{**asked, "message": name}]})
    )
    with attack(contest) as database:
        forge(database, known)
    assert (len(known), "Nothing sets that mail off.") in told(contest)
