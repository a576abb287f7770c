"""The graph of states: all can be reached, none is a dead end by mistake, detours are kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from ptce_workflow.base.errors import Finding
from ptce_workflow.base.words import _
from ptce_workflow.process.check.places import transitions
from ptce_workflow.process.definition import START, Definition
from ptce_workflow.process.paths import state_file

Edges = Mapping[str, frozenset[str]]


def faults(definition: Definition) -> Iterator[Finding]:
    """States that cannot be reached or left, and a `must_pass` that can be gone around."""
    edges = edges_of(definition)
    if not definition.start.transitions:
        yield Finding(
            state_file(START),
            "transitions",
            _("There is no way in."),
            _("Candidatures begin by a transition of this file."),
        )
        return
    reached = paths_from(edges, START)
    for name, state in definition.states.items():
        file = f"states/{name}.toml"
        if name not in reached:
            yield Finding(
                file,
                "",
                _("No transition leads to this state."),
                _("No candidature can ever stand here."),
                _("Add a transition with to = {state}, or remove the file.").format(
                    state=f'"{name}"'
                ),
            )
        if edges.get(name, frozenset()) <= {name} and not state.ends:
            yield Finding(
                file,
                "ends",
                _("Nothing leaves this state, and it does not say that it ends."),
                _("A candidature would wait here for ever."),
                _("Add a transition, or ends = true."),
            )
        for passed in state.must_pass:
            if passed in definition.states and passed != name:
                yield from _detour(file, paths_from(edges, START, without=passed).get(name), passed)


def _detour(file: str, path: tuple[str, ...] | None, passed: str) -> Iterator[Finding]:
    if path is not None:
        yield Finding(
            file,
            "must_pass",
            _('This state can be reached without "{state}".').format(state=passed),
            _("For example: {path}.").format(path=" → ".join(path)),
            _("Close that way, or take the state out of must_pass."),
        )


def edges_of(definition: Definition) -> Edges:
    """The states that transitions lead to, by the state that they leave."""
    edges: dict[str, set[str]] = {}
    for placed in transitions(definition):
        for origin in placed.origins:
            edges.setdefault(origin, set()).add(placed.transition.to)
    return {origin: frozenset(to) for origin, to in edges.items()}


def paths_from(edges: Edges, origin: str, without: str = "") -> dict[str, tuple[str, ...]]:
    """The shortest way to every state that can be reached, one state being closed."""
    paths: dict[str, tuple[str, ...]] = {origin: (origin,)}
    queue = deque([origin])
    while queue:
        here = queue.popleft()
        for to in sorted(edges.get(here, ())):
            if to not in paths and to != without:
                paths[to] = (*paths[here], to)
                queue.append(to)
    return paths
