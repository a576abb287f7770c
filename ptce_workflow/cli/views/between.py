"""`ptce diff`: what changed between two instants, a table for each kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.between import KINDS
from ptce_workflow.app.cases.edits import Change
from ptce_workflow.base import speech
from ptce_workflow.base.text import one_line
from ptce_workflow.base.words import N_, _, language
from ptce_workflow.papers.changes import lines
from ptce_workflow.papers.ranking import figure_label, mark_said
from ptce_workflow.papers.report import (
    Column,
    Difference,
    Heading,
    Lead,
    Paragraph,
    Part,
    Report,
    Table,
    filled,
    of_contest,
)
from ptce_workflow.papers.telling import state_label
from ptce_workflow.process.letters.outbox import Stage, label_of
from ptce_workflow.process.process import institution_label, noun_of, role_label

if TYPE_CHECKING:
    from ptce_workflow.app.cases.between import Between, Changed

HEADINGS: Mapping[str, str] = {
    "state": N_("Candidatures that moved"),
    "fact": N_("Answers"),
    "mark": N_("Marks"),
    "rank": N_("Means and ranks"),
    "mail": N_("Mails"),
    "rule": N_("Rules"),
    "person": N_("People"),
}
_NONE, _AT_MOST = "–", 60


def diff_report(found: Between, now: datetime) -> Report:
    """`ptce diff`: what changed, or that nothing did."""
    process = found.after.process
    told = _("From {first} (line {n}) to {last} (line {m})").format(
        first=_told(found, found.before.at),
        n=found.before.line,
        last=_told(found, found.after.at),
        m=found.after.line,
    )
    parts: list[Part] = [Lead(told)]
    if not found.changes:
        parts.append(Paragraph(_("Nothing changed.")))
    for kind in KINDS:
        changes = [one for one in found.changes if one.kind == kind]
        if changes:
            parts += _section(found, kind, changes)
    if found.difference:
        parts.append(Difference(found.difference))
    return of_contest(process, _("What changed"), now, parts)


def _told(found: Between, at: datetime) -> str:
    return speech.long_instant(at, found.after.process.zone, language())


def _section(found: Between, kind: str, changes: list[Changed]) -> Iterator[Part]:
    yield Heading(_(HEADINGS[kind]), 2)
    if kind == "fact":
        yield _facts(found, changes)
        return
    noun = _("what") if kind == "mail" else noun_of(found.after.process)
    columns = (
        Column(_("ref.") if kind != "person" else _("who"), share=2),
        Column(noun, flexible=True, share=5),
        Column(_("what") if kind != "mail" else _("mail"), flexible=True, share=4),
        Column(_("before"), share=3),
        Column(_("after"), share=3),
    )
    rows = [list(_row(found, one)) for one in changes]
    yield filled(columns, rows)


def _facts(found: Between, changes: list[Changed]) -> Table:
    """The answers of each candidature, row by row where they are tables."""
    columns = (
        Column(_("ref."), share=2),
        Column(noun_of(found.after.process), flexible=True, share=4),
        Column(_("what"), flexible=True, share=10),
    )
    rows = []
    for one in changes:
        field = found.after.process.definition.field(one.key)
        told = [one.key]
        if field is not None:
            change = Change(one.key, field, one.before, one.after)
            told = list(lines(found.after.process, change))
        rows.append((one.ref, one.name or _("(erased)"), "\n".join(told)))
    return Table(columns, rows)


def _row(found: Between, one: Changed) -> Iterator[str]:
    process = found.after.process
    yield one.key if one.kind == "person" else one.ref
    yield one.name or ("" if one.kind in ("mail", "rule") else _("(erased)"))
    panel, _dot, figure = one.key.partition(".")
    criterion, _at, institution = figure.partition("@")
    match one.kind:
        case "mark":
            label = figure_label(process, panel, criterion)
            yield f"{institution_label(process, institution)} · {label}"
        case "rank":
            yield figure_label(process, panel, figure)
        case "mail" | "rule":
            yield one.key
        case _:
            yield ""
    for value in (one.before, one.after):
        yield _value(found, one, value, figure)


def _value(found: Between, one: Changed, value: Any, figure: str) -> str:
    if value is None:
        return _NONE
    match one.kind:
        case "state":
            return state_label(found.after.process, value)
        case "mail":
            return label_of(Stage(value))
        case "person":
            return ", ".join(map(role_label, value)) or _("has left")
        case "rule":
            return _("{size} bytes").format(size=speech.number(value, language()))
        case "rank" if figure == "rank":
            return str(value)
    return one_line(mark_said(value), at_most=_AT_MOST)
