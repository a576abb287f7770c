"""Mails that wait: one statement diverts or stops them, and verifying names each."""

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import messages
from tests import mailing
from tests.mailing import pass_at
from tests.rehearsal import added, attack
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server
contest_as_it_is = mailing.contest_as_it_is

LATER = "2024-02-20T12:00:00+01:00"
ELSEWHERE = "evil@evil.example"


def waiting(contest: Contest, server: Server) -> set[str]:
    """The names of the mails that the server has put off, and that wait to be tried again."""
    added(contest)
    server.then("content", "421 4.3.2 later")
    pass_at(contest, server, "2024-02-20T10:00:00+01:00")
    names = {one.name for one in messages(contest, ["queued", "retry"])}
    assert names
    assert verify(contest).intact
    return names


def named(contest: Contest) -> str:
    """All that verifying finds."""
    return " ".join(fault.what for fault in verify(contest).faults)


def change(contest: Contest, assignment: str) -> None:
    """Changes the mails that wait, by the hands of whoever owns the file."""
    with attack(contest) as database:
        database.execute(f"UPDATE message SET {assignment} WHERE stage IN ('queued', 'retry')")


@pytest.mark.parametrize(
    ("assignment", "told"),
    [
        (f"address = '{ELSEWHERE}'", "another address"),
        ("next_at = '2024-02-24T10:00:00.000000Z'", "kept back"),
        ("next_at = 'garbage'", "kept back"),
        ("lease_until = '2024-02-24T10:00:00.000000Z'", "claimed"),
    ],
)
def test_one_statement(
    contest_as_it_is: Contest, server: Server, assignment: str, told: str
) -> None:
    """To another reader, or never: the mail is named, and no address is printed."""
    names = waiting(contest_as_it_is, server)
    change(contest_as_it_is, assignment)
    found = named(contest_as_it_is)
    assert all(name in found for name in names)
    assert told in found
    assert ELSEWHERE not in found


def test_a_mail_that_went_elsewhere(contest_as_it_is: Contest, server: Server) -> None:
    waiting(contest_as_it_is, server)
    change(contest_as_it_is, f"address = '{ELSEWHERE}'")
    pass_at(contest_as_it_is, server, LATER)
    assert ELSEWHERE in str([received.recipients for received in server.received])
    with attack(contest_as_it_is) as database:
        database.execute("UPDATE message SET address = ''")
    assert "went elsewhere" in named(contest_as_it_is)


def test_an_address_told_afterwards(contest_as_it_is: Contest, server: Server) -> None:
    waiting(contest_as_it_is, server)
    change(contest_as_it_is, f"address = '{ELSEWHERE}'")
    pass_at(contest_as_it_is, server, LATER)
    record(contest_as_it_is, "C-001", {"dossier": {"email": ELSEWHERE}})
    assert "went elsewhere" in named(contest_as_it_is)


def test_an_address_that_changed_meanwhile(contest_as_it_is: Contest, server: Server) -> None:
    waiting(contest_as_it_is, server)
    record(contest_as_it_is, "C-001", {"dossier": {"email": "nouveau@collectif.example"}})
    assert named(contest_as_it_is) == ""
    pass_at(contest_as_it_is, server, LATER)
    assert messages(contest_as_it_is, ["sent"])
    assert named(contest_as_it_is) == ""


@pytest.mark.sqlite("a server keeps several contests")
def test_another_contest_in_the_file(contest_as_it_is: Contest) -> None:
    assert named(contest_as_it_is) == ""
    with attack(contest_as_it_is) as database:
        database.execute(
            "INSERT INTO contest SELECT 'other', process, rehearsal, content, 7, head_hash, "
            "moved_to, last_pass FROM contest"
        )
    assert "other" in named(contest_as_it_is)
