"""The meetings that were held and called so far, from the lines that tell of them."""

from __future__ import annotations

from collections.abc import Collection

from ptce_workflow.app.cases.history import lines_of
from ptce_workflow.app.refusals import UNREADABLE, damaged_line
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.ledger.events.base import NO_SIDES, Event
from ptce_workflow.ledger.events.sitting import MEETINGS
from ptce_workflow.ledger.events.transition import TransitionMade
from ptce_workflow.ledger.state import ContestState, Sittings

_TOLD_BY = (*MEETINGS, TransitionMade)


def held_before(act: Transaction, kinds: Collection[type[Event]] = _TOLD_BY) -> Sittings:
    """The meetings held so far, from the lines of those kinds: all that tell of them, or some.

    *Raises* PtceError for a line that is damaged.
    """
    state = ContestState()
    for line, _text in lines_of(act.unit, act.contest, kinds):
        try:
            if isinstance(line.data, TransitionMade):
                state.sittings.decides()
            else:
                line.data.apply(state, line, NO_SIDES)
        except UNREADABLE as error:
            raise damaged_line(line.n, error) from error
    return state.sittings
