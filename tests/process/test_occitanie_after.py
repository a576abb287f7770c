"""The shipped contest once the places are given: the two days, and the AMI."""

from datetime import timedelta

import pytest

from ptce_workflow.process.candidature import Decided, RuleContext
from ptce_workflow.process.explain import explain_rules
from tests.process.occitanie import GIVEN, NOON, PROCESS, SITTING, dossier, failing, judged


@pytest.mark.parametrize(
    ("first", "second", "told", "to"),
    [
        ("present", "present", False, "accompanied"),
        ("present", "excused", True, "accompanied"),
        ("excused", "present", True, "accompanied"),
        ("excused", "present", False, None),
        ("excused", "excused", True, None),
        ("present", "absent", False, None),
        ("absent", "present", True, None),
    ],
)
def test_both_days_are_attended_or_excused(
    first: str, second: str, told: bool, to: str | None
) -> None:
    given = GIVEN | {"attendance.excuse_1", "attendance.excuse_2"} if told else GIVEN
    absent = {"session_1": "absent", "session_2": "absent"}
    structures = [absent, {"session_1": first, "session_2": second}]
    case = dossier("selected", given=given, facts={"attendance.structures": structures})
    over = PROCESS.dates.fixed["sessions_end"]
    assert judged(case, "complete_accompaniment", over).to == to
    assert judged(case, "complete_accompaniment", over - timedelta(minutes=1)).to is None


def test_one_structure_makes_the_collective_present() -> None:
    over = PROCESS.dates.fixed["sessions_end"]
    one = {"session_1": "present"}
    other = {"session_2": "present"}
    for structures, to in (([one, other], "accompanied"), ([one, one], None), ([{}], None)):
        case = dossier("selected", facts={"attendance.structures": structures})
        assert judged(case, "complete_accompaniment", over).to == to


def test_an_excuse_beside_a_presence_needs_no_ground() -> None:
    over = PROCESS.dates.fixed["sessions_end"]
    structures = [
        {"session_1": "present", "session_2": "present"},
        {"session_1": "excused", "session_2": "absent"},
    ]
    case = dossier("selected", facts={"attendance.structures": structures})
    assert judged(case, "complete_accompaniment", over).to == "accompanied"


CHECKLIST = dict.fromkeys(PROCESS.definition.sheets["ami"].required("ami"), True)


EVIDENCE = frozenset(f"{point}_evidence" for point in CHECKLIST)


ARTICLE_9 = [
    {"kind": "ess_enterprise", "ess": True},
    {"kind": "ess_enterprise", "ess": True},
    {"kind": "enterprise", "ess": False},
    {"kind": "local_authority", "ess": False},
]


def test_the_checklist_before_the_ami_is_complete() -> None:
    whole = {**CHECKLIST, "dossier.members": ARTICLE_9}
    given = GIVEN | EVIDENCE
    ready = dossier("accompanied", facts=whole, given=given)
    assert judged(ready, "declare_ami_ready").to == "ami_ready"
    for point in CHECKLIST:
        rule = {point.removeprefix("ami.")}
        for answer in (False, None):
            case = dossier("accompanied", facts={**whole, point: answer}, given=given)
            assert failing(judged(case, "declare_ami_ready")) == rule
        unproven = dossier("accompanied", facts=whole, given=given - {f"{point}_evidence"})
        assert failing(judged(unproven, "declare_ami_ready")) == rule


@pytest.mark.parametrize(
    ("left_out", "rule"), [(0, "ess_group"), (2, "with_enterprises"), (3, "with_territory")]
)
def test_article_9_wants_them_all(left_out: int, rule: str) -> None:
    members = ARTICLE_9[:left_out] + ARTICLE_9[left_out + 1 :]
    facts = {**CHECKLIST, "dossier.members": members}
    case = dossier("accompanied", facts=facts, given=GIVEN | EVIDENCE)
    assert failing(judged(case, "declare_ami_ready")) == {rule}


def test_why_tells_which_kinds_of_article_9_are_there() -> None:
    members = ARTICLE_9[:3]
    facts = {**CHECKLIST, "dossier.members": members, "dossier.partners": [{"kind": "training"}]}
    case = dossier("accompanied", facts=facts, given=GIVEN | EVIDENCE)
    outcome = judged(case, "declare_ami_ready")
    assert outcome.to == "ami_ready"
    edge = PROCESS.edges("accompanied")["declare_ami_ready"]
    told = {
        rule.id: rule.observed
        for rule in explain_rules(PROCESS, edge, outcome.verdicts, case, RuleContext(NOON))
    }
    assert "Un organisme de formation\u00a0: oui" in told["with_territory"]
    assert "La recherche ou l’enseignement supérieur\u00a0: non" in told["with_territory"]


def test_an_absence_is_recorded_once_the_two_days_are_over() -> None:
    over = PROCESS.dates.fixed["sessions_end"]
    came, away = ({"session_1": how, "session_2": how} for how in ("present", "absent"))
    told = Decided("scored.select", SITTING, {"selected": SITTING})
    present, absent, unknown = (
        dossier("selected", facts={"attendance.structures": found} if found else {}, decided=told)
        for found in ([came], [away], None)
    )
    assert judged(absent.but(decided=None), "exclude", over).to is None, "it was told of no place"
    assert judged(absent, "exclude", over).to == "withdrawn"
    assert judged(absent, "exclude", over - timedelta(minutes=1)).to is None
    assert judged(present, "exclude", over).to is None
    assert judged(unknown, "exclude", over).to is None
