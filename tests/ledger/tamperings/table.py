"""What was tried on a ledger, each with what verifying must name; and how it is entered here.

A tampering changes the lived contest (`tests.chronicle`) by the hands of someone who owns the
file. It gives the number of the line that must be named, or the words that a fault must hold
where no line is to blame.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.ledger.tamperer import Tamperer

Expected = int | str
Transaction = Callable[[Tamperer], Expected]


@dataclass(frozen=True)
class Tampering:
    """One way to tamper: its name, and the function that does it."""

    name: str
    act: Transaction

    def __str__(self) -> str:
        return self.name


class Table(list[Tampering]):
    """Tamperings of one sort, entered as they are written."""

    def tried(self, tx: Transaction) -> Transaction:
        """Enters a function under its name."""
        self.append(Tampering(tx.__name__, tx))
        return tx

    def each(self, act: Callable[..., Expected], **cases: tuple[Any, ...]) -> None:
        """Enters one tampering for each set of arguments of a function."""
        for name, given in cases.items():
            called = getattr(act, "func", act).__name__
            self.append(Tampering(f"{called}:{name}", _with(act, given)))


def _with(act: Callable[..., Expected], given: tuple[Any, ...]) -> Transaction:
    return lambda it: act(it, *given)


def in_earnest(it: Tamperer) -> None:
    """Makes a contest of the rehearsal: what a rehearsal may do, a contest may not."""
    it.data(1, rehearsal=False)
    it.sql("UPDATE contest SET rehearsal = FALSE")
