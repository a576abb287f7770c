"""What `ptce doctor` learns about the mail server, without a mail."""

import asyncio

import pytest

from ptce_workflow.mail.dialogue import Probed, ProbeOutcome, probe
from ptce_workflow.mail.settings import MailSettings
from tests.mail.conftest import Certificates, settings_for
from tests.smtp import Misbehaviour, Server

pytestmark = pytest.mark.usefixtures("in_english")

OK: ProbeOutcome = "ok"
FAILED: ProbeOutcome = "failed"
SKIPPED: ProbeOutcome = "skipped"
REMARK: ProbeOutcome = "remark"
USER = "concours@cress.example"
READER = "contact@collectif.example"
PASSWORD = "secret"


def outcomes(settings: MailSettings) -> list[ProbeOutcome]:
    """How each step went, in their order."""
    found = asyncio.run(probe(settings, READER))
    assert [one.step for one in found] == ["connect", "tls", "auth", "sender", "recipient"]
    return [one.outcome for one in found]


@pytest.mark.parametrize("implicit", [False, True])
def test_all_is_well(
    certificates: Certificates, implicit: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every step is taken, and the server is left as it was found."""
    monkeypatch.setenv("CONTEST_MAIL_PASSWORD", PASSWORD)
    with Server(tls=certificates.right, implicit=implicit, password=(USER, PASSWORD)) as server:
        settings = settings_for(
            server,
            ca_file=str(certificates.right_file),
            user=USER,
            password_env="CONTEST_MAIL_PASSWORD",
        )
        assert outcomes(settings) == [OK] * 5
        assert server.heard[-3:] == ["RCPT", "RSET", "QUIT"]
        assert server.received == []
        monkeypatch.setenv("CONTEST_MAIL_PASSWORD", "guess")
        assert outcomes(settings) == [OK, OK, FAILED, SKIPPED, SKIPPED]


def test_what_is_not_asked_for_is_skipped(server: Server) -> None:
    assert asyncio.run(probe(settings_for(server), READER)) == (
        Probed("connect", OK, "mail.example test"),
        Probed("tls", SKIPPED),
        Probed("auth", SKIPPED),
        Probed("sender", OK, "OK"),
        Probed("recipient", OK, "OK"),
    )


@pytest.mark.parametrize("implicit", [False, True])
def test_a_certificate_that_nobody_vouches_for(certificates: Certificates, implicit: bool) -> None:
    with Server(tls=certificates.right, implicit=implicit) as server:
        assert outcomes(settings_for(server)) == [OK, FAILED, SKIPPED, SKIPPED, SKIPPED]


def test_a_server_that_does_not_offer_encryption(server: Server) -> None:
    found = asyncio.run(probe(settings_for(server, security="starttls"), READER))
    assert [one.outcome for one in found] == [OK, FAILED, SKIPPED, SKIPPED, SKIPPED]
    assert "STARTTLS" in found[1].said


def test_nobody_there() -> None:
    """The first step fails."""
    with Server() as server:
        settings = settings_for(server)
    found = asyncio.run(probe(settings, READER))
    assert [one.outcome for one in found] == [FAILED, *[SKIPPED] * 4]
    assert found[0].said.startswith("No connection came about: ")


def test_a_sender_that_the_server_does_not_know(server: Server) -> None:
    server.then("MAIL", "553 5.1.8 who is that?")
    found = asyncio.run(probe(settings_for(server), READER))
    assert found[3] == Probed("sender", FAILED, "553 5.1.8 who is that?")


@pytest.mark.parametrize(("limit", "outcome"), [(5_000_000, FAILED), (10_000_000, OK), (None, OK)])
def test_a_server_that_takes_less_than_is_promised(
    limit: int | None, outcome: ProbeOutcome
) -> None:
    with Server(size_limit=limit) as server:
        found = asyncio.run(probe(settings_for(server), READER, 10_000_000))
    assert found[3].outcome == outcome
    told = "takes mails of 5000000 bytes at most, and the folder promises 10000000" in found[3].said
    assert told is (outcome == FAILED)


def test_a_server_that_falls_silent(server: Server) -> None:
    """The doctor does not wait for ever."""
    server.then("MAIL", Misbehaviour.HANG)
    settings = settings_for(server, connect_timeout_s=0.2, command_timeout_s=0.2)
    assert outcomes(settings) == [OK, SKIPPED, SKIPPED, FAILED, SKIPPED]


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("554 5.7.1 Relay access denied", FAILED),
        ("550 5.7.1 Sender address rejected: not owned by user", FAILED),
        ("550 5.1.1 no such user", REMARK),
        ("450 4.2.0 greylisted", REMARK),
    ],
)
def test_a_recipient_is_tried(server: Server, said: str, outcome: ProbeOutcome) -> None:
    """A refusal of us stops all mail; one of this recipient says that the others may be taken."""
    server.then("RCPT", said)
    assert outcomes(settings_for(server))[-1] == outcome
    assert "DATA" not in server.heard
