"""The state machine holds the ways of a folder, and knows none that is not declared there."""

import pytest

from ptce_workflow.process.candidature import RuleAnswer, RuleContext
from ptce_workflow.process.process import Machine, Process
from tests.process.contests import NOW, candidature, contest, shipped

FOLDERS = pytest.mark.parametrize("files", [contest(), shipped()], ids=["small", "shipped"])
EVERYWHERE = """
[transitions.withdraw]
label = "x"
to = "refused"
from = ["submitted", "draft"]
by = ["desk"]
"""


def test_a_transition_leads_where_it_says_unless_a_rule_does_not_hold() -> None:
    process = Process.load(contest())
    edge = process.edges("draft")["submit"]
    empty = process.judge(edge, candidature(), RuleContext(NOW))
    assert [verdict.rule for verdict in empty.verdicts] == [*edge.rules]
    assert {verdict.answer for verdict in empty.verdicts} > {RuleAnswer.HOLDS}
    assert empty.to is None
    free = next(one for one in process.every_edge() if not one.rules)
    assert process.judge(free, candidature(state=free.origin), RuleContext(NOW)).to == free.to


@FOLDERS
def test_a_process_has_the_transitions_of_its_folder_and_no_others(files: dict[str, bytes]) -> None:
    """The events of the machine are the names in `states/`; the library adds none of its own."""
    process = Process.load(files)
    assert set(process.machine.events) == {edge.name for edge in process.every_edge()}
    assert set(process.machine.edges) == {"start", *process.states, *process.definition.requests}
    for state, edges in process.machine.edges.items():
        for name, edge in edges.items():
            assert (edge.name, edge.origin, edge.source, edge.dest) == (name, state, state, edge.to)
        assert not [name for name in edges if name.startswith(("to_", "may_", "is_"))]


@FOLDERS
def test_nothing_happens_when_a_way_is_taken(files: dict[str, bytes]) -> None:
    machine = Process.load(files).machine
    edges = [edge for found in machine.edges.values() for edge in found.values()]
    assert edges
    for edge in edges:
        assert [edge.conditions, edge.prepare, edge.before, edge.after] == [[]] * 4
    assert not machine.models


def test_the_ways_out_of_a_state_keep_the_order_of_the_folder() -> None:
    files = contest(write={"states/any.toml": EVERYWHERE})
    process = Process.load(files)
    for state in ("draft", "submitted"):
        own = process.definition.states[state].transitions
        assert [*process.edges(state)] == [*own, "withdraw"]
        assert process.edges(state)["withdraw"].file == "states/any.toml"


def test_a_state_s_own_transition_goes_before_one_of_all_states() -> None:
    own = EVERYWHERE.replace('from = ["submitted", "draft"]\n', "").replace("refused", "submitted")
    files = contest({"states/draft.toml": own}, write={"states/any.toml": EVERYWHERE})
    machine = Machine(Process.load(files).definition)
    assert machine.edges["draft"]["withdraw"].to == "submitted"
    assert machine.edges["submitted"]["withdraw"].to == "refused"


def test_the_shortest_ways_are_read_from_the_machine() -> None:
    machine = Process.load(contest()).machine
    paths = machine.paths()
    assert [*paths][:2] == ["start", "draft"]
    assert paths["submitted"] == ("start", "draft", "submitted")
    assert {*machine.paths(without="submitted")} == {"start", "draft"} | (
        {*paths} - {*machine.paths("submitted")}
    )
