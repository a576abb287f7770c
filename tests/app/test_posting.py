"""Putting messages whose hour has come into the queue, or saying why they do not leave."""

import email
from email import policy

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.marks import recuse, score
from ptce_workflow.app.outbox.desk import letter_view, messages
from ptce_workflow.app.outbox.waiting import waiting
from ptce_workflow.app.people import enrol
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.scheduler.passes import tick
from tests import mailing
from tests.mailing import (
    at,
    body_of,
    brief,
    calendar_of,
    cancelled,
    notify,
    pass_at,
    read,
    settings,
    subjects,
    told,
)
from tests.rehearsal import added, edit, lines, submitted
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server


def test_at_its_hour(contest: Contest, server: Server) -> None:
    """A minute before, nothing leaves; at its hour it does, once, however many passes follow."""
    added(contest)
    pass_at(contest, server, "2024-03-04T08:59")
    assert "reminder: C-001" not in subjects(server)
    for minute in ("09:00", "09:00", "09:01"):
        pass_at(contest, server, f"2024-03-04T{minute}")
    assert subjects(server).count("reminder: C-001") == 1


def test_what_the_ledger_tells(contest: Contest, server: Server) -> None:
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    first = told(contest, "message_sent")[0]
    assert first.actor == "courier"
    assert first.data["notification"] == "opened"
    assert first.data["attempts"] == 1
    assert b"jardins@collectif.example" not in b"".join(lines(contest))
    assert server.received[0].recipients == ("jardins@collectif.example",)


def test_without_a_server_it_waits(contest: Contest, clock: SetClock) -> None:
    added(contest)
    clock.instant = at("2024-03-04T09:00")
    tick(contest)
    assert messages(contest, ["planned"], notification="reminder")[0].attempts == 0
    assert waiting(contest).late == 3


def test_a_condition_that_holds_no_more(contest: Contest, server: Server) -> None:
    """What `when` asks is asked when it leaves: a dossier that is complete needs no reminder."""
    added(contest, amount=None)
    added(contest, name="Le Moulin")
    pass_at(contest, server, "2024-03-06T10:00")
    assert [one for one in subjects(server) if one.startswith("incomplete")] == [
        "incomplete: C-001"
    ]
    assert ("incomplete", "condition") in cancelled(contest)


def test_completed_meanwhile(contest: Contest, server: Server, clock: SetClock) -> None:
    """What was missing when it was planned has come: it does not leave."""
    ref = added(contest, amount=None)
    clock.instant = at("2024-03-05T15:00")
    record(contest, ref, {"dossier": {"amount": "300"}})
    pass_at(contest, server, "2024-03-06T10:00")
    assert cancelled(contest) == [("incomplete", "condition")]


def test_overtaken(contest: Contest, server: Server) -> None:
    """After a stop, of two reminders of one kind only the later one leaves."""
    added(contest)
    pass_at(contest, server, "2024-03-08T11:00")
    assert subjects(server).count("reminder: C-001") == 1
    [line] = [line for line in told(contest, "messages_expired") if line.data["why"] != "late"]
    assert line.data["why"] == "overtaken"
    assert brief(messages(contest, ["expired"], notification="reminder")) == [
        ("reminder", "expired", "03-04 09:00")
    ]


def test_late(contest: Contest, server: Server) -> None:
    """After a longer stop nothing leaves that is of no more use: neither, here."""
    added(contest)
    pass_at(contest, server, "2024-03-11T12:00")
    assert subjects(server) == []
    why = {line.data["why"] for line in told(contest, "messages_expired")}
    assert why == {"late", "overtaken"}
    stages = {
        one.notification: str(one.stage)
        for one in messages(contest, ["planned", "expired", "cancelled"])
    }
    assert stages == {
        "opened": "expired",
        "visit": "expired",
        "reminder": "expired",
        "incomplete": "expired",
    }


def test_late_waits_for_the_opening(contest: Contest, server: Server) -> None:
    added(contest)
    pass_at(contest, server, "2024-03-04T19:30")
    [waiting] = [
        one
        for one in messages(contest, notification="reminder")
        if one.due == at("2024-03-04T09:00")
    ]
    assert read(waiting.next_at) == "03-05 09:00"
    pass_at(contest, server, "2024-03-05T08:59")
    assert "reminder: C-001" not in subjects(server)
    pass_at(contest, server, "2024-03-05T09:00")
    assert "reminder: C-001" in subjects(server)


def test_late_and_nearly_of_no_use(contest: Contest, server: Server) -> None:
    """Where it would expire before the offices open, it leaves at night."""
    notify(
        contest.folder,
        "reminder",
        'to = "contact"\nat = ["date.submission - 2 days at 09:00"]\nin = ["draft"]\n'
        'expires = "date.submission - 1 day"',
    )
    adopt(contest, "Plus court.")
    added(contest)
    pass_at(contest, server, "2024-03-09T23:00")
    assert "reminder: C-001" in subjects(server)


def test_what_is_set_off_leaves_at_any_hour(contest: Contest, server: Server) -> None:
    for instant in ("2024-02-25T03:10", "2024-03-10T23:59"):
        pass_at(contest, server, instant)
        submitted(contest)
        pass_at(contest, server, instant)
    assert [one for one in subjects(server) if one.startswith("receipt")] == [
        "receipt: C-001",
        "receipt: C-002",
    ]


def test_nothing_to_say(contest: Contest, server: Server) -> None:
    """An empty digest does not leave, and the next one is planned all the same."""
    enrol(contest, "Anne", ["desk"], login="anne", email="anne@contest.example")
    for login, institution in (("nour", "north"), ("sacha", "south")):
        address = f"{login}@jury.example"
        enrol(contest, login, ["jury"], institution=institution, login=login, email=address)
    pass_at(contest, server, "2024-02-21T08:30")
    assert subjects(server) == []
    assert cancelled(contest) == [("digest", "empty")]
    assert brief(messages(contest, notification="digest")) == [("digest", "planned", "02-22 08:30")]


def test_sheets_that_are_missing(contest: Contest, server: Server, clock: SetClock) -> None:
    for login, institution in (("nour", "north"), ("sacha", "south")):
        address = f"{login}@jury.example"
        enrol(contest, login, ["jury"], institution=institution, login=login, email=address)
    first, second = submitted(contest), submitted(contest)
    score(contest, first, "north", {"idea": "4", "method": "4"})
    for ref in (first, second):
        score(contest, ref, "south", {"idea": "4", "method": "4"})
    pass_at(contest, server, "2024-03-15T09:00")
    [asked] = [one for one in server.received if "sheets" in one.subject]
    assert asked.recipients == ("nour@jury.example",)
    assert body_of(asked) == "C-002"
    assert ("sheets", "empty") in cancelled(contest)


def test_who_stepped_aside_is_not_asked(contest: Contest, server: Server, clock: SetClock) -> None:
    for login, institution in (("nour", "north"), ("noa", "north"), ("sacha", "south")):
        address = f"{login}@jury.example"
        enrol(contest, login, ["jury"], institution=institution, login=login, email=address)
    ref, other = submitted(contest), submitted(contest)
    recuse(contest, ref, "south", "Adhérente.")
    recuse(contest, other, "south", "Adhérente.")
    recuse(contest, ref, "nour", "Une amie.")
    pass_at(contest, server, "2024-03-15T09:00")
    asked = [one for one in server.received if "sheets" in str(one.message["Subject"])]
    found = {one.recipients[0]: body_of(one).split() for one in asked}
    assert found == {"noa@jury.example": [ref, other], "nour@jury.example": [other]}


def test_no_address(contest: Contest, server: Server) -> None:
    """A collective without an address: the message fails, and a person is told so."""
    added(contest, email=None)
    pass_at(contest, server, "2024-02-20T10:00")
    failed = messages(contest, ["failed"])
    assert [one.notification for one in failed] == ["opened", "visit"]
    assert failed[0].said == "No address is known."
    [first, _second] = told(contest, "message_failed")
    assert (first.data["attempts"], first.data["code"]) == (0, None)
    assert waiting(contest).failed == 2


def test_to_whatever_address_it_has_by_then(contest: Contest, server: Server) -> None:
    ref = added(contest)
    record(contest, ref, {"dossier": {"email": "ailleurs@collectif.example"}})
    pass_at(contest, server, "2024-02-20T10:00")
    assert {one.recipients for one in server.received} == {("ailleurs@collectif.example",)}


def test_a_template_that_fails_for_one(contest: Contest, server: Server) -> None:
    words = "Words. {% if candidature.name == 'Trop' %}{{ entered.selected }}{% endif %}"
    notify(contest.folder, "opened", 'to = "contact"\nin = ["draft"]', words)
    adopt(contest, "Une heure que personne ne connaît.")
    added(contest, name="Trop")
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    assert subjects(server) == ["visit: C-001", "opened: C-002", "visit: C-002"]
    [failed] = messages(contest, ["failed"])
    assert failed.ref == "C-001"
    assert "selected" in failed.said


def test_the_entry_of_an_invitation(contest: Contest, server: Server) -> None:
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    opening, meeting = server.received
    entry = calendar_of(meeting)
    for line in (
        b"METHOD:REQUEST",
        b"DTSTART:20240306T130000Z",
        b"DTEND:20240306T150000Z",
        b"SEQUENCE:0",
    ):
        assert line in entry
    assert b"jardins@collectif.example" in entry.replace(b"\r\n ", b"")
    kinds = {part.get_content_type() for part in _parsed(opening.content).walk()}
    assert "text/calendar" not in kinds


@pytest.mark.parametrize("name", ["Bcc: x@x.example", "a,b;c", "<x@x.example>", '« É », "ç"'])
def test_a_name_that_would_be_a_header(contest: Contest, server: Server, name: str) -> None:
    added(contest, name=name)
    pass_at(contest, server, "2024-02-20T10:00")
    for received in server.received:
        assert received.recipients == ("jardins@collectif.example",)
        message = _parsed(received.content)
        assert message["Bcc"] is None
        assert len(message.get_all("To", [])) == 1


def test_the_same_words_whoever_looks(contest: Contest, server: Server) -> None:
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    for received, posted in zip(server.received, messages(contest, ["sent"]), strict=True):
        kept = letter_view(contest, posted.name)
        assert kept.eml == received.content
        assert kept.frozen
        assert kept.letter.subject == str(received.message["Subject"])


def test_a_process_that_changes_what_waits_says(contest: Contest, server: Server) -> None:
    server.always("RCPT", "450 4.2.0 later")
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    assert {str(one.stage) for one in messages(contest, notification="opened")} == {"retry"}
    edit(contest, "notifications/opened.md", "Words.", "Other words.")
    adopt(contest, "D’autres mots.")
    server.always("RCPT", mailing.USUAL)
    pass_at(contest, server, "2024-02-20T10:30")
    [mail] = [one for one in server.received if one.subject.startswith("opened")]
    assert body_of(mail) == "Other words."


def test_a_pass_reads_the_process_in_force(contest: Contest, server: Server) -> None:
    added(contest)
    file = contest.folder / "notifications" / "opened.md"
    file.write_text("# opened: by nobody\n\nNot adopted.", "utf-8")
    pass_at(contest, server, "2024-02-20T10:00")
    assert "opened: C-001" in subjects(server)
    assert settings(server).per_minute == 0


def _parsed(content: bytes) -> email.message.EmailMessage:
    parsed = email.message_from_bytes(content, policy=policy.default)
    assert isinstance(parsed, email.message.EmailMessage)
    return parsed
