"""Plays the Occitanie 2024 contest from the opening to the AMI, on a clock that it moves.

    python rehearsal/run.py demo

Every step is a `ptce` command, the very one that a person would type; what matters is shown, the
rest is done in silence. The folder stays: every command works in it afterwards.
"""

from __future__ import annotations

import os
import shutil
import sys
import tomllib
from collections.abc import Iterable
from contextlib import chdir, nullcontext, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ptce_workflow.base import speech
from ptce_workflow.base.words import language, speaking
from ptce_workflow.cli.main import main as ptce
from ptce_workflow.cli.output import Output
from ptce_workflow.cli.surroundings import spoken_language

HERE = Path(__file__).parent
ZONE = ZoneInfo("Europe/Paris")
DESK = "bureau"
SEATS = ("sgar", "cress", "dreets", "region", "coorace", "banque_des_territoires")
DIRECT, OUTSIDE, ALONE, LATE = 13, 14, 15, 16
COMPLETED, FOUND_LATER, LEAVES, TENTH, ELEVENTH, BELOW = 5, 9, 4, 10, 11, 12
COMPETING = range(1, 13)
UNEXPECTED = 70


class Stage:
    """The contest being played: its folder, its clock, and the reference of each dossier."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.refs: dict[int, str] = {}
        self.files = {int(file.name[:2]): file.name for file in (HERE / "dossiers").glob("*.toml")}
        self.story = read("story.toml")
        os.environ["PTCE_CONTEST"] = str(folder)
        os.environ["PTCE_ACTOR"] = DESK

    def said(self, scene: str) -> str:
        """What the story says at some point, in the language in force."""
        return str(self.story[scene][language()])

    def at(self, scene: str) -> None:
        """Moves the clock, and tells what happens then."""
        instant = self.story[scene]["at"]
        os.environ["PTCE_NOW"] = instant.isoformat()
        when = speech.long_instant(instant, ZONE, language())
        tell(self.said(scene), title=when[0].upper() + when[1:])

    def do(self, *words: str, expect: int = 0) -> None:
        """Runs a command in silence; it must end as expected."""
        told = StringIO()
        with redirect_stdout(told), redirect_stderr(told):
            code = self._run(words)
        _insist(words, code, expect, told.getvalue())

    def show(self, *words: str, expect: int = 0) -> None:
        """Runs a command as a person would see it."""
        print(f"\n$ ptce {' '.join(_quoted(word) for word in words)}", flush=True)
        with redirect_stderr(sys.stdout):
            code = self._run(words)
        _insist(words, code, expect, "")

    def add(self, *numbers: int) -> None:
        """Opens a candidature for some dossiers."""
        for number in numbers:
            self.do("add", f"dossiers/{self.files[number]}")
            self.refs[number] = f"C-{len(self.refs) + 1:03d}"

    def named(self, numbers: Iterable[int]) -> list[str]:
        """The references of some dossiers."""
        return [self.refs[number] for number in numbers]

    def completion(self, number: int) -> str:
        """The file that completes a dossier, as one names it in the folder of the contest."""
        return f"completions/{self.files[number]}"

    def _run(self, words: tuple[str, ...]) -> int:
        with chdir(self.folder) if self.folder.is_dir() else nullcontext():
            return ptce(words)


def main() -> int:
    """Plays everything in the folder that is named; 0 when all went as told."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo").resolve()
    shutil.rmtree(folder, ignore_errors=True)
    play(folder)
    return 0


def play(folder: Path) -> None:
    """Plays everything in a folder that does not exist yet.

    *Raises* SystemExit at the first step that ends otherwise than told.
    """
    with speaking(spoken_language(None, None, os.environ)):
        stage = Stage(folder)
        tell(stage.said("intro"))
        for act in (
            opening, deadline, examination, jury, deliberation, accompaniment, ending
        ):  # fmt: skip
            act(stage)


def opening(stage: Stage) -> None:
    """The contest begins; drafts are opened, most are submitted."""
    stage.at("opening")
    stage.do("init", str(stage.folder), "--rehearsal", "--as", DESK)
    for papers in ("dossiers", "completions"):
        shutil.copytree(HERE / papers, stage.folder / papers)
    for seat in SEATS:
        stage.do(
            "people", "enrol", f"{stage.said('seat')} {seat}", "--role", "jury",
            "--institution", seat, "--login", seat,
        )  # fmt: skip
    auditor = stage.said("auditor")
    stage.do("people", "enrol", auditor, "--role", "auditor", "--login", "controle")
    stage.at("drafts")
    stage.add(*range(1, 16))
    stage.at("submissions")
    for number in (1, 2, 3, 4, 6, 7, 8, *range(10, 16)):
        stage.do(
            "advance", stage.refs[number], "submit", "--received-at",
            f"2024-03-0{1 + number % 6}T15:{10 + number}:00+01:00",
        )  # fmt: skip
    stage.show("advance", stage.refs[COMPLETED], "submit", expect=1)
    stage.at("completion")
    stage.show("record", stage.refs[COMPLETED], "--from", stage.completion(COMPLETED))
    stage.show("advance", stage.refs[COMPLETED], "submit")


def deadline(stage: Stage) -> None:
    """Noon strikes: one dossier is late, another was received in time and is found afterwards."""
    stage.at("late")
    stage.add(LATE)
    stage.show("advance", stage.refs[LATE], "submit", expect=1)
    stage.at("lapse")
    stage.show("tick")
    stage.at("found")
    stage.show(
        "advance", stage.refs[FOUND_LATER], "file_late", "--received-at",
        "2024-03-11T09:12:00+01:00", "--reason", stage.said("reason_found"),
    )  # fmt: skip


def examination(stage: Stage) -> None:
    """The desk examines every dossier against the rulebook."""
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


def jury(stage: Stage) -> None:
    """Each institution marks each dossier; the means are recorded."""
    stage.at("scoring")
    criteria = tomllib.loads((stage.folder / "sheets" / "cra.toml").read_text(encoding="utf-8"))
    names = [name for name, field in criteria["fields"].items() if field["type"] == "score"]
    for stem, given in read("scores.toml").items():
        for seat, row in given.items():
            pairs = [f"{name}={mark}" for name, mark in zip(names, row, strict=True)]
            stage.do("jury", "score", stage.refs[int(stem[:2])], seat, *pairs, "--as", seat)
    stage.at("ranking")
    stage.do("advance", *stage.named(COMPETING), "close_scoring")
    stage.show("jury", "rank")


def deliberation(stage: Stage) -> None:
    """Ten places, twelve candidatures; then a place falls free."""
    stage.at("deliberation")
    chosen = [number for number in COMPETING if number not in (ELEVENTH, BELOW)]
    stage.do("advance", *stage.named(chosen), "select")
    stage.show("advance", stage.refs[ELEVENTH], "select", expect=1)
    stage.do("advance", stage.refs[ELEVENTH], "wait_list")
    reason = stage.said("reason_declined")
    stage.do("advance", stage.refs[BELOW], "decline", "--reason", reason)
    stage.at("promotion")
    reason = stage.said("reason_withdrawn")
    stage.do("advance", stage.refs[LEAVES], "withdraw", "--reason", reason)
    stage.show("advance", stage.refs[ELEVENTH], "promote")


def accompaniment(stage: Stage) -> None:
    """The two days, then the checklist of the AMI."""
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


def ending(stage: Stage) -> None:
    """What there is to look at, and what to type next."""
    tell(title=stage.said("ending"))
    stage.show("list")
    stage.show("why", stage.refs[TENTH])
    stage.show("history", stage.refs[COMPLETED])
    stage.show("verify")
    tell(title=stage.said("next"))
    for line in (
        f'export PATH="{_typed(Path(sys.executable).parent)}:$PATH" PTCE_ACTOR={DESK}',
        f"cd {_typed(stage.folder).removeprefix('$PWD/')}",
        f"ptce show {stage.refs[1]}",
        f"ptce record {stage.refs[TENTH]} --from {stage.completion(TENTH)}",
        f"ptce advance {stage.refs[TENTH]} declare_ami_ready",
        "ptce replay --at 2024-03-11T12:00:00+01:00",
        "ptce --help",
    ):
        print(f"  {line}")


def read(name: str) -> dict[str, Any]:
    """A file of the rehearsal: its story, its scores."""
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def tell(text: str = "", title: str = "") -> None:
    """Prints a part of the story as wide as the terminal; a title stands out."""
    out = Output(sys.stdout, sys.stderr, environ=os.environ)
    if title:
        out.say()
        out.title(title, "")
    if text:
        out.tell(text)


def _typed(folder: Path) -> str:
    """A folder as one would type it from here."""
    here = Path.cwd()
    return f"$PWD/{folder.relative_to(here)}" if folder.is_relative_to(here) else str(folder)


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word


def _insist(words: tuple[str, ...], code: int, expected: int, told: str) -> None:
    """A rehearsal in which something goes otherwise than told is worth nothing: stop there."""
    if code != expected:
        sys.stderr.write(f"ptce {' '.join(words)}: {code} != {expected}\n{told}")
        raise SystemExit(UNEXPECTED)


if __name__ == "__main__":
    raise SystemExit(main())
