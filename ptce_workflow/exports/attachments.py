"""The files that go with mails: each as its reader may see it, dated as the mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from msgspec import structs

from ptce_workflow.app.jury.grid import grid_of
from ptce_workflow.app.jury.sittings import closed_sittings, sitting_in
from ptce_workflow.app.outbox.attachments import Attachment
from ptce_workflow.app.outbox.plan import case_of
from ptce_workflow.app.projections import due_of
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base import words
from ptce_workflow.base.errors import Finding, PtceError
from ptce_workflow.base.words import _, number, own_language, rehearsal_mark, speaking
from ptce_workflow.exports import booklet as papers
from ptce_workflow.exports.documents import decision_of, printed
from ptce_workflow.ledger.state import Person
from ptce_workflow.office.docx import blank_to_docx, to_docx
from ptce_workflow.office.forms.blank import blank
from ptce_workflow.office.grid import grid_form
from ptce_workflow.office.page import Report, rehearsed
from ptce_workflow.office.sheets import form_written
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.check.places import places
from ptce_workflow.process.letters.message import Message
from ptce_workflow.process.model.notification import FORM, Notification
from ptce_workflow.process.process import Process
from ptce_workflow.reports.sittings import minutes_of

# Of base64: four signs for three bytes, and the ends of lines.
_AS_SENT = 78 / 57


def write_attachment(
    tx: Transaction, row: Message, wanted: str, language: str
) -> Attachment | None:
    """Writes what an item of `attach` names; None where there is nothing to attach."""
    word, _dot, name = wanted.partition(".")
    # Whose application it is gets what the desk would hand over.
    reader = tx.state.people.get(row.recipient) or Person(row.recipient, ("desk",), None)
    with speaking(own_language(language)):
        return _WRITERS[word](replace(tx, actor=reader, now=due_of(row)), row, name)


def too_large(process: Process) -> Iterator[Finding]:
    """The mails that could never leave: their blank forms alone are too large for one."""
    hours = process.definition.config.mail
    for mail in places(process.definition, Notification):
        forms = (one.partition(".") for one in mail.table.attach)
        contents = (
            blank_to_docx(blank(process, name, process.language))
            for word, _dot, name in forms
            if word == FORM
        )
        sent = round(sum(map(len, contents)) * _AS_SENT)
        if sent > hours.largest_bytes:
            what = _("The forms of this mail take {count} bytes, and no mail may exceed {largest}.")
            mend = _("Attach fewer, or write a larger size at `largest`, under [mail].")
            count = number(sent, words.language())
            yield mail.fault("attach", what, "", mend, count=count, largest=hours.largest)


def _form(tx: Transaction, row: Message, name: str) -> Attachment:
    case = case_of(tx, row)
    over = rehearsal_mark() if tx.row.rehearsal else ""
    content = blank_to_docx(blank(tx.process, name, words.language(), case, over))
    # It bears the name of the candidature.
    file = _("form-{name}.docx").format(name=name if case is None else f"{name}-{case.ref}")
    return Attachment(file, content, () if case is None else (case.id,))


def _grid(tx: Transaction, _row: Message, panel: str) -> Attachment | None:
    institution = tx.actor.institution or ""
    asked = grid_of(tx, institution, panel)
    if not asked.rows:
        return None
    form = form_written(grid_form(asked), ".xlsx", tx.now, rehearsal=tx.row.rehearsal)
    ids = {case.ref: case.id for case in tx.every_case()}
    subjects = tuple(ids[one.ref] for one in asked.rows)
    return Attachment(_("grid-{name}.xlsx").format(name=institution), form, subjects)


def _declaration(tx: Transaction, _row: Message, panel: str) -> Attachment | None:
    institution = tx.actor.institution or ""
    cases, _aside = papers.asked(tx, panel, institution)
    if not cases or tx.process.definition.sheets[panel].declares is None:
        return None
    report = papers.declaration(tx, panel, institution, words.language())
    name = _("declaration-{name}.docx").format(name=institution)
    return _paper(tx, name, report, (case.id for case in cases))


def _booklet(tx: Transaction, _row: Message, panel: str) -> Attachment | None:
    institution = tx.actor.institution or ""
    cases, aside = papers.asked(tx, panel, institution)
    if not cases:
        return None
    report = papers.booklet(tx, panel, words.language(), institution)
    name = _("booklet-{name}.docx").format(name=institution or panel)
    return _paper(tx, name, report, (case.id for case in (*cases, *aside)))


def _dossier(tx: Transaction, row: Message, _name: str) -> Attachment | None:
    case = tx.case(row.case_id)
    aside = (institution for panel in case.recused.values() for institution in panel)
    if not case.private or tx.actor.institution in {*aside}:
        return None
    report = papers.dossier(tx, case, words.language())
    return _paper(tx, f"dossier-{case.ref}.docx", report, [case.id])


def _document(tx: Transaction, row: Message, name: str) -> Attachment | None:
    return _of_case(tx, row, name, lambda case: printed(tx, case, name, words.language()))


def _decision(tx: Transaction, row: Message, _name: str) -> Attachment | None:
    name = _("decision")
    return _of_case(tx, row, name, lambda case: decision_of(tx, case, words.language()))


def _of_case(
    tx: Transaction, row: Message, name: str, write: Callable[[Candidature], Report]
) -> Attachment | None:
    case = tx.case(row.case_id)
    if not case.private:
        return None
    try:
        return _paper(tx, f"{name}-{case.ref}.docx", write(case), [case.id])
    except PtceError:
        # It would have nothing to tell.
        return None


def _minutes(tx: Transaction, row: Message, _name: str) -> Attachment | None:
    held = closed_sittings(tx.unit, tx.contest)
    if not held:
        return None
    ended = next((one for one in held if str(one.closed) == row.occurrence), held[-1])
    view = sitting_in(tx, ended.number)
    ids = (one.case.id for one in (*view.judged, *view.absent) if one.case.private)
    name = _("minutes-{number}.docx").format(number=ended.number)
    return _paper(tx, name, minutes_of(view), ids)


def _paper(tx: Transaction, name: str, report: Report, subjects: Iterable[str]) -> Attachment:
    dated = structs.replace(report, at=tx.now)
    content = to_docx(rehearsed(dated) if tx.row.rehearsal else dated)
    return Attachment(name, content, tuple(dict.fromkeys(subjects)))


_WRITERS: Mapping[str, Callable[[Transaction, Message, str], Attachment | None]] = MappingProxyType(
    {
        FORM: _form,
        "grid": _grid,
        "declaration": _declaration,
        "booklet": _booklet,
        "dossier": _dossier,
        "document": _document,
        "decision": _decision,
        "minutes": _minutes,
    }
)
