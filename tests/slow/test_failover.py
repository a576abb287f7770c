"""A server dies, and the one that followed it takes its place: what stands, and who is told."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.checkpoints import make
from ptce_workflow.app.locations import CHECKPOINTS
from ptce_workflow.base.errors import Busy, Lost, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.scheduler.passes import tick
from ptce_workflow.store.database import Database
from rehearsal.postgresql import Postgres
from tests.courier import Watched, at_work, begin, courier, message_id
from tests.rehearsal import BEGINNING, english
from tests.servers import drop, fresh_database, name_of, pair
from tests.store.test_lost import append, committing, lines

__all__ = ["english"]

pytestmark = pytest.mark.slow


@pytest.fixture
def url() -> Iterator[str]:
    """The address of a database that the servers are to have as well."""
    url = fresh_database()
    yield url
    drop(url)


def either(url: str, servers: list[Postgres]) -> str:
    """The address of a database on whichever of some servers takes what is written."""
    hosts = ",".join(str(one.socket.parent) for one in servers)
    asked = "target_session_attrs=read-write"
    return f"postgresql://postgres@/{name_of(url)}?host={hosts}&{asked}"


@pytest.mark.parametrize("received", [True, False])
def test_as_an_act_is_kept(monkeypatch: pytest.MonkeyPatch, url: str, *, received: bool) -> None:
    with (
        pair(synchronous=received) as (first, second),
        closing(Database.open(either(url, [first, second]))) as database,
    ):
        append(database, 1)
        if not received:
            catch_up(first, second)
            second.stop("immediate")

        def takes_over(_url: str) -> None:
            first.stop("immediate")
            if not received:
                second.start()
            with pytest.raises(Busy, match="is not available for now"):
                Database.open(either(url, [first, second]))
            second.promote()

        committing(monkeypatch, url, kept=True, breaks=takes_over)
        if received:
            append(database, 2)
            first.follow(second)
        else:
            with pytest.raises(Lost, match="nothing was written"):
                append(database, 2)
            append(database, 2)
        append(database, 3)
        assert lines(database) == 3


def test_what_was_not_received_is_missed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str
) -> None:
    """A mail has left, and the line that tells so is gone: a checkpoint says so, and none leaves.

    It does once somebody has looked, and has moved the checkpoint away.
    """
    monkeypatch.setenv("PTCE_DATABASE", url)
    begin(tmp_path / "contest", SetClock(BEGINNING))
    told: list[PtceError] = []
    with pair(synchronous=False) as (first, second), Watched() as server:
        monkeypatch.setenv("PTCE_DATABASE", either(url, [first, second]))
        with at_work(tmp_path / "contest", BEGINNING, server) as post:
            post.contest.complain = told.append
            post.opens()
            catch_up(first, second)
            second.stop("immediate")
            post.passes()
            assert make(post.contest) is not None
            first.stop("immediate")
            second.start()
            second.promote()
            done = tick(post.contest, courier(server))
            assert (done.mail, len(server.received)) == (None, 1)
            assert done.gone_back == told[0].what
            assert "does not go on" in told[0].what
            assert "Lines that were signed are gone" in verify(post.contest).faults[0].what
            (tmp_path / "contest" / CHECKPOINTS).rename(tmp_path / "looked at")
            post.passes()
            assert len({message_id(one.content) for one in server.received}) == 1
            assert verify(post.contest).faults == ()


def catch_up(first: Postgres, second: Postgres) -> None:
    """Waits until a server has received all that another one has written."""
    end = first.keeper.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
    asked = "SELECT pg_last_wal_receive_lsn() >= %s::pg_lsn"
    while second.keeper.execute(asked, end).fetchone() != (True,):
        pass
