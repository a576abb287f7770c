"""Walks a definition and says where each thing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ptce_workflow.process.model.definition import ANY, START, Definition, Rule, Transition
from ptce_workflow.process.model.folder import state_file


@dataclass(frozen=True, slots=True)
class PlacedTransition:
    """A transition as it is written: in which file, under which key, out of which states."""

    holder: str
    name: str
    transition: Transition
    origins: tuple[str, ...]

    @property
    def file(self) -> str:
        """The file that holds it."""
        return state_file(self.holder)

    @property
    def key(self) -> str:
        """Its key path in that file."""
        return f"transitions.{self.name}"


@dataclass(frozen=True, slots=True)
class PlacedRule:
    """A rule as it is written, with the transition that it guards."""

    on: PlacedTransition
    name: str
    rule: Rule

    @property
    def file(self) -> str:
        """The file that holds it."""
        return self.on.file

    @property
    def key(self) -> str:
        """Its key path in that file."""
        return f"{self.on.key}.rules.{self.name}"

    @property
    def path(self) -> str:
        """The path by which `same_as` names it."""
        return f"{self.on.holder}.{self.on.name}.{self.name}"


def transitions(definition: Definition) -> Iterator[PlacedTransition]:
    """Every transition, where it is written."""
    for name, transition in definition.start.transitions.items():
        yield PlacedTransition(START, name, transition, (START,))
    for name, transition in definition.any.transitions.items():
        yield PlacedTransition(ANY, name, transition, transition.from_)
    for holder, state in definition.states.items():
        for name, transition in state.transitions.items():
            yield PlacedTransition(holder, name, transition, (holder,))


def rules(definition: Definition) -> Iterator[PlacedRule]:
    """Every rule, where it is written."""
    for placed in transitions(definition):
        for name, rule in placed.transition.rules.items():
            yield PlacedRule(placed, name, rule)
