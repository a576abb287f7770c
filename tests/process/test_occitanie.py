"""The shipped contest: it stands, and says what the rulebook says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ptce_workflow.base.words import speaking
from ptce_workflow.process.check import check
from ptce_workflow.process.explain import tell_rules
from ptce_workflow.process.fields import TableField
from ptce_workflow.process.letters.planning import planner_of
from ptce_workflow.process.letters.recipients import CONTACT
from ptce_workflow.process.model.folder import mail_file
from ptce_workflow.process.process import Outcome, Process
from ptce_workflow.process.rules.case import Answer, Case, Moment, Scores
from tests.process.contests import candidature, shipped
from tools.measures import BOUNDS, measured

PROCESS = Process.load(shipped())
NOON = datetime(2024, 3, 11, 11, tzinfo=UTC)
SITTING = datetime(2024, 4, 9, 13, tzinfo=UTC)
ENDED = {
    *("ami_ready", "ineligible", "invited_directly", "lapsed", "not_selected", "withdrawn"),
}
ON_THE_WAY = {
    *("draft", "submitted", "eligible", "scored", "selected", "waitlisted", "accompanied"),
}
TRANSITIONS = {
    "start": {"create"},
    "draft": {"submit", "lapse", "withdraw"},
    "submitted": {
        *("return_for_completion", "declare_eligible", "declare_ineligible"),
        *("invite_directly", "withdraw"),
    },
    "ineligible": {"reopen"},
    "eligible": {"close_scoring", "reexamine", "invite_directly", "withdraw"},
    "scored": {
        *("select", "wait_list", "decline", "reopen_scoring"),
        *("invite_directly", "withdraw"),
    },
    "waitlisted": {"promote", "decline", "withdraw"},
    "selected": {"complete_accompaniment", "take_back", "exclude", "withdraw"},
    "accompanied": {"declare_ami_ready", "withdraw"},
    "not_selected": {"reopen"},
    "lapsed": {"file_late"},
    "ami_ready": set(),
    "invited_directly": set(),
    "withdrawn": set(),
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


def dossier(state: str, **changes: Any) -> Case:
    """A complete dossier of two structures, received in time, that stands somewhere."""
    facts = {**FACTS, **changes.pop("facts", {})}
    known = {name: value for name, value in facts.items() if value is not None}
    received = NOON - timedelta(days=2)
    whole = {"state": state, "facts": known, "given": GIVEN, "received_at": received, **changes}
    return candidature(**whole)


def judged(case: Case, transition: str, now: datetime = NOON, **moment: Any) -> Outcome:
    """What the rules say of one transition at an instant."""
    return PROCESS.judge(PROCESS.ways(case.state)[transition], case, Moment(now, **moment))


def sitting(present: int = 6, members: int = 6, call: int = 1, **votes: int) -> dict[str, int]:
    """What rules read of a sitting: everybody there, at the first call, without a vote."""
    return {"present": present, "members": members, "call": call, "ayes": 0, "noes": 0, **votes}


def decided(case: Case, transition: str, now: datetime = SITTING, **moment: Any) -> Outcome:
    """What the rules say of a decision while the jury sits."""
    return judged(case, transition, now, **{"sitting": sitting(), **moment})


def failing(outcome: Outcome) -> set[str]:
    """The rules that stand in the way."""
    # A rule that stands elsewhere bears its whole path; its last name is what it says.
    failed = (v.rule for v in outcome.verdicts if v.answer is not Answer.HOLDS)
    return {rule.rpartition(".")[2] for rule in failed}


def marks(value: int, institutions: int = 6) -> Mapping[str, Scores]:
    """The same mark for every criterion, from some of the institutions."""
    given: Mapping[str, int | None] = dict.fromkeys(CRITERIA, value)
    return {"cra": dict.fromkeys(INSTITUTIONS[:institutions], given)}


def test_it_has_no_fault() -> None:
    """What is shipped passes its own check."""
    assert check(shipped()) == ()


def test_it_is_hardly_longer_than_its_rulebook() -> None:
    """The lines, the bytes and the mails of what is shipped stay within their measures."""
    assert all(
        found <= bound for found, bound in zip(measured(shipped()), BOUNDS["."], strict=True)
    )


@pytest.mark.parametrize(
    "name", [name for name, one in PROCESS.definition.notifications.items() if one.to == CONTACT]
)
def test_the_subject_of_a_mail_to_a_collective_says_which_contest_and_application(
    name: str,
) -> None:
    """Whoever answers several calls knows at once what it is about, in both languages."""
    for language in ("", "en"):
        text = PROCESS.files[mail_file(name, language)].decode()
        (subject,) = [line for line in text.splitlines() if line.startswith("# PTCE")]
        assert subject.startswith("# PTCE Occitanie, {{ candidature.ref }}")


def test_states_and_transitions_are_those_of_the_contest() -> None:
    """Every state, the ways out of each, and which of them are decided."""
    assert {name for name, state in PROCESS.states.items() if state.ends} == ENDED
    assert set(PROCESS.states) == ENDED | ON_THE_WAY
    found = {state: set(PROCESS.ways(state)) for state in ("start", *PROCESS.states)}
    assert found == TRANSITIONS


def test_nobody_who_is_on_the_way_is_held_back() -> None:
    """A collective may withdraw from every state that has not ended, and from no other."""
    assert {s for s in PROCESS.states if "withdraw" in PROCESS.ways(s)} == ON_THE_WAY


def test_six_institutions_mark_seven_criteria() -> None:
    """The jury of the rulebook, and its seven points."""
    panel = PROCESS.definition.sheets["cra"]
    assert panel.members == INSTITUTIONS
    assert len(CRITERIA) == 7
    assert set(PROCESS.definition.config.institutions) == set(INSTITUTIONS)


def test_every_refusal_rests_on_something() -> None:
    """No rule, limit or date is without an article or a choice, in both languages."""
    config = PROCESS.definition.config
    grounded = [*config.limits.values(), *config.dates.values(), *config.sittings.values()]
    # What `unless` asks is made of rules that stand elsewhere, each with its own ground.
    rules = (item for way in PROCESS.every_way() for item in way.rules.items())
    grounded += [rule for name, rule in rules if name != "unless"]
    assert all(entry.grounded for entry in grounded)
    assert config.limits["places"].value == 10
    assert config.dates["submission"].source is not None


@pytest.mark.parametrize(
    ("received", "to"),
    [
        (NOON, "submitted"),
        (NOON - timedelta(seconds=1), "submitted"),
        (NOON + timedelta(seconds=1), None),
        (NOON + timedelta(microseconds=1), None),
    ],
)
def test_noon_is_in_time_and_a_second_later_is_not(received: datetime, to: str | None) -> None:
    """The deadline is that of the receipt, whenever the dossier is typed in."""
    case = dossier("draft", received_at=None)
    assert judged(case, "submit", NOON + timedelta(days=1), received_at=received).to == to


@pytest.mark.parametrize("missing", sorted(GIVEN))
def test_a_dossier_that_lacks_anything_required_is_not_complete(missing: str) -> None:
    """Each required heading counts."""
    case = dossier("draft", given=GIVEN - {missing}, facts={missing: None})
    assert failing(judged(case, "submit")) == {"complete"}


def test_a_dossier_goes_back_before_the_deadline_only() -> None:
    """At noon itself it is too late to complete it."""
    case = dossier("submitted")
    assert judged(case, "return_for_completion", NOON - timedelta(seconds=1)).to == "draft"
    assert judged(case, "return_for_completion", NOON).to is None


ELSEWHERE = {**ZONE, "code": "33063", "departments": ["33"], "regions": ["75"]}
ASTRIDE = {**ZONE, "kind": "epci", "regions": ["75", "76"]}


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        pytest.param({}, None, id="eligible"),
        pytest.param({"dossier.territory": [ELSEWHERE]}, "in_region", id="elsewhere"),
        pytest.param({"dossier.territory": [ZONE, ELSEWHERE]}, "in_region", id="partly elsewhere"),
        pytest.param({"dossier.territory": [ASTRIDE]}, "in_region", id="astride two regions"),
        pytest.param({"dossier.members": FACTS["dossier.members"][:1]}, "collective", id="alone"),
        pytest.param(
            {"dossier.members": [{"kind": "enterprise", "ess": False}] * 2}, "ess", id="no ESS"
        ),
        pytest.param({"review.exists_already": False}, "exists", id="does not exist yet"),
        pytest.param({"review.already_ptce": True}, "not_structured", id="already a PTCE"),
        pytest.param({"review.already_ptce": None}, "not_structured", id="not examined"),
    ],
)
def test_who_is_eligible(facts: dict[str, Any], rule: str | None) -> None:
    """Each condition of the rulebook stands in the way alone, and of nobody else."""
    outcome = judged(dossier("submitted", facts=facts), "declare_eligible")
    assert failing(outcome) == ({rule} if rule else set())
    assert outcome.to == (None if rule else "eligible")


def test_nobody_is_declared_ineligible_without_grounds() -> None:
    """A dossier that every rule allows cannot be set aside."""
    assert judged(dossier("submitted"), "declare_ineligible").to is None
    outside = dossier("submitted", facts={"dossier.territory": [ELSEWHERE]})
    assert judged(outside, "declare_ineligible").to == "ineligible"


@pytest.mark.parametrize(
    ("institutions", "late", "to"),
    [(6, False, "scored"), (5, False, None), (4, True, "scored"), (3, True, None)],
)
def test_scoring_closes_with_every_voice_or_a_quorum_at_the_end(
    institutions: int, late: bool, to: str | None
) -> None:
    """Four of six are enough once the time given to score is over."""
    end = PROCESS.dates.fixed["scoring_end"]
    now = end if late else end - timedelta(days=1)
    case = dossier("eligible", scores=marks(300, institutions))
    assert judged(case, "close_scoring", now).to == to


@pytest.mark.parametrize(
    ("taken", "to"), [(0, "selected"), (9, "selected"), (10, None), (11, None)]
)
def test_there_are_ten_places_and_no_eleventh(taken: int, to: str | None) -> None:
    """The tenth is given, and no other; whoever is left can be put on the waiting list."""
    case = dossier("scored", scores=marks(300))
    assert decided(case, "select", totals={"taken": taken}).to == to
    waits = decided(case, "wait_list", totals={"taken": taken}).to
    assert waits == ("waitlisted" if to is None else None)


def test_nobody_overtakes_the_waiting_list() -> None:
    """A place that falls free is not for whom an appeal brings back: they join those who wait."""
    case = dossier("scored", scores=marks(300))
    totals = {"taken": 9, "waiting": 1}
    assert failing(decided(case, "select", totals=totals)) == {"nobody_waits"}
    assert decided(case, "wait_list", totals=totals).to == "waitlisted"


def test_no_place_is_given_once_the_sessions_have_begun() -> None:
    """Neither to whom the jury left undecided, nor by way of an appeal or of a closed list."""
    begun = PROCESS.dates.fixed["session_1"]
    case = dossier("scored", scores=marks(300))
    assert decided(case, "select", begun - timedelta(seconds=1)).to == "selected"
    assert failing(decided(case, "select", begun)) == {"before_sessions"}
    assert failing(decided(case, "wait_list", begun, totals={"taken": 10})) == {"in_time"}
    refused = dossier("not_selected", entered={"not_selected": begun - timedelta(days=7)})
    assert failing(judged(refused, "reopen", begun)) == {"before_sessions"}


def test_one_point_too_weak_is_not_made_up_for() -> None:
    """A criterion below the bar keeps out, whatever the others are."""
    weak = {**dict.fromkeys(CRITERIA, 500), "needs": 100}
    case = dossier("scored", scores={"cra": dict.fromkeys(INSTITUTIONS, weak)})
    assert failing(decided(case, "select")) == {"every_point"}


DECISIONS = {"select": {}, "wait_list": {"taken": 10}, "decline": {}}


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize(
    ("held", "rule"),
    [
        pytest.param(sitting(), None, id="everybody"),
        pytest.param(sitting(present=3), None, id="half"),
        pytest.param(sitting(present=2), "quorum", id="less than half"),
        pytest.param(sitting(present=2, members=5), "quorum", id="less than half of five"),
        pytest.param(sitting(present=2, members=4), None, id="half of those who may sit"),
        pytest.param(sitting(present=1, call=2), "quorum", id="second call on the same day"),
        pytest.param(sitting(ayes=4, noes=2), None, id="for"),
        pytest.param(sitting(ayes=3, noes=3), None, id="tie, which the chair decides"),
        pytest.param(sitting(ayes=2, noes=3), "majority", id="against"),
        pytest.param(None, "nobody sits", id="nobody sits"),
    ],
)
def test_the_jury_decides_in_a_sitting(
    decision: str, held: dict[str, int] | None, rule: str | None
) -> None:
    """Half of those who may sit, unless it is a second call; no voices that prevail against."""
    case = dossier("scored", scores=marks(300))
    outcome = decided(case, decision, totals=DECISIONS[decision], sitting=held)
    if held is None:
        assert failing(outcome) == {"quorum", "majority"}
    else:
        assert failing(outcome) == ({rule} if rule else set())


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_second_call_needs_no_quorum_from_the_next_day_on(decision: str) -> None:
    """One that follows at once would only go round the first."""
    case, held = dossier("scored", scores=marks(300)), sitting(present=1, call=2)
    called = PROCESS.dates.fixed["second_call"]
    totals = DECISIONS[decision]
    assert failing(decided(case, decision, called, totals=totals, sitting=held)) == set()
    early = called - timedelta(seconds=1)
    assert failing(decided(case, decision, early, totals=totals, sitting=held)) == {"quorum"}


@pytest.mark.parametrize("decision", DECISIONS)
def test_nothing_is_decided_before_the_day_of_the_sitting(decision: str) -> None:
    """Even if somebody opens one."""
    case = dossier("scored", scores=marks(300))
    early = PROCESS.dates.fixed["deliberation"] - timedelta(seconds=1)
    outcome = decided(case, decision, early, totals=DECISIONS[decision])
    assert failing(outcome) == {"sitting"}


def aside(*institutions: str, **changes: Any) -> Case:
    """A scored dossier from which institutions have stepped aside since."""
    recused = {"cra": institutions}
    return dossier("scored", scores=marks(300), recused=recused, **changes)


@pytest.mark.parametrize("decision", DECISIONS)
def test_too_few_voices_decide_nothing_for_or_against(decision: str) -> None:
    """Two may step aside, a third one may not without others giving marks first."""
    totals = DECISIONS[decision]
    assert decided(aside("cress", "coorace"), decision, totals=totals).to is not None
    few = aside("cress", "coorace", "region")
    (failed,) = {
        v.rule
        for v in decided(few, decision, totals=totals).verdicts
        if v.answer is not Answer.HOLDS
    }
    assert failed == "eligible.close_scoring.quorum"
    assert judged(few, "reopen_scoring").to == "eligible"
    assert failing(judged(aside("cress"), "reopen_scoring")) == {"too_few"}


def test_why_tells_that_all_have_stepped_aside() -> None:
    """Nobody is left to judge: the rule says how many there would be, and how many went."""
    case = aside(*INSTITUTIONS)
    way = PROCESS.ways("scored")["select"]
    moment = Moment(SITTING, sitting=sitting(present=0, members=0))
    verdicts = PROCESS.judge(way, case, moment).verdicts
    with speaking("fr"):
        told = {rule.id: rule for rule in tell_rules(PROCESS, way, verdicts, case, moment)}
    voices = told["eligible.close_scoring.quorum"]
    assert voices.answer is Answer.FAILS
    assert voices.observed.count("6") == 1
    assert voices.observed.count("0") == 2
    assert told["quorum"].answer is Answer.HOLDS


def test_the_waiting_list_moves_when_a_place_falls_free() -> None:
    """Until it closes; then the wait ends by itself."""
    case = dossier("waitlisted")
    assert judged(case, "promote", SITTING, totals={"taken": 9}).to == "selected"
    assert judged(case, "promote", SITTING, totals={"taken": 10}).to is None
    end = PROCESS.dates.fixed["waiting_list_end"]
    assert judged(case, "promote", end + timedelta(seconds=1)).to is None
    assert PROCESS.due(case) == {"decline": end}


@pytest.mark.parametrize(
    ("rank", "first", "to"),
    [(11, None, "selected"), (11, 12, "selected"), (11, 11, "selected"), (12, 11, None)],
)
def test_the_waiting_list_moves_in_order(rank: int, first: int | None, to: str | None) -> None:
    """Nobody is called before one that is ranked higher and waits; those at one rank may be."""
    case = dossier("waitlisted", panels={"cra": {"rank": rank}})
    others = {} if first is None else {"waiting": 1, "first_waiting": first}
    outcome = judged(case, "promote", SITTING, totals={"taken": 9, **others})
    assert outcome.to == to
    assert failing(outcome) == (set() if to else {"in_order"})


RESULTS = PROCESS.dates.fixed["results"]


@pytest.mark.parametrize(
    ("selected", "until"),
    [
        pytest.param(SITTING, datetime(2024, 4, 19, 16, tzinfo=UTC), id="by the jury"),
        pytest.param(RESULTS, datetime(2024, 4, 19, 16, tzinfo=UTC), id="soon after"),
        pytest.param(
            datetime(2024, 5, 2, 9, tzinfo=UTC), datetime(2024, 5, 6, 16, tzinfo=UTC), id="promoted"
        ),
    ],
)
def test_a_place_is_confirmed_in_time_or_taken_back(selected: datetime, until: datetime) -> None:
    """A week after the results, or two working days after a place fell free; silence is no no."""
    entered = {"selected": selected}
    silent = dossier("selected", entered=entered)
    assert PROCESS.dates.of("confirmation", silent) == until
    assert until < PROCESS.dates.fixed["waiting_list_end"]
    late = until + timedelta(seconds=1)
    assert failing(judged(silent, "take_back", until)) == {"time_over"}
    assert judged(silent, "take_back", late).to == "withdrawn"
    answers = ({"confirmation.confirmed": answer} for answer in (True, False))
    comes, declines = (dossier("selected", entered=entered, facts=facts) for facts in answers)
    assert failing(judged(comes, "take_back", late)) == {"not_confirmed"}
    assert judged(declines, "take_back", selected).to == "withdrawn"
    begun = PROCESS.dates.fixed["session_1"]
    assert failing(judged(silent, "take_back", begun)) == {"before_sessions"}


def test_no_decision_is_told_before_the_results() -> None:
    """Decisions, and the notices that follow from them, wait; a late place is told at once."""
    planner = planner_of(PROCESS)
    told: set[str] = set()
    for origin in ("scored", "waitlisted"):
        for way in PROCESS.ways(origin).values():
            if way.to in ("selected", "waitlisted", "not_selected"):
                told.update(way.mails)
    assert len(told) == 6
    case = dossier("selected", entered={"selected": SITTING})
    for name in told:
        assert planner.set_off_at(name, case, SITTING) == RESULTS
        assert planner.set_off_at(name, case, RESULTS + timedelta(days=9)) > RESULTS


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
    """An excuse is accepted for one day, and says why."""
    given = GIVEN | {"attendance.excuse_1", "attendance.excuse_2"} if told else GIVEN
    absent = {"session_1": "absent", "session_2": "absent"}
    structures = [absent, {"session_1": first, "session_2": second}]
    case = dossier("selected", given=given, facts={"attendance.structures": structures})
    over = PROCESS.dates.fixed["sessions_end"]
    assert judged(case, "complete_accompaniment", over).to == to
    assert judged(case, "complete_accompaniment", over - timedelta(minutes=1)).to is None


def test_one_structure_makes_the_collective_present() -> None:
    """Whoever of a collective came, the collective was there; nobody, and it was not."""
    over = PROCESS.dates.fixed["sessions_end"]
    one = {"session_1": "present"}
    other = {"session_2": "present"}
    for structures, to in (([one, other], "accompanied"), ([one, one], None), ([{}], None)):
        case = dossier("selected", facts={"attendance.structures": structures})
        assert judged(case, "complete_accompaniment", over).to == to


def test_an_excuse_beside_a_presence_needs_no_ground() -> None:
    """One structure came, another one was excused: the collective was there."""
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
    """Each of its points stands in the way alone when it says no, or nothing."""
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
    """ESS enterprises, other enterprises, and those of the territory."""
    members = ARTICLE_9[:left_out] + ARTICLE_9[left_out + 1 :]
    facts = {**CHECKLIST, "dossier.members": members}
    case = dossier("accompanied", facts=facts, given=GIVEN | EVIDENCE)
    assert failing(judged(case, "declare_ami_ready")) == {rule}


def test_why_tells_which_kinds_of_article_9_are_there() -> None:
    """A partner who is named counts; which kinds are there and which are missing is seen."""
    members = ARTICLE_9[:3]
    facts = {**CHECKLIST, "dossier.members": members, "dossier.partners": [{"kind": "training"}]}
    case = dossier("accompanied", facts=facts, given=GIVEN | EVIDENCE)
    outcome = judged(case, "declare_ami_ready")
    assert outcome.to == "ami_ready"
    way = PROCESS.ways("accompanied")["declare_ami_ready"]
    told = {
        rule.id: rule.observed
        for rule in tell_rules(PROCESS, way, outcome.verdicts, case, Moment(NOON))
    }
    assert "Un organisme de formation\u00a0: oui" in told["with_territory"]
    assert "La recherche ou l’enseignement supérieur\u00a0: non" in told["with_territory"]


@pytest.mark.parametrize("state", ["submitted", "eligible", "scored"])
def test_a_collective_that_is_ready_may_be_invited_directly(state: str) -> None:
    """If it accepts; it takes no place, even when none is left."""
    ready = {"review.ready_for_ami": True, "review.accepts_invitation": True}
    case = dossier(state, facts=ready)
    assert judged(case, "invite_directly", totals={"taken": 10}).to == "invited_directly"
    for name in ready:
        unwilling = dossier(state, facts={**ready, name: False})
        assert judged(unwilling, "invite_directly").to is None
    alone = dossier(state, facts={**ready, "dossier.members": FACTS["dossier.members"][:1]})
    assert failing(judged(alone, "invite_directly")) == {"collective"}
    assert "invited_directly" not in PROCESS.definition.config.totals["taken"].in_


def test_once_entering_is_over_a_receipt_must_be_proved() -> None:
    """No draft is submitted any more on the mere word that it came in time."""
    lapse = PROCESS.dates.fixed["lapse"]
    case = dossier("draft", received_at=None)
    in_time = NOON - timedelta(days=1)
    assert judged(case, "submit", lapse, received_at=in_time).to == "submitted"
    late = judged(case, "submit", lapse + timedelta(seconds=1), received_at=in_time)
    assert failing(late) == {"entry_open"}


def test_what_is_never_filed_lapses_by_itself() -> None:
    """Three working days after the deadline; a receipt in time can still be proved for a while."""
    assert PROCESS.due(dossier("draft")) == {"lapse": PROCESS.dates.fixed["lapse"]}
    lapsed = dossier("lapsed", received_at=None)
    soon = PROCESS.dates.fixed["lapse"] + timedelta(days=1)
    in_time = NOON - timedelta(minutes=1)
    assert judged(lapsed, "file_late", soon, received_at=in_time).to == "submitted"
    assert judged(lapsed, "file_late", soon, received_at=soon).to is None
    too_late = PROCESS.dates.fixed["late_filing"] + timedelta(seconds=1)
    assert judged(lapsed, "file_late", too_late, received_at=in_time).to is None


def test_an_appeal_of_the_last_day_can_still_be_answered() -> None:
    """The desk has two working days more than whom the decision is told to."""
    for state, date in (("ineligible", "eligibility"), ("not_selected", "selection")):
        case = dossier(state, entered={state: SITTING})
        last, closed = (PROCESS.dates.of(f"{date}_{one}", case) for one in ("appeal", "reopening"))
        assert last is not None
        assert closed is not None
        assert closed - last >= timedelta(days=2)
        assert judged(case, "reopen", last + timedelta(hours=1)).to is not None
        assert judged(case, "reopen", closed + timedelta(seconds=1)).to is None


def test_an_absence_is_recorded_once_the_two_days_are_over() -> None:
    """Only of whom the rules refuse the certificate: who came or was excused keeps its place."""
    over = PROCESS.dates.fixed["sessions_end"]
    came, away = ({"session_1": how, "session_2": how} for how in ("present", "absent"))
    present, absent, unknown = (
        dossier("selected", facts={"attendance.structures": found} if found else {})
        for found in ([came], [away], None)
    )
    assert judged(absent, "exclude", over).to == "withdrawn"
    assert judged(absent, "exclude", over - timedelta(minutes=1)).to is None
    assert judged(present, "exclude", over).to is None
    assert judged(unknown, "exclude", over).to is None


def test_a_structure_counts_once_and_a_letter_is_no_condition() -> None:
    """Rows of one name, or of one SIREN, are refused; nobody is incomplete for want of a letter."""
    fields = PROCESS.definition.sheets["dossier"].fields
    members = fields["members"]
    assert isinstance(members, TableField)
    assert members.unique == ("name", "siret")
    assert "dossier.project" in GIVEN
    assert "dossier.letters" not in GIVEN


def test_an_appeal_is_heard_in_time_and_says_why() -> None:
    """Both decisions against a collective can be reopened for a while, with a reason."""
    for state, back in (("ineligible", "submitted"), ("not_selected", "scored")):
        way = PROCESS.ways(state)["reopen"]
        assert way.transition.reason
        entered = {state: SITTING}
        case = dossier(state, entered=entered)
        assert judged(case, "reopen", SITTING + timedelta(days=7)).to == back
        assert judged(case, "reopen", SITTING + timedelta(days=60)).to is None
