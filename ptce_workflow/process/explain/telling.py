"""A whole transition told: every rule of it, its answer, what was seen, on what it rests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from ptce_workflow.base.geography import Gazetteer
from ptce_workflow.base.words import _, language
from ptce_workflow.process.explain.rules import Teller, asks_for_origin, asks_for_sitting
from ptce_workflow.process.fields import Places
from ptce_workflow.process.machine import Way
from ptce_workflow.process.model.shared import Text
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Answer, Case, Moment, Verdict

MARKS: Mapping[Answer, str] = {Answer.HOLDS: "✓", Answer.FAILS: "✗", Answer.UNKNOWN: "?"}
"""The mark of each answer; never alone, the sentence follows."""


class RuleTold(Struct, frozen=True):
    """One rule, told: its answer, what it says, what was seen or is missing, on what it rests.

    That nobody sits, or that no contest handed the candidature over, is something seen, not a
    fact that is missing: no answer would mend it.
    """

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


def tell_rules(
    process: Process,
    way: Way,
    verdicts: tuple[Verdict, ...],
    case: Case,
    moment: Moment,
    *,
    places: Places = Gazetteer,
) -> tuple[RuleTold, ...]:
    """Tells the rules of a transition, in the language in force, with the answers they gave."""
    teller = Teller(process, language(), places)
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
                tuple(
                    name
                    for name in verdict.missing
                    if not (asks_for_sitting(name) or asks_for_origin(name))
                ),
                rule.source,
                rule.choice,
            )
        )
    return tuple(told)
