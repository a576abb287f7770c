"""Why a candidature may move or not, as it is printed: `ptce why`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ptce_workflow.base import speech
from ptce_workflow.base.instants import from_text, to_text
from ptce_workflow.base.widths import columns_of
from ptce_workflow.base.words import _, language
from ptce_workflow.cli.layout import folded, wrapped
from ptce_workflow.cli.output import GREEN, RED, YELLOW, Output, Styled
from ptce_workflow.cli.terminal import print_part
from ptce_workflow.cli.views.dossier import headline
from ptce_workflow.desk.todo import leads_onward
from ptce_workflow.process.telling import MARKS
from ptce_workflow.process.verdict import Answer

if TYPE_CHECKING:
    from ptce_workflow.desk.why import Explanation, WayTold
    from ptce_workflow.ledger.hours import Accepted
    from ptce_workflow.process.process import Process
    from ptce_workflow.process.telling import RuleTold

# Where no terminal says how wide it is; and the widest that an eye follows from left to right.
_USUAL_CELLS, _WIDEST_CELLS = 80, 100
_RULE, _BELOW = " " * 4, " " * 8
_MOST_FACTS = 4
_STYLES = {Answer.HOLDS: GREEN, Answer.FAILS: RED, Answer.UNKNOWN: YELLOW}


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


def print_why(out: Output, explanation: Explanation) -> None:
    """`ptce why`: each way out, each rule, what was observed, on what it rests, what to do."""
    process, case = explanation.process, explanation.case
    print_part(out, headline(process, case))
    if not explanation.ways:
        out.say()
        out.tell(_("No way leads out of this state: the matter is settled."))
    for way in explanation.ways:
        out.say()
        _print_way(out, process, way)
    if any(_is_read(rule) for way in explanation.ways for rule in way.rules):
        out.say()
        told = _("* as the organiser reads it; the reason is beside the rule, in states/")
        out.tell(told, hanging="  ")
    if explanation.clock is not None:
        _print_clock(out, explanation, explanation.clock)
    _print_next(out, explanation)


def _print_clock(out: Output, explanation: Explanation, clock: Accepted) -> None:
    """Which rules hold by nothing but a clock that was set back and accepted."""
    owed = dict.fromkeys(rule for way in explanation.ways for rule in way.owed)
    if not owed:
        return
    says = {rule.id: rule.says for way in explanation.ways for rule in way.rules}
    zone = explanation.process.zone
    furthest = speech.long_instant(from_text(clock.furthest), zone, language())
    out.say()
    told = _("Line {n} accepted a clock set back from {furthest}. By it alone these hold:")
    out.tell(told.format(n=clock.n, furthest=furthest))
    for rule in owed:
        out.tell(f"! {says[rule]}", "  ", "  ")


def _print_way(out: Output, process: Process, way: WayTold) -> None:
    verdict = _("possible") if way.allowed else _("impossible")
    styled = Styled(verdict, GREEN if way.allowed else RED)
    room = _room(out)
    *lines, last = wrapped(f"→ {way.label} ({way.name})", out.width(out.stdout), "  ", "  ")
    for line in lines:
        out.say(line)
    if columns_of(last) + 2 + columns_of(verdict) > room:
        out.say(last)
        last = ""
    out.say(last, " " * (room - columns_of(last) - columns_of(verdict)), styled)
    if way.at is not None:
        when = speech.long_instant(way.at, process.zone, language())
        out.tell(_("by itself, {when}").format(when=when), _RULE)
    for rule in way.rules:
        _print_rule(out, rule, room)


def _print_rule(out: Output, rule: RuleTold, room: int) -> None:
    """The mark and the sentence; below it what was seen or lacks; on the right what it rests on."""
    mark = MARKS[rule.answer]
    width = out.width(out.stdout)
    sentence = wrapped(rule.says, None if width is None else room - 6)
    lines = [f"{_RULE}{mark} {sentence[0]}", *(f"{_RULE}  {line}" for line in sentence[1:])]
    for seen in _seen(rule):
        lines += wrapped(seen, None if width is None else room, _BELOW, "  ")
    first, *others = _with_ground(lines, _ground(rule), room)
    before, _mark, after = first.partition(mark)
    out.say(before, Styled(mark, _STYLES[rule.answer]), after)
    for line in others:
        out.say(line)


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


def _with_ground(lines: list[str], ground: str, room: int) -> list[str]:
    """The lines of a rule and on what it rests: at the end of the last one, else below it."""
    width = columns_of(ground)
    if columns_of(lines[-1]) + 2 + width <= room:
        gap = " " * (room - columns_of(lines[-1]) - width)
        return [*lines[:-1], lines[-1] + gap + ground]
    if len(_BELOW) + width <= room:
        return [*lines, " " * (room - width) + ground]
    return [*lines, *(_BELOW + line for line in folded(ground, room - len(_BELOW)))]


def _room(out: Output) -> int:
    return min(out.width(out.stdout) or _USUAL_CELLS, _WIDEST_CELLS)


def _print_next(out: Output, explanation: Explanation) -> None:
    """What to type next: the first way onward that is open, else what answers a question."""
    process, case = explanation.process, explanation.case
    for told in explanation.ways:
        way = process.ways(case.state)[told.name]
        if told.allowed and leads_onward(process, case.state, way):
            reason = ' --reason "…"' if way.transition.reason else ""
            out.say()
            out.advise(_("To go on: {command}"), f"ptce advance {case.ref} {told.name}{reason}")
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
            out.say()
            out.advise(
                _("To answer what is missing: {command}"),
                f"ptce record {case.ref} {sheet} {answers}",
            )
            return
