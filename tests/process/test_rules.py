"""Verdicts: holds, fails, or unknown with all that is missing."""

import pytest

from ptce_workflow.process.candidature import RuleAnswer, RuleContext, Verdict
from ptce_workflow.process.check import check
from ptce_workflow.process.model.base import Rule
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules import Judge
from tests.process.contests import NOW, candidature, contest, verdict, with_rule

PLOTS = {"dossier.plots": 3}


@pytest.mark.parametrize(
    ("condition", "answer", "missing"),
    [
        ("dossier.plots == 3", RuleAnswer.HOLDS, ()),
        ("dossier.plots == 4", RuleAnswer.FAILS, ()),
        ("dossier.organic", RuleAnswer.UNKNOWN, ("dossier.organic",)),
        ("!dossier.organic", RuleAnswer.UNKNOWN, ("dossier.organic",)),
        ("dossier.plots == 3 || dossier.organic", RuleAnswer.HOLDS, ()),
        ("dossier.organic || dossier.plots == 3", RuleAnswer.HOLDS, ()),
        ("dossier.plots == 4 || dossier.organic", RuleAnswer.UNKNOWN, ("dossier.organic",)),
        ("dossier.organic && dossier.plots == 4", RuleAnswer.FAILS, ()),
        ("dossier.organic && dossier.plots == 3", RuleAnswer.UNKNOWN, ("dossier.organic",)),
        (
            'dossier.theme == "food" && dossier.budget > 1u && dossier.organic',
            RuleAnswer.UNKNOWN,
            ("dossier.budget", "dossier.organic", "dossier.theme"),
        ),
        ("dossier.members.all(m, m.kind == 'club')", RuleAnswer.UNKNOWN, ("dossier.members",)),
        ("!given.dossier.budget || dossier.budget <= 100u", RuleAnswer.HOLDS, ()),
        ("now < date.appeal", RuleAnswer.UNKNOWN, ("date.appeal",)),
    ],
)
def test_a_condition_answers_as_in_three_valued_logic(
    condition: str, answer: RuleAnswer, missing: tuple[str, ...]
) -> None:
    found = verdict(condition, candidature(facts=PLOTS))
    assert found == Verdict("tried", answer, missing)


def test_a_condition_that_errs_has_a_verdict_of_its_own() -> None:
    case = candidature(facts={"dossier.plots": 2**62})
    found = verdict("dossier.plots + dossier.plots > 0", case)
    assert found == Verdict("tried", RuleAnswer.ERROR, ())
    case = candidature(facts=PLOTS)
    assert verdict("[10, 20, 30][dossier.plots] > 5", case).answer is RuleAnswer.ERROR
    assert verdict("[10, 20, 30][dossier.plots - 1] > 5", case).answer is RuleAnswer.HOLDS
    # Of what is missing as well nobody knows yet.
    assert verdict("[1][dossier.plots] > 5 && dossier.organic", case).answer is RuleAnswer.UNKNOWN


def test_every_rule_is_asked_in_the_order_of_the_folder() -> None:
    process = Process.load(contest())
    case = candidature(state="submitted")
    full = RuleContext(NOW, totals={"taken": 2})
    outcome = process.judge(process.edges("submitted")["select"], case, full)
    assert outcome.verdicts == (
        Verdict("place_free", RuleAnswer.FAILS),
        Verdict("every_point", RuleAnswer.UNKNOWN, ("marks.lowest",)),
    )
    assert outcome.to is None


def test_the_totals_that_were_looked_at_are_kept() -> None:
    process = Process.load(contest())
    moment = RuleContext(NOW, totals={"taken": 1, "granted": 7})
    edges = process.edges("submitted")
    case = candidature(state="submitted")
    assert process.judge(edges["select"], case, moment).totals == {"taken": 1}
    assert process.judge(edges["refuse"], case, moment).totals == {}


def test_a_transition_without_rules_is_free() -> None:
    process = Process.load(contest())
    outcome = process.judge(
        process.edges("submitted")["refuse"], candidature(state="submitted"), RuleContext(NOW)
    )
    assert (outcome.verdicts, outcome.to) == ((), "refused")


@pytest.mark.parametrize("answer", RuleAnswer)
def test_only_rules_that_hold_let_pass(answer: RuleAnswer) -> None:
    verdicts = (Verdict("one", RuleAnswer.HOLDS), Verdict("two", answer))
    assert Judge.allow(verdicts) == (answer is RuleAnswer.HOLDS)
    assert Judge.allow(())


def test_a_rule_that_does_not_compile_is_not_judged() -> None:
    scope = Process.load(contest()).scope
    with pytest.raises(RuntimeError, match="undeclared reference"):
        Judge(scope, {"x": Rule(when="dossier.nothing")})


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("(" * 31 + "dossier.organic" + ")" * 31, id="as deep as can be"),
        pytest.param(
            "dossier.organic" + " && true" * 12_000, id="as long as can be", marks=pytest.mark.slow
        ),
        pytest.param("dossier.organic // said by the collective", id="ends in a comment"),
    ],
)
def test_what_check_accepts_can_be_judged(condition: str) -> None:
    assert check(with_rule(condition)) == ()
    for organic, answer in ((True, RuleAnswer.HOLDS), (False, RuleAnswer.FAILS)):
        case = candidature(facts={"dossier.organic": organic})
        assert verdict(condition, case) == Verdict("tried", answer)
    assert verdict(condition, candidature()).missing == ("dossier.organic",)


def test_one_judge_answers_for_one_candidature_after_another() -> None:
    process = Process.load(contest())
    judge = process.judge_of(process.edges("draft")["submit"])
    given = candidature(facts={"dossier.theme": "food"}, given=frozenset({"dossier.name"}))
    answers = [
        judge.verdicts(case, RuleContext(NOW))[1].answer for case in (given, candidature()) * 2
    ]
    assert answers == [RuleAnswer.HOLDS, RuleAnswer.FAILS] * 2
    assert process.judge_of(process.edges("draft")["submit"]) is judge
