"""Views of `ptce restore`: what a backup would bring back, and lose; what is there afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from ptce_workflow.app.admin.backups import last_backup
from ptce_workflow.app.admin.restore import Restorable
from ptce_workflow.app.admin.verify import Verification
from ptce_workflow.app.checkpoints import has_line
from ptce_workflow.app.contest import Contest
from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.cli.views.audit import backed_up
from ptce_workflow.papers.report import (
    Column,
    NextStep,
    Note,
    Paragraph,
    Part,
    Table,
    VerdictLine,
    count,
    instant,
)

_OLD = timedelta(hours=36)
"""The age of a backup, made every night, from which one has been missed."""


def to_restore(found: Restorable, file: Path, zone: ZoneInfo) -> Iterator[Part]:
    """How far a backup goes, and each kind of line that the ledger has and the backup has not."""
    lines = n_("{count} line", "{count} lines", found.lines)
    told = _("{file}: {lines}, up to {when}").format(
        file=file,
        lines=lines.format(count=speech.number(found.lines, language())),
        when=_when(found.until, zone) or "?",
    )
    yield VerdictLine(told, _("verified"), good=True)
    if found.present is None:
        if found.why:
            yield Paragraph(_("The ledger that is there cannot be read; it is put aside as it is."))
            yield Note(found.why)
        return
    if not found.losing:
        yield Paragraph(_("The ledger that is there has no line that the backup has not."))
        return
    if found.common < found.lines:
        parted = _("After line {line} each of them has lines of its own: they part there.")
        yield Paragraph(parted.format(line=found.common), strong=True)
    yield Paragraph(
        n_(
            "{count} line of the ledger is not in the backup, and would be lost:",
            "{count} lines of the ledger are not in the backup, and would be lost:",
            found.losing,
        ).format(count=speech.number(found.losing, language())),
        strong=True,
    )
    yield _lost(found, zone)
    yield from _consequences(found)


def _lost(found: Restorable, zone: ZoneInfo) -> Table:
    """A row for each kind of line that would be lost."""
    headings = _("lines"), _("what"), _("from")
    columns = [
        Column(heading, number=place == 0, flexible=place == 1)
        for place, heading in enumerate(headings)
    ]
    by_kind = sorted(found.lost, key=attrgetter("type"))
    rows = []
    for _kind, same in groupby(by_kind, attrgetter("type")):
        lines = list(same)
        first = from_text(lines[0].at)
        told = instant(first, zone, speech.long_instant(first, zone, language()))
        rows.append((count(len(lines)), _(lines[0].data.tells), told))
    return Table(columns, rows)


def _consequences(found: Restorable) -> Iterator[Part]:
    kinds = [line.type for line in found.lost]
    sent, erased = kinds.count("message_sent"), kinds.count("personal_data_erased")
    if sent:
        yield Paragraph(
            n_(
                "{count} mail has left since: it would leave again.",
                "{count} mails have left since: they would leave again.",
                sent,
            ).format(count=sent)
        )
    if erased:
        yield Paragraph(
            n_(
                "{count} erasure was made since: it is made again.",
                "{count} erasures were made since: they are made again.",
                erased,
            ).format(count=erased)
        )


def restored(
    target: str,
    report: Verification,
    aside: tuple[Path, ...],
    again: int,
    refused: PtceError | None,
) -> Iterator[Part]:
    """What is there now, what was erased again, and where the former ledger stays."""
    yield from backed_up(target, report)
    if refused is not None:
        yield Paragraph(_("What was erased since is here again, and is to be erased."), strong=True)
        yield Note(refused.what)
        yield NextStep(_("Someone of the desk does it: {command}"), "ptce erase --again")
    elif again:
        told = n_("{count} erasure was made again.", "{count} erasures were made again.", again)
        yield Paragraph(told.format(count=again))
    for file in aside:
        stays = _("The former ledger stays in {file}: whoever needs it no more may delete it.")
        if file.is_dir():
            stays = _("The checkpoints of lines that are gone are in {file}.")
        yield Note(stays.format(file=file))
    yield Paragraph(_("Before anything makes passes again, read `ptce mail list`."))


def backup_told(contest: Contest) -> tuple[bool | None, str]:
    """`ptce doctor`: whether the last backup will do, and when it was made; None where none is."""
    if contest.is_copy:
        return None, _("an export is a copy, and needs none")
    found = last_backup(contest.folder)
    if found is None and contest.database.file is None:
        return None, _(
            "a server keeps the database, and makes copies of its own; one to keep elsewhere: "
            "ptce backup FILE"
        )
    if found is None:
        return False, _("none is known of: ptce backup FILE")
    with contest.database.reading() as unit:
        head = unit.furthest(contest.id)
        is_ours = has_line(unit, contest.id, found.lines, found.hash)
    when = speech.long_instant(found.at, contest.process.zone, language())
    said = _("{when}, in {file}").format(when=when, file=found.file)
    if not is_ours:
        return False, _("{said}: it is not of this ledger as it stands").format(said=said)
    since = head - found.lines
    if not since:
        return True, said
    lines = n_("{count} line since", "{count} lines since", since)
    said = f"{said} · {lines.format(count=speech.number(since, language()))}"
    return contest.clock.now() - found.at <= _OLD, said


def _when(at: str, zone: ZoneInfo) -> str:
    return speech.long_instant(from_text(at), zone, language()) if at else ""
