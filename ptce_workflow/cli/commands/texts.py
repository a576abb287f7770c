"""The words of a contest folder: what it rests on, and what it is in other languages."""

from __future__ import annotations

from pathlib import Path

import click

from ptce_workflow.base.words import N_, _
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import PATH, to_paper, yes_to_replace
from ptce_workflow.cli.writing import shown
from ptce_workflow.papers.formats import PAPERS

# Each command brings its views when it runs: `--help` builds every command and needs none.


@command(examples=("ptce rulebook", "ptce rulebook -o reglement.html"))
@to_paper
@yes_to_replace
def rulebook(call: Invocation, file: Path | None, yes: bool) -> int:
    """Print the rulebook with what rests on each paragraph.

    Then the paragraphs that nothing rests on, and what rests on a choice of the organiser alone.
    """
    from ptce_workflow.app.locations import read_folder
    from ptce_workflow.base.clock import SystemClock
    from ptce_workflow.papers.rulebook import rulebook as report_of
    from ptce_workflow.process.check import sound

    with call.speaking_of(call.contest_dir):
        report = report_of(
            sound(read_folder(call.contest_dir)), (call.clock or SystemClock()).now()
        )
        return shown(call, lambda: report, lambda: None, file, yes=yes, forms=PAPERS)


@command(examples=("ptce translate en", "ptce translate oc occitanie-2024"))
@click.argument("tag", metavar=N_("LANGUAGE"), help=N_("The language, such as en or oc."))
@click.argument(
    "folder",
    metavar=N_("DIR"),
    help=N_("The folder; else that of the contest."),
    type=PATH,
    required=False,
)
def translate(call: Invocation, tag: str, folder: Path | None) -> None:
    """Write what a contest folder says into a catalogue to be translated.

    Makes translations/LANGUAGE.po, or brings it up to date: what is translated stays, what is new
    waits for a translation, what is no longer said is kept at its end.
    """
    from ptce_workflow.app.admin.translate import translate
    from ptce_workflow.base.words import n_

    done = translate(folder or call.contest_dir, tag)
    told = _("{file}: {count} phrases.").format(file=done.file, count=done.phrases)
    call.out.tell(told)
    if done.missing:
        count = done.missing
        told = n_("{count} phrase is not translated.", "{count} phrases are not translated.", count)
        call.out.tell(told.format(count=count))
    for mail in done.mails:
        call.out.tell(_("The mail {file} is still to be written.").format(file=mail))
