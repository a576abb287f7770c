"""The ranking as a page: means on their scale, the cut, and every figure in a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from ptce_workflow.base import speech
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.documents.matter import (
    Bullets,
    Drawing,
    Heading,
    Matter,
    Note,
    Paragraph,
    Part,
    Table,
    clean,
)
from ptce_workflow.documents.page import to_html
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
    from ptce_workflow.desk.standing import Standing

# A picture of so many units a row; the page makes it as wide as the text.
_WIDTH, _ROW, _BAR_HEIGHT = 1000, 30, 14
_BAR_LEFT, _BAR_RIGHT, _TOP = 400, 930, 34
_NAME_LETTERS = 36


def ranking_page(standing: Standing, now: datetime) -> str:
    """The ranking of a panel as one HTML file, in the language in force."""
    process = standing.process
    contest = process.definition.config.contest
    sheet = process.definition.sheets[standing.panel]
    when = speech.long_instant(now, process.zone, language())
    matter = Matter(
        _("Ranking of the candidatures"),
        language(),
        now,
        contest.title.in_(language()),
        tuple(_parts(standing)),
        over=contest.title.in_(language()),
        under=_("{panel} · as of {when}").format(panel=sheet.label.in_(language()), when=when),
        running=_("Process {hash}").format(hash=process.hash[:12]),
    )
    return to_html(matter)


def _parts(standing: Standing) -> Iterator[Part]:
    if not standing.ranked:
        yield Paragraph(_("No mark was given yet."))
        return
    count = len(standing.ranked)
    told = n_("{count} candidature.", "{count} candidatures.", count).format(count=count)
    state = (
        _("The figures are recorded for good.")
        if standing.frozen
        else _("Provisional: not all figures are recorded yet.")
    )
    yield Note(f"{told} {state}")
    yield Heading(_("On the scale"))
    yield Drawing(drawn(standing), _("The mean of each candidature; the table gives the figures."))
    if said := tuple(remarks(standing)):
        yield Bullets(said)
    yield Heading(_("Ranks and means"))
    yield _ranks(standing)
    yield Heading(_("Criterion by criterion"))
    yield _criteria(standing)
    yield Heading(_("How to read it"))
    step = panels.finest_step(standing.process.definition.sheets[standing.panel])
    half = speech.hundredths(step // 2, language())
    yield Bullets(
        (
            _("The mean is that of the institutions' marks, by weight, rounded once."),
            _("The line across the end of a bar goes from the lowest institution to the highest."),
            _("Spread: how far apart the institutions' own means lie."),
            _("Voices: the institutions that marked, of those expected; who steps aside is not."),
            _(
                "A call is close when the two means beside the cut differ by less than {half}."
            ).format(half=half),
        )
    )


def _ranks(standing: Standing) -> Table:
    rows = tuple(
        (
            rank_told(one.rank, one.place.tied),
            one.case.ref,
            name_of(standing.process, one.case),
            mean_of(one.figures),
            f"{one.figures.get('voices', 0)}/{one.figures.get('expected', 0)}",
            mean_of(one.figures, "spread"),
            state_told(standing, one),
        )
        for one in standing.ranked
    )
    last = _("outcome") if standing.outcomes else _("state")
    head = (_("rank"), _("ref."), _("collective"), _("mean"), _("voices"), _("spread"), last)
    return Table(head, rows, numbers=(0, 3, 4, 5), widths=(6, 9, 34, 10, 9, 9, 18))


def _criteria(standing: Standing) -> Table:
    sheet = standing.process.definition.sheets[standing.panel]
    labels = (sheet.fields[name].label.in_(language()) for name in sheet.criteria)
    rows = tuple(
        (one.case.ref, *(mean_of(one.figures, name) for name in sheet.criteria))
        for one in standing.ranked
    )
    numbers = tuple(range(1, len(sheet.criteria) + 1))
    return Table((_("ref."), *labels), rows, numbers=numbers, named=True)


def drawn(standing: Standing) -> str:
    """The picture: a bar a candidature, the range of the institutions' own means, the cut."""
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
