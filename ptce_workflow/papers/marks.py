"""The paper for a candidature that asks for its marks: marks, means, rank, rules, remedies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ptce_workflow.base import speech
from ptce_workflow.base.text import fingerprint
from ptce_workflow.base.words import _, language
from ptce_workflow.papers.listing import Col, table
from ptce_workflow.papers.ranking import (
    figure_label,
    mark_said,
    mean_of,
    rank_told,
    rectified_means,
)
from ptce_workflow.papers.report import (
    Bullets,
    Heading,
    LabelledValues,
    Note,
    Paragraph,
    Part,
    Report,
    clean,
    written,
)
from ptce_workflow.process.explain import withdrawn_told
from ptce_workflow.process.panel.figures import asked_of
from ptce_workflow.process.process import institution_label, name_of, signature
from ptce_workflow.process.rules.case import RuleAnswer, comment_name

if TYPE_CHECKING:
    from ptce_workflow.app.cases.past import PastMove
    from ptce_workflow.app.jury.disclosed import Disclosed
    from ptce_workflow.process.model.sheets import Sheet


def marks_of(told: Disclosed) -> Report:
    """The marks of a candidature, in the language in force."""
    process, case = told.process, told.case
    contest = process.definition.config.contest.title.in_(language())
    return Report(
        _("The marks of a candidature"),
        language(),
        told.moment.now,
        contest,
        tuple(_mark_parts(told)),
        over=contest,
        under=f"{name_of(process, case)} · {case.ref}",
        running=_("{ref} · from the ledger, line {n}, {hash}").format(
            ref=case.ref, n=case.version, hash=fingerprint(told.hash)
        ),
    )


def _mark_parts(told: Disclosed) -> Iterator[Part]:
    sheet = told.process.definition.sheets[told.panel]
    yield LabelledValues(tuple(_result(told)))
    yield Heading(sheet.label.in_(language()))
    yield from _marks(told, sheet)
    if told.decision is not None:
        yield from _stopped(told.decision)
    if told.remedies:
        yield Heading(_("What you can do"))
        yield Paragraph(_("As the email that tells the decision says it:"))
        yield from written(told.remedies)
    yield Paragraph("\n".join(signature(told.process, language())))


def _result(told: Disclosed) -> Iterator[tuple[str, str]]:
    process, decision = told.process, told.decision
    figures = told.case.panels[told.panel]
    yield figure_label(process, told.panel, "total").capitalize(), mean_of(figures)
    if mended := (*_mended(told), *rectified_means(process, told.panel, told.case)):
        yield _("Marks rectified"), "\n".join(mended)
    if "rank" in figures:
        rank = rank_told(figures["rank"], figures.get("tied", 1))
        count = 0 if decision is None else decision.ranked.get(told.panel, 0)
        said = _("{rank} of {count}").format(rank=rank, count=count) if count else rank
        yield _("Rank"), said
    if decision is None:
        return
    when = speech.long_instant(decision.at, decision.process.zone, language())
    yield _("Decision"), _("{label}, {when}").format(label=decision.way.label, when=when)
    if decision.reason:
        yield _("Reason"), decision.reason


def _mended(told: Disclosed) -> Iterator[str]:
    """The criteria of which marks were mended, and when; whose they are, the folder says below."""
    for one in told.rectified:
        criterion = one.name.partition("@")[0].removeprefix(f"{told.panel}.")
        label = figure_label(told.process, told.panel, criterion)
        yield _("{label}, {when}").format(
            label=label, when=speech.long_instant(one.at, told.process.zone, language())
        )


def _marks(told: Disclosed, sheet: Sheet) -> Iterator[Part]:
    case, figures = told.case, told.case.panels[told.panel]
    given = case.scores.get(told.panel, {})
    named = sheet.discloses == "marks"
    who = [one for one in asked_of(told.panel, sheet, case) if named and one in given]

    def mark(seat: str) -> Callable[[str], str]:
        return lambda name: mark_said(given[seat][name]) if name in given[seat] else "–"

    yield table(
        told.process,
        sheet.criteria,
        Col(_("criterion"), lambda name: sheet.fields[name], flexible=True, share=30),
        *(
            Col(
                institution_label(told.process, one),
                mark(one),
                number=True,
                flexible=True,
                share=12,
            )
            for one in who
        ),
        Col(_("mean"), lambda name: mean_of(figures, name), number=True, share=12),
        named=True,
    )
    for name, field in sheet.fields.items():
        said = {
            one: case.private.get(comment_name(told.panel, name, one))
            for one in who
            if name not in sheet.criteria
        }
        comments = [
            _("{label}: {value}").format(label=institution_label(told.process, one), value=text)
            for one, text in said.items()
            if text
        ]
        if comments:
            yield Heading(field.label.in_(language()), 2)
            yield Bullets(tuple(map(clean, comments)))
    aside = []
    for one in case.recused.get(told.panel, ()):
        label, before = institution_label(told.process, one), withdrawn_told(case, told.panel, one)
        aside.append(f"{label} ({before})" if before else label)
    if aside:
        yield Note(_("Stepped aside: {names}.").format(names=", ".join(aside)))


def _stopped(decision: PastMove) -> Iterator[Part]:
    closed = [way for way in decision.better if not way.allowed]
    if not closed:
        return
    yield Heading(_("What stood in the way"))
    for way in closed:
        yield Heading(way.label, 2)
        for rule in way.rules:
            if rule.answer is not RuleAnswer.HOLDS:
                yield Paragraph("\n".join(rule.lines()))
