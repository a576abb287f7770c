"""A disk that is full, or for reading only, under the contest: acts whole or not at all."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from faults.acts import Interrupted, acts_on
from faults.bases import Sqlite, copied, on_disk
from faults.stage import LEASE, mails, settled
from faults.tally import Run, Tally
from tests.courier import Watched
from tests.one_pass import Pass
from tests.rehearsal import BEGINNING

DISK_KB = 24_000
FULL = 6
"""How often the disk is full under each act, in a whole campaign."""

TURNS = 3
ROOM_KB = 400
"""What no act needs, all its files counted; most are given much less."""


def disk(run: Run) -> Iterator[Tally]:
    """A small disk in memory, filled and emptied under each act in turn, then under a courier."""
    with _mounted() as small:
        if small is None:
            return
        run = replace(run, place=small)
        if run.base.name == Sqlite.name:
            yield from _disks(run, Full, ReadOnly)
            return
        # The tables of one database are on the small disk, and not what the server itself needs.
        with on_disk(small / "tables") as base:
            yield from _disks(replace(run, base=base), Full)


def _disks(run: Run, *kinds: type[Full | ReadOnly]) -> Iterator[Tally]:
    for kind in kinds:
        tally = run.tally(kind.name)
        acts = acts_on(run.base)
        for act in run.chance.sample(acts, min(len(acts), run.times(4 * len(acts)))):
            one = kind(run, act, tally)
            for number in range(run.times(kind.whole)):
                one.trial(f"{number}")
            shutil.rmtree(one.home)
        yield tally
    yield _courier(run)


def _courier(run: Run) -> Tally:
    """A courier works on while there is less room than it may need, and none at the end."""
    tally = run.tally("disk full mail")
    begun = run.begun(mails)
    for _ in range(run.times(FULL)):
        with (
            Watched() as server,
            copied(run.base, begun, run.place / "one", server.port) as folder,
        ):
            now = BEGINNING
            for _turn in range(TURNS):
                with _filled(run):
                    one = Pass(folder, server.port, now, words=["tick"], told=str(run.told))
                    tally.tried += run.couriers.makes(one) != 0
                now += LEASE
            settled(run.couriers, tally, folder, now, server)
    return tally


@contextmanager
def _filled(run: Run) -> Iterator[None]:
    """Leaves some room on the disk, drawn by lot."""
    filler = run.place / "filler"
    room = int(ROOM_KB * run.chance.random() ** 3) * 1024
    with filler.open("wb") as stream:
        stream.write(bytes(max(0, shutil.disk_usage(run.place).free - room)))
    try:
        yield
    finally:
        filler.unlink()


class Full(Interrupted):
    """An act for which there is less room than it may need, then enough."""

    name = "disk full"
    whole = FULL

    def interrupt(self, folder: Path, turn: int) -> int:
        """Leaves little room at first; all of it afterwards."""
        if turn >= TURNS:
            return self.types(folder)
        with _filled(self.run):
            return self.types(folder)


class ReadOnly(Interrupted):
    """An act on a disk that is for reading only, then not."""

    name = "disk read-only"
    whole = 1

    def interrupt(self, folder: Path, turn: int) -> int:
        """Refuses every writing, the first time; what is there can be read and verified."""
        if turn:
            return self.types(folder)
        disk = str(self.run.place)
        _mount("-o", "remount,ro", disk)
        try:
            for word in ("list", "verify"):
                one = Pass(folder, 0, self.act.now, words=[word], told=str(self.run.told))
                code = self.run.couriers.makes(one)
                assert code == 0, f"{word}: {code} {self.run.told.read_text('utf-8')}"
            return self.types(folder)
        finally:
            _mount("-o", "remount,rw", disk)


@contextmanager
def _mounted() -> Iterator[Path | None]:
    """A disk in memory, as long as it is needed; None where one may not be mounted."""
    place = Path(tempfile.mkdtemp(prefix="ptce-disk-"))
    try:
        _mount("-t", "tmpfs", "-o", f"size={DISK_KB}k,mode=755", "tmpfs", str(place))
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"No disk of our own: {error}", file=sys.stderr)
        yield None
    else:
        # Whoever runs the server of databases comes by here too.
        place.chmod(0o755)
        try:
            yield place
        finally:
            subprocess.run(["umount", str(place)], check=True)
    place.rmdir()


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)
