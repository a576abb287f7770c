"""Views of `ptce database`: where a contest goes on, and what is left to do."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptce_workflow.app.admin.local import Naming, said_of
from ptce_workflow.app.local_settings import without_password
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
    """`ptce database copy`: how the contest is where it is now, and what to do next."""
    lines = n_("{count} line", "{count} lines", found.report.lines)
    lines = lines.format(count=speech.number(found.report.lines, language()))
    rows = sum(found.rows.values())
    same = n_("{count} row, the same in both", "{count} rows, the same in both", rows)
    same = same.format(count=speech.number(rows, language()))
    told = _("{file}: {lines}, as of the last act").format(file=found.place, lines=lines)
    yield VerdictLine(told, _("verified") if found.report.intact else "✗", found.report.intact)
    yield Note(same)
    if not found.report.intact:
        yield Paragraph(_("The copy is whole, but what it copies is not sound: ptce verify"))
    if found.switched:
        yield Paragraph(_("local.toml names it: the contest goes on there."))
        if found.url != without_password(found.url):
            yield Note(_("The password is in local.toml: it is better kept in ~/.pgpass."))
    else:
        said = _("The contest goes on there. Name that database in local.toml, on every machine:")
        yield Paragraph(said, strong=True)
        yield from _to_write(found.url)
    yield Note(_("It is only read from now on in {place}.").format(place=found.left))
    yield Note(_("A `ptce run` that is going on reads local.toml as it begins: start it again."))
    back = _("To go back as long as nothing is written in the new one: {command}")
    yield NextStep(back, f"PTCE_DATABASE={shlex.quote(found.left)} ptce database reopen")


def named(naming: Naming) -> Iterator[Part]:
    """`ptce init` on a server: where the ledger is, and how other commands find it."""
    if naming.is_written:
        yield Paragraph(_("Its ledger is on the server; local.toml names it for every command."))
    else:
        yield Paragraph(_("Its ledger is on the server. Name that database in local.toml:"))
        yield from _to_write(naming.url)
    if naming.left_out:
        yield _kept_apart()


def _to_write(url: str) -> Iterator[Part]:
    bare = without_password(url)
    yield Paragraph(f"[database]\n{said_of(bare)}")
    if bare != url:
        yield _kept_apart()


def _kept_apart() -> Aside:
    return Aside(_("The password is not written there: it goes in ~/.pgpass."))


def moved_data(contest: str, found: Moved) -> JsonObject:
    """`ptce database copy --json`."""
    return JsonObject(found, contest=contest, lines=found.report.lines)


def reopened(place: str) -> Iterator[Part]:
    """`ptce database reopen`: that it is done, or that nothing was to be done."""
    if not place:
        yield Paragraph(_("The contest is written here already; nothing was changed."))
        return
    yield Paragraph(_("The contest goes on here."))
    said = _("It was to go on in {place}: local.toml should not name that.")
    yield Note(said.format(place=place))
