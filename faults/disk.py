"""A disk that is full, or for reading only, under the contest: acts whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path

from faults.acts import ACTS, Interrupted
from faults.bases import Sqlite, copied, on_disk
from faults.disks import NotHere, filled, read_only, small_disk
from faults.stage import LEASE, mails, settled
from faults.tally import Run, Tally
from tests.courier import Watched
from tests.one_pass import Pass
from tests.rehearsal import BEGINNING

MAIL = "disk full mail"
DISK_KB = 24_000
FULL = 6
"""How often the disk is full under each act, in a whole campaign."""

TURNS = 3
ROOM_KB = 400
"""What no act needs, all its files counted; most are given much less."""


def disk(run: Run) -> Iterator[Tally]:
    """A small disk in memory, filled and emptied under each act in turn, then under a courier."""
    is_file = run.base.name == Sqlite.name
    # A server has its tables on the small disk, and its own files elsewhere: see `outages`.
    kinds = (Full, ReadOnly) if is_file else (Full,)
    try:
        with (
            small_disk(DISK_KB) as small,
            nullcontext(run.base) if is_file else on_disk(small / "tables") as base,
        ):
            yield from _disks(replace(run, place=small, base=base), *kinds)
    except NotHere as error:
        for name in (*(kind.name for kind in kinds), MAIL):
            yield run.tally(name).not_tried(error)


def _disks(run: Run, *kinds: type[Full | ReadOnly]) -> Iterator[Tally]:
    for kind in kinds:
        tally = run.tally(kind.name)
        for act in run.some(ACTS, 2):
            with closing(kind(run, act, tally)) as one:
                for number in range(run.times(kind.whole)):
                    one.trial(f"{number}")
        yield tally
    yield _courier(run)


def _courier(run: Run) -> Tally:
    """A courier works on while there is less room than it may need, and none at the end."""
    tally = run.tally(MAIL)
    begun = run.begun(mails)
    for _ in range(run.times(FULL)):
        with (
            Watched() as server,
            copied(run.base, begun, run.place / "one", server.port) as folder,
        ):
            now = BEGINNING
            for _turn in range(TURNS):
                with filled(run.place, ROOM_KB, run.chance):
                    one = Pass(folder, server.port, now, words=["tick"], told=str(run.told))
                    tally.tried += run.couriers.makes(one) != 0
                now += LEASE
            settled(run.couriers, tally, folder, now, server)
    return tally


class Full(Interrupted):
    """An act for which there is less room than it may need, then enough."""

    name = "disk full"
    whole = FULL

    def interrupt(self, folder: Path, turn: int) -> int:
        """Leaves little room at first; all of it afterwards."""
        if turn >= TURNS:
            return self.types(folder)
        with filled(self.run.place, ROOM_KB, self.run.chance):
            return self.types(folder)


class ReadOnly(Interrupted):
    """An act on a disk that is for reading only, then not."""

    name = "disk read-only"
    whole = 1

    def interrupt(self, folder: Path, turn: int) -> int:
        """Refuses every writing, the first time; what is there can be read and verified."""
        if turn:
            return self.types(folder)
        with read_only(self.run.place):
            for word in ("list", "verify"):
                one = Pass(folder, 0, self.act.now, words=[word], told=str(self.run.told))
                code = self.run.couriers.makes(one)
                assert code == 0, f"{word}: {code} {self.run.told.read_text('utf-8')}"
            return self.types(folder)
