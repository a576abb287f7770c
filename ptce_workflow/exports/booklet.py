"""What a jury reads and signs: the dossiers of a panel, one dossier, a declaration of links.

They hold no hour and no line of the ledger: they change when what they tell does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from ptce_workflow.app.jury.marks import not_asked, panel_name, panel_of
from ptce_workflow.app.pieces import PieceOfCase, pieces_with
from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _, speaking
from ptce_workflow.exports.documents import answers_parts
from ptce_workflow.office import page
from ptce_workflow.process.candidature import Candidature, RuleContext, by_ref
from ptce_workflow.process.explain import Papers
from ptce_workflow.process.panel import assigned_to
from ptce_workflow.process.process import counted, institution_label, name_of, named, sheet_label
from ptce_workflow.process.visibility import readable
from ptce_workflow.reports.candidatures import pieces_table

if TYPE_CHECKING:
    from ptce_workflow.app.transaction import Transaction


def asked(
    tx: Transaction, panel: str, institution: str = ""
) -> tuple[list[Candidature], list[Candidature]]:
    """The candidatures that a panel marks now, and those from which an institution stepped aside.

    With an institution, those alone about which it is asked; each as a jury may read it.
    """
    process = tx.process
    sheet = process.definition.sheets[panel]
    among = [
        readable(process, case, ("jury",))
        for case in sorted(tx.every_case(), key=lambda case: by_ref(case.ref))
        if process.is_open(panel, case.state)
        and (not institution or institution in assigned_to(sheet, case))
    ]
    aside = [case for case in among if institution in case.recused.get(panel, ())]
    return [case for case in among if case not in aside], aside


def booklet(
    tx: Transaction, panel: str | None, language: str, institution: str = ""
) -> page.Report:
    """The dossiers of the candidatures of a panel. Raises: Misuse, PtceError where there is none.

    Those from which an institution stepped aside are named at its end.
    """
    process = tx.process
    name = panel_of(process.definition, institution, panel) if institution else panel
    name = panel_name(process.definition, name)
    cases, aside = asked(tx, name, institution)
    with speaking(language):
        label = sheet_label(process, name)
        if not cases:
            raise PtceError(
                _("There is no dossier to read for “{panel}”.").format(panel=label),
                _("A booklet holds the candidatures of which marks may be given now."),
                _("For one alone: {command}").format(command="ptce document dossier C-001"),
            )
        title, under = _("The dossiers of the candidatures"), [label]
        if institution:
            under.append(institution_label(process, institution))
        chapters = [page.Heading(named(process, case), anchor=case.ref) for case in cases]
        left = page.Heading(_("Dossiers that are not in this booklet"), anchor="aside")
        contents = page.Contents((*chapters, left) if aside else tuple(chapters))
        parts: list[page.Part] = [page.heading(_("Contents")), contents]
        rows = tx.unit.received_mails(tx.contest)
        for chapter, case in zip(chapters, cases, strict=True):
            parts += chapter, *_dossier(tx, case, pieces_with(tx, case, rows), language, 2)
        if aside:
            text = _("Your institution stepped aside from these candidatures:")
            parts += left, page.say(text), page.bullets(named(process, case) for case in aside)
        return page.of_contest(process, title, tx.now, parts, " · ".join(under), title)


def dossier(tx: Transaction, case: Candidature, language: str) -> page.Report:
    """One dossier, as a jury may read it. Raises: PtceError where nothing was answered."""
    seen = readable(tx.process, case, ("jury",))
    with speaking(language):
        title = name_of(tx.process, seen)
        rows = tx.unit.received_mails(tx.contest)
        parts = tuple(_dossier(tx, seen, pieces_with(tx, seen, rows), language))
        if not parts:
            raise PtceError(_("Nothing was answered yet for {ref}.").format(ref=case.ref))
        running = named(tx.process, seen)
        return page.of_contest(tx.process, title, tx.now, parts, seen.ref, running)


def _dossier(
    tx: Transaction,
    case: Candidature,
    pieces: Iterable[PieceOfCase],
    language: str,
    level: Literal[1, 2] = 1,
) -> Iterator[page.Part]:
    """The answers of a candidature, sheet by sheet, then the files that came with it."""
    papers = Papers(tx.process, case, RuleContext(case.since), language)
    answers = (
        answer
        for name, sheet in tx.process.definition.sheets.items()
        if sheet.about == "candidature" and not sheet.is_panel and name not in case.closed
        for answer in papers.answers(name)
    )
    yield from answers_parts(papers, answers, level=level)
    if pieces := list(pieces):
        yield page.heading(_("Files handed in"), level)
        yield pieces_table(tx.process, pieces)


_BLANK = "……………………"


def declaration(tx: Transaction, panel: str | None, institution: str, language: str) -> page.Report:
    """The declaration of links that an institution signs. Raises: Misuse, PtceError."""
    process = tx.process
    name = panel_of(process.definition, institution, panel)
    sheet = process.definition.sheets[name]
    if sheet.declares is None:
        raise not_asked(name)
    cases, _aside = asked(tx, name, institution)
    with speaking(language):
        label = institution_label(process, institution)
        if not cases:
            what = _("“{label}” has nothing to declare: no candidature waits for its marks.")
            raise PtceError(what.format(label=label))
        columns = (
            page.Column(_("reference"), share=2),
            page.Column(_("name"), share=5),
            page.Column(_("link, if there is one"), share=6),
        )
        rows = [(case.ref, name_of(process, case), "") for case in cases]
        parts = (
            page.facts([(_("Institution"), label), (_("Name"), ""), (_("Capacity"), "")]),
            page.heading(_("What is declared")),
            page.say(sheet.declares.in_(language)),
            page.say("☐ " + _("Our institution has no link with any of the candidatures below.")),
            page.say(
                "☐ " + _("Our institution has a link with those beside which one is written.")
            ),
            page.heading(counted(process, len(rows))),
            page.Table(columns, rows),
            *page.signed(_BLANK, _BLANK, [label]),
        )
        title = _("Declaration of links")
        return page.of_contest(process, title, tx.now, parts, sheet_label(process, name), title)
