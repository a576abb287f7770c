"""A line of the ledger in words: who acted, and what happened, as `ptce history` tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ptce_workflow.app.cases.edits import AnswerChange
from ptce_workflow.app.cases.rectifications import answer_told
from ptce_workflow.base import speech
from ptce_workflow.base.encoding import from_text
from ptce_workflow.base.words import _, language, n_
from ptce_workflow.ledger.events.base import (
    AnswerOf,
    CandidatureName,
    FieldNames,
    InstitutionName,
    Listed,
    NotificationName,
    RoleName,
    Say,
    SheetName,
    StateName,
    TransitionName,
    Unmet,
    When,
)
from ptce_workflow.ledger.events.facts import Facts, FactsRecorded, FactsRectified
from ptce_workflow.papers.changes import lines
from ptce_workflow.process.explain import MARKS, Teller, ground_of
from ptce_workflow.process.process import institution_label, role_label, sheet_label
from ptce_workflow.process.rules.case import Case, Moment, RuleAnswer

if TYPE_CHECKING:
    from ptce_workflow.app.cases.history import Told
    from ptce_workflow.process.process import Process

_BETWEEN = " · "
# More facts than these are told by how many there are on each sheet.
_MOST_FACTS = 3

Telling = Callable[[], list[str]]
"""What gives the sentences that tell a line, in the language in force as it is called."""
Parts = dict[str, tuple[Any, Any]]
"""The two parts of each answer of a candidature that was told so far, by qualified name."""


def told(one: Told, case: Case, known: Parts, *, kept_back: bool = False) -> Telling:
    """What tells a line of a candidature: its sentences, then each answer that it replaces.

    `known` are the answers told so far; with `kept_back` what is not there is called left out, not
    erased.
    """
    say = Narrator(one, case, kept_back=kept_back).telling()
    replaced = list(_replaced(one, known))
    if not replaced:
        return say
    return lambda: [*say(), *(said for change in replaced for said in lines(one.process, change))]


def _replaced(one: Told, known: Parts) -> Iterator[AnswerChange]:
    """Each answer that a line replaces, before and after; `known` are those told so far.

    What was taken away or erased is not told again, and what is rectified tells both by itself.
    """
    data = one.line.data
    if not isinstance(data, FactsRecorded):
        return
    private = one.side.facts if isinstance(one.side, Facts) else {}
    for name in data.names:
        before, parts = known.pop(name, None), (data.facts.get(name), private.get(name))
        if name in data.removed:
            continue
        known[name] = parts
        if before is None or isinstance(data, FactsRectified):
            continue
        field = one.process.definition.field(name)
        if field is None:
            continue
        # A line that was tampered with is told as far as it can be: `verify` says the rest.
        if field.records_parts(*before) and field.records_parts(*parts):
            change = AnswerChange(name, field, field.join(*before), field.join(*parts))
            if change.before is not None and change.after is not None:
                yield change


def actor_told(one: Told) -> str:
    """The roles and the pseudonym; of a juror the latter: the line names the institution."""
    roles = "/".join(role_label(role) for role in one.roles if role != "jury")
    if one.line.actor in one.roles:
        return roles
    acted = f"{roles} {one.line.actor}".strip()
    return (
        _("{actor}, typed by {other}").format(actor=acted, other=one.line.by)
        if one.line.by
        else acted
    )


class Narrator:
    """Says what an event tells, in the reader's language, by the process of its day."""

    def __init__(
        self,
        one: Told,
        case: Case | None = None,
        *,
        kept_back: bool = False,
        cases: Mapping[str, Case] | None = None,
    ) -> None:
        """Begins to tell a line; `case` is the one that it is about, `cases` all that there are."""
        self._one = one
        self._process = one.process
        self._case = case
        self._kept_back = kept_back
        self._cases = {} if cases is None else cases

    def telling(self) -> Telling:
        """What tells the line."""
        story = list(self._one.line.data.story(self._one.line, self._one.side))
        return lambda: list(self.sentences(story))

    def sentences(self, story: Iterable[Say | tuple[Say, ...] | Unmet]) -> Iterator[str]:
        """Each sentence; those that stand on one line together."""
        for said in story:
            if isinstance(said, Unmet):
                yield from self._unmet(said)
            elif isinstance(said, tuple):
                yield _BETWEEN.join(self._sentence(part) for part in said)
            else:
                yield self._sentence(said)

    def _sentence(self, said: Say) -> str:
        values = {name: self._value(value) for name, value in said.values.items()}
        told = n_(said.message, said.several, said.count) if said.several else _(said.message)
        return told.format(**values)

    def _value(self, value: object) -> object:
        if type(value) is str or type(value) is int:
            return value
        definition, spoken = self._process.definition, language()
        match value:
            case StateName(name):
                return state_label(self._process, name)
            case TransitionName(name, origin):
                return self._way_label(name, origin)
            case RoleName(name):
                return role_label(name)
            case CandidatureName(id_):
                known = self._cases.get(id_)
                return "…" if known is None else known.ref
            case Listed(items):
                return ", ".join(str(self._value(one)) for one in items) or "–"
            case InstitutionName(name):
                return institution_label(self._process, name)
            case NotificationName(name):
                mail = definition.notifications.get(name)
                return name if mail is None else mail.label.in_(spoken)
            case SheetName(name):
                return sheet_label(self._process, name)
            case AnswerOf():
                return answer_told(self._process, value, kept_back=self._kept_back)
            case FieldNames(names):
                return _labels(self._process, names, spoken)
            case When(text):
                return speech.short_instant(from_text(text), self._process.zone, spoken)
            case Say():
                return self._sentence(value)
        return value

    def _way_label(self, name: str, origin: str) -> str:
        if origin:
            return self._process.ways(origin)[name].transition.label.in_(language())
        labels = (way.transition.label for way in self._process.every_way() if way.name == name)
        return next((label.in_(language()) for label in labels), name)

    def _unmet(self, said: Unmet) -> Iterator[str]:
        """The words of each rule that did not hold, and on what it rests."""
        line, case = self._one.line, self._case
        unmet = {name: one for name, one in said.verdicts.items() if one != RuleAnswer.HOLDS.value}
        if case is None or not unmet:
            return
        way = self._process.ways(said.origin)[said.transition]
        teller = Teller(self._process, language())
        # Of what was known that day the line keeps totals; facts of today would say too much.
        at = from_text(line.at)
        then = Case(case.id, case.ref, said.origin, at, line.n, entered=case.entered)
        moment = Moment(at, totals=said.totals)
        for name, answer in unmet.items():
            rule = way.rules[name]
            says = f"{MARKS[RuleAnswer(answer)]} {teller.says(rule, then, moment)}"
            ground = ground_of(rule)
            yield f"{says} ({ground})" if ground else says


@lru_cache(maxsize=1024)
def _labels(process: Process, names: tuple[str, ...], spoken: str) -> str:
    """Each field by its label; or, where there are many, how many of each sheet.

    Many lines tell of the same: those of one form.
    """
    fields = {name: process.definition.field(name) for name in names}
    if len(names) <= _MOST_FACTS:
        return ", ".join(field.label.in_(spoken) for field in fields.values() if field)
    sheets = Counter(name.partition(".")[0] for name, field in fields.items() if field)
    return ", ".join(
        n_("{label} ({count} answer)", "{label} ({count} answers)", count).format(
            label=process.definition.sheets[sheet].label.in_(spoken), count=count
        )
        for sheet, count in sheets.items()
    )


def state_label(process: Process, name: str) -> str:
    """The label of a state; its name when the process no longer has it."""
    state = process.states.get(name)
    return state.label.in_(language()) if state else name
