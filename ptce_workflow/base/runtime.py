"""The version, the clock, package data, failure points, and a process apart."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import _, language, speaking

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class SetClock:
    """A clock that stands where it is set: rehearsals (`PTCE_NOW`) and tests."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant.astimezone(UTC)


class StoredClock(SetClock):
    __slots__ = ()


def stored_clock(file: Path) -> StoredClock | None:
    """The clock in a rehearsal's file, if any. Raises: Misuse for a file without an instant."""
    try:
        return StoredClock(from_text(file.read_text(encoding="ascii").strip()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        what = _("{file} does not tell an instant.").format(file=file)
        why = _("A rehearsal keeps its clock there; `ptce clock --set` writes it.")
        raise Misuse(what, why, _("Remove that file, then set the clock again.")) from None


def elapsed_seconds() -> float:
    """Seconds on a clock that never goes back: how long something takes, never when it was."""
    return monotonic()


def wait(seconds: float) -> None:
    sleep(seconds)


T = TypeVar("T")

VERSION = "0.2.0"
_RECORD = re.compile(r"(?P<name>[A-Za-z0-9_.]+)-(?P<version>[^-]+)\.dist-info")


PACKAGE = Path(__file__).resolve().parents[1]
"""The folder of the installed package."""


def data(name: str) -> Path:
    """The path of a file of the package; importlib.resources takes longer to import."""
    return PACKAGE / name


def release(version: object) -> tuple[int, ...] | None:
    """The numbers of a version, to be compared; None for what is no version of this program."""
    parts = str(version).split(".")
    if not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    return tuple(map(int, parts))


def installed_version(package: str) -> str:
    """The version of an installed package. Raises: PackageNotFoundError where it is not."""
    recorded = _recorded().get(re.sub(r"[-_.]+", "_", package).lower())
    if recorded is None:
        # It reads more than the names of folders, and takes longer to load than an act to do.
        from importlib.metadata import version

        return version(package)
    return recorded


@cache
def _recorded() -> dict[str, str]:
    """The packages of which a folder bears the name and the version, in the order of the path."""
    versions: dict[str, str] = {}
    for place in sys.path:
        with suppress(OSError), os.scandir(place or os.curdir) as entries:
            for entry in entries:
                record = _RECORD.fullmatch(entry.name)
                if record is not None:
                    versions.setdefault(record["name"].lower(), record["version"])
    return versions


EXIT_CODE = 77
"""The exit code of a process that a test has die, as a power cut would: nothing is tidied up."""


class _Failpoint:
    # Only code can name a point, never the environment: the tests do (`tests/dying.py`), and no
    # installation holds them. Where none is named a passage costs one comparison.

    point = ""
    left = 0


def arm_failpoint(point: str, passage: int = 1) -> None:
    """Has this process die at a point: the first time that it is passed, or a later one."""
    _Failpoint.point, _Failpoint.left = point, passage


def never() -> bool:
    return False


def failpoint(point: str) -> None:
    if point == _Failpoint.point:
        _Failpoint.left -= 1
        if _Failpoint.left == 0:
            os._exit(EXIT_CODE)


@contextmanager
def nothing_to_collect() -> Iterator[None]:
    """Keeps the collector of reference cycles at rest inside the block.

    Candidatures rebuilt from a ledger refer to nothing that refers to them: looking through all
    of them again and again, as more come to be, finds nothing and takes a third of a replay, and
    an eighth of an act. What is no longer referred to still goes at once.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def pieces(items: Iterable[T]) -> Iterator[list[T]]:
    """Some items at a time, in their order: they need not be in memory all at once."""
    rest = iter(items)
    while some := list(islice(rest, 64)):
        yield some


MOST_MEMORY = 1 << 30
MOST_SECONDS = 30


class ChildLost(Exception):
    """The child took more memory or time than it may, or died: nothing is known of the question."""


class Child:
    """A process that answers by a function, within limits, and is begun anew where it dies.

    It lives as long as the block: what strangers send is read there, at the risk of that process.
    """

    def __init__(
        self,
        answer: Callable[..., Any],
        *,
        memory: int = MOST_MEMORY,
        seconds: float = MOST_SECONDS,
    ) -> None:
        self._answer, self._memory, self._seconds = answer, memory, seconds
        self._process: BaseProcess | None = None
        self._pipe: Connection

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._pipe.close()
            self._process = None

    def ask(self, *question: object) -> Any:
        """The answer, in the language of whoever asks. Raises: ChildLost."""
        with suppress(EOFError, OSError):
            if self._process is None:
                self._begin()
            self._pipe.send((language(), question))
            if self._pipe.poll(self._seconds):
                return self._pipe.recv()
        self.__exit__()
        raise ChildLost

    def _begin(self) -> None:
        # Imported here for start-up time.
        from multiprocessing import get_context

        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        served = (theirs, self._answer, self._memory)
        self._process = context.Process(target=_serve, args=served, daemon=True)
        self._process.start()
        theirs.close()


def _serve(pipe: Connection, answer: Callable[..., Any], memory: int) -> None:
    """The child: answers what it is asked, until nothing more comes or memory runs out."""
    with suppress(ImportError, OSError, ValueError):
        # Not every system has it.
        from resource import RLIMIT_AS, setrlimit

        setrlimit(RLIMIT_AS, (memory, memory))
    with suppress(EOFError, KeyboardInterrupt, MemoryError, OSError):
        while True:
            spoken, question = pipe.recv()
            with speaking(spoken):
                pipe.send(answer(*question))
