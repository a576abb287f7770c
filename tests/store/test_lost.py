"""A connection that breaks: what is tried anew, what is told, and that nothing is done twice."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

import ptce_workflow.store.postgresql as server
from ptce_workflow.base.errors import InDoubt, Lost
from ptce_workflow.store.database import Database
from ptce_workflow.store.rows import ContestRow, PauseRow
from tests.servers import drop, end_all, fresh_database, restart
from tests.store.places import CONTEST, FIRST, line

pytestmark = pytest.mark.served

Breaks = Callable[[str], None]


@pytest.fixture
def url() -> Iterator[str]:
    """The address of a database of a server."""
    url = fresh_database()
    yield url
    drop(url)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A database of a server that holds a contest and nothing else."""
    with closing(Database.open(url)) as database:
        with database.writing(CONTEST) as repo:
            repo.add_contest(ContestRow(CONTEST, "f" * 64, True, "{}", 0, FIRST, "", ""))
        yield database


def immediate(_url: str) -> None:
    restart("immediate")


def fast(_url: str) -> None:
    """Has the server stop in order and come back."""
    restart("fast")


BREAKS = pytest.mark.parametrize(
    "breaks",
    [
        end_all,
        pytest.param(immediate, marks=pytest.mark.slow),
        pytest.param(fast, marks=pytest.mark.slow),
    ],
)


def lines(database: Database) -> int:
    with database.reading() as repo:
        return len(list(repo.lines(CONTEST)))


def append(database: Database, n: int, *, meanwhile: Callable[[], None] | None = None) -> None:
    """Adds a line, in the middle of which something may happen."""
    with database.writing(CONTEST) as repo:
        repo.append_lines([line(n)])
        if meanwhile:
            meanwhile()
        repo.set_head(CONTEST, n, f"{n:064x}")


def look(database: Database, *, meanwhile: Callable[[], None]) -> None:
    """Reads, in the middle of which something happens."""
    with database.reading() as repo:
        repo.contest(CONTEST)
        meanwhile()
        repo.contest(CONTEST)


@BREAKS
def test_while_nobody_asks(url: str, database: Database, breaks: Breaks) -> None:
    """What waits for the next transaction is replaced, and nobody is told."""
    assert lines(database) == 0
    breaks(url)
    assert lines(database) == 0
    breaks(url)
    append(database, 1)
    assert lines(database) == 1


@BREAKS
def test_between_two_statements(url: str, database: Database, breaks: Breaks) -> None:
    """Nothing is kept of an act, and it is done at the next try."""
    with pytest.raises(Lost, match="nothing was written"):
        append(database, 1, meanwhile=lambda: breaks(url))
    append(database, 1)
    with pytest.raises(Lost):
        look(database, meanwhile=lambda: breaks(url))
    assert lines(database) == 1


def test_whether_all_may_be_asked_again(url: str, database: Database) -> None:
    """It may until something was kept."""
    with closing(Database.open(url)) as other:
        for n in range(2):
            with pytest.raises(Lost) as told:
                append(other, n + 1, meanwhile=lambda: end_all(url))
            assert told.value.again is (n == 0)
            append(other, n + 1)


def committing(
    monkeypatch: pytest.MonkeyPatch, url: str, *, kept: bool, breaks: Breaks = end_all
) -> None:
    """Has the connection break as the next transaction is committed: before, or after it was."""
    commit = server._ServerConnection.commit

    def broken(connection: server._ServerConnection) -> None:
        monkeypatch.setattr(server._ServerConnection, "commit", commit)
        if kept:
            commit(connection)
        breaks(url)
        connection.driver.execute("COMMIT")

    monkeypatch.setattr(server._ServerConnection, "commit", broken)


@pytest.mark.parametrize("kept", [False, True])
def test_while_it_is_committed(
    monkeypatch: pytest.MonkeyPatch, url: str, database: Database, kept: bool
) -> None:
    """The ledger tells whether an act was kept: it is done, or may be done again."""
    committing(monkeypatch, url, kept=kept)
    if kept:
        append(database, 1)
    else:
        with pytest.raises(Lost, match="nothing was written"):
            append(database, 1)
    assert lines(database) == int(kept)


def test_another_did_the_same(
    monkeypatch: pytest.MonkeyPatch, url: str, database: Database
) -> None:
    def overtaken(url: str) -> None:
        end_all(url)
        with closing(Database.open(url)) as other:
            append(other, 1)

    committing(monkeypatch, url, kept=False, breaks=overtaken)
    append(database, 1)
    assert lines(database) == 1


def test_nobody_can_tell(monkeypatch: pytest.MonkeyPatch, url: str, database: Database) -> None:
    """A server that does not come back leaves a doubt; so does what no line tells."""
    committing(monkeypatch, url, kept=True)
    with pytest.raises(InDoubt, match="as the act was being kept"):
        pause(database)
    committing(monkeypatch, url, kept=True)
    monkeypatch.setattr(server.Server, "is_back", lambda _server: False)
    with pytest.raises(InDoubt, match="Nobody can tell"):
        append(database, 1)


def test_a_reader_has_read(monkeypatch: pytest.MonkeyPatch, url: str, database: Database) -> None:
    committing(monkeypatch, url, kept=False)
    assert lines(database) == 0


def pause(database: Database) -> None:
    """Writes what no line tells."""
    with database.writing(CONTEST) as repo:
        repo.put_pause(CONTEST, PauseRow("", 1, "", "", 0))
