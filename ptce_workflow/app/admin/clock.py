"""The clock: set by hand in a rehearsal; or accepted, in a line that stays.

One that once stood ahead and was set right is accepted by the desk.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from ptce_workflow.app.contest import Contest, clock_by_hand
from ptce_workflow.app.locations import CLOCK_FILE, write_whole
from ptce_workflow.app.preconditions import ClockTold, note_versions, told_of
from ptce_workflow.app.refusals import reason_given, without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.clock import KeptClock, SystemClock
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import CONTEST_SUBJECT, NO_SIDES, Reason
from ptce_workflow.ledger.events.contest import ClockAccepted
from ptce_workflow.process.process import to_the_second


def clock_told(contest: Contest) -> ClockTold:
    """The time of a contest's clock beside that of its ledger."""
    with contest.database.reading() as unit:
        found = told_of(unit, unit.contest(contest.id), contest.clock.now())
    return replace(found, stands=isinstance(contest.clock, KeptClock))


def set_clock(contest: Contest, instant: datetime | None) -> ClockTold:
    """Has the clock of a rehearsal stand at an instant, until it is set again; None: frees it.

    *Raises* PtceError in a contest held in earnest, for who only looks, and for an hour before that
    of the last line.
    """
    contest.check_writer()
    if not contest.rehearsal:
        raise clock_by_hand()
    with contest.reading() as (unit, process):
        now = instant or SystemClock().now()
        found = told_of(unit, unit.contest(contest.id), now)
    if found.back and found.last is not None:
        hours = {one: to_the_second(process, getattr(found, one)) for one in ("now", "last")}
        raise PtceError(
            _("The clock cannot stand at {now}: the ledger goes on to {last}.").format(**hours),
            _("What has happened in a rehearsal is not undone by its clock."),
            _("Set a later hour, or begin another rehearsal: ptce init DIR --rehearsal"),
        )
    keep_clock(contest.folder, instant)
    return replace(found, stands=instant is not None)


def keep_clock(folder: Path, instant: datetime | None) -> None:
    """Keeps in a folder where the clock of its rehearsal stands; None: nowhere."""
    if instant is None:
        (folder / CLOCK_FILE).unlink(missing_ok=True)
    else:
        write_whole(folder / CLOCK_FILE, f"{to_text(instant)}\n".encode())


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
        law.DESK: lambda _breach: without_role(
            act.actor, ("desk",), _("Only the desk accepts a clock.")
        ),
        law.CLOCK_RIGHT: lambda _breach: Misuse(
            _("The clock does not stand behind the ledger: there is nothing to accept."),
            mend=_("`ptce clock` tells where both stand."),
        ),
        law.CLOCK_REASON: lambda _breach: Misuse(
            _("A clock is not accepted without a reason."),
            _("Dates decide who is late: the ledger keeps why time goes back."),
            _('Add --reason "…".'),
        ),
    }
