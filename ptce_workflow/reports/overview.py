"""The list of candidatures as it is printed: the funnel, the table, what waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ptce_workflow.base import speech
from ptce_workflow.base.text import columns_of, padding
from ptce_workflow.base.words import _, language
from ptce_workflow.cli.lists import CANDIDATURES
from ptce_workflow.cli.views.deadlines import alarm_parts
from ptce_workflow.cli.views.mail import untold_parts, waiting_step
from ptce_workflow.papers.listing import Col
from ptce_workflow.papers.report import (
    Aside,
    Drawing,
    Lead,
    NextStep,
    Note,
    Paragraph,
    Part,
    Report,
    Table,
    of_contest,
)
from ptce_workflow.process.process import counted
from ptce_workflow.process.time.calendar import days_until

if TYPE_CHECKING:
    from ptce_workflow.app.cases.overview import ListPage, Overview
    from ptce_workflow.app.post.ahead import Waiting
    from ptce_workflow.app.post.untold import Untold
    from ptce_workflow.process.process import Process


_BAR_CELLS = 10
_BETWEEN = "   "


def state_labels(process: Process) -> dict[str, str]:
    """The label of each state, by its name."""
    return {name: state.label.in_(language()) for name, state in process.states.items()}


def list_report(
    overview: Overview,
    todo: Mapping[str, str],
    state: str | None = None,
    *,
    waiting: Waiting | None = None,
    untold: Sequence[Untold] = (),
    server: bool = True,
    same: bool = True,
    page: ListPage | None = None,
) -> Report:
    """`ptce list`: the contest in two lines, the funnel, every candidature, the mails that wait.

    Of a single `state`, only its candidatures; of these only a `page`. `server` is whether a mail
    server is set, `same` whether the folder is still the process in force.
    """
    parts = [*_heading(overview)]
    if not overview.briefs and (page is None or page.number == 1):
        parts.append(_none(overview, state))
    else:
        if state is None:
            parts.append(_funnel(overview))
        if overview.briefs:
            parts.append(_candidatures(overview, todo))
    if page is not None:
        parts += _page(page, overview.pages or 1, state)
    parts += alarm_parts(overview.process, overview.alarms)
    parts += untold_parts(untold)
    if waiting is not None:
        parts += waiting_step(waiting, server=server)
    if not same:
        told = _("The folder differs from the process in force: ptce adopt --dry-run")
        parts.append(Aside(told))
    return of_contest(overview.process, _("Candidatures"), overview.now, parts)


def _heading(overview: Overview) -> Iterator[Part]:
    process, count = overview.process, sum(overview.funnel.values())
    title = process.definition.config.contest.title.in_(language())
    yield Lead(title, counted(process, count))
    if overview.next_date is not None:
        name, at = overview.next_date
        label = process.definition.config.dates[name].label.in_(language())
        when = speech.long_instant(at, process.zone, language())
        days = days_until(at, overview.now, process.zone)
        far = speech.days_from_now(days, language())
        told = _("Next date: {label}, {when} ({far})").format(label=label, when=when, far=far)
        yield Paragraph(told, hanging=2)


def _page(page: ListPage, pages: int, state: str | None) -> Iterator[Part]:
    yield Note(_("Page {number} of {pages}.").format(number=page.number, pages=pages))
    if page.number >= pages:
        return
    words = ["ptce list", *(["--state", state] if state else ())]
    words += ["--page", f"{page.number + 1}", "--limit", f"{page.size}"]
    yield NextStep(_("The next one: {command}"), " ".join(words))


def _none(overview: Overview, state: str | None) -> Part:
    if state is None:
        return NextStep(_("No candidature yet. To open one: {command}"), "ptce add " + _("FILE"))
    label = overview.process.states[state].label.in_(language())
    return Note(_("No candidature stands in this state: {state}.").format(state=label))


def _candidatures(overview: Overview, todo: Mapping[str, str]) -> Table:
    does = Col(
        _("to do"), lambda one: todo.get(one.ref), spare=True, flexible=True, below=True, share=6
    )
    return CANDIDATURES.table(overview.process, overview.briefs, overview.now, does)


def _funnel(overview: Overview) -> Drawing:
    process, counts = overview.process, overview.funnel
    told = (
        _("{label}: {value}").format(label=process.states[name].label.in_(language()), value=n)
        for name, n in counts.items()
        if n
    )
    return Drawing(", ".join(told), lambda room: funnel(process, counts, room))


def funnel(process: Process, counts: Mapping[str, int], room: int | None) -> Iterator[str]:
    """The number of candidatures in each state, as bars: two a row where there is room."""
    stood = [(process.states[name].label.in_(language()), n) for name, n in counts.items() if n]
    for per_row in (2, 1):
        lines = list(_bars(stood, per_row))
        if room is None or max(map(columns_of, lines), default=0) <= room:
            break
    yield from lines


def _bars(stood: list[tuple[str, int]], per_row: int) -> Iterator[str]:
    most = max((n for _label, n in stood), default=1)
    widths = [
        max((columns_of(label) for label, _n in stood[place::per_row]), default=0)
        for place in range(per_row)
    ]
    figures = [speech.number(n, language()) for _label, n in stood]
    digits = max(3, *map(columns_of, figures)) if figures else 0
    cells = []
    for number, (label, n) in enumerate(stood):
        bar = "█" * max(1, round(_BAR_CELLS * n / most))
        pad = padding(label, widths[number % per_row])
        cells.append(f"{label}{pad} ▏{bar:<{_BAR_CELLS}} {figures[number]:>{digits}}")
    for start in range(0, len(cells), per_row):
        yield "  " + _BETWEEN.join(cells[start : start + per_row])
