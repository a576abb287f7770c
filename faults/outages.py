"""A server of databases that stops, lets go, is out of reach, or whose disk fails at work.

Two people act meanwhile, and two `ptce run` send what is due, each on a machine of its own where
network namespaces can be made.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from faults.bases import Postgresql, copied, settle
from faults.disks import Begins, Ends, NotHere, data_disk, log_disk
from faults.link import Link
from faults.stage import mails, settled
from faults.tally import Run, Tally
from faults.writers import stands, together, writers_of
from ptce_workflow.app.locations import database_url
from rehearsal.serving import HOST
from tests import servers
from tests.courier import Watched
from tests.namespaces import machines
from tests.one_pass import Couriers, Pass
from tests.rehearsal import BEGINNING

OUTAGES, LONG, PEOPLE, COURIERS = 6, 1, 2, 2
BETWEEN_S, LASTS_S, LASTS_LONG_S = (0.3, 1.5), (0.1, 1.0), (27.0, 28.0)
"""How long all is well, and is not; the long ones are shorter than anybody waits for a turn."""


@dataclass(frozen=True)
class Edge:
    """How a contest on a server is worked on: where it is, by whom, and what befalls them.

    `reached` is an address, with {name} for that of a database, `host` where the mails go, and
    `opened` what a port of this machine is there; `begins` is told the name of the database.
    """

    reached: str
    couriers: Sequence[Couriers]
    begins: Callable[[str], Ends]
    host: str = HOST
    opened: Callable[[int], int] = int


Ways = Callable[[Run], Any]


@contextmanager
def _linked(run: Run, befalls: Callable[[Link, str], Ends]) -> Iterator[Edge]:
    """By a way of our own, on this machine."""
    with Link(servers.socket()) as link:
        reached = f"postgresql://postgres@{HOST}:{link.port}/{{name}}"
        yield Edge(reached, [run.couriers], partial(befalls, link))


def _stop(mode: str, _link: Link, _name: str) -> Ends:
    """Has it stop: in order, or at once as in a crash; what was committed is found in its log."""
    servers.stop(mode)
    return servers.start


def _terminate(_link: Link, name: str) -> Ends:
    """Ends every connection to one database."""
    told = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ?"
    with servers.by_hand(servers.server()) as connection:
        connection.execute(told, (name,))
    return int


def _reset(link: Link, _name: str) -> Ends:
    """Ends every connection on the way, and lets none through."""
    link.cut()
    return link.mend


def _stall(link: Link, _name: str) -> Ends:
    """Lets nothing through, and tells nobody."""
    link.stall()
    return link.mend


@contextmanager
def _on_disk(run: Run, disk: Callable[[Run], Any]) -> Iterator[Edge]:
    """The files of the server are on a disk of ours."""
    with disk(run) as begins, _linked(run, lambda _link, _name: begins()) as edge:
        yield edge


@contextmanager
def _wired(run: Run) -> Iterator[Edge]:
    """Two machines, and the server on a third; the wire of one of them is taken off."""
    with ExitStack() as after:
        try:
            net = after.enter_context(machines(2))
        except pytest.skip.Exception as error:
            raise NotHere(error) from error

        def cut(_name: str) -> Ends:
            net.cut(0)
            return partial(net.join, 0)

        after.callback(servers.restart, "fast")
        servers.stop("fast")
        servers.start(net.address)
        two = [Couriers(commands=True, on=net.on(number)) for number in range(2)]
        hands = [after.enter_context(one) for one in two]
        reached = f"postgresql://postgres@{net.address}/{{name}}"
        yield Edge(reached, hands, cut, net.address, net.opened)


@contextmanager
def _paired(run: Run) -> Iterator[Edge]:
    """Two servers, of which one follows the other: that one dies, and the former takes its place.

    Nobody is told that anything was done before both have it. The one that died then follows.
    """
    with servers.pair(synchronous=True) as pair, ExitStack() as after:
        links = [after.enter_context(Link(str(one.socket))) for one in pair]

        def takes_over() -> None:
            pair.reverse()
            pair[0].promote()
            pair[1].follow(pair[0])

        def dies(_name: str) -> Ends:
            pair[0].stop("immediate")
            return takes_over

        hosts = ",".join(f"{HOST}:{link.port}" for link in links)
        asked = "target_session_attrs=read-write"
        yield Edge(f"postgresql://postgres@{hosts}/{{name}}?{asked}", [run.couriers], dies)


KINDS: Mapping[str, Ways] = {
    "stop fast": partial(_linked, befalls=partial(_stop, "fast")),
    "stop immediate": partial(_linked, befalls=partial(_stop, "immediate")),
    "terminate": partial(_linked, befalls=_terminate),
    "reset": partial(_linked, befalls=_reset),
    "stall": partial(_linked, befalls=_stall),
    "wire": _wired,
    "wire long": _wired,
    "log full": partial(_on_disk, disk=lambda run: log_disk(run.chance)),
    "failover": _paired,
    "disk fails": partial(_on_disk, disk=lambda _run: data_disk()),
}


def outages(run: Run) -> Iterator[Tally]:
    """Every kind in turn, or some of them in a short run, while people and couriers work."""
    if run.base.name != Postgresql.name:
        return
    begun = run.begun(mails)
    for kind in run.some(list(KINDS), 6):
        is_long = kind == "wire long"
        if is_long and run.share < 1:
            continue
        tally = run.tally(f"server {kind}")
        try:
            with (
                Watched() as post,
                copied(run.base, begun, run.place / "one") as folder,
                # Once the database is there: a server that follows has what there is by then.
                KINDS[kind](run) as edge,
            ):
                name = servers.name_of(str(database_url(folder)))
                reached = edge.reached.format(name=name)
                settle(folder, reached, edge.opened(post.port), edge.host)
                times = LONG if is_long else run.times(OUTAGES)
                lasts_s = LASTS_LONG_S if is_long else LASTS_S
                _work(run, tally, folder, edge, partial(edge.begins, name), times, lasts_s)
                settled(edge.couriers[0], tally, folder, BEGINNING, post)
        except NotHere as error:
            tally.not_tried(error)
        yield tally


def _stop_process(process: int) -> None:
    """Asks a process to stop, which may have ended by itself."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGTERM)


def _work(
    run: Run,
    tally: Tally,
    folder: Path,
    edge: Edge,
    begins: Begins,
    times: int,
    lasts_s: tuple[float, float],
) -> None:
    """Has people and couriers work while something befalls the server, again and again."""
    people, waits = writers_of(run, folder, PEOPLE, -1), Event()
    with ExitStack() as open_, ExitStack() as ending:
        passing: list[tuple[Couriers, Path]] = []
        for number, first in zip(range(COURIERS), cycle(edge.couriers), strict=False):
            courier, told = open_.enter_context(first.another()), run.place / f"run{number}.told"
            told.unlink(missing_ok=True)
            one = Pass(folder, 0, BEGINNING, words=["run", "--every", "1"], told=str(told))
            ending.callback(_stop_process, courier.starts(one))
            passing.append((courier, told))
        together(edge.couriers, people, ending)
        for _ in range(times):
            waits.wait(run.chance.uniform(*BETWEEN_S))
            ends = begins()
            tally.tried += 1
            waits.wait(run.chance.uniform(*lasts_s))
            ends()
        waits.wait(BETWEEN_S[0])
        ending.close()
        for courier, told in passing:
            tally.ended("run", courier.ended(), told)
    stands(tally, folder, people)
    if tally.busy:
        tally.fails(f"{tally.busy} were told that it is busy, though nobody was away for long")
