"""The whole ledger for whoever may read all of it: its bytes, what it tells, what is beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from ptce_workflow.app.cases.history import Step, Told, steps
from ptce_workflow.app.preconditions import check_sees_all
from ptce_workflow.base.runtime import nothing_to_collect
from ptce_workflow.ledger.events.base import Sides
from ptce_workflow.ledger.state import ContestState
from ptce_workflow.process.process import Process

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction


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

    def steps(self, label: str = "") -> Iterator[Step]:
        """Every line in order; `label` says what is done with them to whoever waits.

        `state` is then as the lines before leave it, or the line where it was taken.

        *Raises* PtceError for a line that is damaged, or does not follow from those before.
        """
        self.state = ContestState()
        return steps(self._act, None, self._watch, self.state, label)

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
