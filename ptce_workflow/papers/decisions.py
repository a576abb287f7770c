"""The decisions in the minutes of a sitting: each with its reason, its rules, their articles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ptce_workflow.base.words import _, language
from ptce_workflow.papers.report import Bullets, Column, Heading, Paragraph, Part, Table
from ptce_workflow.process.naming import name_of, way_label
from ptce_workflow.process.telling import MARKS
from ptce_workflow.process.verdict import Answer

if TYPE_CHECKING:
    from ptce_workflow.desk.sittings import Judged, Said, SittingTold, TryTold
    from ptce_workflow.process.definition import Sitting
    from ptce_workflow.process.telling import RuleTold


def sitting_of(told: SittingTold) -> Sitting:
    """The sitting, as the process of its day has it."""
    return told.process.definition.config.sittings[told.held.name]


def reason_told(said: Said) -> str:
    """The reason as it was written, or the remark that it was erased."""
    return _("(erased)") if said is None else said


def decides_told(told: SittingTold, name: str) -> str:
    """The label of a transition that the sitting decides."""
    return way_label(told.process, sitting_of(told).in_[0], name)


def by_decision(told: SittingTold) -> Iterator[tuple[str, list[Judged]]]:
    """The candidatures by the state that they were put in, as people call it, in sitting order.

    Where two decisions lead to one state, each is told apart by its own name.
    """
    found: dict[str, list[Judged]] = {name: [] for name in sitting_of(told).decides}
    to: dict[str, str] = {}
    for one in told.judged:
        if one.decision:
            found[one.decision.way.name].append(one)
            to[one.decision.way.name] = one.decision.way.to
    for name, judged in found.items():
        if judged:
            label = told.process.states[to[name]].label.in_(language())
            if [*to.values()].count(to[name]) > 1:
                label = _("{label}: {value}").format(label=label, value=decides_told(told, name))
            yield label, judged


def decisions(told: SittingTold) -> Iterator[Part]:
    """The decisions, by the state that they lead to; and those that depart from the ranking."""
    yield Heading(_("Decisions"))
    if not told.held.decided:
        yield Paragraph(
            _("Nothing was decided. What stood in the way is below, rule by rule."), strong=True
        )
        return
    for label, judged in by_decision(told):
        yield Heading(f"{label} ({len(judged)})", 2)
        rows = [_decision(told, one) for one in judged]
        columns = [
            Column(_("rank"), number=True, share=8),
            Column(_("ref."), share=11),
            Column(_("collective"), share=34),
            Column(_("reason"), share=37),
            Column(_("line"), number=True, share=10),
        ]
        if not any(row[3] for row in rows):
            rows = [(*row[:3], row[4]) for row in rows]
            columns[2:4] = [Column(_("collective"), share=71)]
        yield Table(columns, rows)
    departed = [one for one in told.judged if one.departs]
    if departed:
        yield Paragraph(_("Decided otherwise than the ranking, by the votes above:"))
        yield Bullets(tuple(_departure(told, one) for one in departed))


def _decision(told: SittingTold, one: Judged) -> tuple[str, ...]:
    assert one.decision is not None
    rank = str(one.figures["rank"])
    reason = reason_told(one.decision.reason)
    return rank, one.case.ref, name_of(told.process, one.case), reason, str(one.decision.line)


def _departure(told: SittingTold, one: Judged) -> str:
    assert one.decision is not None
    told_ = _("{ref}: {label}; the ranking and the rules would have given: {instead}.")
    return told_.format(
        ref=one.case.ref,
        label=decides_told(told, one.decision.way.name),
        instead="–" if one.instead is None else decides_told(told, one.instead),
    )


def rules_told(told: SittingTold) -> Iterator[Part]:
    """Each rule of each decision, with the article it rests on; once for all it said alike."""
    decided = bool(told.held.decided)
    yield Heading(_("The rules of each decision") if decided else _("What stood in the way"))
    for name in sitting_of(told).decides:
        tries = [
            (one, tried)
            for one in told.judged
            for tried in one.tries
            if tried.way.name == name and tried.made == decided
        ]
        if not tries:
            continue
        yield Heading(decides_told(told, name), 2)
        if not tries[0][1].rules:
            yield Paragraph(_("No rule guards it."))
            continue
        columns = (
            Column(_("rule"), share=42),
            Column(_("rests on"), share=38),
            Column(_("candidatures"), share=20),
        )
        yield Table(columns, tuple(_rule_rows(tries, decided=decided)))


def _rule_rows(
    tries: Iterable[tuple[Judged, TryTold]], *, decided: bool
) -> Iterator[tuple[str, str, str]]:
    refs: dict[tuple[str, str], list[str]] = {}
    order: dict[str, None] = {}
    by_rule: dict[str, list[tuple[str, str]]] = {}
    everyone = []
    for one, tried in tries:
        everyone.append(one.case.ref)
        for rule in tried.rules:
            if not decided and rule.answer is Answer.HOLDS:
                continue
            said = (_sentence(rule, decided=decided), rule.ground)
            order[rule.id] = None
            if said not in refs:
                by_rule.setdefault(rule.id, []).append(said)
            refs.setdefault(said, []).append(one.case.ref)
    for rule_id in order:
        for said in by_rule[rule_id]:
            found = refs[said]
            yield (*said, _("all of them") if len(found) == len(everyone) > 1 else ", ".join(found))


def _sentence(rule: RuleTold, *, decided: bool) -> str:
    lines = [f"{MARKS[rule.answer]} {rule.says}"]
    if not decided and rule.observed:
        lines.append(_("observed: {what}").format(what=rule.observed))
    if rule.missing:
        lines.append(_("missing: {label}").format(label=", ".join(rule.missing)))
    return "\n".join(lines)
