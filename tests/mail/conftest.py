"""What the tests of mail share: a server, certificates that nobody else trusts, settings."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.mail.settings import MailSettings
from tests.smtp import Server

SENDER = "Concours <concours@cress.example>"


@dataclass(frozen=True)
class Certificates:
    """A certificate for the test server, one for another name, and the files to trust them by."""

    right: ssl.SSLContext
    right_file: Path
    wrong_name: ssl.SSLContext
    wrong_name_file: Path


def made_in(folder: Path) -> Certificates:
    """Both certificates, in files of a folder."""
    made = {}
    for name, holder in {"right": "IP:127.0.0.1", "other": "DNS:elsewhere.example"}.items():
        pem = folder / f"{name}.pem"
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        key = [*curve, "-nodes", "-keyout", str(pem)]
        who = ["-subj", f"/CN={name}", "-addext", f"subjectAltName={holder}", "-days", "2"]
        made_by = ["openssl", "req", "-x509", *key, *who]
        done = subprocess.run(made_by, capture_output=True, check=True)
        with pem.open("ab") as stream:
            stream.write(done.stdout)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        made[name] = (context, pem)
    return Certificates(*made["right"], *made["other"])


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    if shutil.which("openssl") is None:
        pytest.skip("certificates are made with openssl")
    return made_in(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server() -> Iterator[Server]:
    """A server without encryption that takes everything."""
    with Server() as running:
        yield running


def settings_for(server: Server, **more: Any) -> MailSettings:
    """Settings that lead to a server, patient enough for a slow machine."""
    security = "none" if server.tls is None else "tls" if server.implicit else "starttls"
    given = {"host": server.host, "port": server.port, "security": security, "sender": SENDER}
    patience = dict.fromkeys(("connect_timeout_s", "command_timeout_s", "data_timeout_s"), 20)
    return MailSettings.model_validate({**given, **patience, **more})
