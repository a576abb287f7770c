"""Several machines on one PostgreSQL: each in a network namespace, with the network between."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Event

import pytest

from ptce_workflow.app.locations import LOCAL_FILE
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.base.runtime import EXIT_CODE, SetClock
from tests.app.other_person import OtherPerson
from tests.courier import LEASE, Post, Watched, at_work, begin, collective, honest, message_id
from tests.namespaces import Network, machines
from tests.one_pass import SENDER
from tests.rehearsal import BEGINNING, LAPSE, english, states, types
from tests.servers import drop, fresh_database, name_of, socket

__all__ = ["english"]

MACHINES, PEOPLE = 3, 24
PATIENCE_S = 60
LOCAL = """[database]
url = "{url}"

[mail]
host = "{host}"
port = {port}
security = "none"
for_real = true
sender = "{sender}"
per_minute = 0
"""


@dataclass
class Place:
    """A contest, as this side sees it, and the machines that see it by their wires alone."""

    net: Network
    folder: Path
    post: Post

    def starts(
        self, machine: int, now: datetime, *words: str, program: Sequence[str] = ("ptce_workflow",)
    ) -> subprocess.Popen[bytes]:
        typed = [sys.executable, "-m", *program, "--contest", str(self.folder), *words]
        environ = {**os.environ, "PTCE_NOW": now.isoformat(), "PTCE_ACTOR": "anne"}
        del environ["PTCE_DATABASE"]
        return subprocess.Popen(
            self.net.on(machine, *typed), env=environ, stdout=subprocess.DEVNULL
        )

    def all_tick(self, now: datetime) -> list[subprocess.Popen[bytes]]:
        return [self.starts(machine, now, "tick") for machine in range(MACHINES)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A contest on a server in which many mails are due, and the machines that may send them."""
    url = fresh_database()
    folder = tmp_path / "contest"
    monkeypatch.setenv("PTCE_DATABASE", url)
    begin(folder, SetClock(BEGINNING))
    with machines(MACHINES) as net, Watched() as server:
        (folder / LOCAL_FILE).write_text(
            LOCAL.format(
                url=reached(url, net), host=net.address, port=net.opened(server.port), sender=SENDER
            )
        )
        with at_work(folder, BEGINNING, server) as post:
            for number in range(1, PEOPLE + 1):
                collective(post.contest, number, by="create" if number % 2 else "invite")
            yield Place(net, folder, post)
            honest(post.contest, server.received)
    drop(url)


def reached(url: str, net: Network) -> str:
    """The address of a database as the machines reach it, not by a socket in a folder."""
    return f"postgresql://postgres@{net.address}:{net.opened(socket())}/{name_of(url)}"


def ended(processes: Sequence[subprocess.Popen[bytes]]) -> list[int]:
    """The exit codes of commands, once all have ended."""
    return [process.wait(PATIENCE_S) for process in processes]


def copies(place: Place) -> Counter[str]:
    """How often each mail has arrived."""
    return Counter(message_id(received.content) for received in place.post.server.received)


@pytest.mark.slow
def test_machines_share_the_work(place: Place) -> None:
    """Each mail leaves once, each transition is made once, whoever comes first; the desk acts too.

    Then one dies, and what it held is taken over once its lease is over.
    """
    contest = place.post.contest
    refs = sorted(states(contest))
    with OtherPerson(contest, "anne", "submit", refs[:6]) as desk:
        desk.get_ready()
        passes = place.all_tick(BEGINNING)
        desk.go()
        assert len(desk.told()["moved"]) == 6
    assert ended(passes) == [0] * MACHINES
    # What was submitted before its mail left is told nothing.
    cancelled = len(messages(contest, ["cancelled"], notification="opened"))
    cancelled += len(messages(contest, ["cancelled"], notification="welcome"))
    assert sum(copies(place).values()) == PEOPLE - cancelled

    collective(contest, PEOPLE + 1)
    dying = place.starts(0, BEGINNING, "tick", program=("tests.dying", "claimed"))
    assert ended([dying]) == [EXIT_CODE]
    assert ended(place.all_tick(BEGINNING)) == [0] * MACHINES
    assert sum(copies(place).values()) == PEOPLE - cancelled
    assert ended(place.all_tick(BEGINNING + LEASE)) == [0] * MACHINES
    assert sum(copies(place).values()) == PEOPLE - cancelled + 1

    place.post.clock.instant = LAPSE
    assert ended(place.all_tick(LAPSE)) == [0] * MACHINES
    assert sorted(states(contest).values()) == ["lapsed"] * (PEOPLE - 5) + ["submitted"] * 6
    assert types(contest).count("transition_made") == 6 + PEOPLE - 5
    assert set(copies(place).values()) == {1}


@pytest.mark.slow
@pytest.mark.parametrize("at", ["RCPT", "content"])
def test_a_machine_that_freezes(place: Place, at: str) -> None:
    pids, frozen = SimpleQueue[int](), Event()

    def freeze() -> None:
        os.kill(pids.get(), signal.SIGSTOP)
        frozen.set()

    place.post.server.while_at(at, freeze)
    slow = place.starts(0, BEGINNING, "tick")
    pids.put(slow.pid)
    assert frozen.wait(PATIENCE_S)
    place.post.clock.instant = BEGINNING + LEASE
    # One that may have arrived asks for a person, and both say so.
    held = int(at == "content")
    assert ended([place.starts(1, BEGINNING + LEASE, "tick")]) == [held]
    assert len(place.post.server.received) == PEOPLE - held
    slow.send_signal(signal.SIGCONT)
    assert ended([slow]) == [held]
    assert list(copies(place).values()) == [1] * PEOPLE
    assert types(place.post.contest).count("message_uncertain") == held
