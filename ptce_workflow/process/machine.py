"""The state machine of a process, on `transitions`.

The library is asked which ways there are, never to take one: it would stop at the first rule that
fails, and people are told all of them. Nothing here has an effect on a candidature.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

import transitions

from ptce_workflow.process.calendar import Instant, parse_instant
from ptce_workflow.process.model.base import Rule
from ptce_workflow.process.model.defaults import rules_in_sittings, rules_of
from ptce_workflow.process.model.definition import (
    ANY,
    START,
    TIME,
    Definition,
    RequestAnswer,
    Transition,
)
from ptce_workflow.process.model.folder import request_file


def _asked_at_once(condition: str | None) -> frozenset[str]:
    """What a condition asks whatever else holds: the parts of a plain conjunction."""
    if condition is None or "||" in condition or "?" in condition:
        return frozenset()
    return frozenset(part.strip() for part in condition.split("&&"))


class Edge(transitions.Transition):
    """A transition out of one state."""

    def __init__(
        self,
        source: str,
        dest: str,
        *callbacks: Any,
        place: int,
        name: str,
        file: str,
        transition: Transition,
        rules: Mapping[str, Rule],
        mails: tuple[str, ...],
        sittings: Mapping[str, Mapping[str, Rule]],
    ) -> None:
        super().__init__(source, dest, *callbacks)
        self.place = place
        self.name = name
        self.key = f"{source}.{name}" if isinstance(transition, RequestAnswer) else name
        """Its name among all that may be done with a candidature: an answer has its request's."""
        self.file = file
        self.transition = transition
        asked = {name: rule for own in sittings.values() for name, rule in own.items()}
        self.rules = MappingProxyType({**asked, **rules})
        """Every rule, by name; what sittings ask of it included."""
        self.sittings = sittings
        """The rules that each sitting which decides it asks, by the sitting."""
        self.mails = mails
        """The mails that it sets off, in the order of the folder."""
        self.to = dest
        """The state it leads to; "" for an answer, which moves nothing."""

    @property
    def decided(self) -> bool:
        return bool(self.sittings)

    @property
    def origin(self) -> str:
        return self.source

    @cached_property
    def instant(self) -> Instant | None:
        """The instant at which time makes it; None for one that only people make."""
        return None if self.transition.at is None else parse_instant(self.transition.at)

    @cached_property
    def returns(self) -> bool:
        """True when a rule lets it lead only where a candidature has stood before."""
        been = f"given.entered.{self.to}"
        return any(been in _asked_at_once(rule.when) for rule in self.rules.values())

    @property
    def moves(self) -> bool:
        """True where it moves a candidature: an answer to a request does not."""
        return bool(self.to)

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """The roles that may make it, that of time included where it has an instant."""
        return (*self.transition.by, *((TIME,) if self.transition.at is not None else ()))


class Machine(transitions.Machine):
    """The states of a process and the ways between them."""

    transition_cls = Edge

    def __init__(self, definition: Definition) -> None:
        """`auto_transitions` is off: it would add transitions past every guard."""
        super().__init__(
            model=None,
            states=[START, *definition.states, *definition.requests],
            initial=None,
            auto_transitions=False,
            # As no transition can be called: a folder that calls one so is told, by `check`.
            model_attribute="state of a candidature",
        )
        self._definition = definition
        for state in self.states:
            own = definition.holders[state]
            asked = state in definition.requests
            file = request_file(state) if asked else definition.state_file(state)
            written = {name: (one, file) for name, one in own.transitions.items()}
            for name, one in definition.any.transitions.items():
                if state in one.from_:
                    written.setdefault(name, (one, definition.state_file(ANY)))
            for place, (name, (one, file)) in enumerate(written.items()):
                self.add_transition(
                    name,
                    state,
                    one.to,
                    place=place,
                    name=name,
                    file=file,
                    transition=one,
                    rules=rules_of(definition, f"{state}.{name}"),
                    sittings=rules_in_sittings(definition, f"{state}.{name}"),
                    mails=definition.set_off(state, name, one.to),
                )

    @cached_property
    def edges(self) -> Mapping[str, Mapping[str, Edge]]:
        """The ways out of each state by name, in the order of the folder; `start` has those in."""
        by_state: dict[str, dict[str, Edge]] = {state: {} for state in self.states}
        every = [edge for edge in self.get_transitions() if isinstance(edge, Edge)]
        # The library keeps them by name, in the order in which it met a name in any state.
        for edge in sorted(every, key=lambda edge: edge.place):
            by_state[edge.origin][edge.name] = edge
        return MappingProxyType(
            {state: MappingProxyType(edges) for state, edges in by_state.items()}
        )

    @cached_property
    def timed(self) -> Mapping[str, tuple[Edge, ...]]:
        return {
            state: tuple(edge for edge in edges.values() if edge.transition.at is not None)
            for state, edges in self.edges.items()
        }

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The states as a candidature meets them: by distance from the start, decided ones last."""
        states = self._definition.states
        met = [name for name in (*self.paths(), *states) if name in states]
        return tuple(sorted(dict.fromkeys(met), key=lambda name: states[name].ends))

    def paths(self, origin: str = START, *, without: str = "") -> dict[str, tuple[str, ...]]:
        """The shortest way from a state to each other, one of which may be closed."""
        paths: dict[str, tuple[str, ...]] = {origin: (origin,)}
        queue = deque([origin])
        while queue:
            here = queue.popleft()
            for edge in self.edges.get(here, {}).values():
                closed = edge.to == without or (edge.returns and origin == START)
                if edge.to not in paths and not closed:
                    paths[edge.to] = (*paths[here], edge.to)
                    queue.append(edge.to)
        return paths
