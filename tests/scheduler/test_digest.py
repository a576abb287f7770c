"""What the desk reads once mails leave again: what came too late, and since when nothing left."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.create import create
from ptce_workflow.app.outbox.delivery import plan_digest
from ptce_workflow.app.outbox.desk import messages, release
from ptce_workflow.app.outbox.waiting import silences
from ptce_workflow.app.people import enrol
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.ledger.events.base import read
from tests.courier import Post, Watched, collective, server, write_notification
from tests.mailing import body_of
from tests.rehearsal import BEGINNING, SMALL, lines, opened
from tests.servers import ON_SERVER, keep_on_server

__all__ = ["server"]

DIGEST = """# Today

{% for task in digest.tasks %}
## {{ task.title }}

{% for one in task.things %}
- {{ one }}
{% endfor %}
{% endfor %}
Bye.
"""
DAILY = 'to = "desk"\nabout = "contest"\ndaily = "08:30"\nany_hour = true\nexpires = "9 hours"\n'
REMINDER = 'in = ["draft"]\nat = ["date.submission - 7 days at 09:00"]\nexpires = "1 day"\n'
WELCOME = 'on = "start.create"\nin = ["draft"]\nexpires = "date.submission"\n'
AWAY = "421 4.3.2 not now"
UP = "2024-03-06T11:00+01:00"
MORNING = "2024-03-04T08:30+01:00"


@pytest.fixture
def post(
    request: pytest.FixtureRequest, tmp_path: Path, clock: SetClock, server: Watched
) -> Iterator[Post]:
    """A contest whose desk reads a digest every morning, and whose reminders last a day."""
    folder = shutil.copytree(SMALL, tmp_path / "contest")
    if ON_SERVER:
        keep_on_server(folder)
    write_notification(folder, "digest", DAILY, DIGEST)
    reminder = getattr(request, "param", REMINDER)
    write_notification(folder, "reminder", reminder, "# Soon\n\nBefore {{ date.submission }}.\n")
    clock.instant = datetime.fromisoformat("2024-03-01T10:00+01:00")
    create(folder, login="anne", rehearsal=True, clock=clock)
    with opened(folder, clock) as contest:
        enrol(contest, "Anne", ["desk"], login="anne", email="anne@contest.example")
        yield Post(contest, clock, server)
        assert verify(contest).intact


def at(post: Post, *hours: str) -> None:
    """Makes a pass at each hour."""
    for hour in hours:
        post.clock.instant = datetime.fromisoformat(hour)
        post.passes()


def digests(post: Post) -> list[str]:
    """The digests that the server took, each on one line."""
    mails = (one for one in post.server.received if one.subject == "Today")
    return [" ".join(body_of(one).split()) for one in mails]


def away(post: Post) -> tuple[str, ...]:
    """Has the server go away for two days, over which a reminder leaves no more; the reminders."""
    for number in (1, 2):
        collective(post.contest, number)
    at(post, MORNING)
    post.server.always("MAIL", AWAY)
    days = ("04T09:00", "04T12:00", "05T08:30", "05T09:01", "05T17:40", "06T08:30", "06T10:00")
    at(post, *(f"2024-03-{day}+01:00" for day in days))
    post.server.behaves()
    mails = messages(post.contest, ["expired"], notification="reminder")
    return tuple(one.name for one in mails)


def test_the_pass_that_finds_the_server_back(post: Post) -> None:
    """It writes the digest: whom to telephone, and by when; the morning's is not waited for."""
    first, second = away(post)
    before = len(digests(post))
    at(post, UP)
    told = digests(post)[before:]
    assert f"- {first} reminder, C-001" in told[-1]
    assert f"- {second} reminder, C-002" in told[-1]
    assert ", before Monday 11 March 2024" in told[-1]
    assert "refused by the server" not in told[-1]
    assert "none left" in told[-1]
    assert "from Monday 4 March 2024 at 09:00 to Wednesday 6 March 2024" in told[-1]
    at(post, "2024-03-06T11:01+01:00")
    assert len(digests(post)) == before + len(told)


def test_a_digest_of_the_same_morning_tells_it_again(post: Post) -> None:
    away(post)
    at(post, UP, "2024-03-07T08:30+01:00", "2024-03-08T08:30+01:00")
    silent = ["none left" in one for one in digests(post)]
    assert silent[-2:] == [True, False]


def test_no_digest_while_mail_is_kept_back(post: Post) -> None:
    """What would only wait in the queue is not written."""
    away(post)
    planned = messages(post.contest, ["planned", "queued", "retry"], notification="digest")
    assert len(planned) == 2  # today's, and tomorrow's


def test_a_mail_that_is_a_little_late_is_no_silence(post: Post) -> None:
    collective(post.contest, 1)
    at(post, MORNING, "2024-03-04T09:50+01:00")
    with post.contest.looking() as tx:
        assert list(silences(tx)) == []
    assert len(digests(post)) == 1


@pytest.mark.parametrize(
    "post", [REMINDER.replace('"1 day"', '"3 days"\nheld = true')], indirect=True
)
def test_a_mail_that_a_person_reads_waits_in_no_silence(post: Post) -> None:
    collective(post.contest, 1)
    at(post, MORNING, "2024-03-04T09:00+01:00", "2024-03-04T20:00+01:00")
    release(post.contest, [one.name for one in messages(post.contest, ["held"])])
    at(post, "2024-03-05T09:00+01:00")
    assert len(messages(post.contest, ["sent"], notification="reminder")) == 1
    with post.contest.looking() as tx:
        assert list(silences(tx)) == []


def test_no_pass_for_two_days(post: Post) -> None:
    """The first pass afterwards sends what it can, and tells of the rest."""
    collective(post.contest, 1)
    at(post, MORNING, UP)
    assert "came too late: tell their recipients otherwise (1)" in digests(post)[-1]


@pytest.mark.parametrize("times", [1, 2])
def test_a_digest_at_once(post: Post, times: int) -> None:
    """One is planned for now, and once; the daily one stays where it is."""
    collective(post.contest, 1)
    at(post, "2024-03-04T09:00+01:00")
    post.clock.instant += timedelta(minutes=7)
    for _again in range(times):
        plan_digest(post.contest)
    waits = messages(post.contest, ["planned"], notification="digest")
    hours = [one.due.isoformat() for one in waits]
    assert hours == ["2024-03-04T08:07:00+00:00", "2024-03-05T07:30:00+00:00"]
    last = read(lines(post.contest)[-1])
    assert (last.type, len(last.data.messages)) == ("messages_planned", 1)


def test_nobody_reads_one(clock: SetClock, contest: Contest) -> None:
    """Where no notification is a digest nothing is planned."""
    before = len(lines(contest))
    plan_digest(contest)
    assert len(lines(contest)) == before
    assert clock.instant == BEGINNING


@pytest.mark.parametrize("post", [WELCOME], indirect=True)
def test_what_was_never_of_use_waits_for_the_morning(post: Post) -> None:
    """A mail set off after its day came too late; that is no news of the server."""
    at(post, MORNING, "2024-03-11T12:29+01:00")
    before = digests(post)
    collective(post.contest, 1)
    at(post, "2024-03-11T12:30+01:00")
    assert digests(post) == before
    at(post, "2024-03-12T08:30+01:00")
    assert "came too late: tell their recipients otherwise (1)" in digests(post)[-1]
    assert "none left" not in digests(post)[-1]
