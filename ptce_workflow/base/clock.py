"""The only place that reads the time; everywhere else `now` is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from time import monotonic, sleep
from typing import Protocol

from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _


class Clock(Protocol):
    """Tells the present instant."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class SetClock:
    """A clock that stands where it is set: rehearsals (`PTCE_NOW`) and tests."""

    instant: datetime

    def now(self) -> datetime:
        """The instant it was set to, in UTC."""
        return self.instant.astimezone(UTC)


class KeptClock(SetClock):
    """The clock that a rehearsal keeps in its folder."""

    __slots__ = ()


def kept_clock(file: Path) -> KeptClock | None:
    """The clock that a rehearsal keeps in a file; None where it keeps none.

    *Raises* Misuse for a file that tells no instant.
    """
    try:
        return KeptClock(from_text(file.read_text(encoding="ascii").strip()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise Misuse(
            _("{file} does not tell an instant.").format(file=file),
            _("A rehearsal keeps its clock there; `ptce clock --set` writes it."),
            _("Remove that file, then set the clock again."),
        ) from None


def elapsed_seconds() -> float:
    """Seconds on a clock that never goes back: how long something takes, never when it was."""
    return monotonic()


def wait(seconds: float) -> None:
    """Lets some time pass."""
    sleep(seconds)


def local_time(instant: datetime, zone: tzinfo) -> datetime:
    """An aware instant by the clocks of a zone.

    At the very ends of the calendar, where those clocks have no date for it, it stays in UTC: a
    ledger may hold such an instant, and everything that tells it would fail.
    """
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return instant
