"""Notes about a candidature: a call, a remark, what a form says beside its questions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from ptce_workflow.app.cases.history import entries_about
from ptce_workflow.app.contest import atomic
from ptce_workflow.app.refusals import without_role
from ptce_workflow.app.transaction import Transaction
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.receipt import NoteText, NoteWritten
from ptce_workflow.process.fields.answers import legible, normalise
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case
from ptce_workflow.process.secrecy import SEES_ALL

LONGEST_NOTE = 100_000


class Noted(Struct, frozen=True):
    """A note: its words, who wrote it, when, and its line."""

    text: str
    actor: str
    at: datetime
    line: int


@atomic
def note(act: Transaction, ref: str, text: str) -> tuple[Process, Case, Noted]:
    """Writes a note about a candidature; see `write_note`."""
    (case,) = act.load([ref])
    return act.process, case, write_note(act, case, text)


def write_note(act: Transaction, case: Case, text: str) -> Noted:
    """Writes a note about a candidature down, in an act under way.

    What nobody can see is left out: much of it comes from files of others.

    *Raises* Misuse for no words, TextRefused for too many, PtceError for anyone but the desk.
    """
    words = normalise(legible(text), multiline=True, max_length=LONGEST_NOTE)
    if not any(map(str.isalnum, words)):
        raise Misuse(_("A note without words says nothing."), mend=_("Write what to remember."))
    told = _("Only the desk may write a note about a candidature.")
    refused = {law.DESK: lambda _breach: without_role(act.actor, ("desk",), told)}
    act.tell(case.id, NoteWritten(), NoteText(words), refused)
    return Noted(words, act.actor.pseudonym, act.now, act.n)


def notes(act: Transaction, case: Case) -> Iterator[Noted]:
    """The notes about a candidature that were not erased, in order; none for who is not the desk.

    *Raises* PtceError for a line that is damaged.
    """
    if SEES_ALL.isdisjoint(act.actor.roles):
        return
    for line, side in entries_about(act.unit, act.contest, case.id):
        if isinstance(side, NoteText):
            yield Noted(side.text, line.actor, from_text(line.at), line.n)
