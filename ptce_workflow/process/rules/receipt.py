"""When sheets were received, decisions notified, requests answered, as rules read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.rules.case import Case, Decided


def received(definition: Definition, sheet: str, case: Case) -> datetime | None:
    """The first arrival of a sheet, or the last where it says so; None while there is none."""
    arrived = case.received.get(sheet, ())
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
    decided = standing(definition, case)
    return None if decided is None else _told(definition, decided)


def standing(definition: Definition, case: Case) -> Decided | None:
    """The last decision, but for those that were undone before anybody was told of them."""
    decided = case.decided
    while decided is not None and decided.undone and _told(definition, decided) is None:
        decided = decided.before
    return decided


def is_undone(definition: Definition, case: Case, mail: str, line: str) -> bool:
    """True for the mail of a decision, at a line, that was undone before anybody was told of it."""
    decided = case.decided
    if decided is None or decided is standing(definition, case) or str(decided.n) != line:
        return False
    return mail in definition.telling(decided.way)


def is_replaced(definition: Definition, case: Case | None, line: int) -> bool:
    """True for the line of a decision after which another was taken; an answer replaces none."""
    decided = None if case is None else standing(definition, case)
    later = decided is not None and decided.n > line
    while decided is not None and decided.n != line:
        decided = decided.against
    return later and decided is None


def _told(definition: Definition, decided: Decided) -> datetime | None:
    sendings = map(decided.told.get, definition.telling(decided.way))
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
    windows = definition.requests[name].windows.items()
    plain = (state for state, (start, _end) in windows if start is None)
    since = [case.entered[state] for state in plain if state in case.entered]
    over = name in case.answers and max(since, default=arrived[-1]) > arrived[-1]
    return None if over else arrived[-1]


def reviews_own(definition: Definition, name: str, case: Case, who: str) -> bool:
    """True where the folder wants a request answered by somebody else than made the decision.

    What a sitting decides is nobody's own, whoever typed it.
    """
    request, decided = definition.requests.get(name), case.contested(name).decided
    if request is None or "another" not in request.review or decided is None:
        return False
    return decided.by == who and not definition.is_decided(*decided.way.split("."))


def outcome(definition: Definition, name: str, case: Case) -> str | None:
    """The answer to the last request of a name; None while there is none, or it counts no more."""
    return case.answers.get(name) if asked(definition, name, case) is not None else None
