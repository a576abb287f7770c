"""Views of `ptce move`: where a contest goes on, and what is left to do."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptce_workflow.app.admin.local import Naming, said_of
from ptce_workflow.base import speech
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.papers.listing import JsonObject
from ptce_workflow.papers.report import (
    Aside,
    NextStep,
    Note,
    Paragraph,
    Part,
    VerdictLine,
)

if TYPE_CHECKING:
    from ptce_workflow.app.admin.moving import Moved


def moved(found: Moved) -> Iterator[Part]:
    """`ptce move`: how the contest is where it is now, and what to do next."""
    lines = n_("{count} line", "{count} lines", found.report.lines)
    lines = lines.format(count=speech.number(found.report.lines, language()))
    told = _("{file}: {lines}, as of the last act").format(file=found.place, lines=lines)
    yield VerdictLine(told, _("verified") if found.report.intact else "✗", found.report.intact)
    if not found.report.intact:
        yield Paragraph(_("The copy is whole, but what it copies is not sound: ptce verify"))
    if found.naming.is_written:
        yield Paragraph(_("local.toml names it: the contest goes on there."))
        if found.naming.left_out:
            yield _kept_apart()
    else:
        said = _("The contest goes on there. Name that database in local.toml, on every machine:")
        yield Paragraph(said, strong=True)
        yield from _to_write(found.naming)
    yield Note(_("It is only read from now on in {place}.").format(place=found.left))
    yield Note(_("A `ptce run` that is going on reads local.toml as it begins: start it again."))
    back = _("To go back: {command}")
    yield NextStep(back, f"ptce move {shlex.quote(found.left)}")


def named(naming: Naming) -> Iterator[Part]:
    """`ptce init` on a server: where the ledger is, and how other commands find it."""
    if naming.is_written:
        yield Paragraph(_("Its ledger is on the server; local.toml names it for every command."))
        if naming.left_out:
            yield _kept_apart()
    else:
        yield Paragraph(_("Its ledger is on the server. Name that database in local.toml:"))
        yield from _to_write(naming)


def _to_write(naming: Naming) -> Iterator[Part]:
    yield Paragraph(f"[database]\n{said_of(naming.url)}")
    if naming.left_out:
        yield _kept_apart()


def _kept_apart() -> Aside:
    return Aside(_("The password is not written there: it goes in ~/.pgpass."))


def moved_data(contest: str, found: Moved) -> JsonObject:
    """`ptce move --json`."""
    return JsonObject(found, contest=contest, lines=found.report.lines)
