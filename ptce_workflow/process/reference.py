"""The page that tells a process to people: its diagram, its states, every rule and its article."""

from __future__ import annotations

from collections.abc import Iterator

from ptce_workflow.base.words import _
from ptce_workflow.process.definition import Date, Limit
from ptce_workflow.process.diagram import mermaid
from ptce_workflow.process.markdown import heading, table
from ptce_workflow.process.process import Process, Way
from ptce_workflow.process.reference_juries import juries, told_ground


def process_page(process: Process, language: str) -> str:
    """The whole process as Markdown, in one language (which must be the one in force)."""
    return "\n".join(_lines(process, language)).rstrip() + "\n"


def _lines(process: Process, language: str) -> Iterator[str]:
    identity = process.definition.config.contest
    yield f"# {identity.title.in_(language)}"
    yield ""
    yield _("This page is written from the contest folder; `make docs` writes it again.")
    yield ""
    yield f"`{process.hash}`"
    yield ""
    yield from heading(2, _("Diagram"))
    yield "```mermaid"
    yield mermaid(process, language).rstrip()
    yield "```"
    yield ""
    yield from _numbers(process, language)
    yield from juries(process, language)
    yield from heading(2, _("States and transitions"))
    for way in process.ways("start").values():
        yield from _way(process, way, language)
    for name, state in process.states.items():
        yield f"### {state.label.in_(language)} (`{name}`)"
        yield ""
        ends = [_("The matter is decided.")] if state.ends else []
        yield " ".join((state.meaning.in_(language), *ends))
        yield ""
        if state.must_pass:
            passed = ", ".join(process.states[one].label.in_(language) for one in state.must_pass)
            yield _("Nobody arrives here without: {states}.").format(states=passed)
            yield ""
        if state.hands_over:
            yield _("From here a candidature may be handed over to another contest.")
            yield ""
        for way in process.ways(name).values():
            yield from _way(process, way, language)


def _numbers(process: Process, language: str) -> Iterator[str]:
    config = process.definition.config
    tables: tuple[tuple[str, str, dict[str, Limit | Date]], ...] = (
        (_("Limits"), "limit", dict(config.limits)),
        (_("Dates"), "date", dict(config.dates)),
    )
    for title, root, entries in tables:
        yield from heading(2, title)
        yield table(
            (_("name"), _("meaning"), _("value"), _("rests on")),
            *(
                (
                    f"`{root}.{name}`",
                    entry.label.in_(language),
                    _value(process, name, entry),
                    told_ground(entry, language),
                )
                for name, entry in entries.items()
            ),
        )
        yield ""


def _value(process: Process, name: str, entry: Limit | Date) -> str:
    if isinstance(entry, Limit):
        return str(entry.value)
    fixed = process.dates.fixed.get(name)
    written = f"`{entry.at}`" if isinstance(entry.at, str) else ""
    if fixed is None:
        return written
    local = fixed.astimezone(process.zone).strftime("%Y-%m-%d %H:%M")
    return f"{local} ({written})" if written else local


def _way(process: Process, way: Way, language: str) -> Iterator[str]:
    transition = way.transition
    target = process.states[way.to].label.in_(language)
    yield f"#### {transition.label.in_(language)} → {target} (`{way.name}`)"
    yield ""
    yield " · ".join(_particulars(way))
    yield ""
    if transition.grounded:
        yield told_ground(transition, language)
        yield ""
    if way.rules:
        yield table(
            (_("rule"), _("what it says"), _("condition"), _("rests on")),
            *(
                (
                    f"`{name}`",
                    rule.says.in_(language) if rule.says else "",
                    f"`{' '.join((rule.when or '').split())}`",
                    told_ground(rule, language),
                )
                for name, rule in way.rules.items()
            ),
        )
        yield ""


def _particulars(way: Way) -> Iterator[str]:
    transition = way.transition
    if transition.by:
        yield _("by: {roles}").format(roles=", ".join(transition.by))
    if transition.at is not None:
        yield _("by itself, at {instant}").format(instant=f"`{transition.at}`")
    if transition.carries:
        names = ", ".join(f"`{name}`" for name in transition.carries)
        yield _("takes over from another contest, with: {names}").format(names=names)
    if transition.reason:
        yield _("a reason is required")
    if transition.receives:
        yield _("marks the receipt of the dossier")
    if transition.freezes:
        yield _("records the figures of {panel}").format(panel=f"`{transition.freezes}`")
