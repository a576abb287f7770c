"""The first acts: drafts, the deadline, the examination of each dossier."""

from __future__ import annotations

from datetime import timedelta

from rehearsal.cast import (
    AFTER_MEETING,
    AGAIN,
    ALONE,
    COMPETING,
    COMPLETED,
    DIRECT,
    EARLY,
    EXAMINED,
    FIRST,
    FOUND_LATER,
    LATE,
    MISTYPED,
    OUTSIDE,
    RETURNED,
    REVIEWER,
    RIGHT_ADDRESS,
    SENT,
    TWELFTH,
    UNFINISHED,
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
    arrived = {number: 1 + number % 6 for number in SENT}
    for scene, days in (("arrivals", (1, 2, 3)), ("submissions", (4, 5, 6))):
        stage.at(scene)
        for number in (one for one, day in arrived.items() if day in days):
            received = f"0{arrived[number]}/03/2024 15:{10 + number}"
            stage.receive(number, received, show=number == FIRST)
    stage.receive(COMPLETED, "07/03/2024 09:12", show=True)
    stage.do("advance", *stage.named(SENT), "submit")
    unsigned = stage.said("reason_returned")
    stage.do("advance", stage.refs[RETURNED], "return_for_completion", "--reason", unsigned)
    stage.show("advance", stage.refs[COMPLETED], "submit", expect=1)
    stage.at("completion")
    stage.receive(RETURNED, "08/03/2024 14:05")
    stage.do("advance", stage.refs[RETURNED], "submit")
    completion = stage.completion(COMPLETED)
    stage.show(
        "record", stage.refs[COMPLETED], "--from", completion, "--received", "08/03/2024 15:48",
        "--evidence", completion,
    )  # fmt: skip
    stage.show("advance", stage.refs[COMPLETED], "submit")


def deadline(stage: Stage) -> None:
    """Noon strikes: one dossier is late, two were received in time and are entered afterwards."""
    stage.at("late")
    stage.add(LATE, received="11/03/2024 14:02")
    stage.add(TWELFTH, received="11/03/2024 11:42")
    stage.add(UNFINISHED, received="11/03/2024 11:58")
    stage.add(AGAIN, received="11/03/2024 11:42")
    stage.do(
        "advance", stage.refs[AGAIN], "discard", "--reason", stage.said("reason_again"), "--yes"
    )
    stage.show("advance", stage.refs[LATE], "submit", expect=1)
    stage.show("advance", stage.refs[TWELFTH], "submit")
    stage.at("lapse", idle=_HALF_AN_HOUR)
    stage.show("tick")
    told = [name for one in ("lapsed", "late", "incomplete") for name in stage.mails("held", one)]
    stage.do("mail", "release", *told, "--yes")
    stage.do("tick")
    stage.at("found")
    stage.receive(FOUND_LATER, "11/03/2024 09:12", show=True)
    stage.show("advance", stage.refs[FOUND_LATER], "file_late")


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


def appeal(stage: Stage) -> None:
    """A decision is contested: the mistake was the desk's, which mends it in daylight."""
    stage.at("appeal")
    ref, completion = stage.refs[ALONE], stage.completion(ALONE)
    stage.show("receive", ref, "appeal", "--at", "22/03/2024 17:50", "--evidence", completion)
    stage.show("tick")
    # Somebody else than whoever decided answers, who is of the desk for that.
    stage.do("people", "enrol", stage.said("reviewer"), "--role", "desk", "--login", REVIEWER)
    stage.show(
        "answer", ref, "appeal", "granted", "--reason", stage.said("reason_granted"),
        "--evidence", completion, "--yes", "--as", REVIEWER,
    )  # fmt: skip
    stage.do("people", "leave", REVIEWER)
    stage.do("mail", "release", "--ref", ref, "--yes")
    stage.show("advance", ref, "reopen")
    stage.show(
        "record", ref, "--from", completion, "--rectify", "--reason", stage.said("reason_typed"),
        "--evidence", completion,
    )  # fmt: skip
    stage.show("advance", ref, "declare_eligible")
