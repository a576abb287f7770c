"""Marks, recusals, conflicts and the ranking, as they are printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.output import Output
from ptce_workflow.papers.ranking import mark_said
from ptce_workflow.process.panel.figures import figures_of, own_means
from ptce_workflow.process.process import institution_label, named
from ptce_workflow.process.rules.case import comment_name

if TYPE_CHECKING:
    from ptce_workflow.app.jury.cutoff import Cut, Ranked, Standing
    from ptce_workflow.app.jury.marks import Conflict
    from ptce_workflow.process.process import Process
    from ptce_workflow.process.rules.case import Case


def print_scored(out: Output, process: Process, case: Case, institution: str) -> None:
    """`ptce jury score`: what the institution has given so far, and what is lacking."""
    label = institution_label(process, institution)
    for name, given in case.scores.items():
        if institution not in given:
            continue
        sheet = process.definition.sheets[name]
        marks = given[institution]
        lacking = [criterion for criterion in sheet.criteria if criterion not in marks]
        count, total = len(sheet.criteria) - len(lacking), len(sheet.criteria)
        told = n_("{count} mark of {total}", "{count} marks of {total}", count)
        value = told.format(count=count, total=total) if total else _("opinion recorded")
        given_by = _("{label}: {value}").format(label=label, value=value)
        out.tell(f"{named(process, case)} · {given_by}")
        for criterion in sheet.criteria:
            if criterion in marks:
                said = mark_said(marks[criterion])
                of = sheet.fields[criterion].label.in_(language())
                out.tell(_("{label}: {value}").format(label=of, value=said), "  ", "  ")
        if not sheet.criteria:
            # A panel that is only heard: what it wrote is all that it gives.
            for field in sheet.fields:
                if text := case.private.get(comment_name(name, field, institution)):
                    of = sheet.fields[field].label.in_(language())
                    out.tell(_("{label}: {value}").format(label=of, value=text), "  ", "  ")
        if lacking:
            labels = (sheet.fields[criterion].label.in_(language()) for criterion in lacking)
            out.tell(_("lacking: {labels}").format(labels=", ".join(labels)), "  ", "  ")
        answers = " ".join(f"{criterion}=…" for criterion in lacking)
        asked = f"ptce jury score {case.ref} {institution} {answers}"
        out.next_step(asked if lacking else f"ptce why {case.ref}")


def print_recused(
    out: Output,
    process: Process,
    case: Case,
    institution: str,
    *,
    ranks: Mapping[str, int],
    lift: bool,
) -> None:
    """`ptce jury recuse`: who steps aside or comes back, and the voices that are left.

    `ranks` are where the candidature comes now, in the panels whose scores of it are closed.
    """
    label = institution_label(process, institution)
    told = (
        _("{label} scores and counts again for {case}.")
        if lift
        else _("{label} steps aside from {case}: it neither scores nor counts any more.")
    )
    out.tell(told.format(label=label, case=named(process, case)))
    for name, sheet in process.definition.sheets.items():
        if institution in sheet.members:
            figures = figures_of(name, sheet, case)
            left = _("voices: {voices} of {expected} expected, {recused} stepped aside")
            out.tell(left.format(**figures), "  ", "  ")
            if "total" in figures:
                mean = speech.hundredths(figures["total"], language())
                if name in ranks:
                    place = _("mean: {mean}; rank: {rank}")
                    out.tell(place.format(mean=mean, rank=ranks[name]), "  ", "  ")
                else:
                    out.tell(_("mean so far: {mean}").format(mean=mean), "  ", "  ")
    out.next_step(f"ptce why {case.ref}")


def conflicts_data(process: Process, found: Sequence[Conflict]) -> list[dict[str, Any]]:
    """`ptce jury conflicts --json`."""
    name_field = process.definition.config.contest.name_field
    return [
        {
            "ref": one.case.ref,
            "candidature": one.case.private.get(name_field),
            "panel": one.panel,
            "institution": one.institution,
            "field": one.field,
            "text": one.text,
            "name": one.name,
        }
        for one in found
    ]


def print_conflicts(out: Output, process: Process, found: Sequence[Conflict]) -> None:
    """`ptce jury conflicts`: where each name stands, and the command that confirms it."""
    if not found:
        out.tell(_("No dossier names an institution that would score it."))
        return
    count = len(found)
    told = n_(
        "{count} conflict of interest is to be looked at; nothing is recorded before you confirm.",
        "{count} conflicts of interest are to be looked at; nothing is recorded before you "
        "confirm them.",
        count,
    )
    out.tell(told.format(count=count))
    for one in found:
        out.say()
        label = institution_label(process, one.institution)
        out.tell(f"{named(process, one.case)} · {label}", "", "  ")
        where = _('{label}: "{text}"').format(label=_field_label(process, one.field), text=one.text)
        out.tell(where, "  ", "  ")
        if one.name.casefold() != label.casefold():
            out.tell(_('known as "{name}"').format(name=one.name), "  ", "  ")
        command = f'ptce jury recuse {one.case.ref} {one.institution} --reason "…"'
        out.say(f"  {command}")


def _field_label(process: Process, path: str) -> str:
    """A field, or a column of a table, by its label and that of its sheet."""
    sheet_name, name, *column = path.split(".")
    sheet = process.definition.sheets[sheet_name]
    field = sheet.fields[name]
    labels = [sheet.label.in_(language()), field.label.in_(language())]
    columns = getattr(field, "columns", {})
    labels += [columns[one].label.in_(language()) for one in column if one in columns]
    return " · ".join(labels)


_BAR_CELLS = 50
_USUAL_CELLS = 80
_BETWEEN = " "
_FULL, _LOW, _HIGH, _CUT = "█", "▓", "░", "╌"


def rank_data(standing: Standing) -> dict[str, Any]:
    """`ptce jury rank --json`; marks and means in hundredths."""
    return {
        "panel": standing.panel,
        "frozen": standing.frozen,
        "cut": None if standing.cut is None else _cut_data(standing.cut),
        "group_cuts": [
            {
                **_cut_data(cut),
                "group": {name: cut.last_in.case.facts.get(name) for name in cut.per},
            }
            for cut in standing.cuts
            if cut.per
        ],
        "torn": [
            {"transition": transition, "refs": [case.ref for case in cases]}
            for transition, cases in standing.torn
        ],
        "ranking": [_row_data(standing, one) for one in standing.ranked],
    }


def _cut_data(cut: Cut) -> dict[str, Any]:
    return {
        "after": cut.last_in.rank + cut.last_in.place.tied - 1,
        "in": cut.last_in.case.ref,
        "out": cut.first_out.case.ref,
        "close": cut.close,
        "difference": cut.difference,
        "at": None if cut.at is None else to_text(cut.at),
    }


def _row_data(standing: Standing, one: Ranked) -> dict[str, Any]:
    definition = standing.process.definition
    sheet = definition.sheets[standing.panel]
    own = own_means(standing.panel, sheet, one.case).values()
    figures = ("total", "voices", "expected", "recused", "spread")
    return {
        "rank": one.rank,
        "tied": one.place.tied,
        "parted_by": one.place.parted_by or None,
        "ref": one.case.ref,
        "name": one.case.private.get(definition.config.contest.name_field),
        "state": one.case.state,
        "frozen": one.frozen,
        "recorded": one.recorded,
        **{name: one.figures.get(name) for name in figures},
        "lowest_voice": min(own, default=None),
        "highest_voice": max(own, default=None),
        "criteria": {name: one.figures.get(name) for name in sheet.criteria},
        "outcome": standing.outcomes.get(one.case.id),
    }
