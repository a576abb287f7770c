"""Columns of days: short, and yet no day is taken for that of another year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from ptce_workflow.base import speech
from ptce_workflow.base.clock import local_time
from ptce_workflow.base.words import language
from ptce_workflow.papers.report import ValuedCell, instant


def dated(
    heading: str,
    instants: Sequence[datetime],
    zone: ZoneInfo,
    *,
    hours: bool = False,
    now: datetime | None = None,
) -> tuple[str, list[ValuedCell]]:
    """A column of days, with their hours if told: its heading, and a cell for each instant.

    The year of `now` goes without saying. Another one is said in the heading when it is the same
    for all, else in each cell.
    """
    years = {local_time(at, zone).year for at in instants}
    several = len(years) > 1
    if len(years) == 1 and (now is None or local_time(now, zone).year not in years):
        heading += f" ({years.pop()})"
    return heading, [_cell(at, zone, hours=hours, year=several) for at in instants]


def _cell(at: datetime, zone: ZoneInfo, *, hours: bool, year: bool) -> ValuedCell:
    local = local_time(at, zone)
    parts = [speech.short_date(local, zone, language())]
    if year:
        parts.append(str(local.year))
    if hours:
        parts.append(f"{local:%H:%M}")
    return instant(at, zone, " ".join(parts))
