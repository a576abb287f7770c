"""Checkpoints, as they are shown: the one just made, and those kept beside the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ptce_workflow.base import speech
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.papers.listing import Col, table
from ptce_workflow.papers.report import (
    Aside,
    Paragraph,
    Part,
    Report,
    VerdictLine,
    of_contest,
)

if TYPE_CHECKING:
    from ptce_workflow.app.checkpoints import CheckpointEntry, Made
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.process.process import Process

_HASH = 16


def report(
    process: Process, made: Made | None, every: Sequence[CheckpointEntry], now: datetime
) -> Report:
    """`ptce checkpoint`: the one that was made, or a line for each that is kept."""
    parts = tuple(_listed(process, every) if made is None else _made(made))
    return of_contest(process, _("Checkpoints"), now, parts)


def _made(made: Made) -> Iterator[Part]:
    found = made.note.checkpoint
    lines = n_("{count} line", "{count} lines", found.size)
    told = lines.format(count=speech.number(found.size, language()))
    yield VerdictLine(told, _("signed"), good=True)
    if made.why == "lost":
        told = _("A new key signs, by line {n}, which says that the one before was lost.")
        yield Paragraph(told.format(n=made.line))
    elif made.why == "rotated":
        told = _("A new key signs, by line {n}; the one before has signed it.")
        yield Paragraph(told.format(n=made.line))
    yield Paragraph(_("hash: {hash}").format(hash=found.hash))
    yield Paragraph(_("file: {file}").format(file=made.file))
    yield Aside(_("It protects once somebody else keeps it: send it, or write the hash down."))
    yield Aside(command=f"ptce verify --checkpoint {made.file}")


def _listed(process: Process, every: Sequence[CheckpointEntry]) -> Iterator[Part]:
    if not every:
        yield Paragraph(_("No checkpoint is kept beside the database."))
        yield Aside(command="ptce checkpoint")
        return
    yield table(
        process,
        every,
        Col(_("line"), "size", number=True),
        Col(_("when"), "at", _("no line"), share=3),
        Col(_("hash"), lambda one: one.hash[:_HASH], share=3),
        Col(
            _("file"), lambda one: f"{one.file.parent.name}/{one.file.name}", flexible=True, share=4
        ),
    )
    yield Aside(command="ptce verify")


def outside_told(contest: Contest) -> tuple[bool, str]:
    """`ptce doctor`: whether a checkpoint is held outside, and the last that left with a mail.

    *Raises* PtceError for a ledger, or a key, that lets none be made.
    """
    from ptce_workflow.app.checkpoints import check_key
    from ptce_workflow.app.post.enqueue import last_outside
    from ptce_workflow.scheduler.checkpoints import is_due

    # An export has no key, and makes none.
    makes = not contest.is_copy
    if makes:
        check_key(contest)
    found = last_outside(contest)
    due = _("one is due and was not made · ptce checkpoint") if makes and is_due(contest) else ""
    if found is None:
        told = _("none has left with a mail yet: keep one elsewhere · ptce checkpoint")
        return False, due or told
    when = speech.long_instant(found.at, contest.process.zone, language())
    told = _("line {n} of {lines} left on {when}, with {message} to {recipient}")
    values = {"n": found.size, "lines": found.lines, "message": found.message}
    left = told.format(when=when, recipient=found.recipient, **values)
    return not due, "\n".join(filter(None, (left, due)))
