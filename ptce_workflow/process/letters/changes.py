"""What an adoption changes of the contest's dates, as far as people have to be told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from ptce_workflow.process.model.shared import Text
from ptce_workflow.process.process import Process


class ChangeTold(Struct, frozen=True):
    """A date that moves; `after` is None for one that is no more."""

    name: str
    label: Text
    before: datetime
    after: datetime | None


def moved(
    before: Process, after: Process
) -> Iterator[tuple[str, datetime | None, datetime | None]]:
    """The dates that move, by name, of those that hang on no candidature.

    *Shape* the name, then both instants; None where there is none.
    """
    old, new = before.dates.fixed, after.dates.fixed
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield name, old.get(name), new.get(name)


def changes(before: Process, after: Process, now: datetime) -> tuple[ChangeTold, ...]:
    """The dates that move or are no more, in the order of time: those that concern anyone yet.

    Nobody has to know of a date that is new, nor of one that was over and is so still.
    """
    found = []
    for name, old, new in moved(before, after):
        if old is not None and max(old, new or old) > now:
            dates = after.definition.config.dates
            dated = dates.get(name) or before.definition.config.dates[name]
            found.append(ChangeTold(name, dated.label, old, new))
    return tuple(sorted(found, key=lambda one: (one.before, one.name)))
