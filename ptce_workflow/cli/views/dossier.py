"""One candidature as it is printed: all that is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.gazetteer import Gazetteer
from ptce_workflow.base.instants import to_text
from ptce_workflow.base.words import _, language
from ptce_workflow.papers.report import (
    Heading,
    LabelledValues,
    Lead,
    Paragraph,
    Part,
    Report,
    of_contest,
)
from ptce_workflow.papers.wording import mark_said, rank_told
from ptce_workflow.process.case import Moment
from ptce_workflow.process.fields import FieldType, TableField
from ptce_workflow.process.naming import institution_label, name_of, way_label

if TYPE_CHECKING:
    from ptce_workflow.app.cases.overview import Dossier
    from ptce_workflow.process.case import Case, Scores
    from ptce_workflow.process.process import Process
    from ptce_workflow.process.sheets import Sheet


def show_data(dossier: Dossier) -> dict[str, Any]:
    """`ptce show --json`: facts as they are recorded, erasable ones where they are still kept."""
    case = dossier.case
    return {
        "ref": case.ref,
        "name": case.private.get(dossier.process.definition.config.contest.name_field),
        "state": case.state,
        "since": to_text(case.since),
        "version": case.version,
        "received_at": None if case.received_at is None else to_text(case.received_at),
        "facts": dict(_facts(dossier)),
        "scores": {name: dict(given) for name, given in case.scores.items()},
        "panels": {name: dict(figures) for name, figures in case.panels.items()},
        "recused": {name: list(aside) for name, aside in case.recused.items()},
        "due": {name: to_text(at) for name, at in dossier.due.items()},
        "origin": None if case.origin is None else dict(case.origin),
        "handed_over": dict(case.handed_over),
    }


def _facts(dossier: Dossier) -> Iterator[tuple[str, Any]]:
    case = dossier.case
    for name in dossier.process.definition.field_names():
        field = dossier.process.definition.field(name)
        if field is None:
            continue
        if name in case.facts or name in case.private:
            yield name, case.answer(name, field)
        elif getattr(field, "computed", None) is not None:
            read = dossier.process.scope.variables[name].read
            value = read(case, Moment(case.since))
            if value is not None:
                yield name, value


def show_report(dossier: Dossier, now: datetime) -> Report:
    """`ptce show`: what every sheet holds, by its labels."""
    title = headline(dossier.process, dossier.case).name
    return of_contest(dossier.process, title, now, _parts(dossier))


def _parts(dossier: Dossier) -> Iterator[Part]:
    process, case = dossier.process, dossier.case
    yield headline(process, case)
    for name, at in dossier.due.items():
        label = way_label(process, case.state, name)
        when = speech.long_instant(at, process.zone, language())
        told = _("By itself, {when}: {label}").format(when=when, label=label)
        yield Paragraph(told, hanging=True)
    if case.origin is not None:
        came = _("handed over by {contest}, where it is {ref}").format(**case.origin)
        yield Paragraph(came[:1].upper() + came[1:], hanging=True)
    facts = dict(_facts(dossier))
    for sheet_name, sheet in process.definition.sheets.items():
        told_of = tuple(
            (field.label.in_(language()), _value(process, field, facts.get(name)))
            for field_name, field in sheet.fields.items()
            if (name := f"{sheet_name}.{field_name}") in facts or name in case.given
        )
        if told_of:
            yield Heading(sheet.label.in_(language()))
            yield LabelledValues(told_of)
    for name, sheet in process.definition.sheets.items():
        if name in case.scores or name in case.recused:
            yield Heading(sheet.label.in_(language()))
            yield LabelledValues(tuple(_marks_given(process, name, case)))


def headline(process: Process, case: Case) -> Lead:
    """A candidature in a line: reference, name, state, since when."""
    name = name_of(process, case)
    label = process.states[case.state].label.in_(language())
    when = speech.long_instant(case.since, process.zone, language())
    told = _("{ref} {name} · {state} since {when}").format(
        ref=case.ref, name=name, state=label, when=when
    )
    start = f"{case.ref} {name}"
    return Lead(start, told.removeprefix(start).removeprefix(" · "))


def _value(process: Process, field: FieldType, value: Any) -> str:
    """A fact as people read it, one line a row for a table."""
    if value is None:
        return _("(erased)")
    if not isinstance(field, TableField):
        return field.display(value, language(), process.zone, Gazetteer)
    return "\n".join(
        "· "
        + ", ".join(
            column.show_in_row(row[name], language(), process.zone, Gazetteer)
            for name, column in field.columns.items()
            if row.get(name) is not None
        )
        for row in value
    )


def _marks_given(process: Process, panel: str, case: Case) -> Iterator[tuple[str, str]]:
    """What each institution gave, criterion by criterion; who steps aside; what it comes to."""
    sheet, given = process.definition.sheets[panel], case.scores.get(panel, {})
    aside = case.recused.get(panel, ())
    for member in sheet.members:
        if member in given or member in aside:
            told = [
                *_marks(sheet, given.get(member, {})),
                *([_aside(given, member)] * (member in aside)),
            ]
            yield institution_label(process, member), "\n".join(told)
    figures = case.panels.get(panel)
    if figures is not None:
        yield _("recorded"), " · ".join(_recorded(figures))


def _marks(sheet: Sheet, given: Mapping[str, int | None]) -> list[str]:
    marks = [
        f"{sheet.fields[criterion].label.in_(language())} {mark_said(given[criterion])}"
        for criterion in sheet.criteria
        if criterion in given
    ]
    return [" · ".join(marks)] if marks else []


def _aside(given: Scores, member: str) -> str:
    return _("stepped aside: its marks do not count") if member in given else _("stepped aside")


def _recorded(figures: Mapping[str, int]) -> Iterator[str]:
    """The figures that were recorded for good."""
    if "total" in figures:
        yield _("mean {mean}").format(mean=mark_said(figures["total"]))
    yield _("voices {voices}/{expected}").format(
        voices=figures.get("voices", 0), expected=figures.get("expected", 0)
    )
    if "rank" in figures:
        yield _("rank {rank}").format(rank=rank_told(figures["rank"], figures.get("tied", 1)))
