"""What a ledger alone comes to, whatever is kept beside it."""

from datetime import datetime

from ptce_workflow.app.candidatures.history import last_line, steps
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.notation import to_text
from ptce_workflow.ledger.state import ContestState
from ptce_workflow.process.candidature import Candidature


def replayed(contest: Contest, at: datetime | None = None) -> dict[str, Candidature]:
    """The candidatures after the last line dated by an instant, else by now, by reference."""
    state = ContestState()
    with contest.looking() as tx:
        last = last_line(tx.unit, contest.id, to_text(at or contest.clock.now()))
        for _step in steps(tx, last, state=state):
            pass
    return {case.ref: case for case in state.cases.values()}
