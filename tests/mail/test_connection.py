"""One connection to a server that misbehaves in every way we have heard of."""

import asyncio
from collections.abc import Iterable

import pytest

from ptce_workflow.mail.dialogue import AnswerKind, Envelope, ServerAnswer, SmtpConnection
from ptce_workflow.mail.settings import MailSettings
from tests.mail.conftest import settings_for
from tests.smtp import Misbehaviour, Server

MIME = b"Subject: x\r\n\r\n.hidden\r\n..\r\n.\r\nBonjour\r\n"
ENVELOPE = Envelope("concours@cress.example", "jardins@collectif.example", len(MIME))
HASTY_S = 0.2


def send(settings: MailSettings, envelopes: Iterable[Envelope] = (ENVELOPE,)) -> list[ServerAnswer]:
    """The last answer about each message, sent one after the other on one connection."""

    async def run() -> list[ServerAnswer]:
        connection = SmtpConnection(settings)
        answers = []
        for envelope in envelopes:
            answer = await connection.offer(envelope)
            if answer.kind is AnswerKind.ACCEPTED:
                answer = await connection.deliver(MIME)
            answers.append(answer)
        await connection.close()
        return answers

    return asyncio.run(run())


def kinds(settings: MailSettings, count: int) -> list[AnswerKind]:
    return [answer.kind for answer in send(settings, [ENVELOPE] * count)]


def test_a_message_arrives_as_it_was_written(server: Server) -> None:
    (answer,) = send(settings_for(server))
    assert answer == ServerAnswer(AnswerKind.ACCEPTED, 250, "2.0.0 taken as 1")
    (received,) = server.received
    assert received.content == MIME
    assert (received.sender, received.recipients) == (ENVELOPE.sender, (ENVELOPE.recipient,))
    assert server.heard[-1] == "QUIT"


def test_a_connection_serves_many_and_is_replaced(server: Server) -> None:
    assert kinds(settings_for(server, per_connection=3), 7) == [AnswerKind.ACCEPTED] * 7
    assert (len(server.received), server.connections) == (7, 3)


@pytest.mark.parametrize(
    ("step", "reply", "kind"),
    [
        ("greeting", "421 4.3.2 too busy", AnswerKind.DOWN),
        ("greeting", "554 5.7.1 your network is blocked", AnswerKind.LOCKED),
        ("EHLO", "421 4.3.2 bye", AnswerKind.DOWN),
        ("MAIL", "421 4.3.2 bye", AnswerKind.DOWN),
        ("MAIL", "451 4.3.0 later", AnswerKind.DOWN),
        ("MAIL", "550 5.7.1 you may not send", AnswerKind.LOCKED),
        ("MAIL", "552 5.3.4 too large", AnswerKind.REFUSED),
        ("RCPT", "450 4.2.0 greylisted", AnswerKind.LATER),
        ("RCPT", "550 5.1.1 no such user", AnswerKind.REFUSED),
        ("RCPT", "421 4.3.2 bye", AnswerKind.DOWN),
        ("DATA", "451 4.3.0 later", AnswerKind.LATER),
        ("DATA", "554 5.5.1 no valid recipients", AnswerKind.REFUSED),
        ("DATA", "421 4.3.2 bye", AnswerKind.DOWN),
        ("content", "451 4.3.0 later", AnswerKind.LATER),
        ("content", "554 5.6.0 no", AnswerKind.REFUSED),
        ("content", "nonsense", AnswerKind.UNKNOWN),
    ],
)
def test_a_refusal_is_told_and_the_next_message_leaves(
    server: Server, step: str, reply: str, kind: AnswerKind
) -> None:
    server.then(step, reply)
    refused, sent = send(settings_for(server), [ENVELOPE] * 2)
    assert refused.kind is kind
    if kind is not AnswerKind.UNKNOWN:
        assert f"{refused.code} {refused.said}" == reply
    assert sent.kind is AnswerKind.ACCEPTED
    assert len(server.received) == 1
    assert server.connections == 2


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("greeting", AnswerKind.DOWN),
        ("EHLO", AnswerKind.DOWN),
        ("MAIL", AnswerKind.DOWN),
        ("RCPT", AnswerKind.DOWN),
        ("DATA", AnswerKind.DOWN),
        ("content", AnswerKind.UNKNOWN),
    ],
)
def test_a_lost_connection_leaves_doubt_only_once_the_message_has_left(
    server: Server, step: str, kind: AnswerKind
) -> None:
    server.then(step, Misbehaviour.DROP)
    assert kinds(settings_for(server), 2) == [kind, AnswerKind.ACCEPTED]
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("greeting", AnswerKind.DOWN),
        ("EHLO", AnswerKind.DOWN),
        ("MAIL", AnswerKind.DOWN),
        ("RCPT", AnswerKind.DOWN),
        ("DATA", AnswerKind.DOWN),
        ("content", AnswerKind.UNKNOWN),
    ],
)
def test_a_silence_ends_at_the_timeout(server: Server, step: str, kind: AnswerKind) -> None:
    server.then(step, Misbehaviour.HANG)
    hasty = settings_for(
        server, connect_timeout_s=HASTY_S, command_timeout_s=HASTY_S, data_timeout_s=HASTY_S
    )
    (answer,) = send(hasty)
    assert (answer.kind, answer.code) == (kind, None)
    assert len(server.received) == (step == "content")


def test_a_message_taken_without_an_answer_is_in_doubt(server: Server) -> None:
    """It has arrived: to send it again would be to send it twice."""
    server.then("content", Misbehaviour.KEEP_AND_DROP)
    assert kinds(settings_for(server), 1) == [AnswerKind.UNKNOWN]
    assert len(server.received) == 1


def test_an_old_connection_that_was_closed_is_replaced_at_once(server: Server) -> None:
    for act in ("421 4.4.2 idle for too long", Misbehaviour.DROP):
        server.then("MAIL", Misbehaviour.USUAL, act)
        assert kinds(settings_for(server), 2) == [AnswerKind.ACCEPTED] * 2
    assert server.connections == 4


def test_one_fresh_attempt_follows_not_more(server: Server) -> None:
    server.then("MAIL", Misbehaviour.USUAL)
    server.always("MAIL", Misbehaviour.DROP)
    assert kinds(settings_for(server), 2) == [AnswerKind.ACCEPTED, AnswerKind.DOWN]
    assert server.connections == 2


def test_no_server_is_down_and_comes_back() -> None:
    with Server() as first:
        settings = settings_for(first)

    async def run() -> list[AnswerKind]:
        connection = SmtpConnection(settings)
        found = [(await connection.offer(ENVELOPE)).kind]
        with Server(port=first.port) as second:
            found.append((await connection.offer(ENVELOPE)).kind)
            found.append((await connection.deliver(MIME)).kind)
            await connection.close()
            assert len(second.received) == 1
        return found

    assert asyncio.run(run()) == [AnswerKind.DOWN, AnswerKind.ACCEPTED, AnswerKind.ACCEPTED]


def test_a_message_too_large_is_refused_before_it_is_offered() -> None:
    with Server(size_limit=1000) as server:
        large = Envelope(ENVELOPE.sender, ENVELOPE.recipient, 1001)
        refused, sent = send(settings_for(server), [large, ENVELOPE])
        assert (refused.kind, refused.code) == (AnswerKind.REFUSED, None)
        assert "1001" in refused.said
        assert sent.kind is AnswerKind.ACCEPTED
        assert server.heard.count("MAIL") == 1


def test_an_offer_can_be_withdrawn(server: Server) -> None:
    async def run() -> None:
        connection = SmtpConnection(settings_for(server))
        await connection.withdraw()
        await connection.offer(ENVELOPE)
        await connection.withdraw()
        with pytest.raises(RuntimeError):
            await connection.deliver(MIME)
        await connection.offer(ENVELOPE)
        other = Envelope(ENVELOPE.sender, "autre@collectif.example", 10)
        assert (await connection.offer(other)).kind is AnswerKind.ACCEPTED
        assert (await connection.deliver(MIME)).kind is AnswerKind.ACCEPTED
        with pytest.raises(RuntimeError):
            await connection.deliver(MIME)
        await connection.close()

    asyncio.run(run())
    assert [message.recipients for message in server.received] == [("autre@collectif.example",)]
    assert (server.heard.count("RSET"), server.connections) == (2, 1)


def test_a_withdrawal_that_fails_costs_the_connection_only(server: Server) -> None:
    async def run() -> AnswerKind:
        connection = SmtpConnection(settings_for(server))
        await connection.offer(ENVELOPE)
        server.then("RSET", Misbehaviour.DROP)
        await connection.withdraw()
        answer = await connection.offer(ENVELOPE)
        await connection.close()
        return answer.kind

    assert asyncio.run(run()) is AnswerKind.ACCEPTED
    assert server.connections == 2


@pytest.mark.parametrize("mime", ["é\r\n".encode(), b"a\nb\r\n", b"a\rb\r\n", b"no end"])
def test_bytes_that_could_arrive_otherwise_are_not_sent(server: Server, mime: bytes) -> None:
    """A lone line end may begin a second message where servers disagree; nothing leaves."""

    async def run() -> ServerAnswer:
        connection = SmtpConnection(settings_for(server))
        await connection.offer(ENVELOPE)
        answer = await connection.deliver(mime)
        await connection.close()
        return answer

    assert asyncio.run(run()).kind is AnswerKind.UNFIT
    assert "DATA" not in server.heard


@pytest.mark.parametrize("step", ["RCPT", "content"])
def test_a_cancelled_step_leaves_no_half_connection(server: Server, step: str) -> None:
    server.then(step, Misbehaviour.HANG)

    async def run() -> AnswerKind:
        connection = SmtpConnection(settings_for(server))

        async def one() -> None:
            await connection.offer(ENVELOPE)
            await connection.deliver(MIME)

        task = asyncio.create_task(one())
        await asyncio.to_thread(server.wait_until_heard, step)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        answer = await connection.offer(ENVELOPE)
        await connection.close()
        return answer.kind

    assert asyncio.run(run()) is AnswerKind.ACCEPTED
    assert server.connections == 2


@pytest.mark.parametrize(
    "address",
    [
        "",
        "é@collectif.example",
        "a@b.example>\r\nRCPT TO:<x@evil.example",
        "a@b.example\n",
        "a@b.example\x00",
        "<a@b.example>",
        "a b@c.example",
    ],
)
def test_an_envelope_holds_plain_addresses_only(address: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        Envelope(address, "b@c.example", 1)
    with pytest.raises(ValueError, match="not an address"):
        Envelope("b@c.example", address, 1)


def test_reports_are_asked_for_where_they_are_offered() -> None:
    """With the mail and the number of its sending."""
    envelope = Envelope(ENVELOPE.sender, "ami+ptce@collectif.example", len(MIME), "M-007.2")
    with Server(dsn=True) as server:
        (answer,) = send(settings_for(server), [envelope])
        assert answer.kind is AnswerKind.ACCEPTED
        assert server.received[0].recipients == ("ami+ptce@collectif.example",)
    assert server.asked == ["RET=HDRS", "ENVID=M-007.2", "NOTIFY=FAILURE,DELAY"]
    with Server() as server:
        assert send(settings_for(server), [envelope])[0].kind is AnswerKind.ACCEPTED
