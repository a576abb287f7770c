"""The shipped contest: it stands, and says what the rulebook says."""

import pytest

from ptce_workflow.process.check import check
from ptce_workflow.process.model.folder import mail_file
from ptce_workflow.process.model.notification import CONTACT
from tests.process.contests import shipped
from tests.process.occitanie import CRITERIA, ENDED, INSTITUTIONS, ON_THE_WAY, PROCESS
from tools.measures import BOUNDS, measured

TRANSITIONS = {
    "start": {"create"},
    "draft": {"submit", "lapse_late", "lapse_incomplete", "lapse", "withdraw", "discard"},
    "submitted": {
        *("return_for_completion", "declare_eligible", "declare_ineligible"),
        *("invite_directly", "withdraw", "redress"),
    },
    "ineligible": {"reopen", "redress"},
    "eligible": {"close_scoring", "reexamine", "invite_directly", "withdraw", "redress"},
    "scored": {
        *("select", "wait_list", "decline", "reopen_scoring"),
        *("invite_directly", "withdraw", "redress"),
    },
    "waitlisted": {"promote", "decline", "reopen", "rectification", "withdraw", "redress"},
    "selected": {"complete_accompaniment", "take_back", "exclude", "rectification", "withdraw"},
    "accompanied": {"declare_ami_ready", "withdraw"},
    "not_selected": {"reopen", "rectification", "redress"},
    **{name: {"file_late", "redress"} for name in ("late", "incomplete", "lapsed")},
    "ami_ready": set(),
    "discarded": set(),
    "redressed": set(),
    "invited_directly": {"back_to_examination", "back_to_jury"},
    "withdrawn": {
        *("back_to_draft", "back_to_examination", "back_to_jury"),
        *("back_to_waiting_list", "back_to_place", "redress"),
    },
}


def test_it_has_no_fault() -> None:
    assert check(shipped()) == ()


def test_it_is_hardly_longer_than_its_rulebook() -> None:
    assert all(
        found <= bound for found, bound in zip(measured(shipped()), BOUNDS["."], strict=True)
    )


@pytest.mark.parametrize(
    "name", [name for name, one in PROCESS.definition.notifications.items() if one.to == CONTACT]
)
def test_the_subject_of_a_mail_to_a_collective_says_which_contest_and_application(
    name: str,
) -> None:
    for language in ("", "en"):
        text = PROCESS.files[mail_file(name, language)].decode()
        (subject,) = [line for line in text.splitlines() if line.startswith("# PTCE")]
        assert subject.startswith("# PTCE Occitanie, {{ candidature.ref }}")


def test_states_and_transitions_are_those_of_the_contest() -> None:
    assert {name for name, state in PROCESS.states.items() if state.ends} == ENDED
    assert set(PROCESS.states) == ENDED | ON_THE_WAY
    found = {state: set(PROCESS.edges(state)) for state in ("start", *PROCESS.states)}
    assert found == TRANSITIONS


def test_nobody_who_is_on_the_way_is_held_back() -> None:
    """A collective may withdraw from every state that has not ended, and from no other."""
    assert {s for s in PROCESS.states if "withdraw" in PROCESS.edges(s)} == ON_THE_WAY


def test_six_institutions_mark_seven_criteria() -> None:
    panel = PROCESS.definition.sheets["cra"]
    assert panel.members == INSTITUTIONS
    assert len(CRITERIA) == 7
    assert set(PROCESS.definition.config.institutions) == set(INSTITUTIONS)


def test_every_refusal_rests_on_something() -> None:
    """No rule, limit or date is without an article or a choice, in both languages."""
    config = PROCESS.definition.config
    grounded = [*config.limits.values(), *config.dates.values(), *config.sittings.values()]
    # What `unless` asks is made of rules that stand elsewhere, each with its own ground.
    rules = (item for edge in PROCESS.every_edge() for item in edge.rules.items())
    grounded += [rule for name, rule in rules if name != "unless"]
    assert all(entry.grounded for entry in grounded)
    assert config.limits["places"].value == 10
    assert config.dates["submission"].source is not None
