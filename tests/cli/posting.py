"""A contest whose mails can leave: what the tests of mail at the keyboard start from."""

from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest

from ptce_workflow.cli.main import main
from rehearsal.cast import DESK
from tests.cli.lines import Run, run
from tests.one_pass import Pass
from tests.smtp import Server

DOSSIERS = Path(__file__).resolve().parents[2] / "rehearsal" / "dossiers"
NOW = "2024-02-27T09:00:00+01:00"
DESK_ADDRESS, JUROR_ADDRESS = "desk@contest.example", "juror@contest.example"


def begin(folder: Path) -> None:
    """Makes a contest in which two candidatures are drafts, and a juror can be written to."""
    files = [str(file) for file in sorted(DOSSIERS.glob("*.toml"))[:2]]
    juror = ("Juror", "--role", "jury", "--institution", "dreets", "--email", JUROR_ADDRESS)
    here = ("--contest", str(folder))
    for words in (
        ("init", str(folder), "--rehearsal"),
        ("add", *files, *here),
        ("people", "enrol", *juror, *here),
    ):
        do(*words)


def do(*words: str) -> None:
    """Runs a line that is expected to do what it says, outside of any test."""
    told = StringIO()
    with redirect_stdout(told), redirect_stderr(told):
        code = main(words)
    assert code == 0, told.getvalue()


def typed_until(point: str, contest: Path, *words: str) -> Pass:
    """A line that the desk types in a process of its own, which dies at a point."""
    line = ("--as", DESK, *words)
    return Pass(contest, 0, datetime.fromisoformat(NOW), dies_at=point, words=line)


def use_server(folder: Path, server: Server) -> None:
    """Has the mails of a contest leave by a server."""
    (folder / "local.toml").write_text(
        f'[mail]\nhost = "{server.host}"\nport = {server.port}\nsecurity = "none"\n'
        "for_real = true\n"
        f'sender = "Contest <{DESK_ADDRESS}>"\n'
    )


def english(capsys: pytest.CaptureFixture[str], *words: str) -> Run:
    return run(capsys, *words, "--lang", "en")
