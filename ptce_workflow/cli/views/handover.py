"""A candidature that passes from one contest to another: what goes along, and is read there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.papers.listing import JsonObject
from ptce_workflow.papers.report import Aside, Paragraph, Part
from ptce_workflow.process.panel.figures import FIGURES, RECORDED, counts
from ptce_workflow.process.process import named, sheet_label, to_the_second

if TYPE_CHECKING:
    from pathlib import Path

    from ptce_workflow.app.cases.handover import HandedOver
    from ptce_workflow.process.process import Process
    from ptce_workflow.process.rules.case import Case


def handed_data(done: HandedOver, *, dry_run: bool) -> JsonObject:
    """`ptce hand-over --json`; `line` is null where nothing was written here."""
    return JsonObject(
        done,
        there=None if dry_run and not done.before else done.there.ref,
        state=done.there.state,
        made=not (dry_run or done.before),
        exhibits=to_builtins(done.exhibits),
    )


def handed(process: Process, done: HandedOver, folder: Path, *, dry_run: bool) -> Iterator[Part]:
    """`ptce hand-over`: where it stands there, what it took along, what stayed behind and why."""
    title = done.process.definition.config.contest.title.in_(language())
    case, ref = named(process, done.here), done.there.ref
    if done.before:
        told = _("{case} was taken over already by the contest {contest}, as {ref}.")
        yield Paragraph(told.format(case=case, contest=title, ref=ref))
        if done.line is not None:
            told = _("It was not told here; now it is, line {n}.")
            yield Paragraph(told.format(n=done.line))
        return
    state = done.process.states[done.there.state].label.in_(language())
    told = (
        _("{case} would be taken over by the contest {contest}: {state}.")
        if dry_run
        else _("{case} is taken over by the contest {contest}, as {ref}: {state}.")
    )
    yield Paragraph(told.format(case=case, contest=title, ref=ref, state=state))
    yield from _gone_along(process, done)
    yield from _left(process, done)
    if dry_run:
        yield Aside(_("Nothing was changed."))
    else:
        yield Aside(command=f"ptce why {ref} --contest {folder}")


def _gone_along(process: Process, done: HandedOver) -> Iterator[Part]:
    count = len(done.carried)
    carried = n_("{count} fact is carried.", "{count} facts are carried.", count)
    yield Paragraph(carried.format(count=count))
    if done.exhibits:
        count = len(done.exhibits)
        rests = n_("They rest on {count} line here:", "They rest on {count} lines here:", count)
        yield Paragraph(rests.format(count=count))
        those = (to_builtins(one) for one in done.exhibits)
        yield from exhibits(process, those, process.definition.config.contest.id)
    if done.figures:
        panels = ", ".join(sheet_label(process, panel) for panel in done.figures)
        yield Paragraph(_("Figures that go along: {list}.").format(list=panels))


def _left(process: Process, done: HandedOver) -> Iterator[Part]:
    if done.left:
        yield Paragraph(_("Not carried:"))
    reasons: dict[str, list[str]] = {}
    for one in done.left:
        reasons.setdefault(one.why, []).append(_label(process, one.name))
    for why, labels in reasons.items():
        # One name before its reason; many below it, or it would be read too late.
        if len(labels) == 1:
            told = _("{label}: {value}").format(label=labels[0], value=why)
            yield Paragraph(f"· {told}", hanging=4, level=1)
            continue
        counted = speech.number(len(labels), language())
        told = _("{why} ({count}):").format(why=why, count=counted)
        yield Paragraph(f"· {told}", hanging=4, level=1)
        for label in labels:
            yield Paragraph(label, hanging=4, level=2)


def came_along(process: Process, case: Case) -> Iterator[Part]:
    """What came along with a candidature, what of it is read only, and what it rests on there."""
    told: Mapping[str, Any] = case.origin or {}
    closed = [name for name in told.get("carried", ()) if process.reads_only(name, case)]
    if closed:
        labels = ", ".join(_label(process, name) for name in closed)
        yield Paragraph(_("Written there, read here: {labels}").format(labels=labels), hanging=2)
    yield from exhibits(process, told.get("exhibits", ()), told.get("contest", ""))
    for panel, figures in told.get("figures", {}).items():
        shown = ", ".join(
            _figure(name, value)
            for name, value in sorted(figures.items())
            if name in FIGURES or name not in RECORDED
        )
        yield Paragraph(_("Figures there: {panel} ({figures})").format(panel=panel, figures=shown))


def _figure(name: str, value: int) -> str:
    """A figure of a panel of another contest: by its label, which its criteria have there alone."""
    spoken = (speech.number if counts(name) else speech.hundredths)(value, language())
    label = _(FIGURES[name].label) if name in FIGURES else name
    return _("{label}: {value}").format(label=label, value=spoken)


def exhibits(process: Process, those: Iterable[Mapping[str, Any]], contest: str) -> Iterator[Part]:
    """Each line of the contest that hands over on which facts rest: what, when, by what file."""
    for one in those:
        what = ", ".join(_label(process, name) for name in one["names"])
        when = to_the_second(process, from_text(one["at"]))
        shown = _("{what}, {when}, line {n} of {contest}").format(
            what=what, when=when, n=one["n"], contest=contest
        )
        if one["evidence"] is not None:
            shown = f"{shown}, SHA-256 {one['evidence']['sha256']}"
        yield Paragraph(f"· {shown}", hanging=4, level=1)


def _label(process: Process, name: str) -> str:
    """A sheet or a field, by what people call it; its name where the process has none."""
    field = process.definition.field(name)
    if field is not None:
        return field.label.in_(language())
    return sheet_label(process, name) if name in process.definition.sheets else name
