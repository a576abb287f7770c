"""The meetings that were held and called so far, from the lines that tell of them."""

from __future__ import annotations

from collections.abc import Collection

from ptce_workflow.app.cases.history import lines_of
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.ledger.events.base import Event
from ptce_workflow.ledger.events.sitting import (
    MEETINGS,
    ConvocationRecorded,
    SittingClosed,
    SittingConvened,
    SittingOpened,
)
from ptce_workflow.ledger.events.transition import TransitionMade
from ptce_workflow.ledger.state import Sittings

_TOLD_BY = (*MEETINGS, TransitionMade)


def held_before(act: Transaction, kinds: Collection[type[Event]] = _TOLD_BY) -> Sittings:
    """The meetings held so far, from the lines of those kinds: all that tell of them, or some."""
    held = Sittings()
    for line, _text in lines_of(act.unit, act.contest, kinds):
        match event := line.data:
            case TransitionMade():
                held.decides()
            case SittingConvened(sitting=name):
                held.convene(name, event.convocation(line))
            case ConvocationRecorded(sitting=name):
                held.tell(name, event.institution, event.at)
            case SittingOpened():
                held.open(event.meets(None, line))
            case SittingClosed():
                held.close(line.at, event.next_call)
    return held
