"""The graph of a process, as Mermaid draws it."""

from __future__ import annotations

import pytest

from ptce_workflow.process.explain import mermaid
from ptce_workflow.process.process import Process
from tests.process.contests import contest, shipped


def test_states_are_drawn_with_their_labels_and_transitions_with_theirs() -> None:
    """From the way in to the decided states, in the language that is asked for."""
    process = Process.load(contest())
    lines = [line.strip() for line in mermaid(process, "en").splitlines()]
    assert "stateDiagram-v2" in lines
    assert {'state "Draft" as draft', 'state "Refused" as refused'} <= set(lines)
    assert {
        "[*] --> draft: Open",
        "draft --> submitted: Submit",
        "submitted --> selected: Select",
        "submitted --> refused: Refuse",
        "selected --> [*]",
        "refused --> [*]",
    } <= set(lines)
    assert 'state "Brouillon" as draft' in mermaid(process, "fr")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_state_and_arrow_of_the_shipped_contest_is_drawn(language: str) -> None:
    """Nothing is left out, and nothing that the library draws for itself is left in."""
    process = Process.load(shipped())
    drawn = mermaid(process, language)
    for name, state in process.states.items():
        assert f'state "{state.label.in_(language)}" as {name}' in drawn
    for way in process.every_way():
        origin = "[*]" if way.origin == "start" else way.origin
        arrows = [line for line in drawn.splitlines() if f"{origin} --> {way.to}:" in line]
        assert any(way.transition.label.in_(language) in arrow for arrow in arrows)
    assert "classDef" not in drawn
    assert "start" not in drawn.split()
