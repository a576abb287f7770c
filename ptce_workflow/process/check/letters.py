"""Notifications, documents and their texts: recipients, hours, values, letters that are written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.geography import Gazetteer
from ptce_workflow.base.text import suggestion
from ptce_workflow.base.words import LANGUAGES, _
from ptce_workflow.process.check.dates import instants
from ptce_workflow.process.check.names import unfit, unknown
from ptce_workflow.process.check.places import transitions
from ptce_workflow.process.explain.documents import names_in_texts
from ptce_workflow.process.fields import SignedFor, TableField, TextField
from ptce_workflow.process.letters.definition import Notification
from ptce_workflow.process.letters.markdown import misread, page_of
from ptce_workflow.process.letters.readable import TemplateFault
from ptce_workflow.process.letters.recipients import recipient_kinds
from ptce_workflow.process.letters.render import language_of, templates_of, write
from ptce_workflow.process.letters.samples import samples
from ptce_workflow.process.letters.templates import Templates
from ptce_workflow.process.letters.variables import variables
from ptce_workflow.process.model.definition import ANY, START, Definition, Document
from ptce_workflow.process.model.folder import (
    CONFIG,
    LAYOUTS,
    TEMPLATES,
    layout_file,
    mail_file,
    notification_file,
    sheet_file,
)
from ptce_workflow.process.panel.signing import sign_ins
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.compiled import used_names
from ptce_workflow.process.time.instant import parse_instant

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


_BRACED = re.compile(r"\{([^{}]*)\}")


def printed_faults(definition: Definition) -> Iterator[Finding]:
    """Every document or sign-in sheet that names what does not exist, or cannot be used there."""
    for name, document in definition.config.documents.items():
        yield from _document(definition, f"documents.{name}", document)
    for sheet_name, sheet in definition.sheets.items():
        for field_name, field in sheet.fields.items():
            file, key = sheet_file(sheet_name), f"fields.{field_name}"
            if isinstance(field, TableField):
                yield from _table(definition, file, key, field)
            elif isinstance(field, SignedFor):
                yield from _signed(definition, file, key, field)
    counts = Counter(one.date for one in sign_ins(definition))
    for one in sign_ins(definition):
        if counts[one.date] > 1:
            sheet_name, _dot, field_name = one.table.partition(".")
            yield Finding(
                sheet_file(sheet_name),
                f"fields.{field_name}",
                _('Another table signs in for "{date}" already.').format(date=one.date),
                _("A sign-in sheet lists the rows of one table."),
                _("Put the columns of that date into one table."),
            )


def sentences(process: Process) -> Iterator[Finding]:
    """Every name in braces that has no value. *Needs* names and dates that stand."""
    known = names_in_texts(process)
    for name, document in process.definition.config.documents.items():
        for key in ("text", "closing"):
            text = getattr(document, key)
            for language in LANGUAGES if text is not None else ():
                for found in _BRACED.finditer(text.in_(language)):
                    if found[1] not in known:
                        yield Finding(
                            CONFIG,
                            f"documents.{name}.{key}.{language}",
                            _("{{{name}}} names no value.").format(name=found[1]),
                            _("What stands in braces is replaced by a value of the folder."),
                            suggestion(found[1], known),
                        )


def _document(definition: Definition, key: str, document: Document) -> Iterator[Finding]:
    for state in document.in_:
        if state not in definition.states:
            kind = _("state (a file of states/)")
            yield unknown(CONFIG, f"{key}.in", state, definition.states, kind)
    for entry in document.prints:
        if entry not in definition.sheets and definition.field(entry) is None:
            known = [*definition.sheets, *definition.field_names()]
            yield unknown(CONFIG, f"{key}.prints", entry, known, _("sheet or field"))
        elif entry.partition(".")[0] in definition.panels:
            yield Finding(
                CONFIG,
                f"{key}.prints",
                _('The sheet "{name}" is the panel\'s.').format(name=entry),
                _("What members of a panel say each is no answer of the candidature."),
                _("Leave it out."),
            )
    ways = {
        f"{origin}.{placed.name}" for placed in transitions(definition) for origin in placed.origins
    }
    if document.rules is not None and document.rules not in ways:
        kind = _("transition (state.transition)")
        yield unknown(CONFIG, f"{key}.rules", document.rules, ways, kind)
    if not (document.text or document.prints or document.rules):
        yield Finding(
            CONFIG,
            key,
            _("This document says nothing."),
            _("It has no text, prints no answer and tells no rule."),
            _("For example: {key} = {example}").format(key="prints", example='["dossier"]'),
        )


def _signed(definition: Definition, file: str, key: str, asked: SignedFor) -> Iterator[Finding]:
    if asked.sign_in is not None and asked.sign_in not in definition.config.dates:
        known = definition.config.dates
        yield unknown(file, f"{key}.sign_in", asked.sign_in, known, _("date of config.toml"))


def _table(definition: Definition, file: str, key: str, table: TableField) -> Iterator[Finding]:
    signed = {
        name: column
        for name, column in table.columns.items()
        if isinstance(column, SignedFor) and column.sign_in is not None
    }
    for name, asked in signed.items():
        yield from _signed(definition, file, f"{key}.columns.{name}", asked)
    if table.roster is None:
        if signed:
            yield Finding(
                file,
                f"{key}.roster",
                _("The key {key} is missing.").format(key="roster"),
                _("A sign-in sheet needs to know whom to list."),
                _("For example: {key} = {example}").format(
                    key="roster", example='"dossier.members.name"'
                ),
            )
        return
    source, _dot, column = table.roster.rpartition(".")
    listed = definition.field(source)
    if not isinstance(listed, TableField) or not isinstance(listed.columns.get(column), TextField):
        known = [
            f"{name}.{title}"
            for name in definition.field_names()
            if isinstance(other := definition.field(name), TableField)
            for title, cell in other.columns.items()
            if isinstance(cell, TextField)
        ]
        kind = _("column of type text (sheet.table.column)")
        found = definition.field(table.roster)
        if isinstance(listed, TableField):
            found = listed.columns.get(column)
        yield unfit(file, f"{key}.roster", table.roster, known, kind, found)
    elif not isinstance(table.columns.get(column), TextField) or column in signed:
        yield Finding(
            file,
            f"{key}.columns",
            _('A column "{name}" of type text is missing.').format(name=column),
            _("It takes the names that the roster lists."),
        )


def text_faults(process: Process) -> Iterator[Finding]:
    """Templates that are missing or cannot be read, and layouts that cannot."""
    templates = templates_of(process)
    for layout in LAYOUTS:
        if layout_file(layout) in process.files:
            yield from _unread(templates, layout_file(layout))
    for file in process.files:
        if file.endswith(".md"):
            yield from _unread(templates, file)
            yield from _misread(file, process.files[file].decode())
    for name in process.definition.notifications:
        for template in TEMPLATES if mail_file(name) not in process.files else ():
            file = notification_file(name, template)
            if file in process.files:
                yield from _unread(templates, file)
            else:
                yield Finding(
                    file,
                    "",
                    _("This template is missing."),
                    _("Every mail is written as text and as HTML, in every language."),
                )


def unwritten(process: Process) -> Iterator[Finding]:
    """Templates that read, and give no letter on some sample; each is told once.

    The folder has no other fault: what letters tell is worked out as it is for people.
    """
    for name in process.definition.notifications:
        spoken = dict.fromkeys(language_of(process, name, language) for language in LANGUAGES)
        for language in spoken:
            for subject in samples(process, name):
                known = variables(process, name, language, subject, places=Gazetteer)
                try:
                    write(process, name, language, known, strict=True)
                except TemplateFault as fault:
                    yield fault.finding
                    break


def _unread(templates: Templates, file: str) -> Iterator[Finding]:
    try:
        templates.read(file)
    except TemplateFault as fault:
        yield fault.finding


def _misread(file: str, content: str) -> Iterator[Finding]:
    try:
        page = page_of(content)
    except TemplateFault:
        return  # told already
    for fault in misread(page.body, page.first_line):
        yield fault.at(file, 0).finding
