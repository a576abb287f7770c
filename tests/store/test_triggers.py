"""SQL typed in haste against the file cannot change what the ledger says."""

import sqlite3
from pathlib import Path

import pytest

from tests.servers import by_hand
from tests.store.places import CONTEST, FIRST

_LINE = "ledger (contest, n, prev, line)"
_NEXT = f"'{CONTEST}', 4, '{3:064x}', x'7b7d0a'"
_REFUSED = {
    "update of a line": "UPDATE ledger SET line = x'00' WHERE n = 2",
    "update or replace of a number": "UPDATE OR REPLACE ledger SET n = 1 WHERE n = 2",
    "delete of a line": "DELETE FROM ledger WHERE n = 3",
    "delete of all": "DELETE FROM ledger",
    "replace of a line": f"INSERT OR REPLACE INTO {_LINE} "
    f"VALUES ('{CONTEST}', 2, '{1:064x}', x'00')",
    "replace of the last line": f"REPLACE INTO {_LINE} VALUES ('{CONTEST}', 3, 'x', x'00')",
    "next line that does not name the head": f"INSERT INTO {_LINE} "
    f"VALUES ('{CONTEST}', 4, '{1:064x}', x'00')",
    "two lines that name the head": f"INSERT INTO {_LINE} VALUES ({_NEXT}), "
    f"('{CONTEST}', 5, '{3:064x}', x'00')",
    **{
        f"next line that replaces one by its {name}": f"REPLACE INTO ledger "
        f"({name}, contest, n, prev, line) VALUES (2, {_NEXT})"
        for name in ("rowid", "_rowid_", "oid")
    },
    "line of another contest that replaces one by its rowid": "REPLACE INTO ledger "
    f"(rowid, contest, n, prev, line) VALUES (2, 'new', 1, '{FIRST}', x'00')",
    "next line with a rowid that triggers take for none": "INSERT INTO ledger "
    f"(rowid, contest, n, prev, line) VALUES (-1, {_NEXT})",
    "upsert of a line": f"INSERT INTO {_LINE} VALUES ('{CONTEST}', 2, 'x', x'00') "
    "ON CONFLICT DO UPDATE SET line = excluded.line",
    "gap": f"INSERT INTO {_LINE} VALUES ('{CONTEST}', 5, '{4:064x}', x'00')",
    "duplicate": f"INSERT INTO {_LINE} VALUES ('{CONTEST}', 3, '{2:064x}', x'7b7d0a')",
    "line before the first": f"INSERT INTO {_LINE} VALUES ('{CONTEST}', 0, 'x', x'00')",
    "number that is none": f"INSERT INTO {_LINE} VALUES ('{CONTEST}', 'four', 'x', x'00')",
    "no number": f"INSERT INTO {_LINE} VALUES ('{CONTEST}', NULL, 'x', x'00')",
    "gap within one statement": f"INSERT INTO {_LINE} VALUES ({_NEXT}), "
    f"('{CONTEST}', 6, '{5:064x}', x'00')",
    "second line of a new contest": f"INSERT INTO {_LINE} VALUES ('new', 2, '{FIRST}', x'00')",
    "update of a side row": "UPDATE side SET data = '{\"name\":1}'",
    "replace of a side row": f"REPLACE INTO side VALUES ('{CONTEST}', 2, 'case-1', 'b', '')",
    "update of an archived file": "UPDATE process_file SET content = x'00'",
    "delete of an archived file": "DELETE FROM process_file",
    "replace of an archived file": f"REPLACE INTO process_file VALUES ('{'f' * 64}', "
    "'config.toml', x'00')",
}
_TABLES = ("ledger", "side", "process_file")


def _content(database: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    return [database.execute(f"SELECT * FROM {table}").fetchall() for table in _TABLES]


@pytest.mark.parametrize("statement", _REFUSED.values(), ids=_REFUSED.keys())
def test_it_is_refused_and_changes_nothing(file: Path, statement: str) -> None:
    with by_hand(file, autocommit=True) as database:
        before = _content(database)
        with pytest.raises(sqlite3.IntegrityError):
            database.execute(statement)
        assert _content(database) == before


@pytest.mark.parametrize("table", ["side", "process_file"])
def test_no_row_can_be_replaced_by_its_rowid(file: Path, table: str) -> None:
    with (
        by_hand(file, autocommit=True) as database,
        pytest.raises(sqlite3.OperationalError, match="rowid"),
    ):
        database.execute(f"SELECT rowid FROM {table}")


@pytest.mark.parametrize("verb", ["INSERT", "INSERT OR REPLACE"])
def test_the_next_line_is_let_in(file: Path, verb: str) -> None:
    with by_hand(file, autocommit=True) as database:
        database.execute(f"{verb} INTO {_LINE} VALUES ({_NEXT})")
        database.execute(f"{verb} INTO {_LINE} VALUES ('new', 1, '{FIRST}', x'7b7d0a')")
        assert database.execute("SELECT COUNT(*) FROM ledger").fetchone() == (5,)


def test_a_side_row_can_be_erased_and_leaves_no_bytes(file: Path) -> None:
    secret = "Jardins de Sainte-Radegonde"
    with by_hand(file, autocommit=True) as database:
        database.execute("PRAGMA secure_delete=ON")
        row = (CONTEST, 3, "case-1", "a" * 64, secret)
        database.execute("INSERT INTO side VALUES (?, ?, ?, ?, ?)", row)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert secret.encode() in file.read_bytes()
        database.execute("DELETE FROM side WHERE n = 3")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert secret.encode() not in file.read_bytes()
