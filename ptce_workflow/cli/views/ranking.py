"""The ranking as it is printed: a table, and a picture of the means on their scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ptce_workflow.base.instants import to_text
from ptce_workflow.process import panel as panels

if TYPE_CHECKING:
    from ptce_workflow.app.jury.cutoff import Cut, Ranked, Standing

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
    own = panels.own_means(standing.panel, sheet, one.case).values()
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
