"""Rules compiled, and the verdicts they give: `holds`, `fails`, `unknown`, or `error`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from ptce_workflow.process.model.shared import Rule
from ptce_workflow.process.rules.case import Case, Moment, RuleAnswer, Verdict
from ptce_workflow.process.rules.compiled import used_names
from ptce_workflow.process.rules.scope import Scope

if TYPE_CHECKING:
    from cel_expr_python.cel import Activation, Expression


class CompiledRule(Struct, frozen=True):
    """A rule, compiled: what it reads, and the two answers that it gives when it can tell.

    `inputs` are, for each computed field that it reads, the facts that this one is worked out from.
    """

    rule: str
    expression: Expression
    used: tuple[str, ...]
    inputs: Mapping[str, tuple[str, ...]]
    holds: Verdict
    fails: Verdict

    def verdict(self, value: object, bound: Mapping[str, object], case: Case) -> Verdict:
        """The verdict that a value of the expression means, where `bound` is all that was known."""
        if value is True:
            return self.holds
        if value is False:
            return self.fails
        # CEL names only the first missing variable, and absorbs every other error likewise.
        missing = tuple(name for name in self.used if name not in bound)
        facts = {**case.contest, **case.facts}.keys()
        errs = all(name in self.inputs and facts >= {*self.inputs[name]} for name in missing)
        return Verdict(self.rule, RuleAnswer.ERROR if errs else RuleAnswer.UNKNOWN, missing)


class Judge:
    """The rules of one transition, compiled; all are always asked, never only the first to fail."""

    def __init__(self, scope: Scope, rules: Mapping[str, Rule]) -> None:
        """Compiles rules.

        *Raises* RuntimeError for a rule that CEL refuses: a checked process has none.
        """
        questions = []
        for name, rule in rules.items():
            expression = scope.compile(rule.when or "")
            used = used_names(expression, scope.variables)
            holds, fails = Verdict(name, RuleAnswer.HOLDS), Verdict(name, RuleAnswer.FAILS)
            inputs = {one: facts for one in used if (facts := scope.inputs(one))}
            questions.append(CompiledRule(name, expression, used, inputs, holds, fails))
        self.questions = tuple(questions)
        self._silent = frozenset(n for n, rule in rules.items() if rule.goes_without_saying)
        self.names = tuple(sorted({name for question in questions for name in question.used}))
        self._together = _together(scope, rules)
        self._env = scope.env
        self._readers = tuple((name, scope.variables[name].read) for name in self.names)
        self.totals_read = tuple(
            name.removeprefix("total.") for name in self.names if name.startswith("total.")
        )

    def verdicts(self, case: Case, moment: Moment) -> tuple[Verdict, ...]:
        """The answer of every rule, in the order of the folder."""
        if not self.questions:
            return ()
        bound = {}
        for name, read in self._readers:
            value = read(case, moment)
            if value is not None:
                bound[name] = value
        activation = self._env.Activation(bound)
        together = self._together
        answers = None if together is None else _evaluated(together, activation)
        if type(answers) is not list:
            # One that cannot tell silences all of them: each is asked alone.
            answers = [_evaluated(question.expression, activation) for question in self.questions]
        pairs = zip(self.questions, answers, strict=True)
        verdicts = [
            question.holds if answer is True else question.verdict(answer, bound, case)
            for question, answer in pairs
        ]
        return tuple(self._said(verdicts) if self._silent else verdicts)

    def _said(self, verdicts: list[Verdict]) -> Iterator[Verdict]:
        """The verdicts without those that go without saying: told where they alone say no."""
        alone = self.allow(one for one in verdicts if one.rule not in self._silent)
        for one in verdicts:
            if one.rule not in self._silent or (alone and one.answer is not RuleAnswer.HOLDS):
                yield one

    @staticmethod
    def allow(verdicts: Iterable[Verdict]) -> bool:
        """True where nothing stands in the way."""
        return not [verdict for verdict in verdicts if verdict.answer is not RuleAnswer.HOLDS]

    def totals(self, moment: Moment) -> dict[str, int]:
        """The totals that the rules looked at, as they stood."""
        return {name: moment.totals[name] for name in self.totals_read if name in moment.totals}


def _evaluated(expression: Expression, activation: Activation) -> object:
    """The value of an expression; None where it goes through more rows than CEL looks at."""
    try:
        return expression.eval(activation).plain_value()
    except RuntimeError:
        return None


def _together(scope: Scope, rules: Mapping[str, Rule]) -> Expression | None:
    """The rules as one list: asking for it takes hardly longer than asking one of them.

    *Shape* None where each compiles alone but the list would be too long or too deep for CEL.
    """
    # A rule may end in a comment, which only a new line ends.
    source = "[" + ", ".join(f"(\n{rule.when}\n)" for rule in rules.values()) + "]"
    try:
        return scope.compile(source)
    except RuntimeError:
        return None
