"""What the panel gives and what it comes to, as it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.layout import Column
from ptce_workflow.cli.output import Output

if TYPE_CHECKING:
    from ptce_workflow.desk.jury import Ranked
    from ptce_workflow.process.case import Case
    from ptce_workflow.process.process import Process


def print_scored(out: Output, process: Process, case: Case, institution: str) -> None:
    """`ptce jury score`: how many marks of the grid the institution has given so far."""
    label = process.definition.config.institutions[institution].label.in_(language())
    for name, given in case.scores.items():
        if institution in given:
            criteria = process.definition.sheets[name].criteria
            lacking = [criterion for criterion in criteria if criterion not in given[institution]]
            count, total = len(criteria) - len(lacking), len(criteria)
            told = n_("{count} mark of {total}", "{count} marks of {total}", count)
            marks = told.format(count=count, total=total)
            given_by = _("{label}: {value}").format(label=label, value=marks)
            out.tell(f"{case.ref} · {given_by}")
            answers = " ".join(f"{criterion}=…" for criterion in lacking)
            asked = f"ptce jury score {case.ref} {institution} {answers}"
            out.next_step(asked if lacking else f"ptce why {case.ref}")


def rank_data(process: Process, panel: str, ranked: Sequence[Ranked]) -> list[dict[str, Any]]:
    """`ptce jury rank --json`; marks in hundredths."""
    name_field = process.definition.config.contest.name_field
    return [
        {
            "rank": one.rank,
            "ref": one.case.ref,
            "name": one.case.private.get(name_field),
            "state": one.case.state,
            "total": one.figures.get("total"),
            "voices": one.figures.get("voices"),
            "criteria": {
                name: one.figures.get(name) for name in process.definition.sheets[panel].criteria
            },
        }
        for one in ranked
    ]


def print_rank(out: Output, process: Process, panel: str, ranked: Sequence[Ranked]) -> None:
    """`ptce jury rank`: rank, candidature, mean, voices, state."""
    if not ranked:
        out.say(_("No mark was given yet."))
        return
    name_field = process.definition.config.contest.name_field
    members = len(process.definition.sheets[panel].members)
    columns = [
        Column(_("rank"), "right"),
        Column(_("ref.")),
        Column(_("collective"), flexible=True),
        Column(_("mean"), "right"),
        Column(_("voices"), "right"),
        Column(_("state")),
    ]
    rows = [
        [
            str(one.rank),
            one.case.ref,
            one.case.private.get(name_field) or _("(erased)"),
            speech.hundredths(one.figures["total"], language()) if "total" in one.figures else "–",
            f"{one.figures.get('voices', 0)}/{members}",
            process.states[one.case.state].label.in_(language()),
        ]
        for one in ranked
    ]
    out.table(columns, rows)
