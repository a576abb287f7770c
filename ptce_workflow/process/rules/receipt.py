"""When what a sheet asks for was received, as rules, dates and letters read it."""

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
