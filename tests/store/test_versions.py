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
from tests.servers import bare_database, by_hand, drop
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
    with closing(Database.in_memory()) as database, closing(Database.in_memory()) as other:
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


def test_a_column_that_was_changed_is_told(file: Path) -> None:
    """One that may be empty, or holds something else; not one that somebody has added."""
    with by_hand(file, autocommit=True) as connection:
        connection.execute("ALTER TABLE person ADD my_note TEXT")
        connection.execute("PRAGMA writable_schema = ON")
        was, is_now = "prev VARCHAR NOT NULL", "prev INTEGER"
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, ?, ?)", (was, is_now))
    with closing(Database.open(file)) as database:
        assert database.altered() == ["The column ledger.prev was changed."]
