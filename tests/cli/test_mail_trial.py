"""`ptce mail preview`, `test` and `login`: what a desk tries before it relies on a mail server."""

import json
import shutil
import webbrowser
from collections.abc import Callable
from pathlib import Path

import pytest

from ptce_workflow.app.contest import Contest
from ptce_workflow.mail import TRIAL_HEADER, sign_in
from ptce_workflow.mail.settings import ServerSettings
from rehearsal.cast import DESK
from tests.cli.lines import run
from tests.cli.posting import DESK_ADDRESS, english, use_server
from tests.contests.test_jardins import JARDINS
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


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A contest folder without a ledger."""
    monkeypatch.chdir(shutil.copytree(JARDINS, tmp_path / "jardins"))
    return Path.cwd()


def test_letters_are_previewed_without_a_ledger(folder: Path, capsys: Capture) -> None:
    """Each below its name, as data as well; one alone by its name."""
    names = sorted(file.stem for file in (folder / "notifications").glob("*.md"))
    read = json.loads(run(capsys, "mail", "preview", "--json").out)
    assert sorted(one["notification"] for one in read) == names
    told = " ".join(run(capsys, "mail", "preview", "ineligible").out.split())
    [refused] = [one for one in read if one["notification"] == "ineligible"]
    assert " ".join(refused["text"].split()) in told
    assert all(one["subject"] in told for one in read if one is refused)
    assert told.count("Bonjour") == 1
    unknown = english(capsys, "mail", "preview", "ineligibl")
    assert (unknown.code, "ineligible" in unknown.err) == (2, True)
    assert not (folder / "ptce.db").exists()


def test_letters_are_opened_in_the_browser(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One page with a table of contents; each letter is shown as its reader sees it."""
    monkeypatch.setattr("tempfile.tempdir", str(folder.parent))
    pages: list[str] = []

    def browser(page: str) -> bool:
        pages.append(page)
        return True

    monkeypatch.setattr(webbrowser, "open", browser)
    assert run(capsys, "mail", "preview", "--open").code == 0
    [opened] = pages
    page = Path(opened.removeprefix("file://")).read_text("utf-8")
    count = len(list((folder / "notifications").glob("*.md")))
    assert page.count('<iframe sandbox="" srcdoc="&lt;!DOCTYPE html&gt;') == count
    assert page.count('<li><a href="#') == count
    monkeypatch.setattr(webbrowser, "open", lambda _page: False)
    ended = english(capsys, "mail", "preview", "--open")
    assert (ended.code, "No browser opens here." in ended.err) == (1, True)
    assert english(capsys, "mail", "preview", "--open", "-o", "x.html").code == 2
    assert run(capsys, "mail", "preview", "-o", "x.html").code == 0
    assert (folder / "x.html").read_text("utf-8").count("<iframe") == count


def test_a_fault_of_a_letter_is_shown_as_check_shows_it(folder: Path, capsys: Capture) -> None:
    with (folder / "notifications" / "ineligible.md").open("a", encoding="utf-8") as file:
        file.write("\n{{ candidature.nmae }}\n")
    checked, ended = (english(capsys, *words) for words in (("check",), ("mail", "preview")))
    assert (ended.code, ended.out) == (checked.code, checked.out)
    assert "notifications/ineligible.md:" in ended.out


def test_the_name_of_letters_of_the_desk_is_taken(folder: Path, capsys: Capture) -> None:
    notifications = folder / "notifications"
    shutil.copy(notifications / "ineligible.md", notifications / "desk_letter.md")
    ended = english(capsys, "check")
    assert (ended.code, "notifications/desk_letter.md" in ended.out) == (2, True)
    assert 'The name "desk_letter" is taken.' in ended.out
