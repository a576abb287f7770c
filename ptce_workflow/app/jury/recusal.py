"""Conflicts of interest: declared by an institution, or found in a dossier and confirmed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.jury.marks import panel_name, panel_of
from ptce_workflow.app.policies import context
from ptce_workflow.app.projections import case_of
from ptce_workflow.app.refusals import reason_given, without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.panel import InstitutionRecused, RecusalLifted, figures_aside
from ptce_workflow.ledger.events.words import Reason
from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.panel.figures import asked_of
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Case

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest


_APART = re.compile(r"[^a-z0-9]+")
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Conflict:
    """A member's name found in a dossier: proposed, until a person confirms that it steps aside.

    `field` is where it was found, `text` what stands there, `name` which of its names it is.
    """

    panel: str
    case: Case
    institution: str
    field: str
    text: str
    name: str


def recuse(
    contest: Contest,
    ref: str,
    institution: str,
    reason: str | None,
    *,
    lift: bool = False,
    panel: str | None = None,
) -> Case:
    """Has an institution step aside from a candidature, or come back to it.

    Its marks stay in the ledger and stop counting. Figures that were recorded are recorded anew; a
    rank that a sitting has recorded stays.

    *Raises* Misuse for an unknown institution or a missing reason, PtceError for what is so
    already, what is decided, or an actor who may not speak for the institution.
    """
    text = reason_given(reason)
    with contest.acting() as act:
        (case,) = act.load([ref])
        name = panel_of(act.process.definition, institution, panel)
        figures = figures_aside(context(act, case.id), name, institution, lifted=lift)
        kind = RecusalLifted if lift else InstitutionRecused
        side = Reason(text) if text else None
        words = _words(act, case, institution, lift=lift)
        act.tell(case.id, kind(institution, figures, name), side, words)
        act.commit()
        return act.cases[case.id]


def conflicts(session: Contest, panel: str | None = None) -> tuple[Conflict, ...]:
    """The members whose names stand in dossiers that they have not stepped aside from yet.

    *Raises* Misuse for an unknown panel.
    """
    with session.reading() as (unit, process):
        chosen = panel_name(process.definition, panel)
        cases = (case_of(row, process) for row in unit.every_candidature(session.id))
        return tuple(one for case in cases for one in found_in(process, chosen, case))


def found_in(process: Process, name: str, case: Case) -> Iterator[Conflict]:
    """The conflicts that a dossier shows, for the members that would give marks; one for each."""
    definition = process.definition
    sheet = definition.sheets[name]
    if process.states[case.state].ends:
        return
    texts = [(field, text, _plain(text)) for field, text in _texts(sheet.conflicts, case)]
    for institution in asked_of(name, sheet, case):
        found = next(
            (
                Conflict(name, case, institution, field, text, known)
                for known in names_of(definition, institution)
                for field, text, plain in texts
                if _says(plain, known)
            ),
            None,
        )
        if found is not None:
            yield found


def names_of(definition: Definition, institution: str) -> tuple[str, ...]:
    """Every name under which an institution may stand in a dossier."""
    told = definition.config.institutions[institution]
    return tuple(dict.fromkeys((*told.names, *told.label.spoken())))


def _texts(paths: Iterable[str], case: Case) -> Iterator[tuple[str, str]]:
    """The texts in some fields, or columns of tables, as far as they were not erased."""
    for path in paths:
        sheet, field, *column = path.split(".")
        name = f"{sheet}.{field}"
        for kept in (case.facts.get(name), case.private.get(name)):
            for text in _cells(kept, column[0] if column else None):
                yield path, text


def _cells(kept: Any, column: str | None) -> Iterator[str]:
    if isinstance(kept, str):
        yield kept
    elif isinstance(kept, list):
        for row in kept:
            if isinstance(row, dict) and column is not None and isinstance(row.get(column), str):
                yield row[column]


def _says(plain: str, name: str) -> bool:
    """True where a plain text holds a name, as whole words, whatever its accents and capitals."""
    sought = _plain(name)
    return len(sought) >= _SHORTEST and f" {sought} " in f" {plain} "


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _APART.sub(" ", bare).strip()


def _words(act: Transaction, case: Case, institution: str, *, lift: bool) -> Words:
    """The refusals for an institution that cannot step aside, or come back; how to mend each."""
    state = act.process.states[case.state]
    so_already = _('"{name}" has stepped aside from {ref} already.')
    if lift:
        so_already = _('"{name}" has not stepped aside from {ref}.')
    return {
        law.WRITER.code: lambda _breach: without_role(
            act.actor,
            ("desk",) if lift else ("desk", "jury"),
            _('This person may not speak for "{institution}".').format(institution=institution),
        ),
        law.DECIDED.code: lambda _breach: PtceError(
            _("{ref} is decided: {state}.").format(ref=case.ref, state=state.label),
            _("Who steps aside now would change nothing, and the ledger would say otherwise."),
        ),
        law.SO_ALREADY.code: lambda _breach: PtceError(
            so_already.format(name=institution, ref=case.ref)
        ),
        law.GROUND.code: lambda _breach: Misuse(
            _("Say why."),
            _("The ledger keeps on what ground an institution stepped aside, or came back."),
            _('Add --reason "…".'),
        ),
    }
