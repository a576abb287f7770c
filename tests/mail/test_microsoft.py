"""Signing in at Microsoft, against a server of its own that stands for the real one."""

import asyncio
import json
import ssl
import stat
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest

from ptce_workflow.base.errors import PtceError
from ptce_workflow.mail.settings import MailSettings
from ptce_workflow.mail.sign_in import login, secret, xoauth2
from tests.mail.conftest import Certificates

pytestmark = pytest.mark.usefixtures("in_english")

USER = "concours@collectif.example"
SCOPES = {f"https://outlook.office.com/{name}" for name in ("SMTP.Send", "IMAP.AccessAsUser.All")}


def part(table: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(table).encode()).decode().rstrip("=")


@dataclass
class Authority:
    """The two end points, what they were asked, and what they refuse."""

    url: str = ""
    pending: int = 1
    refuses: str = ""
    lifetime_s: int = 3600
    asked: list[dict[str, str]] = field(default_factory=list)

    def answers(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if path.endswith("openid-configuration"):
            names = ("authorization_endpoint", "token_endpoint", "device_authorization_endpoint")
            ends = ("authorize", "token", "devicecode")
            pairs = zip(names, ends, strict=True)
            return 200, {"issuer": self.url} | {n: f"{self.url}/oauth2/{e}" for n, e in pairs}
        self.asked.append(form)
        if self.refuses:
            return 400, {"error": "invalid_grant", "error_description": self.refuses}
        if path.endswith("devicecode"):
            page = "https://microsoft.com/devicelogin"
            codes = {"device_code": "D", "user_code": "ABCD-EFGH", "verification_uri": page}
            return 200, {**codes, "expires_in": 900, "interval": 0}
        if form["grant_type"].endswith("device_code") and self.pending:
            self.pending -= 1
            return 400, {"error": "authorization_pending"}
        claims = {"aud": "an-application", "iss": self.url, "exp": 2**31, "iat": 0, "sub": "s"}
        claims |= {"preferred_username": USER, "oid": "o", "tid": "t"}
        number = len(self.asked)
        return 200, {
            "access_token": f"access-{number}",
            "refresh_token": f"refresh-{number}",
            "id_token": f"{part({'alg': 'none'})}.{part(claims)}.",
            "client_info": part({"uid": "o", "utid": "t"}),
            "token_type": "Bearer",
            "scope": " ".join(SCOPES),
            "expires_in": self.lifetime_s,
        }


@pytest.fixture
def authority(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    state = Authority()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            form = {key: values[0] for key, values in parse_qs(text).items()}
            code, table = state.answers(self.path, form)
            content = json.dumps(table).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        context: ssl.SSLContext = certificates.right
        server.socket = context.wrap_socket(server.socket, server_side=True)
        state.url = f"https://127.0.0.1:{server.server_port}/collectif.example"
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.right_file))
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield state
        server.shutdown()


def settings(authority: Authority, file: Path) -> MailSettings:
    at = {"token_file": str(file), "client_id": "an-application", "authority": authority.url}
    return MailSettings.model_validate({"host": "smtp.example", "sender": USER, "user": USER, **at})


def test_the_code_is_shown_and_the_token_kept(authority: Authority, tmp_path: Path) -> None:
    """The page and the code, the two rights that are asked for; the file is its owner's alone."""
    file, shown = tmp_path / "microsoft.json", list[tuple[str, str]]()
    account = login(settings(authority, file), lambda page, code: shown.append((page, code)))
    assert shown == [("https://microsoft.com/devicelogin", "ABCD-EFGH")]
    assert account == USER
    assert set(authority.asked[0]["scope"].split()) > SCOPES
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["microsoft.json"]
    kept = len(authority.asked)
    assert asyncio.run(secret(settings(authority, file))) == f"access-{kept}"
    assert len(authority.asked) == kept, "a token that is still good is not asked for again"


def test_an_old_token_is_renewed(authority: Authority, tmp_path: Path) -> None:
    authority.lifetime_s = 1
    file = tmp_path / "microsoft.json"
    login(settings(authority, file), lambda page, code: None)
    before = len(authority.asked)
    assert asyncio.run(secret(settings(authority, file))) == f"access-{before + 1}"
    assert authority.asked[-1]["refresh_token"] == f"refresh-{before}"
    assert f"refresh-{before + 1}" in file.read_text("utf-8")


@pytest.mark.parametrize("at", ["code", "token"])
def test_the_words_of_a_refusal_are_told(at: str, authority: Authority, tmp_path: Path) -> None:
    """AADSTS… says to an administrator what is to be ticked."""
    file, words = tmp_path / "microsoft.json", "AADSTS700082: The refresh token has expired."
    if at == "code":
        authority.refuses = words
        with pytest.raises(PtceError, match="AADSTS700082"):
            login(settings(authority, file), lambda page, code: None)
        assert not file.exists()
        return
    authority.lifetime_s = 1
    login(settings(authority, file), lambda page, code: None)
    authority.refuses = words
    with pytest.raises(PtceError, match="AADSTS700082") as caught:
        asyncio.run(secret(settings(authority, file)))
    assert "ptce mail login" in str(caught.value)


def test_what_is_no_authority_is_told(authority: Authority, tmp_path: Path) -> None:
    wrong = settings(authority, tmp_path / "x").model_copy(
        update={"authority": "https://127.0.0.1:1/x"}
    )
    with pytest.raises(PtceError, match="does not answer as a service to sign in at"):
        login(wrong, lambda page, code: None)


def test_the_words_of_xoauth2() -> None:
    assert xoauth2("a", "t") == "user=a\x01auth=Bearer t\x01\x01"


@pytest.mark.parametrize("kept", ["", "{", "{}"])
def test_a_token_file_that_holds_none(authority: Authority, tmp_path: Path, kept: str) -> None:
    file = tmp_path / "microsoft.json"
    file.write_text(kept, "utf-8")
    with pytest.raises(PtceError, match="Microsoft gives no token") as caught:
        asyncio.run(secret(settings(authority, file)))
    assert "ptce mail login" in str(caught.value)
    assert file.read_text("utf-8") == kept
