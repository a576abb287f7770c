"""A mail that came back: a person says so, and what counted from its sending counts no more."""

from datetime import datetime, timedelta

import pytest

import ptce_workflow.app.outbox.waiting as ahead
from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import Posted, messages, release, resolve
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from tests import mailing
from tests.mailing import at, bodies, notify, pass_at, told, uncertain
from tests.rehearsal import edit, lines, move, opened, submitted
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

BACK = "550 5.1.1 mailbox unknown"
LEFT = at("2024-02-20T10:01")
_NUDGE = """
    in = ["submitted"]
    at = ["sent.receipt + 9 days at 09:00"]
    """
_WAY = """
[transitions.tacit]
label = "Silence"
to = "withdrawn"
at = "date.answer"
[transitions.tacit.rules.late]
says = "The time has passed"
when = "now >= date.answer"
choice = "there must be an end"
"""
_DATE = """
[dates.answer]
label = "Answer"
at = "sent.receipt + 20 days at 18:00"
choice = "twenty days"
"""


@pytest.fixture
def counting(contest: Contest) -> Contest:
    """A contest in which a reminder and an end count from the receipt."""
    notify(contest.folder, "nudge", _NUDGE)
    edit(contest, "config.toml", "\n[dates.meeting]", f"{_DATE}\n[dates.meeting]")
    states = contest.folder / "states" / "submitted.toml"
    states.write_text(states.read_text("utf-8") + _WAY, "utf-8")
    adopt(contest, "Un délai depuis le reçu.")
    return contest


def received(contest: Contest, server: Server) -> str:
    """The receipt of a candidature, which has left."""
    ref = submitted(contest)
    pass_at(contest, server, "2024-02-20T10:01")
    return only(contest, "receipt", ref).name


def only(contest: Contest, notification: str, ref: str = "C-001") -> Posted:
    """The one mail of a notification about a candidature that was not cancelled."""
    stages = ("planned", "held", "sent", "bounced", "failed")
    [posted] = messages(contest, stages, ref=ref, notification=notification)
    return posted


def counts(contest: Contest, ref: str = "C-001") -> tuple[datetime | None, datetime | None]:
    """Since when the receipt counts as sent, and when time ends the candidature."""
    dossier = show(contest, ref)
    return dossier.case.sent.get("receipt"), dict(dossier.due).get("tacit")


def test_nothing_counts_from_what_came_back(counting: Contest, server: Server) -> None:
    name = received(counting, server)
    sent, due = counts(counting)
    assert sent == LEFT
    assert due is not None
    assert str(only(counting, "nudge").stage) == "planned"
    posted = resolve(counting, name, "bounced", BACK)
    assert (str(posted.stage), posted.said) == ("bounced", BACK)
    assert counts(counting) == (None, None)
    assert messages(counting, ["planned"], notification="nudge") == ()
    [line] = told(counting, "message_bounced")
    kept = {"message": name, "notification": "receipt", "back": True, "since": None}
    assert (line.actor, line.data) == ("P-001", kept)
    assert b"unknown" not in b"".join(lines(counting))


def test_said_by_mistake(counting: Contest, server: Server) -> None:
    """Taken back, all counts again from when it left; that needs a reason."""
    name = received(counting, server)
    before = counts(counting)
    resolve(counting, name, "bounced")
    with pytest.raises(Misuse, match="how you know"):
        resolve(counting, name, "sent")
    resolve(counting, name, "sent", "It was another address.")
    assert counts(counting) == before
    assert str(only(counting, "receipt").stage) == "sent"
    assert str(only(counting, "nudge").stage) == "planned"


def test_sent_again(counting: Contest, server: Server) -> None:
    """All counts from when it leaves again, and nothing before."""
    name = received(counting, server)
    resolve(counting, name, "bounced", BACK)
    resolve(counting, name, "resend")
    assert counts(counting) == (None, None)
    pass_at(counting, server, "2024-02-22T11:00")
    assert len(bodies(server, "receipt")) == 2
    assert counts(counting)[0] == at("2024-02-22T11:00")
    assert str(only(counting, "nudge").stage) == "planned"


def test_an_earlier_one_counts(counting: Contest, server: Server) -> None:
    received(counting, server)
    move(counting, "give_back", "C-001", reason="Une pièce manque.")
    [held] = messages(counting, ["held"])
    release(counting, [held.name])
    pass_at(counting, server, "2024-02-21T10:00")
    move(counting, "submit", "C-001")
    pass_at(counting, server, "2024-02-22T10:00")
    assert counts(counting)[0] == at("2024-02-22T10:00")
    *_first, last = messages(counting, ["sent"], ref="C-001", notification="receipt")
    resolve(counting, last.name, "bounced", BACK)
    assert counts(counting)[0] == LEFT
    [line] = told(counting, "message_bounced")
    assert line.data["since"] == "2024-02-20T09:01:00.000000Z"


def test_an_uncertain_one_came_back(contest: Contest, server: Server) -> None:
    name = uncertain(contest, server)
    assert str(resolve(contest, name, "bounced", BACK).stage) == "bounced"
    assert str(resolve(contest, name, "dropped", "Told by telephone.").stage) == "undelivered"


def test_about_the_contest(contest: Contest, server: Server) -> None:
    """Nothing counts from such a mail; what was said to somebody is theirs."""
    enrol(contest, "Max", ["desk"], login="max", email="max@contest.example")
    submitted(contest)
    move(contest, "withdraw", "C-001")
    pass_at(contest, server, "2024-02-21T08:30")
    [gone] = messages(contest, ["sent"], notification="gone")
    [digest] = messages(contest, ["sent"], notification="digest")
    for posted in (gone, digest):
        assert str(resolve(contest, posted.name, "bounced", BACK).stage) == "bounced"
    assert [line.data["since"] for line in told(contest, "message_bounced")] == [None, None]


def test_it_asks_for_a_person(contest: Contest, server: Server) -> None:
    enrol(contest, "Max", ["desk"], login="max", email="max@contest.example")
    name = received(contest, server)
    resolve(contest, name, "bounced", BACK)
    waiting = ahead.waiting(contest)
    assert (waiting.failed, waiting.bounced) == (0, 1)
    assert name in {one.name for one in messages(contest)}
    mailing.reword(
        contest,
        "digest",
        "{% for task in digest.tasks %}{{ task.title }}: {{ task.things | join }} {% endfor %}",
    )
    pass_at(contest, server, "2024-02-21T08:30")
    assert name in bodies(server, "digest")[-1]


def test_only_what_left_comes_back(contest: Contest, server: Server) -> None:
    """What waits never left, and what came back has come back."""
    submitted(contest)
    with pytest.raises(PtceError, match="is planned"):
        resolve(contest, only(contest, "receipt").name, "bounced")
    name = only(contest, "receipt").name
    pass_at(contest, server, "2024-02-20T10:01")
    resolve(contest, name, "bounced")
    with pytest.raises(PtceError, match="came back"):
        resolve(contest, name, "bounced")


def test_only_the_desk_says_so(contest: Contest, server: Server) -> None:
    name = received(contest, server)
    enrol(contest, "Nour", ["jury"], institution="north", login="nour", email="nour@nord.example")
    clock = SetClock(contest.clock.now() + timedelta(minutes=1))
    with (
        opened(contest.folder, clock, "nour") as juror,
        pytest.raises(PtceError, match="Only the desk"),
    ):
        resolve(juror, name, "bounced")
