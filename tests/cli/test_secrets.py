"""What nobody is to read: a password, a private key; not one command writes it out.

That the commands which only look do not is seen in `test_auditor`.
"""

import io
import shlex
from base64 import b64encode
from datetime import datetime
from pathlib import Path

import pytest

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import KEY_FILE, mail_settings
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.scheduler.passes import tick
from ptce_workflow.scheduler.runner import RunOptions, run_until
from rehearsal.cast import DESK
from tests.cli.lines import run
from tests.mail.conftest import Certificates, certificates
from tests.scheduler.test_runner import HistoryEntry
from tests.servers import held
from tests.smtp import Server

__all__ = ["certificates"]

Capture = pytest.CaptureFixture[str]
USER, WORD = "concours@cress.example", "fraise-des-bois-3141"


def settings(folder: Path, server: Server, certificates: Certificates) -> None:
    """Settings whose password is in a file of its own."""
    (folder / "mail-password").write_text(f"{WORD}\n")
    (folder / "local.toml").write_text(
        f'[mail]\nhost = "{server.host}"\nport = {server.port}\nsender = "{USER}"\n'
        f'user = "{USER}"\npassword_file = "mail-password"\n'
        f'ca_file = "{certificates.right_file}"\n'
    )


def secrets_of(folder: Path) -> tuple[str, ...]:
    """What must stand in no output: the password, as it is kept and as it is sent, and the key."""
    key = (folder / KEY_FILE).read_text().split("\n")
    sent = (WORD, f"\0{USER}\0{WORD}")
    lines = [line for line in key if len(line) > 20 and "KEY" not in line]
    assert lines
    return WORD, *(b64encode(text.encode()).decode() for text in sent), *lines


def test_what_speaks_with_the_server_tells_no_secret(
    contest: Path, capsys: Capture, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server may repeat what it was given: neither screen, data, log nor ledger take it up."""
    monkeypatch.setenv("PTCE_DEBUG", "1")
    secrets = secrets_of(contest)
    lines = ("doctor", "doctor --json", "tick", "tick --json", "mail list --json", "list")
    with Server(tls=certificates.right, password=(USER, "another")) as server:
        settings(contest, server, certificates)
        server.always("AUTH", f"535 5.7.8 who is {' '.join(secrets[:3])}")
        ended = [run(capsys, *shlex.split(line)) for line in lines]
        told = "".join(one.out + one.err for one in ended)
        passes = HistoryEntry(
            [lambda session: tick(session, mail_settings(contest)), ValueError(3)]
        )
        log, clock = io.StringIO(), SetClock(datetime.fromisoformat("2024-03-08T10:00:00+01:00"))
        again = {"": lambda: (Contest.open(contest, actor=DESK, clock=clock), None)}
        options = RunOptions(0.01, log_json=True)
        assert run_until(passes.stop, again, options, stream=log, tick=passes) == 0
        assert server.heard.count("AUTH") >= 3
    assert told.count("who is") >= 2
    assert "Traceback" in log.getvalue()
    told += log.getvalue() + repr(held(contest))
    assert [secret for secret in secrets if secret in told] == []


def test_a_database_that_is_not_there_tells_no_password(
    begun: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTCE_DEBUG", "1")
    for url in (
        f"postgresql://anne:{WORD}@127.0.0.1:1/ptce?connect_timeout=1",
        f"postgresql://127.0.0.1:1/ptce?user=anne&password={WORD}",
        f"nonsense://anne:{WORD}@127.0.0.1/ptce",
        f"postgresql://anne:{WORD}@127.0.0.1:port/ptce",
    ):
        (begun / "local.toml").write_text(f'[database]\nurl = "{url}"\n')
        for line in ("list", "doctor --json", "tick", "verify"):
            ended = run(capsys, *shlex.split(line))
            assert ended.code, (url, line)
            assert WORD not in ended.out + ended.err, (url, line)
