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
    """Collectives announce themselves, one with an address that does not exist; forms come in."""
    stage.at("early")
    for number in EARLY:
        stage.open(number)
    stage.show("tick", expect=1)
    stage.at("mended")
    stage.show("mail", "list", "--state", "failed")
    stage.show("note", stage.refs[MISTYPED], stage.said("call"))
    address = f"contact_email={RIGHT_ADDRESS}"
    stage.show("record", stage.refs[MISTYPED], "dossier", address)
    stage.show("mail", "resolve", *stage.mails("failed"), "--resend")
    stage.show("tick")
    stage.at("drafts")
    for number in AFTER_MEETING:
        stage.open(number)
    stage.at("arrivals")
    stage.take(FIRST, show=True)
    stage.take(*(one for one in SENT if 1 + one % 6 in (1, 2, 3) and one != FIRST))
    stage.at("submissions")
    stage.take(*(one for one in SENT if 1 + one % 6 in (4, 5, 6)))
    stage.take(COMPLETED, show=True)
    stage.do("advance", *stage.named(SENT), "submit")
    unsigned = stage.said("reason_returned")
    stage.do("advance", stage.refs[RETURNED], "return_for_completion", "--reason", unsigned)
    stage.show("advance", stage.refs[COMPLETED], "submit", expect=1)
    stage.at("completion")
    stage.take(RETURNED)
    stage.do("advance", stage.refs[RETURNED], "submit")
    stage.take(COMPLETED, show=True)
    stage.show("advance", stage.refs[COMPLETED], "submit")


def deadline(stage: Stage) -> None:
    """Noon strikes: one dossier is late, two were received in time and are entered afterwards."""
    stage.at("late")
    stage.take(LATE, show=True)
    stage.take(TWELFTH, UNFINISHED)
    # What a trainee types by hand, for a mail that is entered already.
    stage.open(AGAIN, "11/03/2024 11:42", stage.mail(TWELFTH))
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
    stage.take(FOUND_LATER, show=True)
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
