"""What institutions declare of their links with candidatures, before they mark them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ptce_workflow.app.jury.marks import found_in, may_speak, panel_of, voice_words
from ptce_workflow.app.refusals import reason_given
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.words import _
from ptce_workflow.ledger.events import clauses as law
from ptce_workflow.ledger.events.base import Reason
from ptce_workflow.ledger.events.panel import Links, LinksCleared, LinksDeclared
from ptce_workflow.process.panel.figures import asked_of
from ptce_workflow.process.rules.case import Case, by_ref

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.app.transaction import Transaction, Words


def declare_links(
    contest: Contest,
    refs: Sequence[str] = (),
    *,
    links: str | None = None,
    reason: str | None = None,
    presides: str | None = None,
    institution: str | None = None,
    panel: str | None = None,
) -> tuple[str, str, tuple[Case, ...]]:
    """Records what an institution declares of some candidatures, else of all that it may mark.

    Without `links` it declares that it has none, and a `reason` says why where a dossier names it.
    Where an institution `presides`, that one finds that the links declared have no influence.
    Without references, those of which nothing is declared yet. The panel, the institution, and the
    candidatures as they are now.

    *Raises* Misuse for an institution that is not named, a panel that asks for no declaration, or
    why there is no link where a dossier names it; PtceError for a declaration that comes after a
    mark, or by whoever may not speak for the institution.
    """
    text, why = reason_given(links), reason_given(reason)
    with contest.acting() as act:
        own = institution or act.actor.institution
        if own is None:
            raise Misuse(
                _("It is not said who declares."),
                mend=_("Name the institution: {option}.").format(option="--institution …"),
            )
        name = panel_of(act.process.definition, own, panel)
        may_speak(act, act.process.definition.sheets[name], own)
        cases = act.load(dict.fromkeys(refs)) if refs else list(_undeclared(act, name, own))
        named = {
            one.id for one in cases if not (text or presides) and _is_named(act, name, one, own)
        }
        if named and not why:
            raise _unexplained([one.ref for one in cases if one.id in named], own)
        for case in cases:
            event: LinksDeclared | LinksCleared = LinksDeclared(own, name, bool(text))
            told = text or (why if refs or case.id in named else "")
            side: Links | Reason | None = Links(told) if told else None
            if presides:
                event, side = LinksCleared(own, name, presides), Reason(why) if why else None
            elif refs and not text and case.declared.get(name, {}).get(own) is False:
                continue
            act.tell(case.id, event, side, _declaration_words(act, name, case, own))
        act.commit()
        return name, own, tuple(act.cases.get(case.id, case) for case in cases)


def _is_named(act: Transaction, panel: str, case: Case, institution: str) -> bool:
    """True where a dossier names an institution that has not said yet that it has no link."""
    proposed = found_in(act.process, panel, act.seen(case))
    return case.declared.get(panel, {}).get(institution) is not False and any(
        one.institution == institution and one.field is not None for one in proposed
    )


def _unexplained(refs: Sequence[str], institution: str) -> Misuse:
    command = f'ptce jury declare {refs[0]} --none --institution {institution} --reason "…"'
    return Misuse(
        _('"{name}" is named in {refs}.').format(name=institution, refs=", ".join(refs)),
        _("Who says all the same that it has no link says why."),
        _("Where it is named: {conflicts}. To say why: {command}").format(
            conflicts="ptce jury conflicts", command=command
        ),
    )


def _undeclared(act: Transaction, name: str, institution: str) -> Iterable[Case]:
    """The candidatures that an institution may mark, and of which it has declared nothing."""
    sheet = act.process.definition.sheets[name]
    if sheet.declares is None:
        raise _not_asked(name)
    for case in sorted(act.every_case(), key=lambda case: by_ref(case.ref)):
        known = {**case.declared.get(name, {}), **case.scores.get(name, {})}
        open_ = act.process.is_open(name, case.state)
        if open_ and institution in asked_of(name, sheet, case) and institution not in known:
            yield case


def _declaration_words(act: Transaction, name: str, case: Case, institution: str) -> Words:
    """The refusals of a declaration, and how to mend each."""
    sheet = act.process.definition.sheets[name]
    return {
        **voice_words(act, sheet, case, institution),
        law.NO_DECLARATION: lambda _breach: _not_asked(name),
        law.LATE_DECLARATION: lambda _breach: PtceError(
            _('"{name}" has given marks to {ref} already.').format(name=institution, ref=case.ref),
            _("Links are declared before the first mark, or the declaration is worth nothing."),
            _("If there is one, it steps aside: {command}").format(
                command=f'ptce jury recuse {case.ref} {institution} --reason "…"'
            ),
        ),
        law.REASON: lambda _breach: Misuse(_("Say why."), mend=_('Add --reason "…".')),
        law.CLOSED: lambda _breach: PtceError(
            _("{ref} is decided: {state}.").format(
                ref=case.ref, state=act.process.states[case.state].label
            ),
            _("A declaration comes before the first mark."),
        ),
    }


def _not_asked(panel: str) -> Misuse:
    return Misuse(
        _('The panel "{panel}" asks for no declaration.').format(panel=panel),
        mend=_("The sheet of the panel says which sentence is signed: {key}.").format(
            key='declares = "…"'
        ),
    )
