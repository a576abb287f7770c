"""Notifications: something sets each off, someone reads it, and its keys go together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.check.dates import instants
from ptce_workflow.process.check.names import unfit, unknown
from ptce_workflow.process.check.places import transitions
from ptce_workflow.process.compiled import used_names
from ptce_workflow.process.definition import ANY, START, Definition
from ptce_workflow.process.folder import CONFIG, notification_file
from ptce_workflow.process.instant import parse_instant
from ptce_workflow.process.notifications.definition import Notification
from ptce_workflow.process.notifications.recipients import recipient_kinds
from ptce_workflow.process.process import Process

_HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_OF_THE_CONTEST = ("now", "date", "limit", "total", "contest")


def faults(definition: Definition) -> Iterator[Finding]:
    """Every notification whose keys do not go together, or that nothing sets off."""
    yield from _hours(definition)
    set_off = {name for placed in transitions(definition) for name in placed.transition.notify}
    for name, notification in definition.notifications.items():
        file = notification_file(name)
        for key, what, why, mend in (
            *_cause(notification, set_off=name in set_off),
            *_scope(notification),
            *_readers(definition, notification),
        ):
            yield Finding(file, key, what, why, mend)
        yield from _named(definition, file, notification)
    yield from _set_off_about_the_contest(definition)


def conditions(process: Process) -> Iterator[Finding]:
    """Conditions of mails about the contest that ask for something of a candidature.

    Names and dates stand; a condition that CEL refuses is told elsewhere.
    """
    for name, notification in process.definition.notifications.items():
        if notification.about != "contest":
            continue
        file = notification_file(name)
        for key, source in instants(notification):
            if process.dates.standing(parse_instant(source)) is None:
                yield _of_a_candidature(file, key, str(source))
        for read in _read(process, notification.when or "true"):
            root, _dot, rest = read.partition(".")
            if root not in _OF_THE_CONTEST or (root == "date" and rest not in process.dates.fixed):
                yield _of_a_candidature(file, "when", read)


_Told = tuple[str, str, str, str]
"""The key at fault; what is wrong, why, and how to mend it."""


def _cause(notification: Notification, *, set_off: bool) -> Iterator[_Told]:
    """Faults of what makes it leave: its own hours, or a transition, never both."""
    if notification.daily is not None and not _HOUR.fullmatch(notification.daily):
        yield (
            "daily",
            _('"{text}" is no hour of the day.').format(text=notification.daily),
            _("It is written with four figures, from 00:00 to 23:59, without seconds."),
            _("For example: {key} = {example}").format(key="daily", example='"08:30"'),
        )
    if notification.until is not None and notification.daily is None:
        yield (
            "until",
            _("{key} goes with {other}.").format(key="until", other="daily"),
            _("It says when a daily notification stops."),
            _("Leave it out."),
        )
    if not (set_off or notification.at or notification.daily):
        yield (
            "",
            _("Nothing sets this notification off."),
            _("It has no hour of its own (`at`, `daily`), and no transition notifies it."),
            _("Name it in the `notify` of a transition, or say when it leaves."),
        )
    if set_off and notification.at:
        yield (
            "at",
            _("A transition sets this notification off, and it has an hour of its own."),
            _("It leaves because of one or of the other."),
            _("Write not_before for one that a transition sets off and that waits."),
        )
    if notification.not_before is not None and not set_off:
        yield (
            "not_before",
            _("No transition sets this notification off."),
            _("Only one that a transition sets off waits until then."),
            _("Write `at` for one that leaves at an hour of its own."),
        )


def _scope(notification: Notification) -> Iterator[_Told]:
    """Faults of what goes with one about a candidature, or with one about the contest."""
    if notification.about == "candidature":
        if notification.at and not notification.in_:
            yield (
                "in",
                _("The key {key} is missing.").format(key="in"),
                _("A reminder is of use while a candidature stands somewhere."),
                _("For example: {key} = {example}").format(key="in", example='["draft"]'),
            )
        if notification.daily is not None:
            yield (
                "daily",
                _("Only what is about the contest leaves every day."),
                "",
                _("For example: {key} = {example}").format(key="about", example='"contest"'),
            )
        return
    if notification.in_:
        yield (
            "in",
            _("The contest stands in no state."),
            _("Only a notification about a candidature is of use in some states."),
            "",
        )
    if not notification.recipients.are_enrolled:
        yield (
            "to",
            _("A contact is that of a candidature, and this is about the contest."),
            "",
            _("For example: {key} = {example}").format(key="about", example='"candidature"'),
        )


def _readers(definition: Definition, notification: Notification) -> Iterator[_Told]:
    """Faults of its readers, and of the panel that it asks for."""
    readers = notification.recipients
    if readers.are_institutions and not definition.config.institutions:
        yield (
            "to",
            _("This contest has no institutions."),
            _("They are the tables [institutions.<name>] of config.toml."),
            "",
        )
    if readers.lack_sheets and notification.panel is None:
        yield (
            "panel",
            _("The key {key} is missing.").format(key="panel"),
            _("Somebody must know whose sheets are missing in which panel."),
            "",
        )
    if not readers.lack_sheets and notification.panel is not None:
        asking = [f'"{word}"' for word, kind in recipient_kinds().items() if kind.lack_sheets]
        yield (
            "panel",
            _("Only to = {to} asks for the sheets of a panel.").format(to=", ".join(asking)),
            "",
            _("Leave it out."),
        )


def _named(definition: Definition, file: str, notification: Notification) -> Iterator[Finding]:
    """Names in it that do not exist, or are not what is needed."""
    for state in notification.in_:
        if state not in definition.states:
            known = set(definition.states) - {START, ANY}
            yield unknown(file, "in", state, known, _("state (a file of states/)"))
    dates = definition.config.dates
    if notification.event is not None and notification.event not in dates:
        yield unknown(file, "event", notification.event, dates, _("date"))
    elif notification.event is not None and dates[notification.event].lasts is None:
        yield Finding(
            file,
            "event",
            _('The date "{date}" does not say how long it lasts.').format(date=notification.event),
            _("A calendar entry begins and ends."),
            _("Add {key} to that date, for example: {example}").format(
                key="lasts", example='lasts = "2 hours"'
            ),
        )
    if notification.panel is not None and notification.panel not in definition.panels:
        sheet = definition.sheets.get(notification.panel)
        yield unfit(file, "panel", notification.panel, definition.panels, _("panel"), sheet)


def _hours(definition: Definition) -> Iterator[Finding]:
    mail = definition.config.mail
    if mail.opens >= mail.closes:
        yield Finding(
            CONFIG,
            "mail.opens",
            _("The hours of mails open at {opens} and close at {closes}.").format(
                opens=mail.opens, closes=mail.closes
            ),
            _("No mail could ever leave in between."),
            _("Write the earlier of the two hours as `opens`."),
        )


def _set_off_about_the_contest(definition: Definition) -> Iterator[Finding]:
    for placed in transitions(definition):
        for name in placed.transition.notify:
            notification = definition.notifications.get(name)
            if notification is not None and notification.about == "contest":
                yield Finding(
                    placed.file,
                    f"{placed.key}.notify",
                    _('"{name}" is about the contest.').format(name=name),
                    _("A transition moves one candidature, and tells of that one."),
                    _("Give {name} hours of its own, or let it be about a candidature.").format(
                        name=name
                    ),
                )


def _read(process: Process, source: str) -> tuple[str, ...]:
    try:
        return used_names(process.scope.env.compile(source), process.scope.variables)
    except RuntimeError:
        return ()


def _of_a_candidature(file: str, key: str, name: str) -> Finding:
    return Finding(
        file,
        key,
        _('"{name}" hangs on a candidature.').format(name=name),
        _("This notification is about the contest as a whole: there is none to ask."),
    )
