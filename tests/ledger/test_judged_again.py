"""Every decision judged again: an honest ledger holds, a forged decision is named with its rule."""

import pytest

from ptce_workflow.app.audit.compare import Recheck, recheck
from ptce_workflow.app.contest import Contest
from tests.ledger.forger import RECORDED, REFUSED, SELECTED, SUBMITTED, Forger


def told(report: Recheck) -> dict[int, tuple[str, str, tuple[str, ...]]]:
    """By line, the candidature, its transition, and the rules through which it differs."""
    return {
        one.line: (one.ref, one.transition, tuple(rule.rule for rule in one.rules))
        for one in report.differing
    }


def test_an_honest_ledger_holds(full: Contest) -> None:
    report = recheck(full)
    assert report.holds
    assert report.judged == {
        "candidature_opened": 5,
        "transition_made": 10,
        "transition_refused": 2,
    }


def test_a_refusal_made_up(forger: Forger) -> None:
    """The rule that would have held is named, with what it says and on what it rests."""
    refused = forger.line(REFUSED).data
    forger.data(REFUSED, verdicts={**refused["verdicts"], "on_time": "fails"})
    forger.told()
    report = recheck(forger.contest)
    assert not report.holds
    assert told(report) == {REFUSED: ("C-003", "submit", ("on_time",))}
    (rule,) = report.differing[0].rules
    assert (rule.recorded, rule.found, rule.ground) == (
        "fails",
        "holds",
        "choice of the organiser: on time or not",
    )
    assert rule.says.startswith("The dossier arrived by")


def test_a_decision_that_no_rule_allowed(forger: Forger) -> None:
    forger.data(SELECTED, totals={**forger.line(SELECTED).data["totals"], "taken": 1})
    forger.data(SUBMITTED, to="selected")
    forger.told()
    assert {SELECTED, SUBMITTED} <= told(recheck(forger.contest)).keys()


@pytest.mark.parametrize("asked", ["anne", "nobody"])
def test_what_else_is_wrong_is_left_to_verify(forger: Forger, asked: str) -> None:
    forger.data(RECORDED, names=[])
    forger.told()
    forger.contest.actor = asked
    report = recheck(forger.contest)
    assert report.others
    assert not report.holds
