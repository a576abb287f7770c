"""A server that refuses all of us, asks us for less, or loses its answers: the others wait."""

from datetime import timedelta

import pytest

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.desk import resume
from ptce_workflow.app.outbox.waiting import waiting
from ptce_workflow.scheduler.passes import DeliveryCounts, tick
from tests.cases import thinned
from tests.courier import Post, Watched, begun, collective, courier, post, server
from tests.rehearsal import english
from tests.smtp import Misbehaviour

pytestmark = pytest.mark.served

__all__ = ["begun", "english", "post", "server"]

QUOTAS = [
    ("content", "550 5.1.90 Your message can't be sent: you have reached the daily limit"),
    ("content", "554 5.7.1 Sending limit exceeded for this account"),
    ("content", "554 5.4.5 Daily sending quota exceeded (2000)"),
    ("content", "550 Domain cress.example has exceeded the max emails per hour (61/60 (101%))"),
    ("DATA", "550 5.7.1 Your account was suspended"),
    ("RCPT", "554 5.7.1 <{}>: Recipient address rejected: Policy Rejection- Quota Exceeded"),
    ("RCPT", "550 5.7.1 OFR_506 [srv{}.example] rejected"),
]


class Choosy(Watched):
    """A server whose answer at one step names the message that it is about."""

    def __init__(self, step: str, answer: str) -> None:
        super().__init__()
        self.step, self.answer, self._count = step, answer, 0

    def act_at(self, step: str) -> str | Misbehaviour | None:
        """The answer, with another number each time."""
        if step != self.step or not self.answer:
            return super().act_at(step)
        self._count += 1
        return self.answer.format(f"{self._count}@collectif.example")


@pytest.mark.parametrize("connections", [1, 3])
@pytest.mark.parametrize(("step", "answer"), thinned(QUOTAS, 3))
def test_a_server_that_refuses_all(post: Post, step: str, answer: str, connections: int) -> None:
    """Only the first of twelve mails fails, however often it is tried; the others then leave."""
    names = post.opens(12)
    with Choosy(step, answer) as choosy:
        post.server = choosy
        assert post.passes(connections=connections) == DeliveryCounts(failed=1, stopped=True)
        for _ in range(4):
            assert post.passes(connections=connections) == DeliveryCounts()
            post.goes_on(hours=4)
            assert post.passes(connections=connections) == DeliveryCounts(stopped=True)
        assert sum(post.posted(name).attempts for name in names) == 1
        resume(post.contest)
        assert post.passes(connections=connections) == DeliveryCounts(stopped=True)
        assert waiting(post.contest).paused.startswith(answer[:9])
        choosy.answer = ""
        post.goes_on(minutes=15)
        assert post.passes(connections=connections) == DeliveryCounts(sent=11)
        # What was refused is forgotten.
        choosy.answer = answer
        post.opens()
        assert post.passes(connections=connections) == DeliveryCounts(failed=1)
        assert post.is_honest()


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("RCPT", "550 5.1.1 <{}> no such user"),
        ("RCPT", "552 5.2.2 mailbox full"),
        ("RCPT", "550 No such user here"),
        ("RCPT", "550 5.7.1 RESOLVER.RST.AuthenticationRequired; authentication required"),
        ("content", "550 5.1.1 <{}> no such user"),
        ("content", "550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized"),
    ],
)
def test_a_server_that_refuses_each(post: Post, step: str, answer: str) -> None:
    """What is about the recipient fails each mail, however many there are."""
    post.opens(3)
    with Choosy(step, answer) as post.server:
        assert post.passes() == DeliveryCounts(failed=3)
        assert waiting(post.contest).paused == ""
        assert post.is_honest()


def test_refusals_in_other_words_or_with_a_mail_between(post: Post) -> None:
    post.opens(5)
    usual = Misbehaviour.USUAL
    spam, virus = "554 5.7.1 looks like spam", "554 5.7.1 looks like a virus"
    post.server.then("content", spam, virus, usual, virus, usual)
    assert post.passes() == DeliveryCounts(sent=2, failed=3)


def test_refusals_of_one_recipient(post: Post) -> None:
    """Two mails to one address that are refused alike say nothing of the others."""
    for number in range(3):
        collective(
            post.contest, number, email="c@collectif.example" if number < 2 else "d@d.example"
        )
    post.server.then("content", *["554 5.7.1 no"] * 2)
    assert post.passes() == DeliveryCounts(sent=1, failed=2)


def test_refusals_a_day_apart(post: Post) -> None:
    """Two passes with nothing accepted between them: the second refusal pauses as well."""
    for at in range(2):
        post.opens()
        post.server.then("content", "554 5.7.1 limit")
        assert post.passes() == DeliveryCounts(failed=1 - at, stopped=bool(at))
        post.goes_on(days=1)
    assert post.passes() == DeliveryCounts(sent=1)


@pytest.mark.both
@pytest.mark.parametrize("connections", [1, 3])
def test_answers_that_are_lost(post: Post, connections: int) -> None:
    """At most one mail is in doubt for each pause; all leave once answers come."""
    post.opens(12, by="invite")
    post.server.always("content", Misbehaviour.KEEP_AND_DROP)
    for doubts in range(1, 4):
        assert post.passes(connections=connections) == DeliveryCounts(uncertain=1, stopped=True)
        assert post.passes(connections=connections) == DeliveryCounts()
        assert len(post.taken) == doubts
        until = waiting(post.contest).paused_until
        assert until == post.clock.instant + timedelta(minutes=2 ** (doubts - 1))
        post.clock.instant = until
    post.server.behaves()
    post.goes_on(minutes=10)
    assert post.passes(connections=connections).sent == 12
    assert post.is_honest()


def test_two_couriers_after_a_pause(post: Post) -> None:
    """One of them tries with one mail; the other waits for what comes of it."""
    post.opens(4, by="invite")
    post.server.always("content", Misbehaviour.KEEP_AND_DROP)
    post.passes()
    post.goes_on(minutes=1)
    with Watched() as elsewhere:
        counts = []

        def other(contest: Contest) -> None:
            counts.append(tick(contest, courier(elsewhere)).mail)

        post.meanwhile("RCPT", other)
        assert post.passes() == DeliveryCounts(uncertain=1, stopped=True)
        assert counts == [DeliveryCounts()]


def test_a_pause_names_no_recipient(post: Post) -> None:
    """An erasure does not look in the row of the pause."""
    post.opens(2)
    answers = (f"554 5.7.1 <c{number}@collectif.example>: quota" for number in (1, 2))
    post.server.then("RCPT", *answers)
    assert post.passes() == DeliveryCounts(failed=1, stopped=True)
    assert waiting(post.contest).paused == "554 5.7.1 <…>: quota"
    with post.contest.database.reading() as repo:
        assert "collectif" not in str(repo.pause(post.contest.id))


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("greeting", "432 4.3.2 Concurrent connections limit exceeded"),
        ("MAIL", "421 4.7.0 too many connections"),
        ("RCPT", "450 4.7.1 Error: too much mail from 192.0.2.1"),
        ("RCPT", "451 4.7.500 Server busy. Please try again later"),
        ("content", "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"),
    ],
)
def test_a_server_that_asks_for_less(post: Post, step: str, answer: str) -> None:
    """Nothing is charged, the others are not offered, and a minute later all leave."""
    names = post.opens(6)
    post.server.then(step, answer)
    assert post.passes() == DeliveryCounts(stopped=True)
    assert post.server.heard.count("RCPT") <= 1
    assert [post.posted(name).attempts for name in names] == [0] * 6
    post.goes_on(minutes=1)
    assert post.passes() == DeliveryCounts(sent=6)


def test_greylisting(post: Post) -> None:
    """Each recipient is put off by itself: all are offered, and all leave when tried again."""
    post.opens(6)
    post.server.then("RCPT", *["450 4.2.0 <b@collectif.example>: Greylisted, try again"] * 6)
    assert post.passes() == DeliveryCounts(retried=6)
    post.goes_on(minutes=6)
    assert post.passes() == DeliveryCounts(sent=6)
