"""Commands that write a file: none destroys the contest, and each asks before it replaces."""

from pathlib import Path

import pytest

from tests.cli.lines import run

Capture = pytest.CaptureFixture[str]
LEDGER = pytest.param("ptce.db", marks=pytest.mark.sqlite("names the file, which a server has not"))
WRITE = {
    "backup": "backup --force",
    "list": "list --force -o",
    "calendar": "calendar --force --ics",
    "run": "run --every 1 --health-file",
    "rank": "jury rank --force -o",
    "minutes": "minutes --force -o",
    "grid": "jury grid --institution cress --force -o",
    "sign-in": "sign-in --force -o",
    "document": "document certificate C-001 --force -o",
}


@pytest.mark.long
@pytest.mark.parametrize("own", [LEDGER, "config.toml", "local.toml", "states/zz.html"])
@pytest.mark.parametrize("command", WRITE.values(), ids=WRITE)
def test_no_command_writes_over_the_contest(
    command: str, own: str, contest: Path, capsys: Capture
) -> None:
    """Neither its ledger nor its rules, not even with --force, nor a file that would become one."""
    file = contest / own
    before = file.read_bytes() if file.exists() else None
    ended = run(capsys, *command.split(), own, "--lang", "en")
    assert (ended.code, ended.out) == (2, "")
    assert f"{own} belongs to the contest" in " ".join(ended.err.split())
    assert (file.read_bytes() if file.exists() else None) == before


@pytest.mark.parametrize(
    ("command", "name"), [(WRITE["calendar"], "notes.ics"), (WRITE["run"], "notes")]
)
def test_what_is_something_else_stays(
    command: str, name: str, contest: Path, capsys: Capture
) -> None:
    (contest / name).write_bytes(b"mine")
    ended = run(capsys, *command.split(), name, "--lang", "en")
    assert (ended.code, ended.out) == (2, "")
    assert f"{name} holds something else" in ended.err
    assert (contest / name).read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("command", "name", "mine"),
    [
        ("calendar --ics", "dates.ics", b"BEGIN:VCALENDAR of mine"),
        ("list -o", "list.csv", b"mine"),
        ("form dossier -o", "dossier.docx", b"PK\x03\x04 mine"),
        ("jury grid --institution cress -o", "cress.xlsx", b"PK\x03\x04 mine"),
    ],
)
def test_what_may_have_been_filled_in_is_replaced_on_a_yes(
    command: str, name: str, mine: bytes, contest: Path, capsys: Capture
) -> None:
    (contest / name).write_bytes(mine)
    ended = run(capsys, *command.split(), name, "--lang", "en")
    assert (ended.code, ended.out) == (2, "")
    assert "Replace it?" in ended.err
    assert (contest / name).read_bytes() == mine
    assert run(capsys, *command.split(), name, "--force").code == 0
    assert (contest / name).read_bytes() != mine
