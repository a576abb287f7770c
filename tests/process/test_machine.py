"""The state machine decides, changes nothing, and knows no way that is not declared."""

from __future__ import annotations

import pytest

from ptce_workflow.process.machine import Machine
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules import Answer, Verdict
from tests.process.contests import contest, shipped

HOLDS = Verdict("a", Answer.HOLDS)
WAYS = (
    ("submit", "draft", "submitted"),
    ("back", "submitted", "draft"),
    ("stay", "draft", "draft"),
)


@pytest.fixture
def machine() -> Machine:
    """Two states, a way there, a way back, and one that stays."""
    return Machine(("draft", "submitted"), WAYS)


def test_a_transition_leads_where_it_says(machine: Machine) -> None:
    """With every rule holding, or with none at all."""
    assert machine.decide("draft", "submit", (HOLDS, HOLDS)) == "submitted"
    assert machine.decide("submitted", "back", ()) == "draft"
    assert machine.decide("draft", "stay", (HOLDS,)) == "draft"


@pytest.mark.parametrize("answer", [Answer.FAILS, Answer.UNKNOWN])
def test_a_rule_that_does_not_hold_stands_in_the_way(machine: Machine, answer: Answer) -> None:
    """One is enough."""
    assert machine.decide("draft", "submit", (HOLDS, Verdict("b", answer), HOLDS)) is None


@pytest.mark.parametrize(
    ("state", "transition"),
    [
        ("submitted", "submit"),
        ("draft", "back"),
        ("draft", "nothing"),
        ("nowhere", "submit"),
        ("draft", "to_submitted"),
        ("draft", "to_draft"),
        ("draft", "may_submit"),
        ("draft", "is_draft"),
        ("draft", "trigger"),
        ("draft", ""),
    ],
)
def test_what_is_not_declared_does_not_exist(machine: Machine, state: str, transition: str) -> None:
    """Neither a way from elsewhere, nor one that the library could add by itself."""
    with pytest.raises(KeyError):
        machine.decide(state, transition, (HOLDS,))


def test_deciding_changes_nothing(machine: Machine) -> None:
    """The same question has the same answer, whatever was asked in between."""
    for _turn in range(3):
        assert machine.decide("draft", "submit", ()) == "submitted"
        assert machine.decide("draft", "submit", (Verdict("b", Answer.FAILS),)) is None
        with pytest.raises(KeyError):
            machine.decide("draft", "back", ())


@pytest.mark.parametrize("files", [contest(), shipped()], ids=["small", "shipped"])
def test_a_process_has_the_transitions_of_its_folder_and_no_others(files: dict[str, bytes]) -> None:
    """The events of the machine are the names that stand in `states/`."""
    process = Process.load(files)
    declared = {way.name for way in process.every_way()}
    assert set(process.machine._machine.events) == declared
    assert not [name for name in declared if name.startswith("to_")]
    for state in ("start", *process.states):
        for target in process.states:
            with pytest.raises(KeyError):
                process.machine.decide(state, f"to_{target}", ())
