"""A long stop: after one, time decides against nobody before a person has said yes."""

from __future__ import annotations

from datetime import datetime, timedelta

from ptce_workflow.app.preconditions import instant_of_line
from ptce_workflow.app.projections import due_ahead
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.encoding import from_text, to_text
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _, n_
from ptce_workflow.process.process import Process, to_the_second
from ptce_workflow.store.unit import Unit

LONGEST = timedelta(days=7)
"""The longest time without a pass after which time still decides by itself."""


class LongStop(PtceError):
    """The refusal to decide against the candidatures `refs`: a stop began `since`."""

    def __init__(self, process: Process, since: datetime, refs: tuple[str, ...]) -> None:
        super().__init__(
            _("After a stop of over {days} days, from {when} on, time decides against nobody.")
            .format(days=LONGEST.days, when=to_the_second(process, since)),
            n_("{count} decision waits: {refs}.", "{count} decisions wait: {refs}.", len(refs))
            .format(count=len(refs), refs=", ".join(refs)),
            _("Record first what has arrived meanwhile; then have them made: ptce tick --yes"),
        )  # fmt: skip
        self.since, self.refs = since, refs


def long_since(unit: Unit, contest: str, now: datetime) -> datetime | None:
    """When the last pass was made, or else the contest began, if that is too long ago.

    A rehearsal jumps from hour to hour, and makes no stop.
    """
    row = unit.contest(contest)
    last = row.last_pass or instant_of_line(unit, contest, 1)
    since = now if row.rehearsal or last is None else from_text(last)
    return since if now - since > LONGEST else None


def long_stop(act: Transaction) -> LongStop | None:
    """What waits for a yes after a long stop; None where nothing does."""
    since = long_since(act.unit, act.contest, act.now)
    refs = dict[str, None]()
    for row in act.unit.due_until(act.contest, to_text(act.now)) if since else ():
        (case,) = act.load([row.ref])
        for name, at in due_ahead(act.process, case).items():
            way = act.process.way(case, name) if at <= act.now else None
            if way is not None and way.transition.is_contestable:
                refs[row.ref] = None
    return LongStop(act.process, since, tuple(refs)) if since and refs else None
