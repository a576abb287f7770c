"""A clock that once stood ahead and was set right: the desk accepts it, in a line that stays."""

from __future__ import annotations

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.preconditions import ClockTold, note_versions, told_of
from ptce_workflow.app.refusals import reason_given, without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, NO_SIDES, Reason
from ptce_workflow.ledger.events.contest import ClockAccepted


def clock_told(contest: Contest) -> ClockTold:
    """The time of a contest's clock beside that of its ledger."""
    with contest.database.reading() as unit:
        return told_of(unit, unit.contest(contest.id), contest.clock.now())


def accept_clock(contest: Contest, reason: str | None) -> ClockTold:
    """Has the clock's hour count again, though the ledger goes on beyond it.

    *Raises* Misuse without a reason, or where the clock does not stand back; PtceError for anyone
    but the desk.
    """
    reason = reason_given(reason)
    with contest.acting(accepting=True) as act:
        row = act.unit.contest(act.contest)
        found = told_of(act.unit, row, act.now)
        sides = {CONTEST_SUBJECT: Reason(reason)} if reason else NO_SIDES
        act.append(ClockAccepted(to_text(found.last or found.now)), sides, _words(act))
        line = act.n
        note_versions(act, row)
        act.commit()
    return ClockTold(found.now, found.last, False, line)


def _words(act: Transaction) -> Words:
    """The refusals of a clock that is not accepted."""
    return {
        law.DESK.code: lambda _breach: without_role(
            act.actor, ("desk",), _("Only the desk accepts a clock.")
        ),
        law.CLOCK_RIGHT.code: lambda _breach: Misuse(
            _("The clock does not stand behind the ledger: there is nothing to accept."),
            mend=_("`ptce clock` tells where both stand."),
        ),
        law.CLOCK_REASON.code: lambda _breach: Misuse(
            _("A clock is not accepted without a reason."),
            _("Dates decide who is late: the ledger keeps why time goes back."),
            _('Add --reason "…".'),
        ),
    }
