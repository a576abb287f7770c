"""When a sheet was received and a decision notified, as rules, dates and letters read it."""

from __future__ import annotations

from datetime import datetime

from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.rules.case import Case, Moment


def received(
    definition: Definition, sheet: str, case: Case, moment: Moment | None = None
) -> datetime | None:
    """The first arrival of a sheet, or the last where it says so; None while nothing has arrived.

    A transition that `receives` marks an arrival of the sheet that holds the contact; at the
    `moment` of one, what it is about to mark counts already.
    """
    arrived = case.received.get(sheet, ())
    if sheet == definition.contact_sheet:
        marked = (moment and moment.received_at) or case.received_at
        arrived = arrived if marked is None else (*arrived, marked)
    if not arrived:
        return None
    return max(arrived) if definition.sheets[sheet].receipt == "last" else min(arrived)


def notified(definition: Definition, case: Case) -> datetime | None:
    """When the mail of the last decision was last sent to its contact and did not come back.

    *Shape* None while none was, and where nothing was decided.
    """
    if case.decided is None:
        return None
    sendings = map(case.decided.told.get, definition.telling(case.decided.way))
    return max((sent for sent in sendings if sent is not None), default=None)
