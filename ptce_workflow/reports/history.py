"""Decisions judged again, as they are printed: under their own process, under another folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.base import speech
from ptce_workflow.base.encoding import to_text
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.ledger.events.codec import kind_of
from ptce_workflow.papers.listing import Col, table
from ptce_workflow.papers.report import (
    Heading,
    Note,
    Paragraph,
    Part,
    Report,
    Table,
    VerdictLine,
    of_contest,
)
from ptce_workflow.papers.telling import state_label
from ptce_workflow.process.explain import MARKS
from ptce_workflow.process.process import counted, noun_of, sheet_label
from ptce_workflow.process.rules.case import RuleAnswer

if TYPE_CHECKING:
    from ptce_workflow.app.admin.recheck import Differing, Recheck
    from ptce_workflow.app.admin.whatif import RankTold, RuleTurned, TurnTold, WhatIf
    from ptce_workflow.process.process import Process

_UNKNOWN = "–"


def check_report(report: Recheck, folder: Path, now: datetime) -> Report:
    """`ptce replay --check`: how many decisions were judged again, and each that differs."""
    title = _("Decisions judged again")
    under = _("as of {when}").format(when=to_text(now))
    parts = tuple(_checked(report))
    return Report(title, language(), now, "ptce", parts, over=folder.resolve().name, under=under)


def _checked(report: Recheck) -> Iterator[Part]:
    total = sum(report.judged.values())
    told = n_("{count} decision judged again", "{count} decisions judged again", total)
    differing = len(report.differing)
    verdict = _("none differs")
    if differing:
        verdict = n_("{count} differs", "{count} differ", differing).format(count=differing)
    told = told.format(count=speech.number(total, language()))
    yield VerdictLine(told, verdict, good=not differing)
    yield Paragraph(_("Each under the process that its line cites, on what was known then."))
    if report.judged:
        kinds = [(kind_of(name), number) for name, number in sorted(report.judged.items())]
        yield table(
            None,
            [(kind, number) for kind, number in kinds if kind is not None],
            Col(_("decision"), lambda one: _(one[0].tells), flexible=True, share=6),
            Col(_("lines"), "1", number=True),
        )
    if report.differing:
        yield table(
            None,
            report.differing,
            Col("n", "line", number=True),
            Col(_("ref."), "ref", _UNKNOWN),
            Col(_("decision"), lambda one: one.transition or one.type, share=2),
            Col(_("why"), _differing, flexible=True, below=True, share=8),
        )
    if report.others:
        others = n_(
            "The ledger has {count} fault besides, which may have kept decisions from being "
            "judged: ptce verify",
            "The ledger has {count} faults besides, which may have kept decisions from being "
            "judged: ptce verify",
            report.others,
        )
        yield Note(others.format(count=speech.number(report.others, language())))


def _differing(one: Differing) -> Iterator[str]:
    yield from (f"{fault.what} {fault.why}".strip() for fault in one.faults)
    for rule in one.rules:
        answers = (rule.recorded, rule.found)
        said, found = (MARKS[RuleAnswer(one)] if one else _UNKNOWN for one in answers)
        told = _("recorded {said}, found {found}: {rule}")
        yield told.format(said=said, found=found, rule=rule.says)
        if rule.ground:
            yield rule.ground


# Under another folder.


def what_if_report(told: WhatIf, folder: Path) -> Report:
    """`ptce replay --what-if`: by candidature, the first act that turns, and through which rule."""
    title = _("What {folder} would have decided").format(folder=folder.name or folder)
    return of_contest(told.before, title, told.at, tuple(_what_if(told)))


def _what_if(told: WhatIf) -> Iterator[Part]:
    acts = n_("{count} act judged again", "{count} acts judged again", told.acts)
    acts = acts.format(count=speech.number(told.acts, language()))
    moved = sum(one.turn.how == "moved" for one in told.turns)
    turned = len(told.turns) - moved
    verdict = _("nothing turns")
    if turned:
        verdict = n_("{count} turns", "{count} turn", turned)
        verdict = verdict.format(count=speech.number(turned, language()))
    if moved:
        verdict += " · " + _("at another hour: {count}").format(count=moved)
    judged = f"{counted(told.before, told.candidatures)} · {acts}"
    yield VerdictLine(judged, verdict, good=not turned)
    if told.same:
        yield Note(_("This folder is the process in force."))
    if told.processes > 1:
        several = _(
            "{count} processes were in force, one after the other: each act is compared with what "
            "was decided under its own."
        )
        yield Note(several.format(count=told.processes))
    if told.turns:
        yield _turns(told)
    if told.moved_ranks:
        yield from _ranks(told.before, told.moved_ranks)
    yield from _totals(told)
    if told.turns:
        yield Note(
            _(
                "Marks, facts and votes are as recorded. After its first act that turns, and "
                "does not merely come at another hour, a candidature is judged no more, and counts "
                "for the others where that act would have left it: what might have followed is not "
                "supposed."
            )
        )


def _turns(told: WhatIf) -> Table:
    return table(
        told.before,
        told.turns,
        Col(_("ref."), "turn.case.ref"),
        Col(noun_of, "name", flexible=True, share=3),
        Col(_("line"), "turn.line", number=True),
        Col(_("as recorded"), _recorded, flexible=True, share=3),
        Col(_("otherwise"), lambda one: _otherwise(told.after, one), flexible=True, share=3),
        Col(_("through"), _through, flexible=True, below=True, share=8),
    )


def _label(process: Process, origin: str, name: str) -> str:
    way = process.ways(origin).get(name)
    return name if way is None else way.transition.label.in_(language())


def _recorded(one: TurnTold) -> str:
    turn = one.turn
    if turn.how == "sooner" or (turn.how == "passed" and turn.recorded is None):
        return _UNKNOWN
    label = _label(one.process, turn.origin, turn.transition)
    if not turn.made:
        return _("{label}: refused").format(label=label)
    if not turn.to:
        return label
    return _("{label}: {value}").format(label=label, value=state_label(one.process, turn.to))


def _otherwise(after: Process, one: TurnTold) -> str:
    turn, refs = one.turn, ", ".join(one.turn.beside)
    when = "" if turn.due is None else speech.short_instant(turn.due, after.zone, language())
    if turn.instead:
        label = _label(after, turn.origin, turn.instead)
        done = _("{label}: {value}").format(label=label, value=state_label(after, turn.leads))
        if turn.how == "sooner":
            return _("by itself, {when}: {label}").format(when=when, label=done)
        return done
    match turn.how:
        case "later":
            return _("not before {when}").format(when=when)
        case "moved" if turn.hour is not None:
            hour = speech.short_instant(turn.hour, after.zone, language())
            told = _("would have come on {when} instead of {hour}")
            return told.format(when=when, hour=hour)
        case "tied":
            return _("tied with {refs}: to be voted on").format(refs=refs)
        case "undecided":
            told = _("no decision: none was possible on {refs}")
            return told.format(refs=refs) if refs else _("no decision")
    if not turn.leads:
        return _("refused")
    return _("refused; stays: {state}").format(state=state_label(after, turn.leads))


def _through(one: TurnTold) -> Iterator[str]:
    """The rules on which it turns, as recorded and otherwise, each with what was seen."""
    for rule in one.rules:
        yield from _rule(rule)
    for says, why in one.breaches:
        yield f"✗ {says} {why}".rstrip()
    if refs := ", ".join(one.turn.since):
        yield _("since others count otherwise: {refs}").format(refs=refs)


def _rule(rule: RuleTurned) -> Iterator[str]:
    for heading, judged in ((_("as recorded"), rule.recorded), (_("otherwise"), rule.other)):
        if judged is None:
            continue
        seen = f" ({judged.observed})" if judged.observed else ""
        missing = ", ".join(judged.wanting)
        lacking = " · " + _("missing: {label}").format(label=missing) if missing else ""
        yield f"{heading} {MARKS[judged.answer]} {judged.says}{seen}{lacking}"
    ground = rule.other or rule.recorded
    if ground is not None and ground.ground:
        yield ground.ground


def _ranks(process: Process, ranks: list[RankTold]) -> Iterator[Part]:
    yield Heading(_("Ranks and means that move"), 2)
    yield table(
        process,
        sorted(ranks, key=lambda one: one.other.get("rank", 0)),
        Col(_("ref."), "ref"),
        Col(noun_of, "name", flexible=True, share=4),
        Col(_("panel"), "panel", show=sheet_label, flexible=True, share=2),
        Col(_("rank"), "recorded.rank", _UNKNOWN, number=True),
        Col(_("mean"), "recorded.total", _UNKNOWN, show=_mean, number=True),
        Col(_("rank, otherwise"), "other.rank", _UNKNOWN, number=True, flexible=True),
        Col(_("mean, otherwise"), "other.total", _UNKNOWN, _mean, number=True, flexible=True),
    )


def _mean(_process: Process, total: int) -> str:
    return speech.hundredths(total, language())


def _totals(told: WhatIf) -> Iterator[Part]:
    """The places set free or taken: by how much each total changes, and through whom."""
    if told.totals:
        yield Heading(_("Places set free or taken"), 2)
        yield table(
            told.after,
            told.totals,
            Col(_("total"), lambda one: told.after.totals[one.total], flexible=True, share=3),
            Col(_("by these acts"), lambda one: _moved(one.acts), flexible=True, share=4),
            Col(_("as of the last line"), lambda one: _moved(one.today), flexible=True, share=4),
        )


def _moved(those: Mapping[str, int]) -> str:
    if not those:
        return "0"
    each = ", ".join(f"{ref} {by:+d}" for ref, by in those.items())
    return f"{sum(those.values()):+d} ({each})"
