"""What a transaction promises: all or nothing, one writer at a time, nothing lost."""

import multiprocessing
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from ptce_workflow.base.errors import PtceError
from ptce_workflow.store.connections import CommitLost, Connections
from ptce_workflow.store.database import Database, Repository
from ptce_workflow.store.rows import ContestRow
from ptce_workflow.store.sqlite import BUSY_TIMEOUT_MS, _Reading
from tests.servers import by_hand, drop, fresh_database
from tests.store.places import CONTEST, candidature, line

pytestmark = pytest.mark.served

_WRITERS, _ACTS = 4, 100


class _Refused(PtceError):
    """A refusal, as floors above raise them in the middle of a transaction."""


class _Ending(_Reading):
    """A connection that breaks as its transaction is committed."""

    def __init__(self) -> None:
        super().__init__(sqlite3.connect(":memory:", isolation_level=None))

    def commit(self) -> None:
        raise ConnectionError

    def is_lost(self, _error: BaseException) -> bool:
        return True


def test_only_what_writes_is_lost_with_its_end() -> None:
    with Connections(_Ending, keeps=False).transaction():
        pass
    with pytest.raises(CommitLost), Connections(_Ending).transaction():
        pass


def _append(repo: Repository) -> int:
    """Reads the head, appends the line after it, and moves the head: what every act does."""
    n = repo.contest(CONTEST).head_n + 1
    repo.append_lines([line(n)])
    repo.set_head(CONTEST, n, f"{n:064x}")
    repo.add_to_counters(CONTEST, {("lines", ""): 1})
    return n


def _act_many_times(place: str | Path) -> None:
    with closing(Database.open(place)) as database:
        for _act in range(_ACTS):
            with database.writing(CONTEST) as repo:
                _append(repo)


@pytest.mark.parametrize("write", [False, True])
def test_the_pragmas_are_in_force(file: Path, write: bool) -> None:
    with closing(Database.open(file)) as database:
        connection = database.base.writer() if write else database.base.reader()
        with closing(connection):
            found = {
                name: connection.driver.execute(f"PRAGMA {name}").fetchone()[0]
                for name in (
                    "journal_mode",
                    "synchronous",
                    "foreign_keys",
                    "secure_delete",
                    "busy_timeout",
                    "query_only",
                )
            }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 20 if write else BUSY_TIMEOUT_MS,
        "query_only": int(not write),
    }


def test_four_processes_lose_nothing(database: Database, place: str | Path) -> None:
    # Forked, they need not import anything again; nothing of ours is open meanwhile.
    database.close()
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_act_many_times, args=(place,)) for _ in range(_WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * _WRITERS
    total = _WRITERS * _ACTS
    with database.reading() as repo:
        assert [n for n, _row, _sides in repo.entries(CONTEST)] == list(range(1, total + 1))
        assert repo.contest(CONTEST).head_n == total
        assert repo.counters(CONTEST) == {("lines", ""): total}


def test_threads_of_one_database_take_turns(database: Database) -> None:
    def act(_number: int) -> int:
        with database.writing(CONTEST) as repo:
            return _append(repo)

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(act, range(40))) == list(range(1, 41))


@pytest.mark.parametrize("fault", [_Refused("no"), RuntimeError("a fault of ours")])
def test_an_exception_leaves_no_trace_and_no_gap(database: Database, fault: Exception) -> None:
    def act() -> None:
        with database.writing(CONTEST) as repo:
            assert _append(repo) == 2
            repo.add_candidatures([candidature(1)])
            raise fault

    with database.writing(CONTEST) as repo:
        assert _append(repo) == 1
    with pytest.raises(type(fault)):
        act()
    with database.writing(CONTEST) as repo:
        assert repo.briefs(CONTEST) == []
        assert _append(repo) == 2


def test_a_reader_sees_one_state_throughout(database: Database) -> None:
    with database.reading() as before:
        assert before.contest(CONTEST).head_n == 0
        with database.writing(CONTEST) as repo:
            _append(repo)
        assert before.contest(CONTEST).head_n == 0
        assert list(before.entries(CONTEST)) == []
    with database.reading() as after:
        assert after.contest(CONTEST).head_n == 1


def test_reading_cannot_write(database: Database) -> None:
    """A transaction that only reads changes nothing, even when it is asked to."""
    with pytest.raises(Exception, match=r"read-?only"), database.reading() as repo:
        repo.set_head(CONTEST, 9, "b" * 64)
    with database.reading() as repo:
        assert repo.contest(CONTEST).head_n == 0


def test_what_was_read_in_part_holds_nothing_up(database: Database) -> None:
    with database.writing(CONTEST) as repo:
        repo.append_lines([line(1), line(2)])
    with database.reading() as repo:
        entries = repo.entries(CONTEST)
        next(entries)
    with database.writing(CONTEST) as repo:
        repo.set_head(CONTEST, 2, "b" * 64)
    with database.reading() as repo:
        assert repo.contest(CONTEST).head_n == 2


def test_connections_are_kept_and_closed(file: Path) -> None:
    used = []
    database = Database.open(file)
    for _ in range(3):
        with database.writing(CONTEST) as repo:
            repo.set_head(CONTEST, 3, "b" * 64)
            used.append(repo.driver)
    with pytest.raises(_Refused), database.writing(CONTEST):
        raise _Refused("no")
    with database.writing(CONTEST) as repo:
        repo.set_head(CONTEST, 3, "b" * 64)
        used.append(repo.driver)
    assert len(set(map(id, used))) == 1
    assert file.with_name("ptce.db-wal").exists()
    database.close()
    assert not file.with_name("ptce.db-wal").exists()
    with by_hand(file, autocommit=True) as connection:
        assert connection.execute("SELECT head_n FROM contest").fetchall() == [(3,)]


def test_the_contests_of_a_server_share_its_connections() -> None:
    url = fresh_database()
    databases = [Database.open(url) for _ in range(5)]
    for number, database in enumerate(databases):
        with database.writing(f"{CONTEST}-{number}") as repo:
            row = ContestRow(f"{CONTEST}-{number}", "f" * 64, True, "", 0, "0" * 64, "", "")
            repo.add_contest(row)
        with database.reading() as repo:
            assert len(repo.contests()) == number + 1
    with by_hand(url) as other:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        assert other.execute(asked).fetchone() == (3,)
    for database in databases:
        database.close()
    drop(url)


def test_a_wait_for_a_server_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ptce_workflow.store.postgresql.SOON_S", 0.0)
    url, told = fresh_database(), Event()
    with closing(Database.open(url)) as database, ThreadPoolExecutor(1) as threads:
        database.base.waits = told.set
        with database.writing(CONTEST) as repo:
            repo.add_contest(ContestRow(CONTEST, "f" * 64, True, "", 0, "0" * 64, "", ""))
        assert not told.is_set()
        with database.writing(CONTEST):
            waiting = threads.submit(_act_once, database)
            assert told.wait(20)
            assert not waiting.done()
        assert waiting.result() == 1
    drop(url)


def _act_once(database: Database) -> int:
    with database.writing(CONTEST) as repo:
        return _append(repo)
