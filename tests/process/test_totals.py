"""Totals: counters that each change moves come to the same as counting from nothing."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.ledger.state import Key, counted, difference, totals_for
from ptce_workflow.process.candidature import Candidature
from ptce_workflow.process.process import Process
from tests.process.contests import candidature, contest

PROCESS = Process.load(
    contest(
        {
            "config.toml": """
            [totals.neighbours]
            label = "x"
            in = ["submitted", "selected"]
            of = "dossier.neighbours"

            [totals.by_theme]
            label = "x"
            in = ["submitted", "selected"]
            per = "dossier.theme"
            """
        }
    )
)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "dossier.theme": st.sampled_from(["food", "flowers"]),
        "dossier.budget": st.integers(0, 10_000),
        "dossier.members": st.lists(
            st.fixed_dictionaries({"kind": st.sampled_from(["neighbour", "club"])}), max_size=3
        ),
    },
)
STATES = st.sampled_from(["draft", "submitted", "selected", "refused"])
CHANGES = st.lists(st.tuples(st.integers(0, 3), STATES, FACTS), max_size=12)


def after(
    changes: list[tuple[int, str, dict[str, Any]]],
) -> tuple[dict[Key, int], dict[str, Candidature]]:
    """The counters moved by every change, and the candidatures as they then stand."""
    counters: dict[Key, int] = {}
    cases: dict[str, Candidature] = {}
    for number, state, facts in changes:
        id_ = str(number)
        changed = candidature().but(id=id_, state=state, facts=facts)
        for key, amount in difference(PROCESS, cases.get(id_), changed).items():
            counters[key] = counters.get(key, 0) + amount
        cases[id_] = changed
    return {key: amount for key, amount in counters.items() if amount}, cases


@given(CHANGES)
def test_kept_counters_are_what_counting_gives(
    changes: list[tuple[int, str, dict[str, Any]]],
) -> None:
    counters, cases = after(changes)
    assert counters == counted(PROCESS, cases.values())


@given(CHANGES)
def test_totals_leave_out_the_candidature_that_is_judged(
    changes: list[tuple[int, str, dict[str, Any]]],
) -> None:
    counters, cases = after(changes)
    for case in cases.values():
        others = [other for other in cases.values() if other is not case]
        selected = [other for other in others if other.state == "selected"]
        theme = case.facts.get("dossier.theme")
        assert totals_for(PROCESS, counters, case) == {
            "taken": len(selected),
            "granted": sum(
                other.facts.get("dossier.budget", 0)
                for other in selected
                if other.facts.get("dossier.theme") == theme
            ),
            "neighbours": sum(
                row["kind"] == "neighbour"
                for other in others
                if other.state in ("submitted", "selected")
                for row in other.facts.get("dossier.members", [])
            ),
            "by_theme": sum(
                other.state in ("submitted", "selected")
                and other.facts.get("dossier.theme") == theme
                for other in others
            ),
        }


def test_a_change_that_counts_nowhere_moves_nothing() -> None:
    before = candidature(facts={"dossier.budget": 5})
    assert difference(PROCESS, before, before.but(facts={"dossier.budget": 9})) == {}
    moved = before.but(state="refused")
    assert difference(PROCESS, before, moved) == {("state", "draft"): -1, ("state", "refused"): 1}
