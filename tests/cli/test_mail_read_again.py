"""At the keyboard: mails that somebody has read and that would say something else by now."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.lines import run
from tests.cli.posting import english, use_server
from tests.smtp import Misbehaviour, Server

Capture = pytest.CaptureFixture[str]

LATER = "2024-03-26T10:00:00+01:00"


@pytest.fixture
def server(contest: Path) -> Iterator[Server]:
    """The mail server of that contest."""
    with Server() as server:
        use_server(contest, server)
        yield server


def invitation(capsys: Capture) -> str:
    """The jury's invitation, which waits to be read; once it is released, its name."""
    found = json.loads(run(capsys, "mail", "list", "--state", "held", "--json").out)
    [name] = [one["message"] for one in found if one["notification"] == "jury_invitation"]
    assert run(capsys, "mail", "release", name, "--yes").code == 0
    return str(name)


def reword(contest: Path) -> None:
    """Has the jury's invitation say something else in the folder."""
    for file in (contest / "notifications").glob("jury_invitation*.md"):
        file.write_text(file.read_text("utf-8") + "\nP.-S.\n", "utf-8")


def test_an_adoption_says_what_is_to_be_read(contest: Path, capsys: Capture) -> None:
    name = invitation(capsys)
    reword(contest)
    adopted = english(capsys, "adopt", "--reason", "Another word.")
    assert adopted.code == 0
    assert f"1 mail has to be read before it leaves: {name}" in adopted.out
    assert f"ptce mail show {name}" in adopted.err
    held = json.loads(run(capsys, "mail", "show", name, "--json").out)
    assert (held["stage"], held["frozen"]) == ("held", False)


@pytest.mark.long
def test_an_adoption_that_changes_no_mail_says_nothing(contest: Path, capsys: Capture) -> None:
    invitation(capsys)
    config = contest / "config.toml"
    config.write_text(config.read_text("utf-8") + "# Une remarque.\n", "utf-8")
    adopted = english(capsys, "adopt", "--reason", "A remark.")
    assert adopted.code == 0
    assert "mail" not in adopted.out + adopted.err


@pytest.mark.long
def test_a_retry_that_is_read_first(
    contest: Path, capsys: Capture, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was refused and would say something else is read before it leaves."""
    name = invitation(capsys)
    server.always("RCPT", "550 5.1.1 nobody")
    monkeypatch.setenv("PTCE_NOW", LATER)
    run(capsys, "tick")
    server.always("RCPT", Misbehaviour.USUAL)
    assert json.loads(run(capsys, "mail", "show", name, "--json").out)["stage"] == "failed"
    reword(contest)
    assert run(capsys, "adopt", "--reason", "Un autre mot.").code == 0
    again = english(capsys, "mail", "resolve", name, "--resend")
    assert again.code == 0
    assert "held for review" in again.out
    assert f"ptce mail show {name}" in again.err
