"""Documents about a candidature, printed from what is known of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.text import did_you_mean, nearest
from ptce_workflow.base.words import N_, _, language
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import PATH, reference, yes_to_replace
from ptce_workflow.cli.writing import output_file, written

if TYPE_CHECKING:
    from ptce_workflow.app.cases.overview import Printable
    from ptce_workflow.process.model.definition import Document

# Each command brings its views when it runs: `--help` builds every command and needs none.


@command(
    examples=(
        "ptce document certificate C-010 -o attestation.docx",
        "ptce document ami C-010 -o ami.html",
    ),
)
@click.argument(
    "name", metavar=N_("DOCUMENT"), help=N_("A document of config.toml, such as certificate.")
)
@reference
@click.option(
    "-o",
    "output",
    metavar=N_("FILE"),
    help=N_("Write it there, as .docx or as .html."),
    type=PATH,
    required=True,
)
@yes_to_replace
def document(call: Invocation, name: str, ref: str, output: Path, yes: bool) -> int:
    """Print a document about a candidature.

    What is printed, and in which states, stands in config.toml (documents). What is not known is
    left to be filled in by hand. Nothing is recorded.
    """
    from ptce_workflow.app.cases.overview import printable
    from ptce_workflow.papers.document import compose
    from ptce_workflow.papers.formats import PAPERS, as_written

    file = output_file(call, output, PAPERS)
    found = printable(call.contest, ref)
    wanted = document_named(found, name)
    report = compose(
        found.process, wanted, found.case, found.moment, seal=found.hash, language=language()
    )
    if not written(call, file, as_written(report, file.form), yes=yes):
        return NOT_DONE
    call.out.tell(_("Written: {file}").format(file=output))
    return DONE


def document_named(found: Printable, name: str) -> Document:
    """The document of that name.

    *Raises* Misuse when there is none, PtceError while the candidature stands elsewhere.
    """
    process, case = found.process, found.case
    documents = process.definition.config.documents
    if name not in documents:
        raise Misuse(
            _('There is no document "{name}".').format(name=name),
            _("Documents: {names}.").format(names=", ".join(documents) or _("none")),
            did_you_mean(nearest(name, documents)),
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
