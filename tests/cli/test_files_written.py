"""Commands that write a file: none destroys the contest, and each asks before it replaces."""

from pathlib import Path

import pytest

from tests.cli.lines import run

Capture = pytest.CaptureFixture[str]
LEDGER = pytest.param("ptce.db", marks=pytest.mark.sqlite("names the file, which a server has not"))
WRITE = {
    "backup": "backup --yes",
    "list": "list --yes -o",
    "calendar": "calendar --yes --ics",
    "run": "run --every 1 --health-file",
    "rank": "jury rank --yes -o",
    "minutes": "minutes --yes -o",
    "grid": "jury grid --institution cress --yes -o",
    "sign-in": "sign-in --yes -o",
    "document": "document certificate C-001 --yes -o",
}


@pytest.mark.long
@pytest.mark.parametrize("own", [LEDGER, "config.toml", "local.toml", "states/zz.html"])
@pytest.mark.parametrize("command", WRITE.values(), ids=WRITE)
def test_no_command_writes_over_the_contest(
    command: str, own: str, contest: Path, capsys: Capture
) -> None:
    """Neither its ledger nor its rules, not even with --yes, nor a file that would become one."""
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


def test_a_calendar_is_replaced_on_a_yes(contest: Path, capsys: Capture) -> None:
    assert run(capsys, "calendar", "--ics", "dates.ics").code == 0
    (contest / "dates.ics").write_bytes(b"BEGIN:VCALENDAR of mine")
    ended = run(capsys, "calendar", "--ics", "dates.ics")
    assert ended.code == 2
    assert "--yes" in ended.err
    assert (contest / "dates.ics").read_bytes() == b"BEGIN:VCALENDAR of mine"
    assert run(capsys, "calendar", "--ics", "dates.ics", "--yes").code == 0
    assert b"VEVENT" in (contest / "dates.ics").read_bytes()
