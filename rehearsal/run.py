"""Plays the Occitanie 2024 contest from the opening to 90 days after its end, mails included.

    python -m rehearsal.run demo

Every step is a `ptce` command, the very one that a person would type; what matters is shown, the
rest is done in silence. Between the scenes time passes as `ptce run` would see it, so that every
mail leaves at its hour, to a mail server on this machine. The folder stays: every command works
in it afterwards.
"""

from __future__ import annotations

import os
import shutil
import sys
import tomllib
from datetime import timedelta
from pathlib import Path

from ptce_workflow.base.words import speaking
from ptce_workflow.cli.surroundings import spoken_language
from rehearsal.mailbag import file_all
from rehearsal.server import HOST, Server
from rehearsal.stage import HERE, Stage, read, tell, typed

DESK = "bureau"
SEATS = {
    "sgar": "SGAR",
    "cress": "CRESS",
    "dreets": "DREETS",
    "region": "Région",
    "coorace": "Coorace",
    "banque_des_territoires": "Banque des Territoires",
}
LATE_SEAT = "region"
DIRECT, OUTSIDE, ALONE, LATE = 13, 14, 15, 16
COMPLETED, FOUND_LATER, LEAVES, TENTH, ELEVENTH, BELOW = 5, 9, 4, 10, 11, 12
MISTYPED, RETURNED = 3, 7
EARLY, AFTER_MEETING, COMPETING = range(1, 9), range(9, 16), range(1, 13)
WRONG_ADDRESS = "contact@roue-libre-en-comminges.example"
RIGHT_ADDRESS = "bonjour@roue-libre.example"
HALF_AN_HOUR = timedelta(minutes=30)
RECEIVED = "received"


def main() -> int:
    """Plays everything in the folder that is named; 0 when all went as told."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo").resolve()
    shutil.rmtree(folder, ignore_errors=True)
    play(folder)
    return 0


def play(folder: Path) -> None:
    """Plays everything in a folder that does not exist yet.

    *Raises* SystemExit at the first step that ends otherwise than told; Astray when a mail was
    lost, sent twice or wrongly called sent.
    """
    with speaking(spoken_language(None, None, os.environ)):
        stage = Stage(folder, DESK)
        tell(stage.said("intro"))
        with Server(refused=[WRONG_ADDRESS]) as server:
            opening(stage, server)
            for act in (drafts, deadline, examination, jury, deliberation, accompaniment):
                act(stage)
        with stage.contest() as contest:
            file_all(folder / RECEIVED, server.received, contest, stage.said("received"))
        ending(stage, len(server.received))


def opening(stage: Stage, server: Server) -> None:
    """The contest begins: who acts, and through which server it writes."""
    stage.at("opening")
    stage.do("init", str(stage.folder), "--rehearsal", "--as", DESK)
    for papers in ("dossiers", "completions"):
        shutil.copytree(HERE / papers, stage.folder / papers)
    stage.do(
        "people", "enrol", stage.said("desk"), "--role", "desk", "--login", DESK,
        "--email", "bureau@cress.example",
    )  # fmt: skip
    for seat, name in SEATS.items():
        stage.do(
            "people", "enrol", f"{stage.said('seat')} {name}", "--role", "jury",
            "--institution", seat, "--login", seat, "--email", f"{seat}@cra.example",
        )  # fmt: skip
    auditor = stage.said("auditor")
    stage.do("people", "enrol", auditor, "--role", "auditor", "--login", "controle")
    stage.post_through(HOST, server.port)
    stage.show("calendar")


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
    """Noon strikes: one dossier is late, another was received in time and is found afterwards."""
    stage.at("late")
    stage.add(LATE)
    stage.show("advance", stage.refs[LATE], "submit", expect=1)
    stage.at("lapse", idle=HALF_AN_HOUR)
    stage.show("tick")
    stage.at("found")
    stage.show(
        "advance", stage.refs[FOUND_LATER], "file_late", "--received-at",
        "2024-03-11T09:12:00+01:00", "--reason", stage.said("reason_found"),
    )  # fmt: skip


def examination(stage: Stage) -> None:
    """The desk examines every dossier against the rulebook, and reads what it is about to send."""
    stage.at("examination")
    for number in (number for number in stage.refs if number != LATE):
        facts = ["exists_already=oui", "already_ptce=non"]
        if number == DIRECT:
            facts += ["ready_for_ami=oui", "accepts_invitation=oui"]
        stage.do("record", stage.refs[number], "review", *facts)
    stage.show("advance", stage.refs[OUTSIDE], "declare_eligible", expect=1)
    stage.do("advance", stage.refs[ALONE], "declare_eligible", expect=1)
    for number, reason in ((OUTSIDE, "reason_outside"), (ALONE, "reason_alone")):
        given = stage.said(reason)
        stage.do("advance", stage.refs[number], "declare_ineligible", "--reason", given)
    stage.do("advance", stage.refs[DIRECT], "invite_directly")
    stage.do("advance", *stage.named(COMPETING), "declare_eligible")
    stage.at("review")
    stage.show("mail", "list", "--state", "held")
    held = stage.mails("held", "ineligible")
    stage.show("mail", "show", held[0])
    stage.show("mail", "release", held[0], "--yes")
    stage.do("mail", "release", held[1], "--yes")
    stage.do("mail", "release", "--notification", "invited_directly", "--yes")


def jury(stage: Stage) -> None:
    """Each institution marks each dossier, one of them late; the means are recorded."""
    stage.at("jury_called")
    stage.do("mail", "release", "--notification", "jury_invitation", "--yes")
    stage.at("scoring")
    marks(stage, [seat for seat in SEATS if seat != LATE_SEAT])
    stage.at("late_sheets")
    marks(stage, [LATE_SEAT])
    stage.at("ranking")
    stage.do("advance", *stage.named(COMPETING), "close_scoring")
    stage.show("jury", "rank")


def marks(stage: Stage, seats: list[str]) -> None:
    """Some institutions mark each dossier."""
    criteria = tomllib.loads((stage.folder / "sheets" / "cra.toml").read_text(encoding="utf-8"))
    names = [name for name, field in criteria["fields"].items() if field["type"] == "score"]
    for stem, given in read("scores.toml").items():
        for seat in seats:
            pairs = [f"{name}={mark}" for name, mark in zip(names, given[seat], strict=True)]
            stage.do("jury", "score", stage.refs[int(stem[:2])], seat, *pairs, "--as", seat)


def deliberation(stage: Stage) -> None:
    """Ten places, twelve candidatures; then a place falls free."""
    stage.at("deliberation")
    chosen = [number for number in COMPETING if number not in (ELEVENTH, BELOW)]
    stage.do("advance", *stage.named(chosen), "select")
    stage.show("advance", stage.refs[ELEVENTH], "select", expect=1)
    stage.do("advance", stage.refs[ELEVENTH], "wait_list")
    reason = stage.said("reason_declined")
    stage.do("advance", stage.refs[BELOW], "decline", "--reason", reason)
    stage.at("results")
    stage.do("mail", "release", *stage.mails("held"), "--yes")
    stage.at("promotion")
    reason = stage.said("reason_withdrawn")
    stage.do("advance", stage.refs[LEAVES], "withdraw", "--reason", reason)
    stage.do("tick")
    stage.show("mail", "list", "--ref", stage.refs[LEAVES], "--state", "cancelled")
    stage.show("advance", stage.refs[ELEVENTH], "promote")
    stage.do("mail", "release", "--ref", stage.refs[ELEVENTH], "--yes")
    stage.show("tick")


def accompaniment(stage: Stage) -> None:
    """The two days, then the checklist of the AMI, then news of it."""
    stage.at("sessions")
    held = [number for number in COMPETING if number not in (LEAVES, BELOW)]
    for number in held:
        facts = ["session_1=present", "session_2=present"]
        if number == 6:
            excuse = stage.said("excuse")
            facts = ["session_1=excused", "session_2=present", f"excuse={excuse}"]
        stage.do("record", stage.refs[number], "attendance", *facts)
    stage.do("advance", *stage.named(held), "complete_accompaniment")
    stage.at("checklist")
    checklist = (
        "composition", "shared_project", "stakeholders", "economic_model", "governance",
        "legal_form",
    )  # fmt: skip
    for number in held:
        stage.do("record", stage.refs[number], "ami", *(f"{item}=oui" for item in checklist))
    ready = [number for number in held if number != TENTH]
    stage.do("advance", *stage.named(ready), "declare_ami_ready")
    stage.at("news")


def ending(stage: Stage, mails: int) -> None:
    """What there is to look at, and what to type next."""
    tell(stage.said("mails").format(count=mails, folder=f"{stage.folder.name}/{RECEIVED}"))
    tell(title=stage.said("ending"))
    stage.show("list")
    stage.show("why", stage.refs[TENTH])
    stage.show("history", stage.refs[OUTSIDE])
    stage.show("verify")
    tell(title=stage.said("next"))
    for line in (
        f'export PATH="{typed(Path(sys.executable).parent)}:$PATH" PTCE_ACTOR={DESK}',
        f"cd {typed(stage.folder).removeprefix('$PWD/')}",
        f"ptce show {stage.refs[1]}",
        f"ptce record {stage.refs[TENTH]} --from {stage.completion(TENTH)}",
        f"ptce advance {stage.refs[TENTH]} declare_ami_ready",
        f"ptce mail list --ref {stage.refs[MISTYPED]} --all",
        "ptce replay --at 2024-03-11T12:00:00+01:00",
        "ptce --help",
    ):
        print(f"  {line}")
    print()
    tell(stage.said("silence"))


if __name__ == "__main__":
    raise SystemExit(main())
