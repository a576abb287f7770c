"""Which version a database has, and how one of an older program is brought up to date."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from ptce_workflow.base.errors import Busy, Outdated, PtceError
from ptce_workflow.store.database import Database
from ptce_workflow.store.migrations import config
from ptce_workflow.store.rows import ContestRow, MessageRow
from ptce_workflow.store.schema import LINEAGE, Lineage, guard
from ptce_workflow.store.tables import Stored
from tests.servers import bare_database, by_hand
from tests.store.places import CONTEST, line

HEAD = LINEAGE.head
_NEXT = """
from alembic import op
import sqlalchemy as sa

revision = "next"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("note", sa.Column("text", sa.String()))
    op.execute("{statement}")
"""


def _lineage(folder: Path, statement: str = "SELECT 1") -> Lineage:
    """The versions of a program that knows one more."""
    folder.mkdir()
    (folder / "next.py").write_text(_NEXT.format(head=HEAD, statement=statement), "utf-8")
    return Lineage((*LINEAGE.revisions, "next"), (*LINEAGE.scripts, folder))


def _tables(file: Path) -> dict[str, str]:
    with by_hand(file, autocommit=True) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {name: " ".join(sql.split()) for name, sql in found}


def test_the_versions_are_those_of_the_scripts() -> None:
    """The names that the program compares are the ones that Alembic writes, in its order."""
    scripts = ScriptDirectory.from_config(config())
    assert [script.revision for script in scripts.walk_revisions()][::-1] == [*LINEAGE.revisions]
    assert scripts.get_heads() == [HEAD]


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_the_scripts_make_what_the_classes_declare(database: Database, tmp_path: Path) -> None:
    """Alembic finds no difference, in types either."""
    with database.altering() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Stored.metadata) == []


def test_the_scripts_make_the_same_file_as_the_classes(file: Path, tmp_path: Path) -> None:
    """To the letter: with what Alembic does not compare, and every trigger."""
    declared = create_engine(f"sqlite:///{tmp_path / 'declared.db'}")
    Stored.metadata.create_all(declared)
    with declared.begin() as connection:
        for statement in guard("sqlite"):
            connection.exec_driver_sql(statement)
    declared.dispose()
    made = _tables(file)
    assert made.pop("alembic_version")
    assert made == _tables(tmp_path / "declared.db")


def test_a_database_in_memory_has_the_tables_of_a_file(file: Path) -> None:
    """Each its own, read by several connections and written by none that reads."""
    with closing(Database.in_memory()) as database, closing(Database.in_memory()) as other:
        with database.writing(CONTEST) as unit:
            unit.add_contest(ContestRow(CONTEST, "", True, "", 0, "", "", ""))
        with database.reading() as unit, database.reading() as beside:
            assert unit.contests() == beside.contests() != []
            kept = unit.driver.execute("SELECT name, sql FROM sqlite_master").fetchall()
        with pytest.raises(PtceError, match="cannot be written"), database.reading() as unit:
            unit.set_head(CONTEST, 1, "")
        with other.reading() as unit:
            assert unit.contests() == []
    made = {name: sql.split() for name, sql in _tables(file).items() if "TRIGGER" not in sql}
    assert made.pop("alembic_version")
    assert {name: sql.split() for name, sql in kept if sql} == made


def test_reading_and_writing_load_no_library(file: Path) -> None:
    """Each takes longer to load than most commands take to run."""
    program = (
        "import sys; from pathlib import Path; from ptce_workflow.store.database import Database\n"
        "with Database.open(Path(sys.argv[1])).writing('small-2024') as unit:\n"
        "    unit.set_head('small-2024', unit.contest('small-2024').head_n, 64 * '0')\n"
        "sys.exit(bool({'alembic', 'sqlalchemy', 'sqlmodel', 'pydantic'} & {*sys.modules}))"
    )
    command = [sys.executable, "-c", program, str(file)]
    assert subprocess.run(command, cwd=Path(__file__).parents[2]).returncode == 0


def test_an_older_database_is_told_and_brought_up_to_date(file: Path, tmp_path: Path) -> None:
    """It is used only after that; a copy as it was before stands beside it, whole."""
    lineage = _lineage(tmp_path / "versions")
    with pytest.raises(PtceError, match="is older than this program") as refusal:
        Database.open(file, lineage=lineage)
    assert "--upgrade" in refusal.value.mend
    before = _tables(file)
    with closing(Database(file, lineage=lineage)) as database:
        copy = database.upgrade()
        assert database.upgrade() is None
    assert copy == tmp_path / f"ptce.db.before-{HEAD}"
    assert _tables(copy) == before
    assert _tables(file).keys() - before.keys() == {"note"}
    for place, known in ((copy, LINEAGE), (file, lineage)):
        with closing(Database.open(place, lineage=known)) as database, database.reading() as unit:
            assert [n for n, _row, _sides in unit.entries(CONTEST)] == [1, 2, 3]
    assert not list(tmp_path.glob("*.part"))


def test_the_copy_holds_what_is_not_in_the_file_yet(file: Path, tmp_path: Path) -> None:
    """What was committed last may still stand in the log beside the file."""
    with closing(Database.open(file)) as still_open:
        with still_open.writing(CONTEST) as unit:
            unit.set_head(CONTEST, 3, "b" * 64)
        with closing(Database(file, lineage=_lineage(tmp_path / "versions"))) as database:
            copy = database.upgrade()
    assert copy is not None
    with by_hand(copy, autocommit=True) as connection:
        assert connection.execute("SELECT head_n FROM contest").fetchall() == [(3,)]


def test_a_change_that_fails_leaves_the_database_as_it_was(file: Path, tmp_path: Path) -> None:
    """Tables that were made before the failure are gone again, and the version stands."""
    before = _tables(file)
    lineage = _lineage(tmp_path / "versions", "UPDATE ledger SET line = ''")
    with (
        closing(Database(file, lineage=lineage)) as database,
        pytest.raises(PtceError, match="refused a row"),
    ):
        database.upgrade()
    assert _tables(file) == before
    Database.open(file).close()


def test_a_copy_that_cannot_be_made_stops_the_change(file: Path, tmp_path: Path) -> None:
    """No copy, no change."""
    before = _tables(file)
    (tmp_path / f"ptce.db.before-{HEAD}").mkdir()
    with (
        closing(Database(file, lineage=_lineage(tmp_path / "versions"))) as database,
        pytest.raises(PtceError, match="cannot be made; the database is as it was"),
    ):
        database.upgrade()
    assert _tables(file) == before


@pytest.mark.parametrize("act", [Database.open, lambda file: Database(file).upgrade()])
def test_a_newer_database_is_refused(file: Path, act: object) -> None:
    """Nothing can be said about tables of a version that is not known."""
    with by_hand(file, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert callable(act)
    with pytest.raises(PtceError, match="is newer than this program") as refusal:
        act(file)
    assert "newer ptce_workflow" in refusal.value.mend
    assert [path.name for path in file.parent.glob("*.before-*")] == []


def begun(place: str | Path, lineage: Lineage) -> Database:
    """A database with a contest of three lines, as the newest of some versions has it."""
    database = Database.create(place, lineage=lineage)
    with database.altering() as connection:
        contest = "INSERT INTO contest VALUES (:c, 'f', :no, '{}', 3, '3')"
        connection.execute(text(contest), {"c": CONTEST, "no": False})
        added = text("INSERT INTO ledger VALUES (:contest, :n, :prev, :line)")
        connection.execute(added, [line(n) for n in (1, 2, 3)])
    return database


OLDER = LINEAGE.until("0004")


@pytest.fixture(params=["sqlite", "postgresql"])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """A database that an older program has made, of either kind."""
    place = tmp_path / "ptce.db" if request.param == "sqlite" else bare_database()
    begun(place, OLDER).close()
    return place


def test_a_copy_is_made_first_on_either(older: str | Path, tmp_path: Path) -> None:
    """It is a file that the older program opens, whole, for its owner alone."""
    with pytest.raises(PtceError, match="is older than this program"):
        Database.open(older)
    with closing(Database(older)) as database:
        copy = database.upgrade(tmp_path)
        assert (copy, database.upgrade(tmp_path)) == (tmp_path / "ptce.db.before-0004", None)
        with database.reading() as unit:
            assert [(row.contest, row.moved_to) for row in unit.contests()] == [(CONTEST, "")]
            assert len(list(unit.lines(CONTEST))) == 3
        assert database.altered() == []
    assert copy is not None
    assert copy.stat().st_mode & 0o077 == 0
    with closing(Database.open(copy, lineage=OLDER)) as kept, kept.reading() as unit:
        assert [(row.n, row.line) for row in unit.lines(CONTEST)] == [
            (n, b"{}\n") for n in (1, 2, 3)
        ]
    assert not list(tmp_path.glob("*.part*"))


def test_tables_that_only_call_themselves_older(older: str | Path, tmp_path: Path) -> None:
    """It is told, nothing is changed, and nothing half-made is left."""
    with by_hand(older) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0002'")
    told = "are not those of version 0002"
    with closing(Database(older)) as database, pytest.raises(PtceError, match=told):
        database.upgrade(tmp_path)
    with by_hand(older) as connection:
        assert connection.execute("SELECT n FROM ledger ORDER BY n").fetchall() == [
            (1,),
            (2,),
            (3,),
        ]
        assert connection.execute("SELECT * FROM alembic_version").fetchall() == [("0002",)]
    assert not list(tmp_path.glob("*.part*"))


def test_a_column_that_was_changed_is_told(file: Path) -> None:
    """One that may be empty, or holds something else; not one that somebody has added."""
    with by_hand(file, autocommit=True) as connection:
        connection.execute("ALTER TABLE person ADD my_note TEXT")
        connection.execute("PRAGMA writable_schema = ON")
        was, is_now = "prev VARCHAR NOT NULL", "prev INTEGER"
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, ?, ?)", (was, is_now))
    with closing(Database.open(file)) as database:
        assert database.altered() == ["The column ledger.prev was changed."]


def test_an_older_program_stops_at_its_next_act(older: str | Path, tmp_path: Path) -> None:
    """Though it was open all the while; whoever reads meanwhile is not held up for long."""
    with closing(Database.open(older, lineage=OLDER)) as running:
        with running.writing(CONTEST) as unit:
            assert unit.bytes_of_line(CONTEST, 3) == b"{}\n"
        with closing(Database(older)) as database:
            database.upgrade(tmp_path)
        with pytest.raises(Outdated, match="newer than this program"), running.writing(CONTEST):
            pass
        with pytest.raises(Outdated), running.reading(checked=True):
            pass


def test_an_upgrade_waits_for_those_who_write(older: str | Path, tmp_path: Path) -> None:
    """No longer than a writer does; nothing is changed then."""
    with (
        closing(Database.open(older, lineage=OLDER)) as running,
        closing(Database(older, busy_timeout_ms=50)) as database,
    ):
        with (
            running.writing(CONTEST) as unit,
            pytest.raises(Busy, match="busy"),
        ):
            database.upgrade(tmp_path)
        with running.writing(CONTEST) as unit:
            assert unit.bytes_of_line(CONTEST, 3) == b"{}\n"
        assert database.upgrade(tmp_path) is not None


def test_two_upgrades_at_once(older: str | Path, tmp_path: Path) -> None:
    """One does it, and the other finds it done."""

    def upgraded() -> Path | None:
        with closing(Database(older)) as database:
            return database.upgrade(tmp_path)

    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(upgraded) for _ in range(2)]
    assert sorted(one.result() is None for one in done) == [False, True]


def test_messages_of_an_older_database_are_kept_by_candidature(tmp_path: Path) -> None:
    """None is lost, and each is found by its number as before."""
    file = tmp_path / "ptce.db"
    older = Lineage(LINEAGE.revisions[:2], LINEAGE.scripts)
    columns = dict.fromkeys(MessageRow._fields, "") | {"contest": CONTEST, "held": True}
    rows = [
        {**columns, "number": n, "case_id": f"case-{n % 2}", "stage": "sent", "occurrence": str(n)}
        | {"sequence": 0, "attempts": 1}
        for n in (1, 2, 3)
    ]
    with (
        closing(Database.create(file, lineage=older)) as database,
        database.writing(CONTEST) as unit,
    ):
        unit.add_messages(rows)
    with closing(Database(file)) as database:
        assert database.upgrade() == tmp_path / "ptce.db.before-0002"
        with database.reading() as unit:
            assert [row._asdict() | {"contest": CONTEST} for row in unit.messages(CONTEST)] == rows
            assert [row.number for row in unit.messages_of(CONTEST, "case-1")] == [1, 3]
