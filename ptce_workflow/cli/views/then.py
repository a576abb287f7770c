"""What is shown as of an earlier instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from ptce_workflow.base import speech
from ptce_workflow.base.words import _, language
from ptce_workflow.papers.report import Aside, Lead, NextStep, Report

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest


def as_it_stood(contest: Contest, report: Report) -> Report:
    """A report, which first says as of when it is; what would be to do today is left out."""
    with contest.database.reading() as unit:
        last = unit.contest(contest.id).head_n
    when = speech.long_instant(contest.clock.now(), contest.process.zone, language(), seconds=True)
    told = Lead(
        _("As of {when}").format(when=when), _("by the ledger up to its line {n}").format(n=last)
    )
    parts = (one for one in report.parts if not isinstance(one, Aside | NextStep))
    return replace(report, parts=(told, *parts))
