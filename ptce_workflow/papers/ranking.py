"""The ranking of a panel: its figures in a table and on their scale, the cut, how to read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from ptce_workflow.base import speech
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.papers.report import (
    Bullets,
    Column,
    Heading,
    Lead,
    Paragraph,
    Part,
    Report,
    Table,
    ValuedCell,
    of_contest,
)
from ptce_workflow.papers.scale import scale
from ptce_workflow.papers.wording import mean_of, rank_told, remarks, state_told
from ptce_workflow.process import panel as panels
from ptce_workflow.process.naming import name_of

if TYPE_CHECKING:
    from ptce_workflow.desk.standing import Standing
    from ptce_workflow.process.case import Case
    from ptce_workflow.process.process import Process

Placed = tuple["Case", Mapping[str, int], int, int]
"""A candidature, its figures, its rank and how many share it."""


def ranking(standing: Standing, now: datetime, *, whole: bool) -> Report:
    """The ranking of a panel; the `whole` of it has each criterion, and says how to read it."""
    process = standing.process
    when = speech.long_instant(now, process.zone, language())
    under = _("{panel} · as of {when}").format(panel=_panel(standing), when=when)
    parts = _parts(standing, whole=whole)
    return of_contest(process, _("Ranking of the candidatures"), now, parts, under)


def _panel(standing: Standing) -> str:
    return standing.process.definition.sheets[standing.panel].label.in_(language())


def _parts(standing: Standing, *, whole: bool) -> Iterator[Part]:
    count = len(standing.ranked)
    if not count:
        yield Paragraph(_("No mark was given yet."))
        return
    told = n_("{count} candidature", "{count} candidatures", count)
    yield Lead(_panel(standing), told.format(count=speech.number(count, language())))
    yield Paragraph(_recorded(standing))
    if whole:
        yield Heading(_("Ranks and means"))
    yield _ranks(standing)
    if whole:
        yield Heading(_("On the scale"))
    yield scale(standing)
    if said := tuple(remarks(standing)):
        yield Bullets(said)
    if whole:
        yield Heading(_("Criterion by criterion"))
        yield _criteria(standing)
        yield Heading(_("How to read it"))
        yield Bullets(tuple(_reading(standing)))


def _recorded(standing: Standing) -> str:
    """Whether the figures may still change."""
    recorded = sum(one.frozen for one in standing.ranked)
    if recorded == len(standing.ranked):
        told = [_("The figures are recorded for good.")]
        sittings = standing.process.definition.config.sittings.values()
        if not standing.recorded and any(one.panel == standing.panel for one in sittings):
            told.append(_("The sitting will record the ranks."))
        return " ".join(told)
    if not recorded:
        return _("Provisional: the figures follow from the marks so far.")
    partly = n_(
        "Provisional: the figures of {count} candidature are recorded, the others follow "
        "from the marks so far.",
        "Provisional: the figures of {count} candidatures are recorded, the others follow "
        "from the marks so far.",
        recorded,
    )
    return partly.format(count=recorded)


def _ranks(standing: Standing) -> Table:
    placed = [(one.case, one.figures, one.rank, one.place.tied) for one in standing.ranked]
    last = Column(_("outcome") if standing.outcomes else _("state"), flexible=True, share=18)
    return ranks(
        standing.process, placed, last, [state_told(standing, one) for one in standing.ranked]
    )


def ranks(
    process: Process,
    placed: Iterable[Placed],
    last: Column | None = None,
    cells: Sequence[str] = (),
) -> Table:
    """Ranks with the figures that they follow from, and a `last` column with its own cells."""
    columns = [
        Column(_("rank"), number=True, share=6),
        Column(_("ref."), share=9),
        Column(_("collective"), flexible=True, share=34),
        Column(_("mean"), number=True, share=10),
        Column(_("voices"), number=True, share=9),
        Column(_("spread"), number=True, share=9),
    ]
    rows = [
        [
            ValuedCell(rank_told(rank, tied), rank),
            case.ref,
            name_of(process, case),
            figure(figures),
            _voices(figures),
            figure(figures, "spread"),
        ]
        for case, figures, rank, tied in placed
    ]
    if last is not None:
        columns.append(last)
        for row, cell in zip(rows, cells, strict=True):
            row.append(cell)
    return Table(columns, rows)


def figure(figures: Mapping[str, int], name: str = "total") -> str:
    """A figure held in hundredths; a dash while it is not known."""
    value, said = figures.get(name), mean_of(figures, name)
    return said if value is None else ValuedCell(said, Decimal(value).scaleb(-2))


def _voices(figures: Mapping[str, int]) -> ValuedCell:
    voices, expected = figures.get("voices", 0), figures.get("expected", 0)
    # A spreadsheet would take 3/4 for a day in April.
    told = _("{voices} of {expected}").format(voices=voices, expected=expected)
    return ValuedCell(f"{voices}/{expected}", told)


def _criteria(standing: Standing) -> Table:
    sheet = standing.process.definition.sheets[standing.panel]
    labels = (sheet.fields[name].label.in_(language()) for name in sheet.criteria)
    rows = [
        (one.case.ref, *(figure(one.figures, name) for name in sheet.criteria))
        for one in standing.ranked
    ]
    columns = (Column(_("ref.")), *(Column(label, number=True) for label in labels))
    return Table(columns, rows, named=True)


def _reading(standing: Standing) -> Iterator[str]:
    yield _("The mean is that of the institutions' marks, by weight, rounded once.")
    yield _("The line across the end of a bar goes from the lowest institution to the highest.")
    yield _("Spread: how far apart the institutions' own means lie.")
    yield _("Voices: the institutions that marked, of those expected; who steps aside is not.")
    step = panels.finest_step(standing.process.definition.sheets[standing.panel])
    half = speech.hundredths(step // 2, language())
    told = _("A call is close when the two means beside the cut differ by less than {half}.")
    yield told.format(half=half)
