"""A disk that is full, or for reading only, under the contest: acts whole or not at all."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faults.acts import Interrupted, acts_on
from faults.bases import Sqlite
from faults.tally import Run, Tally
from tests.one_pass import Pass

DISK_KB = 24_000
FULL = 12
"""How often the disk is full under each act, in a whole campaign."""

ROOM_KB = 400
"""What no act needs, all its files counted; most are given much less."""


def disk(run: Run) -> Iterator[Tally]:
    """A small disk in memory, filled and emptied under each act in turn."""
    if run.base.name != Sqlite.name:
        return
    with _mounted(run.place) as is_mounted:
        if not is_mounted:
            return
        for kind in (Full, ReadOnly):
            tally = run.tally(kind.name)
            for act in acts_on(run.base):
                one = kind(run, act, tally)
                for number in range(run.times(kind.whole)):
                    one.trial(f"{number}")
                shutil.rmtree(one.home)
            yield tally


class Full(Interrupted):
    """An act for which there is less room than it may need, then enough."""

    name = "disk full"
    whole = FULL

    def interrupt(self, folder: Path, turn: int) -> int:
        """Leaves some room, drawn by lot, at first; all of it afterwards."""
        if turn > 2:
            return self.types(folder)
        filler = self.home / "filler"
        free = shutil.disk_usage(self.home).free
        room = int(ROOM_KB * self.run.chance.random() ** 3) * 1024
        with filler.open("wb") as stream:
            stream.write(bytes(max(0, free - room)))
        try:
            return self.types(folder)
        finally:
            filler.unlink()


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
def _mounted(place: Path) -> Iterator[bool]:
    """A disk in memory, as long as it is needed; False where one may not be mounted."""
    place.mkdir(parents=True)
    try:
        _mount("-t", "tmpfs", "-o", f"size={DISK_KB}k", "tmpfs", str(place))
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"No disk of our own: {error}", file=sys.stderr)
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", str(place)], check=True)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)
