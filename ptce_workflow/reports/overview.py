"""The list of candidatures, and today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ptce_workflow.base import words as speech
from ptce_workflow.base.words import _, columns_of, language, plain
from ptce_workflow.office import page
from ptce_workflow.office.page import Drawing, Part, Report, of_contest
from ptce_workflow.process.calendar import days_until
from ptce_workflow.process.process import Process, counted, to_the_minute
from ptce_workflow.reports.listing import CANDIDATURES, FIXED_COLUMNS, Col, JsonObject, table

if TYPE_CHECKING:
    from ptce_workflow.app.candidatures.overview import Brief, Overview, RetainedAnswers, Wanted
    from ptce_workflow.app.today import Task, Today


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


def list_report(overview: Overview, wanted: Wanted, columns: Sequence[str] = ()) -> Report:
    """`ptce list`: the contest in two lines, the funnel, then every candidature that is wanted."""
    process, parts = overview.process, [*_heading(overview)]
    if not overview.briefs:
        text, command = _("No candidature yet. To open one: {command}"), "ptce add " + _("FILE")
        if wanted.chooses:
            text, command = _("No candidature is so. All of them: {command}"), "ptce list"
        parts.append(page.advise(text, command))
    else:
        if not wanted.chooses:
            counts = {process.states[name].label.text: n for name, n in overview.funnel.items()}
            stood = [(label, n) for label, n in counts.items() if n]
            texts = ", ".join(page.pair(label, n) for label, n in stood)
            parts.append(Drawing(texts, partial(page.bar_lines, stood, abreast=2)))
        shown = [_column(overview, name) for name in columns or FIXED_COLUMNS]
        parts.append(table(process, overview.briefs, *shown, now=overview.now))
    return of_contest(process, _("Candidatures"), overview.now, parts)


def _heading(overview: Overview) -> Iterator[Part]:
    process, count = overview.process, sum(overview.funnel.values())
    yield page.lead(process.definition.config.contest.title.text, counted(process, count))
    if overview.next_date is not None:
        yield page.line(_next_date(process, *overview.next_date, overview.now))


def _next_date(process: Process, name: str, at: datetime, now: datetime) -> str:
    label = process.definition.config.dates[name].label.text
    when = to_the_minute(process, at)
    far = speech.days_from_now(days_until(at, now, process.zone), language())
    return _("Next date: {label}, {when} ({far})").format(label=label, when=when, far=far)


def in_order(overview: Overview, column: str) -> Overview:
    """The same in the order of a column; what waits without a term comes last."""
    states, endless = [*overview.process.states], datetime.max.replace(tzinfo=UTC)

    def place(one: Brief) -> Any:
        match column:
            case "state":
                return states.index(one.state)
            case "since":
                return one.since
            case "waiting":
                return (one.awaited and one.awaited.until) or endless, one.awaited is None
            case "name":
                return plain(one.name or "")
        return plain(one.answers.get(column, ""))

    if column in ("", "ref"):
        return overview
    return replace(overview, briefs=tuple(sorted(overview.briefs, key=place)))


def _column(overview: Overview, name: str) -> Col:
    if name == "waiting":
        waits = partial(_waiting, overview)
        return Col(_("waiting for"), waits, spare=True, flexible=True, below=True, share=6)
    fixed = dict(zip(FIXED_COLUMNS, CANDIDATURES.columns, strict=False)).get(name)
    if fixed is not None:
        heading = fixed.heading
        return fixed._replace(heading=_(heading) if isinstance(heading, str) else heading)
    field = overview.process.definition.field(name)
    heading = name if field is None else field.label.text
    return Col(heading, lambda one: one.answers.get(name, ""), flexible=True, share=5)


def _waiting(overview: Overview, one: Brief) -> Iterator[str]:
    if one.correct_address:
        yield _("address to be corrected")
    if one.answered is not None:
        day = speech.short_date(one.answered, overview.process.zone, language())
        yield _("answered on {day}").format(day=day)
    if one.awaited is not None:
        yield one.awaited.text(overview.process, overview.now)


_MOST_LINES, _MOST_THINGS = 24, 5


def today_report(found: Today, remarks: Sequence[str] = (), *, whole: bool = False) -> Report:
    """`ptce today`: what waits, what leaves by itself, where time stands, and `remarks` below.

    It has 24 lines at most, with fewer things of each kind where there are many; unless `whole`.
    """
    draw = partial(_today_lines, found, [*_by_itself(found), *remarks], whole)
    texts = page.bullets(task.counted for task in found.tasks)
    return of_contest(found.process, _("Today"), found.now, [Drawing("", draw, parts=(texts,))])


def _by_itself(found: Today) -> Iterator[str]:
    process = found.process
    if found.leaves:
        counts = Counter(one.label for one in found.leaves)
        mails = page.some([f"{label} ({n})" for label, n in counts.items()], _MOST_THINGS)
        yield _("Leaves by itself today: {mails}").format(mails=mails)
    if found.due:
        refs = page.some(found.due, _MOST_THINGS)
        yield _("Has its hour today, and moves by itself: {refs}").format(refs=refs)
    if found.next_date is not None:
        yield _next_date(process, *found.next_date, found.now)
    if found.last_pass is not None:
        yield _("Last pass: {when}").format(when=to_the_minute(process, found.last_pass))
    elif not found.rehearsal:
        yield _("No pass has been made yet: ptce tick")


def _today_lines(
    found: Today, below: Sequence[str], whole: bool, room: int | None
) -> Iterator[page.Line]:
    process = found.process
    title = process.definition.config.contest.title.text
    when = speech.long_instant(found.now, process.zone, language())
    if found.rehearsal:
        stands = _("{when}, where its clock stands: ptce clock") if found.stands else "{when}"
        when = f"{speech.rehearsal_mark()} {stands.format(when=when)}"
    foot = [line for text in below for line in page.wrapped(text, room, "", page.INDENT)]
    yield (page.Styled(title, page.BOLD),)
    head = page.wrapped(when, room)
    yield from (*head, "")
    left = _MOST_LINES - len(head) - len(foot) - 3
    for most in range(_MOST_THINGS, -1, -1):
        body = list(_task_lines(found.tasks, room, None if whole else most))
        if whole or len(body) <= left:
            break
    else:
        command = "ptce today --all"
        body = [*body[: left - 1], _("The rest: {command}").format(command=command)]
    yield from body or [_("Nothing waits for you.")]
    yield from ("", *foot) if foot else ()


def _task_heading(task: Task) -> str:
    if task.late:
        return _("Late:")
    return _("New:") if task.kind == "changes" else _("To do:")


def _task_lines(tasks: Sequence[Task], room: int | None, most: int | None) -> Iterator[page.Line]:
    for heading, those in groupby(tasks, key=_task_heading):
        yield (page.Styled(heading, page.YELLOW),)
        for task in those:
            text = _("{label}: {value}").format(label=task.counted, value=task.command)
            if room is not None and columns_of(text) + 2 > room:
                yield from page.wrapped(task.counted, room, page.INDENT, page.INDENT)
                text = f"  {task.command}"
            yield page.INDENT + text
            # One more takes no more room than the words that there is one.
            shown = most if most is None or len(task.things) > most + 1 else None
            things = task.things if most is None or most else ()
            for thing in things[:shown]:
                width = (room or columns_of(thing) + 6) - 6
                first, *others = page.folded(thing.replace("\n", " "), width)
                yield page.BELOW + first + (" …" if others else "")
            if things[:shown] != things:
                text, more = page.first(things, shown)[-1], task.more or task.command
                yield page.BELOW + _("{label}: {value}").format(label=f"… {text}", value=more)


def today_data(found: Today, backup: datetime | None) -> JsonObject:
    name, at = found.next_date or (None, None)
    label = found.process.definition.config.dates[name].label if name else None
    date = name and {"name": name, "label": label, "at": at}
    return JsonObject(found, next_date=date, last_backup=backup)
