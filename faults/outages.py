"""A server of databases that stops, lets go, or is out of reach while people and couriers work."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from threading import Event

from faults.bases import Postgresql, copied, settle
from faults.link import Link
from faults.stage import mails, settled
from faults.tally import Run, Tally
from faults.writers import stands, together, writers_of
from ptce_workflow.app.locations import database_url
from rehearsal.serving import HOST
from tests import servers
from tests.courier import Watched
from tests.one_pass import Pass
from tests.rehearsal import BEGINNING

OUTAGES, PEOPLE = 6, 2
BETWEEN_S, LASTS_S = (0.3, 1.5), (0.1, 1.0)

Ends = Callable[[], object]


class Server:
    """The server of the tests, in the hands of who may stop it; and the way to it."""

    def __init__(self, link: Link) -> None:
        self.link = link

    def stop_fast(self, _name: str) -> Ends:
        """Ends every connection, and writes everything down."""
        return self._stopped("fast")

    def stop_immediate(self, _name: str) -> Ends:
        """Ends at once, as in a crash: what was committed is found in its log."""
        return self._stopped("immediate")

    def terminate(self, name: str) -> Ends:
        """Ends every connection to one database."""
        told = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ?"
        with servers.by_hand(servers.server()) as connection:
            connection.execute(told, (name,))
        return lambda: None

    def cut(self, _name: str) -> Ends:
        """Cuts the way to it."""
        self.link.cut()
        return self.link.mend

    def stall(self, _name: str) -> Ends:
        """Lets nothing through for a while."""
        self.link.stall()
        return self.link.mend

    def _stopped(self, mode: str) -> Ends:
        servers.stop(mode)
        return servers.start


KINDS: Mapping[str, Callable[[Server, str], Ends]] = {
    "stop fast": Server.stop_fast,
    "stop immediate": Server.stop_immediate,
    "terminate": Server.terminate,
    "cut": Server.cut,
    "stall": Server.stall,
}


def outages(run: Run) -> Iterator[Tally]:
    """Every kind in turn, while two people and a courier work."""
    if run.base.name != Postgresql.name:
        return
    begun = run.begun(mails)
    with Link(servers.socket()) as link:
        server = Server(link)
        for kind, begins in KINDS.items():
            tally = run.tally(f"server {kind}")
            with Watched() as post, copied(run.base, begun, run.place / "one") as folder:
                name = servers.name_of(str(database_url(folder)))
                settle(folder, f"postgresql://postgres@{HOST}:{link.port}/{name}", post.port)
                _work(run, tally, folder, partial(begins, server, name), run.times(OUTAGES))
                settled(run.couriers, tally, folder, BEGINNING, post)
            yield tally


def _stop(process: int) -> None:
    """Asks a process to stop, which may have ended by itself."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGTERM)


def _work(run: Run, tally: Tally, folder: Path, begins: Callable[[], Ends], times: int) -> None:
    """Has people and a courier work while something befalls the server, again and again."""
    people = writers_of(run, folder, PEOPLE, -1)
    waits = Event()
    told, words = run.place / "run.told", ["run", "--every", "1"]
    with run.couriers.another() as courier, ExitStack() as ending:
        process = courier.starts(Pass(folder, 0, BEGINNING, words=words, told=str(told)))
        ending.callback(_stop, process)
        together(run.couriers, people, ending)
        for _ in range(times):
            waits.wait(run.chance.uniform(*BETWEEN_S))
            ends = begins()
            tally.tried += 1
            waits.wait(run.chance.uniform(*LASTS_S))
            ends()
        waits.wait(BETWEEN_S[1])
        ending.close()
        if (code := courier.ended()) != 0:
            tally.fails(f"run ended with {code}: {told.read_text('utf-8')[-600:]}")
    stands(tally, folder, people)
