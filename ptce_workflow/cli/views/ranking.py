"""The ranking as it is printed: a table, and a picture of the means on their scale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.instants import to_text
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.layout import Column, columns_of, padding
from ptce_workflow.cli.output import DRAWN_ROWS_AT_MOST, Output
from ptce_workflow.documents.wording import (
    mean_of,
    rank_told,
    remarks,
    scale_of,
    state_told,
)
from ptce_workflow.process import panel as panels
from ptce_workflow.process.naming import name_of

if TYPE_CHECKING:
    from ptce_workflow.desk.ranking import Ranked
    from ptce_workflow.desk.standing import Cut, Standing

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
        **{name: one.figures.get(name) for name in figures},
        "lowest_voice": min(own, default=None),
        "highest_voice": max(own, default=None),
        "criteria": {name: one.figures.get(name) for name in sheet.criteria},
        "outcome": standing.outcomes.get(one.case.id),
    }


def print_rank(out: Output, standing: Standing) -> None:
    """`ptce jury rank`: what the figures are, the table, the picture, the cut."""
    if not standing.ranked:
        out.say(_("No mark was given yet."))
        return
    _print_heading(out, standing)
    out.say()
    _print_table(out, standing)
    if len(standing.ranked) <= DRAWN_ROWS_AT_MOST:
        out.say()
        for line in picture(standing, out.width(out.stdout) or _USUAL_CELLS):
            out.say(line)
        legend = _("{full} mean; {low}{high} from the lowest institution to the highest")
        out.tell(legend.format(full=_FULL, low=_LOW, high=_HIGH), "  ", "  ")
    told = list(remarks(standing))
    if told:
        out.say()
    for remark in told:
        out.tell(remark, "", "  ")


def _print_heading(out: Output, standing: Standing) -> None:
    label = standing.process.definition.sheets[standing.panel].label.in_(language())
    count = len(standing.ranked)
    told = n_("{count} candidature", "{count} candidatures", count)
    out.title(label, f" · {told.format(count=speech.number(count, language()))}")
    recorded = sum(one.frozen for one in standing.ranked)
    if recorded == count:
        out.tell(_("The figures are recorded for good."))
    elif recorded:
        told = n_(
            "Provisional: the figures of {count} candidature are recorded, the others follow "
            "from the marks so far.",
            "Provisional: the figures of {count} candidatures are recorded, the others follow "
            "from the marks so far.",
            recorded,
        )
        out.tell(told.format(count=recorded))
    else:
        out.tell(_("Provisional: the figures follow from the marks so far."))


def _print_table(out: Output, standing: Standing) -> None:
    columns = [
        Column(_("rank"), "right"),
        Column(_("ref.")),
        Column(_("collective"), flexible=True),
        Column(_("mean"), "right"),
        Column(_("voices"), "right"),
        Column(_("spread"), "right"),
        Column(_("outcome") if standing.outcomes else _("state"), flexible=True),
    ]
    rows = [
        [
            rank_told(one.rank, one.place.tied),
            one.case.ref,
            name_of(standing.process, one.case),
            mean_of(one.figures),
            f"{one.figures.get('voices', 0)}/{one.figures.get('expected', 0)}",
            mean_of(one.figures, "spread"),
            state_told(standing, one),
        ]
        for one in standing.ranked
    ]
    out.table(columns, rows)


def picture(standing: Standing, room: int) -> Iterator[str]:
    """The means as bars on their scale, the members' own means as a range, and the cut."""
    low, high = scale_of(standing)
    sheet = standing.process.definition.sheets[standing.panel]
    labels = [f"{rank_told(one.rank, one.place.tied):>4} {one.case.ref}" for one in standing.ranked]
    width = max(map(columns_of, labels))
    cells = max(10, min(_BAR_CELLS, room - width - 14))
    start = "  " + " " * width + " "
    first, last = speech.number(low // 100, language()), speech.number(high // 100, language())
    yield f"{start}{first:<{cells + 1 - len(last)}}{last}"

    def at(value: int) -> int:
        return round(cells * (value - low) / (high - low))

    for label, one in zip(labels, standing.ranked, strict=True):
        mean = one.figures.get("total")
        own = panels.own_means(standing.panel, sheet, one.case).values()
        bar = ""
        if mean is not None:
            lowest = min(at(min(own, default=mean)), at(mean))
            highest = max(at(max(own, default=mean)), at(mean))
            bar = _FULL * lowest + _LOW * (at(mean) - lowest) + _HIGH * (highest - at(mean))
        yield f"  {label}{padding(label, width)} ▏{bar:<{cells}}▕ {mean_of(one.figures)}"
        if standing.cut is not None and one is standing.cut.last_in:
            said = _("cut")
            dashes = _CUT * (cells + 1 - columns_of(said))
            yield f"{start}{dashes[: len(dashes) // 2]} {said} {dashes[len(dashes) // 2 :]}"
