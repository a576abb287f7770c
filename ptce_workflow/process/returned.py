"""A form as it came back filled in: what each row answers, and every cell that cannot be taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _, n_

_TOLD = 40
"""More faults than these are only counted."""


@dataclass(frozen=True, slots=True)
class ReturnedRow:
    """A row: its number, the texts that say whose it is, and the answers by column.

    `begins` is the number of the first column that holds anything; `whose` has the key and the
    reference first. A column whose cell is empty has no answer.
    """

    number: int
    begins: int
    whose: tuple[str, ...]
    answers: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The hidden key; "" in a row that somebody added."""
        return self.whose[0]

    @property
    def ref(self) -> str:
        """The reference of the candidature, as it stands there."""
        return self.whose[1]


@dataclass(frozen=True, slots=True)
class Returned:
    """A form that came back; `letters` are those of the columns that ask, by their names."""

    file: str
    stamp: Mapping[str, str]
    letters: Mapping[str, str]
    rows: tuple[ReturnedRow, ...]

    def cell(self, row: ReturnedRow, column: str) -> str:
        """The cell of a row as people call it: `E7`."""
        return f"{self.letters[column]}{row.number}"


@dataclass(frozen=True, slots=True)
class CellFault:
    """One thing that is wrong with what came back, and the cell or the row where it is."""

    where: str
    error: PtceError

    def __str__(self) -> str:
        parts = (self.error.what, self.error.why, self.error.mend)
        told = " ".join(line.strip() for part in parts for line in part.splitlines())
        return _("{label}: {value}").format(label=self.where, value=told) if self.where else told


class ReturnRefused(PtceError):
    """Something of what came back cannot be taken: nothing of it was; `faults` has all of them."""

    def __init__(self, file: str, faults: Sequence[CellFault]) -> None:
        count = len(faults)
        told = [str(fault) for fault in faults[:_TOLD]]
        if count > _TOLD:
            more = count - _TOLD
            told.append(n_("and {count} more", "and {count} more", more).format(count=more))
        super().__init__(
            n_(
                "{file}: {count} fault; nothing was recorded.",
                "{file}: {count} faults; nothing was recorded.",
                count,
            ).format(file=file, count=count),
            "\n".join(told),
            _("Correct them and import it again, or write a fresh one."),
        )
        self.faults = tuple(faults)
        self.exit_code = max(fault.error.exit_code for fault in faults)
