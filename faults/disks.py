"""Small disks of our own, in memory: full, for reading only, or failing under a server at work.

To mount them takes root, and Linux; to have one fail under open files takes ext4 in a file as well.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import psycopg

from tests import servers

Ends = Callable[[], object]
Begins = Callable[[], Ends]

KB = 1024
DATA_KB, LOG_KB, LEFT_KB = 400_000, 400_000, 10_000
"""Room for the files of a server, and for its log; how much of the latter is left at most.

A server that begins anew needs one piece of its log more each time.
"""

_ANEW = ("SELECT pg_logical_emit_message(true, '', '')", "SELECT pg_switch_wal()") * 20
"""More pieces of the log than a server keeps ready."""


class NotHere(Exception):
    """This machine does not let us make what a fault is made of."""


@contextmanager
def small_disk(kb: int) -> Iterator[Path]:
    """A disk in memory, as long as it is needed.

    *Raises* NotHere where none may be mounted.
    """
    with TemporaryDirectory(prefix="ptce-disk-") as folder, ExitStack() as after:
        _mount(Path(folder), _in_memory(kb), after)
        # Whoever runs the server of databases comes by here too.
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def filled(place: Path, most_kb: int, chance: Random) -> Iterator[None]:
    """Leaves some room on a disk, drawn by lot: most often much less than the most."""
    filler = place / "filler"
    room = int(most_kb * chance.random() ** 3) * KB
    with filler.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, max(1, shutil.disk_usage(place).free - room))
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    """Refuses every writing on a disk on which nobody is at work."""
    run("mount", "-o", "remount,ro", str(disk))
    try:
        yield
    finally:
        run("mount", "-o", "remount,rw", str(disk))


@contextmanager
def log_disk(chance: Random) -> Iterator[Begins]:
    """The server of databases has its log on a small disk: what fills that, and makes room again.

    *Raises* NotHere where none may be mounted.
    """
    data = servers.data()

    def fills() -> Ends:
        full = ExitStack()
        full.callback(_start_anew)
        full.enter_context(filled(data / "pg_wal", LEFT_KB, chance))
        # It dies of it, and cannot come back by itself.
        with suppress(psycopg.Error):
            servers.run(servers.server(), *_ANEW)
        return full.close

    with _elsewhere((data, _in_memory(DATA_KB)), (data / "pg_wal", _in_memory(LOG_KB))):
        yield fills


@contextmanager
def data_disk() -> Iterator[Begins]:
    """The server has all its files on one disk: what has that refuse every writing, and mends it.

    *Raises* NotHere where none may be mounted.
    """
    data = servers.data()
    with TemporaryDirectory() as folder:
        image = Path(folder) / "image"
        loop = ("-o", "loop", str(image))

        def fails() -> Ends:
            run("mount", "-o", "remount,abort", str(data))
            return mends

        def mends() -> None:
            servers.kill()
            run("umount", str(data))
            # 1 is that something was mended.
            run("e2fsck", "-f", "-y", str(image), well=(0, 1))
            run("mount", *loop, str(data))
            # It could not take them away, and one that begins would believe that it runs.
            for lock in ("postmaster.pid", f"{Path(servers.socket()).name}.lock"):
                (data / lock).unlink(missing_ok=True)
            servers.start()

        with image.open("wb") as stream:
            stream.truncate(DATA_KB * KB)
        _try("mkfs.ext4", "-q", "-F", str(image))
        # What it acknowledges is on the disk by then.
        with _elsewhere((data, loop), settings="fsync = on\nfull_page_writes = on\n"):
            yield fails


@contextmanager
def _elsewhere(*disks: tuple[Path, Sequence[str]], settings: str = "") -> Iterator[None]:
    """Folders of the server are disks, with all that is in them; what these hide stays as it is."""
    servers.stop("fast")
    with ExitStack() as back:
        back.callback(servers.start)
        for place, words in disks:
            _cover(place, words, back)
        with (servers.data() / "postgresql.auto.conf").open("a") as file:
            file.write(settings)
        run("sync", "-f", file.name)
        servers.start()
        back.callback(servers.kill)
        yield


def _cover(place: Path, words: Sequence[str], back: ExitStack) -> None:
    with TemporaryDirectory() as below, ExitStack() as after:
        _mount(Path(below), ("--bind", str(place)), after)
        _mount(place, words, back)
        run("cp", "-a", f"{below}/.", str(place))


def _mount(place: Path, words: Sequence[str], after: ExitStack) -> None:
    _try("mount", *words, str(place))
    after.callback(run, "umount", str(place))


def _in_memory(kb: int) -> tuple[str, ...]:
    return ("-t", "tmpfs", "-o", f"size={kb}k", "tmpfs")


def _start_anew() -> None:
    servers.kill()
    servers.start()


def run(*words: str, well: Sequence[int] = (0,)) -> None:
    """Runs a command of the system, which ends well or is a fault of ours."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode not in well:
        raise RuntimeError(f"{' '.join(words)}: {done.returncode} {done.stderr}")


def _try(*words: str) -> None:
    try:
        run(*words)
    except (OSError, RuntimeError) as error:
        raise NotHere(error) from error
