"""Appeals of the shipped contest: what they promise, until when, and what silence refuses."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from ptce_workflow.process.candidature import Candidature, Decided, RuleContext
from ptce_workflow.process.check import check
from ptce_workflow.process.check.remarks import remarks
from ptce_workflow.process.letters.letter import letter
from ptce_workflow.process.letters.variables import (
    JudgedView,
    ReceiptView,
    Recipient,
    Subject,
    TransitionView,
)
from ptce_workflow.process.process import Process
from tests.mailing import PARIS
from tests.process.contests import shipped
from tests.process.occitanie import FACTS, NOON, PROCESS, dossier, judged

APPEAL = PROCESS.definition.requests["appeal"]
DATES = PROCESS.dates.fixed
TOLD = datetime(2024, 4, 12, 10, 5, tzinfo=PARIS)
A_SECOND = timedelta(seconds=1)
BACK = ("reopen", "file_late", "back_to_place")
"""The ways by which a candidature is taken up again."""
INSTANTS = tuple(
    DATES[name] + one
    for name in ("lapse", "late_filing", "deliberation", "waiting_list_end", "session_1", "silence")
    for one in (-A_SECOND, timedelta(0), A_SECOND)
)


def answered(state: str, answer: str) -> Candidature:
    """A candidature that has come to a state by a decision, with an appeal that was answered."""
    been = {"draft": NOON, "submitted": NOON, state: TOLD}
    if state == "withdrawn":
        been["selected"] = NOON
    case = dossier(state, entered=been).asking("appeal", TOLD + timedelta(days=3))
    return case.answered("appeal", answer) if answer else case


@pytest.mark.parametrize("state", APPEAL.windows)
def test_what_granting_promises_the_rules_allow(state: str) -> None:
    waiting, edges = answered(state, ""), PROCESS.edges("appeal")
    granted_before, redressed_before = answered(state, "granted"), answered(state, "redressed")
    back = [name for name in BACK if name in PROCESS.edges(state)]
    for now, taken in product(INSTANTS, (9, 10)):
        moment = RuleContext(now, totals={"taken": taken})
        granted, redressed = (
            PROCESS.judge(edges[name], waiting, moment).to is not None
            for name in ("granted", "redressed")
        )
        assert granted is not redressed
        if granted:
            allowed = any(
                judged(granted_before, name, now, totals={"taken": taken}).to for name in back
            )
            # Who was refused by silence stands where it stood, under way.
            assert allowed or not PROCESS.states[state].ends
        else:
            assert judged(redressed_before, "redress", now).to == "redressed"
        assert judged(granted_before, "redress", now).to is None


@pytest.mark.parametrize("state", ["late", "incomplete", "lapsed"])
def test_an_appeal_allows_what_the_desk_may_do_without_one(state: str) -> None:
    """Told late, its file may be taken up longer: none is told meanwhile that it is too late."""
    edge = {"late": "lapse_late", "incomplete": "lapse_incomplete", "lapsed": "lapse"}[state]
    told = DATES["late_filing"] + timedelta(days=1)
    case = answered(state, "").but(decided=Decided(f"draft.{edge}", told, {state: told}))
    now = told + timedelta(days=2)
    assert judged(case, "file_late", now).to == "submitted"
    edges, moment = PROCESS.edges("appeal"), RuleContext(now)
    assert PROCESS.judge(edges["granted"], case, moment).to is not None
    assert PROCESS.judge(edges["redressed"], case, moment).to is None


def stands(state: str, **entered: datetime) -> Candidature:
    """A candidature that stands in a state since the results were told, or before."""
    return dossier(state, entered={state: NOON, **entered})


@pytest.mark.parametrize("state", ["submitted", "eligible", "scored"])
def test_silence_can_be_contested_from_its_hour_on(state: str) -> None:
    case = stands(state)
    assert PROCESS.asked_from("appeal", case) == datetime(2024, 6, 12, 23, 59, tzinfo=PARIS)
    end = datetime(2024, 8, 14, tzinfo=PARIS) - timedelta.resolution
    assert PROCESS.asked_until("appeal", case) == end
    moved = stands("not_selected", **{state: NOON}).but(
        entered={state: NOON, "not_selected": DATES["silence"] + timedelta(days=9)}
    )
    assert PROCESS.asked_from("appeal", moved) == DATES["silence"]


def test_a_term_of_two_clear_months_from_its_mail() -> None:
    """Notified on 12 April, one may appeal until midnight of 13 June."""
    told = {"not_selected": TOLD}
    case = stands("not_selected").but(decided=Decided("scored.decline", TOLD, told))
    until = PROCESS.asked_until("appeal", case)
    assert until == datetime(2024, 6, 14, tzinfo=PARIS) - timedelta.resolution
    assert PROCESS.asked_until("appeal", stands("not_selected")) is None
    assert PROCESS.asked_from("appeal", stands("selected")) is None


@pytest.mark.long
def test_silence_before_the_results_is_remarked() -> None:
    fixed = shipped()
    before = 'at = "date.results + 2 months at 23:59"'
    config = fixed["config.toml"].decode()
    assert before in config
    edited = {
        **fixed,
        "config.toml": config.replace(before, 'at = "received.dossier + 2 months"').encode(),
        "texts/silence.md": b"{% if date.silence is defined %}{{ date.silence }}{% endif %}",
        "texts/silence.en.md": b"",
    }
    assert check(edited) == ()
    told = [str(one) for one in remarks(Process.load(edited), NOON) if "dates.silence" in one.key]
    (remark,) = told
    assert "5 avril 2024" in remark
    assert "12 avril 2024" in remark
    plain = {str(one) for one in remarks(Process.load(fixed), NOON)}
    assert not [one for one in plain if "dates.silence" in one]


def written(name: str, case: Candidature, **more: object) -> str:
    """The text of a letter about a candidature, on one line."""
    subject = Subject(Recipient("Les Jardins"), RuleContext(TOLD), case, **more)  # type: ignore[arg-type]
    return " ".join(
        letter(PROCESS, name, "fr", subject).text.replace("\N{NO-BREAK SPACE}", " ").split()
    )


def made(answer: str) -> TransitionView:
    """An answer as a letter is told of it."""
    return TransitionView(answer, "appeal", "", TOLD, 9, "0" * 64, "Vu.", JudgedView)


def test_the_letters_of_an_appeal_tell_what_is_so() -> None:
    case = answered("not_selected", "")
    receipt = ReceiptView("appeal", TOLD + timedelta(days=3), 9, "0" * 64)
    soon = written("appeal_received", case, receipt=receipt)
    assert "Sans réponse de notre part au samedi 15 juin 2024" in soon
    assert "jusqu’au vendredi 16 août 2024" in soon
    assert "après la fin du délai" not in soon
    term = datetime(2024, 4, 14, tzinfo=PARIS) - timedelta.resolution
    tardy = case.but(late={"appeal": term})
    late = written("appeal_received", tardy, receipt=receipt)
    assert "après la fin du délai, le samedi 13 avril 2024." in late
    assert "considéré comme rejeté" not in late
    for known, words in ((case, "Un second recours auprès de nous"), (tardy, "ne l’a pas interr")):
        rejected = written(
            "appeal_rejected", known.answered("appeal", "rejected"), transition=made("rejected")
        )
        assert words in rejected
        assert "en répondant à ce courriel" not in rejected
        assert rejected.count("tribunal administratif de Toulouse") == 1


def test_the_remedies_of_a_decision_stand_once() -> None:
    case = dossier("not_selected", entered={"not_selected": TOLD}, facts=FACTS)
    declined = replace(made("decline"), from_="scored", to="not_selected")
    told = written("not_selected", case, transition=declined)
    assert told.count("Vous pouvez contester cette décision dans les 2 mois") == 1
    assert "31000 Toulouse" in told
    assert "il l’interrompt" in told
    assert "en principe" not in told
    receipt = ReceiptView("dossier", NOON, 9, "0" * 64)
    acknowledged = written("acknowledgement", dossier("submitted"), receipt=receipt)
    assert "au mercredi 12 juin 2024, votre demande sera considérée comme refusée" in acknowledged
    assert "jusqu’au mardi 13 août 2024" in acknowledged
    assert "1 rue de l’Exemple" in acknowledged


@pytest.mark.parametrize("state", PROCESS.states)
def test_silence_is_told_to_those_alone_who_wait_for_an_answer(state: str) -> None:
    receipt = ReceiptView("dossier", NOON, 9, "0" * 64)
    acknowledged = written("acknowledgement", stands(state), receipt=receipt)
    waits = state in {"draft", "submitted", "eligible", "scored"}
    if state != "accompanied":
        assert ("votre demande sera considérée comme refusée" in acknowledged) is waits


@pytest.mark.parametrize(
    ("state", "edge", "lacks"),
    [
        ("late", "lapse_late", {"received": {"dossier": (NOON + A_SECOND,)}}),
        ("incomplete", "lapse_incomplete", {"given": frozenset()}),
        ("lapsed", "lapse", {"received": {}}),
    ],
)
def test_what_was_found_since_time_closed_is_not_said_to_be_missing(
    state: str, edge: str, lacks: dict[str, Any]
) -> None:
    closed = replace(made(edge), from_="draft", to=state, by_time=True)
    found = stands(state).but(decided=Decided(f"draft.{edge}", TOLD, {state: TOLD}))
    assert "à ce jour" in written(state, found.but(**lacks), transition=closed).lower()
    told = written(state, found, transition=closed)
    assert "à ce jour" not in told.lower()
    assert "quand votre candidature a été close, le vendredi 12 avril 2024" in told
