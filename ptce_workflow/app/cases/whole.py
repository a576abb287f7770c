"""The whole ledger for whoever may read all of it: its bytes, what it tells, what is beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.history import Told, apart
from ptce_workflow.app.preconditions import check_sees_all
from ptce_workflow.app.projections import UNREADABLE
from ptce_workflow.app.refusals import damaged_line
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.base import Entry, Sides, apply
from ptce_workflow.ledger.state import ContestState
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction
    from ptce_workflow.store.rows import SideRow


@dataclass(frozen=True, slots=True)
class Step:
    """A line: its bytes, what it says, the side rows that are left of it, and as they are kept."""

    content: bytes
    line: Entry[Any]
    sides: Sides
    kept: Sequence[SideRow]


class Whole:
    """A ledger that may be gone through from its first line to its last, again and again."""

    def __init__(self, contest: Contest, act: Transaction) -> None:
        row = act.unit.contest(contest.id)
        self.contest = contest.id
        self.rehearsal = contest.rehearsal
        self.now: datetime = act.now
        self.count = row.head_n
        self.head = row.head_hash
        self.process = act.process
        self.state = ContestState()
        """What the lines amount to that were gone through last."""
        self._act = act
        self._watch = contest.watch
        self._roles: Mapping[str, tuple[str, ...]] = {
            one.pseudonym: one.roles for one in act.people()
        }

    def lines(self, label: str) -> Iterator[Step]:
        """Every line in order; `label` says what is done with them to whoever waits.

        *Raises* PtceError for a line that is damaged.
        """
        rows = self._act.unit.entries(self.contest)
        for n, row, kept in self._watch(rows, label, self.count):
            if row is not None:
                told, broken = apart([(n, row, kept)])
                if broken is not None:
                    raise broken
                for line, sides in told:
                    yield Step(row.line, line, sides, kept)

    def followed(self) -> Iterator[tuple[Step, Case | None]]:
        """Every line in order, with the candidature as the lines before left it, if there was one.

        `state` is then as the line leaves it.

        *Raises* PtceError for a line that is damaged, or does not follow from those before.
        """
        self.state = ContestState()
        for step in self.lines(_("Reading the ledger")):
            line = step.line
            try:
                before = None if line.case is None else self.state.cases.get(line.case)
                apply(self.state, line, step.sides)
            except UNREADABLE as error:
                raise damaged_line(line.n, error) from error
            yield step, before

    def process_of(self, hash_: str) -> Process:
        """A process that was in force once."""
        return self._act.process_of(hash_)

    def told(self, step: Step, sides: Sides) -> Told:
        """A line to be told with the side rows that may be; of one about nobody, its only one."""
        line = step.line
        side = next(iter(sides.values()), None) if line.case is None else sides.get(line.case)
        roles = self._roles.get(line.actor, (line.actor,))
        return Told(line, side, self.process_of(line.process), roles)


@contextmanager
def whole(contest: Contest) -> Iterator[Whole]:
    """The ledger of an open contest, as it stands throughout.

    *Raises* PtceError for whoever may not read everything.
    """
    with contest.looking() as act, nothing_to_collect():
        check_sees_all(act)
        yield Whole(contest, act)
