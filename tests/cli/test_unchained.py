"""Lines that were changed by hand: whoever reads them is told so, before any verification."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.lines import run
from tests.cli.posting import english

Capture = pytest.CaptureFixture[str]
LINES = (
    "SELECT n FROM ledger WHERE json_extract(CAST(line AS TEXT), '$.case') = "
    "(SELECT id FROM candidature WHERE ref = 'C-001') ORDER BY n"
)
OF_LINE = "WHERE n = ?"


def changed(statement: str, which: int) -> int:
    """Changes one of the lines about C-001; its number."""
    with closing(sqlite3.connect("ptce.db")) as database, database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            database.execute(f"DROP TRIGGER {name}")
        n = database.execute(LINES).fetchall()[which][0]
        assert database.execute(f"{statement} {OF_LINE}", (n,)).rowcount
    return int(n)


@pytest.mark.parametrize("command", ["history C-001", "show C-001", "history C-001 --json"])
@pytest.mark.parametrize(
    ("statement", "which"),
    [
        ('UPDATE ledger SET line = replace(line, \'"at":"2\', \'"at":"1\')', 0),
        ('UPDATE ledger SET line = replace(line, \'"at":"2\', \'"at":"1\')', -1),
        ("UPDATE ledger SET prev = 'x'", 1),
        ("DELETE FROM ledger", -1),
        ("UPDATE side SET data = replace(data, 'Fabrique', 'Ruche')", 1),
    ],
)
def test_a_line_that_was_changed(
    command: str, statement: str, which: int, contest: Path, capsys: Capture
) -> None:
    """Its number is told, and that verifying tells more; what can be read is shown."""
    n = changed(statement, which)
    ended = english(capsys, *command.split())
    assert ended.code == 0, ended.err
    assert ended.out
    assert f"Line {n} is not the one" in ended.err
    assert "ptce verify" in ended.err


@pytest.mark.parametrize("command", ["history C-001", "show C-001", "history C-002"])
def test_lines_that_hold(command: str, contest: Path, capsys: Capture) -> None:
    """Nothing is said of lines that are as they were written, nor of another candidature's."""
    assert run(capsys, *command.split()).err == ""
    if command.endswith("2"):
        changed('UPDATE ledger SET line = replace(line, \'"at":"2\', \'"at":"1\')', 1)
        assert run(capsys, *command.split()).err == ""


def test_a_process_that_is_none(begun: Path, capsys: Capture) -> None:
    """Whoever names themselves verifies all the same, and is told; nothing else can be done."""
    with closing(sqlite3.connect("ptce.db")) as database, database:
        database.execute("UPDATE contest SET process = 'aaaa' || substr(process, 5)")
    ended = run(capsys, "verify", "--as", "bureau")
    assert (ended.code, "le règlement en vigueur" in ended.out) == (1, True), ended
    assert "manque ou est endommagé" in run(capsys, "list", "--as", "bureau").err
