"""A database whose server breaks off while a mail leaves: it leaves once, and that is known."""

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Event

import pytest

import ptce_workflow.app.outbox.delivery as steps
import ptce_workflow.store.postgresql as servers
from faults.bases import settle
from ptce_workflow.app.locations import database_url
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.base.errors import Lost, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.process.letters.message import Stage
from tests.courier import Post, Watched, at_work, begin, collective, server
from tests.one_pass import Couriers, Pass
from tests.rehearsal import BEGINNING, english
from tests.servers import drop, end_all, fresh_database, restart
from tests.store.test_lost import committing

pytestmark = pytest.mark.served

__all__ = ["english", "server"]

PATIENCE_S = 60


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the database of a server in which the contest is."""
    url = fresh_database()
    monkeypatch.setenv("PTCE_DATABASE", url)
    yield url
    drop(url)


@pytest.fixture
def post(url: str, tmp_path: Path, server: Watched) -> Iterator[Post]:
    """A contest on a server, two of whose mails are to leave."""
    begin(tmp_path / "contest", SetClock(BEGINNING))
    with at_work(tmp_path / "contest", BEGINNING, server) as post:
        post.opens(2)
        yield post


def all_sent_once(post: Post) -> bool:
    """Whether both mails have left, once each, and are known to have."""
    return len(post.taken) == len(set(post.taken)) == 2 and post.is_honest()


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "content"])
@pytest.mark.parametrize(
    "mode",
    ["ended", *(pytest.param(mode, marks=pytest.mark.slow) for mode in ("fast", "immediate"))],
)
def test_while_a_mail_leaves(post: Post, url: str, step: str, mode: str) -> None:
    """Between `claimed` and `data`, and after: the mail goes on, and another does not follow it."""
    post.server.while_at(step, partial(end_all, url) if mode == "ended" else partial(restart, mode))
    assert post.passes().sent == 2
    assert all_sent_once(post)


@pytest.mark.slow
@pytest.mark.parametrize(("step", "mode"), [("RCPT", "fast"), ("content", "immediate")])
def test_run_goes_on(post: Post, step: str, mode: str) -> None:
    """`ptce run` outlives the server: what it was about, and what is due afterwards, leaves once.

    The server stops while a mail leaves, and again while nothing is due.
    """
    arrived = Event()
    address = database_url(post.contest.folder)
    settle(post.contest.folder, str(address), post.server.port)
    one = Pass(post.contest.folder, 0, BEGINNING, words=["run", "--every", "1"])
    post.server.while_at(step, partial(restart, mode))
    post.server.while_at("QUIT", arrived.set)
    with Couriers(commands=True) as couriers:
        running = couriers.starts(one)
        assert arrived.wait(PATIENCE_S)
        arrived.clear()
        restart(mode)
        post.server.while_at("QUIT", arrived.set)
        collective(post.contest, 3)
        assert arrived.wait(PATIENCE_S)
        os.kill(running, signal.SIGTERM)
        assert couriers.ended() == 0
    assert len(post.taken) == len(set(post.taken)) == 3
    assert len(messages(post.contest, [Stage.SENT])) == 3
    assert post.is_honest()


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("act", ["claim", "begin", "sent"])
def test_as_a_step_is_kept(
    monkeypatch: pytest.MonkeyPatch, post: Post, url: str, act: str, kept: bool
) -> None:
    points = {"claim": "claiming", "begin": "beginning", "sent": "recording"}

    def reached(point: str) -> None:
        if point == points[act]:
            monkeypatch.setattr(steps, "failpoint", lambda _point: None)
            committing(monkeypatch, url, kept=kept)

    monkeypatch.setattr(steps, "failpoint", reached)
    if act == "claim":
        with pytest.raises(PtceError, match="as the act was being kept"):
            post.passes()
        assert post.taken == []
        post.goes_on(hours=1)
    post.passes()
    assert all_sent_once(post)


def test_the_database_stays_away(monkeypatch: pytest.MonkeyPatch, post: Post, url: str) -> None:
    """What has left and cannot be written down is in doubt, and a person says."""
    monkeypatch.setattr(servers, "AWAY_S", 0.0)

    def gone() -> None:
        end_all(url)
        monkeypatch.setattr(servers.Server, "_connected", refused)

    def refused(_server: servers.Server) -> None:
        raise Lost("The server is away.")

    post.server.while_at("content", gone)
    with pytest.raises(Lost, match="away"):
        post.passes()
    monkeypatch.undo()
    monkeypatch.setenv("PTCE_DATABASE", url)
    post.goes_on(hours=1)
    post.passes()
    assert sorted(one.stage for one in messages(post.contest, ["sent", "uncertain"])) == [
        "sent",
        "uncertain",
    ]
    assert post.is_honest()
