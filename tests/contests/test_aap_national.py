"""The yearly national call, lived from the hand-over of a label to the last report."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify_against
from ptce_workflow.app.candidatures.advance import add as add_
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.decisions import RecordedDecision, register
from ptce_workflow.app.candidatures.handover import hand_over
from ptce_workflow.app.candidatures.overview import laureates, overview, show
from ptce_workflow.app.candidatures.record import receive, rectify
from ptce_workflow.app.jury.convocation import convene, record_convocation
from ptce_workflow.app.jury.deliberation import Deliberated, deliberate
from ptce_workflow.app.jury.marks import declare_links, recuse, score
from ptce_workflow.app.jury.sittings import sittings
from ptce_workflow.app.locations import read_folder
from ptce_workflow.app.outbox.desk import messages
from ptce_workflow.app.people import enrol
from ptce_workflow.base.errors import PtceError
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.process.candidature import Candidature, RuleContext
from ptce_workflow.process.check import check
from ptce_workflow.process.panel import Agenda, Deviation, VotedOrder
from ptce_workflow.process.process import Edge, Process
from tests.cases import thinned
from tests.contests.stage import REPOSITORY, Life, cluster, letter_text, living
from tests.contests.test_ami_permanent import invited, labelled
from tests.mailing import at
from tests.rehearsal import edit

MODEL = "aap-national"
SEATS = ("ministry", "ess_france", "banque_des_territoires")
POINTS = ("cooperation", "territory", "maturity", "facilitation")
FUNDED: dict[str, Any] = {
    "plan": "Deux ans d’animation, puis une cotisation des membres.",
    "bearer": "Association du pôle",
    "bearer_siret": "732 829 320 00074",
    "commitment": "signed",
    "de_minimis": 0,
    "undertakings": ["accurate", "purpose", "accounts", "aids"],
    "signatory": "La présidente",
    "signed_on": "2024-05-30",
    "own_funds": 20_000,
    "public_funds": 15_000,
    "other_funds": 5_000,
}
"""What the call asks beside what the label asked."""


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Life]:
    """The national call, on the day it opens."""
    with living(tmp_path / MODEL, MODEL, "2024-06-03 09:00") as life:
        yield life


def add(
    call: Life, name: str, *, requested: int = 100_000, label: str = "laureate", **answers: Any
) -> str:
    """A complete candidature of a cluster that comes by itself; its reference."""
    asked = {"requested": requested, "cost": requested + 40_000}
    raw = cluster(name, **FUNDED | asked | answers)
    return add_(call.contest, {**raw, "phase": {"label": label}}).ref


def marked(call: Life, ref: str, seat: str, marks: Mapping[str, str]) -> None:
    """An institution declares that it has no link, then gives its marks."""
    declare_links(call.contest, [ref], institution=seat)
    score(call.contest, ref, seat, marks)


def examine(call: Life, *refs: str, mark: str = "4") -> None:
    """Brings submitted candidatures through both levels, to the eve of the committee."""
    call.move("declare_eligible", *refs)
    for ref in refs:
        call.record(ref, "region", opinion="favourable", grounds="Le pôle est connu.")
    call.move("pass_on", *refs)
    for ref in refs:
        for seat in SEATS:
            marked(call, ref, seat, dict.fromkeys(POINTS, mark))
    call.move("close_scoring", *refs)


def scored(call: Life, *names: str, **answers: Any) -> list[str]:
    """Candidatures on which the committee is sitting."""
    refs = [add(call, name, **answers) for name in names]
    call.submit(*refs)
    examine(call, *refs)
    call.clock.instant = at("2024-10-08 14:00")
    return refs


def called(call: Life) -> None:
    """The committee is called and told six days before it meets, unless it is already.

    It meets now, or six days later where it has met before.
    """
    meets = call.clock.instant + timedelta(days=6) * bool(sittings(call.contest))
    call.clock.instant = meets - timedelta(days=6)
    with suppress(PtceError):
        convene(call.contest, "committee", at=meets)
        call.tick()
        for seat in SEATS:
            record_convocation(call.contest, "committee", seat, Evidence("0" * 64, 1))
    call.clock.instant = meets


def sit(
    call: Life, amounts: Mapping[str, int], *, present: Sequence[str] = SEATS, tied: bool = True
) -> Deliberated:
    """Holds the committee on amounts by reference; whoever shares a rank goes in their order."""
    called(call)
    answers = {ref: {"award": {"amount": amount}} for ref, amount in amounts.items()}
    voted = [VotedOrder(list(amounts), "Par ancienneté.", ayes=present)]
    orders = voted * (tied and len(amounts) > 1)
    held = deliberate(call.contest, Agenda(present, orders=orders, answers=answers))
    call.release()
    call.tick()
    return held


def failed(call: Life, ref: str, **award: int) -> set[str]:
    """The rules of a grant that fail before a full committee; nothing is written."""
    called(call)
    answers = {ref: {"award": award}} if award else {}
    held = deliberate(call.contest, Agenda(SEATS, answers=answers), dry_run=True)
    (steps,) = [one.steps for one in held.decisions if one.case.ref == ref]
    return {one.rule for one in steps[0].outcome.verdicts if one.answer.value != "holds"}


def test_it_has_no_fault() -> None:
    assert check(read_folder(REPOSITORY / "contests" / MODEL)) == ()


@pytest.mark.long
def test_from_the_label_to_the_last_report(tmp_path: Path) -> None:
    with (
        living(tmp_path / "ami", "ami-permanent", "2024-03-04 10:00") as ami,
        living(tmp_path / MODEL, MODEL, "2024-03-04 10:00") as call,
    ):
        source = labelled(ami)
        with pytest.raises(PtceError, match="does not take C-001 over") as early:
            hand_over(ami.contest, source, call.contest)
        assert "The call has been open since" in early.value.why
        for life in (ami, call):
            life.live_until("2024-06-03 09:00")
        done = hand_over(ami.contest, source, call.contest)
        call.tick()
        ref = done.there.ref
        assert show(call.contest, ref).case.origin is not None
        assert call.refused("submit", ref) == {"opened", "on_time", "complete"}
        call.live_until("2024-07-22 10:00")
        call.record(ref, "dossier", **FUNDED, requested="90 000", cost="130 000")
        call.submit(ref)
        call.move("declare_eligible", ref)
        call.live_until("2024-08-30 10:00")
        assert call.refused("pass_on", ref) == {"opinion"}
        call.record(ref, "region", opinion="reserved", grounds="Jeune, mais solide.")
        call.move("pass_on", ref)
        for seat in SEATS:
            marked(call, ref, seat, dict.fromkeys(POINTS, "4.5"))
        call.move("close_scoring", ref)
        call.live_until("2024-10-08 14:00")
        sit(call, {ref: 90_000})
        call.live_until("2024-11-20 10:00")
        call.record(ref, "reports", signed_on="2024-11-18")
        call.move("sign", ref)
        call.live_until("2025-11-10 10:00")
        call.record(ref, "reports", interim="2025-11-10")
        call.live_until("2026-12-28 10:00")
        assert call.refused("close", ref) == {"final", "accepted"}
        call.record(ref, "reports", final="2026-12-28", spent="89 500", accepted=True)
        call.live_until("2027-03-10 10:00")
        call.move("close", ref)
        assert call.state(ref) == "closed"
        assert call.sent(ref) == [
            ("2024-06-03 09:00", "draft_opened"),
            ("2024-07-17 09:00", "draft_reminder"),
            ("2024-07-22 10:00", "acknowledgement"),
            ("2024-10-15 10:00", "laureate"),
            ("2024-11-20 10:00", "funded"),
            ("2025-05-20 09:00", "progress_check"),
            ("2025-09-19 09:00", "interim_reminder"),
            ("2025-11-06 09:00", "interim_reminder"),
            ("2026-05-20 09:00", "progress_check"),
            ("2026-11-20 09:00", "final_reminder"),
            ("2027-03-10 10:00", "closed"),
        ]
        assert verify_against(call.contest, ami.contest).links == 1


@pytest.mark.long
def test_only_for_phase_1(tmp_path: Path, call: Life) -> None:
    with living(tmp_path / "region", "occitanie-2024", "2024-02-12 10:00") as region:
        ref = invited(region)
        with pytest.raises(PtceError) as refused:
            hand_over(region.contest, ref, call.contest)
        assert "selected in phase 1" in refused.value.why
    assert overview(call.contest).briefs == ()
    ref = add(call, "Sans label", label="neither")
    call.submit(ref)
    assert call.refused("declare_eligible", ref) == {"phase_1"}
    call.move("declare_ineligible", ref, reason="Ni label, ni candidature au label.")


def test_both_phases_together(call: Life) -> None:
    """Examined while phase 1 is; the money waits for the label."""
    (ref,) = scored(call, "Les deux", label="applying")
    assert failed(call, ref, amount=50_000) == {"phase_1"}
    call.record(ref, "phase", label="laureate", proof="Décision du 3 octobre")
    sit(call, {ref: 50_000})
    assert call.state(ref) == "laureate"


@pytest.mark.long
def test_there_are_fifteen_laureates_and_no_sixteenth(call: Life) -> None:
    refs = scored(call, *(f"Pôle {number}" for number in range(1, 17)))
    *first, sixteenth = refs
    held = sit(call, dict.fromkeys(refs, 100_000))
    assert dict(held.outcome) == dict.fromkeys(first, "grant") | {sixteenth: "decline"}
    call.move("renounce", first[3], reason="À la demande du pôle.")
    call.move("reconsider", sixteenth, reason="Une part est libre.")
    sit(call, {sixteenth: 100_000})
    assert call.state(sixteenth) == "laureate"
    taken = call.refused("undo", first[3], reason="Trop tard.")
    assert taken == {"scored.grant.place_free", "scored.grant.envelope"}


@pytest.mark.long
def test_a_withdrawal_by_mistake_is_undone(call: Life) -> None:
    draft, mistaken = add(call, "En préparation"), add(call, "En double")
    call.move("close_mistake", mistaken, reason="Ouverte deux fois.")
    assert call.sent(mistaken) == []
    call.move("withdraw", draft, reason="Le pôle a appelé.")
    assert call.refused("undo", draft, reason="Un autre pôle.") == {"filed"}
    call.move("undo_draft", draft, reason="Un autre pôle.")
    assert call.state(draft) == "draft"
    (ref,) = scored(call, "Retiré")
    call.clock.instant = at("2024-10-03 10:00")
    call.move("withdraw", ref, reason="Le pôle a appelé.")
    call.move("undo", ref, reason="Un autre pôle.")
    assert call.state(ref) == "submitted"
    assert [name for _hour, name in call.sent(ref)][-2:] == ["withdrawn", "undone"]
    for step in ("declare_eligible", "pass_on", "close_scoring"):
        call.move(step, ref)
    call.clock.instant = at("2024-10-08 14:00")
    sit(call, {ref: 100_000})
    call.move("renounce", ref, reason="Le pôle a écrit.")
    call.move("undo", ref, reason="Il parlait d’un autre appel.")
    assert call.state(ref) == "laureate"
    call.move("renounce", ref, reason="Le pôle a écrit.")
    call.clock.instant = at("2024-10-15 18:01")
    assert call.refused("undo", ref, reason="Trop tard.") == {"in_term"}


@pytest.mark.long
def test_a_contested_edition(call: Life) -> None:
    """An appeal is granted, another rejected; a slip is mended; the committee meets twice."""
    enrol(call.contest, "Jo", ["jury"], institution=SEATS[0], login="jo", email="jo@min.example")
    wrong, right = add(call, "Faute de saisie", cost=140_001), add(call, "Reconnu")
    call.submit(wrong, right)
    call.move("declare_ineligible", wrong, reason="Le plan de financement n’est pas équilibré.")
    assert call.refused("reopen", wrong, reason="Nous nous sommes trompés.") == {"granted"}
    with pytest.raises(PtceError, match="cannot be recorded"):
        call.record(wrong, "dossier", cost=140_000)
    call.live_until("2024-08-06 10:00")
    call.appeals(wrong, at("2024-08-02 17:50"), "granted")
    call.move("reopen", wrong, reason="Le recours est accueilli.")
    letter = Evidence("ef" * 32, 1_234)
    slip = {"dossier": {"cost": 140_000}}
    rectify(call.contest, wrong, slip, reason="Le budget joint dit 140 000.", evidence=letter)
    examine(call, right, mark="1.5")
    examine(call, wrong)
    call.clock.instant = at("2024-10-08 14:00")
    amounts = dict.fromkeys((wrong, right), 100_000)
    assert not sit(call, amounts, present=SEATS[:1], tied=False).decided
    held = sit(call, amounts, present=SEATS[:2], tied=False)
    assert dict(held.outcome) == {wrong: "grant", right: "decline"}
    with pytest.raises(PtceError):
        laureates(call.contest)
    call.live_until("2024-10-16 10:00")
    call.release()
    call.tick()
    call.appeals(right, at("2024-10-16 09:00"), "rejected")
    assert "ground" in call.refused("reconsider", right, reason="Encore.")
    told = [name for _hour, name in call.sent(right)]
    assert told[-3:] == ["not_selected", "appeal_received", "appeal_rejected"]
    (posted,) = messages(call.contest, ["sent"], ref=right, notification="appeal_rejected")
    assert "tribunal administratif de Paris" in letter_text(call.contest, posted.name)
    assert [name for _hour, name in call.sent(wrong)][-1] == "laureate"
    assert [case.ref for case in laureates(call.contest).cases] == [wrong]
    calls = [
        letter_text(call.contest, one.name)
        for one in messages(call.contest, ["sent"], notification="committee_convened")
    ]
    assert ["La séance précédente n’a rien pu décider" in text for text in calls] == [False, True]
    rows = [
        (one.act.case.ref, one.act.edge.name, one.days, one.remedies, len(one.terms), _answers(one))
        for one in register(call.contest)
    ]
    assert rows == [
        (wrong, "declare_ineligible", 0, True, 1, ["Grant the appeal"]),
        (wrong, "granted", 0, None, 0, []),
        (wrong, "grant", 1, None, 0, []),
        (right, "decline", 1, True, 1, ["Reject the appeal"]),
        (right, "rejected", 0, True, 0, []),
    ]


def _answers(decision: RecordedDecision) -> list[str]:
    return [one.answer.label for one in decision.appeals if one.answer is not None]


@pytest.mark.long
def test_a_date_that_moves_is_told(call: Life) -> None:
    enrol(call.contest, "Jo", ["jury"], institution=SEATS[0], login="jo", email="jo@min.example")
    ref, gone = add(call, "Un"), add(call, "Parti")
    call.move("withdraw", gone, reason="À la demande du pôle.")
    edit(call.contest, "config.toml", "2024-10-08T14:00:00", "2024-10-09T14:00:00")
    adopt(call.contest, "La salle est prise.")
    call.live_until("2024-06-05 10:00")
    assert [name for _hour, name in call.sent(ref)].count("date_moved") == 1
    assert "date_moved" not in [name for _hour, name in call.sent(gone)]
    (posted,) = messages(call.contest, ["sent"], notification="committee_moved")
    letter = letter_text(call.contest, posted.name)
    assert "Comité national : mardi 8 octobre 2024" in letter.replace("\u00a0", " ")
    assert "désormais mercredi 9 octobre 2024" in letter.replace("\u00a0", " ")


@pytest.mark.long
def test_the_envelope_is_never_exceeded(call: Life) -> None:
    """Cut by adoption, it holds to the euro: what is left may be granted, and not one more."""
    one, two, three = scored(call, "Un", "Deux", "Trois")
    edit(call.contest, "config.toml", "value = 1500000", "value = 250000")
    adopt(call.contest, "Les crédits sont réduits.")
    held = sit(call, {one: 100_000, two: 99_999, three: 50_002})
    assert dict(held.outcome) == {one: "grant", two: "grant", three: "decline"}
    call.live_until("2024-10-16 10:00")
    call.release()
    call.tick()
    call.appeals(three, at("2024-10-16 09:00"), "granted")
    call.move("reconsider", three, reason="Le pôle demande moins.")
    assert failed(call, three, amount=50_002) == {"envelope"}
    sit(call, {three: 50_001})
    assert call.state(three) == "laureate"
    with pytest.raises(PtceError, match="cannot be written"):
        call.record(three, "award", amount=60_000)


@pytest.mark.parametrize(
    ("requested", "amount", "refused"),
    [(100_000, 100_000, set()), (100_000, 100_001, {"ceiling"}), (40_000, 40_001, {"ceiling"})],
)
def test_no_more_than_the_ceiling_nor_than_was_asked_for(
    call: Life, requested: int, amount: int, refused: set[str]
) -> None:
    (ref,) = scored(call, "Un", requested=requested)
    called(call)
    with pytest.raises(PtceError, match="asks for: Amount granted"):
        deliberate(call.contest, Agenda(SEATS))
    assert failed(call, ref, amount=amount) == refused


def test_other_aid_of_the_bearer_counts(call: Life) -> None:
    (ref,) = scored(call, "Aidé", de_minimis=250_000)
    assert failed(call, ref, amount=50_001) == {"de_minimis"}
    assert failed(call, ref, amount=50_000) == set()


@pytest.mark.parametrize(
    ("answers", "rule"),
    thinned(
        [
            ({"requested": 100_001}, "below_ceiling"),
            ({"commitment": "no"}, "commitment"),
            ({"cost": 140_001}, "adds_up"),
            ({"undertakings": ["accurate", "purpose", "accounts"]}, "undertakings"),
        ],
        2,
    ),
)
def test_what_is_told_at_the_door(call: Life, answers: dict[str, Any], rule: str) -> None:
    ref = add(call, "À la porte", **answers)
    call.submit(ref)
    assert call.refused("declare_eligible", ref) == {rule}
    call.move("declare_ineligible", ref, reason="Une condition manque.")
    (posted,) = messages(call.contest, ["sent"], ref=ref, notification="ineligible")
    letter = letter_text(call.contest, posted.name)
    assert letter.count("\n- ") == 1
    assert "tribunal administratif de Paris" in letter


@pytest.mark.parametrize("lacking", ["bearer", "bearer_siret", "commitment", "de_minimis"])
def test_no_dossier_without_a_bearer_that_can_be_paid(call: Life, lacking: str) -> None:
    raw = cluster("Sans", **FUNDED, requested=1, cost=40_001)
    del raw["dossier"][lacking]
    ref = add_(call.contest, {**raw, "phase": {"label": "laureate"}}).ref
    receive(call.contest, ref, "dossier")
    assert call.refused("submit", ref) == {"complete"}


def test_one_institution_alone_grants_nothing(call: Life) -> None:
    (ref,) = scored(call, "Seul")
    for _call in range(2):
        held = sit(call, {ref: 100_000}, present=SEATS[:1])
        assert not held.decided
    with pytest.raises(PtceError, match="is made by a sitting"):
        advance(call.contest, [ref], "grant")
    sit(call, {ref: 100_000}, present=SEATS[:2])
    assert call.state(ref) == "laureate"


def test_who_steps_aside_does_not_make_up_the_quorum(call: Life) -> None:
    (ref,) = scored(call, "Lié")
    recuse(call.contest, ref, SEATS[1], "Elle conseille ce pôle.")
    assert not sit(call, {ref: 100_000}, present=SEATS[:2]).decided
    assert sit(call, {ref: 100_000}).decided


@pytest.mark.parametrize(("noes", "outcome"), [(2, "grant"), (1, "grant"), (0, "decline")])
def test_the_ranking_is_departed_from_by_a_majority(call: Life, noes: int, outcome: str) -> None:
    (ref,) = scored(call, "Discuté")
    called(call)
    call.record(ref, "award", amount=100_000)
    voted = Deviation(ref, "decline", "Un doute.", ayes=SEATS[:1], noes=SEATS[1 : 1 + noes])
    held = deliberate(call.contest, Agenda(SEATS, deviations=[voted]))
    assert dict(held.outcome) == {ref: outcome}
    (decision,) = register(call.contest)
    assert decision.act.sitting is not None
    assert decision.act.sitting.departs is (outcome == "decline")


def test_the_committee_is_no_formality(call: Life) -> None:
    ref = add(call, "Un")
    call.submit(ref)
    call.move("declare_eligible", ref)
    call.record(ref, "region", opinion="unfavourable", grounds="…")
    call.move("pass_on", ref)
    with pytest.raises(PtceError, match="declare"):
        score(call.contest, ref, SEATS[0], dict.fromkeys(POINTS, "4"))
    marked(call, ref, SEATS[0], dict.fromkeys(POINTS, "4"))
    assert call.refused("close_scoring", ref) == {"quorum", "time_for_all"}
    marked(call, ref, SEATS[1], dict.fromkeys(POINTS, "4") | {"maturity": "0"})
    assert call.refused("close_scoring", ref) == {"time_for_all"}
    marked(call, ref, SEATS[2], dict.fromkeys(POINTS, "4") | {"maturity": "1.5"})
    call.move("close_scoring", ref)
    with pytest.raises(PtceError, match="No meeting of this sitting is called"):
        failed(call, ref, amount=10)
    call.clock.instant = at("2024-10-08 14:00")
    assert failed(call, ref, amount=10) == {"every_point"}


def test_a_dossier_a_second_late_waits_for_next_year(call: Life) -> None:
    on_time, late = add(call, "À l’heure"), add(call, "En retard")
    call.clock.instant = at("2024-07-31 13:00")
    receive(call.contest, on_time, "dossier", at=at("2024-07-31 12:00:00"))
    receive(call.contest, late, "dossier", at=at("2024-07-31 12:00:01"))
    assert call.refused("submit", late) == {"on_time"}
    call.live_until("2024-08-06 10:00")
    assert [call.state(ref) for ref in (on_time, late)] == ["submitted", "late"]
    assert call.sent(late)[-1][1] == "acknowledgement", "nobody has read the other one"
    call.release()
    call.live_until("2024-08-06 10:30")
    assert call.sent(late)[-1] == ("2024-08-06 10:00", "late")


@pytest.mark.parametrize(
    ("arrivals", "gap", "end", "told"),
    thinned(
        [
            ((), "", "lapsed", "aucun dossier de votre pôle arrivé"),
            (
                ("07-30 09:12",),
                "plan",
                "incomplete",
                "à temps, le mardi 30 juillet 2024 à 9\u00a0h\u00a012",
            ),
            (("07-31 12:01",), "", "late", "le mercredi 31 juillet 2024 à 12\u00a0h\u00a001"),
            (("07-30 09:12", "08-01 10:00"), "plan", "incomplete", "30 juillet"),
        ],
        2,
    ),
)
def test_late_is_told_from_incomplete(
    call: Life, arrivals: Sequence[str], gap: str, end: str, told: str
) -> None:
    """Three ends, three mails: with the hour of arrival, what was missing, and the article."""
    raw = cluster("Reçu", **FUNDED, requested=1, cost=40_001)
    raw["dossier"].pop(gap, None)
    ref = add_(call.contest, {**raw, "phase": {"label": "laureate"}}).ref
    call.live_until("2024-08-01 11:00")
    for arrival in arrivals:
        receive(call.contest, ref, "dossier", at=at(f"2024-{arrival}"))
    if gap:
        with pytest.raises(PtceError, match="cannot be recorded"):
            call.record(ref, "dossier", plan="Ce qui manquait.")
    call.live_until("2024-08-06 10:00")
    call.release()
    call.live_until("2024-08-06 10:30")
    assert call.state(ref) == end
    (posted,) = messages(call.contest, ["sent"], ref=ref, notification=end)
    letter = letter_text(call.contest, posted.name)
    assert told in letter
    assert "(Candidature, §" in letter
    assert ("- L’animation du collectif" in letter) == bool(gap)
    assert "tribunal administratif de Paris" in letter


def test_a_dossier_that_went_astray_is_taken_up(call: Life) -> None:
    lost, later = add(call, "Égaré"), add(call, "Retrouvé trop tard")
    call.live_until("2024-08-06 10:00")
    call.release()
    for ref in (lost, later):
        proof = Evidence("ab" * 32, 2_345)
        receive(call.contest, ref, "dossier", at=at("2024-07-31 11:00"), evidence=proof)
    call.move("file_late", lost, reason="En-têtes du courriel.")
    assert call.state(lost) == "submitted"
    assert call.sent(lost)[-1][1] == "acknowledgement"
    call.live_until("2024-09-16 10:00")
    (step,) = advance(call.contest, [later], "file_late", reason="En-têtes du courriel.")
    assert not step.made


@pytest.mark.long
def test_a_late_report_is_asked_for_once_more(call: Life) -> None:
    (ref,) = scored(call, "Un")
    sit(call, {ref: 80_000})
    call.record(ref, "reports", signed_on="2024-10-08")
    call.move("sign", ref)
    call.live_until("2027-02-01 10:00")
    reminders = [sent for sent in call.sent(ref) if sent[1].endswith("_reminder")]
    assert reminders == [
        ("2025-08-08 09:00", "interim_reminder"),
        ("2025-09-24 09:00", "interim_reminder"),
        ("2025-10-22 09:00", "interim_reminder"),
        ("2026-10-08 09:00", "final_reminder"),
        ("2026-12-08 09:00", "final_reminder"),
        ("2026-12-31 09:00", "final_reminder"),
        ("2027-01-22 09:00", "final_reminder"),
    ]


@pytest.mark.long
def test_the_committee_follows_its_ranking_as_far_as_the_money_goes(call: Life) -> None:
    refs = scored(call, "Un", "Deux", "Trois")
    edit(call.contest, "config.toml", "value = 1500000", "value = 150000")
    adopt(call.contest, "Les crédits sont réduits.")
    for ref, amount in zip(refs, (90_000, 70_000, 60_000), strict=True):
        call.record(ref, "award", amount=amount)
    called(call)
    tie = VotedOrder(refs, "Le pôle Un a le plus d’ancienneté, puis Deux.", ayes=SEATS)
    deliberate(call.contest, Agenda(SEATS, orders=[tie]))
    call.live_until("2024-10-15 10:00")
    assert [call.state(ref) for ref in refs] == ["laureate", "not_selected", "laureate"]
    assert [name for _hour, name in call.sent(refs[0])][-1] == "acknowledgement"
    call.release()
    call.tick()
    last = [call.sent(ref)[-1] for ref in refs]
    assert last == [("2024-10-15 10:00", name) for name in ("laureate", "not_selected", "laureate")]
    (posted,) = messages(call.contest, ["sent"], ref=refs[1], notification="not_selected")
    letter = letter_text(call.contest, posted.name)
    assert "- Avec ce montant, l’enveloppe de" in letter


NATIONAL = Process.load(read_folder(REPOSITORY / "contests" / MODEL))
REGIONAL_END = NATIONAL.dates.fixed["regional_end"]


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1)])
@pytest.mark.parametrize("state", NATIONAL.definition.requests["appeal"].windows)
def test_what_granting_promises_the_rules_allow(state: str, late: timedelta) -> None:
    when = REGIONAL_END + late
    entered = dict.fromkeys(("submitted", state), REGIONAL_END - timedelta(days=60))
    dossier = NATIONAL.definition.sheets["dossier"].required("dossier")
    received = {"dossier": (NATIONAL.dates.fixed["closing"],), "appeal": (REGIONAL_END,)}
    phase = NATIONAL.definition.sheets["phase"].required("phase")
    given = {"entered": entered, "received": received, "given": frozenset((*dossier, *phase))}
    waiting = Candidature("0", "C-001", state, REGIONAL_END, 1).but(**given)
    moment = RuleContext(when, totals=dict.fromkeys(NATIONAL.totals, 0))

    def open_(case: Candidature, *edges: Edge) -> list[str]:
        return [edge.name for edge in edges if NATIONAL.judge(edge, case, moment).to is not None]

    answers = NATIONAL.edges("appeal")
    (answer,) = open_(waiting, answers["granted"], answers["redressed"])
    edges = NATIONAL.edges(state)
    back = [edges[name] for name in ("file_late", "reopen", "reconsider") if name in edges]
    if answer == "granted":
        granted = waiting.answered("appeal", "granted")
        assert open_(granted, *back) or not NATIONAL.states[state].ends
    else:
        assert open_(waiting.answered("appeal", "redressed"), edges["redress"])
