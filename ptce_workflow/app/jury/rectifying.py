"""A mistyped mark of a closed panel, mended with its reason and what proves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.record import FactsRefused
from ptce_workflow.app.cases.rectifications import Rectification, rectified
from ptce_workflow.app.contest import atomic
from ptce_workflow.app.jury.marks import Given, panel_of, voice_words
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.panel import MarksMended, ScoresRectified, figures_at_once
from ptce_workflow.process.process import to_the_second
from ptce_workflow.process.rules.case import Case, with_marks

if TYPE_CHECKING:
    from ptce_workflow.app.transaction import Transaction, Words
    from ptce_workflow.ledger.events.receipt import Evidence


@atomic
def rectify_marks(
    act: Transaction,
    ref: str,
    institution: str,
    marks: Mapping[str, Any],
    panel: str | None = None,
    *,
    reason: str,
    evidence: Evidence,
) -> tuple[Case, tuple[Rectification, ...]]:
    """Mends marks that an institution gave, once no more can be given; what was mended.

    The figures that a sitting saw stay, and what it decided. What stays the same is not written.

    *Raises* Misuse or FactsRefused for what cannot be read, PtceError where the panel mends none,
    or none any more, and for who may not speak for the institution.
    """
    (case,) = act.load([ref])
    definition = act.process.definition
    if panel is None:
        marked = [one for one, given in case.scores.items() if institution in given]
        panel = marked[0] if len(marked) == 1 else None
    name = panel_of(definition, institution, panel)
    sheet, before = definition.sheets[name], case.scores.get(name, {}).get(institution, {})
    given = Given(act, name, sheet, case, institution)
    for field_name, answer in marks.items():
        given.take(field_name, answer)
    given.check_explained()
    if given.problems:
        raise FactsRefused(tuple(given.problems), tuple(given.astray))
    if not given.scores:
        return case, ()
    stood = {one: before[one] for one in given.scores if one in before}
    panels = figures_at_once(act.process, name, with_marks(case, name, institution, given.scores))
    event = ScoresRectified(institution, given.scores, name, stood, evidence, panels)
    side = MarksMended(given.comments, reason)
    after = act.tell(case.id, event, side, _words(act, case, event))
    told = rectified(act.process, after, event, side, act.now, after.version)
    return act.seen(after), tuple(told)


def _words(act: Transaction, case: Case, event: ScoresRectified) -> Words:
    """The refusals for a mark that cannot be mended, each with what to do instead."""
    process, name = act.process, event.sheet
    return {
        **voice_words(act, process.definition.sheets[name], case, event.institution),
        law.NOT_RECTIFIED: lambda _breach: PtceError(
            _("This panel has no mark mended once they are closed."),
            _("The folder says until when: `rectify_until` of the panel."),
            _("Write it in sheets/{name}.toml, and have it adopted: `ptce adopt`.").format(
                name=name
            ),
        ),
        law.RECTIFIED_LATE: lambda breach: PtceError(
            _("Marks of {ref} could be mended until {when}.").format(
                ref=case.ref, when=to_the_second(process, from_text(breach.why))
            ),
            _("What was decided stands."),
        ),
    }
