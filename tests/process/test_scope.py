"""What rules read: every root, under its type, known or not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ptce_workflow.process.candidature import Candidature, RuleAnswer, RuleContext
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules import of_last
from tests.process.contests import NOW, candidature, contest, verdict

FACTS: dict[str, Any] = {
    "dossier.theme": "food",
    "dossier.tools": ["rake", "spade"],
    "dossier.plots": 3,
    "dossier.budget": 350,
    "dossier.organic": True,
    "dossier.visit": "2024-03-05T08:30:00.000000Z",
    "dossier.place": [
        {"kind": "commune", "code": "12145", "departments": ["12"], "regions": ["76"]},
        {"kind": "department", "code": "81", "departments": ["81"], "regions": ["76"]},
    ],
    "dossier.members": [
        {"kind": "neighbour", "age": 30},
        {"kind": "club"},
        {"kind": "neighbour", "age": 0},
    ],
}
MARKS = {"town": {"beauty": 300}, "school": {"beauty": 450}}


def holds(condition: str, moment: RuleContext | None = None, **changes: Any) -> bool:
    """Whether a condition holds of a candidature of which everything is known."""
    case = candidature(**{"facts": FACTS, **changes})
    return verdict(condition, case, moment).answer is RuleAnswer.HOLDS


@pytest.mark.parametrize(
    "condition",
    [
        'dossier.theme == "food"',
        '"rake" in dossier.tools && dossier.tools.size() == 2',
        "dossier.plots == 3",
        "dossier.budget == 350u",
        "dossier.organic",
        'dossier.visit == timestamp("2024-03-05T08:30:00Z")',
        'dossier.place.all(z, z.regions == ["76"])',
        'dossier.place.map(z, z.kind) == ["commune", "department"]',
        'dossier.place.exists(z, "81" in z.departments && z.code == "81")',
        "dossier.members.size() == 3",
        "dossier.members.filter(m, m.age == null).size() == 1",
        "dossier.members.exists(m, m.age != null && m.age == 0)",
        'dossier.members[1].kind == "club" && !has(dossier.members[1].age)',
        "dossier.neighbours == 2",
        "date.closing == timestamp('2024-03-11T11:00:00Z')",
        "limit.places == 2 && limit.floor == 150u",
        'contest.id == "gardens-2024" && contest.language == "en"',
        "now == timestamp('2024-03-01T12:00:00Z')",
    ],
)
def test_a_value_is_read_under_its_type(condition: str) -> None:
    assert holds(condition)


def test_a_day_begins_in_the_zone_of_the_contest() -> None:
    files = contest(
        {
            "sheets/dossier.toml": """
            [fields.founded]
            type = "date"
            label = "x"

            [fields.letters]
            type = "table"
            label = "x"
            columns.signed_on = { type = "date", label = "x" }
            columns.fee = { type = "decimal", label = "x" }
            """
        }
    )
    scope = Process.load(files).scope
    facts = {
        "dossier.founded": "2024-07-14",
        "dossier.letters": [{"signed_on": "2024-02-29", "fee": 1250}],
    }
    case = candidature(facts=facts)
    values = scope.values(("dossier.founded", "dossier.letters"), case, RuleContext(NOW))
    assert values["dossier.founded"] == datetime(2024, 7, 13, 22, tzinfo=UTC)
    condition = 'dossier.letters.all(l, l.signed_on < "2024-03-01" && l.fee == 1250u)'
    assert scope.env.compile(condition).eval(data=values).value() is True


@pytest.mark.parametrize("name", [*FACTS, "dossier.neighbours"])
def test_a_fact_that_nobody_gave_is_left_out(name: str) -> None:
    scope = Process.load(contest()).scope
    assert scope.values((name,), candidature(), RuleContext(NOW)) == {}


def test_false_zero_and_null_are_three_things() -> None:
    facts = {"dossier.organic": False, "dossier.plots": 0, "dossier.budget": 0}
    condition = "!dossier.organic && dossier.plots == 0 && dossier.budget == 0u"
    assert verdict(condition, candidature(facts=facts)).answer is RuleAnswer.HOLDS


@pytest.mark.parametrize(
    ("case", "given", "whole"),
    [
        pytest.param(candidature(), False, False, id="nothing"),
        pytest.param(candidature(facts={"dossier.theme": "food"}), True, False, id="one of two"),
        pytest.param(
            candidature(facts={"dossier.theme": "food"}, given=frozenset({"dossier.name"})),
            True,
            True,
            id="all that is required, one of it erased since",
        ),
    ],
)
def test_given_is_always_known(case: Candidature, given: bool, whole: bool) -> None:
    expected = {True: RuleAnswer.HOLDS, False: RuleAnswer.FAILS}
    assert verdict("given.dossier.theme", case).answer is expected[given]
    assert verdict("given.dossier", case).answer is expected[whole]
    assert verdict("given.dossier.contact", case).answer is RuleAnswer.FAILS


def test_entered_is_known_once_the_state_was_entered() -> None:
    entered = {"refused": datetime(2024, 4, 9, 9, tzinfo=UTC)}
    scope = Process.load(contest()).scope
    names = ("entered.refused", "date.appeal", "entered.selected")
    assert scope.values(names, candidature(), RuleContext(NOW)) == {}
    assert scope.values(names, candidature(entered=entered), RuleContext(NOW)) == {
        "entered.refused": entered["refused"],
        "date.appeal": datetime(2024, 4, 23, 16, tzinfo=UTC),
    }


def test_totals_are_those_of_the_moment() -> None:
    assert holds("total.taken == 0 && total.granted == 0u")
    moment = RuleContext(NOW, totals={"taken": 2, "granted": 12_50})
    assert holds("total.taken == limit.places && total.granted == 1250u", moment)


def test_the_actor_is_whoever_acts() -> None:
    moment = RuleContext(NOW, roles=("jury", "desk"), institution="town")
    assert holds('"jury" in actor.roles && actor.institution == "town"', moment)
    assert holds('actor.roles.size() == 0 && actor.institution == ""')


def test_the_figures_of_a_panel_are_live_until_they_are_recorded() -> None:
    live = "marks.beauty == 375u && marks.total == 375u && marks.lowest == 375u"
    assert holds(f"{live} && marks.voices == 2 && marks.expected == 2", scores={"marks": MARKS})
    recorded = {"marks": {"total": 120, "voices": 1, "rank": 4}}
    frozen = "marks.total == 120u && marks.voices == 1 && marks.rank == 4"
    assert holds(frozen, scores={"marks": MARKS}, panels=recorded)


def test_a_mean_without_marks_is_not_known() -> None:
    case = candidature()
    assert verdict("marks.voices == 0 && marks.expected == 2", case).answer is RuleAnswer.HOLDS
    for name in ("marks.beauty", "marks.total", "marks.lowest"):
        found = verdict(f"{name} >= 0u", case)
        assert (found.answer, found.missing) == (RuleAnswer.UNKNOWN, (name,))
    assert verdict("marks.rank > 0", case).missing == ("marks.rank",)


def test_a_computed_field_that_cannot_be_worked_out_is_not_known() -> None:
    """A sum beyond 64 bits is a gap, never a wrong number."""
    files = contest(
        {
            "sheets/dossier.toml": """
            [fields.square]
            type = "integer"
            label = "x"
            computed = "dossier.plots * dossier.plots"
            """
        }
    )
    scope = Process.load(files).scope
    for plots, expected in ((7, {"dossier.square": 49}), (10**12, {})):
        case = candidature(facts={"dossier.plots": plots})
        assert scope.values(("dossier.square",), case, RuleContext(NOW)) == expected


def test_rows_that_differ_are_told_apart() -> None:
    process = Process.load(contest())
    read = process.scope.variables["dossier.members"].read
    for rows in ([{"kind": "club"}], [{"kind": "neighbour", "age": 1}], [{"kind": "club"}] * 2):
        found = read(candidature(facts={"dossier.members": rows}), RuleContext(NOW))
        assert [row.kind.value for row in found] == [row["kind"] for row in rows]
        assert [row.HasField("age") for row in found] == ["age" in row for row in rows]


def test_the_same_object_is_worked_on_once() -> None:
    asked: list[tuple[int, ...]] = []

    def work(numbers: tuple[int, ...]) -> int:
        asked.append(numbers)
        return sum(numbers)

    answer = of_last(work)
    one, other = (1, 2), (3, 4)
    assert [answer(one), answer(one), answer(other), answer(other), answer(one)] == [3, 3, 7, 7, 3]
    assert asked == [one, other, one]


def test_an_equal_object_is_another_object() -> None:
    def kinds(values: list[object]) -> list[type]:
        return [type(value) for value in values]

    answer = of_last(kinds)
    assert answer([1]) == [int]
    assert answer([True]) == [bool]
