"""No password and no mail but to the server that was meant, over a connection nobody reads."""

import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.mail.dialogue import AnswerKind
from tests.mail.conftest import Certificates, settings_for
from tests.mail.test_connection import ENVELOPE, send
from tests.smtp import Server

pytestmark = pytest.mark.usefixtures("in_english")

USER = "concours@cress.example"
PASSWORD = "mot de passe é"


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings that sign in with the right password."""
    monkeypatch.setenv("CONTEST_MAIL_PASSWORD", PASSWORD)
    return {"user": USER, "password_env": "CONTEST_MAIL_PASSWORD"}


@pytest.mark.parametrize("implicit", [False, True])
def test_mail_leaves_encrypted_and_signed_in(
    certificates: Certificates, account: dict[str, str], implicit: bool
) -> None:
    with Server(tls=certificates.right, implicit=implicit, password=(USER, PASSWORD)) as server:
        trusted = settings_for(server, ca_file=str(certificates.right_file), **account)
        first, second = send(trusted, [ENVELOPE] * 2)
        assert (first.kind, second.kind) == (AnswerKind.ACCEPTED, AnswerKind.ACCEPTED)
        assert len(server.received) == 2
        assert server.heard.count("AUTH") == 1


def untouched(server: Server) -> bool:
    """Whether a server has heard neither a password nor a mail."""
    return not {"AUTH", "MAIL", "DATA"} & set(server.heard)


def test_a_stripped_starttls_gets_nothing(account: dict[str, str]) -> None:
    with Server(password=(USER, PASSWORD)) as server:
        settings = settings_for(server, security="starttls", **account)
        (answer,) = send(settings)
        assert answer.kind is AnswerKind.LOCKED
        assert answer.said.startswith("The server does not offer encryption (STARTTLS).")
        assert untouched(server)


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("fault", ["nobody vouches", "another name"])
def test_a_wrong_certificate_gets_nothing(
    certificates: Certificates, account: dict[str, str], fault: str, implicit: bool
) -> None:
    unknown = fault == "nobody vouches"
    context = certificates.right if unknown else certificates.wrong_name
    trust = {} if unknown else {"ca_file": str(certificates.wrong_name_file)}
    with Server(tls=context, implicit=implicit, password=(USER, PASSWORD)) as server:
        (answer,) = send(settings_for(server, **trust, **account))
        assert answer.kind is AnswerKind.LOCKED
        assert answer.said.startswith("The server's certificate is not accepted:")
        assert untouched(server)


def test_a_server_that_speaks_in_clear_where_tls_was_meant(account: dict[str, str]) -> None:
    with Server(password=(USER, PASSWORD)) as server:
        (answer,) = send(settings_for(server, security="tls", **account))
        assert answer.kind is AnswerKind.LOCKED
        assert untouched(server)


def test_an_authority_that_cannot_be_read(certificates: Certificates, tmp_path: Path) -> None:
    with Server(tls=certificates.right) as server:
        (answer,) = send(settings_for(server, ca_file=str(tmp_path / "none.pem")))
        assert answer.kind is AnswerKind.LOCKED
        assert untouched(server)


def locked(certificates: Certificates, server: Server, **account: Any) -> str:
    """What is said when the server does not let us in; no mail was offered to it."""
    settings = settings_for(server, ca_file=str(certificates.right_file), **account)
    (answer,) = send(settings)
    assert answer.kind is AnswerKind.LOCKED
    assert server.received == []
    return answer.said


def test_a_wrong_password_is_tried_once(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More would lock the account sooner."""
    monkeypatch.setenv("CONTEST_MAIL_PASSWORD", "guess")
    with Server(tls=certificates.right, password=(USER, PASSWORD)) as server:
        said = locked(certificates, server, user=USER, password_env="CONTEST_MAIL_PASSWORD")
        assert said == "5.7.8 Authentication credentials invalid"
        assert server.heard.count("AUTH") == 1


def test_a_missing_password_is_told(certificates: Certificates) -> None:
    with Server(tls=certificates.right, password=(USER, PASSWORD)) as server:
        said = locked(certificates, server, user=USER, password_env="CONTEST_NO_PASSWORD")
        assert "CONTEST_NO_PASSWORD" in said
        assert "AUTH" not in server.heard


def test_mail_without_a_user_where_one_is_asked_for(certificates: Certificates) -> None:
    with Server(tls=certificates.right, password=(USER, PASSWORD)) as server:
        assert locked(certificates, server) == "5.7.0 Authentication required"


def token(word: str) -> dict[str, Any]:
    """Settings whose command prints a token."""
    return {"user": USER, "token_command": [sys.executable, "-c", f"print({word!r})"]}


def test_a_token_lets_in(certificates: Certificates) -> None:
    with Server(tls=certificates.right, token=(USER, "ya29.right")) as server:
        trust = str(certificates.right_file)
        (answer,) = send(settings_for(server, ca_file=trust, **token("ya29.right")))
        assert answer.kind is AnswerKind.ACCEPTED
    with Server(tls=certificates.right, token=(USER, "ya29.right")) as server:
        said = locked(certificates, server, **token("ya29.wrong"))
        assert said == "5.7.8 Authentication credentials invalid"


def test_a_way_in_that_the_server_does_not_know(
    certificates: Certificates, account: dict[str, str]
) -> None:
    with Server(tls=certificates.right, password=(USER, PASSWORD)) as server:
        assert "no way to sign in" in locked(certificates, server, **token("ya29.right"))
    with Server(tls=certificates.right, token=(USER, "ya29.right")) as server:
        assert "It offers: xoauth2." in locked(certificates, server, **account)


def test_no_word_of_the_secret_in_what_can_be_printed(
    certificates: Certificates, account: dict[str, str]
) -> None:
    with Server(tls=certificates.right, password=(USER, "another")) as server:
        settings = settings_for(server, ca_file=str(certificates.right_file), **account)
        (answer,) = send(settings)
        assert PASSWORD not in f"{settings!r} {answer!r}"


def test_a_secret_that_a_server_repeats_is_not_told_in_part(
    certificates: Certificates, account: dict[str, str]
) -> None:
    """What it says is cut after the secret is left out."""
    with Server(tls=certificates.right, password=(USER, PASSWORD)) as server:
        repeated = b64encode(PASSWORD.encode()).decode()
        server.always("AUTH", f"535 5.7.8 {'x' * 285}{repeated}")
        said = locked(certificates, server, **account)
        assert said == f"5.7.8 {'x' * 285}…"
