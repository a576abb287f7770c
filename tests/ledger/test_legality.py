"""Integrity is not legality: a ledger whose every hash holds, and that tells of a forbidden act.

Each test takes the ledger of the story, changes what it says, and chains it again with the head
and all, as someone who owns the file can. Only the rules of the day can tell.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.contest import Contest
from ptce_workflow.process.panel import figures
from tests.ledger.forger import (
    ADOPTED,
    AUDITOR,
    CLOSED,
    GIVEN_BACK,
    JUROR,
    NORTH,
    OPENED,
    REFUSED,
    SELECTED,
    SOUTH,
    SUBMITTED,
    WITHDRAWN,
    Forger,
)
from tests.rehearsal import scored

ALL_HOLD = {"on_time": "holds", "complete": "holds"}


def test_the_same_again(forger: Forger) -> None:
    """A ledger that is written again as it was is intact: what is found below is the forgery."""
    assert forger.told() == []


# Transitions.


def test_verdict_made_up(forger: Forger) -> None:
    """A line that says that every rule held, where one failed, is found."""
    made = {**forger.line(REFUSED).data, "to": "submitted", "panels": {}, "verdicts": ALL_HOLD}
    del made["due"]
    forger.change(REFUSED, type="transition_made", data=made)
    found = forger.told()
    assert (REFUSED, "The rules, asked again, do not answer the same.") in found
    assert (REFUSED, "The rules did not allow it.") in found


def test_made_against_its_own_verdict(forger: Forger) -> None:
    """A transition made although its own line says that a rule failed is found."""
    made = {**forger.line(REFUSED).data, "to": "submitted", "panels": {}}
    del made["due"]
    forger.change(REFUSED, type="transition_made", data=made)
    assert (REFUSED, "The rules did not allow it.") in forger.told()


def test_refused_against_the_rules(forger: Forger) -> None:
    """A refusal where every rule held is found: it would keep a candidature out."""
    refused = {**forger.line(SUBMITTED).data, "due": None}
    del refused["to"], refused["panels"]
    forger.change(SUBMITTED, type="transition_refused", data=refused)
    assert (SUBMITTED, "The rules did not refuse it.") in forger.told()


@pytest.mark.parametrize("verdicts", [{}, {"on_time": "holds"}, {**ALL_HOLD, "kind": "holds"}])
def test_other_rules(forger: Forger, verdicts: dict[str, str]) -> None:
    """Verdicts on fewer rules than there are, or on more, are found."""
    forger.data(SUBMITTED, verdicts=verdicts)
    assert (SUBMITTED, "The rules, asked again, do not answer the same.") in forger.told()


@pytest.mark.parametrize("name", ["fly", "select", "lapse_"])
def test_no_such_transition(forger: Forger, name: str) -> None:
    """A transition that does not leave that state is found."""
    forger.data(SUBMITTED, transition=name)
    assert (SUBMITTED, "The process of the day has no such transition.") in forger.told()


@pytest.mark.parametrize("to", ["selected", "draft", "paradise"])
def test_leads_elsewhere(forger: Forger, to: str) -> None:
    """A transition that ends where it does not lead is found."""
    forger.data(SUBMITTED, to=to)
    assert (SUBMITTED, "The transition does not lead there.") in forger.told()


def test_left_another_state(forger: Forger) -> None:
    """A transition out of a state where the candidature did not stand is found."""
    forger.data(SELECTED, **{"from": "submitted"})
    what = "The candidature did not stand in the state that it leaves."
    assert (SELECTED, what) in forger.told()


@pytest.mark.parametrize("actor", [JUROR, AUDITOR, "P-999", "init", "scheduler", "", "desk"])
def test_without_the_role(forger: Forger, actor: str) -> None:
    """A transition made by someone who may not make it is found."""
    forger.change(SELECTED, actor=actor)
    assert (SELECTED, "Whoever made the transition had not the role.") in forger.told()


def test_typed_for_another(forger: Forger) -> None:
    """A line that says of itself that somebody else typed it is found where that cannot be."""
    forger.change(SELECTED, by=AUDITOR)
    what = "Only the desk acts for another, and no line of a rehearsal says so."
    assert (SELECTED, what) in forger.told()


def test_after_leaving(forger: Forger) -> None:
    """Someone who left makes no transition any more."""
    again = replace(forger.line(5), data={**forger.line(5).data, "roles": ["desk"]})
    forger.lines[4] = again
    forger.lines.append(replace(forger.line(OPENED), actor=AUDITOR, case="other"))
    forger.data(len(forger.lines), ref="C-006")
    what = "Whoever made the transition had not the role."
    assert (len(forger.lines), what) in forger.told()


def test_process_not_in_force(forger: Forger) -> None:
    """A line judged by a process of another day is found, on either side of the adoption."""
    before, after = forger.line(1).process, forger.line(34).process
    forger.change(WITHDRAWN, process=before)
    forger.change(SELECTED, process=after)
    what = "The line was judged by a process that was not in force."
    assert {(WITHDRAWN, what), (SELECTED, what)} <= set(forger.told())


def test_adoption_of_another_process(forger: Forger) -> None:
    """An adoption that names another process as the one it replaces is found."""
    forger.data(ADOPTED, **{"from": "ab" * 32})
    what = "The line was judged by a process that was not in force."
    assert (ADOPTED, what) in forger.told()


def test_reason_missing(forger: Forger) -> None:
    """A transition that needs a reason, made without one, is found."""
    assert forger.line(GIVEN_BACK).pd is not None
    forger.change(GIVEN_BACK, pd=None)
    what = "The transition needs a reason, and none was given."
    assert (GIVEN_BACK, what) in forger.told()


# The panel and the places.


@pytest.mark.parametrize(
    "panels",
    [
        {},
        {"cra": {}},
        {
            "cra": {
                "total": 500,
                "lowest": 500,
                "idea": 500,
                "method": 500,
                "voices": 2,
                "expected": 2,
            }
        },
        {
            "cra": {
                "total": 400,
                "lowest": 400,
                "idea": 400,
                "method": 400,
                "voices": 3,
                "expected": 2,
            }
        },
        {"jury": {}},
    ],
)
def test_figures_made_up(forger: Forger, panels: dict[str, dict[str, int]]) -> None:
    """Means that are not those of the marks are found."""
    forger.data(CLOSED, panels=panels)
    assert (CLOSED, "The panel's figures are not those of its marks.") in forger.told()


def test_figures_without_a_freeze(forger: Forger) -> None:
    """A transition that freezes nothing records no figures."""
    forger.data(SELECTED, panels={"cra": {"total": 500}})
    assert (SELECTED, "The panel's figures are not those of its marks.") in forger.told()


def test_marks_changed_with_the_means(forger: Forger) -> None:
    """Whoever changes marks and means alike is told by the rules that read them."""
    marks = {"idea": 100, "method": 100}
    for n in (NORTH, SOUTH):
        forger.data(n, scores=marks)
    sheet = forger.contest.process.definition.sheets["cra"]
    means = figures(sheet, {"north": marks, "south": marks})
    forger.data(CLOSED, panels={"cra": means})
    found = forger.told()
    assert (SELECTED, "The rules did not allow it.") in found
    assert min(line for line, _what in found) == SELECTED


@pytest.mark.parametrize(
    ("totals", "whats"),
    [
        (
            {"taken": 2, "granted": 60000},
            {"The rules, asked again, do not answer the same.", "The rules did not allow it."},
        ),
        ({"taken": 1, "granted": 60000}, {"A total was not what the line says."}),
        ({"taken": 0, "granted": 0}, {"A total was not what the line says."}),
        ({"taken": 1}, {"The line does not hold the totals that the rules looked at."}),
        ({}, {"The line does not hold the totals that the rules looked at."}),
        (
            {"taken": 1, "granted": 60000, "others": 0},
            {"The line does not hold the totals that the rules looked at."},
        ),
        ({"taken": "1", "granted": 0}, {"The line does not hold what its kind holds."}),
    ],
)
def test_one_place_too_many(contest: Contest, totals: dict[str, int], whats: set[str]) -> None:
    """The last place and one more: whatever the line says of the totals, it is found."""
    refs = [scored(contest, amount="300") for _ in range(3)]
    for ref in refs[:2]:
        assert advance(contest, [ref], "select")[0].made
    assert not advance(contest, [refs[2]], "select")[0].made
    forger = Forger(contest)
    n = len(forger.lines)
    made = {**forger.line(n).data, "to": "selected", "panels": {}, "totals": totals}
    made["verdicts"] = dict.fromkeys(made["verdicts"], "holds")
    del made["due"]
    forger.change(n, type="transition_made", data=made)
    found = forger.told()
    assert whats <= {what for line, what in found if line == n}
    assert {line for line, _what in found} == {n}


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ({"scores": {"idea": 425}}, "The mark is not on the scale."),
        ({"scores": {"idea": 550}}, "The mark is not on the scale."),
        ({"scores": {"idea": -50}}, "The mark is not on the scale."),
        ({"scores": {"idea": "400"}}, "The line does not hold what its kind holds."),
        ({"scores": {"idea": True}}, "The line does not hold what its kind holds."),
        ({"scores": {"charm": 400}}, "The mark is not on the scale."),
        ({"scores": {"remark": 400}}, "The mark is not on the scale."),
        ({"institution": "west"}, "This institution does not sit in the panel."),
        ({"sheet": "dossier"}, "No mark could be given in that state."),
        ({"sheet": "grid"}, "No mark could be given in that state."),
    ],
)
def test_marks(forger: Forger, data: dict[str, Any], what: str) -> None:
    """Marks that the panel could not give are found."""
    forger.data(NORTH, **data)
    assert (NORTH, what) in forger.told()


def test_marks_after_the_close(forger: Forger) -> None:
    """Marks given once the panel has closed are found."""
    n = forger.append(NORTH)
    assert (n, "No mark could be given in that state.") in forger.told()


@pytest.mark.parametrize(
    ("actor", "institution", "allowed"),
    [
        (JUROR, "north", True),
        (JUROR, "south", False),
        (AUDITOR, "north", False),
        ("scheduler", "north", False),
    ],
)
def test_who_gives_marks(forger: Forger, actor: str, institution: str, *, allowed: bool) -> None:
    """A juror speaks for the institution that enrolled them, and for no other."""
    n = NORTH if institution == "north" else SOUTH
    forger.change(n, actor=actor)
    found = forger.told()
    assert ((n, "Whoever wrote it had not the role.") not in found) is allowed
