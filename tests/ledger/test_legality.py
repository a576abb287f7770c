"""Integrity is not legality: a ledger whose every hash holds, and that tells of a forbidden act.

Each test takes the ledger of the story, changes what it says, and chains it again with the head
and all, as someone who owns the file can. Only the rules of the day can tell.
"""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.contest import Contest
from ptce_workflow.base.notation import to_text
from ptce_workflow.process.panel import figures
from tests.ledger.forger import (
    ADOPTED,
    AUDITOR,
    CLOSED,
    GIVEN_BACK,
    JUROR,
    LAPSED,
    NORTH,
    OPENED,
    RECORDED,
    REFUSED,
    SELECTED,
    SOUTH,
    SUBMITTED,
    TRIED,
    WITHDRAWN,
    Forger,
)
from tests.rehearsal import LAPSE, scored

END = 35
"""The number of a line that is put behind the story."""
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


Act = Callable[[Forger], object]

ASKED_AGAIN = "The rules, asked again, do not answer the same."
NOT_ALLOWED = "The rules did not allow it."
NO_ROLE = "Whoever made the transition had not the role."
NOT_ITS_ROLE = "Whoever wrote it had not the role."
NO_TRANSITION = "The process of the day has no such transition."
ELSEWHERE = "The transition does not lead there."
OTHER_FIGURES = "The panel's figures are not those of its marks."
OFF_THE_SCALE = "The mark is not on the scale."
NO_MARK = "No mark could be given in that state."
CLOSED_SHEET = "This could not be written in that state."
OTHER_DUE = "The due instant is not the one of the process."
THERE_ALREADY = "This candidature exists already."
DESK_ALONE = "Only the desk may do this."
BEGINNING = "A ledger begins with the creation of its contest, and only there."
HOLDS = "The line does not hold what its kind holds."

FIVES = dict.fromkeys(("total", "lowest", "idea", "method"), 500)
FOURS = dict.fromkeys(("total", "lowest", "idea", "method"), 400)


def data(n: int, **changes: Any) -> Act:
    return lambda forger: forger.data(n, **changes)


def change(n: int, **columns: Any) -> Act:
    """Changes what a line says beside its data."""
    return lambda forger: forger.change(n, **columns)


def facts(**changes: Any) -> Act:
    """Writes facts at the end, where the sheet is closed."""
    nothing: dict[str, Any] = {"facts": {}, "given": [], "removed": []}
    return lambda forger: forger.append(RECORDED, **{**nothing, **changes})


def made_against_its_own_verdict(forger: Forger) -> None:
    """A transition is made although its own line says that a rule failed."""
    made = {**forger.line(REFUSED).data, "to": "submitted", "panels": {}}
    del made["due"]
    forger.change(REFUSED, type="transition_made", data=made)


def refused_against_the_rules(forger: Forger) -> None:
    """A refusal where every rule held would keep a candidature out."""
    refused = {**forger.line(SUBMITTED).data, "due": None}
    del refused["to"], refused["panels"]
    forger.change(SUBMITTED, type="transition_refused", data=refused)


def opened_again(forger: Forger) -> None:
    """No other candidature takes a reference that is taken."""
    forger.change(forger.append(OPENED, ref="C-001"), case="other")


FORGERIES: tuple[tuple[Act, int, str], ...] = (
    (made_against_its_own_verdict, REFUSED, NOT_ALLOWED),
    (refused_against_the_rules, SUBMITTED, "The rules did not refuse it."),
    # Verdicts on fewer rules than there are, or on more.
    (data(SUBMITTED, verdicts={}), SUBMITTED, ASKED_AGAIN),
    (data(SUBMITTED, verdicts={"on_time": "holds"}), SUBMITTED, ASKED_AGAIN),
    (data(SUBMITTED, verdicts={**ALL_HOLD, "kind": "holds"}), SUBMITTED, ASKED_AGAIN),
    *((data(SUBMITTED, transition=x), SUBMITTED, NO_TRANSITION) for x in ("fly", "select")),
    (data(SUBMITTED, transition="lapse_"), SUBMITTED, NO_TRANSITION),
    *((data(SUBMITTED, to=state), SUBMITTED, ELSEWHERE) for state in ("selected", "draft")),
    (data(SUBMITTED, to="paradise"), SUBMITTED, ELSEWHERE),
    (
        *(data(SELECTED, **{"from": "submitted"}), SELECTED),
        "The candidature did not stand in the state that it leaves.",
    ),
    *(
        (change(SELECTED, actor=actor), SELECTED, NO_ROLE)
        for actor in (JUROR, AUDITOR, "P-999", "init", "scheduler", "", "desk")
    ),
    # Time makes only the transitions that bear an instant.
    (change(WITHDRAWN, actor="scheduler"), WITHDRAWN, NO_ROLE),
    (
        *(change(SELECTED, by=AUDITOR), SELECTED),
        "Only the desk acts for another, and no line of a rehearsal says so.",
    ),
    (
        *(data(ADOPTED, **{"from": "ab" * 32}), ADOPTED),
        "The line was judged by a process that was not in force.",
    ),
    (
        *(change(GIVEN_BACK, pd=None), GIVEN_BACK),
        "The transition needs a reason, and none was given.",
    ),
    # A refusal by time names the instant at which it was due; one to a person holds no time off.
    (data(TRIED, due=None), TRIED, OTHER_DUE),
    (data(TRIED, due="2024-03-14T17:00:01.000000Z"), TRIED, OTHER_DUE),
    (data(REFUSED, due=to_text(LAPSE)), REFUSED, OTHER_DUE),
    # Means that are not those of the marks, and a transition that freezes none.
    (data(CLOSED, panels={}), CLOSED, OTHER_FIGURES),
    (data(CLOSED, panels={"cra": {}}), CLOSED, OTHER_FIGURES),
    (data(CLOSED, panels={"cra": {**FIVES, "voices": 2, "expected": 2}}), CLOSED, OTHER_FIGURES),
    (data(CLOSED, panels={"cra": {**FOURS, "voices": 3, "expected": 2}}), CLOSED, OTHER_FIGURES),
    (data(CLOSED, panels={"jury": {}}), CLOSED, OTHER_FIGURES),
    (data(SELECTED, panels={"cra": {"total": 500}}), SELECTED, OTHER_FIGURES),
    # Marks that the panel could not give.
    *((data(NORTH, scores={"idea": x}), NORTH, OFF_THE_SCALE) for x in (425, 550, -50)),
    *((data(NORTH, scores={"idea": x}), NORTH, HOLDS) for x in ("400", True)),
    *((data(NORTH, scores={x: 400}), NORTH, OFF_THE_SCALE) for x in ("charm", "remark")),
    (data(NORTH, institution="west"), NORTH, "This institution does not sit in the panel."),
    *((data(NORTH, sheet=x), NORTH, NO_MARK) for x in ("dossier", "grid")),
    (lambda forger: forger.append(NORTH), END, NO_MARK),
    # Facts.
    (facts(facts={"dossier.amount": 90000}), END, CLOSED_SHEET),
    (facts(given=["dossier.name"]), END, CLOSED_SHEET),
    (facts(removed=["dossier.name"]), END, CLOSED_SHEET),
    (
        *(data(RECORDED, facts={"dossier.colour": "red"}), RECORDED),
        "The process of the day has no such field.",
    ),
    *(
        (change(RECORDED, actor=actor), RECORDED, NOT_ITS_ROLE)
        for actor in (JUROR, AUDITOR, "P-999", "scheduler")
    ),
    (change(RECORDED, case="nobody"), RECORDED, "There is no such candidature."),
    (change(SUBMITTED, case=None), SUBMITTED, "The line is not about what its kind is about."),
    # Openings, people, the contest itself.
    (lambda forger: forger.append(OPENED, ref="C-009"), END, THERE_ALREADY),
    (opened_again, END, THERE_ALREADY),
    (change(OPENED, at="2024-01-31T09:00:00.000000Z"), OPENED, NOT_ALLOWED),
    *(
        (change(n, actor=actor), n, DESK_ALONE)
        for n in (4, ADOPTED, 34)
        for actor in (JUROR, AUDITOR, "P-999", "scheduler", "init")
    ),
    (lambda forger: forger.lines.append(forger.line(1)), END, BEGINNING),
    (lambda forger: forger.lines.pop(0), 1, BEGINNING),
    (
        lambda forger: forger.lines.append(replace(forger.line(34), type="prize_given")),
        *(END, "No line is of this kind."),
    ),
)
"""What a line is made to say, its number, and what verifying finds there."""


@pytest.mark.parametrize(("act", "n", "what"), FORGERIES)
def test_a_forbidden_act_is_found(forger: Forger, act: Act, n: int, what: str) -> None:
    act(forger)
    assert (n, what) in forger.told()


def test_after_leaving(forger: Forger) -> None:
    """Someone who left makes no transition any more."""
    again = replace(forger.line(5), data={**forger.line(5).data, "roles": ["desk"]})
    forger.lines[4] = again
    forger.lines.append(replace(forger.line(OPENED), actor=AUDITOR, case="other"))
    forger.data(len(forger.lines), ref="C-006")
    what = "Whoever made the transition had not the role."
    assert (len(forger.lines), what) in forger.told()


def test_process_not_in_force(forger: Forger) -> None:
    before, after = forger.line(1).process, forger.line(34).process
    forger.change(WITHDRAWN, process=before)
    forger.change(SELECTED, process=after)
    what = "The line was judged by a process that was not in force."
    assert {(WITHDRAWN, what), (SELECTED, what)} <= set(forger.told())


# The panel and the places.


def test_marks_changed_with_the_means(forger: Forger) -> None:
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


def test_time_before_its_hour(forger: Forger) -> None:
    early = (LAPSED, "Time made the transition before its hour.")
    forger.change(LAPSED, at=to_text(LAPSE))
    assert early not in forger.told()
    forger.change(LAPSED, at="2024-03-14T16:59:59.999999Z")
    assert early in forger.told()


def test_first_enrolment_by_init(forger: Forger) -> None:
    """`init` enrols the first person, and only the first."""
    forger.change(4, actor="init")
    found = forger.told()
    assert (4, "Only the desk may do this.") in found
    assert 3 not in {line for line, _what in found}


@pytest.mark.parametrize("change", ["more", "less"])
def test_other_data(forger: Forger, change: str) -> None:
    """Data that hold more, or less, than their kind does are found, for every kind."""
    for n in range(1, 35):
        data = dict(forger.line(n).data)
        if change == "more":
            data["more"] = None
        else:
            data.popitem()
        forger.change(n, data=data)
    found = forger.told()
    assert {(n, HOLDS) for n in range(1, 35)} <= {*found}


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
    n = forger.append(like, **data)
    if like == ADOPTED:
        process = forger.line(n - 1).process
        given = {"from": process, "to": process, "states": {}, "dropped": [], **data}
        forger.change(n, process=process, data=given)
    forger.change(n, at=forger.line(n - 1).at)
    assert forger.told() != []
