"""The first acts: drafts, the deadline, the examination of each dossier."""

from __future__ import annotations

from datetime import timedelta

from rehearsal.cast import (
    AFTER_MEETING,
    ALONE,
    COMPETING,
    COMPLETED,
    DIRECT,
    EARLY,
    EXAMINED,
    FOUND_LATER,
    LATE,
    MISTYPED,
    OUTSIDE,
    RETURNED,
    RIGHT_ADDRESS,
    TWELFTH,
)
from rehearsal.stage import Stage

_HALF_AN_HOUR = timedelta(minutes=30)


def drafts(stage: Stage) -> None:
    """Collectives open their drafts, one of them with an address that does not exist."""
    stage.at("early")
    stage.add(*EARLY)
    stage.show("tick")
    stage.at("mended")
    stage.show("mail", "list", "--state", "failed")
    address = f"contact_email={RIGHT_ADDRESS}"
    stage.show("record", stage.refs[MISTYPED], "dossier", address)
    stage.show("mail", "retry", *stage.mails("failed"))
    stage.show("tick")
    stage.at("drafts")
    stage.add(*AFTER_MEETING)
    stage.at("submissions")
    for number in (1, 2, 3, 4, 6, 7, 8, *range(10, 16)):
        stage.do(
            "advance", stage.refs[number], "submit", "--received-at",
            f"2024-03-0{1 + number % 6}T15:{10 + number}:00+01:00",
        )  # fmt: skip
    unsigned = stage.said("reason_returned")
    stage.do("advance", stage.refs[RETURNED], "return_for_completion", "--reason", unsigned)
    stage.show("advance", stage.refs[COMPLETED], "submit", expect=1)
    stage.at("completion")
    stage.do("advance", stage.refs[RETURNED], "submit")
    stage.show("record", stage.refs[COMPLETED], "--from", stage.completion(COMPLETED))
    stage.show("advance", stage.refs[COMPLETED], "submit")


def deadline(stage: Stage) -> None:
    """Noon strikes: one dossier is late, two were received in time and are entered afterwards."""
    stage.at("late")
    stage.add(LATE, TWELFTH)
    stage.show("advance", stage.refs[LATE], "submit", expect=1)
    stage.show(
        "advance", stage.refs[TWELFTH], "submit", "--received-at", "2024-03-11T11:42:00+01:00"
    )
    stage.at("lapse", idle=_HALF_AN_HOUR)
    stage.show("tick")
    stage.at("found")
    stage.show(
        "advance", stage.refs[FOUND_LATER], "file_late", "--received-at",
        "2024-03-11T09:12:00+01:00", "--reason", stage.said("reason_found"),
    )  # fmt: skip


def examination(stage: Stage) -> None:
    """The desk examines every dossier against the rulebook, and reads what it is about to send."""
    stage.at("examination")
    for number in EXAMINED:
        facts = ["exists_already=oui", "already_ptce=non"]
        if number == DIRECT:
            facts += ["ready_for_ami=oui", "accepts_invitation=oui"]
        stage.do("record", stage.refs[number], "review", *facts)
    stage.show("advance", stage.refs[OUTSIDE], "declare_eligible", expect=1)
    stage.do("advance", stage.refs[ALONE], "declare_eligible", expect=1)
    for number, reason in ((OUTSIDE, "reason_outside"), (ALONE, "reason_alone")):
        given = stage.said(reason)
        stage.do("advance", stage.refs[number], "declare_ineligible", "--reason", given, "--yes")
    stage.do("advance", stage.refs[DIRECT], "invite_directly", "--yes")
    stage.do("advance", *stage.named(COMPETING), "declare_eligible")
    stage.at("review")
    stage.show("mail", "list", "--state", "held")
    held = stage.mails("held", "ineligible")
    stage.show("mail", "show", held[0])
    stage.show("mail", "release", held[0], "--yes")
    stage.do("mail", "release", held[1], "--yes")
    stage.do("mail", "release", "--notification", "invited_directly", "--yes")
