"""The permanent call, lived from the hand-over of a regional contest to the end of a label."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.app.audit.verify import verify, verify_against
from ptce_workflow.app.candidatures.advance import add, advance
from ptce_workflow.app.candidatures.handover import hand_over
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.record import Arrival, receive, record, rectify
from ptce_workflow.app.locations import read_folder
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.app.outbox.waiting import forecast
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import PtceError
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.process.check import check
from tests.contests.stage import REPOSITORY, Life, cluster, letter_text, living, tescou
from tests.mailing import at

MODEL = "ami-permanent"
STRUCTURING: dict[str, Any] = {
    "strategy": "Partager les gisements, les camions et les ateliers.",
    "pillars": ["economic", "social", "environmental"],
    "help_wanted": ["economic_model", "legal_form"],
}


@pytest.fixture
def ami(tmp_path: Path) -> Iterator[Life]:
    """The permanent call, begun in the summer of 2024."""
    with living(tmp_path / MODEL, MODEL, "2024-06-03 10:00") as life:
        yield life


def submitted(ami: Life, name: str = "Le Pôle", **answers: Any) -> str:
    """A candidature that was submitted; its reference."""
    ref = add(ami.contest, cluster(name, cooperation="Une clé commune.", **answers)).ref
    ami.record(ref, "structuring", **STRUCTURING)
    ami.submit(ref)
    return ref


def asks_renewal(ami: Life, ref: str, *, at: datetime | None = None) -> None:
    """A cluster sends in what it asks to keep its label, which is recorded."""
    answers = {"progress": "…", "next_steps": "…", "still_emerging": True}
    record(ami.contest, ref, {"renewal": answers}, Arrival(at or ami.clock.now()))
    ami.move("ask_renewal" if ami.state(ref) == "labelled" else "take_up_renewal", ref)


def labelled(ami: Life, name: str = "Le Pôle") -> str:
    """A candidature that has the label; its reference."""
    ref = submitted(ami, name)
    ami.record(ref, "review", composition=True, opinion="favourable")
    ami.move("label", ref)
    return ref


def test_it_has_no_fault() -> None:
    assert check(read_folder(REPOSITORY / "contests" / MODEL)) == ()


def invited(regional: Life) -> str:
    """A candidature that the regional contest invites to the call; its reference."""
    ref = add(regional.contest, tescou()).ref
    regional.submit(ref)
    regional.record(
        ref,
        "review",
        exists_already=True,
        already_ptce=False,
        ready_for_ami=True,
        accepts_invitation=True,
    )
    regional.move("invite_directly", ref)
    return ref


WHOLE_LIFE = [
    ("2024-02-12 10:00", "draft_opened"),
    ("2024-03-12 09:00", "draft_reminder"),
    ("2024-04-02 11:00", "acknowledgement"),
    ("2024-04-10 10:00", "completion_asked"),
    ("2024-04-20 10:00", "acknowledgement"),
    ("2024-05-13 10:00", "labelled"),
    ("2024-11-13 09:00", "services_check"),
    ("2025-05-13 09:00", "services_check"),
    ("2025-11-13 09:00", "renewal_reminder"),
    ("2026-03-02 10:00", "renewal_received"),
    ("2026-06-01 10:00", "renewed"),
    ("2026-12-01 09:00", "services_check"),
    ("2027-06-01 09:00", "services_check"),
    ("2027-12-01 09:00", "renewal_reminder"),
    ("2028-03-31 09:00", "renewal_reminder"),
    ("2028-05-18 09:00", "renewal_reminder"),
    ("2028-06-01 18:00", "expired"),
]
"""Every mail from the hand-over to the end of the label, with its hour."""


@pytest.mark.long
def test_from_the_regional_contest_to_the_end_of_the_label(tmp_path: Path) -> None:
    with (
        living(tmp_path / "region", "occitanie-2024", "2024-02-12 10:00") as region,
        living(tmp_path / MODEL, MODEL, "2024-02-12 10:00") as ami,
    ):
        source = invited(region)
        ami.clock.instant = region.clock.instant
        done = hand_over(region.contest, source, ami.contest)
        ami.tick()
        ref = done.there.ref
        assert {"dossier.members", "dossier.project"} <= {*done.carried}
        assert {one.name for one in done.left} == {
            *("dossier.prepared", "dossier.gaps", "review.exists_already"),
            *("review.already_ptce", "review.ready_for_ami", "review.accepts_invitation"),
        }
        assert verify_against(ami.contest, region.contest).links == 1
        assert ami.refused("submit", ref) == {"arrived", "complete"}
        ami.live_until("2024-04-02 11:00")
        ami.record(ref, "structuring", **STRUCTURING | {"pillars": ["economic"]})
        ami.submit(ref)
        ami.live_until("2024-04-10 10:00")
        ami.move("return_for_completion", ref, reason="Dites un mot de l’environnement.")
        ami.live_until("2024-04-20 10:00")
        ami.record(ref, "structuring", pillars=STRUCTURING["pillars"])
        ami.submit(ref)
        ami.record(ref, "review", composition=True, opinion="reserved")
        ami.live_until("2024-05-13 10:00")
        ami.move("label", ref)
        rows = [
            {"kind": "meeting", "day": "2024-06-20"},
            {"kind": "interview", "day": "2024-07-04", "remark": "modèle économique"},
        ]
        ami.record(ref, "services", followed=rows)
        assert ami.refused("ask_renewal", ref) == {"in_season", "complete"}
        ami.live_until("2026-03-02 10:00")
        asks_renewal(ami, ref)
        ami.live_until("2026-06-01 10:00")
        assert ami.state(ref) == "renewing"
        ami.move("renew", ref)
        ami.live_until("2028-06-05 10:00")
        assert ami.state(ref) == "expired"
        assert ami.sent(ref) == WHOLE_LIFE
        region.clock.instant = ami.clock.instant
        assert verify_against(region.contest, ami.contest).faults == ()


def test_reminders_of_the_renewal_are_planned_with_the_label(ami: Life) -> None:
    ami.clock.instant = ami.clock.instant.replace(month=9, day=2)
    ref = labelled(ami)
    planned = [
        (f"{one.at:%Y-%m-%d}", one.notification)
        for one in forecast(ami.contest)
        if one.ref == ref and one.notification in ("renewal_reminder", "services_check")
    ]
    assert planned == [
        ("2025-02-28", "services_check"),
        ("2025-09-02", "services_check"),
        ("2026-03-02", "renewal_reminder"),
        ("2026-07-02", "renewal_reminder"),
        ("2026-08-19", "renewal_reminder"),
    ]


def test_the_door_has_no_rule_and_no_date(ami: Life) -> None:
    ami.live_until("2031-07-14 03:00")
    ref = add(ami.contest, cluster("Venu seul")).ref
    assert ami.state(ref) == "draft"
    assert show(ami.contest, ref).case.origin is None


def test_a_forgotten_dossier_is_put_aside_and_taken_up(ami: Life) -> None:
    ref = add(ami.contest, cluster("Oublieux")).ref
    ami.live_until("2025-06-10 10:00")
    assert ami.state(ref) == "shelved"
    assert [name for _hour, name in ami.sent(ref)] == [
        *("draft_opened", "draft_reminder", "draft_reminder", "draft_reminder", "shelved")
    ]
    (posted,) = messages(ami.contest, ["sent"], ref=ref, notification="shelved")
    letter = letter_text(ami.contest, posted.name)
    assert "en préparation depuis le lundi 3 juin 2024, sans avoir été déposée" in letter
    ami.move("apply_again", ref)
    assert ami.state(ref) == "draft"


MEMBERS = tescou()["dossier"]["members"]


@pytest.mark.parametrize(
    ("members", "partners", "rule"),
    [
        ([one for one in MEMBERS if not one["ess"]], None, "ess_group"),
        ([one for one in MEMBERS if one["ess"]][:1], None, "ess_group"),
        ([one for one in MEMBERS if one["kind"] != "enterprise"], None, "with_enterprises"),
        (MEMBERS[:4], [], "with_territory"),
    ],
)
def test_the_composition_of_article_9(
    ami: Life, members: list[Any], partners: list[Any] | None, rule: str
) -> None:
    """Each part of the article stands in the way when it is missing."""
    answers: dict[str, Any] = {"members": members} | (
        {} if partners is None else {"partners": partners}
    )
    ref = submitted(ami, **answers)
    ami.record(ref, "review", composition=True, opinion="favourable")
    assert rule in ami.refused("label", ref)


def test_what_arrives_incomplete_is_acknowledged(ami: Life) -> None:
    answers = cluster("Reçu", cooperation="Une clé commune.")
    ref = add(ami.contest, answers).ref
    ami.live_until("2024-06-04 10:00")
    receive(ami.contest, ref, "dossier", at=at("2024-06-04 09:12"))
    ami.tick()
    (posted,) = messages(ami.contest, ["sent"], ref=ref, notification="acknowledgement")
    letter = letter_text(ami.contest, posted.name)
    assert "Nous avons reçu votre dossier le mardi 4 juin 2024 à 9\u00a0h\u00a012" in letter
    assert "La stratégie commune" in letter
    ami.record(ref, "structuring", **STRUCTURING)
    assert "Il est complet" not in letter
    ami.submit(ref)
    (_first, last) = messages(ami.contest, ["sent"], ref=ref, notification="acknowledgement")
    letter = letter_text(ami.contest, last.name)
    assert "Il est complet" in letter
    assert "au plus tard le mardi 30 juillet 2024" in letter
    assert [name for _hour, name in ami.sent(ref)] == [
        *("draft_opened", "acknowledgement", "acknowledgement")
    ]


def test_a_refusal_has_its_reasons_and_closes_nothing(ami: Life) -> None:
    ref = submitted(ami, members=MEMBERS[:2])
    ami.record(ref, "review", composition=False, opinion="unfavourable")
    ami.move("decline", ref, reason="Il manque une entreprise.")
    (posted,) = messages(ami.contest, ["sent"], ref=ref, notification="declined")
    letter = letter_text(ami.contest, posted.name)
    assert "> Il manque une entreprise." in letter
    assert "- Une entreprise hors de l’ESS au moins s’y associe (" in letter
    assert "- Le pôle regroupe au moins" not in letter
    assert "tribunal administratif de Toulouse" in letter
    ami.appeals(ref, ami.clock.now(), "rejected")
    assert ami.refused("reconsider", ref, reason="Encore.") == {"granted"}
    ami.live_until("2024-07-01 10:00")
    ami.move("apply_again", ref)
    ami.record(ref, "dossier", members=MEMBERS)
    assert ami.refused("submit", ref) == {"arrived_again"}
    ami.submit(ref)
    ami.record(ref, "review", composition=True, opinion="favourable")
    ami.move("label", ref)
    assert ami.state(ref) == "labelled"


def test_an_appeal_that_is_granted_takes_the_examination_up_again(ami: Life) -> None:
    """By the hour of its arrival, within two months of the mail of the decision."""
    ref, late = submitted(ami, members=MEMBERS[:2]), submitted(ami, "Tard", members=MEMBERS[:2])
    for one in (ref, late):
        ami.record(one, "review", composition=True, opinion="favourable")
        ami.move("decline", one, reason="Il manque une entreprise.")
    ami.live_until("2024-08-10 10:00")
    # Two clear months from Monday 3 June: the whole of 5 August, since 4 August is a Sunday.
    done = receive(ami.contest, late, "appeal", at=at("2024-08-06 00:00"))
    assert done.late == at("2024-08-06 00:00") - timedelta.resolution
    ami.tick()
    (posted,) = messages(ami.contest, ["sent"], ref=late, notification="appeal_received")
    letter = letter_text(ami.contest, posted.name)
    assert "après la fin du délai, le lundi 5 août 2024." in letter
    ami.appeals(ref, at("2024-08-05 23:59:59"), "granted")
    ami.move("reconsider", ref, reason="Le recours est accueilli.")
    proof = Evidence("ab" * 32, 99)
    rectify(
        ami.contest, ref, {"dossier": {"members": MEMBERS}}, reason="Mal saisi.", evidence=proof
    )
    ami.move("label", ref)
    assert ami.state(ref) == "labelled"


def test_nobody_is_refused_before_the_region_was_asked(ami: Life) -> None:
    ref = submitted(ami)
    ami.record(ref, "review", composition=False)
    (step,) = advance(ami.contest, [ref], "decline", reason="Non.")
    assert not step.made


def test_nobody_is_refused_for_what_is_no_condition(ami: Life) -> None:
    ref = submitted(ami)
    ami.record(ref, "review", composition=True, opinion="reserved")
    (step,) = advance(ami.contest, [ref], "decline", reason="Un projet de plus.")
    assert not step.made


def test_a_withdrawal_by_mistake_is_undone(ami: Life) -> None:
    ref, bearer = submitted(ami), labelled(ami, "Labellisé")
    ami.move("withdraw", ref, reason="À la demande du pôle.")
    ami.move("return_label", bearer, reason="À la demande du pôle.")
    for one, told in ((ref, "withdrawn"), (bearer, "returned")):
        assert ami.sent(one)[-1][1] == told
        ami.move("undo", one, reason="Un autre pôle.")
        assert ami.sent(one)[-1][1] == "undone"
        (posted,) = messages(ami.contest, ["sent"], ref=one, notification="undone")
        letter = letter_text(ami.contest, posted.name)
        assert "par erreur" not in letter
        assert "Où en est votre candidature\u00a0: " in letter
    assert [ami.state(one) for one in (ref, bearer)] == ["submitted", "labelled"]
    ami.move("withdraw", ref, reason="À la demande du pôle.")
    ami.live_until("2024-06-18 10:00")
    assert ami.refused("undo", ref, reason="Trop tard.") == {"in_term"}
    ami.move("apply_again", ref)
    ami.move("submit", ref)
    assert ami.state(ref) == "submitted"


@pytest.mark.long
def test_who_once_gave_a_label_back_is_told_of_a_withdrawal_as_such(ami: Life) -> None:
    ref = labelled(ami)
    ami.move("return_label", ref, reason="À la demande du pôle.")
    ami.live_until("2024-09-02 10:00")
    ami.move("apply_again", ref)
    ami.move("withdraw", ref, reason="À la demande du pôle.")
    assert [name for _hour, name in ami.sent(ref)][-3:] == ["returned", "draft_opened", "withdrawn"]
    (posted,) = messages(ami.contest, ["sent"], ref=ref, notification="withdrawn")
    letter = letter_text(ami.contest, posted.name)
    assert "est retirée depuis le lundi 2 septembre 2024" in letter
    assert "a rendu le label" not in letter
    assert verify(ami.contest).intact


def test_a_label_that_nobody_asks_to_keep_ends_by_itself(ami: Life) -> None:
    ref = labelled(ami)
    ami.live_until("2026-06-04 10:00")
    assert ami.state(ref) == "expired"
    assert ami.sent(ref)[-2:] == [
        ("2026-05-20 09:00", "renewal_reminder"),
        ("2026-06-03 18:00", "expired"),
    ]


def test_an_incomplete_request_does_not_make_the_letter_of_the_end_false(ami: Life) -> None:
    ref = labelled(ami)
    ami.live_until("2026-05-04 10:00")
    receive(ami.contest, ref, "renewal", at=ami.clock.now())
    ami.live_until("2026-06-04 10:00")
    (posted,) = messages(ami.contest, ["sent"], ref=ref, notification="expired")
    letter = letter_text(ami.contest, posted.name)
    assert "aucune demande complète de renouvellement n’était à l’étude" in letter
    assert verify(ami.contest).intact


@pytest.mark.long
def test_a_request_that_arrived_in_time_is_taken_up_after_the_label_ended(ami: Life) -> None:
    on_time, late = labelled(ami), labelled(ami, "Trop tard")
    ami.live_until("2026-06-04 10:00")
    asks_renewal(ami, on_time, at=at("2026-06-03 17:59"))
    assert ami.state(on_time) == "renewing"
    with pytest.raises(PtceError, match="cannot be recorded"):
        asks_renewal(ami, late, at=at("2026-06-03 18:01"))


def test_a_renewal_may_be_refused(ami: Life) -> None:
    ref = labelled(ami)
    ami.live_until("2026-01-05 10:00")
    asks_renewal(ami, ref)
    ami.live_until("2026-08-03 10:00")
    assert ami.state(ref) == "renewing"
    (step,) = advance(ami.contest, [ref], "refuse_renewal", reason="Un bilan bien court.")
    assert not step.made
    ami.record(ref, "dossier", members=MEMBERS[:2])
    ami.move("refuse_renewal", ref, reason="Le pôle ne compte plus que deux membres.")
    assert ami.state(ref) == "expired"
    assert ami.sent(ref)[-1] == ("2026-08-03 10:00", "not_renewed")
    assert "unanswered" in ami.refused("take_up_renewal", ref)


def test_the_desk_is_told_of_the_answer_that_it_promised(ami: Life) -> None:
    """And has its morning digest, which never stops."""
    enrol(ami.contest, "Anne", ["desk"], login="anne", email="anne@appel.example")
    ref = submitted(ami)
    (daily,) = [one for one in forecast(ami.contest) if one.daily]
    assert daily.until is None
    due = [one for one in forecast(ami.contest) if one.notification == "answer_due"]
    assert [f"{one.at:%Y-%m-%d}" for one in due] == ["2024-07-15", "2024-07-24"]
    assert {one.ref for one in due} == {ref}


def test_the_regional_contest_hands_over_those_who_are_ready_only(
    tmp_path: Path, ami: Life
) -> None:
    with living(tmp_path / "region", "occitanie-2024", "2024-02-12 10:00") as region:
        ref = add(region.contest, tescou()).ref
        with pytest.raises(PtceError, match="not handed over from there"):
            hand_over(region.contest, ref, ami.contest)
