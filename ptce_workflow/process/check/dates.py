"""Instants: they read, they hang on something, they exist once, and they come in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.check.names import unknown
from ptce_workflow.process.check.places import transitions
from ptce_workflow.process.letters.definition import Notification
from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.model.folder import CONFIG, notification_file
from ptce_workflow.process.model.shared import InstantSource
from ptce_workflow.process.time.anchors import ANCHORS
from ptce_workflow.process.time.calendar import check_local, parse_span, resolve
from ptce_workflow.process.time.dates import Dates
from ptce_workflow.process.time.instant import FixedInstant, Instant, InstantError, parse_instant
from ptce_workflow.process.time.workdays import Workdays

_SOME_DAY = date(2024, 3, 11)
_LENGTH = re.compile(r"[0-9]+(?![0-9-])")


def faults(definition: Definition) -> Iterator[Finding]:
    """Every instant that does not stand."""
    alone = _alone(definition)
    yield from alone
    yield from _lengths(definition)
    if not alone:
        yield from _together(definition)


def breaks_dates(definition: Definition) -> bool:
    """True where an instant is so wrong that the contest's dates cannot be worked out."""
    return bool(_alone(definition)) or isinstance(_dates(definition), Finding)


def _alone(definition: Definition) -> tuple[Finding, ...]:
    """The faults of each instant alone, whatever the others say."""
    return (
        *_zones(definition),
        *_holidays(definition),
        *_every_instant(definition),
        *_not_before(definition),
    )


def _zones(definition: Definition) -> Iterator[Finding]:
    if _zone(definition) is None:
        name, known = definition.config.contest.timezone, available_timezones()
        yield unknown(CONFIG, "contest.timezone", name, known, _("time zone"))


def _zone(definition: Definition) -> ZoneInfo | None:
    """The contest's zone; None for one that does not exist."""
    try:
        return ZoneInfo(definition.config.contest.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _every_instant(definition: Definition) -> Iterator[Finding]:
    for name, dated in definition.config.dates.items():
        yield from _instant(definition, CONFIG, f"dates.{name}.at", dated.at)
    for placed in transitions(definition):
        if placed.transition.at is not None:
            key = f"{placed.key}.at"
            yield from _instant(definition, placed.file, key, placed.transition.at)
    for name, notification in definition.notifications.items():
        for key, source in instants(notification):
            yield from _instant(definition, notification_file(name), key, source)


def instants(notification: Notification) -> Iterator[tuple[str, InstantSource]]:
    """Every instant of a notification, with its key; `expires` may be a length of time instead."""
    for source in notification.at:
        yield "at", source
    for key, instant in (("until", notification.until), ("not_before", notification.not_before)):
        if instant is not None:
            yield key, instant
    if not (isinstance(notification.expires, str) and _LENGTH.match(notification.expires.strip())):
        yield "expires", notification.expires


def _instant(
    definition: Definition, file: str, key: str, source: str | datetime | date
) -> Iterator[Finding]:
    zone = _zone(definition)
    try:
        instant = parse_instant(source)
        if isinstance(instant, FixedInstant) and zone is not None:
            check_local(instant.local, zone)
        elif zone is not None:
            resolve(instant, zone, lambda _anchor: _SOME_DAY, Workdays())
    except InstantError as error:
        yield _as_finding(file, key, error)
        return
    yield from _anchor(definition, file, key, instant)


def _anchor(definition: Definition, file: str, key: str, instant: Instant) -> Iterator[Finding]:
    anchor = instant.anchor
    if anchor is None:
        return
    kind = ANCHORS[anchor.kind]
    names = kind.names(definition)
    if anchor.name not in names:
        yield unknown(file, key, anchor.name, names, _(kind.noun))
    elif (misfit := kind.misfit(definition, anchor.name)) is not None:
        yield _as_finding(file, key, misfit)


def _holidays(definition: Definition) -> Iterator[Finding]:
    try:
        Workdays(definition.config.contest.holidays).check()
    except InstantError as error:
        yield _as_finding(CONFIG, "contest.holidays", error)


def _not_before(definition: Definition) -> Iterator[Finding]:
    for name, dated in definition.config.dates.items():
        earlier = dated.not_before
        known = [f"date.{date_name}" for date_name in definition.config.dates]
        if earlier is not None and earlier not in known:
            yield unknown(CONFIG, f"dates.{name}.not_before", earlier, known, _("date"))


def _lengths(definition: Definition) -> Iterator[Finding]:
    for name, dated in definition.config.dates.items():
        if dated.lasts is not None:
            yield from _length(CONFIG, f"dates.{name}.lasts", dated.lasts)
    for name, notification in definition.notifications.items():
        if "expires" not in dict(instants(notification)):
            yield from _length(notification_file(name), "expires", notification.expires)


def _length(file: str, key: str, length: InstantSource) -> Iterator[Finding]:
    try:
        parse_span(length)
    except InstantError as error:
        yield _as_finding(file, key, error)


def _dates(definition: Definition) -> Dates | Finding:
    """The dates worked out, or why they cannot be: they go in a circle, or too far."""
    identity = definition.config.contest
    try:
        return Dates(definition, ZoneInfo(identity.timezone), Workdays(identity.holidays))
    except InstantError as error:
        return _as_finding(CONFIG, "dates", error)


def _together(definition: Definition) -> Iterator[Finding]:
    dates = _dates(definition)
    if isinstance(dates, Finding):
        yield dates
        return
    fixed, zone = dates.fixed, ZoneInfo(definition.config.contest.timezone)
    for name, dated in definition.config.dates.items():
        earlier = (dated.not_before or "").removeprefix("date.")
        if earlier in fixed and name in fixed and fixed[name] < fixed[earlier]:
            yield Finding(
                CONFIG,
                f"dates.{name}.at",
                _('This date comes before "{date}".').format(date=earlier),
                _("{here} is before {there}.").format(
                    here=fixed[name].astimezone(zone).isoformat(),
                    there=fixed[earlier].astimezone(zone).isoformat(),
                ),
                _("Move one of the two, or change not_before."),
            )


def _as_finding(file: str, key: str, error: InstantError) -> Finding:
    return Finding(file, key, error.what, error.why, error.mend)
