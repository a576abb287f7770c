"""Lines that were changed by hand: whoever reads them is told so, before any verification."""

from pathlib import Path

import pytest

from ptce_workflow.ledger.line import decode
from tests.cli.lines import run
from tests.cli.posting import english
from tests.servers import by_hand, unguarded

Capture = pytest.CaptureFixture[str]
YEAR = "UPDATE ledger SET line = ?"


def changed(statement: str, which: int) -> int:
    """Changes one of the lines about C-001, its year or what a statement says; its number."""
    with unguarded(Path()) as database:
        (case,) = database.execute("SELECT id FROM candidature WHERE ref = 'C-001'").fetchone()
        rows = database.execute("SELECT n, line FROM ledger ORDER BY n").fetchall()
        n, line = [(n, line) for n, line in rows if decode(line).case == case][which]
        values = (line.replace(b'"at":"2', b'"at":"1'),) if "?" in statement else ()
        assert database.execute(f"{statement} WHERE n = ?", (*values, n)).rowcount
    return int(n)


@pytest.mark.parametrize("command", ["history C-001", "show C-001", "history C-001 --json"])
@pytest.mark.parametrize(
    ("statement", "which"),
    [
        (YEAR, 0),
        (YEAR, -1),
        ("UPDATE ledger SET prev = 'x'", 1),
        ("DELETE FROM ledger", -1),
        ("UPDATE side SET data = replace(data, 'Fabrique', 'Ruche')", 1),
    ],
)
def test_a_line_that_was_changed(
    command: str, statement: str, which: int, contest: Path, capsys: Capture
) -> None:
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
        changed(YEAR, 1)
        assert run(capsys, *command.split()).err == ""


def test_a_process_that_is_none(begun: Path, capsys: Capture) -> None:
    with by_hand(begun) as database:
        database.execute("UPDATE contest SET process = 'aaaa' || substr(process, 5)")
    ended = run(capsys, "verify", "--as", "bureau")
    assert (ended.code, "le règlement en vigueur" in ended.out) == (1, True), ended
    assert "manque ou est endommagé" in run(capsys, "list", "--as", "bureau").err
