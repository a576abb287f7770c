"""The rules of a transition, written out: its own, those that it names, what `unless` asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ptce_workflow.process.model.definition import ANY, START, Definition, Gate, Rule, Transition
from ptce_workflow.process.model.shared import NOTHING, Text, declare

UNLESS = "unless"
"""The name of the rule that `unless` makes, among those of its transition."""


class Unless(Rule):
    """That one rule at least, of some, does not hold; unknown while that is not settled.

    `named` are the labels of what is named: transitions, or what single rules say.
    """

    parts: Mapping[str, Rule] = declare(default=NOTHING)
    named: tuple[Text, ...] = declare(default=())


def find_transition(definition: Definition, path: str) -> tuple[str, Transition] | None:
    """The transition behind `state.transition`, and the path where it is written."""
    holder, _dot, name = path.partition(".")
    gates: Mapping[str, Gate] = {START: definition.start, ANY: definition.any}
    own = gates.get(holder) or definition.states.get(holder)
    if own is not None and name in own.transitions:
        return path, own.transitions[name]
    one = definition.any.transitions.get(name)
    return (f"{ANY}.{name}", one) if one is not None and holder in one.from_ else None


def rules_of(definition: Definition, path: str) -> Mapping[str, Rule]:
    """Every rule of a transition by its name; by its whole path, for one written elsewhere.

    What leads nowhere, or in a circle, is left out: `check` tells it.
    """
    return MappingProxyType(_written_out(definition, path, ()))


def circles(definition: Definition, path: str) -> Iterator[tuple[str, ...]]:
    """Every way in which a transition names itself, by what it names."""
    yield from _around(definition, path, ())


def _around(
    definition: Definition, path: str, passed: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    found = find_transition(definition, path)
    if found is None:
        return
    written, transition = found
    if written in passed:
        if written == passed[0]:
            yield (*passed, written)
        return
    for item in (*transition.same_as, *transition.unless):
        yield from _around(definition, item, (*passed, written))


def _written_out(definition: Definition, path: str, passed: tuple[str, ...]) -> dict[str, Rule]:
    found = find_transition(definition, path)
    if found is None or found[0] in passed:
        return {}
    written, transition = found
    rules = dict(transition.rules)
    for item in transition.same_as:
        for name, rule in _named(definition, item, (*passed, written)).items():
            rules.setdefault(name, rule)
    parts: dict[str, Rule] = {}
    for item in transition.unless:
        parts |= _named(definition, item, (*passed, written))
    if parts:
        # Whatever the answer of one, CEL's `&&` settles the whole as soon as another fails.
        every = " && ".join(f"(\n{rule.when}\n)" for rule in parts.values())
        labels = tuple(_label(definition, item) for item in transition.unless)
        rules[UNLESS] = Unless(when=f"!({every})", parts=MappingProxyType(parts), named=labels)
    return rules


def _named(definition: Definition, item: str, passed: tuple[str, ...]) -> dict[str, Rule]:
    """The rules that an item of a list names, each by its whole path."""
    if find_transition(definition, item) is None:
        rule = definition.rule(item)
        return {} if rule is None else {item: rule}
    rules = _written_out(definition, item, passed)
    return {name if "." in name else f"{item}.{name}": rule for name, rule in rules.items()}


def _label(definition: Definition, item: str) -> Text:
    found = find_transition(definition, item)
    if found is not None:
        return found[1].label
    rule = definition.rule(item)
    return rule.says if rule is not None and rule.says is not None else Text(item)
