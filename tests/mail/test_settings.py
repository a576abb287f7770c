"""The `[mail]` table: what it means, and every fault of it at once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from ptce_workflow.base.errors import Misuse
from ptce_workflow.mail.message import Mailbox
from ptce_workflow.mail.settings import MailSettings, read_settings

LEAST: dict[str, Any] = {"host": "smtp.cress.example", "sender": "concours@cress.example"}


def faults(table: dict[str, Any]) -> str:
    """Everything that is said of a table that cannot be used."""
    with pytest.raises(Misuse) as caught:
        read_settings(table, "local.toml")
    return str(caught.value)


def test_two_keys_are_enough() -> None:
    settings = read_settings(LEAST, "local.toml")
    assert (settings.security, settings.port) == ("starttls", 587)
    assert (settings.per_minute, settings.connections, settings.per_connection) == (25, 1, 50)
    assert settings.sender == Mailbox("", "concours@cress.example")
    assert settings.data_timeout_s == 600
    assert settings.rates == ((25, timedelta(minutes=1)),)


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_the_security(security: str, port: int) -> None:
    assert read_settings({**LEAST, "security": security}, "x").port == port
    assert read_settings({**LEAST, "security": security, "port": 2525}, "x").port == 2525


def test_a_whole_table_is_read() -> None:
    settings = read_settings(
        {
            **LEAST,
            "user": "concours",
            "token_command": ["oauth", "token"],
            "reply_to": "Le bureau <bureau@cress.example>",
            "command_timeout_s": Decimal("1.5"),
            "per_minute": 0,
        },
        "local.toml",
    )
    assert settings.token_command == ("oauth", "token")
    assert settings.reply_to == Mailbox("Le bureau", "bureau@cress.example")
    assert settings.command_timeout_s == 1.5


def test_the_lease_outlasts_every_wait() -> None:
    """A lease that ran out earlier would have a message sent twice."""
    settings = read_settings({**LEAST, "command_timeout_s": 100, "data_timeout_s": 1000}, "x")
    assert settings.opening_s == 130
    assert settings.lease_s > settings.opening_s + 6 * 100 + 1000


@pytest.mark.usefixtures("in_english")
def test_every_fault_is_told_at_once() -> None:
    said = faults(
        {
            "hots": "smtp.cress.example",
            "host": "smtp cress",
            "sender": "Équipe <équipe@cress.example>",
            "security": "ssl",
            "per_minute": -1,
            "connect_timeout_s": 0,
            "data_timeout_s": "long",
            "user": "x",
            "password_env": "A",
            "password_file": "b",
        }
    )
    assert said.startswith("The mail settings have 8 faults.")
    for expected in (
        'local.toml · mail.hots\n  "hots" is not a known key.\n  Did you mean "host"?',
        'mail.host\n  "smtp cress" is not the name of a server.',
        'mail.sender\n  "Équipe <équipe@cress.example>" is not an e-mail address.',
        'mail.security\n  "ssl" is not one of the accepted words.',
        "mail.per_minute\n",
        'mail.connect_timeout_s\n  "0" is not a number of seconds',
        'mail.data_timeout_s\n  "long" is not a number of seconds',
        "mail.password_file\n  There is more than one way to the password.",
    ):
        assert expected in said.replace("\n    ", "\n  ")


@pytest.mark.usefixtures("in_english")
@pytest.mark.parametrize(
    ("more", "key", "what"),
    [
        (
            {"security": "none", "user": "x", "password_env": "A"},
            "security",
            "Without encryption nobody signs in.",
        ),
        ({"user": "x"}, "user", "It is not said where the password is."),
        ({"password_file": "p"}, "password_file", "It is not said which user signs in."),
        ({"sender": 5}, "sender", '"5" is not an e-mail address.'),
        ({"connect_timeout_s": True}, "connect_timeout_s", "is not a number of seconds"),
        ({"user": "x", "token_command": []}, "token_command", "at least 1"),
        ({"user": "x", "token_file": "t"}, "token_file", "for which application"),
        ({"authority": "http://x.example"}, "authority", "does not begin with https://"),
    ],
)
def test_one_fault_is_told_once(more: dict[str, Any], key: str, what: str) -> None:
    said = faults({**LEAST, **more})
    assert said.startswith("The mail settings have 1 fault.")
    assert f"mail.{key}" in said
    assert what in said


@pytest.mark.usefixtures("in_english")
def test_what_is_missing_is_told() -> None:
    said = faults({})
    assert "mail.host\n  The key host is missing." in said.replace("\n    ", "\n  ")
    assert "mail.sender" in said


def test_no_settings_are_made_that_would_sign_in_in_clear() -> None:
    with pytest.raises(ValidationError):
        MailSettings(**LEAST, security="none", user="x", password_env="A")


def test_a_secret_is_never_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTEST_MAIL_PASSWORD", "s3cret")
    settings = MailSettings(**LEAST, user="x", password_env="CONTEST_MAIL_PASSWORD")
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in settings.model_dump_json()
