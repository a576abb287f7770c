"""The yearly national call, lived from the hand-over of a label to the last report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.app.admin.adopt import adopt
from ptce_workflow.app.admin.verify import verify_against
from ptce_workflow.app.cases.advance import add as add_
from ptce_workflow.app.cases.advance import advance
from ptce_workflow.app.cases.handover import hand_over
from ptce_workflow.app.cases.overview import overview, show
from ptce_workflow.app.jury.marks import score
from ptce_workflow.app.jury.sitting_run import deliberate
from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.errors import PtceError
from ptce_workflow.process.check import check
from ptce_workflow.process.panel.figures import Agenda, VotedOrder
from tests.contests.stage import REPOSITORY, Life, cluster, living
from tests.contests.test_ami_permanent import invited, labelled
from tests.mailing import at
from tests.rehearsal import edit

MODEL = "aap-national"
SEATS = ("ministry", "ess_france", "banque_des_territoires")
POINTS = ("cooperation", "territory", "maturity", "facilitation")
PLAN = "Deux ans d’animation, puis une cotisation des membres."


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Life]:
    """The national call, on the day it opens."""
    with living(tmp_path / MODEL, MODEL, "2024-06-03 09:00") as life:
        yield life


def add(call: Life, name: str, *, requested: int = 100_000, label: str = "laureate") -> str:
    """A complete candidature of a cluster that comes by itself; its reference."""
    raw = cluster(name, plan=PLAN, requested=requested)
    return add_(call.contest, {**raw, "phase": {"label": label}}).ref


def examine(call: Life, *refs: str, mark: str = "4") -> None:
    """Brings submitted candidatures through both levels, to the eve of the committee."""
    call.move("declare_eligible", *refs)
    for ref in refs:
        call.record(ref, "region", opinion="favourable", grounds="Le pôle est connu.")
    call.move("pass_on", *refs)
    for ref in refs:
        for seat in SEATS:
            score(call.contest, ref, seat, dict.fromkeys(POINTS, mark))
    call.move("close_scoring", *refs)


def scored(call: Life, *names: str, **answers: Any) -> list[str]:
    """Candidatures on which the committee is sitting."""
    refs = [add(call, name, **answers) for name in names]
    call.move("submit", *refs)
    examine(call, *refs)
    call.clock.instant = at("2024-10-08 14:00")
    return refs


def grant(call: Life, ref: str, amount: int) -> None:
    """Has the committee award an amount."""
    call.record(ref, "award", amount=amount)
    call.move("grant", ref)


def test_it_has_no_fault() -> None:
    """What is shipped passes its own check."""
    assert check(read_folder(REPOSITORY / "contests" / MODEL)) == ()


def test_from_the_label_to_the_last_report(tmp_path: Path) -> None:
    """The whole life of a laureate, handed over by the permanent call."""
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
        assert call.refused("submit", ref) == {"complete"}
        call.live_until("2024-07-22 10:00")
        call.record(ref, "dossier", plan=PLAN, requested="90 000")
        call.move("submit", ref)
        call.move("declare_eligible", ref)
        call.live_until("2024-08-30 10:00")
        assert call.refused("pass_on", ref) == {"opinion"}
        call.record(ref, "region", opinion="reserved", grounds="Jeune, mais solide.")
        call.move("pass_on", ref)
        for seat in SEATS:
            score(call.contest, ref, seat, dict.fromkeys(POINTS, "4.5"))
        call.move("close_scoring", ref)
        call.live_until("2024-10-08 14:00")
        grant(call, ref, 90_000)
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


def test_only_for_phase_1(tmp_path: Path, call: Life) -> None:
    """Neither a contest that gives no label, nor a cluster without one, comes in."""
    with living(tmp_path / "region", "occitanie-2024", "2024-02-12 10:00") as region:
        ref = invited(region)
        with pytest.raises(PtceError) as refused:
            hand_over(region.contest, ref, call.contest)
        assert "laureate of phase 1" in refused.value.why
    assert overview(call.contest).briefs == ()
    ref = add(call, "Sans label", label="neither")
    call.move("submit", ref)
    assert call.refused("declare_eligible", ref) == {"phase_1"}
    call.move("declare_ineligible", ref, reason="Ni label, ni candidature au label.")


def test_both_phases_together(call: Life) -> None:
    """Examined while phase 1 is; the money waits for the label."""
    (ref,) = scored(call, "Les deux", label="applying")
    call.record(ref, "award", amount=50_000)
    assert call.refused("grant", ref) == {"phase_1"}
    call.record(ref, "phase", label="laureate", proof="Décision du 3 octobre")
    call.move("grant", ref)
    assert call.state(ref) == "laureate"


def test_there_are_fifteen_laureates_and_no_sixteenth(call: Life) -> None:
    """The envelope is spent with them; a withdrawal frees both a place and a share."""
    refs = scored(call, *(f"Pôle {number}" for number in range(1, 17)))
    *first, sixteenth = refs
    for ref in refs:
        call.record(ref, "award", amount=100_000)
    call.move("grant", *first)
    assert call.refused("grant", sixteenth) == {"place_free", "envelope"}
    call.move("withdraw", first[3], reason="À la demande du pôle.")
    call.move("grant", sixteenth)
    assert call.state(sixteenth) == "laureate"


def test_the_envelope_is_never_exceeded(call: Life) -> None:
    """Cut by adoption, it holds to the euro: what is left may be granted, and not one more."""
    one, two, three = scored(call, "Un", "Deux", "Trois")
    edit(call.contest, "config.toml", "value = 1500000\n", "value = 250000\n")
    adopt(call.contest, "Les crédits sont réduits.")
    grant(call, one, 100_000)
    grant(call, two, 99_999)
    call.record(three, "award", amount=50_002)
    assert call.refused("grant", three) == {"envelope"}
    call.record(three, "award", amount=50_001)
    call.move("grant", three)
    with pytest.raises(PtceError, match="cannot be written"):
        call.record(three, "award", amount=60_000)


@pytest.mark.parametrize(
    ("requested", "amount", "refused"),
    [
        (100_000, 100_000, set()),
        (100_000, 100_001, {"ceiling"}),
        (40_000, 40_001, {"ceiling"}),
        (40_000, None, {"ceiling", "envelope"}),
    ],
)
def test_no_more_than_the_ceiling_nor_than_was_asked_for(
    call: Life, requested: int, amount: int | None, refused: set[str]
) -> None:
    """An amount that nobody wrote down is no amount."""
    (ref,) = scored(call, "Un", requested=requested)
    if amount is not None:
        call.record(ref, "award", amount=amount)
    if refused:
        assert call.refused("grant", ref) == refused
    else:
        call.move("grant", ref)


def test_who_asks_for_too_much_is_not_examined(call: Life) -> None:
    """The ceiling is told at the door."""
    ref = add(call, "Trop", requested=100_001)
    call.move("submit", ref)
    assert call.refused("declare_eligible", ref) == {"below_ceiling"}


def test_the_committee_is_no_formality(call: Life) -> None:
    """Neither before its hour, nor below the bar, nor by a single voice."""
    ref = add(call, "Un")
    call.move("submit", ref)
    call.move("declare_eligible", ref)
    call.record(ref, "region", opinion="unfavourable", grounds="…")
    call.move("pass_on", ref)
    score(call.contest, ref, SEATS[0], dict.fromkeys(POINTS, "4"))
    assert call.refused("close_scoring", ref) == {"quorum", "time_for_all"}
    score(call.contest, ref, SEATS[1], dict.fromkeys(POINTS, "4") | {"maturity": "0"})
    assert call.refused("close_scoring", ref) == {"time_for_all"}
    score(call.contest, ref, SEATS[2], dict.fromkeys(POINTS, "4") | {"maturity": "1.5"})
    call.move("close_scoring", ref)
    call.record(ref, "award", amount=10)
    assert call.refused("grant", ref) == {"sitting", "every_point"}


def test_a_dossier_a_second_late_waits_for_next_year(call: Life) -> None:
    """Noon is in time; a second later is not, and the draft lapses."""
    on_time, late = add(call, "À l’heure"), add(call, "En retard")
    call.clock.instant = at("2024-07-31 13:00")
    call.move("submit", on_time, received_at=at("2024-07-31 12:00:00"))
    (step,) = advance(call.contest, [late], "submit", received_at=at("2024-07-31 12:00:01"))
    assert not step.made
    call.live_until("2024-08-06 10:00")
    assert call.state(late) == "lapsed"


def test_a_late_report_is_asked_for_once_more(call: Life) -> None:
    """Two months, two weeks before, and two weeks after."""
    (ref,) = scored(call, "Un")
    grant(call, ref, 80_000)
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


def test_the_committee_follows_its_ranking_as_far_as_the_money_goes(call: Life) -> None:
    """In one sitting: the best get their amount, whoever comes after the envelope gets a reason."""
    refs = scored(call, "Un", "Deux", "Trois")
    edit(call.contest, "config.toml", "value = 1500000\n", "value = 150000\n")
    adopt(call.contest, "Les crédits sont réduits.")
    for ref, amount in zip(refs, (90_000, 70_000, 60_000), strict=True):
        call.record(ref, "award", amount=amount)
    tie = VotedOrder(refs, "Le pôle Un a le plus d’ancienneté, puis Deux.", ayes=SEATS)
    deliberate(call.contest, Agenda(SEATS, orders=[tie]))
    call.live_until("2024-10-15 10:00")
    assert [call.state(ref) for ref in refs] == ["laureate", "not_selected", "laureate"]
    assert [name for _hour, name in call.sent(refs[0])][-1] == "acknowledgement"
    call.release()
    call.tick()
    last = [call.sent(ref)[-1] for ref in refs]
    assert last == [("2024-10-15 10:00", name) for name in ("laureate", "not_selected", "laureate")]
