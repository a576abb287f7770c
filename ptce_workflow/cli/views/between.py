"""`ptce diff`: what changed between two instants, a table for each kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.between import KINDS
from ptce_workflow.app.cases.edits import AnswerChange
from ptce_workflow.base import speech
from ptce_workflow.base.text import one_line
from ptce_workflow.base.words import N_, _, language
from ptce_workflow.papers.changes import lines
from ptce_workflow.papers.listing import Col, table
from ptce_workflow.papers.ranking import figure_label, mark_said
from ptce_workflow.papers.report import (
    Difference,
    Heading,
    Lead,
    Paragraph,
    Part,
    Report,
    Table,
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
    is_mail, what = kind == "mail", partial(_what, found)
    yield table(
        found.after.process,
        changes,
        Col(_("ref.") if kind != "person" else _("who"), _about, spare=True, share=2),
        Col(_("what") if is_mail else noun_of, _name, spare=True, flexible=True, share=5),
        Col(_("mail") if is_mail else _("what"), what, spare=True, flexible=True, share=4),
        Col(_("before"), lambda one: _value(found, one, one.before), share=3),
        Col(_("after"), lambda one: _value(found, one, one.after), share=3),
    )


def _facts(found: Between, changes: list[Changed]) -> Table:
    """The answers of each candidature, row by row where they are tables."""
    return table(
        found.after.process,
        changes,
        Col(_("ref."), "ref", share=2),
        Col(noun_of, "name", N_("(erased)"), flexible=True, share=4),
        Col(_("what"), lambda one: _fact(found, one), flexible=True, share=10),
    )


def _fact(found: Between, one: Changed) -> Iterator[str]:
    field = found.after.process.definition.field(one.key)
    if field is None:
        return iter((one.key,))
    return lines(found.after.process, AnswerChange(one.key, field, one.before, one.after))


def _about(one: Changed) -> str:
    return one.key if one.kind == "person" else one.ref


def _name(one: Changed) -> str:
    return one.name or ("" if one.kind in ("mail", "rule") else _("(erased)"))


def _what(found: Between, one: Changed) -> str:
    process = found.after.process
    panel, _dot, figure = one.key.partition(".")
    criterion, _at, institution = figure.partition("@")
    match one.kind:
        case "mark":
            label = figure_label(process, panel, criterion)
            return f"{institution_label(process, institution)} · {label}"
        case "rank":
            return figure_label(process, panel, figure)
        case "mail" | "rule":
            return one.key
    return ""


def _value(found: Between, one: Changed, value: Any) -> str:
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
        case "rank" if one.key.endswith(".rank"):
            return str(value)
    return one_line(mark_said(value), at_most=_AT_MOST)
