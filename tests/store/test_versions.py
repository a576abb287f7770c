"""Which tables a database has, and how one of another version is refused."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from ptce_workflow.base.errors import PtceError
from ptce_workflow.store.database import Database
from ptce_workflow.store.rows import ContestRow
from ptce_workflow.store.schema import NoTables, version
from ptce_workflow.store.sqlite import Memory
from tests.servers import bare_database, by_hand, drop, hide_in_index, unguarded
from tests.store.places import CONTEST

pytestmark = pytest.mark.served


def _tables(file: Path) -> dict[str, str]:
    with by_hand(file, autocommit=True) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {name: " ".join(sql.split()) for name, sql in found}


def test_a_new_database_is_as_it_was_declared(database: Database) -> None:
    assert database.altered() == []
    with database.reading() as repo:
        found = repo.driver.execute("SELECT version FROM schema_version").fetchall()
    assert found == [(version(),)]


def test_a_database_in_memory_has_the_tables_of_a_file(file: Path) -> None:
    with closing(Database(Memory())) as database, closing(Database(Memory())) as other:
        with database.writing(CONTEST) as repo:
            repo.add_contest(ContestRow(CONTEST, "", True, "", 0, "", "", ""))
        with database.reading() as repo, database.reading() as beside:
            assert repo.contests() == beside.contests() != []
            kept = repo.driver.execute("SELECT name, sql FROM sqlite_master").fetchall()
        with pytest.raises(PtceError, match="cannot be written"), database.reading() as repo:
            repo.set_head(CONTEST, 1, "")
        with other.reading() as repo:
            assert repo.contests() == []
    made = {name: sql.split() for name, sql in _tables(file).items() if "TRIGGER" not in sql}
    assert made.pop("schema_version")
    assert {name: sql.split() for name, sql in kept if sql} == made


def test_making_reading_and_writing_load_no_library(file: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ptce_workflow.store.database import Database\n"
        "Database.create(Path(sys.argv[2])).close()\n"
        "with Database.open(Path(sys.argv[1])).writing('small-2024') as unit:\n"
        "    unit.set_head('small-2024', unit.contest('small-2024').head_n, 64 * '0')\n"
        "sys.exit(bool({'sqlalchemy', 'sqlmodel', 'pydantic'} & {*sys.modules}))"
    )
    command = [sys.executable, "-c", program, str(file), str(tmp_path / "new.db")]
    assert subprocess.run(command, cwd=Path(__file__).parents[2]).returncode == 0


@pytest.mark.parametrize("act", [Database.open, Database.ready])
def test_a_database_of_another_version_is_refused(
    act: object, place: str | Path, database: Database
) -> None:
    with by_hand(place, autocommit=True) as connection:
        connection.execute("UPDATE schema_version SET version = '0f0f'")
    assert callable(act)
    with pytest.raises(PtceError, match="Another version of this program made") as refusal:
        act(place)
    assert ("0f0f" in refusal.value.why, version() in refusal.value.why) == (True, True)
    assert "the program that made it" in refusal.value.mend
    assert refusal.value.exit_code == 1
    with database.reading() as repo:
        assert [row.contest for row in repo.contests()] == [CONTEST]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_tables_of_others_are_no_version_of_ours(kind: str, tmp_path: Path) -> None:
    place = tmp_path / "other.db" if kind == "sqlite" else bare_database()
    with by_hand(place, autocommit=True) as connection:
        connection.execute("CREATE TABLE version (number VARCHAR(32))")
    with pytest.raises(NoTables, match="is not the database of a contest"):
        Database.open(place)
    with pytest.raises(PtceError, match="is there already"):
        Database.create(place)
    if isinstance(place, str):
        drop(place)


def test_two_who_make_the_tables_of_a_server_at_once() -> None:
    url = bare_database()
    with ThreadPoolExecutor(2) as threads:
        for made in [threads.submit(Database.create, url) for _ in range(2)]:
            made.result().close()
    drop(url)


_TEXT = "UPDATE sqlite_master SET sql = replace(sql, {!r}, {!r}) WHERE name = {!r}"


@pytest.mark.sqlite("PostgreSQL keeps no text of what was made: test_server has its catalogues")
@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (_TEXT.format("prev VARCHAR NOT NULL", "prev INTEGER", "ledger"), "The table ledger was"),
        ("ALTER TABLE person ADD my_note TEXT", "The table person was changed"),
        ("ALTER TABLE mail DROP content", "The table mail was changed"),
        (_TEXT.format("login VARCHAR", "login VARCHAR COLLATE NOCASE", "person"), "table person"),
        (_TEXT.format("(rowid > 0)", "(rowid > 0 AND n < 1206)", "ledger"), "The table ledger was"),
        (
            _TEXT.format("stage VARCHAR NOT", "stage VARCHAR CHECK (number <> 433) NOT", "message"),
            "The table message was changed",
        ),
        (_TEXT.format("value BIGINT", "value BIGINT DEFAULT 0", "counter"), "The table counter"),
        (_TEXT.format("due <> ''", "due <> '' AND ref <> 'C-012'", "candidature_due"), "_due was"),
        ("DROP INDEX ledger_case", "The index ledger_case is gone"),
        ("DROP TABLE courier", "The table courier is gone"),
        ("DROP TRIGGER side_no_update", "The trigger side_no_update is gone"),
        ("CREATE INDEX for_a_report ON candidature (since)", "for_a_report acts in the tables"),
        ("CREATE UNIQUE INDEX one_each ON counter (value)", "one_each acts in the tables"),
        ("CREATE TABLE mine (of_whom TEXT REFERENCES person)", "mine acts in the tables"),
        ("CREATE VIEW aside AS SELECT * FROM person", "aside acts in the tables"),
        ("ANALYZE", ""),
    ],
)
def test_whatever_is_not_as_it_was_made_is_told(file: Path, statement: str, told: str) -> None:
    """In words, the whole text: a column that somebody added too, and an index for a report."""
    with by_hand(file, autocommit=True) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(statement)
    with closing(Database.open(file)) as database:
        assert told in "".join(database.altered())
        assert len(database.altered()) == bool(told)


@pytest.mark.sqlite("a server is asked by pg_amcheck, which belongs to whoever keeps it")
@pytest.mark.parametrize(
    ("index", "hidden"),
    [
        ("ledger_case", "n <> 2"),
        ("person_login", "login <> 'bureau'"),
        ("candidature_page", "ref <> 'C-012'"),
        ("message_next", "number <> 433"),
    ],
)
def test_an_index_that_leaves_a_row_out_is_told(file: Path, index: str, hidden: str) -> None:
    """Its text is as it was made, and its mend is a command."""
    values = {"C-012": "ref", "bureau": "login"}
    with by_hand(file, autocommit=True) as connection:
        for table in ("candidature", "message", "person"):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            row = [next((w for w, c in values.items() if c == name), 433) for name in columns]
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)
    hide_in_index(file, index, hidden)
    with closing(Database.open(file)) as database:
        assert database.altered() == []
        damage = database.damage()
        assert damage is not None
        assert f"missing from index {index}" in damage.why
        assert f"sqlite3 {file} REINDEX" in damage.mend
        with by_hand(file, autocommit=True) as connection:
            connection.execute("REINDEX")
        assert database.damage() is None


@pytest.mark.sqlite("a server checks its own rows")
def test_a_row_that_breaks_a_constraint_is_mended_by_no_index(file: Path) -> None:
    with unguarded(file) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE ledger SET rowid = -1 WHERE n = 2")
    with closing(Database.open(file)) as database:
        assert database.altered() == []
        damage = database.damage()
    assert damage is not None
    assert "CHECK constraint failed in ledger" in damage.why
    assert ("REINDEX" in damage.mend, "Restore a backup" in damage.mend) == (False, True)


def test_two_versions_are_no_version(place: str | Path, database: Database) -> None:
    with by_hand(place, autocommit=True) as connection:
        connection.execute("INSERT INTO schema_version VALUES ('0f0f')")
    with pytest.raises(PtceError, match="are damaged") as refusal:
        Database.open(place)
    assert "and holds 2" in refusal.value.why
    assert database.altered() == []
