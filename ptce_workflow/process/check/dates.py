"""Instants: they read, they hang on something, they exist once, and they come in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.check.places import Place, origins, places
from ptce_workflow.process.letters.definition import Notification
from ptce_workflow.process.letters.planning import planner_of
from ptce_workflow.process.model.bodies import Identity
from ptce_workflow.process.model.definition import (
    Config,
    Date,
    Definition,
    Request,
    State,
    Transition,
)
from ptce_workflow.process.model.documents import Results
from ptce_workflow.process.model.shared import InstantSource, Model
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.process import Process
from ptce_workflow.process.time.calendar import Workdays, check_local, parse_span, resolve
from ptce_workflow.process.time.dates import ANCHORS, Dates
from ptce_workflow.process.time.instant import FixedInstant, InstantError, parse_instant

_SOME_DAY = date(2024, 3, 11)
_LENGTH = re.compile(r"[0-9]+(?![0-9-])")


def faults(definition: Definition) -> Iterator[Finding]:
    """Every instant that does not stand."""
    alone = _alone(definition)
    yield from alone
    for place, key, length in _lengths(definition):
        try:
            parse_span(length)
        except InstantError as error:
            yield _told(place, key, error)
    if not alone:
        yield from _together(definition)


def untold_terms(process: Process) -> Iterator[Finding]:
    """Adverse decisions that wait on a term which runs before anybody was told that it does."""
    definition, planner = process.definition, planner_of(process)
    held = {name for name in planner.decisions if definition.notifications[name].held}
    announced = {state for name in held for state in planner.decisions[name]}
    for place in places(definition, Transition):
        if not place.table.is_contestable:
            continue
        ways = filter(None, (process.ways(one).get(place.name) for one in origins(place)))
        read = dict.fromkeys(name for way in ways for name in process.judge_of(way).names)
        named = (name.removeprefix("date.") for name in read if name.startswith("date."))
        terms = {f"date.{name}": definition.config.dates[name].at for name in named}
        for term, source in {**terms, "at": place.table.at}.items():
            root = None if source is None else planner.root(source)
            if root is not None and root.kind == "entered" and root.name in announced:
                yield place.fault(
                    "decision",
                    _("This decision waits on {term}, which counts from {anchor}."),
                    _("The mail that tells it is held: the term may be over before it has left."),
                    _('Count the term from that mail: "notified + …".'),
                    term=term,
                    anchor=f"entered.{root.name}",
                )


def breaks_dates(definition: Definition) -> bool:
    """True where an instant is so wrong that the contest's dates cannot be worked out."""
    return bool(_alone(definition)) or isinstance(_dates(definition), Finding)


def _alone(definition: Definition) -> tuple[Finding, ...]:
    """The faults of each instant alone, whatever the others say."""
    (identity,) = places(definition, Identity)
    found = [*_zone_and_holidays(identity)]
    for place, key, source in _instants(definition):
        found += _instant(definition, place, key, source)
    return tuple(found)


def _zone_and_holidays(identity: Place[Identity]) -> Iterator[Finding]:
    if _zone(identity.table) is None:
        known = available_timezones()
        yield identity.unknown("timezone", identity.table.timezone, known, _("time zone"))
    try:
        Workdays(identity.table.holidays).check()
    except InstantError as error:
        yield _told(identity, "holidays", error)


def _zone(identity: Identity) -> ZoneInfo | None:
    """The contest's zone; None for one that does not exist."""
    try:
        return ZoneInfo(identity.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _instants(definition: Definition) -> Iterator[tuple[Place[Model], str, InstantSource]]:
    """Every instant of the folder, with its place and key."""
    for dated in places(definition, Date):
        yield dated, "at", dated.table.at
    for placed in places(definition, Transition):
        if placed.table.at is not None:
            yield placed, "at", placed.table.at
    for sheet in places(definition, Sheet):
        if sheet.table.kept_until is not None:
            yield sheet, "kept_until", sheet.table.kept_until
        if sheet.table.due is not None:
            yield sheet, "due", sheet.table.due
    for results in places(definition, Results):
        yield results, "after", results.table.after
    for state in places(definition, State):
        for _name, end in state.table.windows:
            if end is not None:
                yield state, "open", end
    for sheet in places(definition, Sheet):
        if sheet.table.opens_at is not None:
            yield sheet, "hidden_until", sheet.table.opens_at
        if sheet.table.rectify_until is not None:
            yield sheet, "rectify_until", sheet.table.rectify_until
    for request in places(definition, Request):
        table = request.table
        opened = [("in", one) for window in table.windows.values() for one in window]
        for key, source in (*opened, ("until", table.until), ("answer_by", table.answer_by)):
            if source is not None and (key, source) != ("in", table.until):
                yield request, key, source
    for mail in places(definition, Notification):
        for key, source in instants(mail.table):
            yield mail, key, source


def instants(notification: Notification) -> Iterator[tuple[str, InstantSource]]:
    """Every instant of a notification, with its key; `expires` may be a length of time instead."""
    for source in notification.at:
        yield "at", source
    for key, instant in (("until", notification.until), ("not_before", notification.not_before)):
        if instant is not None:
            yield key, instant
    expires = notification.expires
    if expires is not None and not (isinstance(expires, str) and _LENGTH.match(expires.strip())):
        yield "expires", expires


def _lengths(definition: Definition) -> Iterator[tuple[Place[Model], str, InstantSource]]:
    """Every length of time of the folder, with its place and key."""
    for dated in places(definition, Date):
        if dated.table.lasts is not None:
            yield dated, "lasts", dated.table.lasts
    for mail in places(definition, Notification):
        expires = mail.table.expires
        if expires is not None and "expires" not in dict(instants(mail.table)):
            yield mail, "expires", expires


def _instant(
    definition: Definition, place: Place[Model], key: str, source: InstantSource
) -> Iterator[Finding]:
    zone = _zone(definition.config.contest)
    try:
        instant = parse_instant(source)
        if isinstance(instant, FixedInstant) and zone is not None:
            check_local(instant.local, zone)
        elif zone is not None:
            resolve(instant, zone, lambda _anchor: _SOME_DAY, Workdays())
    except InstantError as error:
        yield _told(place, key, error)
        return
    if instant.anchor is not None:
        kind, name = ANCHORS[instant.anchor.kind], instant.anchor.name
        known = kind.names(definition)
        if name not in known:
            yield place.unknown(key, name, known, _(kind.noun))
        elif (misfit := kind.misfit(definition, name)) is not None:
            yield _told(place, key, misfit)


def _dates(definition: Definition) -> Dates | Finding:
    """The dates worked out, or why they cannot be: they go in a circle, or too far."""
    identity = definition.config.contest
    try:
        return Dates(definition, ZoneInfo(identity.timezone), Workdays(identity.holidays))
    except InstantError as error:
        return _told(places(definition, Config)[0], "dates", error)


def _together(definition: Definition) -> Iterator[Finding]:
    dates = _dates(definition)
    if isinstance(dates, Finding):
        yield dates
        return
    for results in places(definition, Results):
        if dates.standing(parse_instant(results.table.after)) is None:
            yield results.fault(
                "after",
                _("This instant hangs on a candidature."),
                _("All the results are published together."),
                _("Count from a date of the contest."),
            )
    fixed, zone = dates.fixed, ZoneInfo(definition.config.contest.timezone)
    for place in places(definition, Date):
        name, earlier = place.name, (place.table.not_before or "").removeprefix("date.")
        if earlier in fixed and name in fixed and fixed[name] < fixed[earlier]:
            yield place.fault(
                "at",
                _('This date comes before "{date}".'),
                _("{here} is before {there}."),
                _("Move one of the two, or change not_before."),
                date=earlier,
                here=fixed[name].astimezone(zone).isoformat(),
                there=fixed[earlier].astimezone(zone).isoformat(),
            )


def _told(place: Place[Model], key: str, error: InstantError) -> Finding:
    return place.fault(key, error.what, error.why, error.mend)
