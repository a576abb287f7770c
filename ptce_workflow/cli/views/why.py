"""Why a candidature may move, or may not, as it is printed; and what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.explain import leads_onward
from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.words import _, language
from ptce_workflow.cli.naming import CONTEST
from ptce_workflow.cli.output import Named
from ptce_workflow.cli.views.cases import headline
from ptce_workflow.cli.views.changes import rectified_told
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
from ptce_workflow.process.explain import MARKS
from ptce_workflow.process.model.definition import RECEIVED
from ptce_workflow.process.rules.case import Answer, Case, is_given

if TYPE_CHECKING:
    from ptce_workflow.app.cases.explain import Explanation, WayTold
    from ptce_workflow.app.cases.rectifications import Rectification
    from ptce_workflow.ledger.state import Accepted
    from ptce_workflow.process.explain import RuleTold
    from ptce_workflow.process.process import Process

_MOST_FACTS = 4


def why_data(explanation: Explanation) -> dict[str, Any]:
    """`ptce why --json`."""
    return {
        "ref": explanation.case.ref,
        "state": explanation.case.state,
        "transitions": [
            Named(
                way,
                rules=[Named(rule, verdict=rule.answer.value) for rule in way.rules],
                timely_by_clock=way.owed,
            )
            for way in explanation.ways
        ],
        "accepted_clock": None if explanation.clock is None else explanation.clock.n,
    }


def why_report(explanation: Explanation, now: datetime, *, cite: bool = False) -> Report:
    """`ptce why`: each way out, each rule, what was observed, on what it rests, what to do.

    With `cite`, the words of the rulebook stand below what rests on them.
    """
    title = headline(explanation.process, explanation.case).name
    return of_contest(explanation.process, title, now, _parts(explanation, now, cite=cite))


def _parts(explanation: Explanation, now: datetime, *, cite: bool) -> Iterator[Part]:
    process = explanation.process
    yield headline(process, explanation.case)
    if not explanation.ways:
        yield Note(_("No way leads out of this state: the matter is settled."))
    for way in explanation.ways:
        yield _way(process, way, explanation.rectified, cite=cite)
    if any(_is_read(rule) for way in explanation.ways for rule in way.rules):
        told = _("* as the organiser reads it; the reason is beside the rule, in states/")
        yield Paragraph(told, hanging=2)
    if explanation.clock is not None:
        yield from _by_clock(explanation, explanation.clock)
    yield from _next(explanation, now)


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
    yield Paragraph("\n".join(f"  ! {says[rule]}" for rule in owed), hanging=2)


def _way(
    process: Process, way: WayTold, mended: Mapping[str, Rectification], *, cite: bool
) -> WayShown:
    remark = ""
    if way.at is not None:
        when = speech.long_instant(way.at, process.zone, language())
        remark = _("by itself, {when}").format(when=when)
    rules = (
        RuleShown(
            MARKS[rule.answer],
            rule.says,
            (*_seen(rule), *(rectified_told(process, mended[name]) for name in rule.rectified)),
            _ground(rule),
            _words(process, rule) if cite else (),
        )
        for rule in way.rules
    )
    return WayShown(f"{way.label} ({way.name})", way.allowed, tuple(rules), remark)


def _words(process: Process, rule: RuleTold) -> tuple[str, ...]:
    """The passages of the rulebook that a rule cites, as they stand there."""
    # What reads Markdown is not loaded for those who do not ask.
    from ptce_workflow.process.citations import cited, works_of

    works = works_of(process.files)
    if rule.source is None or not works:
        return ()
    return tuple(passage.words for passage in cited(rule.source.phrase, works))


def _seen(rule: RuleTold) -> Iterator[str]:
    """The value observed or the labels missing, where that says more than the verdict."""
    told_already = rule.answer is Answer.HOLDS and rule.observed in (_("yes"), _("no"))
    if rule.missing:
        yield _("missing: {label}").format(label=", ".join(rule.wanting))
    elif rule.observed and not told_already:
        yield _("observed: {what}").format(what=rule.observed)


def _is_read(rule: RuleTold) -> bool:
    """True when the rule rests on an article, as the organiser reads it."""
    return rule.source is not None and rule.choice is not None


def _ground(rule: RuleTold) -> str:
    """On what a rule rests, a star for the organiser's own reading of an article."""
    if rule.source is not None and _is_read(rule):
        return f"{rule.source.in_(language())}\N{NO-BREAK SPACE}*"
    return rule.ground


def _next(explanation: Explanation, now: datetime) -> Iterator[NextStep]:
    """The command to type next: a way onward that is open, else what answers a question.

    A way that ends the matter is proposed only where no question of the others is left open.
    """
    process, case, asked = explanation.process, explanation.case, explanation.ways
    ways = process.ways(case.state)
    onward = [one for one in explanation.every if leads_onward(process, case.state, ways[one.name])]
    ends = [one for one in onward if process.states[one.to].ends]
    on = [one for one in onward if one not in ends]
    first = [one for one in onward if one in asked]
    lacking = [
        fact
        for one in (*first, *on, *ends)
        if not one.allowed
        for rule in one.rules
        for fact in (*_worked_out_from(process, case, rule), *rule.lacking)
        if _is_open(process, case, fact, now)
    ]
    going = [one for one in on if one in asked and one.allowed]
    if going:
        yield _to_go_on(process, case, going[0])
    elif lacking:
        yield _to_answer(process, case, lacking)
    else:
        going = [one for one in ends if one in asked and one.allowed]
        yield from (_to_go_on(process, case, one) for one in going[:1])


def _worked_out_from(process: Process, case: Case, rule: RuleTold) -> Iterator[str]:
    """The fields that nobody has answered yet, from which what a rule lacks is worked out."""
    for name in rule.missing:
        source = getattr(process.definition.field(name), "computed", None)
        if source is not None:
            read = process.scope.worked_out_from(source)
            yield from (one for one in read if not is_given(case, one))


def _is_open(process: Process, case: Case, fact: str, now: datetime) -> bool:
    """True where people may record a fact as it stands now, or receive a sheet."""
    if fact.startswith(f"{RECEIVED}."):
        return True
    sheet = process.definition.sheets[fact.partition(".")[0]]
    if sheet.of_contest or sheet.is_panel:
        return sheet.of_contest
    closes = process.closes(fact, case)
    return process.is_open(fact, case.state) and (closes is None or now <= closes)


def _to_go_on(process: Process, case: Case, told: WayTold) -> NextStep:
    way = process.ways(case.state)[told.name]
    reason = ' --reason "…"' if way.transition.reason else ""
    return NextStep(_("To go on: {command}"), f"ptce advance {case.ref} {told.name}{reason}")


def _to_answer(process: Process, case: Case, facts: Sequence[str]) -> NextStep:
    sheet, _dot, asked = facts[0].partition(".")
    if sheet == RECEIVED:
        return NextStep(_("To receive it: {command}"), f"ptce receive {case.ref} {asked}")
    # What a sign-in sheet fills in is not typed; what reads the sheets is loaded for it alone.
    from ptce_workflow.process.panel.forms import sign_ins

    for one in sign_ins(process.definition):
        if facts[0] == one.table:
            told = _("To fill in, then to take back (--import): {command}")
            return NextStep(told, f"ptce sign-in --session {one.date} -o {one.date}.xlsx")
    fields = dict.fromkeys(
        name.partition(".")[2] for name in facts if name.partition(".")[0] == sheet
    )
    answers = " ".join(f"{field}=…" for field in [*fields][:_MOST_FACTS])
    ref = CONTEST if process.definition.sheets[sheet].of_contest else case.ref
    told = _("To answer what is missing: {command}")
    return NextStep(told, f"ptce record {ref} {sheet} {answers}")
