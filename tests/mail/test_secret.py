"""The password comes from where the settings say, when it is needed."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.base.errors import PtceError
from ptce_workflow.mail.settings import MailSettings
from ptce_workflow.mail.sign_in import secret

pytestmark = pytest.mark.usefixtures("in_english")


def read(**where: Any) -> str:
    """The secret that such settings lead to."""
    given = {"host": "smtp.cress.example", "sender": "a@b.example", "user": "x", **where}
    return asyncio.run(secret(MailSettings(**given)))


def prints(code: str) -> tuple[str, ...]:
    """A command that runs a line of Python."""
    return (sys.executable, "-c", code)


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable of that name."""
    monkeypatch.setenv("CONTEST_MAIL_PASSWORD", " pass phrase ")
    assert read(password_env="CONTEST_MAIL_PASSWORD") == " pass phrase "


def test_from_a_file(tmp_path: Path) -> None:
    """The line end is no part of it; blanks are."""
    path = tmp_path / "password"
    path.write_text("mot de passe \n", "utf-8")
    assert read(password_file=str(path)) == "mot de passe "


def test_from_a_command() -> None:
    """A token that is printed anew each time."""
    assert read(token_command=prints("print('ya29.token')")) == "ya29.token"


def test_what_cannot_be_had_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONTEST_MAIL_PASSWORD", raising=False)
    empty = tmp_path / "empty"
    empty.write_text("\n", "utf-8")
    for where, said in (
        ({"password_env": "CONTEST_MAIL_PASSWORD"}, "CONTEST_MAIL_PASSWORD holds no password"),
        ({"password_file": str(tmp_path / "none")}, "cannot be read"),
        ({"password_file": str(empty)}, "is empty"),
        ({"token_command": (str(tmp_path / "none"),)}, "cannot be run"),
        ({"token_command": prints("raise SystemExit(3)")}, "ended with code 3"),
        ({"token_command": prints("raise SystemExit('AADSTS700082: expired')")}, "AADSTS700082: e"),
        ({"token_command": prints("pass")}, "printed no token"),
        ({"token_file": str(tmp_path / "none"), "client_id": "x"}, "none cannot be read"),
    ):
        with pytest.raises(PtceError, match=said):
            read(**where)


def test_what_a_failing_command_printed_is_not_told() -> None:
    """It may be a token all the same."""
    with pytest.raises(PtceError) as caught:
        read(token_command=prints("print('ya29.token'); raise SystemExit('no ya29.token')"))
    assert "ya29" not in str(caught.value)
    assert "no …" in str(caught.value)


def test_a_command_that_hangs_is_ended() -> None:
    with pytest.raises(TimeoutError):
        read(
            token_command=prints("input = __import__('threading').Event().wait()"),
            command_timeout_s=0.05,
        )
