"""`ptce mail test` and `ptce mail login`: what a desk tries before it relies on a mail server."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ptce_workflow.app.contest import Contest
from ptce_workflow.mail import TRIAL_HEADER, sign_in
from ptce_workflow.mail.settings import ServerSettings
from rehearsal.cast import DESK
from tests.cli.lines import run
from tests.cli.posting import DESK_ADDRESS, english, use_server
from tests.smtp import Server

Capture = pytest.CaptureFixture[str]
ME = "me@contest.example"


def set_up(contest: Path, server: Server, more: str = "per_minute = 0\n") -> None:
    use_server(contest, server)
    with (contest / "local.toml").open("a", encoding="utf-8") as stream:
        stream.write(more)


def lines(contest: Path) -> int:
    with Contest.open(contest, actor=DESK) as opened, opened.database.reading() as repo:
        return len(list(repo.lines(opened.id)))


@pytest.mark.long
def test_a_letter_of_each_kind_is_sent_and_recorded_nowhere(contest: Path, capsys: Capture) -> None:
    with Contest.open(contest, actor=DESK) as opened:
        kinds = list(opened.process.definition.notifications)
    before = lines(contest), run(capsys, "mail", "list", "--all", "--json").out
    with Server() as server:
        set_up(contest, server)
        ended = run(capsys, "mail", "test", "--to", ME, "--json")
    assert ended.code == 0
    told = json.loads(ended.out)
    assert [one["notification"] for one in told] == kinds
    assert all(one["sent"] and one["said"].startswith("250") for one in told)
    assert [one.message[TRIAL_HEADER] for one in server.received] == kinds
    assert len({one.message["Message-ID"] for one in server.received}) == len(kinds)
    for one in server.received:
        assert one.message["Subject"].startswith("[ESSAI] ")
        assert one.recipients == (ME,)
        assert one.sender == DESK_ADDRESS
        assert one.message["X-PTCE-Line"] is None
    after = lines(contest), run(capsys, "mail", "list", "--all", "--json").out
    assert after == before


def test_one_kind_alone(contest: Path, capsys: Capture) -> None:
    with Server() as server:
        set_up(contest, server)
        ended = english(capsys, "mail", "test", "--to", ME, "--notification", "acknowledgement")
    assert ended.code == 0
    assert [one.message[TRIAL_HEADER] for one in server.received] == ["acknowledgement"]
    assert "1 of 1 letter left." in ended.out
    assert "Authentication-Results" in ended.out


@pytest.mark.parametrize(
    ("step", "reply", "offered"),
    [
        ("RCPT", "550 5.1.1 no such mailbox", 2),
        ("content", "554 5.7.1 Sending limit exceeded", 2),
        ("MAIL", "550 5.7.60 not as this sender", 1),
    ],
)
def test_a_server_that_refuses(
    step: str, reply: str, offered: int, contest: Path, capsys: Capture
) -> None:
    """Its words are told; what it says of us all ends the trial."""
    with Server() as server:
        set_up(contest, server)
        server.always(step, reply)
        two = ("--notification", "acknowledgement", "--notification", "selected")
        ended = english(capsys, "mail", "test", "--to", ME, *two)
    assert ended.code == 1
    assert server.heard.count("MAIL") == offered
    assert ended.out.count(reply) == offered
    assert "0 of 2 letters left." in ended.out
    assert "Authentication-Results" not in ended.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--to", "personne"), '"personne" is not an e-mail address.'),
        (
            ("--to", ME, "--notification", "acknowledgment"),
            'There is no notification "acknowledgment".',
        ),
        ((), "--to"),
    ],
)
def test_what_cannot_be_tried(
    words: tuple[str, ...], said: str, contest: Path, capsys: Capture
) -> None:
    with Server() as server:
        set_up(contest, server)
        ended = english(capsys, "mail", "test", *words)
        assert (ended.code, server.heard) == (2, [])
    assert said in ended.err


def test_without_a_server_nothing_is_tried(contest: Path, capsys: Capture) -> None:
    for words in (("mail", "test", "--to", ME), ("mail", "login")):
        ended = english(capsys, *words)
        assert ended.code == 2
        assert "No mail server is set." in ended.err
        assert "docs/deploy/mailbox.md" in ended.err


def test_signing_in_shows_the_page_and_the_code(
    contest: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server() as server:
        set_up(contest, server)
    ended = english(capsys, "mail", "login")
    assert ended.code == 2
    assert "names no token_file" in ended.err

    def signs_in(settings: ServerSettings, show: Callable[[str, str], None]) -> str:
        assert settings.token_file == str(contest / "microsoft.json")
        show("https://microsoft.com/devicelogin", "ABCD-EFGH")
        return ME

    monkeypatch.setattr(sign_in, "login", signs_in)
    file = contest / "local.toml"
    more = f'user = "{ME}"\nsecurity = "starttls"\ntoken_file = "microsoft.json"\nclient_id = "x"\n'
    file.write_text(file.read_text("utf-8").replace('security = "none"\n', more), "utf-8")
    ended = english(capsys, "mail", "login")
    assert ended.code == 0
    assert "Open https://microsoft.com/devicelogin and type the code ABCD-EFGH." in ended.err
    assert f"{ME} is signed in; the token is in {contest / 'microsoft.json'}." in " ".join(
        ended.out.split()
    )
