"""A candidature and the ways out of its state, as they are printed: `ptce show`, `ptce why`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.explain import leads_onward
from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text, to_text
from ptce_workflow.base.geography import Gazetteer
from ptce_workflow.base.words import _, language
from ptce_workflow.papers.ranking import mark_said, rank_told
from ptce_workflow.papers.report import (
    Heading,
    LabelledValues,
    Lead,
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
from ptce_workflow.process.fields import FieldType, TableField
from ptce_workflow.process.process import institution_label, name_of, way_label
from ptce_workflow.process.rules.case import Answer, Moment

if TYPE_CHECKING:
    from ptce_workflow.app.cases.explain import Explanation, WayTold
    from ptce_workflow.app.cases.overview import Dossier
    from ptce_workflow.ledger.state import Accepted
    from ptce_workflow.process.explain import RuleTold
    from ptce_workflow.process.model.sheets import Sheet
    from ptce_workflow.process.process import Process
    from ptce_workflow.process.rules.case import Case, Scores


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


def why_report(explanation: Explanation, now: datetime, *, cite: bool = False) -> Report:
    """`ptce why`: each way out, each rule, what was observed, on what it rests, what to do.

    With `cite`, the words of the rulebook stand below what rests on them.
    """
    title = headline(explanation.process, explanation.case).name
    return of_contest(explanation.process, title, now, _parts(explanation, cite=cite))


def _parts(explanation: Explanation, *, cite: bool) -> Iterator[Part]:
    process = explanation.process
    yield headline(process, explanation.case)
    if not explanation.ways:
        yield Note(_("No way leads out of this state: the matter is settled."))
    for way in explanation.ways:
        yield _way(process, way, cite=cite)
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


def _way(process: Process, way: WayTold, *, cite: bool) -> WayShown:
    remark = ""
    if way.at is not None:
        when = speech.long_instant(way.at, process.zone, language())
        remark = _("by itself, {when}").format(when=when)
    rules = (
        RuleShown(
            MARKS[rule.answer],
            rule.says,
            tuple(_seen(rule)),
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
        yield _("missing: {label}").format(label=", ".join(rule.missing))
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


def _next(explanation: Explanation) -> Iterator[NextStep]:
    """The command to type next: the first way onward that is open, else what answers a question."""
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


def show_data(dossier: Dossier) -> dict[str, Any]:
    """`ptce show --json`: facts as they are recorded, erasable ones where they are still kept."""
    case = dossier.case
    return {
        "ref": case.ref,
        "name": case.private.get(dossier.process.definition.config.contest.name_field),
        "state": case.state,
        "since": to_text(case.since),
        "version": case.version,
        "received_at": None if case.received_at is None else to_text(case.received_at),
        "facts": dict(_facts(dossier)),
        "scores": {name: dict(given) for name, given in case.scores.items()},
        "panels": {name: dict(figures) for name, figures in case.panels.items()},
        "recused": {name: list(aside) for name, aside in case.recused.items()},
        "due": {name: to_text(at) for name, at in dossier.due.items()},
        "origin": None if case.origin is None else dict(case.origin),
        "handed_over": dict(case.handed_over),
    }


def _facts(dossier: Dossier) -> Iterator[tuple[str, Any]]:
    case = dossier.case
    for name in dossier.process.definition.field_names():
        field = dossier.process.definition.field(name)
        if field is None:
            continue
        if name in case.facts or name in case.private:
            yield name, case.answer(name, field)
        elif getattr(field, "computed", None) is not None:
            read = dossier.process.scope.variables[name].read
            value = read(case, Moment(case.since))
            if value is not None:
                yield name, value


def show_report(dossier: Dossier, now: datetime) -> Report:
    """`ptce show`: what every sheet holds, by its labels."""
    title = headline(dossier.process, dossier.case).name
    return of_contest(dossier.process, title, now, _dossier_parts(dossier))


def _dossier_parts(dossier: Dossier) -> Iterator[Part]:
    process, case = dossier.process, dossier.case
    yield headline(process, case)
    for name, at in dossier.due.items():
        label = way_label(process, case.state, name)
        when = speech.long_instant(at, process.zone, language())
        told = _("By itself, {when}: {label}").format(when=when, label=label)
        yield Paragraph(told, hanging=True)
    if case.origin is not None:
        came = _("handed over by {contest}, where it is {ref}").format(**case.origin)
        yield Paragraph(came[:1].upper() + came[1:], hanging=True)
    facts = dict(_facts(dossier))
    for sheet_name, sheet in process.definition.sheets.items():
        told_of = tuple(
            (field.label.in_(language()), _value(process, field, facts.get(name)))
            for field_name, field in sheet.fields.items()
            if (name := f"{sheet_name}.{field_name}") in facts or name in case.given
        )
        if told_of:
            yield Heading(sheet.label.in_(language()))
            yield LabelledValues(told_of)
    for name, sheet in process.definition.sheets.items():
        if name in case.scores or name in case.recused:
            yield Heading(sheet.label.in_(language()))
            yield LabelledValues(tuple(_marks_given(process, name, case)))


def headline(process: Process, case: Case) -> Lead:
    """A candidature in a line: reference, name, state, since when."""
    name = name_of(process, case)
    label = process.states[case.state].label.in_(language())
    when = speech.long_instant(case.since, process.zone, language())
    told = _("{ref} {name} · {state} since {when}").format(
        ref=case.ref, name=name, state=label, when=when
    )
    start = f"{case.ref} {name}"
    return Lead(start, told.removeprefix(start).removeprefix(" · "))


def _value(process: Process, field: FieldType, value: Any) -> str:
    """A fact as people read it, one line a row for a table."""
    if value is None:
        return _("(erased)")
    if not isinstance(field, TableField):
        return field.display(value, language(), process.zone, Gazetteer)
    return "\n".join(
        "· "
        + ", ".join(
            column.show_in_row(row[name], language(), process.zone, Gazetteer)
            for name, column in field.columns.items()
            if row.get(name) is not None
        )
        for row in value
    )


def _marks_given(process: Process, panel: str, case: Case) -> Iterator[tuple[str, str]]:
    """The marks of each institution, criterion by criterion; who steps aside; the result."""
    sheet, given = process.definition.sheets[panel], case.scores.get(panel, {})
    aside = case.recused.get(panel, ())
    for member in sheet.members:
        if member in given or member in aside:
            told = [
                *_marks(sheet, given.get(member, {})),
                *([_aside(given, member)] * (member in aside)),
            ]
            yield institution_label(process, member), "\n".join(told)
    figures = case.panels.get(panel)
    if figures is not None:
        yield _("recorded"), " · ".join(_recorded(figures))


def _marks(sheet: Sheet, given: Mapping[str, int | None]) -> list[str]:
    marks = [
        f"{sheet.fields[criterion].label.in_(language())} {mark_said(given[criterion])}"
        for criterion in sheet.criteria
        if criterion in given
    ]
    return [" · ".join(marks)] if marks else []


def _aside(given: Scores, member: str) -> str:
    return _("stepped aside: its marks do not count") if member in given else _("stepped aside")


def _recorded(figures: Mapping[str, int]) -> Iterator[str]:
    """The figures that were recorded for good."""
    if "total" in figures:
        yield _("mean {mean}").format(mean=mark_said(figures["total"]))
    yield _("voices {voices}/{expected}").format(
        voices=figures.get("voices", 0), expected=figures.get("expected", 0)
    )
    if "rank" in figures:
        yield _("rank {rank}").format(rank=rank_told(figures["rank"], figures.get("tied", 1)))
