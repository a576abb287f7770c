"""A clock that once stood ahead and was set right: the desk accepts it, in a line that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptce_workflow.app.admin.people import need_desk
from ptce_workflow.app.preconditions import ClockTold, note_versions, told_of
from ptce_workflow.app.refusals import reason_given
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, Reason
from ptce_workflow.ledger.events.contest import ClockAccepted

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest


def clock_told(session: Contest) -> ClockTold:
    """The time of a contest's clock beside that of its ledger."""
    with session.database.reading() as unit:
        row = unit.contest(session.id)
        return told_of(unit, row, session.clock.now())


def accept_clock(session: Contest, reason: str | None) -> ClockTold:
    """Has the clock's hour count again, though the ledger goes on beyond it.

    *Raises* Misuse without a reason, or where the clock does not stand back; PtceError for anyone
    but the desk.
    """
    reason = reason_given(reason)
    with session.accepting() as (act, row):
        need_desk(act, _("Only the desk accepts a clock."))
        found = told_of(act.unit, row, act.now)
        if not found.back or found.last is None:
            raise Misuse(
                _("The clock does not stand behind the ledger: there is nothing to accept."),
                mend=_("`ptce clock` tells where both stand."),
            )
        if not reason:
            raise Misuse(
                _("A clock is not accepted without a reason."),
                _("Dates decide who is late: the ledger keeps why time goes back."),
                _('Add --reason "…".'),
            )
        act.append(ClockAccepted(to_text(found.last)), {CONTEST_SUBJECT: Reason(reason)})
        line = act.n
        note_versions(act, row)
        act.commit()
    return ClockTold(found.now, found.last, False, line)
