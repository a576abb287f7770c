"""The meetings that were held and called so far, from the lines that tell of them."""

from __future__ import annotations

from collections.abc import Collection

from ptce_workflow.app.cases.history import lines_of
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.ledger.events.base import Event
from ptce_workflow.ledger.events.panel import RankRecorded
from ptce_workflow.ledger.events.sitting import (
    MEETINGS,
    ConvocationRecorded,
    SittingClosed,
    SittingConvened,
    SittingOpened,
)
from ptce_workflow.ledger.events.transition import TransitionMade
from ptce_workflow.ledger.state import Sittings

_TOLD_BY = (*MEETINGS, RankRecorded, TransitionMade)


def held_before(act: Transaction, kinds: Collection[type[Event]] = _TOLD_BY) -> Sittings:
    """The meetings held so far, from the lines of those kinds: all that tell of them, or some."""
    held = Sittings()
    for line, _text in lines_of(act.unit, act.contest, kinds):
        case_id, event = line.case or "", line.data
        match event:
            case TransitionMade():
                held.decides(case_id)
            case RankRecorded(sheet=panel):
                held.ranks(panel, case_id)
            case SittingConvened(sitting=name):
                held.convene(name, event.convocation(line))
            case ConvocationRecorded(sitting=name):
                held.tell(name, event.institution, event.at)
            case SittingOpened():
                held.open(event.meets(None, line))
            case SittingClosed():
                held.close(line.at, event.next_call)
    return held
