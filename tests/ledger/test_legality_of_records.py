"""Facts, openings, people and the work of time that the rules of the day did not allow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ptce_workflow.base.notation import to_text
from tests.ledger.forger import (
    ADOPTED,
    AUDITOR,
    JUROR,
    LAPSED,
    OPENED,
    RECORDED,
    REFUSED,
    SUBMITTED,
    TRIED,
    WITHDRAWN,
    Forger,
)
from tests.rehearsal import LAPSE

# Facts.


def test_facts_in_a_closed_state(forger: Forger) -> None:
    """Facts written where the sheet is closed are found."""
    n = forger.append(RECORDED, facts={"dossier.amount": 90000}, given=[], removed=[])
    assert (n, "This could not be written in that state.") in forger.told()


@pytest.mark.parametrize("key", ["given", "removed"])
def test_erasable_facts_in_a_closed_state(forger: Forger, key: str) -> None:
    """Nor may a fact be given or taken away there."""
    n = forger.append(RECORDED, **{"facts": {}, "given": [], "removed": [], key: ["dossier.name"]})
    assert (n, "This could not be written in that state.") in forger.told()


def test_unknown_field(forger: Forger) -> None:
    """A fact that nobody asked for is found."""
    forger.data(RECORDED, facts={"dossier.colour": "red"})
    assert (RECORDED, "The process of the day has no such field.") in forger.told()


@pytest.mark.parametrize("actor", [JUROR, AUDITOR, "P-999", "scheduler"])
def test_facts_without_the_role(forger: Forger, actor: str) -> None:
    """Facts written by someone who may not write in the sheet are found."""
    forger.change(RECORDED, actor=actor)
    assert (RECORDED, "Whoever wrote it had not the role.") in forger.told()


# What time does.


def test_time_before_its_hour(forger: Forger) -> None:
    """A transition made by time before it was due is found; at that very instant it is not."""
    early = (LAPSED, "Time made the transition before its hour.")
    forger.change(LAPSED, at=to_text(LAPSE))
    assert early not in forger.told()
    forger.change(LAPSED, at="2024-03-14T16:59:59.999999Z")
    assert early in forger.told()


def test_time_where_it_has_no_part(forger: Forger) -> None:
    """Time makes only the transitions that bear an instant."""
    forger.change(WITHDRAWN, actor="scheduler")
    assert (WITHDRAWN, "Whoever made the transition had not the role.") in forger.told()


@pytest.mark.parametrize("due", [None, "2024-03-14T17:00:01.000000Z"])
def test_due_made_up(forger: Forger, due: str | None) -> None:
    """A refusal by time names the instant at which the transition was due, and no other."""
    forger.data(TRIED, due=due)
    assert (TRIED, "The due instant is not the one of the process.") in forger.told()


def test_due_of_a_person(forger: Forger) -> None:
    """A refusal to a person bears no due instant: it must not hold time off."""
    forger.data(REFUSED, due=to_text(LAPSE))
    assert (REFUSED, "The due instant is not the one of the process.") in forger.told()


# Openings, people, the contest itself.


@pytest.mark.parametrize(("case", "ref"), [("same", "C-009"), ("other", "C-001")])
def test_opened_twice(forger: Forger, case: str, ref: str) -> None:
    """A candidature is opened once, and no other takes its reference."""
    n = forger.append(OPENED, ref=ref)
    if case == "other":
        forger.change(n, case="other")
    assert (n, "This candidature exists already.") in forger.told()


def test_opened_before_the_opening(forger: Forger) -> None:
    """A candidature opened before the contest did is found by its rule."""
    forger.change(OPENED, at="2024-01-31T09:00:00.000000Z")
    assert (OPENED, "The rules did not allow it.") in forger.told()


def test_facts_of_nobody(forger: Forger) -> None:
    """A line about a candidature that nobody opened is told."""
    forger.change(RECORDED, case="nobody")
    assert (RECORDED, "There is no such candidature.") in forger.told()


def test_transition_of_nobody(forger: Forger) -> None:
    """Nor can a transition that names no candidature."""
    forger.change(SUBMITTED, case=None)
    what = "The line is not about what its kind is about."
    assert (SUBMITTED, what) in forger.told()


@pytest.mark.parametrize("n", [4, ADOPTED, 34])
@pytest.mark.parametrize("actor", [JUROR, AUDITOR, "P-999", "scheduler", "init"])
def test_only_the_desk(forger: Forger, n: int, actor: str) -> None:
    """Enrolling, taking leave and adopting are for the desk."""
    forger.change(n, actor=actor)
    assert (n, "Only the desk may do this.") in forger.told()


def test_first_enrolment_by_init(forger: Forger) -> None:
    """`init` enrols the first person, and only the first."""
    forger.change(4, actor="init")
    found = forger.told()
    assert (4, "Only the desk may do this.") in found
    assert 3 not in {line for line, _what in found}


def test_begun_twice(forger: Forger) -> None:
    """A contest begins once, with the first line."""
    forger.lines.append(forger.line(1))
    found = forger.told()
    assert (35, "A ledger begins with the creation of its contest, and only there.") in found


def test_begun_with_something_else(forger: Forger) -> None:
    """A ledger that does not begin with its contest is found."""
    del forger.lines[0]
    found = forger.told()
    assert (1, "A ledger begins with the creation of its contest, and only there.") in found


def test_unknown_kind(forger: Forger) -> None:
    """A kind of line that this engine does not know is told, not passed over."""
    forger.lines.append(replace(forger.line(34), type="prize_given"))
    assert (35, "No line is of this kind.") in forger.told()


@pytest.mark.parametrize("change", ["more", "less"])
def test_other_data(forger: Forger, change: str) -> None:
    """Data that hold more, or less, than their kind does are found, for every kind."""
    for n in range(1, 35):
        line = forger.line(n)
        data = dict(line.data)
        if change == "more":
            data["more"] = None
        else:
            data.popitem()
        forger.change(n, data=data)
        assert (n, "The line does not hold what its kind holds.") in forger.told()
        forger.lines[n - 1] = line


@pytest.mark.parametrize(
    ("like", "data"),
    [
        (2, {"versions": "new"}),
        (2, {"versions": None}),
        (ADOPTED, {"states": {"submitted": "nowhere"}}),
        (ADOPTED, {"dropped": 7}),
        (ADOPTED, {"to": []}),
    ],
)
def test_verifying_does_not_fail_itself(forger: Forger, like: int, data: dict[str, Any]) -> None:
    """Whatever a forged line says, verifying finds fault with the ledger, and tells it."""
    n = forger.append(like, **data)
    if like == ADOPTED:
        process = forger.line(n - 1).process
        given = {"from": process, "to": process, "states": {}, "dropped": [], **data}
        forger.change(n, process=process, data=given)
    forger.change(n, at=forger.line(n - 1).at)
    assert forger.told() != []
