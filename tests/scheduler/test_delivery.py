"""What becomes of one mail, whatever its server answers; each against a real server."""

from datetime import timedelta
from typing import Any

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.outbox.delivery import claim, recover, step
from ptce_workflow.app.outbox.desk import letter_view, resolve, resume
from ptce_workflow.app.outbox.waiting import waiting
from ptce_workflow.app.people import enrol
from ptce_workflow.app.retention.erase import erase
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import speaking
from ptce_workflow.scheduler.passes import DeliveryCounts, tick
from tests.courier import LEASE, Post, Watched, begun, courier, message_id, post, server
from tests.rehearsal import BEGINNING, english, last, move, opened
from tests.smtp import Misbehaviour

pytestmark = pytest.mark.served

__all__ = ["begun", "english", "post", "server"]

LATER = "450 4.2.0 come again"


def waits(post: Post, name: str) -> timedelta:
    """How long a mail waits for its next try."""
    return post.posted(name).next_at - post.clock.instant


@pytest.mark.both
def test_taken(post: Post) -> None:
    """What the server takes is sent: once, at that instant, and the ledger says what it said."""
    [name] = post.opens()
    assert post.passes() == DeliveryCounts(sent=1)
    assert post.taken == ["c1@collectif.example"]
    assert last(post.contest).type == "message_sent"
    assert last(post.contest).at == "2024-02-20T09:00:00.000000Z"
    found = post.posted(name)
    assert (found.stage, found.attempts, found.said) == ("sent", 1, "250 2.0.0 taken as 1")
    assert post.passes() == DeliveryCounts()
    assert post.is_honest()


def test_kept_as_it_left(post: Post) -> None:
    [name] = post.opens()
    post.passes()
    assert letter_view(post.contest, name).eml == post.server.received[0].content


@pytest.mark.both
def test_put_off_once(post: Post) -> None:
    """450, then 250: it is tried again after five minutes, not before, and delivered once."""
    [name] = post.opens()
    post.server.then("RCPT", LATER)
    assert post.passes() == DeliveryCounts(retried=1)
    assert post.stage(name) == "retry"
    assert post.posted(name).said == LATER
    post.goes_on(minutes=4, seconds=59)
    assert post.passes() == DeliveryCounts()
    post.goes_on(seconds=1)
    assert post.passes() == DeliveryCounts(sent=1)
    assert post.taken == ["c1@collectif.example"]
    assert post.posted(name).attempts == 2
    assert post.is_honest()


def test_put_off_after_the_dot(post: Post) -> None:
    post.opens()
    post.server.then("content", LATER)
    assert post.passes() == DeliveryCounts(retried=1)
    post.goes_on(minutes=5)
    assert post.passes() == DeliveryCounts(sent=1)
    assert post.is_honest()


def test_put_off_until_it_expires(post: Post) -> None:
    [name] = post.opens()
    post.server.always("RCPT", LATER)
    waited = []
    while post.passes().retried:
        waited.append(waits(post, name))
        post.clock.instant = post.posted(name).next_at
    minutes = [wait // timedelta(minutes=1) for wait in waited]
    assert minutes[:8] == [5, 10, 20, 40, 80, 160, 240, 240]
    assert set(minutes[8:]) == {240}
    assert post.stage(name) == "expired"
    late = post.clock.instant - BEGINNING - timedelta(days=7)
    assert timedelta(0) <= late < timedelta(hours=4)
    assert last(post.contest).data == {"messages": [name], "why": "late"}
    assert post.taken == []
    assert post.is_honest()


@pytest.mark.parametrize(
    ("step", "reply"),
    [
        ("RCPT", "550 5.1.1 no such user"),
        ("content", "554 5.6.0 not that"),
        ("MAIL", "552 5.3.4 too big"),
    ],
)
def test_refused(post: Post, step: str, reply: str) -> None:
    """What is refused for good is not tried again; the desk reads why, until it says what next."""
    [name] = post.opens()
    enrol(post.contest, "Anne", ["desk"], login="anne", email="anne@cress.example")
    post.server.then(step, reply)
    assert post.passes() == DeliveryCounts(failed=1)
    failed = post.posted(name)
    assert (failed.stage, failed.said) == ("failed", reply)
    assert last(post.contest).type == "message_failed"
    assert last(post.contest).data["code"] == int(reply[:3])
    assert waiting(post.contest).failed == 1
    post.goes_on(days=1)
    post.passes()
    assert post.taken == ["anne@cress.example"]
    told = post.server.received[0].message.get_body(("plain",))
    assert f"refused by the server (1): {name} " in told.get_content()  # type: ignore[union-attr]
    resolve(post.contest, name, "resend")
    assert post.passes() == DeliveryCounts(sent=1)
    assert post.taken[1:] == ["c1@collectif.example"]
    assert post.is_honest()


def test_refused_for_one(post: Post) -> None:
    """A recipient that is refused keeps no other mail from leaving on the same connection."""
    names = post.opens(3)
    post.server.then("RCPT", Misbehaviour.USUAL, "550 5.1.1 no such user")
    assert post.passes() == DeliveryCounts(sent=2, failed=1)
    assert post.stages(names) == ["sent", "failed", "sent"]
    assert post.is_honest()


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("RCPT", "553 5.7.1 Sender address rejected: not owned by user"),
        ("RCPT", "554 5.7.1 Relay access denied"),
        ("MAIL", "550 not from here"),
    ],
)
def test_a_server_that_refuses_us(post: Post, step: str, said: str) -> None:
    names = post.opens(3)
    post.server.always(step, said)
    assert post.passes() == DeliveryCounts(stopped=True)
    assert post.stages(names) == ["queued"] * 3
    assert [post.posted(name).attempts for name in names] == [0, 0, 0]
    told = waiting(post.contest)
    assert (told.paused, told.paused_until) == (said, post.clock.instant + timedelta(minutes=15))
    assert step == "RCPT" or "RCPT" not in post.server.heard
    post.server.behaves()
    post.goes_on(minutes=15)
    assert post.passes() == DeliveryCounts(sent=3)
    assert post.is_honest()


def test_one_that_refuses_the_sender_to_one_alone(post: Post) -> None:
    names = post.opens(3)
    post.server.then("RCPT", "550 5.7.1 sender not allowed")
    assert post.passes() == DeliveryCounts(stopped=True)
    post.goes_on(minutes=15)
    usual = Misbehaviour.USUAL
    post.server.then("RCPT", usual, usual, "550 5.7.1 sender not allowed")
    assert post.passes() == DeliveryCounts(sent=2, failed=1)
    assert post.stages(names) == ["sent", "sent", "failed"]


def test_closed(post: Post) -> None:
    """A server that greets with 421 gets nothing for a while; no try is counted."""
    names = post.opens(3)
    post.server.then("greeting", "421 4.3.2 closed")
    assert post.passes() == DeliveryCounts(stopped=True)
    assert post.stages(names) == ["queued"] * 3
    assert [post.posted(name).attempts for name in names] == [0, 0, 0]
    assert waiting(post.contest).paused == "421 4.3.2 closed"
    before = post.server.connections
    post.goes_on(seconds=59)
    assert post.passes() == DeliveryCounts()
    assert post.server.connections == before
    post.goes_on(seconds=1)
    assert post.passes() == DeliveryCounts(sent=3)
    assert waiting(post.contest).paused == ""
    assert post.is_honest()


def test_closed_for_long(post: Post) -> None:
    """Each pause is twice as long as the one before, up to 15 minutes; one delivery ends that."""
    post.opens()
    post.server.then("greeting", *["421 4.3.2 closed"] * 10)
    pauses = []
    while post.passes().stopped:
        until = waiting(post.contest).paused_until
        assert until is not None
        pauses.append((until - post.clock.instant) // timedelta(minutes=1))
        post.clock.instant = until
    assert pauses == [1, 2, 4, 8, *[15] * 6]
    post.server.then("greeting", "421 4.3.2 closed")
    post.opens()
    post.passes()
    assert waiting(post.contest).paused_until == post.clock.instant + timedelta(minutes=1)


def test_started_again_by_hand(post: Post) -> None:
    post.opens()
    post.server.then("greeting", "421 4.3.2 closed")
    post.passes()
    resume(post.contest)
    assert post.passes() == DeliveryCounts(sent=1)


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_lost_before_anything_left(post: Post, step: str) -> None:
    [name] = post.opens()
    # An idle connection may have been closed rightly: a second one is tried at once.
    post.server.then(step, Misbehaviour.DROP)
    assert post.passes() == DeliveryCounts(stopped=True)
    assert (post.stage(name), post.posted(name).attempts) == ("queued", 0)
    post.goes_on(minutes=1)
    assert post.passes() == DeliveryCounts(sent=1)
    assert post.is_honest()


@pytest.mark.both
@pytest.mark.parametrize("act", [Misbehaviour.DROP, Misbehaviour.KEEP_AND_DROP])
def test_lost_on_the_way(post: Post, act: Misbehaviour) -> None:
    [name] = post.opens()
    post.server.then("content", act)
    assert post.passes() == DeliveryCounts(uncertain=1, stopped=True)
    assert post.stage(name) == "uncertain"
    assert last(post.contest).type == "message_uncertain"
    assert last(post.contest).data["resent"] is False
    assert waiting(post.contest).uncertain == 1
    for _ in range(8):
        post.goes_on(hours=20)
        assert post.passes().sent == 0
    assert len(post.taken) == (act is Misbehaviour.KEEP_AND_DROP)
    assert post.is_honest()


@pytest.mark.both
def test_lost_on_the_way_and_found(post: Post) -> None:
    [name] = post.opens()
    post.server.then("content", Misbehaviour.KEEP_AND_DROP)
    post.passes()
    resolve(post.contest, name, "sent", "Le collectif a répondu.")
    assert post.passes() == DeliveryCounts()
    assert post.stage(name) == "sent"
    assert post.is_honest()


@pytest.mark.both
def test_lost_on_the_way_and_sent_again_by_hand(post: Post) -> None:
    """A person may have it sent again: the very same mail, under the same Message-ID."""
    [name] = post.opens()
    post.server.then("content", Misbehaviour.KEEP_AND_DROP)
    post.passes()
    resolve(post.contest, name, "resend", None)
    post.goes_on(minutes=1)
    assert post.passes() == DeliveryCounts(sent=1)
    first, second = post.server.received
    assert first.content == second.content
    assert verify(post.contest).intact


@pytest.mark.both
def test_lost_on_the_way_and_sent_again(post: Post) -> None:
    [name] = post.opens(by="invite")
    post.server.then("content", Misbehaviour.KEEP_AND_DROP)
    assert post.passes() == DeliveryCounts(uncertain=1, stopped=True)
    assert last(post.contest).data["resent"] is True
    assert post.passes() == DeliveryCounts()
    post.goes_on(minutes=5)
    assert post.passes() == DeliveryCounts(sent=1)
    first, second = post.server.received
    assert first.content == second.content
    assert message_id(first.content) == message_id(second.content)
    assert post.stage(name) == "sent"
    assert post.is_honest()


@pytest.mark.both
def test_lost_on_the_way_every_time(post: Post) -> None:
    """Whoever never hears that it was taken asks a person after the third copy."""
    [name] = post.opens(by="invite")
    post.server.always("content", Misbehaviour.KEEP_AND_DROP)
    for _ in range(40):
        post.passes()
        post.goes_on(hours=1)
    assert len(post.taken) == 3
    assert post.stage(name) == "uncertain"
    assert post.is_honest()


def test_no_answer_to_the_dot(post: Post) -> None:
    [name] = post.opens()
    post.server.then("content", Misbehaviour.HANG)
    assert post.passes(data_timeout_s=0.2) == DeliveryCounts(uncertain=1, stopped=True)
    assert post.stage(name) == "uncertain"
    assert post.posted(name).said == "The server did not answer in time."
    assert post.is_honest()


def test_no_greeting(post: Post) -> None:
    """A server that does not even greet is down."""
    [name] = post.opens()
    post.server.then("greeting", Misbehaviour.HANG)
    assert post.passes(connect_timeout_s=0.2) == DeliveryCounts(stopped=True)
    assert (post.stage(name), post.posted(name).attempts) == ("queued", 0)
    assert waiting(post.contest).paused == "The server did not answer in time."


def test_recipient_that_ends_the_dialogue(post: Post) -> None:
    names = post.opens(3)
    post.server.then("greeting", "421 4.3.2 closed")
    assert post.passes() == DeliveryCounts(stopped=True)
    post.goes_on(minutes=1)
    post.server.then(
        "RCPT",
        Misbehaviour.DROP,
        Misbehaviour.USUAL,
        Misbehaviour.USUAL,
        Misbehaviour.DROP,
        Misbehaviour.DROP,
    )
    assert post.passes() == DeliveryCounts(stopped=True)
    post.goes_on(minutes=2)
    assert post.passes() == DeliveryCounts(sent=2, stopped=True)
    assert post.stages(names) == ["queued", "sent", "sent"]
    assert post.is_honest()


def withdrawn(other: Contest) -> None:
    """Has the first candidature withdraw."""
    move(other, "withdraw", "C-001")


@pytest.mark.both
def test_withdrawn_while_claimed(post: Post) -> None:
    """A withdrawal before the message was asked for keeps it back: the offer is taken back."""
    names = post.opens(2)
    post.meanwhile("RCPT", withdrawn)
    assert post.passes() == DeliveryCounts(sent=1)
    assert post.stages(names) == ["cancelled", "sent"]
    assert post.taken == ["c2@collectif.example"]
    assert post.server.heard.count("RSET") == 1
    assert post.is_honest()


def test_withdrawn_while_leaving(post: Post) -> None:
    """A withdrawal while the message is on its way comes too late: it is called sent."""
    [name] = post.opens()
    post.meanwhile("content", withdrawn)
    assert post.passes() == DeliveryCounts(sent=1)
    assert post.stage(name) == "sent"
    assert post.is_honest()


def test_erased_while_leaving(post: Post) -> None:
    """Of somebody whose mail is on its way nothing is erased; once that is told, all of it is."""
    [name] = post.opens()
    refused: list[str] = []

    def erased(contest: Contest) -> None:
        withdrawn(contest)
        with speaking("en"):
            try:
                erase(contest, "C-001", "As they asked.")
            except PtceError as refusal:
                refused.append(refusal.what)

    post.meanwhile("content", erased)
    assert post.passes() == DeliveryCounts(sent=1)
    assert refused == [f"{name} is leaving at this moment; nothing was erased."]
    assert post.is_honest()
    erase(post.contest, "C-001", "As they asked.")
    assert letter_view(post.contest, name).eml is None
    assert verify(post.contest).faults == ()


@pytest.mark.parametrize("act", ["550 5.1.1 nobody", Misbehaviour.DROP])
def test_erased_before_a_person_has_looked(post: Post, act: str | Misbehaviour) -> None:
    [name] = post.opens()
    post.server.then("content", act)
    post.passes()
    withdrawn(post.contest)
    erase(post.contest, "C-001", "As they asked.")
    assert letter_view(post.contest, name).eml is None
    resolve(post.contest, name, "resend", "Nobody has read it.")
    assert post.passes() == DeliveryCounts()
    assert (post.stage(name), post.taken) == ("cancelled", [])
    assert post.is_honest()


@pytest.mark.parametrize("act", [LATER, Misbehaviour.DROP, Misbehaviour.KEEP_AND_DROP])
@pytest.mark.parametrize("by", ["create", "invite"])
def test_withdrawn_while_it_did_not_get_through(
    post: Post, by: str, act: str | Misbehaviour
) -> None:
    [name] = post.opens(by=by)
    post.meanwhile("content", withdrawn)
    post.server.then("content", act)
    post.passes()
    post.goes_on(hours=1)
    assert post.passes() == DeliveryCounts()
    assert len(post.taken) == (act is Misbehaviour.KEEP_AND_DROP)
    uncertain = by == "create" and act != LATER
    assert post.stage(name) == ("uncertain" if uncertain else "cancelled")
    assert post.is_honest()


def test_withdrawn_while_the_server_went_down(post: Post) -> None:
    [name] = post.opens()
    post.server.then("DATA", Misbehaviour.DROP)
    post.meanwhile("DATA", withdrawn)
    assert post.passes() == DeliveryCounts(stopped=True)
    post.goes_on(minutes=1)
    assert post.passes() == DeliveryCounts()
    assert post.stage(name) == "cancelled"
    assert post.is_honest()


@pytest.mark.both
def test_taken_away_while_claimed(post: Post) -> None:
    [name] = post.opens()

    def much_later() -> None:
        post.goes_on(seconds=LEASE.total_seconds())
        with opened(post.contest.folder, post.clock) as other:
            recover(other)

    post.server.while_at("RCPT", much_later)
    assert post.passes() == DeliveryCounts(sent=1)
    assert post.taken == ["c1@collectif.example"]
    assert post.posted(name).attempts == 2
    assert post.is_honest()


def test_given_to_another(post: Post) -> None:
    """What another courier has claimed meanwhile is left to that one."""
    [name] = post.opens()

    def much_later() -> None:
        post.goes_on(seconds=LEASE.total_seconds())
        with opened(post.contest.folder, post.clock) as other:
            recover(other)
            assert claim(other, courier(post.server), "another", 1)

    post.server.while_at("RCPT", much_later)
    assert post.passes() == DeliveryCounts()
    assert post.taken == []
    assert post.stage(name) == "claimed"


@pytest.mark.parametrize(("by", "stage"), [("create", "uncertain"), ("invite", "planned")])
def test_given_up_while_leaving(post: Post, by: str, stage: str) -> None:
    [name] = post.opens(by=by)

    def much_later() -> None:
        post.goes_on(seconds=LEASE.total_seconds())
        with opened(post.contest.folder, post.clock) as other:
            recover(other)

    post.server.while_at("content", much_later)
    post.passes()
    assert post.stage(name) == stage
    assert post.taken == ["c1@collectif.example"]
    assert post.is_honest()


@pytest.mark.both
def test_asleep_while_claimed(post: Post) -> None:
    """A machine that slept for hours does not begin to send what may be another's by now."""
    [name] = post.opens()
    post.server.while_at("RCPT", lambda: post.goes_on(seconds=LEASE.total_seconds()))
    assert post.passes() == DeliveryCounts()
    assert post.taken == []
    assert post.passes() == DeliveryCounts(sent=1)
    assert post.stage(name) == "sent"
    assert post.is_honest()


@pytest.mark.both
def test_asleep_before_the_content(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it hand over what it had said would leave: by then a person may have been asked."""
    [name] = post.opens()

    def then_asleep(*given: Any) -> Any:
        outcomes, begun = step(*given)
        if begun:
            post.goes_on(seconds=LEASE.total_seconds())
        return outcomes, begun

    with monkeypatch.context() as asleep:
        asleep.setattr("ptce_workflow.app.outbox.delivery.step", then_asleep)
        assert post.passes() == DeliveryCounts(retried=1)
    assert post.taken == []
    post.goes_on(minutes=5)
    assert post.passes() == DeliveryCounts(sent=1)
    assert post.stage(name) == "sent"
    assert post.is_honest()


def test_slow_server(post: Post) -> None:
    """A courier gives back what it could not send within its lease, and claims it again."""
    names = post.opens(4)
    lease_s = courier(post.server).lease_s

    def slowly() -> None:
        post.goes_on(seconds=lease_s + 1)
        post.server.while_at("content", slowly)

    post.server.while_at("content", slowly)
    assert post.passes() == DeliveryCounts(sent=4)
    assert [post.posted(name).attempts for name in names] == [1] * 4
    assert post.is_honest()


def test_rate(post: Post) -> None:
    """No more leave in a minute than the settings say; the others a minute later."""
    names = post.opens(7)
    assert post.passes(per_minute=3) == DeliveryCounts(sent=3)
    assert post.passes(per_minute=3) == DeliveryCounts()
    post.goes_on(seconds=59)
    assert post.passes(per_minute=3) == DeliveryCounts()
    post.goes_on(seconds=1)
    assert post.passes(per_minute=3) == DeliveryCounts(sent=3)
    post.goes_on(minutes=1)
    assert post.passes(per_minute=3) == DeliveryCounts(sent=1)
    assert post.stages(names) == ["sent"] * 7
    assert post.is_honest()


def test_several_rates(post: Post) -> None:
    """What left in the hour and in the day counts too; the narrowest of the limits holds."""
    names = post.opens(9)
    rates = {"per_minute": 3, "per_hour": 5, "per_day": 7}
    passes = [(0, 3), (1, 2), (1, 0), (57, 0), (1, 2), (60, 0), (60 * 22 - 1, 0), (1, 2)]
    for minutes, sent in passes:
        post.goes_on(minutes=minutes)
        assert post.passes(**rates) == DeliveryCounts(sent=sent), minutes
    assert post.stages(names) == ["sent"] * 9
    assert post.is_honest()


@pytest.mark.both
def test_rate_of_two_couriers(post: Post) -> None:
    post.opens(8)
    with Watched() as elsewhere:
        beside = Post(post.contest, post.clock, elsewhere)
        found = []

        def other(contest: Contest) -> None:
            found.append(tick(contest, courier(elsewhere, per_minute=5)).mail)

        post.meanwhile("RCPT", other)
        assert post.passes(per_minute=5) == DeliveryCounts(sent=5)
        assert found == [DeliveryCounts()]
        assert beside.taken == []
    post.goes_on(minutes=1)
    assert post.passes(per_minute=5) == DeliveryCounts(sent=3)
    assert post.is_honest()


def test_connections(post: Post) -> None:
    """A connection serves as many mails as the settings say, then makes room for another."""
    post.opens(5)
    assert post.passes(per_connection=2) == DeliveryCounts(sent=5)
    assert post.server.connections == 3
    assert post.server.heard.count("QUIT") == 3
    assert post.is_honest()


@pytest.mark.both
def test_several_connections(post: Post) -> None:
    """Several connections share the mails, and one that fails takes no other with it."""
    names = post.opens(7)
    post.server.then("RCPT", Misbehaviour.USUAL, LATER)
    assert post.passes(connections=3) == DeliveryCounts(sent=6, retried=1)
    assert post.server.connections >= 3
    assert sorted(post.stages(names)) == ["retry", *["sent"] * 6]
    post.goes_on(minutes=5)
    assert post.passes(connections=3) == DeliveryCounts(sent=1)
    assert post.is_honest()


def test_told_to_stop(post: Post) -> None:
    """A courier told to stop ends its round and gives the others back."""
    names = post.opens(3)
    asked: list[None] = []
    post.server.while_at("content", lambda: asked.append(None))
    done = tick(post.contest, courier(post.server), stopping=lambda: bool(asked)).mail
    assert done == DeliveryCounts(sent=1)
    assert post.stages(names) == ["sent", "queued", "queued"]
    assert [post.posted(name).attempts for name in names] == [1, 0, 0]
    assert post.is_honest()
