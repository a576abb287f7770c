"""The shipped contest in memory: a dossier that stands somewhere, and what the rules say of it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ptce_workflow.process.candidature import Candidature, RuleAnswer, RuleContext, Scores
from ptce_workflow.process.process import Outcome, Process
from tests.process.contests import candidature, shipped

PROCESS = Process.load(shipped())


NOON = datetime(2024, 3, 11, 11, tzinfo=UTC)


SITTING = datetime(2024, 4, 9, 13, tzinfo=UTC)


ENDED = {
    *("ami_ready", "ineligible", "invited_directly", "not_selected", "withdrawn"),
    *("late", "incomplete", "lapsed", "discarded", "redressed"),
}


ON_THE_WAY = {
    *("draft", "submitted", "eligible", "scored", "selected", "waitlisted", "accompanied")
}


ZONE = {"kind": "commune", "code": "12145", "departments": ["12"], "regions": ["76"]}


CRITERIA = PROCESS.definition.sheets["cra"].criteria


INSTITUTIONS = ("sgar", "cress", "dreets", "region", "coorace", "banque_des_territoires")


FACTS: dict[str, Any] = {
    "dossier.territory": [ZONE],
    "dossier.members": [
        {"kind": "ess_enterprise", "ess": True},
        {"kind": "local_authority", "ess": False},
    ],
    "dossier.themes": ["food"],
    "dossier.prepared": False,
    "review.exists_already": True,
    "review.already_ptce": False,
}


GIVEN = frozenset(PROCESS.definition.sheets["dossier"].required("dossier"))


def dossier(state: str, **changes: Any) -> Candidature:
    """A complete dossier of two structures, received in time, that stands somewhere."""
    facts = {**FACTS, **changes.pop("facts", {})}
    known = {name: value for name, value in facts.items() if value is not None}
    received = {"dossier": (NOON - timedelta(days=2),)}
    whole = {"state": state, "facts": known, "given": GIVEN, "received": received, **changes}
    return candidature(**whole)


def judged(case: Candidature, transition: str, now: datetime = NOON, **moment: Any) -> Outcome:
    """What the rules say of one transition at an instant."""
    return PROCESS.judge(PROCESS.edges(case.state)[transition], case, RuleContext(now, **moment))


def sitting(present: int = 6, members: int = 6, call: int = 1, **held: int) -> dict[str, int]:
    """What rules read of a sitting: everybody there, called in time, at the first call, no vote."""
    common = {"present": present, "members": members, "call": call, "notice": 14, "carried": True}
    return {**common, "ayes": 0, "noes": 0, **held}


def decided(case: Candidature, transition: str, now: datetime = SITTING, **moment: Any) -> Outcome:
    """What the rules say of a decision while the jury sits."""
    return judged(case, transition, now, **{"sitting": sitting(), **moment})


def failing(outcome: Outcome) -> set[str]:
    """The rules that stand in the way."""
    # A rule that stands elsewhere bears its whole path; its last name is what it says.
    failed = (v.rule for v in outcome.verdicts if v.answer is not RuleAnswer.HOLDS)
    return {rule.rpartition(".")[2] for rule in failed}


def marks(value: int, institutions: int = 6) -> Mapping[str, Scores]:
    """The same mark for every criterion, from some of the institutions."""
    given: Mapping[str, int | None] = dict.fromkeys(CRITERIA, value)
    return {"cra": dict.fromkeys(INSTITUTIONS[:institutions], given)}


ELSEWHERE = {**ZONE, "code": "33063", "departments": ["33"], "regions": ["75"]}
