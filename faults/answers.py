"""What a mail server answers or does not, again and again, until somebody mends it.

Each fault is met by three passes, `ptce doctor` looks at it, then a server without it takes over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from faults.bases import Sqlite, copied
from faults.dialogue import free_port
from faults.stage import mails, settled
from faults.tally import Run, Tally
from ptce_workflow.app.locations import LOCAL_FILE
from rehearsal.serving import HOST
from tests.courier import Watched
from tests.mail.conftest import Certificates, made_in
from tests.one_pass import SENDER, Pass
from tests.rehearsal import BEGINNING
from tests.smtp import Misbehaviour

DROP, HANG = Misbehaviour.DROP, Misbehaviour.HANG
NONE, ONE, EACH = 0, 1, 1_000
"""How many mails may fail: none, the one by which the program learns of it, each that is refused.
"""
WAITS = (timedelta(), timedelta(minutes=15), timedelta(hours=4))
USER, PASSWORD = "concours@cress.example", "a password"
_PATIENCE = "".join(f"{name}_timeout_s = 1\n" for name in ("connect", "command", "data"))
_LOOKED_AT = ("connect", "tls", "auth", "sender", "recipient", "courier", "mails")


@dataclass(frozen=True)
class Fault:
    """What a server does at a step, and how many mails may fail.

    `setting` is what it is instead of an open server: `guarded` one that wants encryption and a
    password, `nobody` at the port, …
    """

    step: str
    act: str | Misbehaviour
    failing: int = NONE
    setting: str = "open"

    @property
    def name(self) -> str:
        """Its name in the pages."""
        act = self.act if isinstance(self.act, str) else self.act.name.lower()
        return f"{self.step}: {act}"


FAULTS = (
    Fault("connect", "nobody", setting="nobody"),
    Fault("greeting", "421 4.7.0 too many connections from your host"),
    Fault("greeting", "554 5.7.1 your network is blocked"),
    Fault("greeting", "HTTP/1.1 400 Bad Request"),
    Fault("greeting", DROP),
    Fault("greeting", HANG),
    Fault("EHLO", "421 4.3.2 closing"),
    Fault("EHLO", DROP),
    Fault("STARTTLS", "none", setting="bare"),
    Fault("STARTTLS", "454 4.7.0 TLS not available", setting="guarded"),
    Fault("STARTTLS", DROP, setting="guarded"),
    Fault("STARTTLS", "other name", setting="other"),
    Fault("STARTTLS", "unknown authority", setting="unknown"),
    Fault("AUTH", "535 5.7.8 Authentication failed", setting="guarded"),
    Fault("AUTH", "535 5.7.139 basic authentication is disabled", setting="guarded"),
    Fault("AUTH", "534 5.7.9 Application-specific password required", setting="guarded"),
    Fault("AUTH", "432 4.3.2 Concurrent connections limit exceeded", setting="guarded"),
    Fault("AUTH", "454 4.7.0 Temporary authentication failure", setting="guarded"),
    Fault("AUTH", "XOAUTH2", setting="token"),
    Fault("MAIL", "550 5.7.30 Basic authentication is not supported"),
    Fault("MAIL", "553 5.7.1 not owned by user"),
    Fault("MAIL", "451 4.3.0 queue file write error"),
    Fault("MAIL", DROP),
    Fault("RCPT", "553 5.7.1 Sender address rejected: not owned by user"),
    Fault("RCPT", "554 5.7.1 Relay access denied"),
    Fault("RCPT", "554 5.7.1 Recipient address rejected: Policy Rejection- Quota Exceeded", ONE),
    Fault("RCPT", "550 5.7.1 OFR_506", ONE),
    Fault("RCPT", "450 4.7.1 Error: too much mail from your host"),
    Fault("RCPT", "451 4.7.500 Server busy. Please try again later"),
    Fault("RCPT", "450 4.2.0 Recipient address rejected: Greylisted"),
    Fault("RCPT", "550 5.1.1 User unknown", EACH),
    Fault("RCPT", "550 5.7.1 RESOLVER.RST.AuthenticationRequired; authentication required", EACH),
    Fault("RCPT", DROP),
    Fault("DATA", "550 5.7.1 Your account was suspended", ONE),
    Fault("DATA", "451 4.3.0 not now"),
    Fault("DATA", DROP),
    Fault("content", "550 5.1.90 You have reached the daily limit", ONE),
    Fault("content", "554 5.7.1 Sending limit exceeded for this account", ONE),
    Fault("content", "550 5.4.5 Daily user sending limit exceeded", ONE),
    Fault("content", "550 cress.example has exceeded the max emails per hour (61/60)", ONE),
    Fault("content", "550 5.7.515 Access denied, sending domain does not pass", ONE),
    Fault("content", "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"),
    Fault("content", "452 4.3.1 Insufficient system storage"),
    Fault("content", DROP),
    Fault("content", Misbehaviour.KEEP_AND_DROP),
    Fault("content", HANG),
)


def answers(run: Run) -> Iterator[Tally]:
    """Every fault in turn, or some of them in a short run."""
    if run.base.name != Sqlite.name:
        # What a mail server says has nothing to do with the database.
        return
    begun = run.begun(mails)
    certificates = made_in(run.place)
    for fault in run.some(FAULTS, 1):
        tally = run.tally(fault.name)
        for language in ("fr", "en"):
            tally.said[language] = _met(run, tally, begun, certificates, fault, language)
        yield tally


def _met(
    run: Run, tally: Tally, begun: Path, certificates: Certificates, fault: Fault, language: str
) -> dict[str, str]:
    """Has a contest meet a fault until it is mended; what the program said."""
    before, now = tally.failed, BEGINNING
    with ExitStack() as after:
        folder = after.enter_context(copied(run.base, begun, run.place / "one"))
        broken = after.enter_context(_server(fault, certificates))
        port = free_port() if fault.setting == "nobody" else broken.port
        _settle(folder, port, _settings(folder, fault.setting, certificates))
        if fault.setting in ("open", "guarded"):
            broken.always(fault.step, fault.act)
        ticks, doctor = [], ["doctor", "--json", "--lang", language]
        for wait in WAITS:
            now += wait
            ticks.append(_typed(run, tally, folder, now, ["tick", "--lang", language]))
        seen = json.loads(_typed(run, tally, folder, now, doctor))["steps"]
        broken.let_go()
        mended = after.enter_context(Watched())
        mended.received.extend(broken.received)
        _settle(folder, mended.port, _settings(folder, "open", certificates))
        settled(run.couriers, tally, folder, now, mended)
    tally.tried += 1
    tally.mistaken += max(0, tally.failed - before - fault.failing)
    looked_at = (step for step in seen if step["step"] in _LOOKED_AT)
    steps = [step["said"] for step in looked_at if step["outcome"] in ("failed", "remark")]
    said = {"tick": ticks[0], "doctor": "; ".join(filter(None, steps))}
    return {name: " ".join(text.replace(str(port), "25").split()) for name, text in said.items()}


def _server(fault: Fault, certificates: Certificates) -> Watched:
    match fault.setting:
        case "guarded" | "unknown":
            return Watched(tls=certificates.right, password=(USER, PASSWORD))
        case "other":
            return Watched(tls=certificates.wrong_name, password=(USER, PASSWORD))
        case "token":
            return Watched(tls=certificates.right, token=(USER, "a token"))
    return Watched()


def _settings(folder: Path, setting: str, certificates: Certificates) -> str:
    """The lines of `local.toml` that say how the server is spoken to."""
    if setting in ("open", "nobody"):
        return 'security = "none"\n'
    (folder / "password").write_text(PASSWORD, "utf-8")
    (folder / "password").chmod(0o600)
    lines = f'security = "starttls"\nuser = "{USER}"\npassword_file = "{folder / "password"}"\n'
    trusted = {"other": certificates.wrong_name_file, "unknown": certificates.wrong_name_file}
    return lines + f'ca_file = "{trusted.get(setting, certificates.right_file)}"\n'


def _settle(folder: Path, port: int, lines: str) -> None:
    told = f'[mail]\nhost = "{HOST}"\nport = {port}\nsender = "{SENDER}"\nper_minute = 0\n'
    file = folder / LOCAL_FILE
    file.write_text(f"{told}for_real = true\n{_PATIENCE}{lines}", "utf-8")
    file.chmod(0o600)


def _typed(run: Run, tally: Tally, folder: Path, now: datetime, words: list[str]) -> str:
    """What a command says, which may end with 1."""
    run.told.unlink(missing_ok=True)
    code = run.couriers.makes(Pass(folder, 0, now, words=words, told=str(run.told)))
    if code > 1:
        tally.ended(" ".join(words), code, run.told)
    return run.told.read_text("utf-8")
