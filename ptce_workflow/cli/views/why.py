"""Why a candidature may move or not, as it is printed: `ptce why`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.todo import leads_onward
from ptce_workflow.base import speech
from ptce_workflow.base.instants import from_text, to_text
from ptce_workflow.base.words import _, language
from ptce_workflow.cli.views.dossier import headline
from ptce_workflow.papers.report import (
    NextStep,
    Note,
    Paragraph,
    Part,
    Report,
    RuleShown,
    WayShown,
    of_contest,
)
from ptce_workflow.process.telling import MARKS
from ptce_workflow.process.verdict import Answer

if TYPE_CHECKING:
    from ptce_workflow.app.cases.explain import Explanation, WayTold
    from ptce_workflow.ledger.hours import Accepted
    from ptce_workflow.process.process import Process
    from ptce_workflow.process.telling import RuleTold

_MOST_FACTS = 4


def why_data(explanation: Explanation) -> dict[str, Any]:
    """`ptce why --json`."""
    return {
        "ref": explanation.case.ref,
        "state": explanation.case.state,
        "transitions": [_way_data(way) for way in explanation.ways],
        "accepted_clock": None if explanation.clock is None else explanation.clock.n,
    }


def _way_data(way: WayTold) -> dict[str, Any]:
    return {
        "name": way.name,
        "to": way.to,
        "allowed": way.allowed,
        "at": None if way.at is None else to_text(way.at),
        "rules": [
            {
                "id": rule.id,
                "verdict": rule.answer.value,
                "says": rule.says,
                "observed": rule.observed,
                "missing": list(rule.missing),
                "source": None if rule.source is None else rule.source.in_(language()),
                "choice": None if rule.choice is None else rule.choice.in_(language()),
            }
            for rule in way.rules
        ],
        "timely_by_clock": list(way.owed),
    }


def why_report(explanation: Explanation, now: datetime) -> Report:
    """`ptce why`: each way out, each rule, what was observed, on what it rests, what to do."""
    title = headline(explanation.process, explanation.case).name
    return of_contest(explanation.process, title, now, _parts(explanation))


def _parts(explanation: Explanation) -> Iterator[Part]:
    process = explanation.process
    yield headline(process, explanation.case)
    if not explanation.ways:
        yield Note(_("No way leads out of this state: the matter is settled."))
    for way in explanation.ways:
        yield _way(process, way)
    if any(_is_read(rule) for way in explanation.ways for rule in way.rules):
        told = _("* as the organiser reads it; the reason is beside the rule, in states/")
        yield Paragraph(told, hanging=True)
    if explanation.clock is not None:
        yield from _by_clock(explanation, explanation.clock)
    yield from _next(explanation)


def _by_clock(explanation: Explanation, clock: Accepted) -> Iterator[Part]:
    """The rules that hold by nothing but a clock that was set back and accepted."""
    owed = dict.fromkeys(rule for way in explanation.ways for rule in way.owed)
    if not owed:
        return
    says = {rule.id: rule.says for way in explanation.ways for rule in way.rules}
    zone = explanation.process.zone
    furthest = speech.long_instant(from_text(clock.furthest), zone, language())
    told = _("Line {n} accepted a clock set back from {furthest}. By it alone these hold:")
    yield Note(told.format(n=clock.n, furthest=furthest))
    yield Paragraph("\n".join(f"  ! {says[rule]}" for rule in owed), hanging=True)


def _way(process: Process, way: WayTold) -> WayShown:
    remark = ""
    if way.at is not None:
        when = speech.long_instant(way.at, process.zone, language())
        remark = _("by itself, {when}").format(when=when)
    rules = (
        RuleShown(MARKS[rule.answer], rule.says, tuple(_seen(rule)), _ground(rule))
        for rule in way.rules
    )
    return WayShown(f"{way.label} ({way.name})", way.allowed, tuple(rules), remark)


def _seen(rule: RuleTold) -> Iterator[str]:
    """What was observed or is missing, where that says more than the verdict."""
    told_already = rule.answer is Answer.HOLDS and rule.observed in (_("yes"), _("no"))
    if rule.missing:
        yield _("missing: {label}").format(label=", ".join(rule.missing))
    elif rule.observed and not told_already:
        yield _("observed: {what}").format(what=rule.observed)


def _is_read(rule: RuleTold) -> bool:
    """Whether the rule rests on an article, as the organiser reads it."""
    return rule.source is not None and rule.choice is not None


def _ground(rule: RuleTold) -> str:
    """On what a rule rests, a star for the organiser's own reading of an article."""
    if rule.source is not None and _is_read(rule):
        return f"{rule.source.in_(language())}\N{NO-BREAK SPACE}*"
    return rule.ground


def _next(explanation: Explanation) -> Iterator[NextStep]:
    """What to type next: the first way onward that is open, else what answers a question."""
    process, case = explanation.process, explanation.case
    for told in explanation.ways:
        way = process.ways(case.state)[told.name]
        if told.allowed and leads_onward(process, case.state, way):
            reason = ' --reason "…"' if way.transition.reason else ""
            yield NextStep(_("To go on: {command}"), f"ptce advance {case.ref} {told.name}{reason}")
            return
    for told in explanation.ways:
        if not leads_onward(process, case.state, process.ways(case.state)[told.name]):
            continue
        missing = dict.fromkeys(name for rule in told.rules for name in rule.missing)
        facts = [name for name in missing if process.definition.field(name)]
        if facts:
            sheet = facts[0].partition(".")[0]
            fields = [name.partition(".")[2] for name in facts if name.startswith(f"{sheet}.")]
            answers = " ".join(f"{field}=…" for field in fields[:_MOST_FACTS])
            yield NextStep(
                _("To answer what is missing: {command}"),
                f"ptce record {case.ref} {sheet} {answers}",
            )
            return
