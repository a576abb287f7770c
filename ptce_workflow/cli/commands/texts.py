"""The words of a contest folder: what it rests on, in other languages, printed of a candidature."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.text import did_you_mean, nearest
from ptce_workflow.base.words import N_, _, language, n_
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.naming import DOCUMENT
from ptce_workflow.cli.parameters import (
    ON_PAPER,
    PATH,
    alone,
    argument,
    flag,
    panel,
    reference,
    to_file,
)
from ptce_workflow.cli.writing import Answer, give
from ptce_workflow.papers.formats import PAPERS

if TYPE_CHECKING:
    from ptce_workflow.app.cases.overview import Printable
    from ptce_workflow.papers.report import Report
    from ptce_workflow.process.model.documents import Document


@command(
    "rulebook",
    examples=(
        "ptce rulebook",
        "ptce rulebook -o reglement.html",
        "ptce rulebook --choices -o choix.docx",
    ),
)
@flag("--choices", N_("Print instead what the organiser decides, for who presides to sign."))
@to_file(ON_PAPER)
def rulebook(call: Invocation, choices: bool) -> int:
    """Print the rulebook with what rests on each paragraph.

    Then the paragraphs that nothing rests on, and what rests on a choice of the organiser alone.
    With --choices, each of these choices: its value, why, and the article that it reads.
    """
    from ptce_workflow.app.locations import read_folder
    from ptce_workflow.base.clock import SystemClock
    from ptce_workflow.papers import document
    from ptce_workflow.process.check import sound

    call.speak_of(call.contest_dir)
    report_of = document.choices if choices else document.rulebook
    report = report_of(sound(read_folder(call.contest_dir)), (call.clock or SystemClock()).now())
    return give(call, Answer(lambda: report, forms=PAPERS), "")


@command("translate", examples=("ptce translate en", "ptce translate oc occitanie-2024"))
@argument("tag", N_("LANGUAGE"), N_("The language, such as en or oc."))
@argument(
    "folder", N_("DIR"), N_("The folder; else that of the contest."), type=PATH, required=False
)
def translate(call: Invocation, tag: str, folder: Path | None) -> None:
    """Write what a contest folder says into a catalogue to be translated.

    Makes translations/LANGUAGE.po, or brings it up to date: what is translated stays, what is new
    waits for a translation, what is no longer said is kept at its end.
    """
    from ptce_workflow.app.admin.folder import translate

    done = translate(folder or call.contest_dir, tag)
    told = _("{file}: {count} phrases.").format(file=done.file, count=done.phrases)
    call.out.tell(told)
    if done.missing:
        count = done.missing
        told = n_("{count} phrase is not translated.", "{count} phrases are not translated.", count)
        call.out.tell(told.format(count=count))
    for mail in done.mails:
        call.out.tell(_("The mail {file} is still to be written.").format(file=mail))


@command(
    "document",
    examples=(
        "ptce document certificate C-010 -o attestation.docx",
        "ptce document ami C-010 -o ami.html",
        "ptce document marks C-012",
    ),
)
@argument(
    "name",
    N_("DOCUMENT"),
    N_("A document of config.toml, such as certificate; or marks."),
    type=DOCUMENT,
)
@reference
@panel
@to_file(ON_PAPER)
def document(call: Invocation, name: str, ref: str, panel: str | None) -> Answer:
    """Print a document about a candidature.

    What is printed, and in which states, stands in config.toml (documents). What is not known is
    left to be filled in by hand. The marks are those of a panel once they are closed, for whoever
    asks why: means, rank, what stood in the way, remedies. Nothing is recorded.
    """
    if name == _MARKS and name not in call.contest.process.definition.config.documents:
        from ptce_workflow.app.jury.disclosed import disclosed
        from ptce_workflow.papers.marks import marks_of

        return Answer(lambda: marks_of(disclosed(call.contest, ref, panel)), forms=PAPERS)
    from ptce_workflow.app.cases.overview import printable
    from ptce_workflow.papers.document import compose

    alone(_("DOCUMENT"), {"--panel": panel})

    def report() -> Report:
        found = printable(call.contest, ref)
        wanted = document_named(found, name)
        case, moment = found.case, found.moment
        return compose(found.process, wanted, case, moment, seal=found.hash, language=language())

    # The file is looked at before the contest is asked.
    return Answer(report, forms=PAPERS)


_MARKS = "marks"
"""The document that every contest with a panel has."""


def document_named(found: Printable, name: str) -> Document:
    """The document of that name.

    *Raises* Misuse when there is none, PtceError while the candidature stands elsewhere.
    """
    process, case = found.process, found.case
    documents = process.definition.config.documents
    if name not in documents:
        raise Misuse(
            _('There is no document "{name}".').format(name=name),
            _("Documents: {names}.").format(
                names=", ".join(
                    (*(f"{one} ({told.label})" for one, told in documents.items()), _MARKS)
                )
            ),
            did_you_mean(nearest(name, (*documents, _MARKS))),
        )
    wanted = documents[name]
    if case.state not in wanted.in_:
        states = ", ".join(process.states[state].label.in_(language()) for state in wanted.in_)
        raise PtceError(
            _('{ref} stands in the state "{state}": this document is not printed there.').format(
                ref=case.ref, state=process.states[case.state].label
            ),
            _("It is printed in: {states}.").format(states=states),
            _("`ptce why {ref}` shows the ways out.").format(ref=case.ref),
        )
    return wanted
