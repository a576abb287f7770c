"""The last acts: results, places that fall free, the two days, the AMI and the next contest."""

from __future__ import annotations

from collections.abc import Collection

from ptce_workflow.base.words import language
from rehearsal.cast import (
    ABSENT,
    ALONE,
    BELOW,
    COMPETING,
    DESK,
    DIRECT,
    ELEVENTH,
    EXCUSED,
    FIRST,
    INTERN,
    LEAVES,
    MISTAKEN,
    NEXT_CONTEST,
    PAPERS,
    SILENT,
    TENTH,
    TWELFTH,
    UNSEEN,
)
from rehearsal.hands import fill_sign_in
from rehearsal.stage import Stage

ACCOMPANIED = tuple(number for number in COMPETING if number not in (LEAVES, SILENT, BELOW))
CHECKLIST = (
    "composition", "same_territory", "shared_project", "stakeholders", "economic_model",
    "governance", "legal_form",
)  # fmt: skip
SESSIONS = ("session_1", "session_2")
MODULES = ("basics,testimonies,resources", "shared_project,stakeholders")
"""The modules of each day, of which whoever was excused followed none."""


def results(stage: Stage) -> None:
    """The desk reads the decisions, which leave when results are announced."""
    stage.at("results")
    stage.do("mail", "release", *stage.mails("held"), "--yes")


def places(stage: Stage) -> None:
    """Laureates confirm; one withdraws, another says nothing, and the waiting list moves."""
    stage.at("promotion")
    stage.show("results", "-o", f"{PAPERS}/results.html")
    waiting = (LEAVES, SILENT, ELEVENTH, TWELFTH, BELOW)
    for number in COMPETING:
        if number not in waiting:
            stage.do("record", stage.refs[number], "confirmation", "confirmed=oui")
    reason = stage.said("reason_withdrawn")
    stage.do("advance", stage.refs[LEAVES], "withdraw", "--reason", reason, "--yes")
    stage.do("tick")
    stage.show("mail", "list", "--ref", stage.refs[LEAVES], "--state", "cancelled")
    stage.do("advance", stage.refs[MISTAKEN], "withdraw", "--reason", reason, "--yes")
    stage.show("advance", stage.refs[TWELFTH], "promote", expect=1)
    stage.show("advance", stage.refs[ELEVENTH], "promote")
    stage.do("mail", "release", "--ref", stage.refs[ELEVENTH], "--yes")
    stage.show("tick")
    stage.at("mistake")
    mistaken = stage.said("reason_mistaken")
    stage.show("advance", stage.refs[MISTAKEN], "back_to_place", "--reason", mistaken)
    stage.do("mail", "release", "--ref", stage.refs[MISTAKEN], "--yes")
    stage.show("tick")
    below = stage.refs[BELOW]
    stage.do("receive", below, "appeal", "--at", "16/04/2024 18:20")
    stage.at("confirmed")
    rejected = stage.said("reason_rejected")
    proof = stage.mail(BELOW)
    stage.show(
        "answer", below, "appeal", "rejected", "--reason", rejected, "--evidence", proof, "--yes"
    )
    stage.do("mail", "release", "--ref", below, "--yes")
    stage.show("record", stage.refs[ELEVENTH], "confirmation", "confirmed=oui")
    stage.at("silence_kept")
    reason = stage.said("reason_taken_back")
    stage.show("advance", stage.refs[SILENT], "take_back", "--reason", reason, "--yes")
    stage.do("mail", "release", "--ref", stage.refs[SILENT], "--yes")
    stage.do("advance", stage.refs[TWELFTH], "promote")
    stage.do("mail", "release", "--ref", stage.refs[TWELFTH], "--yes")
    stage.at("all_confirmed")
    stage.do("record", stage.refs[TWELFTH], "confirmation", "confirmed=oui")
    stage.show("list", "--state", "selected")


def accompaniment(stage: Stage) -> None:
    """The two days, signed for on paper, and the certificate of those who came."""
    stage.at("eve")
    stage.do("mail", "release", "--ref", stage.refs[ALONE], "--yes")
    for day in SESSIONS:
        play = stage.show if day == SESSIONS[0] else stage.do
        play("sign-in", "--session", day, "-o", f"{PAPERS}/{day}.xlsx")
    stage.at("sessions")
    signed(stage, "session_1", ABSENT["session_1"], excused=[stage.refs[EXCUSED]])
    signed(stage, "session_2", {*ABSENT["session_2"], UNSEEN})
    for day in SESSIONS:
        stage.do("sign-in", "--import", f"{PAPERS}/{day}.xlsx", "--yes")
    stage.at("back_of_sheet")
    signed(stage, "session_2", ABSENT["session_2"])
    stage.show("sign-in", "--import", f"{PAPERS}/session_2.xlsx", "--yes")
    for number in ACCOMPANIED:
        days = enumerate(MODULES, 1)
        followed = [f"modules_{day}={told}" for day, told in days if (number, day) != (EXCUSED, 1)]
        stage.do("record", stage.refs[number], "attendance", *followed)
    stage.do("advance", *stage.named(ACCOMPANIED), "complete_accompaniment")
    stage.do("mail", "release", "--notification", "accompaniment_completed", "--yes")
    stage.show("document", "certificate", stage.refs[FIRST], "-o", f"{PAPERS}/certificate.docx")


def signed(stage: Stage, day: str, absent: Collection[str], excused: Collection[str] = ()) -> None:
    """Somebody types the signatures of a day into its sheet."""
    with stage.contest() as contest:
        fill_sign_in(
            stage.folder / PAPERS / f"{day}.xlsx",
            contest.process,
            day,
            language=language(),
            absent=absent,
            excused=excused,
            excuse=stage.said("excuse"),
        )


def readiness(stage: Stage) -> None:
    """The checklist of the AMI, a dossier prepared for it, and the next contest takes over."""
    stage.at("checklist")
    seen = stage.said("evidence")
    for number in ACCOMPANIED:
        shown = [f"{item}=oui" for item in CHECKLIST]
        shown += [f"{item}_evidence={seen}" for item in CHECKLIST]
        stage.do("record", stage.refs[number], "ami", *shown)
    stage.show("advance", stage.refs[TENTH], "declare_ami_ready", expect=1)
    ready = [number for number in ACCOMPANIED if number != TENTH]
    stage.do("advance", *stage.named(ready), "declare_ami_ready", "--yes")
    stage.show("document", "ami", stage.refs[FIRST], "-o", f"{PAPERS}/ami.docx")
    stage.at("handed_over")
    stage.show("init", NEXT_CONTEST, "--model", "ami-permanent", "--rehearsal", "--as", DESK)
    stage.show("hand-over", stage.refs[FIRST], "--to", NEXT_CONTEST)
    stage.do("hand-over", stage.refs[DIRECT], "--to", NEXT_CONTEST)
    stage.do("people", "enrol", stage.said("intern"), "--role", "auditor", "--login", INTERN)
    stage.at("news")
    stage.do("people", "leave", INTERN)
    stage.show("erase", INTERN, "--reason", stage.said("reason_erased"), "--yes")
