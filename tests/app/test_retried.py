"""What failed leaves again in the words of today; what may have arrived, as the very same mail."""

import pytest
from icalendar import Calendar

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.candidatures.record import record
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.delivery import ClaimedMessage, Delivery, claim, post_due, step
from ptce_workflow.app.outbox.desk import letter_view, messages, release, resolve, resume
from ptce_workflow.app.people import enrol
from ptce_workflow.base.runtime import SetClock, never
from ptce_workflow.mail.dialogue import AnswerKind, ServerAnswer
from tests import mailing
from tests.mailing import (
    NOTIFICATIONS,
    bodies,
    calendar_of,
    cancelled,
    notify,
    pass_at,
    read,
    reword,
    settings,
    told,
    uncertain,
)
from tests.rehearsal import added, edit, move, remark, submitted
from tests.smtp import Misbehaviour, Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

NAMED = "For {{ candidature.name }}."
REFUSED = "550 5.1.1 nobody here by that name"
MOVED = ("at = 2024-03-06T14:00:00", "at = 2024-03-07T10:00:00")


@pytest.fixture
def named(contest: Contest) -> Contest:
    """A contest whose first mails name the collective."""
    for name in ("opened", "given_back"):
        reword(contest, name, NAMED)
    return contest


def refused(contest: Contest, server: Server) -> str:
    """A mail that the server has refused."""
    server.then("RCPT", REFUSED)
    added(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    [posted] = messages(contest, ["failed"])
    return posted.name


def released_and_refused(contest: Contest, server: Server) -> str:
    """A mail that a person has released, and the server has refused."""
    ref = submitted(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    move(contest, "give_back", ref, reason="Une pièce manque.")
    [held] = messages(contest, ["held"])
    release(contest, [held.name])
    server.then("RCPT", REFUSED)
    pass_at(contest, server, "2024-02-20T10:01")
    assert stage(contest, held.name) == "failed"
    return held.name


def stage(contest: Contest, name: str) -> str:
    return str(letter_view(contest, name).posted.stage)


def test_a_name_that_was_corrected(named: Contest, server: Server) -> None:
    name = refused(named, server)
    record(named, "C-001", {"dossier": {"name": "Les Vergers"}})
    resolve(named, name, "resend")
    assert not letter_view(named, name).frozen
    pass_at(named, server, "2024-02-20T10:05")
    assert bodies(server, "opened") == ["For Les Vergers."]


def test_a_date_that_has_moved(contest: Contest, server: Server) -> None:
    added(contest)
    post_due(contest, settings(server), never)
    server.always("RCPT", REFUSED)
    pass_at(contest, server, "2024-02-20T10:00")
    server.always("RCPT", Misbehaviour.USUAL)
    [name] = [one.name for one in messages(contest, ["failed"], notification="visit")]
    edit(contest, "config.toml", *MOVED)
    adopt(contest, "Une autre date.")
    resolve(contest, name, "resend")
    pass_at(contest, server, "2024-02-20T10:05")
    [body] = bodies(server, "visit")
    assert "7 March" in body
    [event] = Calendar.from_ical(calendar_of(server.received[-1])).walk("VEVENT")
    assert (read(event.decoded("DTSTART")), event["SEQUENCE"]) == ("03-07 10:00", 0)


def test_what_came_too_late(named: Contest, server: Server) -> None:
    added(named)
    server.always("RCPT", "450 4.2.0 later")
    pass_at(named, server, "2024-02-20T10:00")
    pass_at(named, server, "2024-03-11T12:00")
    server.always("RCPT", Misbehaviour.USUAL)
    edit(named, "config.toml", "at = 2024-03-11T12:00:00", "at = 2024-03-18T12:00:00")
    adopt(named, "Une semaine de plus.")
    [late] = messages(named, ["expired"], notification="opened")
    record(named, "C-001", {"dossier": {"name": "Les Vergers"}})
    resolve(named, late.name, "resend")
    pass_at(named, server, "2024-03-12T09:00")
    assert bodies(server, "opened") == ["For Les Vergers."]


def test_released_and_as_it_was(named: Contest, server: Server) -> None:
    name = released_and_refused(named, server)
    record(named, "C-001", {"dossier": {"email": "juste@collectif.example"}})
    words = letter_view(named, name).words
    posted = resolve(named, name, "resend")
    assert str(posted.stage) == "planned"
    assert letter_view(named, name).words == words
    pass_at(named, server, "2024-02-20T10:05")
    assert server.received[-1].recipients == ("juste@collectif.example",)
    assert bodies(server, "given_back") == ["For Les Jardins."]


def test_released_and_other_by_now(named: Contest, server: Server) -> None:
    """What would say something else than what was released is read again."""
    name = released_and_refused(named, server)
    record(named, "C-001", {"dossier": {"name": "Les Vergers"}})
    posted = resolve(named, name, "resend")
    assert (str(posted.stage), letter_view(named, name).frozen) == ("held", False)
    assert cancelled(named)[-1] == ("given_back", "words")
    [again] = told(named, "messages_planned")[-1].data["messages"]
    assert (again["message"], again["held"]) == (name, True)
    pass_at(named, server, "2024-02-20T10:05")
    assert bodies(server, "given_back") == []
    release(named, [name], read={name: letter_view(named, name).words})
    pass_at(named, server, "2024-02-20T10:06")
    assert bodies(server, "given_back") == ["For Les Vergers."]


def test_read_since_it_failed(contest: Contest, server: Server) -> None:
    name = refused(contest, server)
    notify(contest.folder, "opened", NOTIFICATIONS["opened"] + "held = true\n")
    adopt(contest, "On relit.")
    posted = resolve(contest, name, "resend")
    assert str(posted.stage) == "held"
    pass_at(contest, server, "2024-02-20T10:05")
    assert bodies(server, "opened") == []


def test_nobody_reads_it_since_it_failed(named: Contest, server: Server) -> None:
    name = released_and_refused(named, server)
    toml = NOTIFICATIONS["given_back"].replace("true", "false")
    reword(named, "given_back", "Other words.", toml=toml)
    posted = resolve(named, name, "resend")
    assert (str(posted.stage), posted.held) == ("planned", False)
    pass_at(named, server, "2024-02-20T10:05")
    assert bodies(server, "given_back") == ["Other words."]


def test_a_digest_that_has_nothing_to_tell_any_more(contest: Contest, server: Server) -> None:
    enrol(contest, "Anne", ["desk"], login="anne", email="anne@contest.example")
    for login, institution in (("nour", "north"), ("sacha", "south")):
        address = f"{login}@jury.example"
        enrol(contest, login, ["jury"], institution=institution, login=login, email=address)
    name = refused(contest, server)
    server.always("RCPT", REFUSED)
    pass_at(contest, server, "2024-02-21T08:30")
    server.always("RCPT", Misbehaviour.USUAL)
    [digest] = messages(contest, ["failed"], notification="digest")
    resolve(contest, name, "dropped")
    move(contest, "withdraw", "C-001")
    resolve(contest, digest.name, "resend")
    pass_at(contest, server, "2024-02-21T08:40")
    assert ("digest", "empty") in cancelled(contest)
    assert bodies(server, "digest") == []


@pytest.mark.parametrize("waits", ["planned", "queued", "retry", "claimed"])
def test_the_very_same_mail(contest: Contest, server: Server, waits: str) -> None:
    """What may have arrived leaves byte for byte, whatever is recorded or adopted meanwhile."""
    reword(contest, "receipt", NAMED)
    name = uncertain(contest, server)
    resolve(contest, name, "resend")
    if waits == "retry":
        server.then("RCPT", "450 4.2.0 later")
        pass_at(contest, server, "2024-02-20T10:02")
    elif waits != "planned":
        assert post_due(contest, settings(server), never) == 1
    if waits == "claimed":
        # The answer that was lost has paused the courier.
        resume(contest)
        assert claim(contest, settings(server), "a courier that dies", 10)
    assert stage(contest, name) == waits
    reword(contest, "receipt", "Other words.")
    pass_at(contest, server, "2024-02-20T15:00")
    first, second = [one.content for one in server.received if "receipt" in one.subject]
    assert first == second
    assert stage(contest, name) == "sent"


def test_sent_again_by_itself(contest: Contest, server: Server) -> None:
    added(contest)
    server.then("content", Misbehaviour.KEEP_AND_DROP)
    pass_at(contest, server, "2024-02-20T10:00")
    server.then("RCPT", "450 4.2.0 later")
    pass_at(contest, server, "2024-02-20T10:10")
    reword(contest, "opened", "Other words.")
    pass_at(contest, server, "2024-02-20T10:30")
    first, second = [one.content for one in server.received if "opened" in one.subject]
    assert first == second


def leaving(contest: Contest, server: Server) -> ClaimedMessage:
    """A mail whose bytes are just going over the wire."""
    given = settings(server)
    post_due(contest, given, never)
    [message, *others] = claim(contest, given, "a courier", 10)
    assert step(contest, "a courier", (), [message]) == ((), (message,))
    assert len(others) <= 1
    return message


@pytest.mark.parametrize("kind", [AnswerKind.LATER, AnswerKind.DOWN])
def test_adopted_while_it_leaves(
    contest: Contest, server: Server, clock: SetClock, kind: AnswerKind
) -> None:
    added(contest)
    message = leaving(contest, server)
    reword(contest, "opened", "Other words.")
    step(contest, "a courier", [Delivery(message, ServerAnswer(kind, 451, "4.3.0 not now"))], ())
    pass_at(contest, server, "2024-02-20T10:30")
    assert bodies(server, "opened") == ["Other words."]


@pytest.mark.parametrize(("words", "then"), [("Other words.", "held"), (None, "sent")])
def test_adopted_while_it_leaves_as_released(
    contest: Contest, server: Server, words: str | None, then: str
) -> None:
    """If somebody has released it, they are asked again; unless nothing changes for it."""
    ref = submitted(contest)
    pass_at(contest, server, "2024-02-20T10:00")
    move(contest, "give_back", ref, reason="Une pièce manque.")
    [held] = messages(contest, ["held"])
    release(contest, [held.name])
    message = leaving(contest, server)
    if words:
        reword(contest, "given_back", words)
    else:
        remark(contest)
        adopt(contest, "Une remarque.")
    later = ServerAnswer(AnswerKind.LATER, 451, "4.3.0 not now")
    step(contest, "a courier", [Delivery(message, later)], ())
    pass_at(contest, server, "2024-02-20T10:30")
    assert stage(contest, held.name) == then
