"""The means of a ranking on their scale: a bar each, in a terminal and on a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING

from ptce_workflow.base import speech
from ptce_workflow.base.widths import DRAWN_ROWS_AT_MOST, columns_of, padding
from ptce_workflow.base.words import _, language
from ptce_workflow.papers.report import Drawing, clean
from ptce_workflow.papers.wording import mean_of, rank_told, scale_of
from ptce_workflow.process import panel as panels
from ptce_workflow.process.naming import name_of

if TYPE_CHECKING:
    from ptce_workflow.desk.ranking import Ranked
    from ptce_workflow.desk.standing import Standing

_BAR_CELLS = 50
_USUAL_CELLS = 80
_FULL, _LOW, _HIGH, _CUT = "█", "▓", "░", "╌"
# A picture of so many units a row; the page makes it as wide as the text.
_WIDTH, _ROW, _BAR_HEIGHT = 1000, 30, 14
_BAR_LEFT, _BAR_RIGHT, _TOP = 400, 930, 34
_NAME_LETTERS = 36


def scale(standing: Standing) -> Drawing:
    """The means as bars, the institutions' own as a range on each, and the cut."""
    legend = _("{full} mean; {low}{high} from the lowest institution to the highest")
    return Drawing(
        _("The mean of each candidature; the table gives the figures."),
        lambda room: _in_cells(standing, room or _USUAL_CELLS),
        lambda: _in_svg(standing),
        legend.format(full=_FULL, low=_LOW, high=_HIGH),
    )


def _in_cells(standing: Standing, room: int) -> Iterator[str]:
    if len(standing.ranked) > DRAWN_ROWS_AT_MOST:
        return
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


def _in_svg(standing: Standing) -> str:
    low, high = scale_of(standing)
    cut_after = standing.cut.last_in if standing.cut else None
    rows = len(standing.ranked) + (1 if cut_after else 0)
    height = _TOP + rows * _ROW + 6
    lines = [f'<svg viewBox="0 0 {_WIDTH} {height}" aria-hidden="true" font-size="15">']

    def at(value: int) -> int:
        return _BAR_LEFT + (_BAR_RIGHT - _BAR_LEFT) * (value - low) // (high - low)

    for mark in range(low - low % 100, high + 1, 100):
        if mark >= low:
            x, said = at(mark), speech.number(mark // 100, language())
            lines.append(
                f'<line x1="{x}" x2="{x}" y1="{_TOP - 6}" y2="{height - 4}" stroke="#dfe3e8"/>'
                f'<text x="{x}" y="{_TOP - 12}" text-anchor="middle" fill="#4a525b">{said}</text>'
            )
    top = _TOP
    for one in standing.ranked:
        lines += _bar(standing, one, top, at)
        top += _ROW
        if one is cut_after:
            middle, said = top + _ROW // 2, escape(_("cut"))
            lines.append(
                f'<line x1="0" x2="{_WIDTH}" y1="{middle}" y2="{middle}" stroke="#a32020" '
                'stroke-width="2" stroke-dasharray="8 5"/>'
                f'<text x="{_WIDTH}" y="{middle - 5}" text-anchor="end" fill="#a32020">'
                f"{said}</text>"
            )
            top += _ROW
    return "".join([*lines, "</svg>"])


def _bar(standing: Standing, one: Ranked, top: int, at: Callable[[int], int]) -> Iterator[str]:
    sheet = standing.process.definition.sheets[standing.panel]
    name = clean(name_of(standing.process, one.case))
    name = name if len(name) <= _NAME_LETTERS else f"{name[: _NAME_LETTERS - 1]}…"
    base = top + _ROW // 2 + 5
    rank = rank_told(one.rank, one.place.tied)
    yield (
        f'<text x="44" y="{base}" text-anchor="end" fill="#4a525b">{rank}</text>'
        f'<text x="54" y="{base}" font-weight="600" fill="#1f2328">{escape(one.case.ref)}</text>'
        f'<text x="112" y="{base}" fill="#1f2328">{escape(name)}</text>'
    )
    mean = one.figures.get("total")
    if mean is None:
        return
    y, middle = top + (_ROW - _BAR_HEIGHT) // 2, top + _ROW // 2
    yield (
        f'<rect x="{_BAR_LEFT}" y="{y}" width="{max(1, at(mean) - _BAR_LEFT)}" '
        f'height="{_BAR_HEIGHT}" rx="2" fill="#0a4f9c"/>'
    )
    own = panels.own_means(standing.panel, sheet, one.case).values()
    if own and min(own) < max(own):
        first, last = at(min(own)), at(max(own))
        # Dark on the bar would be lost, light off it too: a white line below a dark one.
        for width, colour in ((5, "#fff"), (2, "#1f2328")):
            yield (
                f'<path d="M{first} {middle - 5}V{middle + 5}M{first} {middle}H{last}'
                f'M{last} {middle - 5}V{middle + 5}" stroke="{colour}" stroke-width="{width}" '
                'fill="none"/>'
            )
    yield (
        f'<text x="{_WIDTH}" y="{base}" text-anchor="end" fill="#1f2328">'
        f"{mean_of(one.figures)}</text>"
    )
