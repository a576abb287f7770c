"""Documents about a candidature, printed from what is known of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.suggestions import did_you_mean, nearest
from ptce_workflow.base.words import _, language
from ptce_workflow.cli.faults import DONE, NOT_DONE
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.parameters import argument, option, reference, yes_to_replace
from ptce_workflow.cli.writing import output_file, written

if TYPE_CHECKING:
    from ptce_workflow.desk.printing import Printable
    from ptce_workflow.process.printed import Document

# Each command brings its views when it runs: `--help` builds every command and needs none.


def document(
    call: Invocation,
    name: Annotated[
        str, argument(_("DOCUMENT"), _("A document of config.toml, such as certificate."))
    ],
    ref: Annotated[str, reference()],
    output: Annotated[Path, option("-o", _("FILE"), _("Write it there, as .docx or as .html."))],
    yes: Annotated[bool, yes_to_replace()] = False,
) -> int:
    """Prints a document about a candidature."""
    from ptce_workflow.documents.dossier import compose
    from ptce_workflow.documents.forms import FORMS, as_written

    file = output_file(call, output, FORMS)
    found = call.contest.printable(ref)
    wanted = document_named(found, name)
    matter = compose(
        found.process, wanted, found.case, found.moment, seal=found.hash, language=language()
    )
    if not written(call, file, as_written(matter, file.form), yes=yes):
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
