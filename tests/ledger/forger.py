"""Someone who owns the file, and writes the whole ledger anew with every hash in its place.

The numbers are those of the lines of the story (`tests.rehearsal.story`).
"""

from typing import Any

import pytest
from msgspec.structs import replace

from ptce_workflow.app.contest import Contest
from ptce_workflow.ledger.line import Line, decode
from tests.rehearsal import attack, forge, lines, told

OPENED, RECORDED, SUBMITTED, NORTH, SOUTH, CLOSED, SELECTED = 6, 7, 8, 9, 10, 11, 13
GIVEN_BACK, REFUSED, ADOPTED, LAPSED, TRIED, WITHDRAWN = 17, 21, 22, 29, 31, 33
JUROR, AUDITOR = "P-002", "P-003"

HistoryEntry = list[tuple[int, str]]


class Forger:
    """A ledger in the hands of someone who rewrites it from end to end."""

    def __init__(self, contest: Contest) -> None:
        self.contest = contest
        self.lines = [decode(line) for line in lines(contest)]

    def line(self, n: int) -> Line:
        """A line as it stands."""
        return self.lines[n - 1]

    def change(self, n: int, **columns: Any) -> None:
        """Changes what a line says beside its data."""
        self.lines[n - 1] = replace(self.line(n), **columns)

    def data(self, n: int, **data: Any) -> None:
        self.change(n, data={**self.line(n).data, **data})

    def append(self, like: int, **data: Any) -> int:
        """Adds a line like another one, without a side row; its number."""
        line = self.line(like)
        self.lines.append(replace(line, data={**line.data, **data}, pd=None))
        return len(self.lines)

    def told(self) -> HistoryEntry:
        """What verifying finds once the ledger is written and chained again."""
        with attack(self.contest) as database:
            forge(database, self.lines)
        return told(self.contest)


@pytest.fixture
def forger(full: Contest) -> Forger:
    """The story, to be forged."""
    return Forger(full)
