"""What an adoption changes of the contest's dates, as far as people have to be told."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from msgspec import Struct

from ptce_workflow.process.model.shared import Text
from ptce_workflow.process.process import Process

_NAMED = re.compile(r"\bdate\.([a-z][a-z0-9_]*)")
_MAIL = re.compile(r"notifications/([a-z0-9_]+)[./]")
_PROCESSES_KEPT = 4


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


def dates_named(words: str) -> list[str]:
    """The names of dates in words, an instant or a condition."""
    return _NAMED.findall(words)


def told_by_mails(process: Process) -> Mapping[str, Collection[str]]:
    """The dates that each mail tells: in its words, by its calendar entry, or as a reminder."""
    found: dict[str, dict[str, None]] = {}
    for name, mail in process.definition.notifications.items():
        of_mail = found.setdefault(name, {})
        if mail.event is not None:
            of_mail.setdefault(mail.event)
        for source in mail.at:
            of_mail.update(dict.fromkeys(dates_named(str(source))))
    for path, content in process.files.items():
        file = _MAIL.match(path)
        if file and file[1] in found:
            words = content.decode("utf-8", "replace")
            if path.endswith(".md"):
                words = words.rpartition("\n+++")[2]
            elif path.endswith(".toml"):
                continue
            found[file[1]].update(dict.fromkeys(dates_named(words)))
    return found


@lru_cache(_PROCESSES_KEPT)
def _binding(process: Process) -> frozenset[str]:
    """The dates that bind whoever files: those that they are told of, and that end what they do."""
    definition, told = process.definition, told_by_mails(process)
    found: set[str] = set()
    for name, mail in definition.notifications.items():
        if not mail.recipients.are_enrolled:
            found.update(told[name])
    ends = [end for state in process.states.values() for _name, end in state.windows]
    for source in (*ends, *(request.until for request in definition.requests.values())):
        found.update(dates_named(str(source)))
    for path, content in process.files.items():
        if path.startswith("texts/"):
            found.update(dates_named(content.decode("utf-8", "replace")))
    return frozenset(found)


def changes(before: Process, after: Process, now: datetime, mail: str) -> tuple[ChangeTold, ...]:
    """The dates that move or are no more, in the order of time: those that concern its readers.

    Nobody has to know of a date that is new, nor of one that was over and is so still; who files
    a candidature, only of those that bind them.
    """
    found, inside = [], after.definition.notifications[mail].recipients.are_enrolled
    binding = None if inside else _binding(before) | _binding(after)
    for name, old, new in moved(before, after):
        concerns = binding is None or name in binding
        if concerns and old is not None and max(old, new or old) > now:
            dates = after.definition.config.dates
            dated = dates.get(name) or before.definition.config.dates[name]
            found.append(ChangeTold(name, dated.label, old, new))
    return tuple(sorted(found, key=lambda one: (one.before, one.name)))
