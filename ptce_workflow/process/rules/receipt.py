"""When sheets were received, decisions notified, requests answered, as rules read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

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


class Versions(NamedTuple):
    """An arrival among the others of its sheet: whether it is late, and which version counts.

    `counts` is another arrival, that counts instead of this one; `replaces` the one whose place
    this one takes.
    """

    is_late: bool
    counts: datetime | None
    replaces: datetime | None


def versions(arrived: Iterable[datetime], at: datetime, until: datetime | None) -> Versions:
    """What an arrival is among all those of a sheet: the last one in time counts."""
    late = until is not None and at > until
    others = [one for one in arrived if one != at]
    last = max((one for one in others if until is None or one <= until), default=None)
    instead = last is not None and (late or last > at)
    return Versions(late, last if instead else None, None if instead else last)


def notified(definition: Definition, case: Case) -> datetime | None:
    """When the mail of the last decision was last sent to its contact and did not come back.

    *Shape* None while none was, and where nothing was decided.
    """
    if case.decided is None:
        return None
    sendings = map(case.decided.told.get, definition.telling(case.decided.way))
    return max((sent for sent in sendings if sent is not None), default=None)


def pending(definition: Definition, case: Case) -> tuple[str, ...]:
    """The requests that wait for their answer, in the order of the folder."""
    return tuple(name for name in definition.requests if case.is_asked(name))


def asked(definition: Definition, name: str, case: Case) -> datetime | None:
    """When the last request of a name arrived; None where there is none, or it counts no more.

    One that was answered counts until the candidature comes again where it may be asked: what was
    granted against one decision opens nothing against the next.
    """
    arrived = case.received.get(name)
    if not arrived:
        return None
    since = [
        case.entered[state] for state in definition.requests[name].in_ if state in case.entered
    ]
    over = name in case.answers and max(since, default=arrived[-1]) > arrived[-1]
    return None if over else arrived[-1]


def outcome(definition: Definition, name: str, case: Case) -> str | None:
    """The answer to the last request of a name; None while there is none, or it counts no more."""
    return case.answers.get(name) if asked(definition, name, case) is not None else None
