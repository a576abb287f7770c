"""The graph of states, drawn for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ptce_workflow.process.model.definition import START
from ptce_workflow.process.process import Process


def mermaid(process: Process, language: str) -> str:
    """The states and transitions of a process, labelled for people.

    *Shape* a Mermaid `stateDiagram-v2`; transitions between the same two states share an arrow.
    """
    # Drawing loads parts of the library that deciding does not need.
    from transitions.extensions import GraphMachine
    from transitions.extensions.diagrams_mermaid import Graph

    machine = GraphMachine(
        model=None,
        states=[START, *process.states],
        initial=None,
        auto_transitions=False,
        graph_engine="mermaid",
        transitions=[
            {
                "trigger": way.name,
                "source": way.origin,
                "dest": way.to,
                "label": way.transition.label.in_(language),
            }
            for way in process.every_way()
            if way.moves
        ],
    )
    title = process.definition.config.contest.title.in_(language)
    graph: Any = Graph
    drawn = graph(machine).get_graph(title=title).source
    return "\n".join(_dressed(process, language, drawn.splitlines())) + "\n"


def _dressed(process: Process, language: str, lines: list[str]) -> Iterator[str]:
    """The drawing with labels, and with Mermaid's own marks for where it begins and ends."""
    declared = {
        f'state "{name}" as {name}': f'state "{state.label.in_(language)}" as {name}'
        for name, state in process.states.items()
    }
    for line in lines:
        text = line.strip()
        if text.startswith(("classDef", "Class ", f'state "{START}"')):
            continue
        if text.startswith(f"{START} --> "):
            yield line.replace(START, "[*]", 1)
        else:
            yield line.replace(text, declared.get(text, text)).rstrip()
    for name, state in process.states.items():
        if state.ends:
            yield f"  {name} --> [*]"
    for request in process.definition.requests.values():
        answers = (one.label.in_(language) for one in request.transitions.values())
        told = f"{request.label.in_(language)}: {', '.join(answers)}"
        yield from (f"  note right of {name}: {told}" for name in request.windows)
