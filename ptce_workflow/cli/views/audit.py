"""The output of replays and verifications of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.output import GREEN, RED, Output, Styled
from ptce_workflow.cli.views.history import state_label
from ptce_workflow.papers.report import (
    Column,
    Findings,
    Lead,
    Note,
    Paragraph,
    Part,
    Report,
    Table,
    VerdictLine,
    of_contest,
)
from ptce_workflow.process.process import name_of

if TYPE_CHECKING:
    from pathlib import Path

    from ptce_workflow.app.admin.verify import Verification
    from ptce_workflow.app.cases.history import Replayed
    from ptce_workflow.ledger.examine import Fault


def replay_data(replayed: Replayed) -> dict[str, Any]:
    """`ptce replay --json`."""
    return {
        "as_of": to_text(replayed.as_of),
        "candidatures": [{"ref": case.ref, "state": case.state} for case in replayed.cases],
    }


def replay_report(replayed: Replayed) -> Report:
    """`ptce replay`: where each candidature stood."""
    process = replayed.process
    when = speech.long_instant(replayed.as_of, process.zone, language(), seconds=True)
    count = len(replayed.cases)
    told = n_("{when} · {count} candidature", "{when} · {count} candidatures", count)
    parts: list[Part] = [Lead(told.format(when=when, count=speech.number(count, language())))]
    columns = (
        Column(_("ref."), share=1),
        Column(_("collective"), flexible=True, share=4),
        Column(_("state"), share=3),
    )
    rows = [
        (case.ref, name_of(process, case), state_label(process, case.state))
        for case in replayed.cases
    ]
    if rows:
        parts.append(Table(columns, rows))
    return of_contest(process, _("Candidatures"), replayed.as_of, parts)


def verify_data(report: Verification) -> dict[str, Any]:
    """`ptce verify --json`."""
    return {
        "lines": report.lines,
        "intact": report.intact,
        "links": report.links,
        "findings": [
            {"line": fault.line, "what": fault.what, "why": fault.why} for fault in report.faults
        ],
        "remarks": [
            {"line": told.line, "what": told.what, "why": told.why} for told in report.remarks
        ],
    }


def verify_report(report: Verification, folder: Path, now: datetime) -> Report:
    """`ptce verify`: how much was examined, then every fault and its line.

    Nothing in it is read from the contest, which may be damaged.
    """
    title = _("Verification of the ledger")
    parts = tuple(_verified(report))
    when = _("as of {when}").format(when=to_text(now))
    return Report(title, language(), now, "ptce", parts, over=folder.resolve().name, under=when)


def _verified(report: Verification) -> Iterator[Part]:
    parts = [
        n_("{count} line", "{count} lines", report.lines),
        n_("{count} candidature", "{count} candidatures", report.candidatures),
        n_("{count} process", "{count} processes", report.processes),
    ]
    counts = (report.lines, report.candidatures, report.processes)
    told = " · ".join(
        part.format(count=speech.number(count, language()))
        for part, count in zip(parts, counts, strict=True)
    )
    if not report.intact:
        broken = n_("{count} fault", "{count} faults", len(report.faults))
        yield VerdictLine(told, broken.format(count=len(report.faults)), good=False)
        yield Findings(tuple(map(_found, (*report.faults, *report.remarks))))
        yield Note(
            _("Set this database aside as it is, restore a backup, and tell whoever audits.")
        )
        return
    yield VerdictLine(told, _("chain intact"), good=True)
    yield Paragraph(_("what the ledger says = what is shown"))
    if report.links == 0:
        yield Paragraph(_("no hand-over links the two ledgers"))
    elif report.links is not None:
        links = n_(
            "{count} hand-over told alike by both ledgers",
            "{count} hand-overs told alike by both ledgers",
            report.links,
        )
        yield Paragraph(links.format(count=speech.number(report.links, language())))
    if report.remarks:
        remarked = n_("{count} remark", "{count} remarks", len(report.remarks))
        heading = remarked.format(count=len(report.remarks))
        yield Findings(tuple(map(_found, report.remarks)), heading)


def _found(found: Fault) -> tuple[str, str, str]:
    place = _("line {n}").format(n=found.line) if found.line else _("no line")
    return place, found.what, found.why


def print_backup(out: Output, file: Path, report: Verification) -> None:
    """`ptce backup`: where the copy is, how far it goes, and whether what it copies is sound."""
    lines = n_("{count} line", "{count} lines", report.lines)
    told = _("{file}: {lines}, as of the last act").format(
        file=file, lines=lines.format(count=speech.number(report.lines, language()))
    )
    out.say(told, " · ", Styled(_("verified"), GREEN) if report.intact else Styled("✗", RED))
    if not report.intact:
        out.tell(_("The copy is whole, but what it copies is not sound: ptce verify"))
