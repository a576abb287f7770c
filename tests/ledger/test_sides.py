"""What stands beside the lines: a side row is what its line commits itself to, or is erased."""

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.ledger.line import decode
from tests.rehearsal import attack, erased_again, lines, told, types

pytestmark = pytest.mark.served


def side_rows(contest: Contest) -> list[tuple[int, str]]:
    """The line and subject of every side row."""
    with attack(contest) as database:
        return [*database.execute("SELECT n, subject FROM side ORDER BY n")]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("data", '{"facts":{"dossier.name":"Autre"}}'),
        ("data", "{}"),
        ("data", ""),
        ("data", "[]"),
        ("data", "no JSON"),
        ("data", b"\x00\xff"),
        ("salt", "0" * 64),
        ("salt", ""),
    ],
)
def test_side_row_changed(full: Contest, column: str, value: object) -> None:
    """A side row that is not what its line commits itself to is told at that line."""
    rows = side_rows(full)
    assert len(rows) > 10
    with attack(full) as database:
        database.execute(f"UPDATE side SET {column} = ?", (value,))
    assert {(n, "A side row does not match.") for n, _subject in rows} <= {*told(full)}


def test_side_row_removed(full: Contest) -> None:
    """A side row that is gone without a line that says so is told at its line."""
    rows = side_rows(full)
    with attack(full) as database:
        database.execute("DELETE FROM side")
    assert {(n, "A side row is gone.") for n, _subject in rows} <= {*told(full)}


@pytest.mark.parametrize("n", [0, 6, 7, 34, 35, 99])
def test_side_row_added(full: Contest, n: int) -> None:
    """A side row that no line commits itself to does not belong."""
    with attack(full) as database:
        row = ("small-2024", n, "P-009", "0" * 64, "{}")
        database.execute("INSERT INTO side VALUES (?, ?, ?, ?, ?)", row)
    assert told(full) == [(n, "A side row does not belong.")]


@pytest.mark.both
def test_side_rows_swapped(full: Contest) -> None:
    """The side rows of two lines do not open one another's commitments."""
    (one, _subject), (other, _subject) = side_rows(full)[:2]
    with attack(full) as database:
        database.execute("UPDATE side SET n = -1 WHERE n = ?", (one,))
        database.execute("UPDATE side SET n = ? WHERE n = ?", (one, other))
        database.execute("UPDATE side SET n = ? WHERE n = -1", (other,))
    assert {one, other} <= {line for line, _what in told(full)}


# Erasure, which leaves the chain whole.


def erase(contest: Contest, n: int, *, row: bool = True, line: bool = True) -> int:
    """Erases the reason of a line: row and line together, or one of them.

    As where an older copy has brought it back: else nothing of a candidature would be left.
    """
    with contest.acting() as tx:
        case_id = decode(tx.unit.line(contest.id, n)).case
        assert case_id is not None
        if line:
            tx.record(case_id, erased_again(contest, tx, case_id, (n,)), asked=True)
        tx.flush()
    if row:
        with attack(contest) as database:
            database.execute("DELETE FROM side WHERE n = ? AND subject = ?", (n, case_id))
    return len(lines(contest))


def with_reason(contest: Contest) -> int:
    """The number of the line whose side row holds a reason."""
    [n] = [
        n
        for n, line in enumerate(map(decode, lines(contest)), 1)
        if line.type == "transition_made" and line.pd
    ]
    return n


@pytest.mark.both
def test_erased(full: Contest) -> None:
    """A side row that a line says is erased is not missed."""
    erase(full, with_reason(full))
    assert verify(full).intact


@pytest.mark.both
def test_erased_without_a_line(full: Contest) -> None:
    n = with_reason(full)
    erase(full, n, line=False)
    assert told(full) == [(n, "A side row is gone.")]


@pytest.mark.both
def test_erased_in_words_only(full: Contest) -> None:
    """A side row that is still there, though a line says that it is erased, is told."""
    n = with_reason(full)
    erase(full, n, row=False)
    assert told(full) == [(n, "A side row that was erased is there again.")]


@pytest.mark.both
def test_erased_what_never_was(full: Contest) -> None:
    n = erase(full, types(full).index("candidature_opened") + 1, row=False)
    assert told(full) == [(n, "There is no such side row, or it was erased before.")]


def test_one_erasure_excuses_no_other(full: Contest) -> None:
    n = with_reason(full)
    erase(full, n)
    other = types(full).index("facts_recorded") + 1
    with attack(full) as database:
        database.execute("DELETE FROM side WHERE n = ?", (other,))
    assert (other, "A side row is gone.") in told(full)
    assert n not in {line for line, _what in told(full)}
