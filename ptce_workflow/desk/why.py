"""Why a candidature may move, or may not: every way out, every rule, what was observed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ptce_workflow.base.gazetteer import Gazetteer
from ptce_workflow.base.words import _, language
from ptce_workflow.desk.act import Act
from ptce_workflow.desk.refusals import no_way_out
from ptce_workflow.process.case import Case, Moment
from ptce_workflow.process.explain import Teller
from ptce_workflow.process.model import Text
from ptce_workflow.process.process import Process, Way
from ptce_workflow.process.rules import Answer, Verdict

if TYPE_CHECKING:
    from ptce_workflow.desk.session import Session

MARKS: Mapping[Answer, str] = {Answer.HOLDS: "✓", Answer.FAILS: "✗", Answer.UNKNOWN: "?"}
"""The mark of each answer; never alone, the sentence follows."""


@dataclass(frozen=True, slots=True)
class RuleTold:
    """One rule, told: its answer, what it says, what was seen or is missing, on what it rests."""

    id: str
    answer: Answer
    says: str
    observed: str
    missing: tuple[str, ...]
    source: Text | None
    choice: Text | None

    @property
    def ground(self) -> str:
        """On what it rests: its article, else the organiser's choice and its reason."""
        if self.source is not None:
            article = self.source.in_(language())
            if self.choice is None:
                return article
            return _("{article}, as the organiser reads it").format(article=article)
        if self.choice is not None:
            why = self.choice.in_(language())
            return _("choice of the organiser: {why}").format(why=why)
        return ""

    def lines(self) -> Iterator[str]:
        """The rule as people read it: its sentence, what was seen, on what it rests."""
        yield f"{MARKS[self.answer]} {self.says}"
        if self.observed:
            yield "    " + _("observed: {what}").format(what=self.observed)
        if self.missing:
            yield "    " + _("missing: {label}").format(label=", ".join(self.missing))
        yield f"    {self.ground}"


@dataclass(frozen=True, slots=True)
class WayTold:
    """One way out, told; `at` is when time will make it, for one that time makes."""

    name: str
    label: str
    to: str
    allowed: bool
    at: datetime | None
    rules: tuple[RuleTold, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A candidature, where it stands, and every way out of there."""

    process: Process
    case: Case
    ways: tuple[WayTold, ...]


def why(session: Session, ref: str, transition: str | None = None) -> Explanation:
    """Explains every way out of the present state, or one of them.

    *Raises* Misuse for an unknown reference or transition, PtceError for a transition that
    leaves other states.
    """
    with session.reading() as (unit, process):
        person = session.reader(unit)
        row = unit.contest(session.id)
        act = Act.begin(unit, row, process, person, session.clock.now())
        (case,) = act.load([ref])
        ways = process.ways(case.state)
        if transition is not None and transition not in ways:
            raise no_way_out(unit, session.id, process, case, transition)
        moment = act.moment(case)
    chosen = ways.values() if transition is None else [ways[transition]]
    due = process.due(case)
    told = tuple(tell_way(process, way, case, moment, due.get(way.name)) for way in chosen)
    return Explanation(process, case, told)


def tell_way(
    process: Process, way: Way, case: Case, moment: Moment, at: datetime | None = None
) -> WayTold:
    """Judges one transition and tells every rule of it in the reader's language."""
    seen = way.seen_at(moment)
    outcome = process.judge(way, case, seen)
    rules = tell_rules(process, way, outcome.verdicts, case, seen)
    label = way.transition.label.in_(language())
    return WayTold(way.name, label, way.to, outcome.to is not None, at, rules)


def tell_rules(
    process: Process, way: Way, verdicts: tuple[Verdict, ...], case: Case, moment: Moment
) -> tuple[RuleTold, ...]:
    """Tells the rules of a transition with the answers that they gave."""
    teller = Teller(process, language(), Gazetteer)
    used = {question.rule: question.used for question in process.judge_of(way).questions}
    told = []
    for verdict in verdicts:
        rule = way.rules[verdict.rule]
        told.append(
            RuleTold(
                verdict.rule,
                verdict.answer,
                teller.says(rule, case, moment),
                teller.observed(used[verdict.rule], case, moment),
                verdict.missing,
                rule.source,
                rule.choice,
            )
        )
    return tuple(told)
