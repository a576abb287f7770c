"""What `tick`, `doctor` and `today` tell of mails that do not leave, and of passes not made."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.locations import watch_url
from ptce_workflow.app.outbox.waiting import waiting
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import speaking
from ptce_workflow.mail.dialogue import Probed
from ptce_workflow.reports.scheduler import explained, steps
from ptce_workflow.scheduler.passes import RunStatus, call_watch, tick
from tests.cli.lines import Run, run
from tests.courier import Post, begun, post, server
from tests.rehearsal import LAPSE, added, in_earnest
from tests.scheduler.test_long_stop import made

__all__ = ["begun", "post", "server"]

Capture = pytest.CaptureFixture[str]
QUARTER, MINUTE = timedelta(minutes=15), timedelta(minutes=1)
SERVER = """[mail]
host = "{host}"
port = {port}
security = "none"
for_real = true
sender = "desk@contest.fr"
"""


def add_settings(folder: Path, table: str) -> None:
    """Adds a table to the settings, which may name the server of the database already."""
    with (folder / "local.toml").open("a", encoding="utf-8") as stream:
        stream.write(f"\n{table}")


@pytest.fixture
def typed(post: Post, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """A line that the desk types in English, at the hour of the contest's clock."""
    server = SERVER.format(host=post.server.host, port=post.server.port)
    add_settings(post.contest.folder, server)
    monkeypatch.chdir(post.contest.folder)

    def typed(*words: str, actor: str = "anne") -> Run:
        monkeypatch.setenv("PTCE_NOW", post.clock.instant.isoformat())
        return run(capsys, *words, "--lang", "en", "--as", actor)

    return typed


@pytest.fixture
def earnest(tmp_path: Path, clock: SetClock) -> Iterator[Contest]:
    """A contest in earnest, with a draft that time closes without deciding against anybody."""
    folder = made(tmp_path / "earnest", clock, rehearsal=False, adverse=False)
    with in_earnest(folder, clock) as contest:
        added(contest)
        yield contest


def test_a_mail_that_failed(post: Post, typed: Callable[..., Run], tmp_path: Path) -> None:
    """The exit code, the error stream, `--json` and the health file tell of it."""
    health = tmp_path / "health.json"
    assert typed("tick", "--health-file", str(health)).code == 0
    assert json.loads(health.read_text("utf-8"))["trouble"] == []
    post.opens(2)
    post.server.then("RCPT", "550 5.1.1 no such user")
    ended = typed("tick", "--health-file", str(health))
    assert (ended.code, "To be looked at: 1 failed." in ended.err) == (1, True)
    assert "ptce mail list --state failed" in ended.err
    assert "uncertain" not in ended.err
    standing = json.loads(health.read_text("utf-8"))
    assert (standing["trouble"], standing["failed"], standing["sent"]) == (["failed"], 1, 1)
    assert json.loads(typed("tick", "--json").out)["trouble"] == ["failed"]
    doctor = json.loads(typed("doctor", "--json").out)
    assert (doctor["sound"], doctor["trouble"]) == (False, ["failed"])


def test_doctor_ends_a_pause(post: Post, typed: Callable[..., Run]) -> None:
    """It tells what the pause says; it ends once the server takes mails, where the desk asks."""
    (name,) = post.opens()
    post.server.always("MAIL", "535 5.7.139 basic authentication is disabled")
    ended = typed("tick")
    assert (ended.code, "basic authentication is disabled" in ended.err) == (1, True)
    told = typed("doctor")
    assert (told.code, "No mail leaves before" in told.out) == (1, True)
    assert "no mail has left yet" not in told.out
    assert json.loads(typed("doctor", "--json").out)["trouble"] == ["paused"]
    post.server.behaves()
    enrol(post.contest, "Auditor", ["auditor"], login="control")
    assert (typed("doctor", actor="control").code, waiting(post.contest).paused != "") == (1, True)
    told = typed("doctor")
    assert (told.code, "the pause is over" in " ".join(told.out.split())) == (0, True)
    assert "the courier is paused" not in told.out
    assert waiting(post.contest).paused == ""
    assert (typed("tick").code, post.stage(name)) == (0, "sent")
    assert "the last mail left on Tuesday 20 February 2024" in " ".join(typed("doctor").out.split())


def test_a_pause_stays_where_a_step_fails(post: Post, typed: Callable[..., Run]) -> None:
    post.opens()
    post.server.always("MAIL", "550 5.7.1 not you")
    typed("tick")
    post.server.behaves()
    post.server.always("RCPT", "450 4.7.1 come back later")
    assert json.loads(typed("doctor", "--json").out)["trouble"] == ["paused"]


@pytest.mark.parametrize(
    ("after", "passed", "overdue"),
    [
        (QUARTER, False, False),
        (QUARTER + MINUTE, False, True),
        (QUARTER + MINUTE, True, False),
        (-MINUTE, False, False),
    ],
)
def test_a_pass_that_is_overdue(
    earnest: Contest, clock: SetClock, after: timedelta, *, passed: bool, overdue: bool
) -> None:
    """Something has been due for over a quarter of an hour, and no pass was made."""
    clock.instant = LAPSE + after
    if passed:
        tick(earnest)
    assert waiting(earnest).overdue == (LAPSE if overdue else None)
    assert ("overdue" in waiting(earnest).trouble) == overdue


def test_since_when_no_pass_is_made(
    earnest: Contest, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`today` and `doctor` say so, on the machine's own clock; the pass that is made ends it."""
    monkeypatch.chdir(earnest.folder)
    monkeypatch.setattr("ptce_workflow.cli.invocation.login_name", lambda: "anne")
    since = "due since Thursday 14 March 2024 at 18:00"
    assert f"{since}, and no pass was made" in run(capsys, "today", "--lang", "en").out
    sentence = f"{since}; last pass: none"
    doctor = run(capsys, "doctor", "--lang", "en")
    assert (doctor.code, sentence in " ".join(doctor.out.split())) == (1, True)
    assert json.loads(run(capsys, "doctor", "--json").out)["trouble"] == ["overdue"]
    assert run(capsys, "tick").code == 0
    assert json.loads(run(capsys, "doctor", "--json").out)["trouble"] == []
    assert "no pass was made" not in run(capsys, "today", "--lang", "en").out


@pytest.mark.parametrize("code", ["535 5.7.139", "550 5.7.30", "534 5.7.9", "553 5.7.1"])
def test_what_servers_mean(code: str) -> None:
    for language in ("en", "fr"):
        with speaking(language):
            said, *more = explained(f"No mail leaves: {code} whatever it says.").splitlines()
        assert (said, len(more)) == (f"No mail leaves: {code} whatever it says.", 1)
    assert explained(f"1{code}9") == f"1{code}9"


@pytest.mark.parametrize(
    ("host", "secret", "warned"),
    [
        ("smtp.office365.com", 'password_env = "WORD"', True),
        ("smtp.office365.com", 'token_command = ["token"]', False),
        ("smtp.office365.com", 'token_file = "token"\nclient_id = "x"', False),
        ("smtp.hoster.example", 'password_env = "WORD"', False),
    ],
)
def test_a_password_of_microsoft_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, secret: str, *, warned: bool
) -> None:
    async def nobody(*_words: object) -> tuple[Probed, ...]:
        return ()

    def unopened() -> Contest:
        raise PtceError("No contest.")

    monkeypatch.setattr("ptce_workflow.mail.dialogue.probe", nobody)
    mail = f'[mail]\nhost = "{host}"\nuser = "a@b.fr"\n{secret}\nsender = "a@b.fr"\n'
    (tmp_path / "local.toml").write_text(mail, "utf-8")
    settings = {step.step: step for step in steps(unopened, tmp_path)}["settings"]
    assert settings.outcome == ("remark" if warned else "ok")
    assert ("token_command" in (settings.said or "")) == warned


@contextmanager
def listener(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """An address on this machine, and what was asked of it."""
    asked = list[str]()

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Listening) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/ptce", asked
        finally:
            server.shutdown()
            thread.join()


def watched(contest: Contest, url: str) -> None:
    add_settings(contest.folder, f'[watch]\nurl = "{url}"\n')


def test_an_address_is_called_after_each_good_pass(
    earnest: Contest, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(earnest.folder)
    monkeypatch.setattr("ptce_workflow.cli.invocation.login_name", lambda: "anne")
    with listener() as (url, asked):
        watched(earnest, url)
        assert run(capsys, "tick").code == 0
        assert asked == ["/ptce"]
        told = run(capsys, "doctor", "--lang", "en").out
    assert f"Watch              {url.split('/')[2]}" in told
    # Nobody answers there any more.
    ended = run(capsys, "tick", "--lang", "en")
    assert (ended.code, "could not be told of the pass" in ended.err) == (0, True)
    assert "/ptce" not in ended.err


@pytest.mark.parametrize(
    ("trouble", "calls"),
    [((), 1), (("failed", "uncertain"), 1), (("paused",), 0), (("gone_back", "failed"), 0)],
)
def test_no_call_while_mail_is_kept_back(
    earnest: Contest, trouble: tuple[str, ...], calls: int
) -> None:
    """What keeps the digest from leaving is told by silence."""
    with listener() as (url, asked):
        watched(earnest, url)
        call_watch(earnest, RunStatus(trouble=trouble).trouble)
    assert len(asked) == calls


def test_a_call_that_is_refused_is_told(earnest: Contest) -> None:
    complaints = list[str]()
    earnest.complain = lambda error: complaints.append(error.why)
    with listener(404) as (url, _asked):
        watched(earnest, url)
        call_watch(earnest, ())
    assert complaints == ["Not Found"]


def test_a_rehearsal_calls_nobody(post: Post) -> None:
    with listener() as (url, asked):
        watched(post.contest, url)
        call_watch(post.contest, ())
    assert asked == []


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://hc.example/4f2a", True),
        ("http://localhost:8080/ptce", True),
        ("http://[::1]/ptce", True),
        ("http://hc.example/4f2a", False),
        ("http://localhost.example/", False),
        ("https:///nowhere", False),
        ("https://hc.example:port/", False),
        ("https://user:word@hc.example/", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_an_address_to_call(tmp_path: Path, url: str, *, good: bool) -> None:
    """Encrypted, or on this machine; what is refused is not quoted: it may be a secret."""
    (tmp_path / "local.toml").write_text(f'[watch]\nurl = "{url}"\n', "utf-8")
    if good:
        assert watch_url(tmp_path) == url
    else:
        with pytest.raises(Misuse) as refused:
            watch_url(tmp_path)
        assert "watch.url" in str(refused.value)
        assert not url or url not in str(refused.value)
