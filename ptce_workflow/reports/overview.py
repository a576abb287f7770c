"""The list of candidatures and the deadlines of the desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from shlex import join
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import words as speech
from ptce_workflow.base.words import _, language
from ptce_workflow.office import page
from ptce_workflow.office.page import Advice, Drawing, Part, Report, Table, of_contest
from ptce_workflow.process.calendar import days_until
from ptce_workflow.process.process import Process, counted, to_the_minute
from ptce_workflow.reports.listing import CANDIDATURES, Col
from ptce_workflow.reports.mail import overdue_text, unnotified_parts, waiting_step

if TYPE_CHECKING:
    from ptce_workflow.app.candidatures.overview import Alarm, ListPage, Overview, RetainedAnswers
    from ptce_workflow.app.outbox.waiting import UnnotifiedDecision, Waiting


_MOST = 5


def alarm_parts(process: Process, alarms: Sequence[Alarm]) -> Iterator[Part]:
    """Below `ptce list`: the desk's own deadlines, those that passed first."""
    if alarms:
        yield page.above(_("Deadlines of the desk:"))
    texts = [
        _("{ref} {name}: {text}").format(
            ref=one.ref, name=one.name or _("(erased)"), text=alarm_text(process, one)
        )
        for one in alarms
    ]
    yield from map(page.detail, page.first(texts, _MOST))


def alarm_text(process: Process, alarm: Alarm) -> str:
    when = to_the_minute(process, alarm.at)
    far = speech.days_from_now(alarm.days, language())
    return _("{label}, {when} ({far})").format(label=alarm.label, when=when, far=far)


def retention_texts(
    process: Process, found: Sequence[RetainedAnswers], now: datetime
) -> Iterator[str]:
    """In `ptce doctor`: the answers that were to be kept no longer, of how many candidatures."""
    for one in found:
        if one.at <= now:
            yield _("{sheet}: {count}, to be erased since {when} ({far})").format(
                sheet=one.label,
                count=counted(process, len(one.refs)),
                when=to_the_minute(process, one.at),
                far=speech.days_from_now(days_until(one.at, now, process.zone), language()),
            )


def list_report(
    overview: Overview,
    todo: Mapping[str, str],
    state: str | None = None,
    *,
    waiting: Waiting | None = None,
    unnotified: Sequence[UnnotifiedDecision] = (),
    server: bool = True,
    same: bool = True,
    listed: ListPage | None = None,
    as_of: str | None = None,
) -> Report:
    """`ptce list`: the contest in two lines, the funnel, every candidature, the mails that wait.

    Of a single `state`, only its candidatures; of these only those `listed`. `server` is whether a
    mail server is set, `same` whether the folder is still the process in force, `as_of` the earlier
    instant that was asked for, as it was typed.
    """
    parts = [*_heading(overview)]
    if not overview.briefs and (listed is None or listed.number == 1):
        text, command = _("No candidature yet. To open one: {command}"), "ptce add " + _("FILE")
        empty: Part = page.advise(text, command)
        if state is not None:
            text = _("No candidature stands in this state: {state}.")
            empty = page.note(text, state=overview.process.states[state].label.text)
        parts.append(empty)
    else:
        if state is None:
            states, counts = overview.process.states, overview.funnel
            stood = [(states[name].label.text, n) for name, n in counts.items() if n]
            texts = ", ".join(page.pair(label, n) for label, n in stood)
            parts.append(Drawing(texts, partial(page.bar_lines, stood, abreast=2)))
        if overview.briefs:
            parts.append(_candidatures(overview, todo))
    if listed is not None:
        parts += _page(listed, overview.pages or 1, state, as_of)
    parts += alarm_parts(overview.process, overview.alarms)
    parts += unnotified_parts(unnotified)
    if any(one.answered for one in overview.briefs):
        parts.append(page.advise(_("Answers received: {command}"), "ptce mail read --list"))
    if waiting is not None:
        parts += waiting_step(waiting, server=server)
        if waiting.overdue:
            parts.append(page.note(overdue_text(overview.process, waiting)))
    if not same:
        text = _("The folder differs from the process in force: ptce adopt --dry-run")
        parts.append(page.aside(text))
    return of_contest(overview.process, _("Candidatures"), overview.now, parts)


def _heading(overview: Overview) -> Iterator[Part]:
    process, count = overview.process, sum(overview.funnel.values())
    yield page.lead(process.definition.config.contest.title.text, counted(process, count))
    if overview.next_date is not None:
        name, at = overview.next_date
        label = process.definition.config.dates[name].label.text
        when = to_the_minute(process, at)
        far = speech.days_from_now(days_until(at, overview.now, process.zone), language())
        text = _("Next date: {label}, {when} ({far})").format(label=label, when=when, far=far)
        yield page.line(text)


def _page(listed: ListPage, pages: int, state: str | None, as_of: str | None) -> Iterator[Part]:
    yield page.note(_("Page {number} of {pages}."), number=listed.number, pages=pages)
    if listed.number >= pages:
        return
    words = ["ptce", "list", *(["--state", state] if state else ())]
    words += ["--page", f"{listed.number + 1}", "--limit", f"{listed.size}"]
    words += ["--at", as_of] if as_of else ()
    yield Advice(_("The next one: {command}"), join(words), shows_more=True)


def _candidatures(overview: Overview, todo: Mapping[str, str]) -> Table:
    steps = partial(_steps, overview.process, todo)
    does = Col(_("to do"), steps, spare=True, flexible=True, below=True, share=6)
    return CANDIDATURES.table(overview.process, overview.briefs, overview.now, does)


def _steps(process: Process, todo: Mapping[str, str], one: Any) -> Iterator[str]:
    if one.correct_address:
        yield _("address to be corrected")
    if one.answered is not None:
        day = speech.short_date(one.answered, process.zone, language())
        yield _("answered on {day}").format(day=day)
    if one.ref in todo:
        yield todo[one.ref]
