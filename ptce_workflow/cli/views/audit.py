"""Looking back, as it is printed: stories, verifications, copies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import to_builtins

from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text, to_text
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.views.cases import headline
from ptce_workflow.papers.listing import Col, JsonObject, table
from ptce_workflow.papers.report import (
    Findings,
    Note,
    Paragraph,
    Part,
    Report,
    VerdictLine,
    detail,
    of_contest,
)
from ptce_workflow.papers.telling import Parts, actor_told, told

if TYPE_CHECKING:
    from pathlib import Path

    from ptce_workflow.app.admin.verify import Verification
    from ptce_workflow.app.cases.history import Told
    from ptce_workflow.app.cases.overview import Dossier
    from ptce_workflow.ledger.examine import Fault


def history_data(told: tuple[Told, ...]) -> list[JsonObject]:
    """`ptce history --json`: the lines as they stand, and what is left of their side rows."""
    return [
        JsonObject(
            one.line,
            by=one.line.by or None,
            data=to_builtins(one.line.data),
            side={} if one.side is None else to_builtins(one.side),
        )
        for one in told
    ]


def history_report(dossier: Dossier, lines: tuple[Told, ...], now: datetime) -> Report:
    """`ptce history`: one line an event; below it the articles of what failed, and the reason."""
    known: Parts = {}
    told_lines = table(
        dossier.process,
        lines,
        Col("n", "line.n", number=True),
        Col(_("when"), lambda one: from_text(one.line.at), hours=True, share=3),
        Col(_("who"), actor_told, share=3),
        Col(
            _("what"),
            lambda one: told(one, dossier.case, known)(),
            flexible=True,
            below=True,
            share=9,
        ),
    )
    lead = headline(dossier.process, dossier.case)
    return of_contest(dossier.process, lead.name, now, (lead, told_lines))


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
        part.format(count=speech.number(number, language()))
        for part, number in zip(parts, counts, strict=True)
    )
    if not report.intact:
        broken = n_("{count} fault", "{count} faults", len(report.faults))
        yield VerdictLine(told, broken.format(count=len(report.faults)), good=False)
        yield Findings(tuple(map(_found, report.faults)))
        yield from _receipts(report)
        yield from _remarks(report)
        mend = _(
            "Where a fault says what mends it, do that. Else set this database aside as it is, "
            "restore a backup, and tell whoever audits."
        )
        if report.copied:
            mend = _("Keep this export as it is, ask for another, and tell whoever audits.")
        yield Note(mend)
        return
    yield VerdictLine(told, _("chain intact"), good=True)
    same = _("what the ledger says = what is shown")
    yield Paragraph(_("each file is what the ledger says") if report.copied else same)
    if report.checkpoints:
        agree = n_(
            "{count} checkpoint: the ledger goes on from it, line {n}",
            "{count} checkpoints: the ledger goes on from each, the last of line {n}",
            report.checkpoints,
        )
        spoken = speech.number(report.checkpoints, language())
        yield Paragraph(agree.format(count=spoken, n=report.signed))
    for shown in report.kept:
        told = _("{file}: the ledger goes on from what it was at line {n}")
        yield Paragraph(told.format(file=shown.name, n=shown.note.checkpoint.size))
    yield from _receipts(report)
    if report.links == 0:
        yield Paragraph(_("no hand-over links the two ledgers"))
    elif report.links is not None:
        links = n_(
            "{count} hand-over told alike by both ledgers",
            "{count} hand-overs told alike by both ledgers",
            report.links,
        )
        yield Paragraph(links.format(count=speech.number(report.links, language())))
    yield from _remarks(report)


def _receipts(report: Verification) -> Iterator[Part]:
    """The lines that kept mails quote and that stand, whatever else does not."""
    for one in report.receipts:
        told = _("{file}: line {n} stands as quoted, {hash}").format(
            file=one.name, n=one.trace.line, hash=one.trace.hash
        )
        yield Paragraph(told)
        if one.at:
            # The zone of the contest stands in its rules, of which nothing is read here.
            when = speech.long_instant(from_text(one.at), ZoneInfo("UTC"), language())
            yield detail(" · ".join(filter(None, (f"{when} UTC", one.ref, _(one.kind)))))


def _remarks(report: Verification) -> Iterator[Part]:
    if report.remarks:
        remarked = n_("{count} remark", "{count} remarks", len(report.remarks))
        heading = remarked.format(count=len(report.remarks))
        yield Findings(tuple(map(_found, report.remarks)), heading)


def _found(found: Fault) -> tuple[str, str, str]:
    place = _("line {n}").format(n=found.line) if found.line else _("no line")
    return place, found.what, found.why


def backed_up(file: Path | str, report: Verification) -> Iterator[Part]:
    """`ptce backup`: where the copy is, how far it goes, and whether what it copies is sound."""
    lines = n_("{count} line", "{count} lines", report.lines)
    told = _("{file}: {lines}, as of the last act").format(
        file=file, lines=lines.format(count=speech.number(report.lines, language()))
    )
    yield VerdictLine(told, _("verified") if report.intact else "✗", report.intact)
    if not report.intact:
        yield Paragraph(_("The copy is whole, but what it copies is not sound: ptce verify"))


def exported(folder: Path, report: Verification) -> Iterator[Part]:
    """`ptce export`: the same of an export, and where it tells how to check it."""
    yield from backed_up(folder, report)
    yield Note(_("How to check it without this program: {file}").format(file=folder / "VERIFY.md"))
